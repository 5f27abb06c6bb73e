#pragma once
// Streams that keep to processors of their own, so that none of them waits for another.

#include <span>
#include <vector>

#include <sched.h>

namespace slipway::measure {

/// Processors by their numbers. None: wherever the process may run.
using Cpus = std::vector<int>;

/// Keeps the calling thread, and the threads that it starts, on these processors for as long as
/// this lives. Then the thread, not those, may run where it could before.
class Pinned {
 public:
  explicit Pinned(std::span<const int> cpus);
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned();

  /// False where there was nothing to do, or the system refuses: it runs where it could before.
  [[nodiscard]] bool is_kept() const { return is_kept_; }

 private:
  cpu_set_t before_ = {};
  bool is_kept_ = false;
};

/// The processors that the calling thread may use: first one of each core, then the others.
[[nodiscard]] Cpus usable_cpus();

/// Stream i gets those from i * threads on, a processor for each of its threads. Empty where they
/// are too few for all.
[[nodiscard]] std::vector<Cpus> shared_out(std::span<const int> usable, int streams, int threads);

}  // namespace slipway::measure
