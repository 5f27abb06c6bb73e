#pragma once
// What classify, detect and segment share: pictures in, the model's outputs for each.

#include <functional>
#include <string>
#include <vector>

#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/recipe_flags.h"
#include "cli/timed.h"
#include "cli/world.h"
#include "vision/picture.h"
#include "vision/preprocess.h"

namespace slipway::cli {

/// A picture file and what the model made of it.
struct Seen {
  std::string file;
  Picture picture;
  Placement placement;
  std::vector<Tensor> outputs;
  std::size_t batch = 1;  // how often the picture stands in the model's input
  double prepare_ms = 0;  // decoding and resizing
  double time_ms = 0;     // the model alone
};

/// Whether a file's name ends like that of a picture.
[[nodiscard]] bool has_picture_extension(std::string_view path);

/// The type of a model's one picture input, its batch made 1 where it is open.
///
/// Errors  unsupported: several inputs; invalid_input: a size that is open
Result<TensorType> picture_input(const Graph& graph);

/// A path in `folder` for what was made of each picture: "parrot.png" for "a/parrot.jpg", made
/// unique where several pictures have one name.
class OutputNames {
 public:
  explicit OutputNames(std::string folder) : folder_(std::move(folder)) {}

  std::string next(const std::string& file, std::string_view suffix = "");

 private:
  std::string folder_;
  std::vector<std::string> used_;
};

/// The arguments and flags that say which model, which pictures and how.
class PictureFlags {
 public:
  void describe(Options& options, Task task);

  /// Runs the model on every picture and gives each to `visit`. A picture that cannot be used is
  /// told on stderr (and to `lost`), and the others go on.
  ///
  /// Returns 0, 3 where pictures were left out, or 128 + n where signal n asked to stop.
  /// Errors  unsupported: the model does another task; what happens before the first picture, what
  /// happens to the only one, and `visit`'s
  Result<int> for_each(World& world, Task task,
                       const std::function<Result<void>(const Seen&)>& visit,
                       const std::function<void(const std::string&, const Error&)>& lost);

  /// What is written for each picture: a file in `folder` for each of `suffixes`. for_each then
  /// refuses to begin where one of them is a picture that is read. No folder: nothing is written.
  void saves(std::string folder, std::vector<std::string> suffixes) {
    folder_ = std::move(folder);
    suffixes_ = std::move(suffixes);
  }

  /// What happens when the model and the recipe are known, before the first picture.
  void before(std::function<Result<void>(const Graph&)> ready) { ready_ = std::move(ready); }

  /// Whether a signal ended it early.
  [[nodiscard]] bool stopped() const { return stopped_; }

  [[nodiscard]] const Recipe& recipe() const { return recipe_; }

  /// What ran the model: for scripts, and in words.
  [[nodiscard]] const std::string& device() const { return device_; }

  [[nodiscard]] const std::string& device_words() const { return device_words_; }

  [[nodiscard]] const std::string& model_path() const { return model_path_; }

 private:
  Result<std::vector<std::string>> files(World& world) const;
  Result<void> check_saves(World& world, const std::vector<std::string>& paths) const;

  std::string model_;
  std::vector<std::string> images_;
  RecipeFlags flags_;
  ModelFlags model_flags_;
  Recipe recipe_;
  std::string model_path_;
  std::string device_ = kDevice;
  std::string device_words_ = kDeviceWords;
  std::string folder_;
  std::vector<std::string> suffixes_;
  std::function<Result<void>(const Graph&)> ready_;
  bool stopped_ = false;
};

}  // namespace slipway::cli
