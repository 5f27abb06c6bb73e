#include "engine/elementwise_steps.h"

#include "engine/places.h"

namespace slipway::engine {
namespace {

template <class Function>
void compare(const CompareF32Step& step, const Bases& bases, int first, int last, Function f) {
  const auto* a = read_at<float>(step.a, bases);
  const auto* b = read_at<float>(step.b, bases);
  auto* out = write_at<std::uint8_t>(step.out, bases);
  const int inner = step.loops.rank - 1;
  const std::int64_t next_a = step.loops.steps[0][inner];
  const std::int64_t next_b = step.loops.steps[1][inner];
  each_line(step.loops, first, last,
            [&](std::int64_t to, const std::int64_t* from, std::int64_t count) {
              for (std::int64_t i = 0; i < count; ++i)
                out[to + i] = f(a[from[0] + i * next_a], b[from[1] + i * next_b]) ? 1 : 0;
            });
}

template <class T>
void select(const SelectStep& step, const Bases& bases, int first, int last) {
  const auto* condition = read_at<std::uint8_t>(step.condition, bases);
  const auto* a = read_at<T>(step.a, bases);
  const auto* b = read_at<T>(step.b, bases);
  auto* out = write_at<T>(step.out, bases);
  const int inner = step.loops.rank - 1;
  const auto next = [&](int input) { return step.loops.steps[input][inner]; };
  each_line(step.loops, first, last,
            [&](std::int64_t to, const std::int64_t* from, std::int64_t count) {
              for (std::int64_t i = 0; i < count; ++i) {
                out[to + i] = condition[from[0] + i * next(0)] != 0 ? a[from[1] + i * next(1)]
                                                                    : b[from[2] + i * next(2)];
              }
            });
}

}  // namespace

void run(const UnaryF32Step& step, const Bases& bases, int first, int last) {
  const std::int64_t begin = first * step.unit_elements;
  const std::int64_t behind = last * step.unit_elements;
  const std::int64_t end = behind < step.count ? behind : step.count;
  kernels::unary_f32_variants()[step.header.variant].run({read_at<float>(step.in, bases) + begin,
                                                          write_at<float>(step.out, bases) + begin,
                                                          end - begin, step.kind, step.a, step.b});
}

void run(const BinaryF32Step& step, const Bases& bases, int first, int last) {
  const auto* a = read_at<float>(step.a, bases);
  const auto* b = read_at<float>(step.b, bases);
  auto* out = write_at<float>(step.out, bases);
  const auto run_kernel = kernels::binary_f32_variants()[step.header.variant].run;
  const int inner = step.loops.rank - 1;
  kernels::BinaryF32 job;
  job.a_step = static_cast<int>(step.loops.steps[0][inner]);
  job.b_step = static_cast<int>(step.loops.steps[1][inner]);
  job.kind = step.kind;
  job.low = step.low;
  job.high = step.high;
  each_line(step.loops, first, last,
            [&](std::int64_t to, const std::int64_t* from, std::int64_t count) {
              job.a = a + from[0];
              job.b = b + from[1];
              job.out = out + to;
              job.count = count;
              run_kernel(job);
            });
}

void run(const CompareF32Step& step, const Bases& bases, int first, int last) {
  switch (step.comparison) {
    case Comparison::equal:
      return compare(step, bases, first, last, [](float a, float b) { return a == b; });
    case Comparison::not_equal:
      return compare(step, bases, first, last, [](float a, float b) { return a != b; });
    case Comparison::less:
      return compare(step, bases, first, last, [](float a, float b) { return a < b; });
    case Comparison::less_or_equal:
      return compare(step, bases, first, last, [](float a, float b) { return a <= b; });
  }
}

void run(const SelectStep& step, const Bases& bases, int first, int last) {
  switch (step.element_bytes) {
    case 1:
      return select<std::uint8_t>(step, bases, first, last);
    case 2:
      return select<std::uint16_t>(step, bases, first, last);
    case 4:
      return select<std::uint32_t>(step, bases, first, last);
    default:
      return select<std::uint64_t>(step, bases, first, last);
  }
}

}  // namespace slipway::engine
