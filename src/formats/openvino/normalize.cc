// Softmax and normalisations, most of them put together from means and quotients.

#include "ops/normalize/normalize.h"

#include <algorithm>
#include <cmath>

#include "formats/openvino/node.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/normalize/softmax.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

/// An op over the last dimension, along another one.
template <class Op>
Result<void> along_axis(IrNode& node, std::int64_t fallback) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = node.type(x).shape.rank();
  const auto axis = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", fallback)), rank));
  if (axis + 1 == rank) return node.emit(Op{}, {x});
  if (axis == 1) return node.emit_channels_last(Op{}, {SLIPWAY_TRY(node.channels_last(x))});
  const auto last =
      SLIPWAY_TRY(node.helper(ops::Transpose{moved_axis(rank, axis, rank - 1)}, {x}, "last"));
  const auto made = SLIPWAY_TRY(node.helper(Op{}, {last}, "shares"));
  return node.emit(ops::Transpose{moved_axis(rank, rank - 1, axis)}, {made});
}

Result<void> softmax(IrNode& node) { return along_axis<ops::Softmax>(node, 1); }

Result<void> log_softmax(IrNode& node) { return along_axis<ops::LogSoftmax>(node, -1); }

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, as one factor and one summand.
Result<void> batch_norm(IrNode& node) {
  const bool first = node.layer().version == "opset1";
  const auto x = SLIPWAY_TRY(node.input(first ? 2 : 0));
  const auto gamma = SLIPWAY_TRY(node.input(first ? 0 : 1));
  const auto beta = SLIPWAY_TRY(node.input(first ? 1 : 2));
  const auto mean = SLIPWAY_TRY(node.input(3));
  const auto variance = SLIPWAY_TRY(node.input(4));
  const float epsilon = SLIPWAY_TRY(node.number("epsilon", SLIPWAY_TRY(node.number("eps", 1e-5F))));
  const auto sum =
      SLIPWAY_TRY(node.helper(ops::Add{}, {variance, node.constant("epsilon", epsilon)}, "sum"));
  const auto root = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {sum}, "root"));
  const auto factor = SLIPWAY_TRY(node.helper(ops::Div{}, {gamma, root}, "factor"));
  const auto offset = SLIPWAY_TRY(node.helper(ops::Mul{}, {mean, factor}, "offset"));
  const auto summand = SLIPWAY_TRY(node.helper(ops::Sub{}, {beta, offset}, "summand"));
  const auto scaled = SLIPWAY_TRY(
      node.elementwise(ops::Mul{}, {x, SLIPWAY_TRY(node.per_channel(factor, x))}, "scaled"));
  return node.emit_elementwise(ops::Add{}, {scaled, SLIPWAY_TRY(node.per_channel(summand, x))});
}

/// x over the root of the sum of squares along some axes.
Result<void> normalize_l2(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto axes = SLIPWAY_TRY(node.integers(1));
  const auto eps = node.constant("eps", SLIPWAY_TRY(node.number("eps", 1e-12F)));
  const auto mode = node.text("eps_mode", "add");
  if (mode != "add" && mode != "max") return fail(Code::corrupt, "eps_mode is '{}'", mode);
  const auto squares = SLIPWAY_TRY(node.helper(ops::Square{}, {x}, "squares"));
  const auto sum = SLIPWAY_TRY(node.helper(ops::ReduceSum{axes, true}, {squares}, "sum"));
  const auto safe = mode == "add" ? SLIPWAY_TRY(node.helper(ops::Add{}, {sum, eps}, "safe"))
                                  : SLIPWAY_TRY(node.helper(ops::Maximum{}, {sum, eps}, "safe"));
  const auto root = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {safe}, "root"));
  return node.emit(ops::Div{}, {x, root});
}

/// Across channels; alpha is divided by the size in the file's terms, not in ours.
Result<void> lrn(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto size = SLIPWAY_TRY(node.integer("size", SLIPWAY_TRY(node.integer("local-size", 1))));
  ops::LocalResponseNormalization op;
  op.alpha = SLIPWAY_TRY(node.number("alpha", 1)) / static_cast<float>(size);
  op.beta = SLIPWAY_TRY(node.number("beta", 0.5F));
  op.bias = SLIPWAY_TRY(node.number("bias", SLIPWAY_TRY(node.number("k", 1))));
  if (size < 1 || size % 2 == 0) return fail(Code::unsupported, "a neighbourhood of {}", size);
  op.radius = size / 2;
  const auto axes = node.legacy() ? std::vector<std::int64_t>{1} : SLIPWAY_TRY(node.integers(1));
  if (axes != std::vector<std::int64_t>{1} || node.text("region", "across") != "across")
    return fail(Code::unsupported, "a neighbourhood other than across channels");
  return node.emit_channels_last(op, {SLIPWAY_TRY(node.channels_last(x))});
}

/// (x - mean) / sqrt(variance + eps), or / (sqrt(variance) + eps), along some axes.
Result<void> mvn(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto rank = static_cast<std::int64_t>(node.type(x).shape.rank());
  std::vector<std::int64_t> axes;
  if (node.has(1)) {
    axes = SLIPWAY_TRY(node.integers(1));
  } else {
    const bool across = SLIPWAY_TRY(node.flag("across_channels", false));
    for (std::int64_t i = across ? 1 : 2; i < rank; ++i) axes.push_back(i);
    if (node.has_attribute("reduction_axes"))
      axes = SLIPWAY_TRY(node.integer_list("reduction_axes"));
  }
  const auto eps = node.constant("eps", SLIPWAY_TRY(node.number("eps", 1e-9F)));
  auto mode = node.text("eps_mode", "inside_sqrt");
  std::ranges::transform(mode, mode.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  const auto mean = SLIPWAY_TRY(node.helper(ops::ReduceMean{axes, true}, {x}, "mean"));
  if (!SLIPWAY_TRY(node.flag("normalize_variance", true))) return node.emit(ops::Sub{}, {x, mean});
  const auto centred = SLIPWAY_TRY(node.helper(ops::Sub{}, {x, mean}, "centred"));
  const auto squares = SLIPWAY_TRY(node.helper(ops::Square{}, {centred}, "squares"));
  auto spread = SLIPWAY_TRY(node.helper(ops::ReduceMean{axes, true}, {squares}, "variance"));
  const bool inside = mode == "inside_sqrt";
  if (inside) spread = SLIPWAY_TRY(node.helper(ops::Add{}, {spread, eps}, "safe"));
  spread = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {spread}, "deviation"));
  if (!inside) spread = SLIPWAY_TRY(node.helper(ops::Add{}, {spread, eps}, "safe"));
  return node.emit(ops::Div{}, {centred, spread});
}

/// x / sqrt(sum of squares over the channels + bias)
Result<void> grn(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto bias = node.constant("bias", SLIPWAY_TRY(node.number("bias", 1)));
  const auto squares = SLIPWAY_TRY(node.helper(ops::Square{}, {x}, "squares"));
  const auto sum = SLIPWAY_TRY(node.helper(ops::ReduceSum{{1}, true}, {squares}, "sum"));
  const auto safe = SLIPWAY_TRY(node.helper(ops::Add{}, {sum, bias}, "safe"));
  const auto root = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {safe}, "root"));
  return node.emit(ops::Div{}, {x, root});
}

}  // namespace

std::span<const IrRow> ir_normalize() {
  static constexpr IrRow kRows[] = {
      {"BatchNormInference", batch_norm}, {"GRN", grn},         {"LRN", lrn},
      {"LogSoftmax", log_softmax},        {"MVN", mvn},         {"Norm", lrn},
      {"NormalizeL2", normalize_l2},      {"SoftMax", softmax}, {"Softmax", softmax},
  };
  return kRows;
}

}  // namespace slipway::formats
