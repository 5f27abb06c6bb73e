#pragma once
// Threads that become warm one by one, begin together, and stay until the last of them is done.

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "measure/streams.h"

namespace slipway::measure {

/// How a crew begins and ends; what is referred to must outlive it.
struct CrewRules {
  std::int64_t warm_up = 0;  // inferences of each stream
  const std::vector<Cpus>& cpus;
  const std::function<bool()>& stop;    // asked by the calling thread while it becomes warm
  const std::function<void()>& begins;  // called when all are warm, right before they begin
  std::function<void()> ends = [] {};   // called when all are done, before a thread ends
};

/// One thread for each of `infer`, the calling one for the first, and `others` beside them, which
/// have nothing to become warm with.
class Crew {
 public:
  /// Needs one `infer`; what is given must outlive it.
  Crew(const Clock& clock, std::span<const Infer> infer, CrewRules rules, int others = 0);

  /// The first stream once, then all to warm up, then `work` of each, all beginning together: of
  /// the others with the numbers behind the streams'. No `work` begins, and nothing ends, where
  /// `stop` said so before; has_begun() tells.
  ///
  /// Errors  those of a stream or of `work`, which stop all others; unavailable: no threads
  Result<void> run(const std::function<Result<void>(std::size_t number)>& work);

  /// Whether `work` must end: another one failed, or it was stopped while it became warm.
  [[nodiscard]] bool is_off() const { return is_off_; }

  // These are known when `work` runs.
  [[nodiscard]] bool has_begun() const { return has_begun_; }

  [[nodiscard]] Clock::Time begin() const { return begin_; }

  [[nodiscard]] std::chrono::nanoseconds first() const { return warm_ - start_; }

  [[nodiscard]] std::chrono::nanoseconds warm_up() const { return begin_ - warm_; }

 private:
  /// Runs once, when all streams are warm.
  struct Begin {
    Crew& crew;

    void operator()() noexcept {
      crew.has_begun_ = !crew.is_off_;
      if (crew.has_begun_) crew.rules_.begins();
      crew.begin_ = crew.clock_.now();
    }
  };

  /// Runs once, when all are done: the system forgets what a thread did when it is gone.
  struct End {
    Crew& crew;

    void operator()() noexcept { crew.rules_.ends(); }
  };

  [[nodiscard]] std::span<const int> cpus_of(std::size_t number) const;
  Result<void> warm(std::size_t number);
  void keep(Error error);

  const Clock& clock_;
  std::span<const Infer> infer_;
  CrewRules rules_;
  std::size_t size_;
  std::barrier<Begin> ready_;
  std::barrier<End> done_;
  std::atomic<bool> is_off_ = false;
  bool has_begun_ = false;
  Clock::Time start_;
  Clock::Time warm_;
  Clock::Time begin_;

  std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace slipway::measure
