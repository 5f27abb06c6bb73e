#include "quant/drop.h"

#include <algorithm>

#include "quant/members.h"
#include "quant/quality.h"

namespace slipway::quant {

void Drop::add(std::int64_t floats, std::int64_t bytes, std::optional<std::int64_t> truth) {
  ++pictures_;
  if (floats == bytes) ++agree_;
  if (!truth) return;
  ++known_;
  if (floats == *truth) ++floats_right_;
  if (floats == *truth && bytes != *truth) ++lost_;
  if (floats != *truth && bytes == *truth) ++won_;
}

void Drop::add_trial(std::int64_t floats, std::int64_t bytes, std::optional<std::int64_t> truth) {
  ++trials_;
  if (floats != bytes) ++changed_;
  if (!truth) return;
  ++trials_known_;
  if (floats == *truth && bytes != *truth) ++trials_lost_;
}

double Drop::expected_points() const {
  const auto lost = known_ > 0 ? trials_lost_ : changed_;
  const auto of = known_ > 0 ? trials_known_ : trials_;
  return of == 0 ? 0 : 100 * static_cast<double>(lost) / static_cast<double>(of);
}

bool Drop::is_within(double most) const {
  return points() <= most && expected_points() <= std::max(most, grain() / 2);
}

double Drop::points() const {
  return static_cast<double>(known_ > 0 ? lost_ : pictures_ - agree_) * grain();
}

double Drop::grain() const {
  const auto of = known_ > 0 ? known_ : pictures_;
  return of == 0 ? 0 : 100.0 / static_cast<double>(of);
}

Json Drop::to_json() const {
  Json out;
  out.set("pictures", pictures_);
  out.set("agree", agree_);
  out.set("known", known_);
  out.set("floats_right", floats_right_);
  out.set("lost", lost_);
  out.set("won", won_);
  out.set("trials", trials_);
  out.set("changed", changed_);
  out.set("trials_known", trials_known_);
  out.set("trials_lost", trials_lost_);
  return out;
}

Result<Drop> Drop::from_json(const Json& json) {
  const Members members(json, "the answers of a network");
  Drop out;
  for (const auto& [name, into] :
       {std::pair("pictures", &out.pictures_), std::pair("agree", &out.agree_),
        std::pair("known", &out.known_), std::pair("floats_right", &out.floats_right_),
        std::pair("lost", &out.lost_), std::pair("won", &out.won_),
        std::pair("trials", &out.trials_), std::pair("changed", &out.changed_),
        std::pair("trials_known", &out.trials_known_), std::pair("trials_lost", &out.trials_lost_)})
    *into = SLIPWAY_TRY(members.whole(name));
  return out;
}

void Trials::add(std::span<const float> floats, std::span<const float> bytes,
                 std::optional<std::int64_t> truth) {
  constexpr std::size_t kMost = 64;
  drop_.add(top(floats), top(bytes), truth);
  Seen now{{floats.begin(), floats.end()}, {}, top(floats), truth};
  for (std::size_t c = 0; c < floats.size(); ++c) now.changes.push_back(bytes[c] - floats[c]);
  try_one(now, now);
  for (const auto& before : seen_) {
    try_one(now, before);
    try_one(before, now);
  }
  if (seen_.size() < kMost) {
    seen_.push_back(std::move(now));
    return;
  }
  seen_[oldest_] = std::move(now);
  oldest_ = (oldest_ + 1) % kMost;
}

void Trials::try_one(const Seen& picture, const Seen& other) {
  std::vector<float> numbers = picture.numbers;
  for (std::size_t c = 0; c < numbers.size(); ++c) numbers[c] += other.changes[c];
  drop_.add_trial(picture.answer, top(numbers), picture.truth);
}

}  // namespace slipway::quant
