#pragma once
// Flags that change how pictures become a model's input and its outputs an answer.

#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/world.h"
#include "ir/graph.h"

namespace slipway::cli {

class RecipeFlags {
 public:
  void describe(Options& options, Task task);

  /// The model's recipe with what the flags say instead. Notes what was guessed.
  ///
  /// Errors  invalid_input: values that no recipe can have, or a label file that cannot be read
  Result<Recipe> apply(World& world, const Graph& graph, Task task) const;

  /// Whether somebody said how pixels become numbers.
  [[nodiscard]] bool says_normalisation() const { return recipe_ || mean_ || std_; }

  [[nodiscard]] bool says_label_offset() const { return label_offset_.has_value(); }

 private:
  std::optional<std::string> recipe_;
  std::optional<std::string> labels_;
  std::optional<std::string> mean_;
  std::optional<std::string> std_;
  std::optional<std::string> color_;
  std::optional<std::string> fit_;
  std::optional<std::string> resize_;
  std::optional<std::string> scores_;
  std::optional<double> crop_ratio_;
  std::optional<double> threshold_;
  std::optional<int> label_offset_;
};

}  // namespace slipway::cli
