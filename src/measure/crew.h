#pragma once
// Threads that become warm one by one and then begin together.

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

/// One thread for each of `infer`, the calling one for the first.
class Crew {
 public:
  /// `begins` is called when all are warm, right before they begin. Needs one `infer`; what is
  /// given must outlive it.
  Crew(const Clock& clock, std::span<const Infer> infer, std::int64_t warm_up,
       const std::function<bool()>& stop, const std::function<void()>& begins);

  /// The first stream once, then all to warm up, then `work` of each, all beginning together.
  /// Nothing is left to do for `work` where `stop` said so before; is_off() tells.
  ///
  /// Errors  those of a stream or of `work`, which stop all others; unavailable: no threads
  Result<void> run(const std::function<Result<void>(std::size_t number)>& work);

  /// Whether `work` must end: another one failed, or it was stopped while it became warm.
  [[nodiscard]] bool is_off() const { return is_off_; }

  // These are known when `work` runs.
  [[nodiscard]] Clock::Time begin() const { return begin_; }

  [[nodiscard]] std::chrono::nanoseconds first() const { return warm_ - start_; }

  [[nodiscard]] std::chrono::nanoseconds warm_up() const { return begin_ - warm_; }

 private:
  /// Runs once, when all streams are warm.
  struct Begin {
    Crew& crew;

    void operator()() noexcept {
      if (!crew.is_off_) crew.begins_();
      crew.begin_ = crew.clock_.now();
    }
  };

  Result<void> warm(std::size_t number);
  void keep(Error error);

  const Clock& clock_;
  std::span<const Infer> infer_;
  std::int64_t warm_up_;
  const std::function<bool()>& stop_;
  const std::function<void()>& begins_;
  std::barrier<Begin> ready_;
  std::atomic<bool> is_off_ = false;
  Clock::Time start_;
  Clock::Time warm_;
  Clock::Time begin_;

  std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace slipway::measure
