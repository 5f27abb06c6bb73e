#include "measure/series.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "base/check.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

double seconds(nanoseconds time) { return static_cast<double>(time.count()) * 1e-9; }

/// A part in per cent; nothing of nothing.
std::string percent_of(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "";
  return fmt::format("{:.2f}", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

Series::Series(std::size_t streams, nanoseconds period)
    : streams_(std::max<std::size_t>(streams, 1)), memory_(streams_ * sizeof(Stream)) {
  // Zeros are what the rows begin with: who writes them here takes memory that nobody needs yet.
  for (std::size_t i = 0; i < streams_; ++i) {
    auto* place = memory_.data() + i * sizeof(Stream);
    reinterpret_cast<Stream*>(place)->period = period;  // NOLINT: of a trivial type
  }
}

Series::Stream& Series::at(std::size_t stream) const {
  SLIPWAY_CHECK(stream < streams_);
  return *reinterpret_cast<Stream*>(memory_.data() + stream * sizeof(Stream));  // NOLINT
}

void Series::halve(Stream& stream) {
  for (std::size_t i = 0; i < kRows / 2; ++i) {
    auto row = stream.rows[2 * i];
    const auto& later = stream.rows[2 * i + 1];
    row.end = later.end;
    row.inferences += later.inferences;
    row.busy += later.busy;
    row.pictures += later.pictures;
    row.ranked += later.ranked;
    row.first += later.first;
    row.among_five += later.among_five;
    stream.rows[i] = row;
  }
  stream.count = kRows / 2;
  stream.period *= 2;
}

void Series::add(std::size_t stream, Clock::Time begin, Clock::Time end) {
  auto& own = at(stream);
  if (!own.is_open) {
    if (own.count == 0) own.begin = begin;
    if (own.count == kRows) halve(own);
    own.rows[own.count++] = {};
    own.is_open = true;
  }
  auto& row = own.rows[own.count - 1];
  const auto start = own.count > 1 ? own.rows[own.count - 2].end : own.begin;
  row.end = end;
  ++row.inferences;
  row.busy += end - begin;
  own.is_open = end - start < own.period;
}

void Series::judged(std::size_t stream, std::optional<std::size_t> rank) {
  constexpr std::size_t kFive = 5;
  auto& own = at(stream);
  if (own.count == 0) return;
  auto& row = own.rows[own.count - 1];
  ++row.pictures;
  if (!rank) return;
  ++row.ranked;
  row.first += *rank == 0;
  row.among_five += *rank < kFive;
}

std::string Series::csv(std::size_t stream, Clock::Time begin, std::int64_t batch) const {
  std::string out =
      "time_s,throughput (images/s),accuracy-top1 (%),accuracy-top5 (%),latency (ms),"
      "batches-per-time-step (count)\n";
  const auto& own = at(stream);
  auto start = own.begin;
  for (std::size_t i = 0; i < own.count; ++i) {
    const auto& row = own.rows[i];
    const auto length = seconds(row.end - start);
    const auto images = row.pictures > 0 ? row.pictures : row.inferences * batch;
    const double mean_ms = seconds(row.busy) * 1e3 / static_cast<double>(row.inferences);
    out += fmt::format(
        "{:.3f},{},{},{},{:.6f},{}\n", seconds(row.end - begin),
        length > 0 ? fmt::format("{:.2f}", static_cast<double>(images) / length) : std::string(),
        percent_of(row.first, row.ranked), percent_of(row.among_five, row.ranked), mean_ms,
        row.inferences);
    start = row.end;
  }
  return out;
}

}  // namespace slipway::measure
