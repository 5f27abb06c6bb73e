#include "measure/samples.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace slipway::measure {
namespace {

constexpr int kBits = 10;
constexpr std::int64_t kBuckets = std::int64_t{1} << kBits;  // to each power of two
constexpr double kCut = 5;           // autocorrelations count up to so many times their sum
constexpr int kPowers = 63 - kBits;  // of 63 bits, those below share the first

/// Values below 2^11 have a bucket each; above, the 11 leading bits choose it.
int shift_of(std::int64_t ns) {
  const auto bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(ns)));
  return std::max(0, bits - (kBits + 1));
}

std::size_t bucket_of(std::int64_t ns) {
  const int shift = shift_of(ns);
  return static_cast<std::size_t>(shift * kBuckets + (ns >> shift));
}

/// The least that falls into a bucket.
std::int64_t low_of(std::size_t bucket) {
  const auto at = static_cast<std::int64_t>(bucket);
  if (at < 2 * kBuckets) return at;
  const auto shift = static_cast<int>(at / kBuckets - 1);
  return (at - shift * kBuckets) << shift;
}

/// The middle of what falls into a bucket.
std::int64_t middle_of(std::size_t bucket) {
  const auto at = static_cast<std::int64_t>(bucket);
  if (at < 2 * kBuckets) return at;
  const auto shift = static_cast<int>(at / kBuckets - 1);
  const auto low = (at - shift * kBuckets) << shift;
  return low + (std::int64_t{1} << (shift - 1));
}

}  // namespace

void Samples::Together::add(double x, double y) {
  ++count;
  const auto n = static_cast<double>(count);
  const double dx = x - mean_x;
  const double dy = y - mean_y;
  mean_x += dx / n;
  mean_y += dy / n;
  squares_x += dx * (x - mean_x);
  squares_y += dy * (y - mean_y);
  products += dx * (y - mean_y);
}

void Samples::Together::add(const Together& others) {
  // Each series around its own mean: that two differ in level does not make neighbours alike.
  count += others.count;
  squares_x += others.squares_x;
  squares_y += others.squares_y;
  products += others.products;
}

Samples::Samples() : buckets_(static_cast<std::size_t>((kPowers + 1) * kBuckets)) {
  first_.reserve(kExact);
}

void Samples::add(std::int64_t ns) {
  SLIPWAY_CHECK(ns >= 0);
  const auto x = static_cast<double>(ns);
  if (count_ == 0) {
    min_ = max_ = ns;
  } else {
    neighbours_.add(static_cast<double>(last_), x);
  }
  min_ = std::min(min_, ns);
  max_ = std::max(max_, ns);
  last_ = ns;
  ++count_;
  const double before = x - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (x - mean_);
  if (count_ <= kExact) first_.push_back(ns);
  ++buckets_[bucket_of(ns)];
}

void Samples::add(const Samples& others) {
  if (others.count_ == 0) return;
  min_ = count_ == 0 ? others.min_ : std::min(min_, others.min_);
  max_ = count_ == 0 ? others.max_ : std::max(max_, others.max_);
  const auto a = static_cast<double>(count_);
  const auto b = static_cast<double>(others.count_);
  const double apart = others.mean_ - mean_;
  squares_ += others.squares_ + apart * apart * a * b / (a + b);
  mean_ += apart * b / (a + b);
  count_ += others.count_;
  last_ = others.last_;
  neighbours_.add(others.neighbours_);
  const auto room = std::min(kExact - std::ssize(first_), std::ssize(others.first_));
  first_.insert(first_.end(), others.first_.begin(), others.first_.begin() + room);
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += others.buckets_[i];
}

double Samples::stdev() const {
  return count_ < 2 ? 0 : std::sqrt(squares_ / static_cast<double>(count_ - 1));
}

double Samples::lag1() const {
  const double scale = std::sqrt(neighbours_.squares_x * neighbours_.squares_y);
  return scale > 0 ? std::clamp(neighbours_.products / scale, -1.0, 1.0) : 0;
}

double Samples::grouping(std::int64_t ns) const {
  const auto count = std::ssize(first_);
  const bool above_is_less =
      2 * std::ranges::count_if(first_, [&](auto x) { return x >= ns; }) < count;
  std::vector<bool> is_in(first_.size());
  std::vector<std::int64_t> places;  // of the samples on the side that has fewer of them
  for (std::int64_t i = 0; i < count; ++i) {
    const bool is_above = first_[static_cast<std::size_t>(i)] >= ns;
    is_in[static_cast<std::size_t>(i)] = is_above == above_is_less;
    if (is_above == above_is_less) places.push_back(i);
  }
  if (places.empty()) return 1;
  const double part = static_cast<double>(places.size()) / static_cast<double>(count);
  const double variance = part * (1 - part);
  double out = 1;
  for (std::int64_t lag = 1; lag < count / 4 && static_cast<double>(lag) < kCut * out; ++lag) {
    std::int64_t pairs = 0;
    for (const auto place : places)
      pairs += place + lag < count && is_in[static_cast<std::size_t>(place + lag)];
    const double together = static_cast<double>(pairs) / static_cast<double>(count - lag);
    out = std::max(1.0, out + 2 * (together - part * part) / variance);
  }
  return out;
}

std::vector<std::int64_t> Samples::at(std::span<const std::int64_t> ranks) const {
  std::vector<std::int64_t> out;
  auto sorted = is_exact() ? first_ : std::vector<std::int64_t>();
  std::ranges::sort(sorted);
  for (const auto rank : ranks) {
    SLIPWAY_CHECK(rank >= 1 && rank <= count_);
    if (is_exact()) {
      out.push_back(sorted[static_cast<std::size_t>(rank - 1)]);
      continue;
    }
    std::size_t bucket = 0;
    for (auto seen = buckets_[0]; seen < rank; seen += buckets_[bucket]) ++bucket;
    out.push_back(std::clamp(middle_of(bucket), min_, max_));
  }
  return out;
}

Bytes Samples::packed() const {
  std::vector<std::int64_t> words = {count_,
                                     std::bit_cast<std::int64_t>(mean_),
                                     std::bit_cast<std::int64_t>(squares_),
                                     min_,
                                     max_,
                                     last_,
                                     neighbours_.count};
  for (const double x : {neighbours_.mean_x, neighbours_.mean_y, neighbours_.squares_x,
                         neighbours_.squares_y, neighbours_.products})
    words.push_back(std::bit_cast<std::int64_t>(x));
  words.insert(words.end(), first_.begin(), first_.end());
  words.insert(words.end(), buckets_.begin(), buckets_.end());
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

Result<Samples> Samples::unpacked(BytesView bytes) {
  constexpr std::size_t kHead = 12;
  Samples out;
  std::vector<std::int64_t> words(bytes.size() / sizeof(std::int64_t));
  const auto wrong = fail(Code::corrupt, "these are no samples of this program");
  if (bytes.size() % sizeof(std::int64_t) != 0 || words.size() < kHead + out.buckets_.size())
    return wrong;
  std::ranges::copy(bytes, std::as_writable_bytes(std::span(words)).begin());
  const auto kept = static_cast<std::int64_t>(words.size() - kHead - out.buckets_.size());
  if (words[0] < 0 || kept != std::min(words[0], kExact)) return wrong;
  const auto real = [&](std::size_t i) { return std::bit_cast<double>(words[i]); };
  out.count_ = words[0];
  out.mean_ = real(1);
  out.squares_ = real(2);
  out.min_ = words[3];
  out.max_ = words[4];
  out.last_ = words[5];
  out.neighbours_ = {words[6], real(7), real(8), real(9), real(10), real(11)};
  const auto first = words.begin() + kHead;
  out.first_.assign(first, first + kept);
  out.buckets_.assign(first + kept, words.end());
  return out;
}

std::int64_t Samples::count_below(double ns) const {
  const auto below = [&](std::int64_t x) { return static_cast<double>(x) < ns; };
  if (is_exact()) return std::ranges::count_if(first_, below);
  std::int64_t out = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    if (below(middle_of(i))) out += buckets_[i];
  return out;
}

std::int64_t Samples::count_above(double ns) const {
  const auto above = [&](std::int64_t x) { return static_cast<double>(x) > ns; };
  if (is_exact()) return std::ranges::count_if(first_, above);
  std::int64_t out = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    if (above(middle_of(i))) out += buckets_[i];
  return out;
}

std::vector<Samples::Bucket> Samples::histogram() const {
  constexpr std::size_t kJoined = 4;  // buckets that become one
  std::vector<Bucket> out;
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    if (buckets_[b] == 0) continue;
    // The exact ones at the beginning stay: they are narrow enough for what is so short.
    const bool exact = b < 2 * kBuckets;
    const auto first = exact ? b : b - b % kJoined;
    const auto next = exact ? b + 1 : first + kJoined;
    if (!out.empty() && out.back().low == low_of(first)) {
      out.back().count += buckets_[b];
    } else {
      out.push_back({low_of(first), low_of(next), buckets_[b]});
    }
  }
  return out;
}

}  // namespace slipway::measure
