#include "measure/feed.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "measure/crew.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// Items between the threads that make them and those that take them.
class Queue {
 public:
  explicit Queue(const Feed& feed) : feed_(feed) {}

  /// Makes items as long as there are some and somebody takes them.
  Result<void> make_all() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] {
        return is_off_ || next_ >= feed_.items || std::ssize(ready_) + making_ < feed_.ahead;
      });
      if (is_off_ || next_ >= feed_.items) return {};
      const auto item = next_++;
      ++making_;
      lock.unlock();
      auto made = feed_.make(item);
      lock.lock();
      --making_;
      if (!made) return std::move(made).error();
      if (*made) ready_.push_back(item);
      // Also those who wait for what does not come: the last item may be none.
      filled_.notify_all();
      room_.notify_all();
    }
  }

  /// The next item, or nothing where there is none any more.
  std::optional<std::int64_t> take() {
    std::unique_lock lock(mutex_);
    filled_.wait(
        lock, [&] { return is_off_ || !ready_.empty() || (next_ >= feed_.items && making_ == 0); });
    if (is_off_ || ready_.empty()) return std::nullopt;
    const auto item = ready_.front();
    ready_.pop_front();
    room_.notify_one();
    return item;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    is_off_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const Feed& feed_;
  std::mutex mutex_;  // of all that follows
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<std::int64_t> ready_;
  std::int64_t next_ = 0;
  std::int64_t making_ = 0;
  bool is_off_ = false;
};

/// What the threads share.
class Run {
 public:
  Run(const Clock& clock, const Feed& feed, std::span<const FedStream> streams, const Rules& rules)
      : clock_(clock),
        feed_(feed),
        fed_(streams),
        rules_(rules),
        infer_(inferences_of(streams)),
        crew_(clock, infer_,
              {.warm_up = rules.warm_up,
               .cpus = rules.cpus,
               .stop = rules.stop,
               .begins = rules.window_begins,
               .ends = rules.window_ends},
              feed.makers),
        queue_(feed),
        streams_(streams.size()),
        waited_(streams.size()) {}

  Result<Fed> run() {
    SLIPWAY_TRY(crew_.run([this](std::size_t number) {
      auto ran = number < fed_.size() ? stream(number) : queue_.make_all();
      if (!ran) stop();
      return ran;
    }));
    Fed out;
    auto& measured = out.measured;
    measured.first = crew_.first();
    measured.ended = is_off_ || !crew_.has_begun() ? Ended::stopped : Ended::done;
    if (!crew_.has_begun()) return out;
    measured.warm_up = crew_.warm_up();
    auto end = crew_.begin();
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      measured.inferences += static_cast<double>(streams_[i].latencies.count());
      out.waited += waited_[i];
      if (streams_[i].latencies.count() > 0) end = std::max(end, streams_[i].last_end);
    }
    measured.begin = crew_.begin();
    measured.window = end - crew_.begin();
    measured.streams = std::move(streams_);
    return out;
  }

 private:
  static std::vector<Infer> inferences_of(std::span<const FedStream> streams) {
    std::vector<Infer> out;
    for (const auto& stream : streams) out.push_back(stream.infer);
    return out;
  }

  Result<void> stream(std::size_t number) {
    auto& own = streams_[number];
    while (!is_off_) {
      const auto asked = clock_.now();
      const auto item = queue_.take();
      waited_[number] += clock_.now() - asked;
      if (!item) break;
      SLIPWAY_TRY(one(number, fed_[number], *item, own));
      const auto count = ++count_;
      if (number != 0) continue;
      rules_.progress({static_cast<double>(count) / static_cast<double>(feed_.items), count,
                       clock_.now() - crew_.begin()});
      if (rules_.stop()) stop();
    }
    return {};
  }

  Result<void> one(std::size_t number, const FedStream& fed, std::int64_t item, Stream& own) {
    SLIPWAY_TRY(fed.load(item));
    own.last_begin = clock_.now();
    auto ran = infer_[number]();
    own.last_end = clock_.now();
    SLIPWAY_TRY(std::move(ran));
    own.latencies.add((own.last_end - own.last_begin).count());
    if (rules_.sample) rules_.sample(number, own.last_begin, own.last_end);
    return fed.judge(item);
  }

  void stop() {
    is_off_ = true;
    queue_.close();
  }

  const Clock& clock_;
  const Feed& feed_;
  std::span<const FedStream> fed_;
  const Rules& rules_;
  std::vector<Infer> infer_;
  Crew crew_;
  Queue queue_;
  std::vector<Stream> streams_;
  std::vector<nanoseconds> waited_;
  std::atomic<std::int64_t> count_ = 0;
  std::atomic<bool> is_off_ = false;  // asked to stop, or one has failed
};

}  // namespace

Result<Fed> feed(const Clock& clock, const Feed& feed, std::span<const FedStream> streams,
                 const Rules& rules) {
  SLIPWAY_CHECK(!streams.empty() && feed.makers > 0 && feed.ahead > 0);
  return Run(clock, feed, streams, rules).run();
}

}  // namespace slipway::measure
