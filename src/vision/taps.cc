#include "vision/taps.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace slipway {
namespace {

template <class W>
void close(Taps<W>& taps) {
  taps.start.push_back(taps.weight.size());
}

/// Where the sample of output i lies between input positions, in the arithmetic of its model.
float linear_source(const Axis& axis, std::int64_t i, ResizeMethod method) {
  switch (method) {
    case ResizeMethod::bilinear_asymmetric:
      return static_cast<float>(i) * (static_cast<float>(axis.in) / static_cast<float>(axis.out));
    case ResizeMethod::bilinear_align_corners: {
      if (axis.out == 1) return 0;
      const auto steps = static_cast<float>(axis.out - 1);
      return static_cast<float>(i) * (static_cast<float>(axis.in - 1) / steps);
    }
    default:
      return static_cast<float>((static_cast<double>(i) + 0.5) * axis.step() - 0.5);
  }
}

/// OpenCV's place of a sample when INTER_AREA enlarges: an output position inside one input
/// position takes it alone, one across an edge takes both by the share that it covers.
float enlarging_area_source(const Axis& axis, std::int64_t i) {
  const double step = axis.step();
  const double position = std::floor(static_cast<double>(i) * step);
  const auto part = static_cast<float>(static_cast<double>(i + 1) - (position + 1) / step);
  return static_cast<float>(position) + (part <= 0 ? 0 : part - std::floor(part));
}

}  // namespace

std::vector<int> nearest_taps(const Axis& axis, ResizeMethod method) {
  std::vector<int> out;
  out.reserve(static_cast<std::size_t>(axis.count));
  if (method == ResizeMethod::nearest) {
    const double step = axis.step();
    // Summed up step by step, as Pillow does: the last bits matter. Not over millions of steps.
    constexpr std::int64_t kMaxSteps = std::int64_t{1} << 24U;
    const std::int64_t skipped = axis.begin > kMaxSteps ? axis.begin : 0;
    double position = (0.5 + static_cast<double>(skipped)) * step;
    for (std::int64_t i = skipped; i < axis.begin; ++i) position += step;
    for (int i = 0; i < axis.count; ++i, position += step) {
      out.push_back(std::min(static_cast<int>(position), axis.in - 1));
    }
    return out;
  }
  const double step = 1.0 / (static_cast<double>(axis.out) / axis.in);  // not step(): last bits
  for (int i = 0; i < axis.count; ++i) {
    const double position = static_cast<double>(axis.begin + i) * step;
    out.push_back(std::min(static_cast<int>(position), axis.in - 1));
  }
  return out;
}

Taps<float> linear_taps(const Axis& axis, ResizeMethod method) {
  Taps<float> taps;
  for (int n = 0; n < axis.count; ++n) {
    const std::int64_t i = axis.begin + n;
    const float source = method == ResizeMethod::area ? enlarging_area_source(axis, i)
                                                      : linear_source(axis, i, method);
    const int first = static_cast<int>(std::floor(source));
    const float part = source - static_cast<float>(first);
    if (first < 0 || first >= axis.in - 1) {  // beyond the middle of the outermost position
      taps.first.push_back(std::clamp(first, 0, axis.in - 1));
      taps.weight.push_back(1);
    } else {
      taps.first.push_back(first);
      taps.weight.push_back(1 - part);
      taps.weight.push_back(part);
    }
    close(taps);
  }
  return taps;
}

Taps<float> area_taps(const Axis& axis) {
  SLIPWAY_CHECK(axis.in >= axis.out);
  constexpr double kSliver = 1e-3;  // less of a position than this does not count
  Taps<float> taps;
  const double step = axis.step();
  for (int n = 0; n < axis.count; ++n) {
    const double begin = static_cast<double>(axis.begin + n) * step;
    const double end = begin + step;
    const double width = std::min(step, axis.in - begin);
    const int last_whole = std::min(static_cast<int>(std::floor(end)), axis.in - 1);
    const int first_whole = std::min(static_cast<int>(std::ceil(begin)), last_whole);
    const bool head = first_whole - begin > kSliver;
    taps.first.push_back(head ? first_whole - 1 : first_whole);
    if (head) taps.weight.push_back(static_cast<float>((first_whole - begin) / width));
    for (int x = first_whole; x < last_whole; ++x) {
      taps.weight.push_back(static_cast<float>(1.0 / width));
    }
    const double tail = end - last_whole;
    if (tail > kSliver) {
      taps.weight.push_back(static_cast<float>(std::min({tail, 1.0, width}) / width));
    }
    close(taps);
  }
  return taps;
}

Taps<std::int32_t> triangle_taps(const Axis& axis) {
  Taps<std::int32_t> taps;
  const double step = axis.step();
  const double support = std::max(step, 1.0);
  const double narrow = 1.0 / support;
  std::vector<double> weights;
  for (int n = 0; n < axis.count; ++n) {
    const double center = (static_cast<double>(axis.begin + n) + 0.5) * step;
    const int begin = std::max(static_cast<int>(center - support + 0.5), 0);
    const int end = std::min(static_cast<int>(center + support + 0.5), axis.in);
    double sum = 0;
    weights.clear();
    for (int x = begin; x < end; ++x) {
      weights.push_back(std::max(0.0, 1.0 - std::abs((x - center + 0.5) * narrow)));
      sum += weights.back();
    }
    taps.first.push_back(begin);
    for (const double weight : weights) {
      const double share = sum != 0 ? weight / sum : weight;
      taps.weight.push_back(static_cast<std::int32_t>(0.5 + share * (1 << kTriangleBits)));
    }
    close(taps);
  }
  return taps;
}

}  // namespace slipway
