#include "kernels/planar_f32.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

constexpr float kUntouched = -77;
constexpr std::size_t kLine = 64;

/// Pixels of floats, or of bytes, with their weights. What lies behind the pixels is what kernels
/// may read; it is no number, or a byte that would show.
struct Case {
  PlanarF32 job;
  std::vector<float> floats;
  std::vector<std::uint8_t> bytes;
  std::vector<float> weights;
  std::vector<float> bias;

  [[nodiscard]] float x(std::int64_t i, int k) const {
    const auto at = static_cast<std::size_t>(i * job.stride + k);
    return bytes.empty() ? floats[at] : static_cast<float>(bytes[at] - job.zero);
  }
};

Case random_case(Random& random, int inputs, int outputs, std::int64_t pixels) {
  Case one;
  auto& job = one.job;
  job.inputs = inputs;
  job.outputs = outputs;
  job.pixels = pixels;
  job.stride = inputs + (random.integer(0, 2) == 0 ? random.integer(1, 9) : 0);
  job.plane = pixels + random.integer(0, 2) * random.integer(0, 20);
  const auto size = static_cast<std::size_t>((pixels - 1) * job.stride + inputs);
  if (random.integer(0, 1) != 0) {
    for (std::size_t i = 0; i < size; ++i) one.floats.push_back(random.real(-1, 1));
    one.floats.resize(size + kLine / sizeof(float), std::nanf(""));
  } else {
    job.zero = static_cast<std::int32_t>(random.integer(0, 255));
    for (std::size_t i = 0; i < size; ++i)
      one.bytes.push_back(static_cast<std::uint8_t>(random.integer(0, 255)));
    one.bytes.resize(size + kLine - 1, 255);
  }
  for (int i = 0; i < inputs * outputs; ++i) one.weights.push_back(random.real(-1, 1));
  for (int j = 0; j < outputs; ++j) one.bias.push_back(random.real(-1, 1));
  if (random.integer(0, 1) != 0) job.low = 0;
  if (random.integer(0, 1) != 0) job.high = 0.5F;
  return one;
}

/// Products in their order with one rounding each, and what bounds the rounding errors.
struct Expected {
  float value = 0;
  float bound = 0;
};

Expected expected(const Case& one, std::int64_t i, int j) {
  float sum = one.bias[static_cast<std::size_t>(j)];
  float size = std::fabs(sum);
  for (int k = 0; k < one.job.inputs; ++k) {
    const float w = one.weights[static_cast<std::size_t>(k * one.job.outputs + j)];
    sum = std::fma(one.x(i, k), w, sum);
    size += std::fabs(one.x(i, k) * w);
  }
  return {std::fmin(std::fmax(sum, one.job.low), one.job.high),
          static_cast<float>(one.job.inputs + 2) * 0x1p-22F * size};  // twice: we round, too
}

/// Planes that begin where a line does, and what lies around them.
struct Planes {
  std::vector<float> room;
  float* out = nullptr;

  explicit Planes(std::size_t count) : room(count + 2 * kLine, kUntouched) {
    void* at = room.data();
    std::size_t left = room.size() * sizeof(float);
    out = static_cast<float*>(std::align(kLine, count * sizeof(float), at, left));
  }
};

class PlanarF32Variants : public testing::TestWithParam<PlanarF32Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }

  /// Equal bits, but of portable code only within the bound; and nothing else is written.
  static void check(Case& one) {
    auto& job = one.job;
    job.floats = one.bytes.empty() ? one.floats.data() : nullptr;
    job.bytes = one.bytes.empty() ? nullptr : one.bytes.data();
    job.weights = one.weights.data();
    job.bias = one.bias.data();
    const Planes planes(static_cast<std::size_t>(job.outputs * job.plane));
    job.out = planes.out;
    GetParam().run(job);
    std::size_t touched = 0;
    for (int j = 0; j < job.outputs; ++j) {
      for (std::int64_t i = 0; i < job.pixels; ++i, ++touched) {
        const auto should = expected(one, i, j);
        const float bound = GetParam().isa == Isa::portable ? should.bound : 0;
        ASSERT_LE(std::fabs(planes.out[j * job.plane + i] - should.value), bound)
            << "pixel " << i << " of " << job.pixels << ", output " << j << " of " << job.outputs
            << ", " << job.inputs << " inputs " << (one.bytes.empty() ? "of floats" : "of bytes");
        planes.out[j * job.plane + i] = kUntouched;
      }
    }
    for (const float v : planes.room) ASSERT_EQ(v, kUntouched);
  }
};

TEST_P(PlanarF32Variants, EqualTheSumsAtEveryEdge) {
  Random random(1);
  const auto any = [&](int most) { return static_cast<int>(random.integer(1, most)); };
  for (int pixels = 1; pixels <= 150; ++pixels) {
    auto one = random_case(random, any(40), any(20), pixels);
    check(one);
  }
  for (int inputs = 1; inputs <= kPlanarMostInputs; ++inputs) {
    auto one = random_case(random, inputs, any(8), any(200));
    check(one);
  }
  for (int outputs = 1; outputs <= 70; ++outputs) {
    auto one = random_case(random, any(20), outputs, any(200));
    check(one);
  }
}

TEST_P(PlanarF32Variants, PassByTheCachesOnlyInWholeLines) {
  Random random(2);
  for (int pixels = 60; pixels <= 264; pixels += 4) {
    auto one = random_case(random, 16, 7, pixels);
    one.job.plane = pixels;
    one.job.far = true;
    check(one);
  }
}

TEST_P(PlanarF32Variants, LetWhatIsNotANumberPass) {
  const float weight = 1;
  const float bias = 0;
  const std::vector<float> in(200, std::nanf(""));
  for (const std::int64_t pixels : {3, 70}) {
    std::vector<float> out(static_cast<std::size_t>(pixels));
    PlanarF32 job;
    job.floats = in.data();
    job.stride = job.inputs = job.outputs = 1;
    job.pixels = job.plane = pixels;
    job.weights = &weight;
    job.bias = &bias;
    job.out = out.data();
    job.low = 0;
    job.high = 6;
    GetParam().run(job);
    for (const float v : out) EXPECT_TRUE(std::isnan(v));
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlanarF32Variants, testing::ValuesIn(built(planar_f32_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
