#pragma once
// Who compares what a model says with what pictures show, one picture after the other.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cli/data_set.h"
#include "vision/mask.h"
#include "vision/preprocess.h"

namespace slipway::cli {

/// A picture that was inferred.
struct Looked {
  std::size_t picture = 0;  // its place in the data set
  Placement placement;
  Mask mask;  // what it shows, for a segmenter
};

/// All its functions may be called by several threads.
class Judge {
 public:
  Judge() = default;
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  virtual ~Judge() = default;

  /// How many classes the model put in front of the right one; nothing where there are no classes.
  using Place = std::optional<std::size_t>;

  /// `outputs` are those of this picture alone.
  ///
  /// Errors  invalid_input: outputs that do not say what the recipe says
  virtual Result<Place> see(const Looked& looked, std::span<const Tensor> outputs) = 0;

  /// How right it was so far, in a few words; nothing where that is not known before the end.
  [[nodiscard]] virtual std::string so_far() const = 0;

  /// Adds the figures, in per cent. One that says nothing is null.
  virtual void add_to(Json& document) const = 0;

  virtual void print(World& world) const = 0;

  /// What was said about each picture, as a file: its text, or an empty one.
  [[nodiscard]] virtual std::string predictions() const = 0;
};

/// `data` and `recipe` must outlive it.
///
/// Errors  invalid_input: none of the data set's categories is one of the model's
Result<std::unique_ptr<Judge>> judge_of(Task task, const DataSet& data, const Recipe& recipe,
                                        std::int64_t classes);

[[nodiscard]] std::unique_ptr<Judge> judge_of_classes(const DataSet& data);
Result<std::unique_ptr<Judge>> judge_of_boxes(const DataSet& data, const Recipe& recipe);
[[nodiscard]] std::unique_ptr<Judge> judge_of_masks(const DataSet& data, const Recipe& recipe,
                                                    std::int64_t classes);

}  // namespace slipway::cli
