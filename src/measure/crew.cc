#include "measure/crew.h"

#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace slipway::measure {

Crew::Crew(const Clock& clock, std::span<const Infer> infer, CrewRules rules, int others)
    : clock_(clock),
      infer_(infer),
      rules_(std::move(rules)),
      size_(infer.size() + static_cast<std::size_t>(others)),
      ready_(static_cast<std::ptrdiff_t>(size_), Begin{*this}),
      done_(static_cast<std::ptrdiff_t>(size_), End{*this}) {
  SLIPWAY_CHECK(!infer.empty());
}

Result<void> Crew::run(const std::function<Result<void>(std::size_t number)>& work) {
  {
    const Pinned pinned(cpus_of(0));
    start_ = clock_.now();
    SLIPWAY_TRY(infer_[0]());
    warm_ = clock_.now();
  }
  const auto stream = [&](std::size_t number) {
    // Not before all have begun: who is begun by a thread that is pinned is pinned, too.
    const Pinned pinned(cpus_of(number));
    if (auto ran = warm(number); !ran) keep(std::move(ran).error());
    ready_.arrive_and_wait();
    if (!has_begun_) return;
    if (auto ran = work(number); !ran) keep(std::move(ran).error());
    done_.arrive_and_wait();
  };
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < size_; ++i) threads.emplace_back([&stream, i] { stream(i); });
  } catch (const std::system_error&) {
    keep({Code::unavailable,
          fmt::format("the system gives no {} threads", size_),
          {},
          std::source_location::current(),
          "fewer streams"});
    for (auto i = threads.size() + 1; i < size_; ++i) ready_.arrive_and_drop();
  }
  stream(0);
  for (auto& thread : threads) thread.join();
  if (failure_) return *std::move(failure_);
  return {};
}

std::span<const int> Crew::cpus_of(std::size_t number) const {
  return number < rules_.cpus.size() ? std::span<const int>(rules_.cpus[number])
                                     : std::span<const int>();
}

Result<void> Crew::warm(std::size_t number) {
  if (number >= infer_.size()) return {};
  for (std::int64_t i = 0; i < rules_.warm_up && !is_off_; ++i) {
    SLIPWAY_TRY(infer_[number]());
    if (number == 0 && rules_.stop()) is_off_ = true;
  }
  return {};
}

void Crew::keep(Error error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(error);
  is_off_ = true;
}

}  // namespace slipway::measure
