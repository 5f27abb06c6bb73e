// Integers that stand for real numbers, and the operators on them that are neither convolutions nor
// matrix products.

#include "ops/quant/quantize.h"

#include "formats/onnx/quantized.h"
#include "formats/onnx/window.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/normalize/softmax.h"
#include "ops/pool/pool.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/concat.h"

namespace slipway::formats {
namespace {

/// Attribute `axis`, counted from the front.
Result<std::int64_t> axis_of(OnnxNode& node, const TensorType& x, std::int64_t fallback) {
  const auto axis = SLIPWAY_TRY(node.integer("axis", fallback));
  const auto rank = static_cast<std::int64_t>(x.shape.rank());
  return axis < 0 ? axis + rank : axis;
}

/// The op with its output's type: that of the zero point, else what output_dtype says, else u8.
Result<ops::Quantize> read_quantize(OnnxNode& node) {
  ops::Quantize op{.halves_to_even = true};
  const auto zero = SLIPWAY_TRY(node.optional_input(2));
  const auto stated = SLIPWAY_TRY(node.integer("output_dtype", 0));
  if (stated < 0 || stated > 100) return fail(Code::corrupt, "there is no type {}", stated);
  if (stated != 0) op.to = SLIPWAY_TRY(onnx_dtype(static_cast<int>(stated)));
  if (zero.exists()) op.to = node.type(zero).dtype;
  if (is_four_bits(static_cast<int>(stated)) || node.import().four_bits.contains(zero)) op.bits = 4;
  return op;
}

Result<void> quantize_linear(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  auto op = SLIPWAY_TRY(read_quantize(node));
  op.axis = SLIPWAY_TRY(axis_of(node, node.type(x), 1));
  op.block = SLIPWAY_TRY(node.integer("block_size", 0));
  node.ignore("saturate");  // of 8-bit floats, which are refused
  const TensorType y_type{op.to, node.type(x).shape, {}};
  const auto quant = SLIPWAY_TRY(known_quantization(node, 1, 2, y_type, op.axis));
  const bool in_type = quant && op.block == 0 && op.bits == 0 && op.to != DType::u16 &&
                       node.type(x).dtype == DType::f32;
  if (in_type) {
    const ops::Quantize typed{.to = op.to, .halves_to_even = true};
    return emit_quantized(node, typed, {x}, *quant, false);
  }
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> dequantize_linear(OnnxNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  ops::Dequantize op;
  op.axis = SLIPWAY_TRY(axis_of(node, node.type(x), 1));
  op.block = SLIPWAY_TRY(node.integer("block_size", 0));
  const auto quant = SLIPWAY_TRY(known_quantization(node, 1, 2, node.type(x), op.axis));
  if (quant && op.block == 0)
    return node.emit(ops::Dequantize{}, {SLIPWAY_TRY(as_quantized(node, x, *quant))});
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

Result<void> dynamic_quantize_linear(OnnxNode& node) {
  return node.emit(ops::DynamicQuantize{}, {SLIPWAY_TRY(node.input(0))});
}

/// The scale and zero point that follow each other in the inputs, which must be known.
///
/// Errors  unsupported: only running the graph will tell
Result<Quantization> known_pair(OnnxNode& node, std::size_t scale, DType dtype) {
  const auto quant =
      SLIPWAY_TRY(known_quantization(node, scale, scale + 1, TensorType{dtype, {}, {}}, -1));
  if (!quant) return fail(Code::unsupported, "the scale at input {} must be one constant", scale);
  return *quant;
}

/// The reals that the integers at input `i` stand for, with the scale at input i + 1.
Result<ValueId> real_input(OnnxNode& node, std::size_t i) {
  const auto x = SLIPWAY_TRY(node.input(i));
  const auto quant = SLIPWAY_TRY(known_pair(node, i + 1, node.type(x).dtype));
  const auto integers = SLIPWAY_TRY(as_quantized(node, x, quant));
  const auto real = SLIPWAY_TRY(node.helper_all(ops::Dequantize{}, {integers}, "real"));
  return real[0];
}

/// Makes the integers of `real`, with the scale at input `scale`, the output.
Result<void> emit_quantized_real(OnnxNode& node, ValueId real, std::size_t scale, DType dtype,
                                 bool last = false) {
  const auto quant = SLIPWAY_TRY(known_pair(node, scale, dtype));
  const ops::Quantize op{.to = dtype, .halves_to_even = true};
  return emit_quantized(node, op, {real}, quant, last);
}

/// A function of reals between a Dequantize and a Quantize: ONNX Runtime has tables of it.
Result<void> through_reals(OnnxNode& node, const AnyOp& op) {
  const auto x = SLIPWAY_TRY(real_input(node, 0));
  const auto y = SLIPWAY_TRY(node.helper(op, {x}, "real_result"));
  return emit_quantized_real(node, y, 3, node.type(SLIPWAY_TRY(node.input(0))).dtype);
}

Result<void> qlinear_sigmoid(OnnxNode& node) { return through_reals(node, ops::Sigmoid{}); }

Result<void> qlinear_leaky_relu(OnnxNode& node) {
  return through_reals(node, ops::LeakyRelu{.slope = SLIPWAY_TRY(node.number("alpha", 0.01F))});
}

Result<void> qlinear_softmax(OnnxNode& node) {
  const auto& x = node.type(SLIPWAY_TRY(node.input(0)));
  const auto axis = SLIPWAY_TRY(axis_of(node, x, -1));
  const auto opset = SLIPWAY_TRY(node.integer("opset", 13));
  const auto last = static_cast<std::int64_t>(x.shape.rank()) - 1;
  if (axis != last || (opset < 13 && last != 1))
    return fail(Code::unsupported, "a quantized softmax along another axis than the last");
  return through_reals(node, ops::Softmax{});
}

/// Sums and products. Pictures are taken with channels last, where convolutions leave them.
template <class Op>
Result<void> qlinear_binary(OnnxNode& node) {
  auto a = SLIPWAY_TRY(node.input(0));
  auto b = SLIPWAY_TRY(node.input(3));
  const DType dtype = node.type(a).dtype;
  const auto a_quant = SLIPWAY_TRY(known_pair(node, 1, dtype));
  const auto b_quant = SLIPWAY_TRY(known_pair(node, 4, dtype));
  const auto y_quant = SLIPWAY_TRY(known_pair(node, 6, dtype));
  const bool pictures =
      node.type(a).shape.rank() > 2 && node.type(a).shape.rank() == node.type(b).shape.rank();
  if (pictures) {
    a = SLIPWAY_TRY(node.channels_last(a));
    b = SLIPWAY_TRY(node.channels_last(b));
  }
  Op op;
  op.rounding = Rounding::real_even;
  const auto a_real = SLIPWAY_TRY(as_quantized(node, a, a_quant));
  const auto b_real = SLIPWAY_TRY(as_quantized(node, b, b_quant));
  return emit_quantized(node, op, {a_real, b_real}, y_quant, pictures);
}

Result<void> qlinear_global_average_pool(OnnxNode& node) {
  if (SLIPWAY_TRY(node.integer("channels_last", 0)) != 0)
    return fail(Code::unsupported, "a file's own channels-last layout");
  const auto x = SLIPWAY_TRY(real_input(node, 0));
  ops::ReduceMean op{.keep_dims = true};
  for (std::size_t i = 2; i < node.type(x).shape.rank(); ++i)
    op.axes.push_back(static_cast<std::int64_t>(i));
  const auto y = SLIPWAY_TRY(node.helper(op, {x}, "mean"));
  return emit_quantized_real(node, y, 3, node.type(SLIPWAY_TRY(node.input(0))).dtype);
}

Result<void> qlinear_average_pool(OnnxNode& node) {
  if (SLIPWAY_TRY(node.integer("channels_last", 0)) != 0)
    return fail(Code::unsupported, "a file's own channels-last layout");
  const DType dtype = node.type(SLIPWAY_TRY(node.input(0))).dtype;
  ops::AveragePool pool;
  const auto spatial = SLIPWAY_TRY(spatial_of(node.type(SLIPWAY_TRY(node.input(0)))));
  pool.kernel = SLIPWAY_TRY(node.integer_list("kernel_shape"));
  SLIPWAY_TRY(read_window(node, spatial, pool));
  pool.round_up = SLIPWAY_TRY(node.integer("ceil_mode", 0)) != 0;
  pool.count_padding = SLIPWAY_TRY(node.integer("count_include_pad", 0)) != 0;
  const auto x = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(real_input(node, 0))));
  const auto y = SLIPWAY_TRY(node.helper(pool, {x}, "mean"));
  return emit_quantized_real(node, y, 3, dtype, true);
}

/// Inputs: scale and zero point of the output, then each input with its own.
Result<void> qlinear_concat(OnnxNode& node) {
  const auto first = SLIPWAY_TRY(node.input(2));
  const DType dtype = node.type(first).dtype;
  const auto axis = SLIPWAY_TRY(axis_of(node, node.type(first), 0));
  const auto y_quant = SLIPWAY_TRY(known_pair(node, 0, dtype));
  std::vector<ValueId> parts;
  for (std::size_t i = 2; i < node.input_count(); i += 3) {
    const auto part = SLIPWAY_TRY(node.input(i));
    if (SLIPWAY_TRY(known_pair(node, i + 1, dtype)) == y_quant) {
      parts.push_back(part);
      continue;
    }
    const auto real = SLIPWAY_TRY(real_input(node, i));
    const ops::Quantize op{.to = dtype, .halves_to_even = true};
    const auto rescaled = SLIPWAY_TRY(quantized_helper(node, op, {real}, y_quant, "rescaled"));
    parts.push_back(SLIPWAY_TRY(as_plain(node, rescaled)));
  }
  return node.emit(ops::Concat{axis}, std::move(parts));
}

/// a f32 quantized on the fly, times integers with a scale: sums scaled back to f32.
Result<void> dynamic_quantize_matmul(OnnxNode& node) {
  const auto a = SLIPWAY_TRY(node.input(0));
  const auto b = SLIPWAY_TRY(node.input(1));
  const auto b_scale = SLIPWAY_TRY(node.input(2));
  const auto b_zero = SLIPWAY_TRY(node.optional_input(3));
  const auto bias = SLIPWAY_TRY(node.optional_input(4));
  const auto quantized = SLIPWAY_TRY(node.helper_all(ops::DynamicQuantize{}, {a}, "a"));
  const auto sums =
      SLIPWAY_TRY(node.helper(ops::BatchMatMul{}, {quantized[0], b, quantized[2], b_zero}, "sums"));
  const auto real = SLIPWAY_TRY(node.helper(ops::Cast{DType::f32}, {sums}, "real_sums"));
  const auto scales = SLIPWAY_TRY(node.helper(ops::Mul{}, {quantized[1], b_scale}, "scales"));
  if (!bias.exists()) return node.emit(ops::Mul{}, {real, scales});
  const auto scaled = SLIPWAY_TRY(node.helper(ops::Mul{}, {real, scales}, "scaled"));
  return node.emit(ops::Add{}, {scaled, bias});
}

}  // namespace

std::span<const OnnxRow> onnx_quantize() {
  static constexpr OnnxRow kRows[] = {
      {"DequantizeLinear", dequantize_linear},
      {"DequantizeLinear", dequantize_linear, "com.microsoft"},
      {"DynamicQuantizeLinear", dynamic_quantize_linear},
      {"DynamicQuantizeMatMul", dynamic_quantize_matmul, "com.microsoft"},
      {"QLinearAdd", qlinear_binary<ops::Add>, "com.microsoft"},
      {"QLinearAveragePool", qlinear_average_pool, "com.microsoft"},
      {"QLinearConcat", qlinear_concat, "com.microsoft"},
      {"QLinearGlobalAveragePool", qlinear_global_average_pool, "com.microsoft"},
      {"QLinearLeakyRelu", qlinear_leaky_relu, "com.microsoft"},
      {"QLinearMul", qlinear_binary<ops::Mul>, "com.microsoft"},
      {"QLinearSigmoid", qlinear_sigmoid, "com.microsoft"},
      {"QLinearSoftmax", qlinear_softmax, "com.microsoft"},
      {"QuantizeLinear", quantize_linear},
      {"QuantizeLinear", quantize_linear, "com.microsoft"},
  };
  return kRows;
}

}  // namespace slipway::formats
