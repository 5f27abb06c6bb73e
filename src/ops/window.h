#pragma once
// Sliding a window over the spatial dimensions: shared by convolutions and pools.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/fields.h"
#include "ops/product.h"
#include "tensor/shape.h"

namespace slipway {

/// Where the padding comes from.
enum class Padding : std::uint8_t {
  given,       // the op's pad_begin and pad_end
  valid,       // none
  same_upper,  // output = ceil(input / stride), the odd element behind
  same_lower,  // likewise, the odd element in front
};
template <>
inline constexpr auto kEnumNames<Padding> =
    std::to_array<std::string_view>({"given", "valid", "same_upper", "same_lower"});

/// A window as an op's fields give it. Empty lists stand for ones (strides) and zeros (pads).
struct WindowSpec {
  const std::vector<std::int64_t>& stride;
  const std::vector<std::int64_t>& dilation;
  const std::vector<std::int64_t>& pad_begin;
  const std::vector<std::int64_t>& pad_end;
  Padding padding;
  bool round_up = false;  // the output's size, when the last step does not fit
};

/// A window over up to three spatial dimensions; missing ones in front are 1.
struct Window {
  static constexpr std::size_t kDims = 3;
  using Dims = std::array<std::int64_t, kDims>;

  Dims in = {1, 1, 1};
  Dims out = {1, 1, 1};
  Dims kernel = {1, 1, 1};
  Dims stride = {1, 1, 1};
  Dims dilation = {1, 1, 1};
  Dims pad = {0, 0, 0};  // in front; what lies behind follows from the sizes
  Dims pad_end = {0, 0, 0};

  [[nodiscard]] std::int64_t out_positions() const { return out[0] * out[1] * out[2]; }

  [[nodiscard]] std::int64_t in_positions() const { return in[0] * in[1] * in[2]; }

  [[nodiscard]] std::int64_t kernel_positions() const {
    return saturating_product({kernel[0], kernel[1], kernel[2]});
  }

  /// The index of the input position under kernel position `k` of output position `at`, or -1
  /// outside the input.
  [[nodiscard]] std::int64_t position(const Dims& at, const Dims& k) const {
    std::int64_t index = 0;
    for (std::size_t i = 0; i < kDims; ++i) {
      const std::int64_t p = at[i] * stride[i] + k[i] * dilation[i] - pad[i];
      if (p < 0 || p >= in[i]) return -1;
      index = index * in[i] + p;
    }
    return index;
  }
};

/// The window of an op over `x` (N, spatial…, C) with a kernel of the given spatial size. Unknown
/// dimensions of x stay unknown in `out`.
///
/// Errors  invalid_input: stride or dilation below 1, negative padding, a kernel of size 0, a
///         wrong count of numbers, or an output of size 0; unsupported: over three spatial
///         dimensions
Result<Window> make_window(const WindowSpec& spec, const Shape& x,
                           std::span<const std::int64_t> kernel);

/// (N, out…, channels): the output shape for an input of x's rank.
Result<Shape> window_shape(const Window& window, const Shape& x, std::int64_t channels);

}  // namespace slipway
