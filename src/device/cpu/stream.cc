#include "device/cpu/stream.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <sys/mman.h>

#include "base/check.h"

namespace slipway::cpu {

void Stream::Freed::operator()(std::byte* bytes) const { std::free(bytes); }

/// On huge pages, where the system has them, as sessions of deployments have them.
Stream::Memory Stream::memory(std::size_t bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20U;
  constexpr std::size_t kLine = 64;
  const std::size_t alignment = bytes < kHugePage ? kLine : kHugePage;
  const std::size_t size = (bytes + alignment) / alignment * alignment;
  Memory out(static_cast<std::byte*>(std::aligned_alloc(alignment, size)));
  SLIPWAY_CHECK(out != nullptr);
  if (alignment == kHugePage) ::madvise(out.get(), size, MADV_HUGEPAGE);
  return out;
}

Stream::Stream(const Graph& graph, const BuiltPlan& plan, int threads)
    : plan_(plan),
      constants_(memory(plan.constants.size())),
      arena_(memory(plan.arena_bytes)),
      pool_(threads == 1 ? nullptr : engine::Pool::make(threads)) {
  std::ranges::copy(plan.constants, constants_.get());
  for (const auto id : graph.outputs()) {
    types_.push_back(graph.type(id));
    rooms_.push_back(memory(static_cast<std::size_t>(graph.type(id).bytes())));
    outputs_.push_back(rooms_.back().get());
  }
}

void Stream::set_inputs(std::span<const Tensor> inputs) {
  inputs_.clear();
  for (const auto& input : inputs) inputs_.push_back(input.bytes().data());
}

engine::Bases Stream::bases() const {
  return {constants_.get(), arena_.get(), inputs_.data(), outputs_.data()};
}

void Stream::run() { engine::run(plan_.header(), bases(), pool_.get()); }

void Stream::run_step(std::size_t i) {
  const auto* step = begin(plan_.header());
  for (; i != 0; --i) step = next(step);
  engine::run(*step, bases(), pool_.get());
}

void Stream::run(const Clock& clock, std::vector<double>& least) {
  least.resize(plan_.notes.size(), std::numeric_limits<double>::infinity());

  struct Steps {
    const Clock& clock;
    Clock::Time before;
    double* least;
  } steps{clock, clock.now(), least.data()};

  const auto note = [](void* context) {
    auto& all = *static_cast<Steps*>(context);
    const auto now = all.clock.now();
    *all.least = std::min(*all.least, milliseconds(all.before, now) * 1e-3);
    all.before = now;
    ++all.least;
  };
  engine::run(plan_.header(), bases(), pool_.get(), {note, &steps});
}

std::vector<Tensor> Stream::outputs() const {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    TensorBuilder builder(types_[i]);
    std::copy_n(rooms_[i].get(), builder.bytes().size(), builder.bytes().data());
    out.push_back(std::move(builder).build());
  }
  return out;
}

}  // namespace slipway::cpu
