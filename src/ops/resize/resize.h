#pragma once
// Pictures inside a network made larger or smaller.

#include <array>
#include <string_view>
#include <tuple>

#include "ir/op.h"

namespace slipway {

enum class Interpolation : std::uint8_t { nearest, linear };
template <>
inline constexpr auto kEnumNames<Interpolation> =
    std::to_array<std::string_view>({"nearest", "linear"});

/// Which place of the input a place of the output looks at; s is input size / output size.
enum class Coordinates : std::uint8_t {
  asymmetric,            // i * s
  half_pixel,            // (i + 0.5) * s - 0.5
  align_corners,         // i * (input size - 1) / (output size - 1)
  tf_half_pixel_for_nn,  // (i + 0.5) * s
  pytorch_half_pixel,    // half_pixel, but 0 where the output has one place
};
template <>
inline constexpr auto kEnumNames<Coordinates> = std::to_array<std::string_view>(
    {"asymmetric", "half_pixel", "align_corners", "tf_half_pixel_for_nn", "pytorch_half_pixel"});

/// Which element is nearest to a place between two.
enum class Nearest : std::uint8_t { floor, ceil, round_prefer_floor, round_prefer_ceil };
template <>
inline constexpr auto kEnumNames<Nearest> =
    std::to_array<std::string_view>({"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"});

namespace ops {

/// x at another height and width.
///
/// Shapes  x [n, h, w, c], size i32 or i64 [2]  ->  y [n, size0, size1, c]
/// Types   nearest: any; linear: f32; u8 computed in f32; i8 and i16 with coordinates of 10 bits
///         behind the point. The scale stays.
/// Errors  invalid_input: a size below 1, or a picture without elements; unsupported: other types
/// Cost    linear: four multiply-accumulates per element
/// Source  ONNX Resize-18; TensorFlow Lite RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR
struct Resize {
  Interpolation method = Interpolation::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  Nearest nearest = Nearest::round_prefer_floor;

  static constexpr auto kName = "Resize";
  static constexpr auto kFields =
      std::tuple{Field{"method", &Resize::method}, Field{"coordinates", &Resize::coordinates},
                 Field{"nearest", &Resize::nearest}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Resize&) const = default;
};

}  // namespace ops
}  // namespace slipway
