#pragma once
// What pictures show where, as COCO writes it down.

#include <string>
#include <vector>

#include "base/file.h"
#include "measure/average_precision.h"

namespace slipway::cli {

/// A file of annotations: instances_val2017.json and those made like it.
struct CocoTruth {
  struct Image {
    std::int64_t id = 0;
    std::string file;
  };

  struct Category {
    std::int64_t id = 0;
    std::string name;
  };

  std::vector<Image> images;  // by their ids
  std::vector<Category> categories;
  std::vector<measure::TrueBox> boxes;  // in the order of the file
};

/// Errors  those of Files::read; corrupt: no such file, or one whose boxes have images or
/// categories
///         that it does not name
/// Source  cocodataset.org, "Data format": object detection
Result<CocoTruth> read_coco(const Files& files, const std::string& path);

}  // namespace slipway::cli
