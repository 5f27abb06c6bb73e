// Activation functions.

#include <limits>

#include "formats/onnx/node.h"
#include "formats/onnx/numbers.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/along_axis.h"
#include "ops/shape/fill.h"

namespace slipway::formats {
namespace {

/// A curve whose numbers have these names in the file.
template <class Op>
Result<void> curve(OnnxNode& node, std::string_view alpha, std::string_view beta = {}) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  Op op;
  op.alpha = SLIPWAY_TRY(node.number(alpha, op.alpha));
  if (!beta.empty()) op.beta = SLIPWAY_TRY(node.number(beta, op.beta));
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

template <class Op>
Result<void> with_alpha(OnnxNode& node) {
  return curve<Op>(node, "alpha");
}

Result<void> hard_sigmoid(OnnxNode& node) { return curve<ops::HardSigmoid>(node, "alpha", "beta"); }

Result<void> selu(OnnxNode& node) { return curve<ops::Selu>(node, "alpha", "gamma"); }

Result<void> shrink(OnnxNode& node) { return curve<ops::Shrink>(node, "lambd", "bias"); }

Result<void> leaky_relu(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  const float slope = SLIPWAY_TRY(node.number("alpha", 0.01F));
  return node.emit(ops::LeakyRelu{.slope = slope}, SLIPWAY_TRY(node.inputs()));
}

Result<void> gelu(OnnxNode& node) {
  const auto approximate = SLIPWAY_TRY(node.text("approximate", "none"));
  if (approximate != "none" && approximate != "tanh")
    return fail(Code::unsupported, "the approximation '{}'", approximate);
  return node.emit(ops::Gelu{.approximate = approximate == "tanh"}, SLIPWAY_TRY(node.inputs()));
}

/// Before version 7 a slope of one dimension has one number per channel, and channels come first.
Result<void> prelu(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (node.version() < 7 && inputs.size() == 2) {
    const auto& slope = node.type(inputs[1]).shape;
    const auto rank = node.type(inputs[0]).shape.rank();
    if (slope.rank() == 1 && slope[0] != 1 && rank > 2) {
      std::vector<std::int64_t> dims(rank - 1, 1);
      dims[0] = slope[0];
      inputs[1] = SLIPWAY_TRY(reshaped(node, inputs[1], dims, "slope"));
    }
  }
  return node.emit(ops::PRelu{}, std::move(inputs));
}

/// Where a bound lies, if it is known.
struct Bound {
  ValueId value = kNoValue;
  std::optional<double> number = {};
};

Result<Bound> bound(OnnxNode& node, std::size_t i, std::string_view name, DType dtype) {
  if (node.version() >= 11) {
    Bound given{SLIPWAY_TRY(node.optional_input(i))};
    const auto* known = node.known(given.value);
    if (known != nullptr && known->elements() == 1) given.number = to_doubles(*known)[0];
    return given;
  }
  if (!node.has_attribute(name)) return Bound{};
  const auto number = static_cast<double>(SLIPWAY_TRY(node.number(name, 0)));
  return Bound{node.constant(name, scalar(dtype, number)), number};
}

/// The rectifiers that are a Clip between certain bounds.
std::optional<AnyOp> as_rectifier(const Bound& low, const Bound& high, DType dtype) {
  if (!is_float(dtype) || !low.number) return std::nullopt;
  constexpr auto kMost = static_cast<double>(std::numeric_limits<float>::max());
  if (high.value.exists() && !high.number) return std::nullopt;
  const double from = *low.number;
  const double to = high.number.value_or(std::numeric_limits<double>::infinity());
  if (from == 0 && to >= kMost) return ops::Relu{};
  if (from == 0 && to == 1) return ops::Relu0To1{};
  if (from == 0 && to == 6) return ops::Relu6{};
  if (from == -1 && to == 1) return ops::ReluN1To1{};
  return std::nullopt;
}

Result<void> clip(OnnxNode& node) {
  if (node.version() < 6) node.ignore("consumed_inputs");
  const auto x = SLIPWAY_TRY(node.input(0));
  const DType dtype = node.type(x).dtype;
  const auto low = SLIPWAY_TRY(bound(node, 1, "min", dtype));
  const auto high = SLIPWAY_TRY(bound(node, 2, "max", dtype));
  if (const auto rectifier = as_rectifier(low, high, dtype)) return node.emit(*rectifier, {x});
  // The bound stands first: what is not a number stays so.
  if (!low.value.exists() && !high.value.exists()) return node.alias(0, x);
  if (!high.value.exists()) return node.emit(ops::Maximum{}, {low.value, x});
  if (!low.value.exists()) return node.emit(ops::Minimum{}, {high.value, x});
  const auto raised = SLIPWAY_TRY(node.helper(ops::Maximum{}, {low.value, x}, "raised"));
  return node.emit(ops::Minimum{}, {high.value, raised});
}

}  // namespace

std::span<const OnnxRow> onnx_activation() {
  static constexpr OnnxRow kRows[] = {
      {"Celu", with_alpha<ops::Celu>},
      {"Clip", clip},
      {"Elu", with_alpha<ops::Elu>},
      {"Gelu", gelu},
      {"Gelu", gelu, "com.microsoft"},
      {"HardSigmoid", hard_sigmoid},
      {"HardSwish", plain<ops::HardSwish>},
      {"LeakyRelu", leaky_relu},
      {"Mish", plain<ops::Mish>},
      {"PRelu", prelu},
      {"Relu", plain<ops::Relu>},
      {"Selu", selu},
      {"Shrink", shrink},
      {"Sigmoid", plain<ops::Sigmoid>},
      {"Softplus", plain<ops::Softplus>},
      {"Softsign", plain<ops::Softsign>},
      {"Swish", with_alpha<ops::Swish>},
      {"Tanh", plain<ops::Tanh>},
      {"ThresholdedRelu", with_alpha<ops::ThresholdedRelu>},
  };
  return kRows;
}

}  // namespace slipway::formats
