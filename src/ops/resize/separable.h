#pragma once
// The general form of Resize: any dimensions, one after the other.

#include <vector>

#include "ops/resize/sample.h"

namespace slipway::ops {

/// How each dimension of x is stretched; those that the op does not name stay. Needs io's inputs to
/// fit (Resize::infer).
///
/// Errors  invalid_input: sizes, scales or a region that do not fit x
Result<std::vector<Stretch>> stretches_of(const Resize& op, const Shape& x, const Tensor* size,
                                          const Tensor* scales, const Tensor* roi);

/// y = x stretched, for numbers of every type: floats in their own precision but at least f32,
/// integers in f64, rounded half away from zero and kept in their range.
void resize_separably(EvalIo& io, const Resize& op, const std::vector<Stretch>& stretches);

}  // namespace slipway::ops
