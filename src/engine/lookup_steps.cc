#include "engine/lookup_steps.h"

#include <cstring>

#include "engine/places.h"
#include "kernels/dequantize_u8.h"
#include "kernels/lookup_u8.h"

namespace slipway::engine {
namespace {

template <class T>
void look_up(const T* table, const std::uint8_t* in, T* out, std::int64_t count) {
  std::int64_t i = 0;
  // Eight at a time, for the processor to have loads in flight.
  for (; i + 8 <= count; i += 8) {
    T found[8];
    for (int k = 0; k < 8; ++k) found[k] = table[in[i + k]];
    for (int k = 0; k < 8; ++k) out[i + k] = found[k];
  }
  for (; i < count; ++i) out[i] = table[in[i]];
}

template <class T>
void run_one(const LookupStep& step, const Bases& bases, std::int64_t first, std::int64_t last) {
  const std::int64_t row = step.channels * step.inner;
  const auto* in = read_at<std::uint8_t>(step.in, bases) + first * row;
  const auto* table = read_at<T>(step.table, bases);
  auto* out = write_at<T>(step.out, bases) + first * row;
  if (step.channels == 1) {
    if constexpr (sizeof(T) == 1)
      return kernels::lookup_u8_variants()[step.header.variant].run(
          {table, in, out, (last - first) * row});
    return look_up(table, in, out, (last - first) * row);
  }
  for (std::int64_t r = first; r < last; ++r) {
    for (std::int64_t c = 0; c < step.channels; ++c, in += step.inner, out += step.inner)
      look_up(table + c * 256, in, out, step.inner);
  }
}

template <class T>
void run_two(const Lookup2Step& step, const Bases& bases, int first, int last) {
  const auto* table = read_at<T>(step.table, bases);
  const auto* a = read_at<std::uint8_t>(step.a, bases);
  const auto* b = read_at<std::uint8_t>(step.b, bases);
  auto* out = write_at<T>(step.out, bases);
  const int inner = step.loops.rank - 1;
  const std::int64_t next_a = step.loops.steps[0][inner];
  const std::int64_t next_b = step.loops.steps[1][inner];
  each_line(step.loops, first, last,
            [&](std::int64_t to, const std::int64_t* from, std::int64_t count) {
              for (std::int64_t i = 0; i < count; ++i) {
                const std::uint8_t left = a[from[0] + i * next_a];
                out[to + i] = table[left * 256 + b[from[1] + i * next_b]];
              }
            });
}

}  // namespace

void run(const LookupStep& step, const Bases& bases, int first, int last) {
  const std::int64_t begin = first * step.unit_rows;
  const std::int64_t behind = last * step.unit_rows;
  const std::int64_t stop = behind < step.rows ? behind : step.rows;
  switch (step.element_bytes) {
    case 1:
      return run_one<std::uint8_t>(step, bases, begin, stop);
    case 2:
      return run_one<std::uint16_t>(step, bases, begin, stop);
    case 4:
      return run_one<std::uint32_t>(step, bases, begin, stop);
    default:
      return run_one<std::uint64_t>(step, bases, begin, stop);
  }
}

void run(const Lookup2Step& step, const Bases& bases, int first, int last) {
  switch (step.element_bytes) {
    case 1:
      return run_two<std::uint8_t>(step, bases, first, last);
    case 2:
      return run_two<std::uint16_t>(step, bases, first, last);
    case 4:
      return run_two<std::uint32_t>(step, bases, first, last);
    default:
      return run_two<std::uint64_t>(step, bases, first, last);
  }
}

void run(const DequantizeStep& step, const Bases& bases, int first, int last) {
  const std::int64_t begin = first * step.unit_elements;
  const std::int64_t behind = last * step.unit_elements;
  const std::int64_t stop = behind < step.count ? behind : step.count;
  kernels::dequantize_u8_variants()[step.header.variant].run(
      {read_at<std::uint8_t>(step.in, bases) + begin, write_at<float>(step.out, bases) + begin,
       stop - begin, step.scale, step.zero});
}

void run(const NormalizeStep& step, const Bases& bases, int first, int last) {
  const auto run_kernel = kernels::normalize_u8_variants()[step.header.variant].run;
  kernels::NormalizeU8 job;
  job.count = step.row;
  job.mean = read_at<float>(step.mean, bases);
  if (step.divides != 0) job.std = read_at<float>(step.std, bases);
  const auto clear = [](float* from, std::int64_t count) {
    std::memset(from, 0, static_cast<std::size_t>(count) * sizeof *from);
  };
  for (std::int64_t unit = first; unit < last; ++unit) {
    float* out = write_at<float>(step.out, bases) + unit * step.out_row;
    const std::int64_t y = unit % step.out_height - step.pad_top;
    if (y < 0 || y >= step.height) {
      clear(out, step.out_row);
      continue;
    }
    const std::int64_t row = unit / step.out_height * step.height + y;
    job.in = read_at<std::uint8_t>(step.in, bases) + row * step.row;
    job.out = out + step.pad_left;
    clear(out, step.pad_left);
    run_kernel(job);
    clear(job.out + step.row, step.out_row - step.pad_left - step.row);
  }
}

}  // namespace slipway::engine
