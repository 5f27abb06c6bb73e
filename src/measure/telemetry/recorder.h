#pragma once
// Sampling all sources from one moment to another, and what comes out.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "measure/telemetry/source.h"

namespace slipway::measure {

/// What all samples of a channel say. Nothing where there are too few: one, of stdev two.
struct ChannelSummary {
  Channel channel;
  std::int64_t samples = 0;
  std::optional<double> average;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> stdev;   // of a larger population
  std::optional<double> joules;  // of channels in watts: what was used in the time
};

struct TelemetryRow {
  std::chrono::nanoseconds at = {};           // since the beginning; each later than the one before
  std::vector<std::optional<double>> values;  // one of each channel
};

struct Recording {
  std::chrono::nanoseconds length = {};
  std::chrono::nanoseconds interval = {};
  std::vector<ChannelSummary> channels;
  std::vector<Missing> missing;
  std::vector<TelemetryRow> rows;
  std::int64_t samples = 0;  // that were taken; more than rows where those were thinned out
};

/// Memory does not grow without end: from kMostRows on every second row is dropped, and later ones
/// are kept half as often. Summaries are those of all samples.
class Recorder {
 public:
  static constexpr std::size_t kMostRows = 1 << 15;

  /// Needs interval > 0. `sources` are asked every `interval`, or as often as they allow.
  Recorder(const Clock& clock, std::vector<std::unique_ptr<Source>> sources,
           std::chrono::nanoseconds interval);

  [[nodiscard]] bool is_recording() const { return is_recording_; }

  /// Forgets what was recorded before. Needs !is_recording().
  void begin();

  /// How long until the next sample is due; 0: now. Needs is_recording().
  [[nodiscard]] std::chrono::nanoseconds due() const;

  /// Takes a sample. Needs is_recording().
  void sample();

  /// Takes the last sample, unless the one before was less than half an interval ago. Needs
  /// is_recording().
  void end();

  /// What was recorded last, or until now.
  [[nodiscard]] const Recording& recording() const { return recording_; }

 private:
  struct Asked {
    std::unique_ptr<Source> source;
    std::optional<Clock::Time> last;
  };

  /// Sums behind a summary.
  struct Sums {
    double mean = 0;
    double squares = 0;               // sum of (x - mean)^2
    double integral = 0;              // of x by seconds
    std::optional<Clock::Time> last;  // when there was a value
  };

  void take(Clock::Time now, bool all);
  void count(std::size_t channel, Clock::Time now, double value);
  void keep(TelemetryRow row);

  const Clock& clock_;
  std::vector<Asked> sources_;
  std::chrono::nanoseconds interval_;
  bool is_recording_ = false;
  Clock::Time begin_;
  Clock::Time last_;
  Clock::Time next_;
  std::int64_t every_ = 1;  // which samples are rows
  std::vector<Sums> sums_;
  Recording recording_;
};

/// `length_s`, `interval_s`, `samples`, `channels` (of each `name`, `unit`, `samples`, `average`,
/// `min`, `max`, `stdev`, `joules`) and `missing` (`name`, `why`); null: not known.
[[nodiscard]] Json to_json(const Recording& recording);

/// A row for each sample: `time_s`, then `<name> (<unit>)` of each channel; an empty cell: no
/// value.
[[nodiscard]] std::string to_csv(const Recording& recording);

}  // namespace slipway::measure
