#pragma once
// Threads that share the units of steps. They spin for a moment between steps, sleep between runs,
// and keep to the processors that the process may use.

#include <atomic>
#include <cstdint>

#include <pthread.h>
#include <sched.h>

namespace slipway::engine {

/// A calling thread and its helpers. One thread calls at a time.
///
/// All of them go through the same steps and meet between two. Nobody is told what comes next: that
/// would be two messages from core to core for each step, where meeting is one.
class Pool {
 public:
  /// Does the units from `first` to before `last`.
  using Work = void (*)(void* context, int first, int last);

  /// How a thread does its part.
  enum class Parts {
    whole,      // in one call, by itself
    in_pieces,  // half of what is left each time; who is done takes pieces of others'
  };

  /// One of the threads in a run.
  class Member {
   public:
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// 0 is the calling thread.
    [[nodiscard]] int number() const { return number_; }

    /// Splits 0..units evenly among the threads, in order: the caller has the first part, and a
    /// single unit. What the steps before did is visible to all. Returns when this thread has
    /// nothing left to do, others may be at work. In pieces, a thread that is put aside, or whose
    /// processor is slow, keeps the others waiting for one piece, not for its part.
    void share(int units, Work work, void* context, Parts parts = Parts::whole);

    /// Returns when all threads have done what they share up to here.
    void meet();

   private:
    friend class Pool;

    Member(Pool& pool, int number) : pool_(pool), number_(number) {}

    [[nodiscard]] int part_begin(int number, int units) const;
    void take_pieces(int units, Work work, void* context);
    void take_from(int owner, int units, Work work, void* context);

    /// What was done since the threads last met.
    enum class Done { nothing, by_caller, by_all };

    Pool& pool_;
    int number_;
    std::uint32_t meetings_ = 0;  // as many as all other threads had
    std::uint32_t shares_ = 0;    // in pieces
    Done done_ = Done::nothing;
  };

  /// What each thread does in a run: the same steps, all of them.
  using Body = void (*)(void* context, Member& member);

  /// A pool of `threads` in all, the one that calls run() among them; 0 is one per core that the
  /// process may use. Fewer where the system gives no more, nullptr where it has no memory. Helpers
  /// are bound to one processor each, in turn, so that the pools of a process lie apart.
  [[nodiscard]] static Pool* make(int threads);

  /// Ends the helpers and gives the memory back. Takes nullptr, too.
  static void drop(Pool* pool);

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] int threads() const { return threads_; }

  /// Has every thread go through `body`. Returns when all is done, and what it did is visible to
  /// the caller.
  ///
  /// A caller that is on the processor of a helper is moved away from it, without being bound: the
  /// scheduler likes to bring those who wake each other together, and they would then work one
  /// after the other.
  void run(Body body, void* context);

  /// A run that shares units once; a single one is done without the others.
  void share(int units, Work work, void* context, Parts parts = Parts::whole);

 private:
  static constexpr int kMostThreads = 256;
  static constexpr int kMostMessages = 8;  // of one meeting: 2 to the power of it are kMostThreads

  static_assert(kMostThreads <= 1 << kMostMessages);

  /// A number that only grows, for threads that wait for it.
  struct Message {
    std::atomic<std::uint32_t> value = 0;
    std::atomic<std::uint32_t> sleepers = 0;  // of those who wait

    void tell(std::uint32_t now);
  };

  /// What a thread tells others, on lines of cache of its own.
  struct alignas(64) Lane {
    /// Units of a share that nobody took yet, and which share it is: of those in pieces, by 16 bits
    /// of their number. All threads look at all lanes in each, so that what is found is of this
    /// share or of the one before. Who has the part takes from the front, others from behind.
    std::atomic<std::uint64_t> left = 0;
    /// To how many meetings it came, as it tells a thread that is 2 to the power of i further.
    Message came[kMostMessages];
    Message ended;  // how many runs, as it tells the caller
  };

  struct Helper {
    Pool* pool = nullptr;
    int number = 0;  // 1 is the first
    int processor = -1;
    pthread_t thread = {};
  };

  Pool() : caller_(*this, 0) {}

  static void* enter(void* helper);
  void help(int number);
  void step_aside() const;
  void place_helpers();
  void wait_for(Message& message, std::uint32_t value) const;

  int threads_ = 1;
  int spins_ = 0;
  cpu_set_t caller_set_ = {};  // where the caller may be without disturbing a helper
  bool is_placed_ = false;

  alignas(64) Member caller_;  // changes with each step; helpers read what lies around it

  // What run() tells, on one line of cache: what lies before `round_` is read after it.
  alignas(64) Body body_ = nullptr;
  void* context_ = nullptr;
  bool ends_ = false;
  Message round_;  // how many runs began

  Lane lanes_[kMostThreads];
  Helper helpers_[kMostThreads - 1];
};

/// Writes the processors that the calling thread may use, CPU_SETSIZE at most: first one of each
/// core, then the others. Returns how many.
int usable_processors(int* numbers);

/// The cores that the process may use; processors that share a core count once.
[[nodiscard]] int usable_cores();

}  // namespace slipway::engine
