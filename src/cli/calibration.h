#pragma once
// The pictures that a network is calibrated with, and what was found of them so far, on the disk.

#include <string>
#include <vector>

#include "cli/world.h"
#include "compile/quantizer.h"

namespace slipway::cli {

/// The pictures and .npy files of a folder (not of those below it), those that a text file names
/// one per line (from its own folder), or the one file that `argument` is.
///
/// Errors  not_found: no such file, or no picture in it
Result<std::vector<std::string>> calibration_files(World& world, const std::string& argument);

/// Turns a file into the input of a network.
class PictureReader {
 public:
  /// `is_guessed`: nobody said how pixels become numbers, nor how a picture of another size is
  /// brought to that of the input.
  ///
  /// Errors  unsupported, invalid_input: the network does not take one picture
  static Result<PictureReader> make(const Graph& graph, Recipe recipe, bool is_guessed);

  /// Errors  those of decoding; invalid_input: a tensor of another type or shape, a picture of
  ///         another size where the recipe is guessed
  Result<std::vector<Tensor>> read(const Files& files, const std::string& path) const;

 private:
  TensorType input_;
  Recipe recipe_;
  bool is_guessed_ = false;
};

/// The file beside the output that keeps a calibration while it runs and afterwards.
class StateFile {
 public:
  /// `key` says what is calibrated with what, `settings` how ranges become bytes.
  StateFile(World& world, const std::string& output, std::string key, std::string settings);

  /// What an earlier run of the same calibration found, with other settings the ranges alone;
  /// nothing where there was none.
  [[nodiscard]] std::optional<quant::State> load();

  /// Now and then, and at once where `now` says so.
  ///
  /// Errors  those of Files::write
  Result<void> save(const quant::State& state, bool now);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  World& world_;
  std::string path_;
  std::string key_;
  std::string settings_;
  Clock::Time saved_;
};

}  // namespace slipway::cli
