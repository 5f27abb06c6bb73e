#include "engine/move_steps.h"

#include <cstring>

#include "engine/places.h"

namespace slipway::engine {
namespace {

void fill(std::byte* to, std::size_t bytes, std::uint64_t element, std::size_t element_bytes) {
  if (element_bytes == 1 || element == 0) {
    std::memset(to, static_cast<int>(element & 0xFFU), bytes);
    return;
  }
  for (std::size_t i = 0; i < bytes; i += element_bytes)
    std::memcpy(to + i, &element, element_bytes);
}

}  // namespace

void run(const MoveStep& step, const Bases& bases, int first, int last) {
  kernels::Move job;
  job.in = bytes_at(step.in, bases);
  job.out = room_at(step.out, bases);
  job.element = step.element_bytes;
  job.rank = step.rank;
  std::int64_t bytes = step.element_bytes;
  for (int axis = 0; axis < step.rank; ++axis) {
    job.dims[axis] = step.dims[axis];
    job.from[axis] = step.from[axis];
    job.to[axis] = step.to[axis];
    bytes *= step.dims[axis];
  }
  // The network does not read its outputs: large ones need not push others out of the caches.
  constexpr std::int64_t kLarge = 1 << 20;
  job.far = step.out.space == Space::output && bytes >= kLarge;
  if (job.rank > 0) {
    const std::int64_t row = first * step.unit_rows;
    const std::int64_t behind = last * step.unit_rows;
    job.in += row * job.from[0];
    job.out += row * job.to[0];
    job.dims[0] = (behind < step.dims[0] ? behind : step.dims[0]) - row;
  }
  kernels::move_variants()[step.header.variant].run(job);
}

void run(const RunsStep& step, const Bases& bases, int first, int last) {
  const auto* runs = read_at<Run>(step.table, bases);
  const std::byte* in = bytes_at(step.in, bases);
  std::byte* out = room_at(step.out, bases);
  const std::int64_t behind = std::int64_t{last} * step.unit_runs;
  const std::int64_t stop = behind < step.runs ? behind : step.runs;
  for (std::int64_t i = std::int64_t{first} * step.unit_runs; i < stop; ++i) {
    const Run& run = runs[i];
    if (run.from >= 0) {
      std::memcpy(out + run.to, in + run.from, run.bytes);
    } else {
      fill(out + run.to, run.bytes, step.fill, static_cast<std::size_t>(step.element_bytes));
    }
  }
}

}  // namespace slipway::engine
