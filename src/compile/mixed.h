#pragma once
// Which layers stay in floats so that the others, in bytes, lose no more than is allowed.

#include "compile/calibrator.h"
#include "quant/points.h"

namespace slipway::compile {

/// The network in integers, ready for kernels, with these layers in floats.
using Build = std::function<Result<Graph>(const std::set<std::string>& in_floats)>;

/// What is chosen from: `floats` is measured against, `points` are of `layered`.
struct Networks {
  const Graph& floats;
  const Graph& layered;
  const quant::Points& points;
  Build build;
};

struct Mixed {
  quant::Drop drop;  // on the pictures held out, with those layers in floats
  std::map<std::int32_t, double> in_floats;  // nodes, and the SQNR of the output in dB where that
                                             // node alone is in bytes
};

/// What a layer loses and takes: the SQNR of the output in dB where it alone is in bytes, and its
/// part of all multiplications.
struct Price {
  double sqnr_db = 0;
  double macs = 0;
};

/// The places of layers, first what adds most error for its cost in floats: its multiplications,
/// and a hundredth of all for what goes from bytes to floats and back.
[[nodiscard]] std::vector<std::int32_t> order_of(const std::vector<Price>& layers);

/// Whether what is lost can be counted, to be asked before a network is calibrated for long.
///
/// Errors  unsupported: no output of one number per class; invalid_input: no picture to be held out
Result<void> can_choose_floats(const Graph& floats, const Calibration& calibration);

/// Measures on the pictures held out what is lost with all layers in bytes. Where that is more than
/// `options.max_drop`, measures each layer's part with that layer alone in bytes, on at most 16 of
/// the other pictures, and returns layers to floats, in the order of order_of(), until no more is
/// lost than allowed. How many it takes is found by doubling and by halves.
///
/// Errors  those of can_choose_floats(); unsupported: more is lost with a single layer in bytes;
///         invalid_input: none of the pictures held out has a class that is known where some do
Result<Mixed> choose_floats(Calibration& calibration, const Networks& networks,
                            const Pictures& pictures, const QuantizeOptions& options);

}  // namespace slipway::compile
