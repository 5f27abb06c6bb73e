#pragma once
// Convolutions and pools in numbers that steps have.

#include "device/cpu/lowering.h"
#include "engine/picture_steps.h"
#include "engine/product_steps.h"
#include "ops/window.h"

namespace slipway::cpu {

/// Errors  unsupported: over two dimensions, or sizes that no step counts
Result<engine::Sliding> sliding_of(const Window& window, const Shape& x);

/// The window of a Conv.
///
/// Errors  as sliding_of(), or shapes that do not fit together
Result<engine::Sliding> conv_window(const Graph& graph, ValueId conv);

/// "96 channels at 112x112, 3x3 by 2": a window of each channel alone.
std::string words_of(const engine::Sliding& window);

/// Pictures that no window leaves.
struct Bordered {
  engine::Place at;
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int64_t stride = 0;  // elements from one pixel to the next
};

/// Whether a window needs more than its picture has.
[[nodiscard]] bool leaves(const engine::Sliding& window);

/// The sizes of pictures that have all that a window reads, and no gaps; they lie nowhere yet.
[[nodiscard]] Bordered bordered_size(const engine::Sliding& window);

/// x itself, or, where the window leaves it, with borders of `outside`: the room that it was
/// computed in, where it has such, else a copy. The parts of a joined value meet in it.
Result<Bordered> with_borders(Lowering& lowering, ValueId x, const engine::Sliding& window,
                              std::uint32_t outside);

/// The channels of one group, and how many the output has in all.
struct Channels {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int32_t out = 0;
};

/// What a product reads.
struct ProductInput {
  engine::Place a;
  engine::ProductRows rows;
  std::int32_t segments = 1;
  std::int32_t segment_elements = 0;

  [[nodiscard]] std::int64_t pixels() const { return std::int64_t{rows.lines} * rows.line_pixels; }
};

/// The rows of a dense convolution over pictures that its window does not leave. Those of the
/// output have no gaps, unless spread() follows.
///
/// Errors  unsupported: a window of too many runs
Result<ProductInput> product_input(const Bordered& x, const engine::Sliding& window,
                                   const Channels& channels, std::int64_t element_bytes);

/// The same, always as lines of pixels: for outputs that are spread out.
Result<ProductInput> line_input(const Bordered& x, const engine::Sliding& window,
                                const Channels& channels, std::int64_t element_bytes);

/// Makes one line of all lines of a picture, for variants that take such: those of a matrix unit
/// where lines fill its tiles worse, those by which rows are copied where they may.
void join_lines(engine::ProductRows& rows, bool copied);

/// The same rows side by side, in a copy; where results lie stays.
ProductInput gathered(Lowering& lowering, const ProductInput& input, std::int64_t element_bytes);

/// One line of `m` pixels with `k` elements each, and n of the output: a dense layer.
ProductInput dense_input(const engine::Place& a, std::int64_t m, std::int64_t k, std::int64_t n);

/// For outputs, and residuals, whose pixels lie apart.
void spread(engine::ProductRows& rows, std::int64_t out_stride);

/// For outputs of a window whose rows may lie apart, too. What was one line of pixels becomes those
/// of its pictures then.
void spread(engine::ProductRows& rows, const Pixels& room, const engine::Sliding& window);

/// To what operands are rounded.
enum class ProductNumbers : std::uint8_t {
  own,   // nothing
  bf16,  // a variant of gemm_bf16
  fp16,  // of gemm_f16
};

/// How a product may be computed: a variant, and how much of it one thread does at a time.
struct ProductChoice {
  std::uint32_t variant = 0;  // of the kernel for these numbers
  ProductNumbers numbers = ProductNumbers::own;
  std::int64_t cache_bytes = 0;  // weights that are read again and again, and the pixels they meet
  bool gathers = false;          // whether rows are copied before
};

/// What of a cache a product may take, beside the 192K that it takes by itself.
inline constexpr const char* kCacheSizes[] = {"64K", "768K"};

/// All of them for a kernel's table, the first for where nothing was measured: "avx512",
/// "avx512 64K".
template <class Variants>
[[nodiscard]] std::vector<std::string> product_candidates(const Variants& variants,
                                                          kernels::Isa isa) {
  auto out = candidates(variants, isa);
  const std::string newest = out.front();
  for (const auto* size : kCacheSizes) out.push_back(newest + " " + size);
  return out;
}

/// Candidates, for windows that leave out rows of a picture, whose rows are copied side by side
/// before they are multiplied: kernels that take lines would compute as many in vain. The first
/// where each copied element meets many weights, else the last.
[[nodiscard]] std::vector<std::string> with_gathered(std::vector<std::string> candidates,
                                                     std::string_view taking_lines,
                                                     const engine::Sliding& window,
                                                     std::int64_t outputs);

inline constexpr std::string_view kGathered = " gathered";

template <class Variants>
[[nodiscard]] ProductChoice product_choice(const Variants& variants, std::string_view name) {
  const bool gathers = name.ends_with(kGathered);
  if (gathers) name.remove_suffix(kGathered.size());
  std::int64_t size = 192 << 10;
  for (const std::string_view with : kCacheSizes) {
    if (!name.ends_with(with)) continue;
    size = with == "64K" ? 64 << 10 : 768 << 10;
    name.remove_suffix(with.size() + 1);
  }
  return {row_named(variants, name), ProductNumbers::own, size, gathers};
}

/// Whether products compute the output line by line, wherever it lies: all but 1x1
/// convolutions that skip nothing.
[[nodiscard]] bool is_by_lines(const engine::Sliding& window);

/// Whether a window is one that Winograd's filtering takes.
[[nodiscard]] bool is_dense_3x3(const engine::Sliding& window);

/// What a convolution is, whatever its name and weights: a layer to choose for.
std::string layer_of(const engine::Sliding& window, DType dtype, std::int64_t groups,
                     std::int64_t outputs);

/// Elements that a row of a product adds to those that were read before it; where lines are not
/// joined, all of its own, which are `depth`.
[[nodiscard]] std::int64_t row_elements(const engine::ProductRows& rows, std::int64_t depth);

/// Cuts a product of `columns` output channels, `column_bytes` of weights each, into units: a few
/// for each of some threads, and what one thread does together fits into a part of a cache.
void cut(engine::ProductRows& rows, std::int64_t row_bytes, std::int32_t columns,
         std::int64_t column_bytes, std::int32_t panel, std::int64_t cache_bytes);

}  // namespace slipway::cpu
