#include "cli/trace_file.h"

namespace slipway::cli {
namespace {

constexpr int kPhases = 0;
constexpr int kFirstStream = 1;
constexpr double kUsPerMs = 1e3;

double us_of(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; }

class Trace {
 public:
  Trace() {
    Json name;
    name.set("name", "slipway bench");
    add_name("process_name", 0, std::move(name));
  }

  void row(int number, const std::string& title) {
    Json name;
    name.set("name", title);
    add_name("thread_name", number, std::move(name));
  }

  void span(int row, std::string_view kind, const std::string& name, double begin_us,
            double length_us, Json more = {}) {
    Json event;
    event.set("name", name);
    event.set("cat", kind);
    event.set("ph", "X");
    event.set("ts", begin_us);
    event.set("dur", length_us);
    event.set("pid", 1);
    event.set("tid", row);
    if (!more.is_null()) event.set("args", std::move(more));
    events_.push(std::move(event));
  }

  [[nodiscard]] Json json() && {
    Json out;
    out.set("displayTimeUnit", "ns");
    out.set("traceEvents", std::move(events_));
    return out;
  }

 private:
  void add_name(std::string_view what, int row, Json name) {
    Json event;
    event.set("name", what);
    event.set("ph", "M");
    event.set("pid", 1);
    event.set("tid", row);
    event.set("args", std::move(name));
    events_.push(std::move(event));
  }

  Json events_{Json::Array{}};
};

}  // namespace

Json trace_json(const BenchReport& report, const measure::SampleLog& log) {
  const auto& measured = report.measured;
  Trace trace;
  trace.row(kPhases, "phases");
  double at = 0;
  const auto phase = [&](const std::string& name, double length_us) {
    trace.span(kPhases, "phase", name, at, length_us);
    at += length_us;
  };
  if (report.read_ms) phase("read", *report.read_ms * kUsPerMs);
  if (report.compile_ms) phase("compile", *report.compile_ms * kUsPerMs);
  phase("load", report.load_ms * kUsPerMs);
  phase("first inference", us_of(measured.first));
  phase("warm-up", us_of(measured.warm_up));
  const double window = at;
  phase("measured", us_of(measured.window));
  int row = kFirstStream;
  for (std::size_t i = 0; i < measured.streams.size(); ++i, ++row) {
    trace.row(row, fmt::format("stream {}", i));
    for (const auto& span : log.spans(i))
      trace.span(row, "inference", "inference", window + us_of(span.begin - measured.begin),
                 us_of(span.end - span.begin));
  }
  if (report.profile.empty()) return std::move(trace).json();
  trace.row(row, "one inference, step by step");
  for (const auto& step : report.profile) {
    Json more;
    more.set("kernel", step.kernel);
    trace.span(row, "step", step.name, at, step.time_us, std::move(more));
    at += step.time_us;
  }
  return std::move(trace).json();
}

}  // namespace slipway::cli
