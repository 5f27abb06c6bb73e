#include "ops/matmul/batch_matmul.h"

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

/// The sizes of one product and the steps between elements of a and b.
struct Sizes {
  std::int64_t rows, inner, columns;
  std::int64_t a_row, a_inner, b_inner, b_column;

  Sizes(const BatchMatMul& op, const Shape& a, const Shape& b)
      : rows(a.back(op.transpose_a ? 0 : 1)),
        inner(a.back(op.transpose_a ? 1 : 0)),
        columns(b.back(op.transpose_b ? 1 : 0)),
        a_row(op.transpose_a ? 1 : inner),
        a_inner(op.transpose_a ? rows : 1),
        b_inner(op.transpose_b ? 1 : columns),
        b_column(op.transpose_b ? inner : 1) {}
};

Result<Shape> batch_shape(const Shape& x) { return Shape::make(x.dims().first(x.rank() - 2)); }

/// y = finish(sum of (a - a_zero) * (b - b_zero)) for each element of y.
template <class T, class Sum, class Finish>
void run(EvalIo& io, const Sizes& s, const Shape& batch, std::int32_t a_zero, std::int32_t b_zero,
         Finish finish) {
  const auto y = io.out<T>(0);
  BroadcastIndex a_index(*batch_shape(io.input(0).shape()), batch);
  BroadcastIndex b_index(*batch_shape(io.input(1).shape()), batch);
  std::size_t at = 0;
  for (std::int64_t n = 0; n < batch.elements(); ++n, a_index.next(), b_index.next()) {
    const T* a = io.in<T>(0).data() + static_cast<std::int64_t>(a_index.index()) * s.rows * s.inner;
    const T* b =
        io.in<T>(1).data() + static_cast<std::int64_t>(b_index.index()) * s.inner * s.columns;
    for (std::int64_t r = 0; r < s.rows; ++r) {
      for (std::int64_t c = 0; c < s.columns; ++c) {
        Sum sum{};
        for (std::int64_t k = 0; k < s.inner; ++k) {
          const T left = a[r * s.a_row + k * s.a_inner];
          const T right = b[k * s.b_inner + c * s.b_column];
          if constexpr (std::is_floating_point_v<Sum>) {
            sum += left * right;
          } else {
            sum += static_cast<std::int64_t>(left - a_zero) * (right - b_zero);
          }
        }
        y[at++] = static_cast<T>(finish(sum));
      }
    }
  }
}

}  // namespace

Result<Types> BatchMatMul::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  SLIPWAY_TRY(check_dtype("the first input", a, {DType::f32, DType::i8, DType::i16}));
  SLIPWAY_TRY(check_dtype("the second input", b, {a.dtype}));
  if (a.dtype != DType::f32) {
    SLIPWAY_TRY(check_activation("the first input", a));
    SLIPWAY_TRY(check_activation("the second input", b));
  }
  if (a.shape.rank() < 2 || b.shape.rank() < 2) {
    return fail(Code::invalid_input, "{} and {} are no matrices", a.shape.text(), b.shape.text());
  }
  const Sizes sizes(*this, a.shape, b.shape);
  const std::int64_t other = b.shape.back(transpose_b ? 0 : 1);
  if (sizes.inner != other && sizes.inner != Shape::kUnknown && other != Shape::kUnknown) {
    return fail(Code::invalid_input, "{} and {} do not fit together", a.shape.text(),
                b.shape.text());
  }
  const auto batch =
      SLIPWAY_TRY(broadcast(SLIPWAY_TRY(batch_shape(a.shape)), SLIPWAY_TRY(batch_shape(b.shape))));
  std::vector<std::int64_t> dims(batch.begin(), batch.end());
  dims.push_back(sizes.rows);
  dims.push_back(sizes.columns);
  return Types{TensorType{a.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost BatchMatMul::cost(std::span<const TensorType> inputs) const {
  const Sizes sizes(*this, inputs[0].shape, inputs[1].shape);
  const auto a = batch_shape(inputs[0].shape);
  const auto b = batch_shape(inputs[1].shape);
  if (!a || !b) return {};
  const auto batch = broadcast(*a, *b);
  return {.macs = batch ? batch->elements() * sizes.rows * sizes.inner * sizes.columns : 0};
}

Result<void> BatchMatMul::eval(EvalIo& io) const {
  const Sizes sizes(*this, io.input(0).shape(), io.input(1).shape());
  const auto batch = SLIPWAY_TRY(batch_shape(io.output_type(0).shape));
  if (io.type(0).dtype == DType::f32) {
    run<float, float>(io, sizes, batch, 0, 0, [](float sum) { return sum; });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  const Rescale rescale(io.type(0), io.type(1), io.output_type(0), {.float_product = true});
  const std::int32_t a_zero = io.type(0).quant->zero_point[0];
  const std::int32_t b_zero = io.type(1).quant->zero_point[0];
  if (io.type(0).dtype == DType::i8) {
    run<std::int8_t, std::int64_t>(io, sizes, batch, a_zero, b_zero, [&](std::int64_t sum) {
      return rescale(static_cast<std::int32_t>(sum), 0);
    });
  } else {
    run<std::int16_t, std::int64_t>(io, sizes, batch, a_zero, b_zero,
                                    [&](std::int64_t sum) { return rescale(sum, 0); });
  }
  return {};
}

}  // namespace slipway::ops
