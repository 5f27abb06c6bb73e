#include "measure/telemetry/recorder.h"

#include <algorithm>
#include <cmath>

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

Json or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

}  // namespace

Recorder::Recorder(const Clock& clock, std::vector<std::unique_ptr<Source>> sources,
                   nanoseconds interval)
    : clock_(clock), interval_(interval) {
  SLIPWAY_CHECK(interval.count() > 0);
  recording_.interval = interval;
  for (auto& source : sources) {
    for (const auto& channel : source->channels())
      recording_.channels.push_back({.channel = channel,
                                     .samples = 0,
                                     .average = {},
                                     .min = {},
                                     .max = {},
                                     .stdev = {},
                                     .joules = {}});
    const auto& missing = source->missing();
    recording_.missing.insert(recording_.missing.end(), missing.begin(), missing.end());
    sources_.push_back({std::move(source), {}});
  }
}

void Recorder::begin() {
  SLIPWAY_CHECK(!is_recording_);
  for (auto& summary : recording_.channels) {
    const auto channel = summary.channel;
    summary = {};
    summary.channel = channel;
  }
  recording_.rows.clear();
  recording_.samples = 0;
  recording_.length = {};
  sums_.assign(recording_.channels.size(), {});
  every_ = 1;
  is_recording_ = true;
  // The first sample is what rates are counted from, and not one of another recording.
  for (auto& asked : sources_) asked.source->forget();
  begin_ = clock_.now();
  take(begin_, true);
  next_ = begin_ + interval_;
}

nanoseconds Recorder::due() const { return std::max(next_ - clock_.now(), nanoseconds(0)); }

void Recorder::sample() {
  SLIPWAY_CHECK(is_recording_);
  const auto now = clock_.now();
  if (now > last_) take(now, false);
  // What was late is not made up for by samples in a heap.
  next_ += interval_;
  if (next_ <= now) next_ = now + interval_;
}

void Recorder::end() {
  SLIPWAY_CHECK(is_recording_);
  const auto now = clock_.now();
  if (now - last_ >= interval_ / 2) take(now, true);
  is_recording_ = false;
  recording_.length = now - begin_;
}

void Recorder::take(Clock::Time now, bool all) {
  last_ = now;
  TelemetryRow row;
  row.at = now - begin_;
  for (auto& [source, last] : sources_) {
    const auto count = source->channels().size();
    const bool is_due = all || !last || now - *last >= source->interval();
    auto values = is_due ? source->sample(now) : std::vector<std::optional<double>>();
    if (is_due) last = now;
    values.resize(count);
    for (auto& value : values) {
      const auto channel = row.values.size();
      // A value that is no number would end in the averages.
      if (value && !std::isfinite(*value)) value.reset();
      if (value) this->count(channel, now, *value);
      row.values.push_back(value);
    }
  }
  recording_.length = row.at;
  keep(std::move(row));
}

void Recorder::count(std::size_t channel, Clock::Time now, double value) {
  auto& summary = recording_.channels[channel];
  auto& sums = sums_[channel];
  const auto n = static_cast<double>(++summary.samples);
  const double off = value - sums.mean;
  sums.mean += off / n;
  sums.squares += off * (value - sums.mean);
  summary.average = sums.mean;
  summary.min = std::min(summary.min.value_or(value), value);
  summary.max = std::max(summary.max.value_or(value), value);
  if (n > 1) summary.stdev = std::sqrt(sums.squares / (n - 1));
  sums.integral += value * seconds(now - sums.last.value_or(begin_));
  sums.last = now;
  if (summary.channel.unit == "W" && sums.integral > 0) summary.joules = sums.integral;
}

void Recorder::keep(TelemetryRow row) {
  if (recording_.samples++ % every_ != 0) return;
  recording_.rows.push_back(std::move(row));
  if (recording_.rows.size() < kMostRows) return;
  for (std::size_t i = 0; i < kMostRows / 2; ++i)
    recording_.rows[i] = std::move(recording_.rows[i * 2]);
  recording_.rows.resize(kMostRows / 2);
  every_ *= 2;
}

Json to_json(const Recording& recording) {
  Json channels(Json::Array{});
  for (const auto& summary : recording.channels) {
    Json row;
    row.set("name", summary.channel.name);
    row.set("unit", summary.channel.unit);
    row.set("samples", summary.samples);
    row.set("average", or_null(summary.average));
    row.set("min", or_null(summary.min));
    row.set("max", or_null(summary.max));
    row.set("stdev", or_null(summary.stdev));
    row.set("joules", or_null(summary.joules));
    channels.push(std::move(row));
  }
  Json missing(Json::Array{});
  for (const auto& sensor : recording.missing) {
    Json row;
    row.set("name", sensor.name);
    row.set("why", sensor.why);
    missing.push(std::move(row));
  }
  Json out;
  out.set("length_s", seconds(recording.length));
  out.set("interval_s", seconds(recording.interval));
  out.set("samples", recording.samples);
  out.set("channels", std::move(channels));
  out.set("missing", std::move(missing));
  return out;
}

std::string to_csv(const Recording& recording) {
  std::string out = "time_s";
  for (const auto& summary : recording.channels)
    out += fmt::format(",{} ({})", summary.channel.name, summary.channel.unit);
  out += "\n";
  for (const auto& row : recording.rows) {
    out += fmt::format("{:.6f}", seconds(row.at));
    for (const auto& value : row.values) out += value ? fmt::format(",{:.6g}", *value) : ",";
    out += "\n";
  }
  return out;
}

}  // namespace slipway::measure
