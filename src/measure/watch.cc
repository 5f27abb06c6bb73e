#include "measure/watch.h"

#include <algorithm>
#include <sstream>
#include <system_error>

#include "measure/pin.h"

namespace slipway::measure {
namespace {

using std::chrono::nanoseconds;

/// How long the calling thread has waited for a processor since it began.
std::optional<nanoseconds> own_waiting(const Files& files) {
  const auto bytes = files.read("/proc/thread-self/schedstat");
  if (!bytes) return std::nullopt;
  std::istringstream words{std::string(as_text(*bytes))};
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  if (!(words >> ran >> waited)) return std::nullopt;
  return nanoseconds(waited);
}

}  // namespace

void Looks::begin(std::optional<std::string> allowed) {
  allowed_ = std::move(allowed);
  seen_ = {};
}

void Looks::add(const Look& look) {
  const auto gap = look.slept - every_ - look.waited;
  if (gap >= shortest_gap_) {
    seen_.longest_gap = std::max(seen_.longest_gap, gap);
    seen_.gaps += gap;
  }
  if (look.mhz) {
    seen_.lowest_mhz = std::min(seen_.lowest_mhz.value_or(*look.mhz), *look.mhz);
    seen_.highest_mhz = std::max(seen_.highest_mhz.value_or(*look.mhz), *look.mhz);
  }
  if (!allowed_ || !look.allowed) return;
  auto& others = seen_.other_cpus;
  const bool back = look.allowed == allowed_;
  const auto last = others.empty() ? *allowed_ : others.back();
  if (*look.allowed != last && (!back || !others.empty())) others.push_back(*look.allowed);
}

Watch::Watch(const Clock& clock, const Files& files, std::vector<std::string> processes,
             int running)
    : clock_(clock), files_(files), processes_(std::move(processes)), running_(running) {
  if (processes_.empty()) return;
  const auto allowed = allowed_cpus(files_, processes_[0]).value_or("");
  cpus_ = parse_cpus(allowed).value_or(std::set<int>());
}

Watch::~Watch() { stop(); }

void Watch::begin() {
  stop();
  is_over_ = false;
  begin_ = vitals_of(files_, clock_.now(), processes_, cpus_);
  looks_.begin(begin_.allowed);
  try {
    // Where the system tells nothing, there is nothing to look at.
    if (!begin_.threads.empty()) thread_ = std::thread([this] { look_on(); });
  } catch (const std::system_error&) {
    // What the counters say is said all the same.
  }
  begin_.at = clock_.now();
}

void Watch::end() {
  // Whoever looks is no part of what is measured, and must be gone before threads are counted.
  const auto now = clock_.now();
  stop();
  end_ = vitals_of(files_, now, processes_, cpus_);
  // As in look_on().
  if (end_.allowed != begin_.allowed) end_.allowed = allowed_cpus(files_, processes_[0]);
}

void Watch::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watch::look_on() {
  constexpr int kLooksPerRead = 4;  // of files that say what rarely changes
  // A stream that is pinned may have begun it, and is not to be disturbed more than others.
  const Pinned anywhere(Cpus(cpus_.begin(), cpus_.end()));
  auto last = clock_.now();
  auto waited = own_waiting(files_);
  for (int i = 1;; ++i) {
    bool over = false;
    {
      std::unique_lock lock(mutex_);
      over = wake_.wait_for(lock, kEvery, [&] { return is_over_; });
    }
    // The last look counts: a stop that ends with the window is seen by nobody else.
    const auto now = clock_.now();
    const auto waits = own_waiting(files_);
    Look look{.slept = now - last, .waited = now - last, .allowed = {}, .mhz = {}};
    // Who does not know why it is late has seen no gap.
    if (waits && waited) look.waited = *waits - *waited;
    last = now;
    waited = waits;
    if (over || i % kLooksPerRead == 0) {
      if (!processes_.empty()) look.allowed = allowed_cpus(files_, processes_[0]);
      // Who steps aside for a helper of its own pool is elsewhere for microseconds.
      if (look.allowed != begin_.allowed) look.allowed = allowed_cpus(files_, processes_[0]);
      look.mhz = highest_mhz(files_, cpus_);
    }
    looks_.add(look);
    if (over) return;
  }
}

Noise Watch::noise(const NoiseLimits& limits) const {
  return noise_between(begin_, end_, looks_.seen(), running_, limits);
}

}  // namespace slipway::measure
