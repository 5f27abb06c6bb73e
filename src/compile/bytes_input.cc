#include "compile/bytes_input.h"

#include <algorithm>

#include "ir/rewrite.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::compile {
namespace {

bool takes_pictures(const TensorType& type, const Recipe& recipe) {
  const std::int64_t channels = recipe.color == ColorOrder::gray ? 1 : 3;
  return type.shape.rank() == 4 && type.shape.is_known() &&
         type.shape[recipe.layout == Layout::nhwc ? 3 : 1] == channels;
}

Result<ValueId> picture_input(const Graph& graph, const Recipe& recipe) {
  ValueId found = kNoValue;
  for (const auto id : graph.inputs()) {
    if (!takes_pictures(graph.type(id), recipe)) continue;
    if (found.exists())
      return fail(Code::invalid_input, "'{}' and '{}' could both take the picture",
                  graph.value(found).name, graph.value(id).name);
    found = id;
  }
  if (!found.exists()) {
    const bool nhwc = recipe.layout == Layout::nhwc;
    return fail(Code::invalid_input, "no input is a picture in {}, as its recipe has them",
                nhwc ? "[N,H,W,C]" : "[N,C,H,W]");
  }
  return found;
}

bool all_are(const std::vector<float>& values, float x) {
  return std::ranges::all_of(values, [&](float value) { return value == x; });
}

/// One number, or one for each channel, to be broadcast over [N,H,W,C].
Tensor numbers(const std::vector<float>& values) {
  const bool same = all_are(values, values[0]);
  const auto count = same ? std::int64_t{1} : std::ssize(values);
  return Tensor::of<float>({count}, {values.begin(), values.begin() + count});
}

/// Adds what stands between the bytes and the input that the graph had.
class Preparation {
 public:
  Preparation(Graph& graph, ValueId input)
      : graph_(graph), input_(input), last_(input), name_(graph.value(input).name) {}

  template <class Op>
  Result<void> add(Op op, const char* what, const std::vector<float>& constant = {}) {
    std::vector<ValueId> inputs = {last_};
    if (!constant.empty())
      inputs.push_back(graph_.add_constant(fmt::format("{}/{}", name_, what), numbers(constant)));
    return keep(SLIPWAY_TRY(
        graph_.add(std::move(op), std::move(inputs), fmt::format("{}/less_{}", name_, what))));
  }

  /// An op whose result has a scale.
  template <class Op>
  Result<void> add_typed(Op op, const TensorType& type) {
    const Value out{name_ + "/quantized", type};
    return keep(SLIPWAY_TRY(graph_.add_typed(std::move(op), {last_}, {out}))[0]);
  }

  /// All who read the input read what was made of it.
  Result<void> finish() {
    if (last_ == input_) return {};
    Rewriter rewriter(graph_);
    rewriter.replace_uses(input_, last_);
    graph_.set_input(first_, 0, input_);
    return rewriter.finish();
  }

 private:
  Result<void> keep(ValueId made) {
    if (!first_.exists()) first_ = made;
    last_ = made;
    return {};
  }

  Graph& graph_;
  ValueId input_;
  ValueId first_;
  ValueId last_;
  std::string name_;
};

}  // namespace

Result<void> take_bytes(Graph& graph) {
  if (!graph.recipe)
    return fail(Code::invalid_input,
                "the model has no recipe: nothing says how pixels become numbers")
        .with_remedy("--recipe F.json");
  Recipe recipe = *graph.recipe;
  SLIPWAY_TRY(check(recipe));
  const ValueId input = SLIPWAY_TRY(picture_input(graph, recipe));
  const TensorType type = graph.type(input);
  const bool planar = recipe.layout == Layout::nchw;
  const bool plain = all_are(recipe.mean, 0) && all_are(recipe.std, 1);
  const bool are_bytes =
      type.dtype == DType::u8 && plain &&
      (!type.quant ||
       (all_are(type.quant->scale, 1) &&
        std::ranges::all_of(type.quant->zero_point, [](auto zero) { return zero == 0; })));
  if (type.quant && type.quant->per_axis())
    return fail(Code::unsupported, "an input with a scale for each channel");
  const bool is_real = is_float(type.dtype) && size_of(type.dtype) <= size_of(DType::f32);
  if (!are_bytes && !type.quant && !is_real)
    return fail(Code::unsupported, "pictures that become {}", type.text());

  auto dims = std::vector<std::int64_t>(type.shape.begin(), type.shape.end());
  if (planar) std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
  Value bytes{graph.value(input).name, {DType::u8, SLIPWAY_TRY(Shape::make(dims)), {}}};
  // With a scale of 1 they are numbers like all others, for tools that know recipes.
  bytes.type.quant = are_bytes ? type.quant : Quantization{{1}, {0}};
  graph.set_output(input, std::move(bytes));

  Preparation preparation(graph, input);
  if (!are_bytes) {
    SLIPWAY_TRY(preparation.add(ops::Dequantize{}, "bytes"));
    if (!all_are(recipe.mean, 0)) SLIPWAY_TRY(preparation.add(ops::Sub{}, "mean", recipe.mean));
    if (!all_are(recipe.std, 1)) SLIPWAY_TRY(preparation.add(ops::Div{}, "std", recipe.std));
    const auto shape = graph.type(input).shape;
    if (type.quant) {
      SLIPWAY_TRY(preparation.add_typed(ops::Quantize{.to = type.dtype}, type.with_shape(shape)));
    } else if (type.dtype != DType::f32) {
      SLIPWAY_TRY(preparation.add(ops::Cast{type.dtype}, "digits"));
    }
  }
  if (planar) SLIPWAY_TRY(preparation.add(ops::Transpose{{0, 3, 1, 2}}, "rows"));
  SLIPWAY_TRY(preparation.finish());
  recipe.mean = {0};
  recipe.std = {1};
  recipe.layout = Layout::nhwc;
  graph.recipe = std::move(recipe);
  graph.metadata.erase("normalisation");  // nothing is left to guess
  return {};
}

}  // namespace slipway::compile
