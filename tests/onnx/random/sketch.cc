#include "onnx/random/sketch.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "ops/case.h"

namespace slipway::random_graphs {
namespace {

constexpr std::int64_t kMostElements = 4000;
constexpr int kAttempts = 8;

bool is_small(const TensorType& type, bool may_be_open) {
  if (type.shape.rank() > 6) return false;
  if (!type.is_known()) return may_be_open;
  return type.shape.elements() > 0 && type.shape.elements() <= kMostElements;
}

}  // namespace

std::vector<std::int64_t> Sketch::list(std::size_t count, std::int64_t low, std::int64_t high) {
  std::vector<std::int64_t> out(count);
  for (auto& x : out) x = between(low, high);
  return out;
}

std::vector<std::int64_t> Sketch::permutation(std::size_t count) {
  std::vector<std::int64_t> out(count);
  std::iota(out.begin(), out.end(), 0);
  for (std::size_t i = count; i > 1; --i)
    std::swap(out[i - 1], out[static_cast<std::size_t>(between(0, std::ssize(out) - 1)) % i]);
  return out;
}

std::vector<std::int64_t> Sketch::some_axes(std::size_t rank) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < rank; ++i) {
    if (once_in(2)) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty() && rank > 0) axes.push_back(between(0, static_cast<std::int64_t>(rank) - 1));
  return axes;
}

std::int64_t Sketch::axis(std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  return count == 0 ? 0 : between(-count, count - 1);
}

Shape Sketch::random_shape(std::size_t least_rank, std::size_t most_rank, std::int64_t most) {
  const auto rank =
      between(static_cast<std::int64_t>(least_rank), static_cast<std::int64_t>(most_rank));
  return *Shape::make(list(static_cast<std::size_t>(rank), 1, most));
}

DType Sketch::random_dtype(DTypeSet types) {
  types.bits &= ~DTypeSet(DType::bf16).bits;  // NumPy, which carries the numbers, has none
  // What networks are made of comes first.
  if (types.has(DType::f32) && !once_in(5)) return DType::f32;
  std::vector<DType> all;
  for (unsigned i = 0; i < 32; ++i) {
    if ((types.bits >> i & 1U) != 0) all.push_back(static_cast<DType>(i));
  }
  return all[static_cast<std::size_t>(between(0, std::ssize(all) - 1))];
}

TensorType Sketch::scaled(DType dtype, Shape shape) {
  const std::int32_t zero = dtype == DType::u8   ? static_cast<std::int32_t>(between(0, 255))
                            : dtype == DType::i8 ? static_cast<std::int32_t>(between(-128, 127))
                                                 : 0;
  const float scale = dtype == DType::i16 ? real(1e-4F, 1e-3F) : real(0.01F, 0.1F);
  return {dtype, std::move(shape), per_tensor(scale, zero)};
}

bool Sketch::fits(const Wish& wish, const Made& made) const {
  const auto& type = graph.type(made.id);
  if (type.quant || !type.is_known() || !wish.types.has(type.dtype)) return false;
  const auto rank = type.shape.rank();
  if (rank < wish.least_rank || rank > wish.most_rank || made.trust > wish.trust) return false;
  return !wish.is_input || graph.node(made.id).op.is<Input>();
}

ValueId Sketch::some(const Wish& wish) {
  std::vector<ValueId> fitting;
  for (const auto& made : made_) {
    if (fits(wish, made)) fitting.push_back(made.id);
  }
  if (!fitting.empty() && !once_in(4)) {
    // Of two the later one, so that graphs become deep.
    const auto last = std::ssize(fitting) - 1;
    return fitting[static_cast<std::size_t>(std::max(between(0, last), between(0, last)))];
  }
  return input({random_dtype(wish.types), random_shape(wish.least_rank, wish.most_rank), {}});
}

ValueId Sketch::picture(DTypeSet types, Trust trust, std::size_t spatial) {
  const Wish wish{types, spatial + 2, spatial + 2, trust};
  const bool any =
      std::any_of(made_.begin(), made_.end(), [&](const Made& made) { return fits(wish, made); });
  if (any && !once_in(4)) return some(wish);
  auto dims = list(spatial + 2, spatial == 3 ? 3 : 4, spatial == 3 ? 5 : 9);
  dims.front() = between(1, 2);
  dims.back() = one_of<std::int64_t>({1, 2, 3, 4, 6, 8});
  return input({random_dtype(types), *Shape::make(dims), {}});
}

ValueId Sketch::partner(ValueId x, Trust trust) {
  const auto type = graph.type(x);
  std::vector<ValueId> alike;
  for (const auto& made : made_) {
    if (made.trust <= trust && graph.type(made.id).dtype == type.dtype &&
        !graph.type(made.id).quant && shape(made.id) == type.shape)
      alike.push_back(made.id);
  }
  if (!once_in(3)) return alike[static_cast<std::size_t>(between(0, std::ssize(alike) - 1))];
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  for (auto& dim : dims) dim = once_in(3) ? 1 : dim;
  dims.erase(dims.begin(), dims.begin() + between(0, std::ssize(dims)));
  return given({type.dtype, *Shape::make(dims), {}});
}

ValueId Sketch::input(TensorType type) {
  const auto id = graph.add_input(fmt::format("x{}", graph.inputs().size()), std::move(type));
  made_.push_back({id, Trust::exact});
  return id;
}

ValueId Sketch::constant(const Tensor& value) {
  return graph.add_constant(fmt::format("c{}", graph.nodes().size()), value);
}

ValueId Sketch::random_constant(TensorType type) {
  return constant(random_tensor(type, random_.next()));
}

ValueId Sketch::integers(const std::vector<std::int64_t>& values) {
  const Shape shape{std::ssize(values)};
  if (once_in(2)) return constant(Tensor::of(shape, values));
  return constant(Tensor::of(shape, std::vector<std::int32_t>(values.begin(), values.end())));
}

ValueId Sketch::integer(std::int64_t value) {
  if (once_in(2)) return constant(Tensor::of<std::int64_t>({}, {value}));
  return constant(Tensor::of<std::int32_t>({}, {static_cast<std::int32_t>(value)}));
}

Trust Sketch::trust_of(std::span<const ValueId> ids, Trust at_best) const {
  Trust trust = at_best;
  for (const auto& made : made_) {
    if (std::find(ids.begin(), ids.end(), made.id) != ids.end())
      trust = std::max(trust, made.trust);
  }
  return trust;
}

bool Sketch::add(const AnyOp& op, const std::vector<ValueId>& inputs, Trust trust) {
  const auto types = infer_types(graph, op, inputs);
  if (!types) return false;
  for (const auto& out : *types) {
    if (!is_small(out.type, trust == Trust::leaf)) return false;
  }
  const auto ids = graph.add_all(op, inputs, fmt::format("v{}", graph.nodes().size()));
  if (!ids) return false;
  trust = trust_of(inputs, trust);
  for (const auto id : *ids) made_.push_back({id, trust});
  return true;
}

bool Sketch::add_stated(const AnyOp& op, const std::vector<ValueId>& inputs,
                        const std::vector<TensorType>& types, Trust trust) {
  const auto inferred = infer_types(graph, op, inputs);
  if (!inferred || inferred->size() != types.size()) return false;
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < types.size(); ++i) {
    outputs.push_back({fmt::format("v{}.{}", graph.nodes().size(), i), types[i]});
    if (outputs[i].type.shape.rank() == 0) outputs[i].type.shape = (*inferred)[i].type.shape;
    if (!is_small(outputs[i].type, false)) return false;
  }
  const auto ids = graph.add_typed(op, inputs, outputs);
  if (!ids) return false;
  trust = trust_of(inputs, trust);
  for (const auto id : *ids) made_.push_back({id, trust});
  return true;
}

void Sketch::finish() {
  std::set<ValueId> read;
  for (const auto& node : graph.nodes()) read.insert(node.inputs.begin(), node.inputs.end());
  std::vector<ValueId> outputs;
  for (const auto& made : made_) {
    const bool computed = !graph.node(made.id).op.is<Input>();
    if (computed && (!read.contains(made.id) || once_in(6))) outputs.push_back(made.id);
  }
  graph.set_outputs(outputs);
}

Graph to_graph(const std::vector<Step>& steps) {
  static const auto kMakers = [] {
    std::vector<Maker> all;
    for (const auto family : {elementwise_makers(), picture_makers(), matrix_makers(),
                              move_makers(), index_makers(), scaled_makers()})
      all.insert(all.end(), family.begin(), family.end());
    return all;
  }();
  Sketch sketch;
  for (const auto& step : steps) {
    Random seeds(step.seed);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Sketch with = sketch;
      with.reseed(seeds.next());
      if (!kMakers[step.maker % kMakers.size()].make(with)) continue;
      sketch = std::move(with);
      break;
    }
  }
  sketch.reseed(steps.empty() ? 0 : steps.front().seed);
  sketch.finish();
  return std::move(sketch.graph);
}

}  // namespace slipway::random_graphs
