// Matrix products.

#include "formats/onnx/quantized.h"
#include "ops/elementwise/binary.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"
#include "ops/quant/quantize.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

/// Whether a value is a matrix of weights: a constant, as it is or dequantized.
bool is_weight_matrix(OnnxNode& node, ValueId value) {
  if (node.type(value).shape.rank() != 2 || !is_float(node.type(value).dtype)) return false;
  const auto& producer = node.graph().node(value);
  if (producer.op.is<Constant>()) return true;
  return producer.op.is<ops::Dequantize>() && producer.inputs.size() == 1 &&
         node.graph().node(producer.inputs[0]).op.is<Constant>();
}

/// a x b, where vectors are rows on the left and columns on the right. What `more` holds comes
/// after a and b.
Result<void> product(OnnxNode& node, const ops::BatchMatMul& op, ValueId a, ValueId b,
                     std::vector<ValueId> more = {}) {
  const auto a_rank = node.type(a).shape.rank();
  const auto b_rank = node.type(b).shape.rank();
  if (a_rank >= 2 && is_weight_matrix(node, b) && op == ops::BatchMatMul{} && more.empty())
    return node.emit(ops::FullyConnected{}, {a, b});
  std::vector<std::int64_t> dropped;
  if (b_rank == 1) {
    b = SLIPWAY_TRY(node.helper(ops::Unsqueeze{{1}}, {b}, "column"));
    dropped.push_back(-1);
  }
  if (a_rank == 1) {
    a = SLIPWAY_TRY(node.helper(ops::Unsqueeze{{0}}, {a}, "row"));
    dropped.push_back(-2);
  }
  std::vector<ValueId> inputs = {a, b};
  inputs.insert(inputs.end(), more.begin(), more.end());
  if (dropped.empty()) return node.emit(op, std::move(inputs));
  const auto y = SLIPWAY_TRY(node.helper(op, std::move(inputs), "matrices"));
  return node.emit(ops::Squeeze{dropped}, {y});
}

Result<void> matmul(OnnxNode& node) {
  const auto a = SLIPWAY_TRY(node.input(0));
  return product(node, {}, a, SLIPWAY_TRY(node.input(1)));
}

/// x * factor, or x where that is 1.
Result<ValueId> scaled(OnnxNode& node, ValueId x, float factor, std::string_view purpose) {
  if (factor == 1) return x;
  const auto number = SLIPWAY_TRY(scalar(node, factor, node.type(x).dtype));
  return node.helper(ops::Mul{}, {x, number}, purpose);
}

Result<void> fused_matmul(OnnxNode& node) {
  ops::BatchMatMul op;
  op.transpose_a = SLIPWAY_TRY(node.integer("transA", 0)) != 0;
  op.transpose_b = SLIPWAY_TRY(node.integer("transB", 0)) != 0;
  for (const auto* name : {"transBatchA", "transBatchB"}) {
    if (SLIPWAY_TRY(node.integer(name, 0)) != 0)
      return fail(Code::unsupported, "the attribute '{}'", name);
  }
  const float alpha = SLIPWAY_TRY(node.number("alpha", 1));
  const auto a = SLIPWAY_TRY(node.input(0));
  const auto b = SLIPWAY_TRY(node.input(1));
  if (alpha == 1) return product(node, op, a, b);
  const auto y = SLIPWAY_TRY(node.helper(op, {a, b}, "product"));
  const auto number = SLIPWAY_TRY(scalar(node, alpha, node.type(y).dtype));
  return node.emit(ops::Mul{}, {y, number});
}

/// Whether c is one number per column, as a dense layer's bias.
bool is_bias(const TensorType& c, const TensorType& b, bool transposed) {
  if (!c.is_known() || !b.is_known() || b.shape.rank() != 2) return false;
  const std::int64_t columns = b.shape[transposed ? 0 : 1];
  return c.shape.rank() >= 1 && c.shape.back(0) == columns && c.shape.elements() == columns;
}

Result<void> gemm(OnnxNode& node) {
  ops::BatchMatMul op;
  op.transpose_a = SLIPWAY_TRY(node.integer("transA", 0)) != 0;
  op.transpose_b = SLIPWAY_TRY(node.integer("transB", 0)) != 0;
  node.ignore("broadcast");  // before opset 7: always done since
  const float alpha = SLIPWAY_TRY(node.number("alpha", 1));
  const float beta = SLIPWAY_TRY(node.number("beta", 1));
  const auto a = SLIPWAY_TRY(node.input(0));
  const auto b = SLIPWAY_TRY(node.input(1));
  const auto c = SLIPWAY_TRY(node.optional_input(2));
  if (node.type(a).shape.rank() != 2 || node.type(b).shape.rank() != 2) {
    return fail(Code::invalid_input, "{} and {} are no matrices", node.type(a).shape.text(),
                node.type(b).shape.text());
  }
  const bool has_bias = !c.exists() || is_bias(node.type(c), node.type(b), op.transpose_b);
  if (is_weight_matrix(node, b) && !op.transpose_a && alpha == 1 && beta == 1 && has_bias) {
    auto w = b;
    if (op.transpose_b) w = SLIPWAY_TRY(moved_filter(node, b, {1, 0}));
    return node.emit(ops::FullyConnected{}, {a, w, c});
  }
  if (!c.exists() && alpha == 1) return node.emit(op, {a, b});
  const auto matrices = SLIPWAY_TRY(node.helper(op, {a, b}, "product"));
  const auto y = SLIPWAY_TRY(scaled(node, matrices, alpha, "times_alpha"));
  if (!c.exists() || beta == 0) return node.alias(0, y);
  const auto addend = SLIPWAY_TRY(scaled(node, c, beta, "times_beta"));
  return node.emit(ops::Add{}, {y, addend});
}

/// Zero points of rows, [M] in ONNX, as a column.
Result<ValueId> row_zeros(OnnxNode& node, ValueId zeros) {
  if (node.type(zeros).shape.rank() != 1 || node.type(zeros).shape[0] == 1) return zeros;
  return node.helper(ops::Unsqueeze{{1}}, {zeros}, "row_zeros");
}

Result<void> matmul_integer(OnnxNode& node) {
  const auto a = SLIPWAY_TRY(node.input(0));
  const auto b = SLIPWAY_TRY(node.input(1));
  const auto a_zero = SLIPWAY_TRY(node.optional_input(2));
  const auto b_zero = SLIPWAY_TRY(node.optional_input(3));
  const auto rows = a_zero.exists() ? SLIPWAY_TRY(row_zeros(node, a_zero)) : a_zero;
  return product(node, {}, a, b, {rows, b_zero});
}

Result<void> qlinear_matmul(OnnxNode& node) {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < 8; ++i) all.push_back(SLIPWAY_TRY(node.input(i)));
  const auto& a = node.type(all[0]);
  const auto& b = node.type(all[3]);
  const auto y_type = TensorType{node.type(all[7]).dtype, {}, {}};
  const auto columns = static_cast<std::int64_t>(b.shape.rank()) - 1;
  const auto a_quant = SLIPWAY_TRY(known_quantization(node, 1, 2, a, -1));
  const auto b_quant = SLIPWAY_TRY(known_quantization(node, 4, 5, b, columns));
  const auto y_quant = SLIPWAY_TRY(known_quantization(node, 6, 7, y_type, -1));
  if (!a_quant || !b_quant || !y_quant || y_type.dtype != a.dtype) {
    const auto rows = SLIPWAY_TRY(row_zeros(node, all[2]));
    const auto sums =
        SLIPWAY_TRY(node.helper(ops::BatchMatMul{}, {all[0], all[3], rows, all[5]}, "sums"));
    const auto scales = SLIPWAY_TRY(combined_scales(node, all[1], all[4], all[6]));
    return node.alias(0, SLIPWAY_TRY(requantized(node, sums, scales, all[7])));
  }
  const auto a_real = SLIPWAY_TRY(as_quantized(node, all[0], *a_quant));
  const auto b_real = SLIPWAY_TRY(as_quantized(node, all[3], *b_quant));
  const ops::BatchMatMul op{.rounding = Rounding::real_even};
  return emit_quantized(node, op, {a_real, b_real}, *y_quant, false);
}

/// Gemm of integers with scales: a, b, an i32 bias in the scale of their sums, and the scale of y,
/// without which y is f32.
Result<void> qgemm(OnnxNode& node) {
  const auto transpose_b = SLIPWAY_TRY(node.integer("transB", 0)) != 0;
  if (SLIPWAY_TRY(node.integer("transA", 0)) != 0 || SLIPWAY_TRY(node.number("alpha", 1)) != 1)
    return fail(Code::unsupported, "QGemm with transA or alpha");
  if (!node.has(7)) return fail(Code::unsupported, "QGemm with an output of floats");
  const auto a = SLIPWAY_TRY(node.input(0));
  auto b = SLIPWAY_TRY(node.input(3));
  SLIPWAY_TRY(node.input(8));
  if (transpose_b) b = SLIPWAY_TRY(moved_filter(node, b, {1, 0}));
  const auto y_type = TensorType{node.type(SLIPWAY_TRY(node.input(8))).dtype, {}, {}};
  const auto a_quant = SLIPWAY_TRY(known_quantization(node, 1, 2, node.type(a), -1));
  const auto b_quant = SLIPWAY_TRY(known_quantization(node, 4, 5, node.type(b), 1));
  const auto y_quant = SLIPWAY_TRY(known_quantization(node, 7, 8, y_type, -1));
  if (!a_quant || !b_quant || !y_quant || y_type.dtype != node.type(a).dtype)
    return fail(Code::unsupported, "QGemm whose scales are no constants");
  const auto a_real = SLIPWAY_TRY(as_quantized(node, a, *a_quant));
  const auto b_real = SLIPWAY_TRY(as_quantized(node, b, *b_quant));
  const auto bias = SLIPWAY_TRY(node.optional_input(6));
  const ops::FullyConnected op{.rounding = Rounding::real_even};
  return emit_quantized(node, op, {a_real, b_real, bias}, *y_quant, false);
}

}  // namespace

std::span<const OnnxRow> onnx_matmul() {
  static constexpr OnnxRow kRows[] = {
      {"FusedMatMul", fused_matmul, "com.microsoft"},
      {"Gemm", gemm},
      {"MatMul", matmul},
      {"MatMulInteger", matmul_integer},
      {"QGemm", qgemm, "com.microsoft"},
      {"QLinearMatMul", qlinear_matmul},
  };
  return kRows;
}

}  // namespace slipway::formats
