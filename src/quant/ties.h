#pragma once
// Scales with which no sum of integers lies in the middle of two steps.
//
// A layer's integer sum becomes a byte by x_scale * w_scale / y_scale. Some runtimes multiply by
// that, others by one scale after the other, or compute in floats all along; each is off in its own
// last bits. Where the exact number lies in the middle of two steps these bits decide, and a byte
// that differs makes many of the next layer's differ. With p / r for the product of scales, r being
// odd, none lies there: of sum * p / r = k + 1/2, which is 2 * sum * p = (2 * k + 1) * r, one side
// is even and the other odd. All are 1 / 2r of a step or more away from the middle, and the last
// bits of floats change nothing.

#include <vector>

#include "ir/graph.h"
#include "quant/points.h"

namespace slipway::quant {

/// From `least` to `most`, at most `count` fractions with odd denominators, the least of these
/// first; none where they are so large (above 65535) that the last bits of a float decide again.
[[nodiscard]] std::vector<double> odd_fractions(double least, double most, std::size_t count);

/// Up to eight scales of a weight, no less than that and a 127th more at most, with which the sums
/// of a layer are parted from the middle of two steps of `y_scale`; that itself where there is
/// none.
[[nodiscard]] std::vector<float> parted_scales(float w_scale, float x_scale, float y_scale);

/// Widens scales of groups, by a 255th at most, such that sums, products and means of bytes do not
/// lie in the middle of two steps either. One that is an operand of several is widened for the last
/// of them.
void part_steps(const Graph& graph, const Points& points, std::vector<Quantization>& steps);

}  // namespace slipway::quant
