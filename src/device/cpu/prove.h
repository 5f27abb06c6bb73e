#pragma once
// How the sums of a layer become bytes: the fastest form that gives the bytes of the op.

#include <cstdint>
#include <span>

#include "base/result.h"
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
/// both sides of each step: between steps both stand still. The offset is taken from the middle of
/// what all steps admit, for factors of up to some units in the last place beside the scale.
///
/// Errors  unsupported: sums that are no whole number of 32 bits after scaling; a rounding for
///         which there is no form that is always right, where no other is proven
Result<kernels::Requantization> choose(const Rescale& rescale, std::span<const SumRange> sums,
                                       std::span<kernels::ChannelScale> channels);

/// The numbers of a sum of two bytes, `own` and `residual`, in the arithmetic of the op: `sum` is
/// asked for all pairs. False where no numbers of the float form give all its bytes: the table of
/// table_of() does. Needs scale and residual_scale near the real ones, in units of the output, and
/// low and high.
bool choose_addition(kernels::Addition& addition, std::span<const std::uint8_t> table);

}  // namespace slipway::cpu
