#pragma once
// Threads that share the units of a step. They spin for a moment between steps, sleep between runs,
// and keep to the processors that the process may use.

#include <atomic>
#include <cstdint>

#include <pthread.h>
#include <sched.h>

namespace slipway::engine {

/// A calling thread and its helpers. One thread calls at a time.
class Pool {
 public:
  /// Does the units from `first` to before `last`.
  using Work = void (*)(void* context, int first, int last);

  /// A pool of `threads` in all, the one that calls run() among them; 0 is one per core that the
  /// process may use. Fewer where the system gives no more, nullptr where it has no memory. Helpers
  /// are bound to one processor each, in turn, so that the pools of a process lie apart.
  [[nodiscard]] static Pool* make(int threads);

  /// Ends the helpers and gives the memory back. Takes nullptr, too.
  static void drop(Pool* pool);

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] int threads() const { return threads_; }

  /// How a thread does its part.
  enum class Parts {
    whole,      // in one call, by itself
    in_pieces,  // half of what is left each time; who is done takes pieces of others'
  };

  /// Splits 0..units evenly among the threads, in order: the caller has the first part. Returns
  /// when all is done, and what it did is visible to the caller. In pieces, a thread that is put
  /// aside, or whose processor is slow, keeps the others waiting for one piece, not for its part.
  ///
  /// A caller that is on the processor of a helper is moved away from it, without being bound: the
  /// scheduler likes to bring those who wake each other together, and they would then work one
  /// after the other.
  void run(int units, Work work, void* context, Parts parts = Parts::whole);

 private:
  /// Units that nobody took yet: the first, and behind it that behind the last. Who has the part
  /// takes from the front, others from behind.
  struct alignas(64) Part {
    std::atomic<std::uint64_t> left = 0;
  };

  struct Helper {
    Pool* pool = nullptr;
    int number = 0;  // 1 is the first
    int processor = -1;
    pthread_t thread = {};
  };

  Pool() = default;

  static void* enter(void* helper);
  void help(int number);
  void share(int number);
  void take_from(Part& part, bool is_own) const;
  [[nodiscard]] int part_begin(int number) const;
  void step_aside() const;
  void place_helpers();

  static constexpr int kMostThreads = 256;

  // What run() tells: written before `round_`, read after it.
  Work work_ = nullptr;
  void* context_ = nullptr;
  int units_ = 0;
  bool in_pieces_ = false;
  bool ends_ = false;

  int threads_ = 1;
  int spins_ = 0;
  cpu_set_t caller_set_ = {};  // where the caller may be without disturbing a helper
  bool is_placed_ = false;

  // Each on its own line of cache, for they change at different times.
  alignas(64) std::atomic<std::uint32_t> round_ = 0;    // of work; changes when there is some
  alignas(64) std::atomic<std::uint32_t> pending_ = 0;  // helpers that still work
  alignas(64) std::atomic<std::uint32_t> sleepers_ = 0;
  std::atomic<std::uint32_t> caller_sleeps_ = 0;

  Part parts_[kMostThreads];
  Helper helpers_[kMostThreads - 1];
};

/// Writes the processors that the calling thread may use, CPU_SETSIZE at most: first one of each
/// core, then the others. Returns how many.
int usable_processors(int* numbers);

/// The cores that the process may use; processors that share a core count once.
[[nodiscard]] int usable_cores();

}  // namespace slipway::engine
