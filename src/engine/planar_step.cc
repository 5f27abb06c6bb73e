#include "engine/planar_step.h"

#include "engine/places.h"

namespace slipway::engine {

void run(const PlanarStep& step, const Bases& bases, int first, int last) {
  kernels::PlanarF32 job;
  job.stride = step.in_stride;
  job.zero = step.zero;
  job.inputs = step.inputs;
  job.outputs = step.outputs;
  job.weights = read_at<float>(step.weights, bases);
  job.bias = read_at<float>(step.bias, bases);
  job.plane = step.pixels;
  job.low = step.low;
  job.high = step.high;
  // The network does not read its outputs: large ones need not push others out of the caches.
  constexpr std::int64_t kLarge = 1 << 20;
  const std::int64_t picture = step.outputs * step.pixels;
  job.far = step.out.space == Space::output &&
            step.pictures * picture * static_cast<std::int64_t>(sizeof(float)) >= kLarge;
  const auto units = static_cast<int>((step.pixels + step.unit_pixels - 1) / step.unit_pixels);
  while (first < last) {
    const int n = first / units;
    const int stop = (n + 1) * units < last ? (n + 1) * units : last;
    const std::int64_t begin = (first - n * units) * step.unit_pixels;
    const std::int64_t behind = (stop - n * units) * step.unit_pixels;
    const std::int64_t in = (n * step.pixels + begin) * step.in_stride;
    if (step.of_bytes != 0) {
      job.bytes = read_at<std::uint8_t>(step.in, bases) + in;
    } else {
      job.floats = read_at<float>(step.in, bases) + in;
    }
    job.out = write_at<float>(step.out, bases) + n * picture + begin;
    job.pixels = (behind < step.pixels ? behind : step.pixels) - begin;
    kernels::planar_f32_variants()[step.header.variant].run(job);
    first = stop;
  }
}

}  // namespace slipway::engine
