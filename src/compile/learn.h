#pragma once
// Learned rounding: what layers read on pictures says which of their weights go to the other side.

#include "compile/calibrator.h"
#include "quant/insert.h"
#include "quant/points.h"

namespace slipway::compile {

/// Fills `state().flips` for those of `layers` (nodes of `graph`) whose SQNR in `state().errors` is
/// below what more pictures could tell: outputs are left as they are where rounding together does
/// not help on every fourth picture, which it is not learned from. After each layer it can be
/// ended and goes on behind it.
///
/// Errors  those of saving, and of cpu::lower()
Result<void> learn_rounding(Calibration& calibration, const Graph& graph,
                            const quant::Points& points, const std::vector<std::int32_t>& layers,
                            const quant::Scheme& scheme, const QuantizeOptions& options);

}  // namespace slipway::compile
