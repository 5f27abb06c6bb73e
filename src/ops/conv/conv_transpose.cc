#include "ops/conv/conv_transpose.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/conv/sum.h"
#include "ops/quant/rescale.h"

namespace slipway::ops {
namespace {

/// Element i of a field that may be left out.
std::int64_t at_or(const std::vector<std::int64_t>& field, std::size_t i, std::int64_t otherwise) {
  return i < field.size() ? field[i] : otherwise;
}

/// Adds one input pixel, spread by the filter, to the sums of all output positions.
template <class Sum, class X, class W>
void spread(const Window& window, const Window::Dims& at, const X* pixel, X x_zero,
            std::int64_t channels, const W* w, std::int64_t outputs, Sum* sums) {
  Window::Dims k = {};
  for (k[0] = 0; k[0] < window.kernel[0]; ++k[0]) {
    for (k[1] = 0; k[1] < window.kernel[1]; ++k[1]) {
      for (k[2] = 0; k[2] < window.kernel[2]; ++k[2], w += channels * outputs) {
        const std::int64_t position = window.position(at, k);
        if (position < 0) continue;
        for (std::int64_t i = 0; i < channels; ++i) {
          const auto value = static_cast<X>(pixel[i] - x_zero);
          for (std::int64_t o = 0; o < outputs; ++o) {
            add_to(sums[position * outputs + o], product<Sum>(value, w[i * outputs + o]));
          }
        }
      }
    }
  }
}

/// The sums of every output position of one batch entry after the other, given to finish(sums, n).
template <class Sum, class X, class W, class Finish>
void each_picture(const Window& window, const Shape& x_shape, std::span<const X> x, X x_zero,
                  std::span<const W> w, std::span<const Sum> start, Finish finish) {
  const std::int64_t channels = x_shape.back(0);
  const auto outputs = static_cast<std::int64_t>(start.size());
  std::vector<Sum> sums(static_cast<std::size_t>(window.in_positions() * outputs));
  const X* pixel = x.data();
  for (std::int64_t n = 0; n < x_shape[0]; ++n) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = start[i % start.size()];
    Window::Dims at = {};
    for (at[0] = 0; at[0] < window.out[0]; ++at[0]) {
      for (at[1] = 0; at[1] < window.out[1]; ++at[1]) {
        for (at[2] = 0; at[2] < window.out[2]; ++at[2], pixel += channels) {
          spread(window, at, pixel, x_zero, channels, w.data(), outputs, sums.data());
        }
      }
    }
    finish(std::span<const Sum>(sums), static_cast<std::size_t>(n) * sums.size());
  }
}

template <class X, class Sum>
void run_integer(EvalIo& io, const Window& window, Activation activation, Rounding rounding) {
  const auto outputs = io.input(1).shape().back(0);
  const bool float_product = io.type(1).dtype == DType::u8;
  const Rescale rescale(io.type(0), io.type(1), io.output_type(0),
                        {activation, rounding, float_product});
  const auto bytes = io.in<X>(0);
  const std::vector<std::int16_t> x(bytes.begin(), bytes.end());
  const auto w = centred_weights(io.input(1));
  const auto start = bias_sums<Sum>(io, 2, outputs);
  const auto y = io.out<X>(0);
  each_picture<Sum>(window, io.input(0).shape(), std::span<const std::int16_t>(x),
                    static_cast<std::int16_t>(io.type(0).quant->zero_point[0]),
                    std::span<const std::int16_t>(w), std::span<const Sum>(start),
                    [&](std::span<const Sum> sums, std::size_t index) {
                      for (std::size_t i = 0; i < sums.size(); ++i) {
                        y[index + i] = static_cast<X>(rescale(sums[i], i % start.size()));
                      }
                    });
}

void run_float(EvalIo& io, const Window& window, Activation activation) {
  const auto y = io.out<float>(0);
  const auto range = range_of(activation);
  const auto bias = bias_sums<float>(io, 2, io.input(1).shape().back(0));
  const std::vector<float> start(bias.size(), 0.0F);
  const auto finish = [&](std::span<const float> sums, std::size_t index) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const float sum = sums[i] + bias[i % bias.size()];
      y[index + i] = std::min(std::max(sum, range.low), range.high);
    }
  };
  each_picture<float>(window, io.input(0).shape(), io.in<float>(0), 0.0F, io.in<float>(1),
                      std::span<const float>(start), finish);
}

}  // namespace

Result<Window> ConvTranspose::window(const Shape& x, const Shape& w) const {
  const std::size_t spatial = x.rank() - 2;
  const auto kernel = w.dims().first(spatial);
  if (!output_shape.empty() && output_shape.size() != spatial) {
    return fail(Code::invalid_input, "an output shape of {} numbers for {} spatial dimensions",
                output_shape.size(), spatial);
  }
  std::vector<std::int64_t> y = {x[0]};
  for (std::size_t i = 0; i < spatial; ++i) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30U;  // products of two stay in 64 bits
    const std::int64_t step = at_or(stride, i, 1);
    const std::int64_t spacing = at_or(dilation, i, 1);
    const std::int64_t extra =
        at_or(output_pad, i, 0) - at_or(pad_begin, i, 0) - at_or(pad_end, i, 0);
    if (x[i + 1] == Shape::kUnknown)
      return fail(Code::unsupported, "an input of unknown size {}", x.text());
    if (x[i + 1] > kMost || kernel[i] > kMost || step < 1 || step > kMost || spacing < 1 ||
        spacing > kMost || extra > kMost || extra < -kMost) {
      return fail(Code::invalid_input, "stride {}, dilation {} or padding out of range", step,
                  spacing);
    }
    const std::int64_t full = (x[i + 1] - 1) * step + (kernel[i] - 1) * spacing + 1 + extra;
    y.push_back(output_shape.empty() ? full : output_shape[i]);
    if (y.back() < 1) return fail(Code::invalid_input, "an output of size {}", y.back());
  }
  y.push_back(w.back(0));
  const auto y_shape = SLIPWAY_TRY(Shape::make(y));
  Window window =
      SLIPWAY_TRY(make_window({stride, dilation, pad_begin, pad_end, padding}, y_shape, kernel));
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t at = Window::kDims - spatial + i;
    const bool free =
        padding == Padding::given;  // output_pad makes sizes that no convolution gives back
    if (window.out[at] != x[i + 1] && !free) {
      return fail(Code::invalid_input, "an input of {} does not give an output of {}", x.text(),
                  y_shape.text());
    }
    window.out[at] = x[i + 1];
  }
  return window;
}

Result<Types> ConvTranspose::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 3));
  const auto& x = inputs.type(0);
  const auto& w = inputs.type(1);
  if (x.shape.rank() < 3 || w.shape.rank() != x.shape.rank() || !w.is_known() ||
      x.shape.back(0) != w.shape.back(1)) {
    return fail(Code::invalid_input, "input {} and filter {} do not fit together", x.shape.text(),
                w.shape.text());
  }
  SLIPWAY_TRY(check_conv_types(inputs, w.shape.back(0)));
  if (x.dtype == DType::f32) SLIPWAY_TRY(check_dtype("the filter", w, {DType::f32}));
  const auto window = SLIPWAY_TRY(this->window(x.shape, w.shape));
  std::vector<std::int64_t> dims = {x.shape[0]};
  dims.insert(dims.end(), window.in.end() - static_cast<std::ptrdiff_t>(x.shape.rank() - 2),
              window.in.end());
  dims.push_back(w.shape.back(0));
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost ConvTranspose::cost(std::span<const TensorType> inputs) const {
  const auto& w = inputs[1].shape;
  return {.macs = saturating_product(
              {inputs[0].shape.elements(), w.elements() / std::max<std::int64_t>(w.back(1), 1)})};
}

Result<void> ConvTranspose::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(this->window(io.input(0).shape(), io.input(1).shape()));
  if (io.type(0).dtype == DType::f32) {
    run_float(io, window, activation);
    return {};
  }
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  switch (io.type(0).dtype) {
    case DType::u8:
      run_integer<std::uint8_t, std::int32_t>(io, window, activation, rounding);
      break;
    case DType::i8:
      run_integer<std::int8_t, std::int32_t>(io, window, activation, rounding);
      break;
    default:
      if (has_wide_sums(io)) {
        run_integer<std::int16_t, std::int64_t>(io, window, activation, rounding);
      } else {
        run_integer<std::int16_t, std::int32_t>(io, window, activation, rounding);
      }
      break;
  }
  return {};
}

}  // namespace slipway::ops
