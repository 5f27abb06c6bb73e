#pragma once
// Which way to make ranges of what pictures had costs a network least.

#include <functional>
#include <vector>

#include "compile/calibrator.h"

namespace slipway::compile {

/// The network in integers, ready for kernels, with ranges made that way.
using BuildWith = std::function<Result<Graph>(const quant::RangeOptions&)>;

/// The ways that are tried, with the other settings of `range`; all of what was seen comes first.
[[nodiscard]] std::vector<quant::RangeOptions> ways_to_try(const quant::RangeOptions& range);

constexpr std::size_t kPicturesToChoose = 16;

/// Shows at most so many pictures to the network in each way. What counts is the error at the
/// outputs of floats, in front of a Softmax where that is last; classes are not looked at.
///
/// Errors  those of `build`, of saving, and of cpu::lower()
Result<std::vector<TriedRange>> try_ranges(Calibration& calibration, const Graph& floats,
                                           const BuildWith& build, const QuantizeOptions& options);

/// The one with the highest SQNR, the first of equal ones.
[[nodiscard]] const quant::RangeOptions& best_of(const std::vector<TriedRange>& tried);

}  // namespace slipway::compile
