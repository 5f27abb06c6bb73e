#pragma once
// What `bench --json` says, as far as charts need it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "measure/report/chart.h"

namespace slipway::report {

struct Percentile {
  double percent = 0;                // 99.9
  std::optional<double> ms;          // nothing where the samples were too few
  std::optional<Interval> interval;  // of 95 %
  std::int64_t needs = 0;            // how many samples it takes; 0: nobody says
};

struct Bucket {
  double low_ms = 0;
  double high_ms = 0;
  std::int64_t count = 0;
};

/// A step of a profile.
struct StepTime {
  std::string name;
  std::string kernel;
  double us = 0;                     // of one inference
  std::optional<double> operations;  // a multiply-accumulate is two
  std::optional<double> bytes;       // read and written
  std::optional<double> gops;        // 10^9 operations in a second
  std::optional<double> roof_gops;   // the most that this processor could do of them
};

/// One result. Names are clean (text.h).
struct Run {
  std::string path;   // where it was read
  std::string label;  // in charts
  std::string model;
  std::string name;
  std::string mode;
  std::string scenario;
  std::string device;
  std::string isa;
  std::string precision;
  std::string clock;
  std::string ended;
  std::int64_t batch = 1;
  std::int64_t streams = 1;
  std::int64_t threads = 1;
  std::int64_t samples = 0;
  std::optional<double> img_s;
  std::optional<double> load_ms;
  std::optional<double> first_ms;
  std::optional<double> mean_ms;
  std::optional<double> stdev_ms;
  std::optional<double> min_ms;
  std::optional<double> max_ms;
  std::vector<Percentile> percentiles;  // by percent
  std::vector<Bucket> histogram;        // by time; empty in results of older versions
  std::optional<double> top1;           // percent, as are those that follow
  std::optional<double> top5;
  std::optional<double> map;   // of a detector
  std::optional<double> miou;  // of a segmenter
  std::vector<StepTime> profile;
  std::string noise;                                             // its verdict; empty: none
  std::vector<std::string> warnings;                             // "not steady: …"
  std::vector<std::pair<std::string, std::string>> environment;  // name and value, as text

  /// Of pictures from files, with all that is done to them; else of numbers that lie ready.
  [[nodiscard]] bool is_of_pictures() const { return mode == "accuracy"; }
};

/// A row of a sweep without a result. Text is clean.
struct Failed {
  std::string label;    // "test_3", of its folder
  std::string command;  // "bench net.onnx --dummy --batch-size=4"; empty where nobody says
  std::string reason;
};

/// One of several measures of how right a model is.
struct Figure {
  std::string_view id;     // "map"
  std::string_view title;  // "mAP (%)"
  std::string_view words;  // "mAP"
  std::optional<double> Run::*value;
};

inline constexpr Figure kFigures[] = {{"accuracy", "top-1 (%)", "top-1", &Run::top1},
                                      {"accuracy_map", "mAP (%)", "mAP", &Run::map},
                                      {"accuracy_miou", "mIOU (%)", "mIOU", &Run::miou}};

/// Whether the text begins as a JSON object does.
[[nodiscard]] bool looks_like_json(std::string_view text);

/// Reads a result; members that it does not know are left alone.
///
/// Errors  corrupt: no JSON; invalid_input: JSON of another kind, or a member of another type;
///         unsupported: of a newer schema
Result<Run> parse_result(std::string_view text);

/// Reads failed.json, which a sweep writes for a row that failed. It has no label.
///
/// Errors  corrupt: no JSON; invalid_input: JSON of another kind
Result<Failed> parse_failed(std::string_view text);

/// Gives runs without a label one that tells them apart: the model, and what is not the same in
/// all of them; at last the path.
void label_runs(std::vector<Run>& runs);

}  // namespace slipway::report
