#pragma once
// How the sums of a layer become bytes: the fastest form that gives the bytes of the op.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "kernels/requantize.h"
#include "ops/quant/rescale.h"

namespace slipway::cpu {

/// The sums that a channel can have, its bias inside.
struct SumRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// Every sum that bytes can give, for weights [inputs of one output, channels].
[[nodiscard]] SumRange range_of(std::span<const std::int16_t> weights, std::int64_t channels,
                                std::int64_t channel, std::int32_t bias);

/// Chooses a form for every channel and sets its numbers; the biases must be there. `rescale` is
/// the op's own arithmetic, with an output of type u8.
///
/// A byte is a step function of the sum with at most 255 steps. They are found by bisection of the
/// op's arithmetic. A form with a factor and an offset is admitted where it gives the same byte on
/// both sides of each step: between steps both stand still. The offset is taken from what all steps
/// admit, from its middle outwards, for factors of up to some units in the last place beside the
/// scale. Channels that stand side by side get the same form where one fits all of them.
///
/// Errors  unsupported: sums that are no whole number of 32 bits after scaling; a rounding for
///         which there is no form that is always right, where no other is proven
Result<kernels::Requantization> choose(const Rescale& rescale, std::span<const SumRange> sums,
                                       std::span<kernels::ChannelScale> channels);

/// "fused", or where panels differ "fused, 3 of 1001 integers": what choose() decided.
[[nodiscard]] std::string words_of(std::span<const kernels::ChannelScale> channels);

/// How two bytes are added.
struct Sum {
  kernels::Addition addition;
  std::vector<std::uint8_t> table;  // kTableBytes where the addition is a table, otherwise empty
};

/// Chooses numbers of the float form that give the bytes of an Add or Sub, in its own arithmetic,
/// for all pairs of bytes; where there are none, a table. `own` is the operand that the kernel
/// calls so: 0 or 1.
///
/// Errors  unsupported: operands or a result that are no bytes with one scale
Result<Sum> choose_sum(const Graph& graph, const Node& node, std::size_t own);

}  // namespace slipway::cpu
