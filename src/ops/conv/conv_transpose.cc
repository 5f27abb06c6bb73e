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

/// Channels of x, of y, and how many of each are one group's.
struct Channels {
  Channels(const Shape& x, const Shape& w, std::int64_t group)
      : in(x.back(0)),
        group_in(std::max<std::int64_t>(in / group, 1)),
        group_out(w.back(0)),
        out(group_out * group) {}

  std::int64_t in;
  std::int64_t group_in;
  std::int64_t group_out;
  std::int64_t out;
};

/// Adds one input pixel, spread by the filter, to the sums of all output positions.
template <class Sum, class X, class W>
void spread(const Window& window, const Window::Dims& at, const X* pixel, X x_zero,
            const Channels& channels, const W* w, Sum* sums) {
  const std::int64_t outputs = channels.group_out;
  Window::Dims k = {};
  for (k[0] = 0; k[0] < window.kernel[0]; ++k[0]) {
    for (k[1] = 0; k[1] < window.kernel[1]; ++k[1]) {
      for (k[2] = 0; k[2] < window.kernel[2]; ++k[2], w += channels.in * outputs) {
        const std::int64_t position = window.position(at, k);
        if (position < 0) continue;
        for (std::int64_t i = 0; i < channels.in; ++i) {
          const auto value = static_cast<X>(pixel[i] - x_zero);
          Sum* row = sums + position * channels.out + i / channels.group_in * outputs;
          for (std::int64_t o = 0; o < outputs; ++o)
            add_to(row[o], product<Sum>(value, w[i * outputs + o]));
        }
      }
    }
  }
}

/// The sums of every output position of one batch entry after the other, given to finish(sums, n).
template <class Sum, class X, class W, class Finish>
void each_picture(const Window& window, std::int64_t batch, const Channels& channels,
                  std::span<const X> x, X x_zero, std::span<const W> w, std::span<const Sum> start,
                  Finish finish) {
  std::vector<Sum> sums(static_cast<std::size_t>(window.in_positions() * channels.out));
  const X* pixel = x.data();
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = start[i % start.size()];
    Window::Dims at = {};
    for (at[0] = 0; at[0] < window.out[0]; ++at[0]) {
      for (at[1] = 0; at[1] < window.out[1]; ++at[1]) {
        for (at[2] = 0; at[2] < window.out[2]; ++at[2], pixel += channels.in) {
          spread(window, at, pixel, x_zero, channels, w.data(), sums.data());
        }
      }
    }
    finish(std::span<const Sum>(sums), static_cast<std::size_t>(n) * sums.size());
  }
}

template <class X, class Sum>
void run_integer(EvalIo& io, const Window& window, const Channels& channels, Activation activation,
                 Rounding rounding) {
  const bool float_product = io.type(1).dtype == DType::u8;
  const Rescale rescale(io.type(0), io.type(1), io.output_type(0),
                        {activation, rounding, float_product});
  const auto bytes = io.in<X>(0);
  const std::vector<std::int16_t> x(bytes.begin(), bytes.end());
  const auto w = centred_weights(io.input(1));
  const auto start = bias_sums<Sum>(io, 2, channels.out);
  const auto y = io.out<X>(0);
  each_picture<Sum>(window, io.input(0).shape()[0], channels, std::span<const std::int16_t>(x),
                    static_cast<std::int16_t>(io.type(0).quant->zero_point[0]),
                    std::span<const std::int16_t>(w), std::span<const Sum>(start),
                    [&](std::span<const Sum> sums, std::size_t index) {
                      for (std::size_t i = 0; i < sums.size(); ++i) {
                        y[index + i] = static_cast<X>(rescale(sums[i], i % start.size()));
                      }
                    });
}

template <class T>
void run_float(EvalIo& io, const Window& window, const Channels& channels, Activation activation) {
  using Sum = SumOf<T>;
  const auto y = io.out<T>(0);
  const auto range = range_of(activation);
  const auto low = static_cast<Sum>(range.low);
  const auto high = static_cast<Sum>(range.high);
  const auto bias = bias_sums<Sum>(io, 2, channels.out);
  const std::vector<Sum> start(bias.size(), Sum{});
  const auto finish = [&](std::span<const Sum> sums, std::size_t index) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Sum sum = sums[i] + bias[i % bias.size()];
      y[index + i] = static_cast<T>(std::min(std::max(sum, low), high));
    }
  };
  const auto x = widened<Sum>(io.in<T>(0));
  const auto w = widened<Sum>(io.in<T>(1));
  each_picture<Sum>(window, io.input(0).shape()[0], channels, std::span<const Sum>(x), Sum{},
                    std::span<const Sum>(w), std::span<const Sum>(start), finish);
}

/// Whether each of the numbers, where there are any, is in [least, 2^30]: products of two stay in
/// 64 bits.
bool in_range(const std::vector<std::int64_t>& numbers, std::int64_t least) {
  return std::all_of(numbers.begin(), numbers.end(), [&](std::int64_t number) {
    return number >= least && number <= (std::int64_t{1} << 30U);
  });
}

}  // namespace

Result<Window> ConvTranspose::window(const Shape& x, const Shape& w) const {
  const std::size_t spatial = x.rank() - 2;
  const auto kernel = w.dims().first(spatial);
  if (!output_shape.empty() && output_shape.size() != spatial) {
    return fail(Code::invalid_input, "an output shape of {} numbers for {} spatial dimensions",
                output_shape.size(), spatial);
  }
  if (!in_range(stride, 1) || !in_range(dilation, 1) || !in_range(pad_begin, 0) ||
      !in_range(pad_end, 0) || !in_range(output_pad, 0)) {
    return fail(Code::invalid_input, "stride, dilation or padding out of range");
  }
  std::vector<std::int64_t> y = {x[0]};
  for (std::size_t i = 0; i < spatial; ++i) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30U;
    const std::int64_t step = at_or(stride, i, 1);
    const std::int64_t spacing = at_or(dilation, i, 1);
    const std::int64_t extra =
        at_or(output_pad, i, 0) - at_or(pad_begin, i, 0) - at_or(pad_end, i, 0);
    if (x[i + 1] == Shape::kUnknown)
      return fail(Code::unsupported, "an input of unknown size {}", x.text());
    if (x[i + 1] > kMost || kernel[i] > kMost)
      return fail(Code::invalid_input, "input {} or filter {} out of range", x.text(), w.text());
    const std::int64_t full = (x[i + 1] - 1) * step + (kernel[i] - 1) * spacing + 1 + extra;
    y.push_back(output_shape.empty() ? full : output_shape[i]);
    if (y.back() < 1) return fail(Code::invalid_input, "an output of size {}", y.back());
  }
  y.push_back(saturating_product({w.back(0), group}));
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
      x.shape.back(0) != w.shape.back(1) || group < 1 || group > Shape::kMaxElements ||
      x.shape.back(0) % group != 0) {
    return fail(Code::invalid_input, "input {} and filter {} do not fit together", x.shape.text(),
                w.shape.text());
  }
  const std::int64_t outputs = saturating_product({w.shape.back(0), group});
  SLIPWAY_TRY(check_conv_types(inputs, outputs));
  if (is_float(x.dtype)) SLIPWAY_TRY(check_dtype("the filter", w, {x.dtype}));
  if (group > 1 && w.quant && w.quant->per_axis())
    return fail(Code::unsupported, "a filter with a scale per channel, in {} groups", group);
  const auto window = SLIPWAY_TRY(this->window(x.shape, w.shape));
  std::vector<std::int64_t> dims = {x.shape[0]};
  dims.insert(dims.end(), window.in.end() - static_cast<std::ptrdiff_t>(x.shape.rank() - 2),
              window.in.end());
  dims.push_back(outputs);
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost ConvTranspose::cost(std::span<const TensorType> inputs) const {
  const auto& w = inputs[1].shape;
  return {.macs = saturating_product(
              {inputs[0].shape.elements(), w.elements() / std::max<std::int64_t>(w.back(1), 1)})};
}

Result<void> ConvTranspose::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(this->window(io.input(0).shape(), io.input(1).shape()));
  const Channels channels(io.input(0).shape(), io.input(1).shape(), group);
  const auto run = [&]<class X, class Sum>() {
    if constexpr (std::is_integral_v<X>) {
      run_integer<X, Sum>(io, window, channels, activation, rounding);
    } else {
      run_float<X>(io, window, channels, activation);
    }
  };
  const DType dtype = io.type(0).dtype;
  if (dtype == DType::f32) run.operator()<float, float>();
  if (dtype == DType::f16) run.operator()<Half, float>();
  if (dtype == DType::bf16) run.operator()<BFloat16, float>();
  if (dtype == DType::f64) run.operator()<double, double>();
  if (is_float(dtype)) return {};
  SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
  if (dtype == DType::u8) run.operator()<std::uint8_t, std::int32_t>();
  if (dtype == DType::i8) run.operator()<std::int8_t, std::int32_t>();
  if (dtype != DType::i16) return {};
  if (has_wide_sums(io)) {
    run.operator()<std::int16_t, std::int64_t>();
  } else {
    run.operator()<std::int16_t, std::int32_t>();
  }
  return {};
}

}  // namespace slipway::ops
