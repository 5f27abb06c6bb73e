#pragma once
// Learned rounding: what layers read on pictures says which of their weights go to the other side.

#include "compile/calibrator.h"
#include "quant/insert.h"
#include "quant/points.h"

namespace slipway::compile {

/// Fills `state().flips` for those of `layers` (nodes of `graph`) whose SQNR in `state().errors` is
/// below 45 dB. Every fourth picture is not learned from: outputs whose rounding does not help
/// there stay with the nearest integers. A run that is ended goes on behind the last whole layer.
///
/// Errors  those of saving, and of cpu::lower()
Result<void> learn_rounding(Calibration& calibration, const Graph& graph,
                            const quant::Points& points, const std::vector<std::int32_t>& layers,
                            const quant::Scheme& scheme, const QuantizeOptions& options);

}  // namespace slipway::compile
