#include "ops/resize/grid_sample.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/product.h"
#include "ops/resize/sample.h"

namespace slipway::ops {
namespace {

/// Where a dimension ends: places outside are padding.
struct Border {
  double low;
  double high;
};

Border border_of(std::int64_t size, bool align_corners) {
  const double edge = align_corners ? 0 : 0.5;
  return {-edge, static_cast<double>(size - 1) + edge};
}

double reflected(double x, const Border& border) {
  const double range = border.high - border.low;
  if (range <= 0) return border.low;
  const double beyond = x < border.low ? border.low - x : x - border.high;
  if (beyond <= 0) return x;
  const bool back = std::fmod(std::floor(beyond / range), 2) == 1;
  const double rest = std::fmod(beyond, range);
  return (x < border.low) != back ? border.low + rest : border.high - rest;
}

/// From -1..1 to elements; what is no number, or too far to count, is far outside.
double denormalised(double place, std::int64_t size, bool align_corners) {
  constexpr double kFar = 1e12;
  const auto n = static_cast<double>(size);
  const double x = align_corners ? (place + 1) / 2 * (n - 1) : ((place + 1) * n - 1) / 2;
  return std::isnan(x) ? -kFar : std::clamp(x, -kFar, kFar);
}

/// The element at a whole number of steps, or -1 for a zero.
std::int64_t element(double at, std::int64_t size, const GridSample& op) {
  const auto last = static_cast<double>(size - 1);
  if (at >= 0 && at <= last) return static_cast<std::int64_t>(at);
  if (op.padding == GridPadding::zeros) return -1;
  if (op.padding == GridPadding::reflection)
    at = std::trunc(reflected(at, border_of(size, op.align_corners)));
  return static_cast<std::int64_t>(std::clamp(at, 0.0, last));
}

/// Elements and weights along one dimension. Zeros are left out.
Taps taps_at(double place, std::int64_t size, const GridSample& op) {
  double x = denormalised(place, size, op.align_corners);
  if (op.method == Interpolation::nearest) x = std::nearbyint(x);
  const auto border = border_of(size, op.align_corners);
  // Cubic weights look at what is outside element by element instead.
  if (op.method != Interpolation::cubic && (x < border.low || x > border.high)) {
    if (op.padding == GridPadding::border) x = std::clamp(x, 0.0, static_cast<double>(size - 1));
    if (op.padding == GridPadding::reflection) x = reflected(x, border);
  }
  const double low = std::floor(x);
  const double t = x - low;
  std::vector<std::pair<double, double>> all;
  if (op.method == Interpolation::nearest) {
    all = {{std::trunc(x), 1}};
  } else if (op.method == Interpolation::linear) {
    all = {{low, 1 - t}, {low + 1, t}};
  } else {
    for (int i = -1; i <= 2; ++i) all.emplace_back(low + i, cubic_weight(t - i, -0.75));
  }
  Taps taps;
  for (const auto& [at, weight] : all) {
    const auto found = element(at, size, op);
    if (found >= 0) taps.push_back({found, weight});
  }
  return taps;
}

template <class T>
double real(T x) {
  if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<double>(x);
  } else {
    return static_cast<double>(static_cast<float>(x));
  }
}

/// sum += each combination of taps, times x from `first` on.
template <class T>
void add_samples(std::span<const T> x, const Shape& s, std::int64_t first,
                 const std::vector<Taps>& taps, std::vector<double>& sum) {
  std::vector<std::int64_t> counts;
  for (const auto& axis : taps) counts.push_back(static_cast<std::int64_t>(axis.size()));
  for (Walk walk(counts); !walk.done(); walk.next()) {
    double weight = 1;
    std::int64_t at = first;
    for (std::size_t i = 0; i < taps.size(); ++i) {
      const auto& tap = taps[i][static_cast<std::size_t>(walk.at()[i])];
      weight *= tap.weight;
      at = at * s[i + 1] + tap.at;
    }
    const auto from = x.subspan(static_cast<std::size_t>(at) * sum.size(), sum.size());
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += weight * real(from[c]);
  }
}

template <class T>
void run(EvalIo& io, const GridSample& op, const std::vector<double>& grid) {
  const auto& s = io.input(0).shape();
  const std::size_t spatial = s.rank() - 2;
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  std::vector<double> sum(static_cast<std::size_t>(s.back(0)));
  const std::size_t places = grid.size() / spatial;
  const std::size_t each = places / static_cast<std::size_t>(s[0]);
  std::vector<Taps> taps(spatial);
  for (std::size_t p = 0; p < places; ++p) {
    for (std::size_t i = 0; i < spatial; ++i)
      taps[i] = taps_at(grid[p * spatial + spatial - 1 - i], s[i + 1], op);
    std::fill(sum.begin(), sum.end(), 0.0);
    add_samples<T>(x, s, static_cast<std::int64_t>(p / each), taps, sum);
    for (std::size_t c = 0; c < sum.size(); ++c) {
      if constexpr (std::is_arithmetic_v<T>) {
        y[p * sum.size() + c] = static_cast<T>(sum[c]);
      } else {
        y[p * sum.size() + c] = T(static_cast<float>(sum[c]));
      }
    }
  }
}

}  // namespace

Result<Types> GridSample::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto& grid = inputs.type(1);
  const auto floats = {DType::f32, DType::f64, DType::f16, DType::bf16};
  SLIPWAY_TRY(check_dtype("x", x, floats));
  SLIPWAY_TRY(check_dtype("the grid", grid, floats));
  const auto& s = x.shape;
  const auto& g = grid.shape;
  const auto differ = [](std::int64_t a, std::int64_t b) {
    return a != b && a != Shape::kUnknown && b != Shape::kUnknown;
  };
  if (s.rank() < 3 || g.rank() < 2 || differ(s[0], g[0]) ||
      differ(g.back(0), static_cast<std::int64_t>(s.rank() - 2)))
    return fail(Code::invalid_input, "a grid {} over {}", g.text(), s.text());
  for (std::size_t i = 1; i + 1 < s.rank(); ++i) {
    if (s[i] == 0) return fail(Code::invalid_input, "{} has no elements to look up", s.text());
  }
  std::vector<std::int64_t> dims(g.begin(), g.end());
  dims.back() = s.back(0);
  if (dims[0] == Shape::kUnknown) dims[0] = s[0];
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost GridSample::cost(std::span<const TensorType> inputs) const {
  const auto& s = inputs[0].shape;
  const auto& g = inputs[1].shape;
  if (method == Interpolation::nearest) return {};
  std::int64_t taps = 1;
  for (std::size_t i = 2; i < s.rank(); ++i) taps *= method == Interpolation::cubic ? 4 : 2;
  const std::int64_t places = g.elements() / std::max<std::int64_t>(g.back(0), 1);
  return {.macs = saturating_product({taps, places, s.back(0)})};
}

Result<void> GridSample::eval(EvalIo& io) const {
  const auto& s = io.input(0).shape();
  if (io.input(1).shape()[0] != s[0] ||
      io.input(1).shape().back(0) != static_cast<std::int64_t>(s.rank() - 2))
    return fail(Code::invalid_input, "a grid {} over {}", io.input(1).shape().text(), s.text());
  const auto grid = to_doubles(io.input(1));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) run<T>(io, *this, grid);
  });
  return {};
}

}  // namespace slipway::ops
