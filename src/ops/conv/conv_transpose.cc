#include "ops/conv/conv_transpose.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/conv/sum.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

constexpr std::int64_t kMaxStep = std::int64_t{1} << 31U;  // products of two stay in 64 bits

/// The sizes of one transposed convolution; missing dimensions in front are 1.
struct Geometry {
  Window::Dims in = {1, 1, 1};
  Window::Dims out = {1, 1, 1};
  Window::Dims kernel = {1, 1, 1};
  Window::Dims stride = {1, 1, 1};
  Window::Dims pad = {0, 0, 0};
};

Result<std::int64_t> entry(const std::vector<std::int64_t>& field, std::size_t i, std::size_t rank,
                           std::int64_t fallback, std::int64_t least) {
  if (field.empty()) return fallback;
  if (field.size() != rank) {
    return fail(Code::invalid_input, "{} numbers for {} dimensions", field.size(), rank);
  }
  if (field[i] < least || field[i] > kMaxStep)
    return fail(Code::invalid_input, "{} is out of range", field[i]);
  return field[i];
}

/// Unknown sizes of x become -1 in `in` and, where the field does not say, in `out`.
Result<Geometry> geometry_of(const ConvTranspose& op, const Shape& x, const Shape& w) {
  const std::size_t rank = x.rank() - 2;
  if (rank > Window::kDims) return fail(Code::unsupported, "{} spatial dimensions", rank);
  Geometry g;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t at = Window::kDims - rank + i;
    g.in[at] = x[i + 1];
    g.kernel[at] = w[i];
    g.stride[at] = SLIPWAY_TRY(entry(op.stride, i, rank, 1, 1));
    g.pad[at] = SLIPWAY_TRY(entry(op.pad_begin, i, rank, 0, 0));
    const std::int64_t pad_end = SLIPWAY_TRY(entry(op.pad_end, i, rank, 0, 0));
    std::int64_t full = Shape::kUnknown;
    if (g.in[at] != Shape::kUnknown) {
      if (g.in[at] > kMaxStep) return fail(Code::invalid_input, "an input of {}", x.text());
      full = (g.in[at] - 1) * g.stride[at] + g.kernel[at] - g.pad[at] - pad_end;
      if (full < 1 && op.output.empty())
        return fail(Code::invalid_input, "an output of size {}", full);
    }
    g.out[at] = SLIPWAY_TRY(entry(op.output, i, rank, full, 1));
  }
  return g;
}

/// Calls position(x_position, y_position, kernel_position) for each pair that the kernel connects.
template <class Position>
void each_connection(const Geometry& g, Position position) {
  Window::Dims q = {};
  std::int64_t from = 0;
  for (q[0] = 0; q[0] < g.in[0]; ++q[0]) {
    for (q[1] = 0; q[1] < g.in[1]; ++q[1]) {
      for (q[2] = 0; q[2] < g.in[2]; ++q[2], ++from) {
        std::int64_t kernel = 0;
        Window::Dims k = {};
        for (k[0] = 0; k[0] < g.kernel[0]; ++k[0]) {
          for (k[1] = 0; k[1] < g.kernel[1]; ++k[1]) {
            for (k[2] = 0; k[2] < g.kernel[2]; ++k[2], ++kernel) {
              std::int64_t to = 0;
              bool inside = true;
              for (std::size_t i = 0; i < Window::kDims; ++i) {
                const std::int64_t p = q[i] * g.stride[i] + k[i] - g.pad[i];
                inside = inside && p >= 0 && p < g.out[i];
                to = to * g.out[i] + p;
              }
              if (inside) position(from, to, kernel);
            }
          }
        }
      }
    }
  }
}

template <class Sum, class X, class W>
std::vector<Sum> scatter(const Geometry& g, const EvalIo& io, std::span<const X> x, X zero,
                         std::span<const W> w) {
  const std::int64_t in = io.input(1).shape().back(1);
  const std::int64_t out = io.input(1).shape().back(0);
  const std::int64_t x_size = g.in[0] * g.in[1] * g.in[2] * in;
  const std::int64_t y_size = g.out[0] * g.out[1] * g.out[2] * out;
  const std::int64_t batch = io.input(0).shape()[0];
  std::vector<Sum> sums(static_cast<std::size_t>(batch * y_size), Sum{});
  for (std::int64_t n = 0; n < batch; ++n) {
    each_connection(g, [&](std::int64_t from, std::int64_t to, std::int64_t k) {
      const X* pixel = x.data() + n * x_size + from * in;
      Sum* sum = sums.data() + n * y_size + to * out;
      for (std::int64_t i = 0; i < in; ++i) {
        const W* row = w.data() + (k * in + i) * out;
        const auto value = static_cast<X>(pixel[i] - zero);
        for (std::int64_t o = 0; o < out; ++o) {
          if constexpr (std::is_floating_point_v<Sum>) {
            sum[o] += value * row[o];
          } else {
            sum[o] += static_cast<std::int32_t>(value) * static_cast<std::int32_t>(row[o]);
          }
        }
      }
    });
  }
  return sums;
}

void run_float(EvalIo& io, const Geometry& g, Activation activation) {
  const auto sums = scatter<float>(g, io, io.in<float>(0), 0.0F, io.in<float>(1));
  const auto bias = bias_sums<float>(io, 2, io.input(1).shape().back(0));
  const auto range = range_of(activation);
  const auto y = io.out<float>(0);
  for (std::size_t i = 0; i < y.size(); ++i)
    y[i] = std::min(std::max(sums[i] + bias[i % bias.size()], range.low), range.high);
}

/// Sums are taken in 64 bits; those of bytes are cut to 32 together with their bias.
template <class X, class Sum>
void run_integer(EvalIo& io, const Geometry& g, const ConvTranspose& op) {
  const auto bytes = io.in<X>(0);
  const std::vector<std::int16_t> x(bytes.begin(), bytes.end());
  const auto w = centred_weights(io.input(1));
  const auto zero = static_cast<std::int16_t>(io.type(0).quant->zero_point[0]);
  const auto sums = scatter<std::int64_t>(g, io, std::span<const std::int16_t>(x), zero,
                                          std::span<const std::int16_t>(w));
  const auto bias = bias_sums<Sum>(io, 2, io.input(1).shape().back(0));
  const Rescale rescale(io.type(0), io.type(1), io.output_type(0), {op.activation, op.rounding});
  const auto y = io.out<X>(0);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t o = i % bias.size();
    const auto sum =
        static_cast<Sum>(static_cast<std::uint64_t>(sums[i]) + static_cast<std::uint64_t>(bias[o]));
    y[i] = static_cast<X>(rescale(sum, o));
  }
}

}  // namespace

Result<Types> ConvTranspose::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 3));
  const auto& x = inputs.type(0);
  const auto& w = inputs.type(1);
  if (x.shape.rank() < 3 || w.shape.rank() != x.shape.rank()) {
    return fail(Code::invalid_input, "input {} and filter {} do not fit together", x.shape.text(),
                w.shape.text());
  }
  if (!w.is_known() || w.shape.elements() == 0)
    return fail(Code::unsupported, "a filter of shape {}", w.shape.text());
  if (x.shape.back(0) != w.shape.back(1) && x.shape.back(0) != Shape::kUnknown) {
    return fail(Code::invalid_input, "{} channels do not fit the filter {}", x.shape.back(0),
                w.shape.text());
  }
  SLIPWAY_TRY(check_conv_types(inputs, w.shape.back(0)));
  if (x.dtype == DType::f32) SLIPWAY_TRY(check_dtype("the filter", w, {DType::f32}));
  const auto g = SLIPWAY_TRY(geometry_of(*this, x.shape, w.shape));
  std::vector<std::int64_t> dims = {x.shape[0]};
  for (std::size_t i = Window::kDims - (x.shape.rank() - 2); i < Window::kDims; ++i)
    dims.push_back(g.out[i]);
  dims.push_back(w.shape.back(0));
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost ConvTranspose::cost(std::span<const TensorType> inputs) const {
  const auto& w = inputs[1].shape;
  const std::int64_t channels = w.back(1);
  if (channels == 0) return {};
  return {.macs = inputs[0].shape.elements() / channels * w.elements()};
}

Result<void> ConvTranspose::eval(EvalIo& io) const {
  const auto g = SLIPWAY_TRY(geometry_of(*this, io.input(0).shape(), io.input(1).shape()));
  const DType dtype = io.type(0).dtype;
  if (dtype == DType::f32) {
    run_float(io, g, activation);
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  if (dtype == DType::u8) run_integer<std::uint8_t, std::int32_t>(io, g, *this);
  if (dtype == DType::i8) run_integer<std::int8_t, std::int32_t>(io, g, *this);
  if (dtype == DType::i16) run_integer<std::int16_t, std::int64_t>(io, g, *this);
  return {};
}

}  // namespace slipway::ops
