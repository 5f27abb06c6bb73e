#pragma once
// A 1x1 convolution and the windows that alone read it, row by row: what lies between them stays in
// the second cache.

#include "engine/picture_steps.h"
#include "engine/product_steps.h"

namespace slipway::engine {

/// In what numbers the product of a chain is.
enum class ChainNumbers : std::uint32_t { f32, bf16, f16 };

/// A unit is some rows of the output. The rows of the picture between the two steps that its
/// windows meet lie one behind the other in its workspace, a band; behind them is the workspace of
/// the product. Units done in turn by one thread share the workspace of the first: a unit keeps the
/// rows that the one before it has computed, too.
struct ChainStep {
  StepHeader header;
  ChainNumbers numbers = ChainNumbers::f32;
  std::int32_t unit_rows = 1;
  std::int64_t unit_workspace = 0;  // bytes
  std::int64_t band = 0;            // bytes of a workspace in front of that of the product
  Place workspace;
  ProductBf16Step product;     // one line of all pixels; neither c nor workspace, nor a residual
  DepthwiseF32Step depthwise;  // without dilation; `in` is nowhere
};

void run(const ChainStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
