#include "kernels/resize_f32.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class ResizeF32Variants : public testing::TestWithParam<ResizeF32Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

/// Neighbours in the order of the output where `sorted`, or any.
std::vector<Tap> random_taps(Random& random, int in, int out, bool sorted) {
  std::vector<Tap> taps;
  for (int i = 0; i < out; ++i) {
    const int low = sorted ? i * in / out : static_cast<int>(random.integer(0, in - 1));
    taps.push_back({low, std::min(low + 1, in - 1), random.real(0, 1)});
  }
  return taps;
}

TEST_P(ResizeF32Variants, EqualTheFormulaAtEveryEdge) {
  Random random(9);
  for (int i = 0; i < 300; ++i) {
    ResizeF32 job;
    job.height = static_cast<int>(random.integer(1, 5));
    job.width = static_cast<int>(random.integer(1, 5));
    job.out_height = static_cast<int>(random.integer(1, 6));
    job.out_width = static_cast<int>(random.integer(1, 9));
    job.channels = i % 70 + 1;
    job.first = static_cast<int>(random.integer(0, job.out_height));
    job.last = job.out_height * 2;  // of two pictures
    const auto rows = random_taps(random, job.height, job.out_height, i % 2 == 0);
    const auto columns = random_taps(random, job.width, job.out_width, i % 3 != 0);
    std::vector<float> in(static_cast<std::size_t>(2 * job.height * job.width * job.channels));
    for (auto& x : in) x = random.real(-2, 2);
    const int line = job.out_width * job.channels;
    std::vector<float> out(static_cast<std::size_t>(job.last * line + 20), 77);
    job.in = in.data();
    job.out = out.data();
    job.rows = rows.data();
    job.columns = columns.data();
    GetParam().run(job);
    for (int at = 0; at < std::ssize(out); ++at) {
      const int r = at / line;
      if (r < job.first || r >= job.last) {
        ASSERT_EQ(out[static_cast<std::size_t>(at)], 77) << at;
        continue;
      }
      const auto& row = rows[static_cast<std::size_t>(r % job.out_height)];
      const auto& column = columns[static_cast<std::size_t>(at % line / job.channels)];
      const auto corner = [&](int y, int x) {
        const int pixel = (r / job.out_height * job.height + y) * job.width + x;
        return in[static_cast<std::size_t>(pixel * job.channels + at % job.channels)];
      };
      const float low =
          std::lerp(corner(row.low, column.low), corner(row.low, column.high), column.distance);
      const float high =
          std::lerp(corner(row.high, column.low), corner(row.high, column.high), column.distance);
      ASSERT_NEAR(out[static_cast<std::size_t>(at)], std::lerp(low, high, row.distance), 2e-6)
          << job.channels << " channels, element " << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ResizeF32Variants, testing::ValuesIn(built(resize_f32_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
