#include "engine/dynamic_steps.h"

#include <cmath>
#include <cstring>

#include "engine/places.h"
#include "kernels/dynamic_u8.h"

namespace slipway::engine {
namespace {

/// The zero point, of the two that the ends of the range ask for, that is off by less.
std::int32_t asymmetric_zero(double low, double high, double scale) {
  const bool low_is_better = 128.0 + std::abs(low / scale) < 127.0 + std::abs(high / scale);
  const double zero = std::round(low_is_better ? -128.0 - low / scale : 127.0 - high / scale);
  return static_cast<std::int32_t>(zero > -128.0 ? (zero < 127.0 ? zero : 127.0) : -128.0);
}

/// How values of a range are quantized, in the arithmetic of ops/conv/sum.cc. Values of no range,
/// or one without end, are all taken for 0: false.
bool choose(kernels::FloatRange range, bool asymmetric, DynamicScale& chosen,
            kernels::DynamicU8& job) {
  const auto [low, high] = range;
  chosen = {};
  if (!std::isfinite(low) || !std::isfinite(high) || low == high) return false;
  job.least = asymmetric ? -128 : -127;
  if (asymmetric) {
    const double scale = (static_cast<double>(high) - static_cast<double>(low)) / 255.0;
    chosen.scale = static_cast<float>(scale);
    chosen.zero = asymmetric_zero(static_cast<double>(low), static_cast<double>(high), scale);
    job.inverse = 1.0F / chosen.scale;
  } else {
    const float largest = -low < high ? high : -low;
    chosen.scale = largest / 127.0F;
    job.inverse = 127.0F / largest;
  }
  job.zero = chosen.zero;
  return true;
}

void quantize(const DynamicQuantizeStep& step, const float* in, const Bases& bases, int picture) {
  const auto row = step.header.variant;
  // Pixels without gaps are one run.
  const bool dense = step.in_stride == step.channels;
  const std::int64_t pixels = std::int64_t{step.height} * step.width;
  const std::int64_t run = dense ? pixels * step.channels : step.channels;
  kernels::FloatRange range;
  for (std::int64_t i = 0; i < (dense ? 1 : pixels); ++i)
    kernels::widen_range_variants()[row].run({in + i * step.in_stride, run, &range});
  kernels::DynamicU8 job;
  auto& chosen = write_at<DynamicScale>(step.scales, bases)[picture];
  const bool any = choose(range, step.asymmetric != 0, chosen, job);
  const bool floats = step.floats != 0;
  const std::int64_t line = std::int64_t{step.out_width} * step.channels;
  const std::int64_t all = line * step.out_height;
  auto* bytes = write_at<std::uint8_t>(step.out, bases) + picture * all;
  auto* whole = write_at<float>(step.out, bases) + picture * all;
  const bool same = step.out_height == step.height && step.out_width == step.width;
  if (!any && floats) std::memset(whole, 0, static_cast<std::size_t>(all) * sizeof *whole);
  if (!floats && !(any && same))
    std::memset(bytes, 128 + chosen.zero, static_cast<std::size_t>(all));
  if (!any) return;
  const auto put = [&](std::int64_t from, std::int64_t to, std::int64_t count) {
    job.in = in + from * step.in_stride;
    job.bytes = bytes + to * step.channels;
    job.floats = floats ? whole + to * step.channels : nullptr;
    job.count = count * step.channels;
    kernels::dynamic_u8_variants()[row].run(job);
  };
  if (dense && same) return put(0, 0, pixels);
  for (std::int64_t y = 0; y < step.height; ++y) {
    const std::int64_t from = y * step.width;
    const std::int64_t to = (y + step.pad_top) * step.out_width + step.pad_left;
    if (dense) {
      put(from, to, step.width);
    } else {
      for (std::int64_t x = 0; x < step.width; ++x) put(from + x, to + x, 1);
    }
  }
}

}  // namespace

void run(const DynamicQuantizeStep& step, const Bases& bases, int first, int last) {
  const std::int64_t picture = step.in_stride * step.height * step.width;
  for (int unit = first; unit < last; ++unit)
    quantize(step, read_at<float>(step.in, bases) + unit * picture, bases, unit);
}

void run(const ScaleSumsStep& step, const Bases& bases, int first, int last) {
  const auto* constants = read_at<float>(step.constants, bases);
  const int units = (step.rows + step.unit_rows - 1) / step.unit_rows;
  kernels::ScaleSums job;
  job.stride = step.stride;
  job.columns = step.columns;
  job.scale = constants;
  job.bias = constants + step.columns;
  if (step.floats == 0)
    job.weights = reinterpret_cast<const std::int32_t*>(constants + 2 * std::int64_t{step.columns});
  job.in_turn = step.in_turn != 0;
  job.low = step.low;
  job.high = step.high;
  for (int unit = first; unit < last; ++unit) {
    const auto& chosen = read_at<DynamicScale>(step.scales, bases)[unit / units];
    job.by = chosen.scale;
    job.zero = chosen.zero;
    const std::int64_t row = std::int64_t{unit % units} * step.unit_rows;
    const std::int64_t rows = step.rows - row < step.unit_rows ? step.rows - row : step.unit_rows;
    job.rows = rows * step.row_pixels;
    job.c = write_at<float>(step.c, bases) +
            (unit / units * std::int64_t{step.rows} + row) * step.row_pixels * step.stride;
    kernels::scale_sums_variants()[step.header.variant].run(job);
  }
}

}  // namespace slipway::engine
