#pragma once
// From a segmenter's output to a class for every pixel.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/recipe.h"
#include "tensor/tensor.h"
#include "vision/picture.h"
#include "vision/preprocess.h"

namespace slipway {

/// The class of every pixel of a picture.
struct Mask {
  int width = 0;
  int height = 0;
  std::vector<int> classes;  // rows from the top; kUnseen where the model did not look

  static constexpr int kUnseen = -1;

  bool operator==(const Mask&) const = default;
};

/// A class and how much of a picture it covers.
struct Share {
  int class_index = 0;
  std::string label;
  double share = 0;  // of the pixels that the model saw; 0 to 1

  bool operator==(const Share&) const = default;
};

/// The mask of the picture that `placement` belongs to: the class with the largest score at the
/// nearest place of the output, the lowest index winning ties. Pixels that Fit::crop cut off are
/// kUnseen.
///
/// Shapes  output [1,h,w,classes], or [1,classes,h,w] for Layout::nchw; an integer output without
///         quantization of [1,h,w], [1,h,w,1] or [1,1,h,w] holds classes itself
/// Errors  invalid_input: another shape, or a score that is not a number
Result<Mask> segment(const Tensor& output, const Recipe& recipe, const Placement& placement);

/// The classes of a mask, the largest share first.
[[nodiscard]] std::vector<Share> shares(const Mask& mask, const Recipe& recipe);

/// The colour of a class: black, dark red, dark green, ...
///
/// Source  PASCAL VOC development kit, VOClabelcolormap: the bits of the index, three by three,
///         become the bits of red, green and blue from the highest down
[[nodiscard]] Picture::Color class_color(int class_index);

}  // namespace slipway
