#include "measure/streams.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

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
        streams_(infer.size()),
        looks_(infer.size()),
        ready_(std::ssize(infer), Begin{*this}) {}

  Result<Measured> run() {
    Measured out;
    const auto start = clock_.now();
    SLIPWAY_TRY(infer_[0]());
    const auto warm = clock_.now();
    out.first = warm - start;
    start_all();
    if (failure_) return *std::move(failure_);
    if (is_off_) {
      out.ended = Ended::stopped;
      return out;
    }
    out.warm_up = begin_ - warm;
    out.begin = begin_;
    out.window = end_ - begin_;
    out.inferences = inferences_until(end_, streams_);
    out.streams = std::move(streams_);
    out.ended = ended_;
    return out;
  }

 private:
  /// Runs once, when all streams are warm.
  struct Begin {
    Run& run;

    void operator()() noexcept {
      if (!run.is_off_) run.rules_.window_begins();
      run.begin_ = run.clock_.now();
    }
  };

  void start_all() {
    std::vector<std::thread> threads;
    try {
      for (std::size_t i = 1; i < infer_.size(); ++i)
        threads.emplace_back([this, i] { stream(i); });
    } catch (const std::system_error&) {
      fail_with({Code::unavailable,
                 fmt::format("the system gives no threads for {} streams", infer_.size()),
                 {},
                 std::source_location::current(),
                 "fewer streams"});
      for (auto i = threads.size() + 1; i < infer_.size(); ++i) ready_.arrive_and_drop();
    }
    stream(0);
    for (auto& thread : threads) thread.join();
  }

  void stream(std::size_t number) {
    const auto& infer = infer_[number];
    for (std::int64_t i = 0; i < rules_.warm_up && !is_off_; ++i) {
      if (auto ran = infer(); !ran) fail_with(std::move(ran).error());
      if (number == 0 && rules_.stop()) is_off_ = true;
    }
    ready_.arrive_and_wait();
    // A stream that fails from now on ends the others: nobody waits at the barrier any more.
    auto& own = streams_[number];
    while (!is_off_) {
      own.last_begin = clock_.now();
      auto ran = infer();
      own.last_end = clock_.now();
      if (!ran) return fail_with(std::move(ran).error());
      own.latencies.add((own.last_end - own.last_begin).count());
      if (rules_.sample) rules_.sample(number, own.last_begin, own.last_end);
      own.course.add((own.last_end - own.last_begin).count());
      if (has_ended_) return wait_for_end();
      const auto count = ++count_;
      const auto spent = own.last_end - begin_;
      if (number == 0) {
        rules_.progress(part_done(count, spent));
        if (rules_.stop()) return end(own.last_end, Ended::stopped);
      }
      if (count >= rules_.inferences && spent >= rules_.at_least && may_end(number, spent))
        return end(own.last_end, Ended::done);
      if (rules_.at_most.count() > 0 && spent >= rules_.at_most)
        return end(own.last_end, Ended::at_most);
    }
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

  [[nodiscard]] double part_done(std::int64_t count, nanoseconds spent) const {
    const auto part = [](auto is, auto wanted) {
      return wanted > 0 ? static_cast<double>(is) / static_cast<double>(wanted) : 1.0;
    };
    const double wanted =
        std::min(part(count, rules_.inferences), part(spent.count(), rules_.at_least.count()));
    const double capped =
        rules_.at_most.count() > 0 ? part(spent.count(), rules_.at_most.count()) : 0;
    return std::min(std::max(wanted, capped), 1.0);
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

  /// Threads stay until the end of the window has been looked at: the system forgets those that go.
  void wait_for_end() { const std::lock_guard lock(mutex_); }

  void fail_with(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    is_off_ = true;
  }

  const Clock& clock_;
  std::span<const Infer> infer_;
  const Rules& rules_;

  /// What a stream knew of itself when it looked last.
  struct Look {
    nanoseconds next{};
    bool is_steady = false;
  };

  std::vector<Stream> streams_;
  std::vector<Look> looks_;
  std::atomic<std::int64_t> steady_ = 0;  // streams
  std::barrier<Begin> ready_;
  Clock::Time begin_;

  std::atomic<std::int64_t> count_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::atomic<bool> is_off_ = false;  // a failure, or stopped while it became warm

  std::mutex mutex_;  // of what follows, which is read when the threads are gone
  Clock::Time end_;
  Ended ended_ = Ended::done;
  std::optional<Error> failure_;
};

}  // namespace

Steadiness steadiness_of(std::span<const Stream> streams) {
  Steadiness out;
  for (const auto& stream : streams) {
    const auto own = steadiness_of(stream.course.medians());
    if (&stream == streams.data() || own.is != Steadiness::Is::steady) out = own;
    if (out.is != Steadiness::Is::steady) break;
  }
  return out;
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
