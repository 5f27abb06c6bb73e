#pragma once
// Broken files are read in processes of their own, so that a crash is a result and time and memory
// can be measured.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "ir/graph.h"

namespace slipway {

/// What a reading gave, and what it took.
struct Outcome {
  bool ended = false;  // by itself, not by a signal
  bool ok = false;
  Code code = Code::internal;
  std::string message;  // with its trail, and of the program with its remedy
  double seconds = 0;   // of the processor
  long megabytes = 0;
};

/// Reads a model by a function of ours.
[[nodiscard]] Outcome measured(const std::function<Result<Graph>()>& read);

/// Runs the program itself: `slipway ARGUMENTS...`. That it refuses as it should (nothing on
/// standard output, one error with cause and remedy, exit status 3) is expected here.
[[nodiscard]] Outcome run_slipway(const std::vector<std::string>& arguments);

/// Ended by itself, within 500 MB and a second; four where there was something to read.
void expect_cheap(const Outcome& outcome);

/// Cheap, and an error of this kind that has these words.
void expect_refused(const Outcome& outcome, Code code, std::string_view words);

/// The message, or "(read)"; expected to be cheap.
[[nodiscard]] std::string words_of(const Outcome& outcome);

[[nodiscard]] Bytes bytes_of(std::string_view text);

/// A new folder on the disk, gone with this.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string operator/(std::string_view name) const { return join(path_, name); }

  /// Writes a file into it and gives its path.
  std::string write(std::string_view name, BytesView bytes) const;

 private:
  std::string path_;
};

}  // namespace slipway
