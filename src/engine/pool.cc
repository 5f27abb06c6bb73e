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

void wake_all(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
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

/// Units from the first to that behind the last, and of which share they are, in one word.
constexpr int kUnitBits = 24;
constexpr int kMostUnits = (1 << kUnitBits) - 1;
constexpr std::uint64_t kUnitMask = kMostUnits;

std::uint64_t range(std::uint32_t share, int first, int last) {
  return std::uint64_t{share} << (2 * kUnitBits) | static_cast<std::uint64_t>(first) << kUnitBits |
         static_cast<std::uint64_t>(last);
}

bool is_of(std::uint64_t range, std::uint32_t share) {
  return range >> (2 * kUnitBits) == (share & 0xffffU);
}

int first_of(std::uint64_t range) { return static_cast<int>(range >> kUnitBits & kUnitMask); }

int last_of(std::uint64_t range) { return static_cast<int>(range & kUnitMask); }

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
  pool->round_.tell(pool->round_.value.load() + 1);
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

void Pool::Message::tell(std::uint32_t now) {
  value.store(now);
  if (sleepers.load() != 0) wake_all(value);
}

/// Waits until it has come to `value`.
void Pool::wait_for(Message& message, std::uint32_t value) const {
  const auto is_there = [value](std::uint32_t now) {
    return static_cast<std::int32_t>(now - value) >= 0;
  };
  for (int i = 0; i < spins_; ++i) {
    if (is_there(message.value.load(std::memory_order_acquire))) return;
    pause_a_little();
  }
  for (std::uint32_t now = message.value.load(); !is_there(now); now = message.value.load()) {
    message.sleepers.fetch_add(1);
    sleep_while(message.value, now);
    message.sleepers.fetch_sub(1);
  }
}

void Pool::help(int number) {
  Member member(*this, number);
  for (std::uint32_t round = 1;; ++round) {
    wait_for(round_, round);
    if (ends_) return;
    body_(context_, member);
    member.done_ = Member::Done::nothing;
    lanes_[number].ended.tell(round);
  }
}

void Pool::run(Body body, void* context) {
  step_aside();
  body_ = body;
  context_ = context;
  const std::uint32_t round = round_.value.load() + 1;
  round_.tell(round);
  body(context, caller_);
  caller_.done_ = Member::Done::nothing;
  for (int i = 1; i < threads_; ++i) wait_for(lanes_[i].ended, round);
}

void Pool::share(int units, Work work, void* context, Parts parts) {
  if (threads_ == 1 || units <= 1) {
    if (units > 0) work(context, 0, units);
    return;
  }

  struct Job {
    int units;
    Work work;
    void* context;
    Parts parts;
  } job{units, work, context, parts};

  run(
      [](void* of, Member& member) {
        const auto& all = *static_cast<const Job*>(of);
        member.share(all.units, all.work, all.context, all.parts);
      },
      &job);
}

// Each tells the one that is 1 further that it came, then the one that is 2 further that it and the
// one behind it came, then 4: the dissemination barrier of Hensgen, Finkel and Manber, Two
// algorithms for barrier synchronization (1988).
void Pool::Member::meet() {
  done_ = Done::nothing;
  const int threads = pool_.threads_;
  if (threads == 1) return;
  ++meetings_;
  for (int message = 0, apart = 1; apart < threads; ++message, apart *= 2) {
    pool_.lanes_[number_].came[message].tell(meetings_);
    pool_.wait_for(pool_.lanes_[(number_ + threads - apart) % threads].came[message], meetings_);
  }
}

void Pool::Member::share(int units, Work work, void* context, Parts parts) {
  if (units <= 0) return;
  const bool by_caller = units == 1;
  if (done_ == Done::by_all || (done_ == Done::by_caller && !by_caller)) meet();
  done_ = by_caller ? Done::by_caller : Done::by_all;
  if (number_ == 0) pool_.step_aside();
  if (by_caller) {
    if (number_ == 0) work(context, 0, 1);
  } else if (parts == Parts::in_pieces && units <= kMostUnits && pool_.threads_ > 1) {
    take_pieces(units, work, context);
  } else {
    const int first = part_begin(number_, units);
    const int last = part_begin(number_ + 1, units);
    if (first < last) work(context, first, last);
  }
}

int Pool::Member::part_begin(int number, int units) const {
  return static_cast<int>(static_cast<std::int64_t>(units) * number / pool_.threads_);
}

void Pool::Member::take_pieces(int units, Work work, void* context) {
  ++shares_;
  for (int i = 0; i < pool_.threads_; ++i)
    take_from((number_ + i) % pool_.threads_, units, work, context);
}

void Pool::Member::take_from(int owner, int units, Work work, void* context) {
  auto& left = pool_.lanes_[owner].left;
  auto now = left.load(std::memory_order_relaxed);
  while (true) {
    // Of the share before: its owner is late. The first who comes lays out the part.
    if (!is_of(now, shares_)) {
      const auto part = range(shares_, part_begin(owner, units), part_begin(owner + 1, units));
      if (left.compare_exchange_weak(now, part, std::memory_order_relaxed)) now = part;
      continue;
    }
    const int first = first_of(now);
    const int last = last_of(now);
    if (first >= last) return;
    const bool is_own = owner == number_;
    const int piece = (last - first + 1) / 2;
    const auto rest =
        is_own ? range(shares_, first + piece, last) : range(shares_, first, last - piece);
    if (!left.compare_exchange_weak(now, rest, std::memory_order_relaxed)) continue;
    const int from = is_own ? first : last - piece;
    work(context, from, from + piece);
    now = left.load(std::memory_order_relaxed);
  }
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
