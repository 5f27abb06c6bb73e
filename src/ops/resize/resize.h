#pragma once
// Pictures inside a network made larger or smaller.

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway {

enum class Interpolation : std::uint8_t { nearest, linear, cubic };
template <>
inline constexpr auto kEnumNames<Interpolation> =
    std::to_array<std::string_view>({"nearest", "linear", "cubic"});

/// Which place of the input a place of the output looks at; s is input size / output size, or one
/// over the given scale.
enum class Coordinates : std::uint8_t {
  asymmetric,            // i * s
  half_pixel,            // (i + 0.5) * s - 0.5
  align_corners,         // i * (input size - 1) / (output size - 1)
  tf_half_pixel_for_nn,  // (i + 0.5) * s
  pytorch_half_pixel,    // half_pixel, but 0 where the output has one place
  half_pixel_symmetric,  // half_pixel, moved so that the middles fall together
  tf_crop_and_resize,    // align_corners in a region; a value where that reaches outside
};
template <>
inline constexpr auto kEnumNames<Coordinates> = std::to_array<std::string_view>(
    {"asymmetric", "half_pixel", "align_corners", "tf_half_pixel_for_nn", "pytorch_half_pixel",
     "half_pixel_symmetric", "tf_crop_and_resize"});

/// Which element is nearest to a place between two.
enum class Nearest : std::uint8_t {
  floor,
  ceil,
  round_prefer_floor,
  round_prefer_ceil,
  simple,  // ceil where the picture shrinks, else floor
};
template <>
inline constexpr auto kEnumNames<Nearest> = std::to_array<std::string_view>(
    {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil", "simple"});

/// What sizes mean: the sizes themselves, or the largest (smallest) picture of the same proportions
/// that is not larger (smaller) in any dimension.
enum class AspectPolicy : std::uint8_t { stretch, not_larger, not_smaller };
template <>
inline constexpr auto kEnumNames<AspectPolicy> =
    std::to_array<std::string_view>({"stretch", "not_larger", "not_smaller"});

namespace ops {

/// x with other sizes along `axes`: height and width, or any others.
///
/// Without a size, it is floor(in * scale). Scales, where given, decide the coordinates. Elements
/// outside of x are its edge; with `exclude_outside` they do not count instead. With `antialias`,
/// linear and cubic weights reach over all elements that become one. The region, in parts of the
/// picture, is for tf_crop_and_resize.
///
/// There are two ways of computing. Pictures [n, h, w, c] at another h and w, nearest or linear and
/// with a size alone, weigh the four neighbours at once, as TensorFlow Lite does bit for bit.
/// Everything else goes dimension by dimension (separable.h).
///
/// Shapes  x [...], optional size i32 or i64 [k], optional scales f32 or f64 [k], optional region
///         of the type of the scales [2 k] (all starts, then all ends)  ->  y [...]; k = number of
///         axes; one of size and scales must be there
/// Types   nearest: any; pictures as above, linear: f32; u8 computed in f32; i8 and i16 with
///         coordinates of 10 bits behind the point; otherwise any but bool. The scale stays.
/// Errors  invalid_input: a size below 1, a scale that is not above 0 or contradicts the size, or a
///         dimension without elements; unsupported: other types
/// Cost    linear: four multiply-accumulates per element; cubic: eight per axis
/// Source  ONNX Resize-19, Upsample-9; OpenVINO Interpolate-4; TensorFlow Lite RESIZE_BILINEAR,
///         RESIZE_NEAREST_NEIGHBOR; cubic: Keys 1981, "Cubic convolution interpolation"
struct Resize {
  Interpolation method = Interpolation::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  Nearest nearest = Nearest::round_prefer_floor;
  std::vector<std::int64_t> axes = {1, 2};
  float cubic_a = -0.75F;  // how far cubic weights go below 0
  bool exclude_outside = false;
  bool antialias = false;
  float extrapolation_value = 0;
  AspectPolicy aspect = AspectPolicy::stretch;

  static constexpr auto kName = "Resize";
  static constexpr auto kFields =
      std::tuple{Field{"method", &Resize::method},
                 Field{"coordinates", &Resize::coordinates},
                 Field{"nearest", &Resize::nearest},
                 Field{"axes", &Resize::axes},
                 Field{"cubic_a", &Resize::cubic_a},
                 Field{"exclude_outside", &Resize::exclude_outside},
                 Field{"antialias", &Resize::antialias},
                 Field{"extrapolation_value", &Resize::extrapolation_value},
                 Field{"aspect", &Resize::aspect}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Resize&) const = default;
};

}  // namespace ops
}  // namespace slipway
