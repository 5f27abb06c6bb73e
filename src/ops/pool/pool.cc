#include "ops/pool/pool.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"

namespace slipway::ops {
namespace {

template <class Pool>
WindowSpec spec_of(const Pool& pool) {
  static const std::vector<std::int64_t> kNone;
  if constexpr (requires { pool.pad_begin; }) {
    return {pool.stride, pool.dilation, pool.pad_begin, pool.pad_end, pool.padding, pool.round_up};
  } else {
    return {pool.stride, kNone, kNone, kNone, pool.padding};
  }
}

template <class Pool>
Result<Window> window_of(const Pool& pool, const Shape& x) {
  if (pool.kernel.size() + 2 != x.rank()) {
    return fail(Code::invalid_input, "a kernel of {} dimensions for {}", pool.kernel.size(),
                x.text());
  }
  return make_window(spec_of(pool), x, pool.kernel);
}

template <class Pool>
Result<Types> infer_pool(const Pool& pool, const KnownInputs& inputs) {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  const auto window = SLIPWAY_TRY(window_of(pool, x.shape));
  return Types{x.with_shape(SLIPWAY_TRY(window_shape(window, x.shape, x.shape.back(0))))};
}

template <class Pool>
Cost pool_cost(const Pool& pool, const TensorType& x) {
  const auto window = window_of(pool, x.shape);
  if (!window) return {};
  return {.ops = saturating_product(
              {x.shape[0], window->out_positions(), window->kernel_positions(), x.shape.back(0)})};
}

/// Calls pixel(x_position) for each input position under the window at `at`.
template <class Pixel>
void each_pixel(const Window& window, const Window::Dims& at, Pixel pixel) {
  Window::Dims k = {};
  for (k[0] = 0; k[0] < window.kernel[0]; ++k[0]) {
    for (k[1] = 0; k[1] < window.kernel[1]; ++k[1]) {
      for (k[2] = 0; k[2] < window.kernel[2]; ++k[2]) {
        const std::int64_t position = window.position(at, k);
        if (position >= 0) pixel(position);
      }
    }
  }
}

/// Kernel positions under the window at `at` that lie on the input or on its padding: what a mean
/// that counts padding divides by.
std::int64_t count_with_padding(const Window& window, const Window::Dims& at) {
  std::int64_t count = 1;
  for (std::size_t i = 0; i < Window::kDims; ++i) {
    std::int64_t inside = 0;
    for (std::int64_t k = 0; k < window.kernel[i]; ++k) {
      const std::int64_t p = at[i] * window.stride[i] + k * window.dilation[i];
      if (p < window.in[i] + window.pad[i] + window.pad_end[i]) ++inside;
    }
    count *= inside;
  }
  return count;
}

/// Gathers the pixels of each window into `values` per channel and writes reduce(values, at).
template <class T, class Sum, class Fold, class Finish>
void run_pool(EvalIo& io, const Window& window, Sum start, Fold fold, Finish finish) {
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const std::int64_t channels = io.input(0).shape().back(0);
  const std::int64_t batch = io.input(0).shape()[0];
  std::vector<Sum> sums(static_cast<std::size_t>(channels));
  std::size_t index = 0;
  for (std::int64_t n = 0; n < batch; ++n) {
    const T* picture = x.data() + n * window.in_positions() * channels;
    Window::Dims at = {};
    for (at[0] = 0; at[0] < window.out[0]; ++at[0]) {
      for (at[1] = 0; at[1] < window.out[1]; ++at[1]) {
        for (at[2] = 0; at[2] < window.out[2]; ++at[2]) {
          std::fill(sums.begin(), sums.end(), start);
          std::int64_t count = 0;
          each_pixel(window, at, [&](std::int64_t position) {
            const T* pixel = picture + position * channels;
            for (std::int64_t c = 0; c < channels; ++c) {
              sums[static_cast<std::size_t>(c)] = fold(sums[static_cast<std::size_t>(c)], pixel[c]);
            }
            ++count;
          });
          for (const Sum sum : sums) y[index++] = finish(sum, count, at);
        }
      }
    }
  }
}

/// The bounds of an output's elements, as T.
template <class T>
std::pair<T, T> bounds(Activation activation, const TensorType& y) {
  if constexpr (std::is_floating_point_v<T>) {
    const auto range = range_of(activation);
    return {range.low, range.high};
  } else {
    if (!is_quantized(y)) return {std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max()};
    const auto range = clamp_range(activation, y);
    return {static_cast<T>(range.low), static_cast<T>(range.high)};
  }
}

template <class T>
void run_max(EvalIo& io, const Window& window, Activation activation) {
  const auto [low, high] = bounds<T>(activation, io.output_type(0));
  run_pool<T, T>(
      io, window, std::numeric_limits<T>::lowest(), [](T a, T b) { return std::max(a, b); },
      [&](T largest, std::int64_t, const Window::Dims&) {
        return std::min(std::max(largest, low), high);
      });
}

template <class T>
void run_average(EvalIo& io, const Window& window, Activation activation, bool count_padding) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, float, std::int64_t>;
  const auto [low, high] = bounds<T>(activation, io.output_type(0));
  const auto zero =
      is_quantized(io.type(0)) ? static_cast<Sum>(io.type(0).quant->zero_point[0]) : Sum{};
  run_pool<T, Sum>(
      io, window, Sum{}, [](Sum sum, T x) { return sum + x; },
      [&](Sum sum, std::int64_t inside, const Window::Dims& at) {
        const std::int64_t count = count_padding ? count_with_padding(window, at) : inside;
        if (count == 0) return T{};
        sum += zero * static_cast<Sum>(count - inside);  // padding is the real 0
        if constexpr (std::is_floating_point_v<T>) {
          sum /= static_cast<float>(count);
        } else {
          sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
        }
        return static_cast<T>(std::min<Sum>(std::max<Sum>(sum, low), high));
      });
}

}  // namespace

Result<Types> MaxPool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(
      check_dtype("the input", inputs.type(0), {DType::f32, DType::i8, DType::u8, DType::i16}));
  return infer_pool(*this, inputs);
}

Cost MaxPool::cost(std::span<const TensorType> inputs) const { return pool_cost(*this, inputs[0]); }

Result<void> MaxPool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  switch (io.type(0).dtype) {
    case DType::f32:
      run_max<float>(io, window, activation);
      break;
    case DType::i8:
      run_max<std::int8_t>(io, window, activation);
      break;
    case DType::u8:
      run_max<std::uint8_t>(io, window, activation);
      break;
    default:
      run_max<std::int16_t>(io, window, activation);
      break;
  }
  return {};
}

Result<Types> AveragePool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(
      check_dtype("the input", inputs.type(0), {DType::f32, DType::i8, DType::u8, DType::i16}));
  return infer_pool(*this, inputs);
}

Cost AveragePool::cost(std::span<const TensorType> inputs) const {
  return pool_cost(*this, inputs[0]);
}

Result<void> AveragePool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  switch (io.type(0).dtype) {
    case DType::f32:
      run_average<float>(io, window, activation, count_padding);
      break;
    case DType::i8:
      run_average<std::int8_t>(io, window, activation, count_padding);
      break;
    case DType::u8:
      run_average<std::uint8_t>(io, window, activation, count_padding);
      break;
    default:
      run_average<std::int16_t>(io, window, activation, count_padding);
      break;
  }
  return {};
}

Result<Types> L2Pool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_dtype("the input", inputs.type(0), {DType::f32}));
  return infer_pool(*this, inputs);
}

Cost L2Pool::cost(std::span<const TensorType> inputs) const { return pool_cost(*this, inputs[0]); }

Result<void> L2Pool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  const auto range = range_of(activation);
  run_pool<float, float>(
      io, window, 0.0F, [](float sum, float x) { return sum + x * x; },
      [&](float sum, std::int64_t count, const Window::Dims&) {
        if (count == 0) return 0.0F;
        return std::min(std::max(std::sqrt(sum / static_cast<float>(count)), range.low),
                        range.high);
      });
  return {};
}

}  // namespace slipway::ops
