#include "measure/scenario.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>

#include "measure/crew.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// Longest time for which nobody looks whether it was stopped.
constexpr nanoseconds kNap = std::chrono::milliseconds(100);

/// What one stream saw.
struct Seen {
  Stream stream;
  Samples service;
  Samples late;
  std::int64_t over = 0;
};

class ScenarioOf {
 public:
  ScenarioOf(const Clock& clock, std::span<const Infer> infer, const ScenarioRules& rules)
      : clock_(clock),
        infer_(infer),
        rules_(rules),
        goal_{rules.queries, rules.at_least, rules.at_most},
        crew_(clock, infer,
              {.warm_up = rules.warm_up,
               .cpus = rules.cpus,
               .stop = rules.stop,
               .begins = rules.window_begins,
               .ends = rules.window_ends}),
        arrivals_(rules.arrivals),
        seen_(infer.size()),
        gate_(std::ssize(infer), Turn{*this}) {}

  Result<ScenarioRun> run() {
    const bool is_closed =
        rules_.scenario == Scenario::single || rules_.scenario == Scenario::multi;
    SLIPWAY_TRY(
        crew_.run([&](std::size_t number) { return is_closed ? closed(number) : open(number); }));
    ScenarioRun out;
    out.measured.first = crew_.first();
    if (!crew_.has_begun()) {
      out.measured.ended = Ended::stopped;
      return out;
    }
    out.measured.warm_up = crew_.warm_up();
    out.measured.begin = crew_.begin();
    auto end = crew_.begin();
    for (auto& seen : seen_) {
      end = std::max(end, seen.stream.last_end);
      out.over += seen.over;
      out.queries += seen.stream.latencies.count();
      out.service.add(seen.service);
      out.late.add(seen.late);
      out.measured.streams.push_back(std::move(seen.stream));
    }
    if (out.queries == 0) out.measured.streams.clear();
    out.measured.window = end - crew_.begin();
    out.measured.inferences = static_cast<double>(out.service.count());
    out.measured.ended = ended_;
    out.duration = rules_.scenario == Scenario::offline ? out.measured.window : last_due_.load();
    // The time of a query that was waited for never came.
    if (ended_ != Ended::done) out.duration = std::min(out.duration, out.measured.window);
    out.grows = ended_ == Ended::overrun || backlog_.grows();
    return out;
  }

 private:
  // ---- single and multi: a query when the last one is answered ---------------------------------

  /// Between two queries, while all streams wait.
  struct Turn {
    ScenarioOf& of;

    void operator()() noexcept { of.turn(); }
  };

  void next_turn() {
    if (infer_.size() == 1) return turn();
    gate_.arrive_and_wait();
  }

  void turn() {
    const auto now = clock_.now();
    auto& own = seen_[0];
    if (issued_ > 0) {
      const auto latency = now - own.stream.last_begin;
      own.stream.last_end = now;
      own.stream.latencies.add(latency.count());
      own.stream.course.add(latency.count());
      own.over += rules_.bound.count() > 0 && latency > rules_.bound;
    }
    is_over_ = issued_ > 0 && is_done(last_due_, now, own.over);
    if (is_over_) return;
    last_due_ = clock_.now() - crew_.begin();
    own.stream.last_begin = crew_.begin() + last_due_.load();
    taken_ = 0;
    ++issued_;
  }

  Result<void> closed(std::size_t number) {
    Result<void> failed;
    auto& own = seen_[number];
    for (next_turn(); !is_over_; next_turn()) {
      if (number == 0) tell(clock_.now());
      while (failed && taken_++ < rules_.samples_per_query) {
        if (failed = timed(number, clock_.now(), own); !failed) is_failed_ = true;
      }
    }
    return failed;
  }

  // ---- server and offline: queries come by themselves ------------------------------------------

  Result<void> open(std::size_t number) {
    auto& own = seen_[number];
    while (!is_failed_) {
      const auto due = take();
      if (!due) break;
      if (!arrived(*due, number, own)) break;
      own.stream.last_begin = clock_.now();
      if (auto did = timed(number, own.stream.last_begin, own); !did) {
        is_failed_ = true;
        return did;
      }
      const auto latency = own.stream.last_end - *due;
      own.stream.latencies.add(latency.count());
      own.stream.course.add(latency.count());
      if (rules_.bound.count() > 0 && latency > rules_.bound) {
        ++own.over;
        ++over_;
      }
      if (number == 0) tell(own.stream.last_end);
    }
    return {};
  }

  /// When the next query is due; nothing where none comes any more.
  std::optional<Clock::Time> take() {
    const std::lock_guard lock(mutex_);
    if (is_over_) return std::nullopt;
    const auto now = clock_.now();
    const bool is_offline = rules_.scenario == Scenario::offline;
    // All samples of an offline run are due at its begin: it is as long as its answers.
    if (issued_ > 0 && is_done(is_offline ? now - crew_.begin() : last_due_.load(), now, over_)) {
      is_over_ = true;
      return std::nullopt;
    }
    auto due = is_offline ? nanoseconds(0) : arrivals_.next();
    if (!due) {
      is_over_ = true;
      return std::nullopt;
    }
    const auto late = now - (crew_.begin() + *due);
    if (rules_.scenario == Scenario::server) {
      if (rules_.overrun.count() > 0 && late > rules_.overrun) {
        ended_ = Ended::overrun;
        is_over_ = true;
        return std::nullopt;
      }
      backlog_.add(late);
    }
    last_due_ = *due;
    ++issued_;
    return crew_.begin() + *due;
  }

  /// Waits for a query; false where it is not waited for any more.
  bool arrived(Clock::Time due, std::size_t number, Seen& own) {
    if (clock_.now() >= due) return true;
    for (auto now = clock_.now(); now < due; now = clock_.now()) {
      if (is_failed_ || ends_waiting(now)) return false;
      clock_.wait_until(std::min(due, now + kNap));
      if (number == 0) tell(now);
    }
    own.late.add((clock_.now() - due).count());
    return true;
  }

  /// Whether no query is waited for any more: the next may be due in an hour.
  bool ends_waiting(Clock::Time now) {
    const std::lock_guard lock(mutex_);
    const bool is_late = rules_.at_most.count() > 0 && now - crew_.begin() >= rules_.at_most;
    if (!is_over_ && (is_stopped_ || is_late)) {
      ended_ = is_stopped_ ? Ended::stopped : Ended::at_most;
      is_over_ = true;
    }
    return is_over_;
  }

  // ---- both ------------------------------------------------------------------------------------

  Result<void> timed(std::size_t number, Clock::Time begin, Seen& own) {
    SLIPWAY_TRY(infer_[number]());
    const auto end = clock_.now();
    own.stream.last_end = end;
    own.service.add((end - begin).count());
    if (rules_.sample) rules_.sample(number, begin, end);
    return {};
  }

  bool is_done(nanoseconds reached, Clock::Time now, std::int64_t over) {
    const auto spent = now - crew_.begin();
    if (is_stopped_ || is_failed_) {
      ended_ = Ended::stopped;
    } else if (over > rules_.most_over ||
               (issued_ >= rules_.queries && reached >= rules_.at_least)) {
      ended_ = Ended::done;
    } else if (rules_.at_most.count() > 0 && spent >= rules_.at_most) {
      ended_ = Ended::at_most;
    } else {
      return false;
    }
    return true;
  }

  /// By the first stream, which is the calling thread. How far a server is, is how far the time of
  /// its queries is: where they wait, the clock runs ahead of it.
  void tell(Clock::Time now) {
    const auto spent = now - crew_.begin();
    const bool is_server = rules_.scenario == Scenario::server;
    const auto reached = is_server ? std::min<nanoseconds>(last_due_, spent) : spent;
    rules_.progress(goal_.part_done(issued_, reached, spent));
    if (rules_.stop()) is_stopped_ = true;
  }

  const Clock& clock_;
  std::span<const Infer> infer_;
  const ScenarioRules& rules_;
  Goal goal_;
  Crew crew_;
  Arrivals arrivals_;
  std::vector<Seen> seen_;
  std::barrier<Turn> gate_;

  std::mutex mutex_;  // of taking what is due
  Backlog backlog_;
  std::atomic<nanoseconds> last_due_{};   // of the last query that came
  std::atomic<std::int64_t> issued_ = 0;  // queries
  std::atomic<std::int64_t> taken_ = 0;   // inferences of the query, of multi
  std::atomic<std::int64_t> over_ = 0;    // of server
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<bool> is_failed_ = false;
  Ended ended_ = Ended::done;
};

}  // namespace

void Backlog::add(nanoseconds late) {
  ++count_;
  if (late < nanoseconds(0)) waited_for_ = count_;
  last_ = std::max(late, nanoseconds(0));
  latest_ = std::max(latest_, last_);
}

bool Backlog::grows() const {
  return count_ >= kFewest && waited_for_ <= count_ / 2 && 2 * last_ > latest_;
}

Result<ScenarioRun> run_scenario(const Clock& clock, std::span<const Infer> streams,
                                 const ScenarioRules& rules) {
  SLIPWAY_CHECK(!streams.empty() && rules.scenario != Scenario::concurrency);
  return ScenarioOf(clock, streams, rules).run();
}

}  // namespace slipway::measure
