#include "ops/matmul/batch_matmul.h"

#include "ops/check.h"
#include "ops/conv/sum.h"
#include "ops/elementwise/broadcast.h"
#include "ops/product.h"
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

/// y = finish(sum of a * b, column) for each element of y.
template <class Y, class Sum, class Finish>
void run(EvalIo& io, const Sizes& s, std::span<const Sum> a_all, std::span<const Sum> b_all,
         Finish finish) {
  const auto batch = *batch_shape(io.output_type(0).shape);
  const auto y = io.out<Y>(0);
  BroadcastIndex a_index(*batch_shape(io.input(0).shape()), batch);
  BroadcastIndex b_index(*batch_shape(io.input(1).shape()), batch);
  std::size_t at = 0;
  for (std::int64_t n = 0; n < batch.elements(); ++n, a_index.next(), b_index.next()) {
    const Sum* a = a_all.data() + static_cast<std::int64_t>(a_index.index()) * s.rows * s.inner;
    const Sum* b = b_all.data() + static_cast<std::int64_t>(b_index.index()) * s.inner * s.columns;
    for (std::int64_t r = 0; r < s.rows; ++r) {
      for (std::int64_t c = 0; c < s.columns; ++c) {
        Sum sum{};
        for (std::int64_t k = 0; k < s.inner; ++k)
          sum += a[r * s.a_row + k * s.a_inner] * b[k * s.b_inner + c * s.b_column];
        y[at++] = static_cast<Y>(finish(sum, static_cast<std::size_t>(c)));
      }
    }
  }
}

/// Products of floats, or of whole numbers that wrap around: sums of Sum, rounded or cut once to T.
template <class T, class Sum>
void run_plain(EvalIo& io, const Sizes& sizes) {
  const auto a = widened<Sum>(io.in<T>(0));
  const auto b = widened<Sum>(io.in<T>(1));
  run<T, Sum>(io, sizes, std::span<const Sum>(a), std::span<const Sum>(b),
              [](Sum sum, std::size_t) { return sum; });
}

/// Plain bytes less their zero points; unsigned sums wrap as signed ones do.
void run_plain_bytes(EvalIo& io, const Sizes& sizes) {
  const auto a = centred<std::int32_t>(io, 0, 2);
  const auto b = centred<std::int32_t>(io, 1, 3);
  const std::vector<std::uint32_t> a_wraps(a.begin(), a.end());
  const std::vector<std::uint32_t> b_wraps(b.begin(), b.end());
  run<std::int32_t, std::uint32_t>(io, sizes, a_wraps, b_wraps,
                                   [](std::uint32_t sum, std::size_t) { return sum; });
}

/// Quantized numbers less their zero points; those of a matrix of columns may differ by column.
std::vector<std::int64_t> centred_numbers(const Tensor& x, const Sizes& sizes) {
  const auto& quant = *x.type().quant;
  std::vector<std::int64_t> out(static_cast<std::size_t>(x.elements()));
  visit(x.dtype(), [&]<class T>(T) {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      const auto values = x.values<T>();
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::size_t at = 0;
        if (quant.scale.size() > 1) {
          at = static_cast<std::size_t>(static_cast<std::int64_t>(i) / sizes.b_column %
                                        sizes.columns);
        }
        out[i] = static_cast<std::int64_t>(values[i]) - quant.zero_point[at];
      }
    }
  });
  return out;
}

/// The scale of a quantized matrix b is one, or one per column.
Result<void> check_columns(const TensorType& b, bool transposed, Rounding rounding) {
  if (!b.quant || b.quant->scale.size() == 1) return check_activation("the second input", b);
  const auto axis = b.shape.rank() - (transposed ? 2 : 1);
  if (rounding != Rounding::real_even || static_cast<std::size_t>(b.quant->axis) != axis) {
    return fail(Code::unsupported, "the second input has scales along axis {}", b.quant->axis);
  }
  return check_dtype("the second input", b, {DType::i8, DType::u8});
}

Result<void> check_matrices(const BatchMatMul& op, const KnownInputs& inputs) {
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  if (is_plain_byte(a)) {
    SLIPWAY_TRY(check_plain_bytes("the first input", inputs, 0, 2));
    return check_plain_bytes("the second input", inputs, 1, 3);
  }
  SLIPWAY_TRY(inputs.count(2, 2));
  SLIPWAY_TRY(check_dtype("the first input", a,
                          {DType::f32, DType::f16, DType::bf16, DType::f64, DType::i32, DType::u32,
                           DType::i64, DType::u64, DType::i8, DType::u8, DType::i16}));
  if (size_of(a.dtype) >= 4 || is_float(a.dtype))
    return check_dtype("the second input", b, {a.dtype});
  SLIPWAY_TRY(check_activation("the first input", a));
  if (op.rounding != Rounding::real_even) {
    if (a.dtype == DType::u8) return fail(Code::unsupported, "u8 rounds as real_even says only");
    SLIPWAY_TRY(check_dtype("the second input", b, {a.dtype}));
  } else if (a.dtype == DType::i16) {
    return fail(Code::unsupported, "i16 does not round as real_even says");
  }
  return check_columns(b, op.transpose_b, op.rounding);
}

}  // namespace

Result<Types> BatchMatMul::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 4));
  const auto& a = inputs.type(0);
  const auto& b = inputs.type(1);
  if (a.shape.rank() < 2 || b.shape.rank() < 2) {
    return fail(Code::invalid_input, "{} and {} are no matrices", a.shape.text(), b.shape.text());
  }
  SLIPWAY_TRY(check_matrices(*this, inputs));
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
  const DType dtype = is_plain_byte(a) ? DType::i32 : a.dtype;
  return Types{TensorType{dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost BatchMatMul::cost(std::span<const TensorType> inputs) const {
  const Sizes sizes(*this, inputs[0].shape, inputs[1].shape);
  const auto a = batch_shape(inputs[0].shape);
  const auto b = batch_shape(inputs[1].shape);
  if (!a || !b) return {};
  const auto batch = broadcast(*a, *b);
  return {.macs = batch ? saturating_product(
                              {batch->elements(), sizes.rows, sizes.inner, sizes.columns})
                        : 0};
}

Result<void> BatchMatMul::eval(EvalIo& io) const {
  const Sizes sizes(*this, io.input(0).shape(), io.input(1).shape());
  const DType dtype = io.type(0).dtype;
  if (is_plain_byte(io.type(0))) {
    run_plain_bytes(io, sizes);
    return {};
  }
  if (is_float(dtype) || size_of(dtype) >= 4) {
    visit(dtype, [&]<class T>(T) {
      if constexpr (!std::is_integral_v<T>) run_plain<T, SumOf<T>>(io, sizes);
      if constexpr (std::is_integral_v<T> && sizeof(T) >= 4)
        run_plain<T, std::make_unsigned_t<T>>(io, sizes);
    });
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  const Rescale rescale(io.type(0), io.type(1), io.output_type(0),
                        {.rounding = rounding, .float_product = true});
  const auto a = centred_numbers(io.input(0), sizes);
  const auto b = centred_numbers(io.input(1), sizes);
  visit(dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      run<T, std::int64_t>(io, sizes, a, b, [&](std::int64_t sum, std::size_t column) {
        if constexpr (sizeof(T) == 1) return rescale(static_cast<std::int32_t>(sum), column);
        return rescale(sum, column);
      });
    }
  });
  return {};
}

}  // namespace slipway::ops
