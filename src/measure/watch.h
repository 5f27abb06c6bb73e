#pragma once
// Looking at the machine while something is measured: a thread that mostly sleeps.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "measure/noise.h"

namespace slipway::measure {

/// What one look saw.
struct Look {
  std::chrono::nanoseconds slept = {};   // since the last look
  std::chrono::nanoseconds waited = {};  // of that, for a processor
  std::optional<std::string> allowed;    // processors; nothing: not looked at
  std::optional<double> mhz;
};

/// Adds looks up. A look is to come every `every`; what it is late by without having waited for a
/// processor is a gap, where it is long.
class Looks {
 public:
  explicit Looks(std::chrono::nanoseconds every,
                 std::chrono::nanoseconds shortest_gap = NoiseLimits{}.gap)
      : every_(every), shortest_gap_(shortest_gap) {}

  /// `allowed`: what other looks are compared with; forgets what was seen.
  void begin(std::optional<std::string> allowed);

  void add(const Look& look);

  [[nodiscard]] const Watched& seen() const { return seen_; }

 private:
  std::chrono::nanoseconds every_;
  std::chrono::nanoseconds shortest_gap_;
  std::optional<std::string> allowed_;
  Watched seen_;
};

/// Watches some processes from begin() to end().
class Watch {
 public:
  /// `processes` as in vitals_of(); `running` of their threads compute. To be made before any
  /// thread of them is pinned: what is allowed now is what is looked at.
  Watch(const Clock& clock, const Files& files, std::vector<std::string> processes, int running);

  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// When the system gives no thread, nobody looks in between.
  void begin();
  void end();

  /// Of what lies between the last begin() and end(), both of which have been called.
  [[nodiscard]] Noise noise(const NoiseLimits& limits = {}) const;

 private:
  static constexpr std::chrono::milliseconds kEvery{50};

  void look_on();
  void stop();

  const Clock& clock_;
  const Files& files_;
  std::vector<std::string> processes_;
  int running_;
  Vitals begin_;
  Vitals end_;
  std::set<int> cpus_;
  Looks looks_{kEvery};  // of the thread, while it lives

  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace slipway::measure
