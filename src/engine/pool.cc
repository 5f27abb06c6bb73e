#include "engine/pool.h"

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace slipway::engine {
namespace {

/// A few tens of microseconds: longer than what lies between two steps, shorter than what a user
/// would see as a busy processor.
constexpr int kSpins = 1500;

void pause_a_little() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

/// Sleeps while `word` is `value`, or not at all.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word, int count) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

/// The lowest processor of the core that one belongs to, or itself where the system does not say.
int core_of(int processor) {
  char path[96];
  std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                processor);
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);  // NOLINT
  if (file < 0) return processor;
  char text[16] = {};
  const ssize_t count = ::read(file, text, sizeof text - 1);
  ::close(file);
  return count > 0 && text[0] >= '0' && text[0] <= '9' ? std::atoi(text) : processor;  // NOLINT
}

/// The processors of the process: first one of each core, then the others of each.
struct Processors {
  int numbers[CPU_SETSIZE];
  int count = 0;
  int cores = 0;
};

void find_processors(Processors& found) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return;
  static_assert(CPU_SETSIZE <= 1 << 16);
  bool has_core[CPU_SETSIZE] = {};
  bool is_first[CPU_SETSIZE] = {};
  for (int p = 0; p < CPU_SETSIZE; ++p) {
    if (!CPU_ISSET(static_cast<unsigned>(p), &mask)) continue;
    const int core = core_of(p);
    is_first[p] = core < 0 || core >= CPU_SETSIZE || !has_core[core];
    if (core >= 0 && core < CPU_SETSIZE) has_core[core] = true;
    if (is_first[p]) found.numbers[found.count++] = p;
  }
  found.cores = found.count;
  for (int p = 0; p < CPU_SETSIZE; ++p)
    if (CPU_ISSET(static_cast<unsigned>(p), &mask) && !is_first[p])
      found.numbers[found.count++] = p;
}

/// Units from the first to that behind the last, in one word.
std::uint64_t range(int first, int last) {
  return std::uint64_t{static_cast<std::uint32_t>(first)} << 32 | static_cast<std::uint32_t>(last);
}

int first_of(std::uint64_t range) { return static_cast<int>(range >> 32); }

int last_of(std::uint64_t range) { return static_cast<int>(range & 0xffff'ffff); }

/// Where the helpers of the next pool begin.
constinit std::atomic<unsigned> next_place = 0;

}  // namespace

int usable_processors(int* numbers) {
  Processors processors;
  find_processors(processors);
  for (int i = 0; i < processors.count; ++i) numbers[i] = processors.numbers[i];
  return processors.count;
}

int usable_cores() {
  Processors processors;
  find_processors(processors);
  return processors.cores > 0 ? processors.cores : 1;
}

void Pool::place_helpers() {
  Processors processors;
  find_processors(processors);
  const auto count = static_cast<unsigned>(processors.count);
  // More threads than processors: whoever spins takes time from another who works.
  spins_ = threads_ <= processors.count ? kSpins : 0;
  if (count < 2 || threads_ > processors.count) return;
  const unsigned first = next_place.fetch_add(static_cast<unsigned>(threads_));
  CPU_ZERO(&caller_set_);
  for (unsigned p = 0; p < count; ++p)
    CPU_SET(static_cast<unsigned>(processors.numbers[p]), &caller_set_);
  for (int i = 1; i < threads_; ++i) {
    const int processor = processors.numbers[(first + static_cast<unsigned>(i)) % count];
    helpers_[i - 1].processor = processor;
    CPU_CLR(static_cast<unsigned>(processor), &caller_set_);
  }
  is_placed_ = true;
}

Pool* Pool::make(int threads) {
  void* room = std::aligned_alloc(alignof(Pool), sizeof(Pool));
  if (room == nullptr) return nullptr;
  Pool* pool = new (room) Pool;
  if (threads <= 0) threads = usable_cores();
  pool->threads_ = threads < kMostThreads ? threads : kMostThreads;
  if (pool->threads_ > 1) pool->place_helpers();
  // The program's signals are for its own threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 0;
  for (; started + 1 < pool->threads_; ++started) {
    Helper& helper = pool->helpers_[started];
    helper.pool = pool;
    helper.number = started + 1;
    if (::pthread_create(&helper.thread, nullptr, enter, &helper) != 0) break;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pool->threads_ = started + 1;  // helpers read it only when there is work
  return pool;
}

void Pool::drop(Pool* pool) {
  if (pool == nullptr) return;
  pool->ends_ = true;
  pool->round_.fetch_add(1);
  wake(pool->round_, INT_MAX);
  for (int i = 1; i < pool->threads_; ++i) ::pthread_join(pool->helpers_[i - 1].thread, nullptr);
  pool->~Pool();
  std::free(pool);
}

void* Pool::enter(void* helper) {
  const auto* self = static_cast<const Helper*>(helper);
  if (self->processor >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(self->processor), &set);
    ::sched_setaffinity(0, sizeof set, &set);  // a refusal costs speed, nothing else
  }
  self->pool->help(self->number);
  return nullptr;
}

void Pool::help(int number) {
  std::uint32_t seen = 0;
  while (true) {
    for (int i = 0; i < spins_ && round_.load(std::memory_order_acquire) == seen; ++i)
      pause_a_little();
    while (round_.load() == seen) {
      sleepers_.fetch_add(1);
      sleep_while(round_, seen);
      sleepers_.fetch_sub(1);
    }
    ++seen;
    if (ends_) return;
    share(number);
    if (pending_.fetch_sub(1) == 1 && caller_sleeps_.load() != 0) wake(pending_, 1);
  }
}

int Pool::part_begin(int number) const {
  return static_cast<int>(static_cast<std::int64_t>(units_) * number / threads_);
}

void Pool::share(int number) {
  if (!in_pieces_) {
    const int first = part_begin(number);
    const int last = part_begin(number + 1);
    if (first < last) work_(context_, first, last);
    return;
  }
  take_from(parts_[number], true);
  for (int i = 1; i < threads_; ++i) take_from(parts_[(number + i) % threads_], false);
}

void Pool::take_from(Part& part, bool is_own) const {
  auto left = part.left.load(std::memory_order_relaxed);
  while (true) {
    const int first = first_of(left);
    const int last = last_of(left);
    if (first >= last) return;
    const int piece = (last - first + 1) / 2;
    const auto rest = is_own ? range(first + piece, last) : range(first, last - piece);
    if (!part.left.compare_exchange_weak(left, rest, std::memory_order_relaxed)) continue;
    const int from = is_own ? first : last - piece;
    work_(context_, from, from + piece);
    left = part.left.load(std::memory_order_relaxed);
  }
}

void Pool::run(int units, Work work, void* context, Parts parts) {
  if (units <= 0) return;
  if (threads_ == 1 || units == 1) {
    work(context, 0, units);
    return;
  }
  step_aside();
  work_ = work;
  context_ = context;
  units_ = units;
  in_pieces_ = parts == Parts::in_pieces;
  for (int i = 0; in_pieces_ && i < threads_; ++i)
    parts_[i].left.store(range(part_begin(i), part_begin(i + 1)), std::memory_order_relaxed);
  pending_.store(static_cast<std::uint32_t>(threads_ - 1), std::memory_order_relaxed);
  round_.fetch_add(1);
  if (sleepers_.load() != 0) wake(round_, INT_MAX);
  share(0);
  for (int i = 0; i < spins_ && pending_.load(std::memory_order_acquire) != 0; ++i)
    pause_a_little();
  if (pending_.load() == 0) return;
  caller_sleeps_.store(1);
  for (std::uint32_t left = pending_.load(); left != 0; left = pending_.load())
    sleep_while(pending_, left);
  caller_sleeps_.store(0);
}

void Pool::step_aside() const {
  if (!is_placed_) return;
  const int here = ::sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE || CPU_ISSET(static_cast<unsigned>(here), &caller_set_))
    return;
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return;
  cpu_set_t aside;
  CPU_AND(&aside, &mask, &caller_set_);
  if (CPU_COUNT(&aside) == 0) return;  // the user wants it here
  if (::sched_setaffinity(0, sizeof aside, &aside) == 0) ::sched_setaffinity(0, sizeof mask, &mask);
}

}  // namespace slipway::engine
