#pragma once
// bench --data and accuracy: a model on pictures of which somebody says what they show.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cli/judge.h"
#include "cli/options.h"
#include "cli/recipe_flags.h"
#include "compile/runner.h"
#include "measure/feed.h"
#include "measure/series.h"

namespace slipway::cli {

class Accuracy {
 public:
  /// --data, --num-inputs and what says how pictures become inputs.
  void describe(Options& options);

  /// Whether --data was given.
  [[nodiscard]] bool is_asked() const { return !data_path_.empty(); }

  /// What --num-inputs says, for random numbers, too.
  [[nodiscard]] std::optional<int> num_inputs() const { return inputs_; }

  /// Refuses flags that make no sense.
  Result<void> check(World& world) const;

  /// Finds the pictures and what they show, before anything is compiled. `signature` has the
  /// model's inputs, outputs and recipe, its batch being known.
  ///
  /// Errors  those of open_data_set and RecipeFlags::apply; unsupported: a model that does not take
  ///         one picture or gives nothing to judge; those of opening what --predictions names
  Result<void> open(World& world, const Graph& signature);

  /// Runs all batches, a stream on each runner. Of the rules, warm_up, cpus and stop count. Each
  /// picture that was judged is told to `series`.
  ///
  /// Errors  those of running; not_found: no picture could be used
  Result<measure::Measured> measure(World& world, std::span<compile::Runner> runners,
                                    const measure::Rules& rules, measure::Series* series = nullptr);

  /// Adds what it found, and how: needs measure().
  void add_to(Json& document) const;
  void print(World& world) const;

  /// "200 pictures of DIR".
  [[nodiscard]] std::string words() const;

  /// Pictures that were judged, for a throughput of pictures.
  [[nodiscard]] std::int64_t judged() const { return judged_; }

  /// Writes what --predictions names.
  ///
  /// Errors  those of Files::write
  Result<void> write_predictions(World& world) const;

 private:
  class Run;

  std::string data_path_;
  std::string truth_path_;
  std::string predictions_path_;
  std::optional<int> inputs_;
  std::optional<double> threshold_;
  RecipeFlags recipe_flags_;

  // What open() found.
  Task task_ = Task::none;
  Recipe recipe_;
  TensorType input_;
  std::int64_t batch_ = 1;
  std::int64_t classes_ = 0;  // 0: the model does not say
  std::size_t outputs_ = 0;
  DataSet data_;
  std::int64_t used_ = 0;  // pictures of the data set
  std::unique_ptr<Judge> judge_;
  std::shared_ptr<const void> lock_;  // of what is written at the end

  // What measure() found.
  std::int64_t judged_ = 0;
  std::vector<std::string> lost_;
  double waiting_ = 0;  // part of the streams' time
  int makers_ = 1;
};

}  // namespace slipway::cli
