#pragma once
// The files that a measurement leaves behind, and the flags that ask for them:
// docs/formats/results.md.

#include <optional>
#include <string>
#include <vector>

#include "cli/bench_report.h"
#include "cli/fingerprint.h"
#include "cli/options.h"
#include "measure/sample_log.h"
#include "measure/series.h"

namespace slipway::cli {

/// What scripts of Intel's reference models read, in the order and the units in which they write
/// it. Accuracy in percent; nothing where none was measured.
struct Scores {
  std::optional<double> top1;
  std::optional<double> top5;
};

/// `results:` with throughput, latency and accuracy; 0 for an accuracy that was not measured.
[[nodiscard]] std::string results_yaml(const BenchReport& report, const Scores& scores);

/// The document of one stream, or of all together where there is no `stream`.
[[nodiscard]] Json results_json(const BenchReport& report, const Scores& scores,
                                const Json& fingerprint, const std::string& date,
                                std::optional<std::size_t> stream);

/// Three lines: seconds to load the model, seconds that were measured, pictures in a second.
[[nodiscard]] std::string stats_text(const BenchReport& report);

/// `document`, as bench --json prints it, with the command, the date and the fingerprint.
[[nodiscard]] Json result_v1(Json document, const std::vector<std::string>& command,
                             const std::string& date, Json fingerprint, Redact redact);

/// One more file beside those.
struct ResultFile {
  std::string name;
  Bytes bytes;
};

class ResultFiles {
 public:
  ResultFiles() = default;
  ResultFiles(const ResultFiles&) = delete;
  ResultFiles& operator=(const ResultFiles&) = delete;

  /// What is printed from now on is not kept.
  ~ResultFiles() {
    if (world_ != nullptr) world_->log = nullptr;
  }

  void describe(Options& options);

  /// Whether any of its flags was given.
  [[nodiscard]] bool is_asked() const { return folder_ || stats_ || redact_; }

  /// Begins to keep what is printed, and tries whether there is room, before anything is measured.
  ///
  /// Errors  those of Files::check_room
  Result<void> prepare(World& world, int streams);

  /// Has each inference kept, where somebody asked for files.
  void keep_samples(measure::Rules& rules);

  /// Who wants to know of each picture that was judged; nullptr: nobody.
  [[nodiscard]] measure::Series* series() { return series_ ? &*series_ : nullptr; }

  /// Writes all files that were asked for, or none, and removes those of streams, or of a sampler,
  /// that an earlier run had and this one does not. `document` is that of --json.
  ///
  /// Errors  those of Files::write_files
  Result<void> write(World& world, const BenchReport& report, const Scores& scores, Json document,
                     std::vector<ResultFile> more);

 private:
  [[nodiscard]] Redact redact() const { return redact_ ? Redact::yes : Redact::no; }

  std::optional<std::string> folder_;
  std::optional<std::string> stats_;
  bool redact_ = false;
  World* world_ = nullptr;  // whose words are kept in log_
  std::string log_;
  std::optional<measure::SampleLog> samples_;
  std::optional<measure::Series> series_;
};

}  // namespace slipway::cli
