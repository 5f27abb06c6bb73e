#include "measure/feed.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

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
        queue_(feed),
        streams_(streams.size()),
        waited_(streams.size()),
        ready_(std::ssize(streams) + feed.makers, Begin{*this}),
        end_(std::ssize(streams) + feed.makers, End{*this}) {}

  Result<Fed> run() {
    Fed out;
    const auto start = clock_.now();
    SLIPWAY_TRY(fed_[0].infer());
    const auto warm = clock_.now();
    auto& measured = out.measured;
    measured.first = warm - start;
    start_all();
    if (failure_) return *std::move(failure_);
    measured.ended = is_stopped_ ? Ended::stopped : Ended::done;
    if (!has_begun_) return out;
    measured.warm_up = begin_ - warm;
    auto end = begin_;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      measured.inferences += static_cast<double>(streams_[i].latencies.count());
      out.waited += waited_[i];
      if (streams_[i].latencies.count() > 0) end = std::max(end, streams_[i].last_end);
    }
    measured.begin = begin_;
    measured.window = end - begin_;
    measured.streams = std::move(streams_);
    return out;
  }

 private:
  /// Runs once, when all streams are warm.
  struct Begin {
    Run& run;

    void operator()() noexcept {
      run.has_begun_ = !run.is_off_;
      if (run.has_begun_) run.rules_.window_begins();
      run.begin_ = run.clock_.now();
    }
  };

  /// Behind the last inference, while all threads stand still: the system forgets those that go.
  struct End {
    Run& run;

    void operator()() noexcept {
      if (run.has_begun_) run.rules_.window_ends();
    }
  };

  void start_all() {
    std::vector<std::thread> threads;
    const auto others = fed_.size() - 1 + static_cast<std::size_t>(feed_.makers);
    try {
      for (std::size_t i = 1; i < fed_.size(); ++i)
        threads.emplace_back([this, i] { to_the_end([&] { stream(i); }); });
      for (int i = 0; i < feed_.makers; ++i)
        threads.emplace_back([this] { to_the_end([&] { make(); }); });
    } catch (const std::system_error&) {
      fail_with({Code::unavailable,
                 fmt::format("the system gives no threads for {} streams and {} that decode",
                             fed_.size(), feed_.makers),
                 {},
                 std::source_location::current(),
                 "fewer streams"});
      for (auto i = threads.size(); i < others; ++i) {
        ready_.arrive_and_drop();
        end_.arrive_and_drop();
      }
    }
    to_the_end([&] { stream(0); });
    for (auto& thread : threads) thread.join();
  }

  template <class Work>
  void to_the_end(const Work& work) {
    work();
    end_.arrive_and_wait();
  }

  void make() {
    ready_.arrive_and_wait();
    if (auto made = queue_.make_all(); !made) fail_with(std::move(made).error());
  }

  void stream(std::size_t number) {
    const auto& fed = fed_[number];
    for (std::int64_t i = 0; i < rules_.warm_up && !is_off_; ++i) {
      if (auto ran = fed.infer(); !ran) fail_with(std::move(ran).error());
      if (number == 0 && rules_.stop()) stop();
    }
    ready_.arrive_and_wait();
    auto& own = streams_[number];
    while (!is_off_) {
      const auto asked = clock_.now();
      const auto item = queue_.take();
      waited_[number] += clock_.now() - asked;
      if (!item) return;
      if (auto done = one(number, fed, *item, own); !done)
        return fail_with(std::move(done).error());
      const auto count = ++count_;
      if (number != 0) continue;
      rules_.progress(static_cast<double>(count) / static_cast<double>(feed_.items));
      if (rules_.stop()) stop();
    }
  }

  Result<void> one(std::size_t number, const FedStream& fed, std::int64_t item, Stream& own) {
    SLIPWAY_TRY(fed.load(item));
    own.last_begin = clock_.now();
    auto ran = fed.infer();
    own.last_end = clock_.now();
    SLIPWAY_TRY(std::move(ran));
    own.latencies.add((own.last_end - own.last_begin).count());
    if (rules_.sample) rules_.sample(number, own.last_begin, own.last_end);
    return fed.judge(item);
  }

  void stop() {
    is_stopped_ = true;
    is_off_ = true;
    queue_.close();
  }

  void fail_with(Error error) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::move(error);
    }
    is_off_ = true;
    queue_.close();
  }

  const Clock& clock_;
  const Feed& feed_;
  std::span<const FedStream> fed_;
  const Rules& rules_;
  Queue queue_;
  std::vector<Stream> streams_;
  std::vector<nanoseconds> waited_;
  std::barrier<Begin> ready_;
  std::barrier<End> end_;
  Clock::Time begin_;
  bool has_begun_ = false;

  std::atomic<std::int64_t> count_ = 0;
  std::atomic<bool> is_off_ = false;
  std::atomic<bool> is_stopped_ = false;

  std::mutex mutex_;
  std::optional<Error> failure_;  // read when the threads are gone
};

}  // namespace

Result<Fed> feed(const Clock& clock, const Feed& feed, std::span<const FedStream> streams,
                 const Rules& rules) {
  SLIPWAY_CHECK(!streams.empty() && feed.makers > 0 && feed.ahead > 0);
  return Run(clock, feed, streams, rules).run();
}

}  // namespace slipway::measure
