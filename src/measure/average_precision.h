#pragma once
// How well a detector finds boxes: the twelve figures of COCO.

#include <cstdint>
#include <optional>
#include <span>

namespace slipway::measure {

/// Corners and sizes in pixels.
struct TrueBox {
  std::int64_t image = 0;
  std::int64_t category = 0;
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  double area = 0;     // what decides whether it is small: that of the outline, where there is one
  bool crowd = false;  // many things at once: what lies in it is neither right nor wrong
};

struct FoundBox {
  std::int64_t image = 0;
  std::int64_t category = 0;
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  double score = 0;
};

/// Each from 0 to 1, or nothing where there is nothing to find.
struct AveragePrecision {
  std::optional<double> ap;    // the mean over overlaps of 0.50, 0.55, ..., 0.95
  std::optional<double> ap50;  // at an overlap of 0.5
  std::optional<double> ap75;
  std::optional<double> ap_small;  // under 32 x 32 pixels
  std::optional<double> ap_medium;
  std::optional<double> ap_large;  // over 96 x 96 pixels
  std::optional<double> ar1;       // what is found, with one box a picture and category
  std::optional<double> ar10;
  std::optional<double> ar100;
  std::optional<double> ar_small;
  std::optional<double> ar_medium;
  std::optional<double> ar_large;
};

/// For each category and overlap, boxes are taken from the best score down; each is right that
/// overlaps a true box which no better one has taken. Precision is interpolated at 101 recalls.
/// Images count in the order of their numbers, boxes of an image in the order in which they stand
/// here: that decides between equal scores.
///
/// Source  pycocotools 2.0, COCOeval with iouType "bbox"
[[nodiscard]] AveragePrecision average_precision(std::span<const TrueBox> truth,
                                                 std::span<const FoundBox> found);

}  // namespace slipway::measure
