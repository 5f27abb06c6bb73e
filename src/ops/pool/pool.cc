#include "ops/pool/pool.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/conv/sum.h"

namespace slipway::ops {
namespace {

template <class Pool>
WindowSpec spec_of(const Pool& pool) {
  return {pool.stride, pool.dilation, pool.pad_begin, pool.pad_end, pool.padding, pool.round_up};
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

/// Calls window(at, n) for each output position of each batch entry n, in order.
template <class Visit>
void each_window(const Window& window, std::int64_t batch, Visit visit) {
  for (std::int64_t n = 0; n < batch; ++n) {
    Window::Dims at = {};
    for (at[0] = 0; at[0] < window.out[0]; ++at[0]) {
      for (at[1] = 0; at[1] < window.out[1]; ++at[1]) {
        for (at[2] = 0; at[2] < window.out[2]; ++at[2]) visit(at, n);
      }
    }
  }
}

/// Folds the pixels of each window per channel and writes finish(folded, count, at).
template <class T, class Sum, class Fold, class Finish>
void run_pool(EvalIo& io, const Window& window, Sum start, Fold fold, Finish finish) {
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const std::int64_t channels = io.input(0).shape().back(0);
  std::vector<Sum> sums(static_cast<std::size_t>(channels));
  std::size_t index = 0;
  each_window(window, io.input(0).shape()[0], [&](const Window::Dims& at, std::int64_t n) {
    const T* picture = x.data() + n * window.in_positions() * channels;
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
  });
}

/// What elements of T are compared and summed as.
template <class T>
using Wide = std::conditional_t<std::is_integral_v<T>, T, SumOf<T>>;

/// The bounds of an output's elements.
template <class T>
std::pair<Wide<T>, Wide<T>> bounds(Activation activation, const TensorType& y) {
  using Limits = std::numeric_limits<Wide<T>>;
  if constexpr (!std::is_integral_v<T>) {
    const auto range = range_of(activation);
    return {range.low, range.high};
  } else {
    if (!is_quantized(y)) {
      const auto [low, high] = range_of(activation);
      const float least = std::is_unsigned_v<T> ? std::max(low, 0.0F) : low;
      return {std::isfinite(least) ? static_cast<T>(least) : Limits::lowest(),
              std::isfinite(high) ? static_cast<T>(high) : Limits::max()};
    }
    const auto range = clamp_range(activation, y);
    return {static_cast<T>(range.low), static_cast<T>(range.high)};
  }
}

template <class T>
void run_max(EvalIo& io, const Window& window, Activation activation) {
  using W = Wide<T>;
  const auto [low, high] = bounds<T>(activation, io.output_type(0));
  run_pool<T, W>(
      io, window, std::numeric_limits<W>::lowest(),
      [](W a, T b) { return std::max(a, static_cast<W>(b)); },
      [&, low = low, high = high](W largest, std::int64_t, const Window::Dims&) {
        return static_cast<T>(std::min(std::max(largest, low), high));
      });
}

/// The place of position `p` where the first spatial dimension counts fastest, not the last.
std::int64_t column_major_place(const Window& window, std::int64_t p) {
  const std::int64_t last = p % window.in[2];
  const std::int64_t middle = p / window.in[2] % window.in[1];
  const std::int64_t first = p / window.in[2] / window.in[1];
  return first + window.in[0] * (middle + window.in[1] * last);
}

/// The places of the largest elements, the first of equal ones, into output 1.
template <class T>
void run_places(EvalIo& io, const Window& window, bool column_major) {
  const auto places = io.out<std::int64_t>(1);
  const auto x = io.in<T>(0);
  const std::int64_t channels = io.input(0).shape().back(0);
  std::vector<std::int64_t> best(static_cast<std::size_t>(channels));
  std::size_t index = 0;
  each_window(window, io.input(0).shape()[0], [&](const Window::Dims& at, std::int64_t n) {
    const T* picture = x.data() + n * window.in_positions() * channels;
    std::fill(best.begin(), best.end(), -1);
    each_pixel(window, at, [&](std::int64_t position) {
      for (std::int64_t c = 0; c < channels; ++c) {
        auto& place = best[static_cast<std::size_t>(c)];
        const auto value = static_cast<Wide<T>>(picture[position * channels + c]);
        if (place < 0 || value > static_cast<Wide<T>>(picture[place * channels + c]))
          place = position;
      }
    });
    for (const std::int64_t found : best) {
      const std::int64_t place = std::max<std::int64_t>(found, 0);  // a window over padding only
      places[index++] = column_major ? column_major_place(window, place) : place;
    }
  });
}

template <class T>
void run_average(EvalIo& io, const Window& window, Activation activation, bool count_padding) {
  using Sum = std::conditional_t<std::is_integral_v<T>, std::int64_t, SumOf<T>>;
  const auto [low, high] = bounds<T>(activation, io.output_type(0));
  const auto zero =
      is_quantized(io.type(0)) ? static_cast<Sum>(io.type(0).quant->zero_point[0]) : Sum{};
  run_pool<T, Sum>(
      io, window, Sum{}, [](Sum sum, T x) { return sum + static_cast<Sum>(x); },
      [&, low = low, high = high](Sum sum, std::int64_t inside, const Window::Dims& at) {
        const std::int64_t count = count_padding ? count_with_padding(window, at) : inside;
        if (count == 0) return T{};
        sum += zero * static_cast<Sum>(count - inside);  // padding is the real 0
        if constexpr (std::is_floating_point_v<Sum>) {
          sum /= static_cast<Sum>(count);
        } else {
          sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
        }
        return static_cast<T>(std::min<Sum>(std::max<Sum>(sum, low), high));
      });
}

/// |x|^p, the plain ways for the p that are in use.
template <class Sum>
Sum power(Sum x, std::int64_t p) {
  if (p == 1) return std::abs(x);
  if (p == 2) return x * x;
  return std::pow(std::abs(x), static_cast<Sum>(p));
}

template <class Sum>
Sum root(Sum x, std::int64_t p) {
  if (p == 1) return x;
  if (p == 2) return std::sqrt(x);
  return std::pow(x, Sum{1} / static_cast<Sum>(p));
}

template <class T>
void run_norm(EvalIo& io, const Window& window, const LpPool& pool) {
  using Sum = SumOf<T>;
  const auto [low, high] = bounds<T>(pool.activation, io.output_type(0));
  run_pool<T, Sum>(
      io, window, Sum{},
      [&](Sum sum, T x) { return sum + power<Sum>(static_cast<Sum>(x), pool.p); },
      [&, low = low, high = high](Sum sum, std::int64_t count, const Window::Dims&) {
        if (count == 0) return T{};
        if (pool.mean) sum /= static_cast<Sum>(count);
        return static_cast<T>(std::min(std::max(root<Sum>(sum, pool.p), low), high));
      });
}

}  // namespace

Result<Types> MaxPool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  if (inputs.type(0).dtype == DType::boolean)
    return fail(Code::unsupported, "the input must be of numbers, not bool");
  auto types = SLIPWAY_TRY(infer_pool(*this, inputs));
  if (places) types.emplace_back(TensorType{DType::i64, types[0].type.shape, {}});
  return types;
}

Cost MaxPool::cost(std::span<const TensorType> inputs) const { return pool_cost(*this, inputs[0]); }

Result<void> MaxPool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (!std::is_same_v<T, bool>) {
      run_max<T>(io, window, activation);
      if (places) run_places<T>(io, window, column_major);
    }
  });
  return {};
}

Result<Types> AveragePool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_dtype(
      "the input", inputs.type(0),
      {DType::f32, DType::f16, DType::bf16, DType::f64, DType::i8, DType::u8, DType::i16}));
  return infer_pool(*this, inputs);
}

Cost AveragePool::cost(std::span<const TensorType> inputs) const {
  return pool_cost(*this, inputs[0]);
}

Result<void> AveragePool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T> || sizeof(T) <= 2)
      run_average<T>(io, window, activation, count_padding);
  });
  return {};
}

Result<Types> LpPool::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(
      check_dtype("the input", inputs.type(0), {DType::f32, DType::f16, DType::bf16, DType::f64}));
  if (p < 1) return fail(Code::invalid_input, "a norm of order {}", p);
  return infer_pool(*this, inputs);
}

Cost LpPool::cost(std::span<const TensorType> inputs) const { return pool_cost(*this, inputs[0]); }

Result<void> LpPool::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(window_of(*this, io.input(0).shape()));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) run_norm<T>(io, window, *this);
  });
  return {};
}

}  // namespace slipway::ops
