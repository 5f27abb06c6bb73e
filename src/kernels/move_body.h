#pragma once
// move, private to each file that includes it.

#include "kernels/move_transpose.h"

namespace slipway::kernels {
namespace {

template <class T>
void strided(const std::byte* in, std::int64_t from, std::byte* out, std::int64_t to,
             std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) store<T>(out + i * to, load<T>(in + i * from));
}

/// What moves the last dimensions of a job, with the others at one position.
struct Inner {
  int dims = 0;  // how many it takes
  void (*run)(const Move& job, const std::byte* in, std::byte* out) = nullptr;
};

template <class T>
void run_element(const Move&, const std::byte* in, std::byte* out) {
  store<T>(out, load<T>(in));
}

template <class T>
void run_transposition(const Move& job, const std::byte* in, std::byte* out) {
  const int last = job.rank - 1;
  transpose<T>(job.far, in, job.from[last], out, job.to[last - 1], job.dims[last],
               job.dims[last - 1]);
}

template <class T>
void run_strided(const Move& job, const std::byte* in, std::byte* out) {
  const int last = job.rank - 1;
  strided<T>(in, job.from[last], out, job.to[last], job.dims[last]);
}

void run_one_run(const Move& job, const std::byte* in, std::byte* out) {
  const int last = job.rank - 1;
  copy_run(in, out, job.dims[last] * job.element);
}

template <class Length>
void run_runs(const Move& job, const std::byte* in, std::byte* out) {
  const int last = job.rank - 1;
  copy_runs<Length>(in, job.from[last - 1], out, job.to[last - 1], job.dims[last - 1],
                    job.dims[last] * job.element);
}

template <class Length>
void run_runs_of_runs(const Move& job, const std::byte* in, std::byte* out) {
  const int last = job.rank - 1;
  for (std::int64_t i = 0; i < job.dims[last - 2]; ++i) {
    run_runs<Length>(job, in, out);
    in += job.from[last - 2];
    out += job.to[last - 2];
  }
}

template <class Length>
Inner runs(const Move& job) {
  if (job.rank == 1) return {1, run_one_run};
  if (job.rank == 2) return {2, run_runs<Length>};
  return {3, run_runs_of_runs<Length>};
}

Inner runs_of(const Move& job, std::int64_t bytes) {
  if (bytes == 16) return runs<Exactly<16>>(job);
  if (bytes == 32) return runs<Exactly<32>>(job);
  if (bytes == 64) return runs<Exactly<64>>(job);
  if (bytes == 128) return runs<Exactly<128>>(job);
  if (bytes >= 8 && bytes < 16) return runs<Twice<8>>(job);
  if (bytes > 16 && bytes < 32) return runs<Twice<16>>(job);
  if (bytes > 32 && bytes < 64) return runs<Twice<32>>(job);
  if (bytes > 64 && bytes < 128) return runs<Twice<64>>(job);
  return runs<AnyLength>(job);
}

template <class T>
Inner inner_of(const Move& job) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  if (job.rank == 0) return {0, run_element<T>};
  const int last = job.rank - 1;
  const bool writes_run = job.to[last] == kSize;
  if (writes_run && job.from[last] == kSize) {
    return runs_of(job, job.dims[last] * kSize);
  }
  if (writes_run && job.rank > 1 && job.from[last - 1] == kSize) return {2, run_transposition<T>};
  return {1, run_strided<T>};
}

void run_loops(const Move& job, const Inner& inner) {
  const int outer = job.rank - inner.dims;
  std::int64_t at[kMoveRank] = {};
  const std::byte* in = job.in;
  std::byte* out = job.out;
  for (;;) {
    inner.run(job, in, out);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      in += job.from[axis];
      out += job.to[axis];
      if (++at[axis] < job.dims[axis]) break;
      in -= job.from[axis] * job.dims[axis];
      out -= job.to[axis] * job.dims[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

void run_move(const Move& job) {
  for (int axis = 0; axis < job.rank; ++axis)
    if (job.dims[axis] <= 0) return;
  switch (job.element) {
    case 1:
      return run_loops(job, inner_of<std::uint8_t>(job));
    case 2:
      return run_loops(job, inner_of<std::uint16_t>(job));
    case 4:
      return run_loops(job, inner_of<std::uint32_t>(job));
    default:
      return run_loops(job, inner_of<std::uint64_t>(job));
  }
}

}  // namespace
}  // namespace slipway::kernels
