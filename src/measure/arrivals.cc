#include "measure/arrivals.h"

#include <charconv>
#include <cmath>

#include "base/check.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

constexpr double kNsPerS = 1e9;
constexpr double kMostSeconds = 1e9;  // of a trace: 30 years

std::string_view trimmed(std::string_view text) {
  constexpr auto kBlank = " \t\r";
  text = text.substr(0, text.find('#'));
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Arrivals Arrivals::poisson(double rate, std::uint64_t seed) {
  SLIPWAY_CHECK(rate > 0);
  return {rate, false, seed};
}

Arrivals Arrivals::constant(double rate) {
  SLIPWAY_CHECK(rate > 0);
  return {rate, true, 0};
}

Result<Arrivals> Arrivals::trace(std::string_view text) {
  Arrivals out(0, false, 0);
  std::int64_t line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto word = trimmed(text.substr(at, end - at));
    at = end + 1;
    ++line;
    if (word.empty()) continue;
    double seconds = 0;
    const auto [rest, problem] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    const bool is_number = problem == std::errc() && rest == word.data() + word.size();
    if (!is_number || !(seconds >= 0 && seconds <= kMostSeconds))
      return fail(Code::invalid_input, "line {}: '{}' is no time in seconds from the begin", line,
                  word);
    const nanoseconds time(std::llround(seconds * kNsPerS));
    if (!out.times_.empty() && time < out.times_.back())
      return fail(Code::invalid_input, "line {}: {} s is before the time of the line above", line,
                  word);
    out.times_.push_back(time);
  }
  if (out.times_.empty())
    return fail(Code::invalid_input, "it has no time: a line each, in seconds");
  return out;
}

std::optional<nanoseconds> Arrivals::next() {
  if (rate_ == 0) {
    if (index_ == std::ssize(times_)) return std::nullopt;
    return times_[static_cast<std::size_t>(index_++)];
  }
  if (is_even_) {
    at_s_ = static_cast<double>(index_++) / rate_;
  } else {
    const double unit = (static_cast<double>(random_.next() >> 11U) + 1) * 0x1p-53;  // (0, 1]
    at_s_ -= std::log(unit) / rate_;
  }
  return nanoseconds(std::llround(at_s_ * kNsPerS));
}

}  // namespace slipway::measure
