#include "engine/reduce_steps.h"

#include <cstring>

#include "engine/places.h"

namespace slipway::engine {
namespace {

template <class T>
void find_places(const ArgStep& step, const Bases& bases, int first, int last) {
  for (std::int64_t line = first * step.inner; line < last * step.inner; ++line) {
    const T* in = read_at<T>(step.in, bases) + line / step.inner * step.length * step.inner +
                  line % step.inner;
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < step.length; ++k) {
      const T x = in[k * step.inner];
      const T most = in[best * step.inner];
      const bool wins = step.smallest != 0 ? x < most : x > most;
      if (wins || (step.last != 0 && x == most)) best = k;
    }
    if (step.wide != 0) {
      write_at<std::int64_t>(step.out, bases)[line] = best;
    } else {
      write_at<std::int32_t>(step.out, bases)[line] = static_cast<std::int32_t>(best);
    }
  }
}

}  // namespace

void run(const PoolStep& step, const Bases& bases, int first, int last) {
  kernels::pool_variants()[step.header.variant].run(
      {step.shape, bytes_at(step.in, bases), room_at(step.out, bases), first, last});
}

void run(const ReduceStep& step, const Bases& bases, int first, int last) {
  const std::int64_t behind = last * step.unit_rows;
  kernels::reduce_variants()[step.header.variant].run(
      {bytes_at(step.in, bases), room_at(step.out, bases), first * step.unit_rows,
       behind < step.outer ? behind : step.outer, step.length, step.inner, step.kind, step.scale});
}

void run(const ArgStep& step, const Bases& bases, int first, int last) {
  switch (step.type) {
    case kernels::PoolType::f32:
      return find_places<float>(step, bases, first, last);
    case kernels::PoolType::u8:
      return find_places<std::uint8_t>(step, bases, first, last);
    case kernels::PoolType::i8:
      return find_places<std::int8_t>(step, bases, first, last);
    case kernels::PoolType::bf16:
      return;  // no plan of ours asks for it
  }
}

}  // namespace slipway::engine
