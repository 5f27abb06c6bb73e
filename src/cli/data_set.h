#pragma once
// Pictures of which somebody says what they show.

#include <optional>
#include <string>
#include <vector>

#include "cli/coco_truth.h"
#include "cli/world.h"
#include "ir/recipe.h"

namespace slipway::cli {

struct DataSet {
  std::string folder;
  std::vector<std::string> pictures;  // paths, in the folder
  std::string source;                 // who says what they show: "labels.csv", "folders of classes"

  // One for each picture, by what is asked of them.
  std::vector<int> classes;                          // a classifier
  std::vector<std::vector<measure::TrueBox>> boxes;  // a detector
  std::vector<std::int64_t> images;                  // a detector: their numbers
  std::vector<std::string> masks;                    // a segmenter: paths
  std::vector<std::optional<int>> things;            // a segmenter: the class that white stands for
  std::vector<CocoTruth::Category> categories;       // empty: categories are the model's classes
};

/// A picture's path from the data set's folder.
[[nodiscard]] std::string short_name(const DataSet& data, std::size_t picture);

struct DataWanted {
  Task task = Task::none;
  std::int64_t classes = 0;  // of the model; 0: it does not say
  const Recipe& recipe;
  std::string truth;         // a file or folder in place of what lies in the data set; empty: that
  bool says_offset = false;  // --label-offset was given, which is to have an effect
};

/// What pictures in `path` are labelled for, where a model does not say what it does.
[[nodiscard]] Task task_of_data(const Files& files, const std::string& path);

/// Reads what a folder says about its pictures:
///   a classifier  labels.csv; or a folder per class; or ImageNet's archive
///   a detector    COCO's annotations as JSON, here or in annotations/; or boxes.csv
///   a segmenter   masks/NAME.png
///
/// Errors  not_found: no folder, no pictures, or nobody says what they show; invalid_input:
/// pictures
///         and labels that do not fit each other, or the model's classes
Result<DataSet> open_data_set(World& world, const std::string& path, const DataWanted& wanted);

}  // namespace slipway::cli
