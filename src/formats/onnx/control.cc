// If, Loop and functions are resolved while reading: their bodies take the place of the node. What
// depends on data is refused.

#include "formats/onnx/reader.h"
#include "ops/shape/concat.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

constexpr std::int64_t kMaxIterations = 10'000;

Result<const ::onnx::GraphProto*> body_of(OnnxNode& node, std::string_view name) {
  const auto* attribute = node.attribute(name);
  if (attribute == nullptr || !attribute->has_g())
    return fail(Code::corrupt, "the body '{}' is missing", name);
  return &attribute->g();
}

/// The truth of a condition, where it is known.
Result<bool> known_truth(OnnxNode& node, ValueId condition, std::string_view what) {
  const auto* value = node.known(condition);
  if (value == nullptr)
    return fail(Code::unsupported, "{} depends on data that only running the model will tell",
                what);
  const auto numbers = SLIPWAY_TRY(to_integers(*value));
  if (numbers.size() != 1)
    return fail(Code::invalid_input, "{} is {} values", what, numbers.size());
  return numbers[0] != 0;
}

/// Fills in what a call gives for the attributes that a function's nodes refer to.
::onnx::NodeProto with_attributes(const ::onnx::NodeProto& inner, const ::onnx::NodeProto& call) {
  ::onnx::NodeProto node = inner;
  node.clear_attribute();
  for (const auto& attribute : inner.attribute()) {
    if (attribute.ref_attr_name().empty()) {
      *node.add_attribute() = attribute;
      continue;
    }
    for (const auto& given : call.attribute()) {
      if (given.name() != attribute.ref_attr_name()) continue;
      auto* copy = node.add_attribute();
      *copy = given;
      copy->set_name(attribute.name());
    }
  }
  return node;
}

}  // namespace

Result<void> OnnxReader::add_if(OnnxNode& node) {
  const auto* then_body = SLIPWAY_TRY(body_of(node, "then_branch"));
  const auto* else_body = SLIPWAY_TRY(body_of(node, "else_branch"));
  const bool truth = SLIPWAY_TRY(known_truth(node, SLIPWAY_TRY(node.input(0)), "the condition"));
  const auto outputs = SLIPWAY_TRY(add_body(truth ? *then_body : *else_body, node.scope(), {}));
  if (outputs.size() < node.output_count())
    return fail(Code::invalid_input, "the branch has {} outputs", outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) SLIPWAY_TRY(node.alias(i, outputs[i]));
  return {};
}

Result<void> OnnxReader::add_loop(OnnxNode& node) {
  const auto* body = SLIPWAY_TRY(body_of(node, "body"));
  std::int64_t trips = INT64_MAX;
  if (node.has(0)) {
    const auto numbers = SLIPWAY_TRY(node.integers(0).during("the number of iterations"));
    if (numbers.size() != 1) return fail(Code::invalid_input, "{} trip counts", numbers.size());
    trips = numbers[0];
  }
  auto condition = SLIPWAY_TRY(node.optional_input(1));
  const auto all = SLIPWAY_TRY(node.inputs());
  std::vector<ValueId> state(all.begin() + std::min<std::ptrdiff_t>(2, std::ssize(all)), all.end());
  const auto body_outputs = static_cast<std::size_t>(body->output_size());
  if (body_outputs < 1 + state.size())
    return fail(Code::invalid_input, "the body has {} outputs", body_outputs);
  std::vector<std::vector<ValueId>> scans(body_outputs - 1 - state.size());
  for (std::int64_t i = 0; i < trips; ++i) {
    if (condition.exists() && !SLIPWAY_TRY(known_truth(node, condition, "the loop's condition")))
      break;
    if (i >= kMaxIterations) return fail(Code::unsupported, "more than {} iterations", i);
    std::vector<ValueId> inputs = {
        node.constant("iteration", Tensor::of<std::int64_t>({}, {i})),
        condition.exists() ? condition : node.constant("true", Tensor::of<bool>({}, {true}))};
    inputs.insert(inputs.end(), state.begin(), state.end());
    const auto outputs = SLIPWAY_TRY(add_body(*body, node.scope(), inputs));
    condition = outputs[0];
    for (std::size_t k = 0; k < state.size(); ++k) state[k] = outputs[1 + k];
    for (std::size_t k = 0; k < scans.size(); ++k) {
      scans[k].push_back(
          SLIPWAY_TRY(node.helper(ops::Unsqueeze{{0}}, {outputs[1 + state.size() + k]}, "scan")));
    }
  }
  for (std::size_t k = 0; k < state.size(); ++k) SLIPWAY_TRY(node.alias(k, state[k]));
  for (std::size_t k = 0; k < scans.size(); ++k) {
    if (!node.wants_output(state.size() + k)) continue;
    if (scans[k].empty()) return fail(Code::unsupported, "a loop of no iterations that collects");
    const auto joined = SLIPWAY_TRY(node.helper(ops::Concat{}, scans[k], "scans"));
    SLIPWAY_TRY(node.alias(state.size() + k, joined));
  }
  return {};
}

Result<void> OnnxReader::add_call(OnnxNode& node, const ::onnx::FunctionProto& function) {
  if (std::find(calls_.begin(), calls_.end(), &function) != calls_.end()) {
    return fail(Code::invalid_input, "the function '{}' calls itself", function.name());
  }
  calls_.push_back(&function);
  if (++depth_ > 32)
    return fail(Code::unsupported, "functions that call functions, {} deep", depth_);
  OnnxScope scope;
  for (int i = 0; i < function.input_size(); ++i) {
    const auto value = SLIPWAY_TRY(node.optional_input(static_cast<std::size_t>(i)));
    if (value.exists()) SLIPWAY_TRY(scope.add(function.input(i), value));
  }
  // A function may be written for another version of the operator set than the model.
  const auto outside = import_.versions;
  for (const auto& set : function.opset_import())
    import_.versions[set.domain()] = static_cast<int>(set.version());
  Nodes nodes;
  for (const auto& inner : function.node()) {
    *nodes.Add() = with_attributes(inner, node.proto());
    // An input that the call leaves out is left out inside, too.
    for (auto& name : *nodes.Mutable(nodes.size() - 1)->mutable_input()) {
      const auto& inputs = function.input();
      if (std::find(inputs.begin(), inputs.end(), name) != inputs.end() &&
          !scope.find(name).exists())
        name.clear();
    }
  }
  SLIPWAY_TRY(add_nodes(nodes, scope));
  import_.versions = outside;
  calls_.pop_back();
  --depth_;
  for (int i = 0; i < function.output_size(); ++i) {
    if (!node.wants_output(static_cast<std::size_t>(i))) continue;
    const auto value = scope.find(function.output(i));
    if (!value.exists())
      return fail(Code::invalid_input, "the function never computes '{}'", function.output(i));
    SLIPWAY_TRY(node.alias(static_cast<std::size_t>(i), value));
  }
  return {};
}

}  // namespace slipway::formats
