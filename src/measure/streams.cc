#include "measure/streams.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "measure/crew.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// What the threads share.
class Run {
 public:
  Run(const Clock& clock, std::span<const Infer> infer, const Rules& rules)
      : clock_(clock),
        infer_(infer),
        rules_(rules),
        crew_(clock, infer,
              {.warm_up = rules.warm_up,
               .cpus = rules.cpus,
               .stop = rules.stop,
               .begins = rules.window_begins}),
        streams_(infer.size()),
        looks_(infer.size()) {}

  Result<Measured> run() {
    SLIPWAY_TRY(crew_.run([this](std::size_t number) { return stream(number); }));
    Measured out;
    out.first = crew_.first();
    if (!crew_.has_begun()) {
      out.ended = Ended::stopped;
      return out;
    }
    out.warm_up = crew_.warm_up();
    out.begin = crew_.begin();
    out.window = end_ - crew_.begin();
    out.inferences = inferences_until(end_, streams_);
    out.streams = std::move(streams_);
    out.ended = ended_;
    return out;
  }

 private:
  Result<void> stream(std::size_t number) {
    const auto& infer = infer_[number];
    const Goal goal = {rules_.inferences, rules_.at_least, rules_.at_most};
    auto& own = streams_[number];
    do {
      own.last_begin = clock_.now();
      auto ran = infer();
      own.last_end = clock_.now();
      SLIPWAY_TRY(std::move(ran));
      own.latencies.add((own.last_end - own.last_begin).count());
      if (rules_.sample) rules_.sample(number, own.last_begin, own.last_end);
      own.course.add((own.last_end - own.last_begin).count());
      if (has_ended_) break;
      const auto count = ++count_;
      const auto spent = own.last_end - crew_.begin();
      if (number == 0) {
        rules_.progress({goal.part_done(count, spent, spent), count, spent});
        if (rules_.stop()) end(own.last_end, Ended::stopped);
      }
      if (count >= rules_.inferences && spent >= rules_.at_least && may_end(number, spent)) {
        end(own.last_end, Ended::done);
      } else if (rules_.at_most.count() > 0 && spent >= rules_.at_most) {
        end(own.last_end, Ended::at_most);
      }
    } while (!has_ended_ && !crew_.is_off());
    return {};
  }

  /// Whether a stream knows now of all that they are steady, or waited for it long enough. Each
  /// looks at itself, again whenever the run has become longer by a twentieth.
  bool may_end(std::size_t number, nanoseconds spent) {
    if (spent >= rules_.steady_by) return true;
    auto& own = looks_[number];
    if (spent < own.next) return false;
    own.next = spent + spent / 20;
    const bool is = steadiness_of(streams_[number].course.medians()).is == Steadiness::Is::steady;
    if (is != own.is_steady) steady_ += is ? 1 : -1;
    own.is_steady = is;
    return steady_ == std::ssize(streams_);
  }

  /// The first to call it says when the window ended.
  void end(Clock::Time at, Ended how) {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return;
    end_ = at;
    ended_ = how;
    has_ended_ = true;
    rules_.window_ends();
  }

  const Clock& clock_;
  std::span<const Infer> infer_;
  const Rules& rules_;
  Crew crew_;

  /// What a stream knew of itself when it looked last.
  struct Look {
    nanoseconds next{};
    bool is_steady = false;
  };

  std::vector<Stream> streams_;
  std::vector<Look> looks_;
  std::atomic<std::int64_t> steady_ = 0;  // streams
  std::atomic<std::int64_t> count_ = 0;
  std::atomic<bool> has_ended_ = false;

  std::mutex mutex_;  // of what follows, which is read when the threads are gone
  Clock::Time end_;
  Ended ended_ = Ended::done;
};

}  // namespace

Steadiness steadiness_of(std::span<const Stream> streams) {
  std::optional<Steadiness> out;
  for (const auto& stream : streams) {
    if (stream.latencies.count() == 0) continue;
    const auto own = steadiness_of(stream.course.medians());
    if (!out || own.is != Steadiness::Is::steady) out = own;
    if (out->is != Steadiness::Is::steady) break;
  }
  return out.value_or(Steadiness());
}

double Goal::part_done(std::int64_t is, nanoseconds reached, nanoseconds spent) const {
  const auto part = [](auto part_of, auto wanted) {
    return wanted > 0 ? static_cast<double>(part_of) / static_cast<double>(wanted) : 1.0;
  };
  const double wanted = std::min(part(is, count), part(reached.count(), at_least.count()));
  const double capped = at_most.count() > 0 ? part(spent.count(), at_most.count()) : 0;
  return std::clamp(std::max(wanted, capped), 0.0, 1.0);
}

double inferences_until(Clock::Time end, std::span<const Stream> streams) {
  double out = 0;
  for (const auto& stream : streams) {
    out += static_cast<double>(stream.latencies.count());
    if (stream.last_end <= end) continue;
    const nanoseconds inside = std::max(end - stream.last_begin, nanoseconds(0));
    const nanoseconds whole = stream.last_end - stream.last_begin;
    out -= 1 - static_cast<double>(inside.count()) / static_cast<double>(whole.count());
  }
  return out;
}

Result<Measured> measure(const Clock& clock, std::span<const Infer> streams, const Rules& rules) {
  SLIPWAY_CHECK(!streams.empty());
  return Run(clock, streams, rules).run();
}

}  // namespace slipway::measure
