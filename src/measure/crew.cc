#include "measure/crew.h"

#include <system_error>
#include <thread>
#include <vector>

namespace slipway::measure {

Crew::Crew(const Clock& clock, std::span<const Infer> infer, std::int64_t warm_up,
           const std::function<bool()>& stop, const std::function<void()>& begins)
    : clock_(clock),
      infer_(infer),
      warm_up_(warm_up),
      stop_(stop),
      begins_(begins),
      ready_(std::ssize(infer), Begin{*this}) {
  SLIPWAY_CHECK(!infer.empty());
}

Result<void> Crew::run(const std::function<Result<void>(std::size_t number)>& work) {
  start_ = clock_.now();
  SLIPWAY_TRY(infer_[0]());
  warm_ = clock_.now();
  const auto stream = [&](std::size_t number) {
    if (auto ran = warm(number); !ran) keep(std::move(ran).error());
    ready_.arrive_and_wait();
    if (is_off_) return;
    if (auto ran = work(number); !ran) keep(std::move(ran).error());
  };
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < infer_.size(); ++i)
      threads.emplace_back([&stream, i] { stream(i); });
  } catch (const std::system_error&) {
    keep({Code::unavailable,
          fmt::format("the system gives no threads for {} streams", infer_.size()),
          {},
          std::source_location::current(),
          "fewer streams"});
    for (auto i = threads.size() + 1; i < infer_.size(); ++i) ready_.arrive_and_drop();
  }
  stream(0);
  for (auto& thread : threads) thread.join();
  if (failure_) return *std::move(failure_);
  return {};
}

Result<void> Crew::warm(std::size_t number) {
  for (std::int64_t i = 0; i < warm_up_ && !is_off_; ++i) {
    SLIPWAY_TRY(infer_[number]());
    if (number == 0 && stop_()) is_off_ = true;
  }
  return {};
}

void Crew::keep(Error error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(error);
  is_off_ = true;
}

}  // namespace slipway::measure
