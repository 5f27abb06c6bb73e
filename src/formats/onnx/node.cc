#include "formats/onnx/node.h"

#include <algorithm>
#include <numeric>

#include "formats/layout.h"
#include "ops/elementwise/elementwise.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

using Attribute = ::onnx::AttributeProto;

/// Files older than the field `type` leave it out.
bool has_type(const Attribute& attribute, Attribute::AttributeType type) {
  return attribute.type() == type || attribute.type() == Attribute::UNDEFINED;
}

}  // namespace

ValueId OnnxScope::find(const std::string& name) const {
  for (const auto* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->values_.find(name);
    if (found != scope->values_.end()) return found->second;
  }
  return kNoValue;
}

Result<void> OnnxScope::add(const std::string& name, ValueId value) {
  if (!values_.emplace(name, value).second)
    return fail(Code::invalid_input, "two values are named '{}'", name);
  return {};
}

int OnnxNode::version() const {
  const auto found = import_.versions.find(node_.domain() == "ai.onnx" ? "" : node_.domain());
  return found == import_.versions.end() ? 1 : found->second;
}

std::size_t OnnxNode::input_count() const {
  int count = node_.input_size();
  while (count > 0 && node_.input(count - 1).empty()) --count;
  return static_cast<std::size_t>(count);
}

std::size_t OnnxNode::output_count() const {
  int count = node_.output_size();
  while (count > 0 && node_.output(count - 1).empty()) --count;
  return static_cast<std::size_t>(count);
}

std::string OnnxNode::title() const {
  for (const auto& name : node_.output()) {
    if (!name.empty()) return name;
  }
  return node_.name();
}

Result<ValueId> OnnxNode::optional_input(std::size_t i) const {
  if (!has(i)) return kNoValue;
  const auto& name = node_.input(static_cast<int>(i));
  const auto value = scope_.find(name);
  if (!value.exists())
    return fail(Code::invalid_input, "input '{}' is neither given nor computed", name);
  return value;
}

Result<ValueId> OnnxNode::input(std::size_t i) const {
  if (!has(i)) return fail(Code::invalid_input, "input {} is missing", i);
  return optional_input(i);
}

Result<std::vector<ValueId>> OnnxNode::inputs() const {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < input_count(); ++i) all.push_back(SLIPWAY_TRY(optional_input(i)));
  return all;
}

const TensorType& OnnxNode::type(ValueId id) const {
  static const TensorType kNone{DType::f32, {0}, {}};
  return id.exists() ? import_.graph.type(id) : kNone;
}

Result<Tensor> OnnxNode::constant_input(std::size_t i) const {
  const auto* tensor = known(SLIPWAY_TRY(input(i)));
  if (tensor == nullptr) {
    return fail(Code::unsupported, "input {} ('{}') must be a constant here", i,
                node_.input(static_cast<int>(i)));
  }
  return *tensor;
}

Result<std::vector<std::int64_t>> OnnxNode::integers(std::size_t i) const {
  return to_integers(SLIPWAY_TRY(constant_input(i)));
}

const Attribute* OnnxNode::attribute(std::string_view name) {
  asked_.insert(std::string(name));
  for (const auto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

bool OnnxNode::has_attribute(std::string_view name) { return attribute(name) != nullptr; }

Result<std::int64_t> OnnxNode::integer(std::string_view name, std::int64_t fallback) {
  const auto* given = attribute(name);
  if (given == nullptr) return fallback;
  if (!has_type(*given, Attribute::INT))
    return fail(Code::corrupt, "the attribute '{}' is no whole number", name);
  return given->i();
}

Result<float> OnnxNode::number(std::string_view name, float fallback) {
  const auto* given = attribute(name);
  if (given == nullptr) return fallback;
  if (!has_type(*given, Attribute::FLOAT))
    return fail(Code::corrupt, "the attribute '{}' is no real number", name);
  return given->f();
}

Result<std::string> OnnxNode::text(std::string_view name, std::string_view fallback) {
  const auto* given = attribute(name);
  if (given == nullptr) return std::string(fallback);
  if (!has_type(*given, Attribute::STRING))
    return fail(Code::corrupt, "the attribute '{}' is no text", name);
  return given->s();
}

Result<std::vector<std::int64_t>> OnnxNode::integer_list(std::string_view name,
                                                         std::vector<std::int64_t> fallback) {
  const auto* given = attribute(name);
  if (given == nullptr) return fallback;
  if (!has_type(*given, Attribute::INTS))
    return fail(Code::corrupt, "the attribute '{}' is no list of whole numbers", name);
  return std::vector<std::int64_t>(given->ints().begin(), given->ints().end());
}

Result<std::vector<float>> OnnxNode::number_list(std::string_view name,
                                                 std::vector<float> fallback) {
  const auto* given = attribute(name);
  if (given == nullptr) return fallback;
  if (!has_type(*given, Attribute::FLOATS))
    return fail(Code::corrupt, "the attribute '{}' is no list of real numbers", name);
  return std::vector<float>(given->floats().begin(), given->floats().end());
}

Result<void> OnnxNode::check_attributes() const {
  for (const auto& attribute : node_.attribute()) {
    if (asked_.contains(attribute.name())) continue;
    return fail(Code::unsupported, "the attribute '{}'", attribute.name());
  }
  return {};
}

Result<void> OnnxNode::emit(const AnyOp& op, std::vector<ValueId> node_inputs) {
  if (ops::is_elementwise(op) && all_last(node_inputs)) {
    SLIPWAY_TRY(move_last(node_inputs));
    return emit_channels_last(op, std::move(node_inputs));
  }
  return finish(op, std::move(node_inputs), {});
}

Result<void> OnnxNode::emit(const AnyOp& op, std::vector<ValueId> node_inputs,
                            const Quantization& quant) {
  return finish(op, std::move(node_inputs), quant);
}

Result<void> OnnxNode::finish(const AnyOp& op, std::vector<ValueId> node_inputs,
                              const std::optional<Quantization>& quant) {
  const auto inferred = SLIPWAY_TRY(infer_types(import_.graph, op, node_inputs));
  if (inferred.size() < output_count()) {
    return fail(Code::unsupported, "{} outputs are asked for, there are {}", output_count(),
                inferred.size());
  }
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    outputs.push_back(
        {wants_output(i) ? node_.output(static_cast<int>(i)) : fmt::format("{}:{}", title(), i),
         inferred[i].type});
  }
  if (quant) outputs[0].type.quant = quant;
  const auto ids =
      SLIPWAY_TRY(import_.graph.add_typed(op, std::move(node_inputs), std::move(outputs)));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto* numbers = import_.graph.known(ids[i]);
    if (numbers != nullptr) SLIPWAY_TRY(import_.budget.spend(numbers->bytes().size()));
    if (wants_output(i)) SLIPWAY_TRY(alias(i, ids[i]));
  }
  return {};
}

Result<ValueId> OnnxNode::helper(const AnyOp& op, std::vector<ValueId> node_inputs,
                                 std::string_view purpose) {
  return add_folded(import_.graph, op, std::move(node_inputs),
                    fmt::format("{}/{}", title(), purpose), import_.budget);
}

Result<std::vector<ValueId>> OnnxNode::helper_all(const AnyOp& op, std::vector<ValueId> node_inputs,
                                                  std::string_view purpose) {
  return import_.graph.add_all(op, std::move(node_inputs), fmt::format("{}/{}", title(), purpose));
}

ValueId OnnxNode::constant(std::string_view purpose, Tensor value) {
  return import_.graph.add_constant(fmt::format("{}/{}", title(), purpose), std::move(value));
}

Result<void> OnnxNode::alias(std::size_t i, ValueId value) {
  if (!wants_output(i)) return {};
  return scope_.add(node_.output(static_cast<int>(i)), value);
}

Result<ValueId> OnnxNode::channels_last(ValueId value) {
  return make_channels_last(import_.graph, import_.channels_last, value, import_.budget);
}

bool OnnxNode::all_last(std::span<const ValueId> node_inputs) const {
  std::size_t rank = 0;
  bool computed = false;
  for (const auto id : node_inputs) {
    if (!id.exists()) return false;
    rank = std::max(rank, type(id).shape.rank());
    computed = computed || (type(id).shape.rank() > 2 && known(id) == nullptr);
  }
  return rank > 2 && computed && std::ranges::all_of(node_inputs, [&](ValueId id) {
           const auto& shape = type(id).shape;
           if (shape.rank() <= 1 && shape.is_known() && shape.elements() == 1) return true;
           if (known(id) != nullptr) return true;
           const auto twin = find_channels_last(import_.graph, import_.channels_last, id);
           return shape.rank() == rank && twin.exists();
         });
}

Result<void> OnnxNode::move_last(std::vector<ValueId>& values) {
  std::size_t rank = 0;
  for (const auto id : values) rank = std::max(rank, type(id).shape.rank());
  for (auto& id : values) {
    const auto own = type(id).shape.rank();
    if (own < rank && type(id).shape.elements() != 1) {
      std::vector<std::int64_t> axes(rank - own);
      std::iota(axes.begin(), axes.end(), 0);
      id = SLIPWAY_TRY(helper(ops::Unsqueeze{std::move(axes)}, {id}, "stretched"));
    }
    if (type(id).shape.rank() == rank) id = SLIPWAY_TRY(channels_last(id));
  }
  return {};
}

Result<ValueId> OnnxNode::channels_first(ValueId value, std::string_view purpose) {
  const auto rank = type(value).shape.rank();
  if (rank <= 2) return value;
  const auto moved = SLIPWAY_TRY(helper(ops::Transpose{channels_to_first(rank)}, {value}, purpose));
  import_.channels_last.emplace(moved, value);
  return moved;
}

Result<void> OnnxNode::emit_channels_last(const AnyOp& op, std::vector<ValueId> node_inputs) {
  const auto inner = SLIPWAY_TRY(helper_all(op, std::move(node_inputs), "channels_last"));
  if (inner.size() < output_count()) {
    return fail(Code::unsupported, "{} outputs are asked for, there are {}", output_count(),
                inner.size());
  }
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (!wants_output(i)) continue;
    const auto moved = SLIPWAY_TRY(channels_first(inner[i], "channels_first"));
    if (moved != inner[i]) import_.graph.set_name(moved, node_.output(static_cast<int>(i)));
    SLIPWAY_TRY(alias(i, moved));
  }
  return {};
}

}  // namespace slipway::formats
