#pragma once
// From pictures to a model's input, as the recipe says.

#include <span>

#include "base/result.h"
#include "ir/recipe.h"
#include "tensor/tensor.h"
#include "vision/picture.h"
#include "vision/resize.h"

namespace slipway {

/// How a picture lies in a model's input: it is resized to `resized`, of which the input shows the
/// part that begins at left, top; what lies beyond `resized` is padding.
struct Placement {
  Size picture;
  Size input;
  Size resized;
  std::int64_t left = 0;
  std::int64_t top = 0;

  bool operator==(const Placement&) const = default;
};

/// Needs positive sizes. Halves are rounded to even.
[[nodiscard]] Placement place(Size picture, Size input, const Recipe& recipe);

/// The height and width of a picture input.
///
/// Errors  invalid_input: not [N,H,W,C] or [N,C,H,W] with known sizes and the channels of the
///         recipe's colours
Result<Size> input_size(const TensorType& input, const Recipe& recipe);

/// The resized, cut or padded picture that the input is made of, still 8-bit RGB.
///
/// Errors  invalid_input: a size that cannot be made
Result<Picture> fit(const Picture& picture, const Placement& placement, const Recipe& recipe);

/// The model's input, one picture per batch entry.
///
/// Shapes  N pictures of any size  ->  [N,H,W,C] or [N,C,H,W]
/// Units   input = (pixel in 0..255 - mean) / std; an integer input is then quantized with the
///         type's own scale and zero point, halves away from zero, saturating
/// Errors  invalid_input: as input_size, check(Recipe), or a batch of another size than pictures
///         unsupported: an element type that holds no pictures (i64, bool, ...)
Result<Tensor> to_input(std::span<const Picture> pictures, const Recipe& recipe,
                        const TensorType& input);

/// The same for one picture and a batch of one.
Result<Tensor> to_input(const Picture& picture, const Recipe& recipe, const TensorType& input);

}  // namespace slipway
