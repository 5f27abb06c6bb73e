#pragma once
// How a picture becomes a model's input and how its outputs become an answer, as data. A recipe
// travels with the graph; the folder vision carries it out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slipway {

/// How pixels of one size become pixels of another. The sample of output position i lies at
///   half_pixel     (i + 0.5) * in / out - 0.5
///   asymmetric     i * in / out
///   align_corners  i * (in - 1) / (out - 1)
enum class ResizeMethod : std::uint8_t {
  nearest,                 // half_pixel, rounded down: Pillow's NEAREST
  nearest_asymmetric,      // rounded down: TensorFlow's and OpenCV's
  bilinear,                // half_pixel, no antialiasing: OpenCV's INTER_LINEAR
  bilinear_asymmetric,     // TensorFlow 1's default
  bilinear_align_corners,  // TensorFlow's align_corners
  area,                    // OpenCV's INTER_AREA
  bilinear_antialias,      // a triangle as wide as the step: Pillow's BILINEAR
};

/// How a picture of any shape fills the model's rectangle.
enum class Fit : std::uint8_t {
  crop,       // resize so that the short side is round(size / crop_ratio), cut out the centre
  stretch,    // resize both sides, the proportions change
  letterbox,  // resize so that the long side fits, pad right and bottom with `pad_value`
};

enum class ColorOrder : std::uint8_t { rgb, bgr, gray };

/// The order of a picture tensor's dimensions.
enum class Layout : std::uint8_t { nhwc, nchw };

enum class Task : std::uint8_t { none, classify, detect, segment };

/// What a classifier's or segmenter's output holds.
enum class Scores : std::uint8_t { probabilities, logits };

/// How a detector writes its boxes.
enum class BoxFormat : std::uint8_t {
  tflite_postprocess,  // four outputs: boxes [1,N,4] as y1 x1 y2 x2 in 0..1, classes, scores, count
  detection_output,    // one output [1,1,N,7]: picture, class, score, x1 y1 x2 y2 in 0..1
  corners_with_scores,  // outputs [1,N,classes] scores (class 0 is background), [1,N,4] x1 y1 x2 y2
                        // in 0..1
};

/// Everything between a picture file and the tensor, and between the outputs and the answer.
struct Recipe {
  // From the picture to the input tensor.
  Fit fit = Fit::crop;
  float crop_ratio = 0.875F;  // of the size to the short side, for Fit::crop
  ResizeMethod resize = ResizeMethod::bilinear_antialias;
  std::uint8_t pad_value = 0;  // for Fit::letterbox
  ColorOrder color = ColorOrder::rgb;
  Layout layout = Layout::nhwc;
  std::vector<float> mean = {0};  // real input = (pixel in 0..255 - mean) / std; one value, or one
  std::vector<float> std = {1};   // per channel in the order of `color`. A quantized input is then
                                  // quantized with its own scale and zero point, once.
  // From the outputs to the answer.
  Task task = Task::none;
  Scores scores = Scores::probabilities;
  BoxFormat boxes = BoxFormat::tflite_postprocess;
  float score_threshold = 0.5F;  // boxes below are dropped
  float iou_threshold = 0.5F;    // of two boxes of a class that overlap more, the weaker is dropped
  int label_offset = 0;          // label of class i is labels[i + label_offset]
  std::vector<std::string> labels;

  bool operator==(const Recipe&) const = default;
};

/// A recipe from its JSON text (docs/formats/recipe.md). Members that are left out keep their
/// defaults; `base` gives those.
///
/// Errors  invalid_input: not JSON, a member nobody knows, or a value outside its range
Result<Recipe> parse_recipe(std::string_view json, Recipe base = {});

/// The JSON text of a recipe; parse_recipe gives the same recipe back.
[[nodiscard]] std::string to_text(const Recipe& recipe);

/// Errors  invalid_input: a std of 0, a crop ratio outside (0, 1], a threshold outside [0, 1], or
///         counts of mean and std that are not 1 or 3
Result<void> check(const Recipe& recipe);

}  // namespace slipway
