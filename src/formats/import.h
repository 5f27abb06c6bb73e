#pragma once
// What every importer needs: budgets, constants computed while reading, the default recipe.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// Limits on what a file may make us build. All are far above any network that people run.
class ImportBudget {
 public:
  static constexpr std::size_t kMaxNodes = 1'000'000;
  static constexpr std::size_t kMaxTensors = 4'000'000;
  static constexpr std::size_t kMaxMetadataBytes = std::size_t{16} << 20U;

  explicit ImportBudget(std::size_t file_bytes)
      : left_(kFreeBytes + std::min(file_bytes, kFreeBytes << 10U) * kBytesPerFileByte),
        operations_left_(kFreeOperations +
                         std::min(file_bytes, kFreeBytes << 10U) * kOperationsPerFileByte) {}

  /// Another file that belongs to the model: it pays for what it brings.
  void add_file(std::size_t file_bytes) {
    const auto counted = std::min(file_bytes, kFreeBytes << 10U);
    left_ += counted * kBytesPerFileByte;
    operations_left_ += counted * kOperationsPerFileByte;
  }

  /// Takes `bytes` of memory that the graph will hold.
  ///
  /// Errors  unsupported: the file makes more of itself than any real one, by naming the same bytes
  ///         many times or by computing large constants of small ones
  Result<void> spend(std::size_t bytes);

  /// Takes the work of computing something while reading.
  ///
  /// Errors  unsupported: more than any real file asks for
  Result<void> spend(const Cost& cost);

 private:
  static constexpr std::size_t kFreeOperations = std::size_t{1} << 25U;
  static constexpr std::size_t kOperationsPerFileByte = 64;
  static constexpr std::size_t kFreeBytes = std::size_t{64} << 20U;
  static constexpr std::size_t kBytesPerFileByte = 16;

  std::size_t left_;
  std::size_t operations_left_;
};

/// op(inputs) as a constant where all inputs are constants, whatever their size; else as a node.
/// For weights that change their layout on the way in.
///
/// Errors  as Graph::add, eval and ImportBudget::spend
Result<ValueId> add_folded(Graph& graph, const AnyOp& op, std::vector<ValueId> inputs,
                           const std::string& name, ImportBudget& budget);

/// An operator that an importer has no row for, with the nearest of those it has.
///
/// unsupported: "the operator 'Foo' of node 'bar' is not among those that can be imported; the
///         nearest is 'Food'"
Error unknown_operator(std::string_view op, std::string_view node,
                       std::span<const std::string> known);

/// Fills in what a model's recipe leaves open: the task, seen from its outputs, and how integers
/// or floats stand for pixels. `known` is what the file itself says.
struct RecipeHints {
  std::vector<float> mean;  // empty: not said
  std::vector<float> std;
  std::vector<std::string> labels;
};

/// The name under which a file of another format may carry a recipe of ours.
inline constexpr std::string_view kRecipeKey = "slipway.recipe";

void add_default_recipe(Graph& graph, const RecipeHints& hints);

/// Whether how pixels become numbers is only a guess: the file is silent on it, and nobody said
/// it since.
[[nodiscard]] bool guesses_normalisation(const Graph& graph);

/// Lets a recipe that the file carries overrule the default one.
///
/// Errors  invalid_input: not a recipe
Result<void> add_stated_recipe(Graph& graph, std::string_view text);

}  // namespace slipway
