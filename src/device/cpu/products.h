#pragma once
// Convolutions, dense layers and the sums that join them, by the kind of numbers.

#include "device/cpu/window.h"
#include "ops/activation.h"

namespace slipway::cpu {

/// Whether a residual is a single pixel of floats that joins all pixels of `y`.
[[nodiscard]] bool is_one_for_all(const TensorType& residual, const TensorType& y);

/// `y` is the convolution's output, or the sum that it joins.
Result<void> lower_conv_u8(Lowering& lowering, ValueId conv, ValueId y);
Result<void> lower_conv_f32(Lowering& lowering, ValueId conv, ValueId y);

/// Whether a convolution of floats reads pictures with borders, and not by Winograd's filtering.
bool conv_takes_borders(const Lowering& lowering, ValueId conv);

/// The window of a convolution that reads pictures with borders; nothing where it makes none.
std::optional<engine::Sliding> bordered_window(const Lowering& lowering, ValueId conv);

/// Whether what was chosen for a convolution, whose channels have no windows of their own, writes
/// rows of pictures that lie apart, and loses nothing by it.
bool conv_f32_writes_framed(const Lowering& lowering, ValueId conv);
/// Whether Winograd's filtering is a way to compute a convolution of bytes, if its weights fit.
bool conv_u8_may_filter(const Lowering& lowering, ValueId conv);
bool conv_u8_writes_framed(const Lowering& lowering, ValueId conv);

/// Whether a value is what a recipe makes of bytes, in a step that may make borders, too.
bool is_normalization(const Lowering& lowering, ValueId x);
Result<Bordered> normalized_with_borders(Lowering& lowering, ValueId x,
                                         const engine::Sliding& window);

/// Whether a convolution or dense layer quantizes its floats on the fly, for weights of bytes.
[[nodiscard]] bool is_dynamic(const Graph& graph, ValueId y);
Result<void> lower_conv_dynamic(Lowering& lowering, ValueId y);
Result<void> lower_dense_dynamic(Lowering& lowering, ValueId y);

/// A 1x1 convolution whose channels `y`, a Transpose, brings to the front: what it takes along, if
/// it is one, and the step of both.
std::vector<ValueId> planes_claims(const Lowering& lowering, ValueId y);
Result<void> lower_planes(Lowering& lowering, ValueId y);

/// What the kernel that was chosen for a convolution of floats reads as it was before its pixels
/// were doubled, or its channels turned to the end where it is copied for its borders anyway.
std::vector<ValueId> moved_claims(const Lowering& lowering, ValueId conv);

/// Whether what was chosen for a layer of floats writes bfloat16, and may read `x` as such, if
/// there is one.
bool conv_takes_bf16(const Lowering& lowering, ValueId conv, ValueId x);
bool transposed_takes_bf16(const Lowering& lowering, ValueId y);
bool dense_takes_bf16(const Lowering& lowering, ValueId y);

/// Columns `first` to `first + count` of weights [inputs of one output, all].
[[nodiscard]] std::vector<std::int16_t> columns_of(std::span<const std::int16_t> weights,
                                                   std::int64_t all, std::int64_t first,
                                                   std::int64_t count);

/// Integer weights as [inputs of one output, outputs], with what requantizes their sums.
struct ByteLayer {
  std::vector<std::int16_t> weights;  // without their zero points
  std::int64_t rows = 0;
  std::int64_t outputs = 0;
  std::vector<kernels::ChannelScale> channels;
  kernels::Requantization requantization;
  std::vector<std::uint8_t> table;  // of a sum that it joins, where there are no numbers for it
};

/// That of a node with the inputs x, w and maybe a bias.
///
/// Errors  unsupported: other types; those of choose()
Result<ByteLayer> read_byte_layer(const Graph& graph, const Node& node, Rounding rounding,
                                  Activation activation);

/// The step of a product of bytes; `step` has what a residual needs.
void add_byte_product(Lowering& lowering, engine::ProductU8Step step, const ByteLayer& layer,
                      const ProductInput& input, const engine::Place& c,
                      const ProductChoice& choice);

/// What is known of the bytes of a product before they are there.
enum class Bytes : std::uint8_t { any, mostly_small };

/// All ways to compute a product of bytes with so many rows.
std::vector<std::string> byte_candidates(const Lowering& lowering, std::int64_t rows,
                                         Bytes bytes = Bytes::any);

/// The sums of a product as 32-bit integers at `c`: weights [inputs of one output, outputs] by
/// bytes that stand for their value less 128.
void add_sums(Lowering& lowering, const ProductInput& input, std::vector<std::int16_t> weights,
              std::int64_t outputs, const engine::Place& c, const ProductChoice& choice);

Result<void> lower_dense_u8(Lowering& lowering, ValueId y);
/// Floats from bytes: what dense_claims() found.
Result<void> lower_dense_u8_to_f32(Lowering& lowering, ValueId y);
Result<void> lower_dense_f32(Lowering& lowering, ValueId y);

}  // namespace slipway::cpu
