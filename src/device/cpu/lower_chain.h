#pragma once
// 1x1 convolutions of floats and the windows of each channel that alone read them, as one step:
// what lies between them is computed row by row, and leaves no cache.

#include "device/cpu/float_products.h"

namespace slipway::cpu {

/// The windows of each channel alone that may be one step with a 1x1 convolution, or kNoValue: for
/// pictures that are too large for caches.
[[nodiscard]] ValueId windows_behind(const Lowering& lowering, ValueId conv);

/// The other way around.
[[nodiscard]] ValueId point_before(const Lowering& lowering, ValueId windows);

/// Whether windows were to be one step with the convolution in front of them: they claim it.
[[nodiscard]] bool takes_point(const Lowering& lowering, ValueId windows);

/// What a layer with such windows behind it is called: ", then 3x3 stride 2x2 pad 1,1 to 56x56".
[[nodiscard]] std::string chain_words(const Lowering& lowering, ValueId windows);

/// All ways to compute both: those of the convolution, and some "avx512 by rows".
[[nodiscard]] std::vector<std::string> chain_candidates(const Lowering& lowering, ValueId conv,
                                                        std::vector<std::string> candidates);

/// The variants for windows of each channel alone that read and write such numbers.
[[nodiscard]] std::span<const kernels::DepthwiseF32Variant> depthwise_variants(
    const Numbers& numbers);

/// Windows of each channel alone with their constants, by a row of these; neither what they read
/// nor what they write.
Result<engine::DepthwiseF32Step> depthwise_of(Lowering& lowering, ValueId conv,
                                              const engine::Sliding& window, const Numbers& numbers,
                                              std::uint32_t row);

/// The step of both.
Result<void> add_chain(Lowering& lowering, ValueId conv, ValueId windows,
                       const ProductChoice& choice);

}  // namespace slipway::cpu
