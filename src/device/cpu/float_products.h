#pragma once
// Products of floats, or of floats rounded to 16 bits: what convolutions, transposed ones and
// dense layers share.

#include <functional>

#include "device/cpu/window.h"
#include "engine/product_steps.h"
#include "ops/activation.h"

namespace slipway::cpu {

/// Constant weights [rows, outputs] of one product, and its biases.
struct Weights {
  std::vector<float> values;
  std::int64_t rows = 0;
  std::int64_t outputs = 0;
  std::vector<float> bias;  // empty: zeros
};

/// The constants of a layer.
struct Constants {
  std::span<const float> weights;
  std::span<const float> bias;
};

/// Errors  unsupported: weights that are not known, or of another type
Result<Constants> constants_of(const Graph& graph, const Node& node);

/// Columns `first` to `first + count` of weights [rows, all].
Weights columns_of(const Constants& constants, std::int64_t all, std::int64_t first,
                   std::int64_t count);

/// What stands behind the sums of a layer.
struct Ending {
  Activation activation = Activation::none;
  std::optional<Pixels> residual;
};

/// What of a layer lies in memory as bfloat16.
struct Numbers {
  bool in = false;
  bool out = false;
  bool residual = false;

  [[nodiscard]] bool rounded() const { return in || out || residual; }

  [[nodiscard]] std::int64_t in_bytes() const { return in ? 2 : 4; }

  [[nodiscard]] std::int64_t out_bytes() const { return out ? 2 : 4; }

  [[nodiscard]] std::int64_t residual_bytes() const { return residual ? 2 : 4; }

  /// ", from bf16, to bf16"
  [[nodiscard]] std::string words() const {
    return fmt::format("{}{}{}", in ? ", from bf16" : "", residual ? ", with bf16" : "",
                       out ? ", to bf16" : "");
  }
};

/// Sets the range of a step.
template <class Step>
void set_range(Step& step, Activation activation) {
  const auto range = range_of(activation);
  step.low = range.low;
  step.high = range.high;
}

/// A product before it is a step.
struct Product {
  engine::ProductBf16Step step;  // of floats or half floats: only its `product` counts
  std::string_view isa;
  std::string words;
  /// Bytes of the workspace for so many pixels; empty where the kernel needs none.
  std::function<std::size_t(int)> workspace;
};

/// Everything but where it writes to, and its workspace.
Product product_of(Lowering& lowering, const ProductInput& input, const Weights& weights,
                   const Ending& ending, const Numbers& numbers, const ProductChoice& choice);

/// The step of one product; `c` is where its first pixel goes.
void add_product(Lowering& lowering, const ProductInput& input, const Weights& weights,
                 const engine::Place& c, const Ending& ending, const Numbers& numbers,
                 const ProductChoice& choice);

/// What stands behind the name of an instruction set whose kernels round operands: to bfloat16, or
/// where it has them to half floats.
inline constexpr std::string_view kRounded = " rounded";

[[nodiscard]] inline bool is_rounding(std::string_view candidate) {
  return candidate.find(kRounded) != candidate.npos;
}

/// What stands behind the name of a way to compute a product where it and the windows that read it
/// are one step: lower_chain.h.
inline constexpr std::string_view kByRows = " by rows";

/// All ways to compute a product: "avx512", "bf16_512 rounded", "fp16_512 rounded".
std::vector<std::string> float_candidates(const Lowering& lowering);

/// The way of that name, whether by rows or not.
ProductChoice float_choice(std::string_view name);

/// The question is another one where rounding is among its answers.
std::string asked(const Lowering& lowering, const std::string& layer);

/// How the products of a layer are computed.
ProductChoice choose_product(Lowering& lowering, ValueId node, const std::string& layer);

/// Whether they will be rounded to bfloat16.
bool will_round(const Lowering& lowering, const std::string& layer);

/// So many elements further.
engine::Place moved(engine::Place place, std::int64_t elements, std::int64_t element_bytes);

}  // namespace slipway::cpu
