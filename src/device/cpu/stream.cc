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
  // Where the system gives huge pages only to those who ask, as deployments do.
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
  auto of_step = least.begin();
  auto before = clock.now();
  for (const auto* at = begin(plan_.header()); at != end(plan_.header()); at = next(at)) {
    engine::run(*at, bases(), pool_.get());
    const auto now = clock.now();
    *of_step = std::min(*of_step, milliseconds(before, now) * 1e-3);
    before = now;
    ++of_step;
  }
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
