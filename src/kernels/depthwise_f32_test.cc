#include "kernels/depthwise_f32.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/bf16.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

using Floats = std::vector<float>;

using Halves = std::vector<std::uint16_t>;

Halves halves_of(const Floats& floats) {
  Halves out;
  for (const float v : floats) out.push_back(rounded(v));
  return out;
}

/// A variant with the numbers that it reads and writes.
struct Way {
  DepthwiseF32Variant variant;
  bool rounded = false;

  [[nodiscard]] std::string name() const {
    return std::string(name_of(variant.isa)) + (rounded ? "_of_bf16" : "");
  }
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name(); }

std::vector<Way> ways() {
  std::vector<Way> out;
  for (const auto& variant : built(depthwise_f32_variants())) out.push_back({variant});
  for (const auto& variant : built(depthwise_bf16_variants())) out.push_back({variant, true});
  return out;
}

struct Case {
  DepthwiseF32 job;  // pointers are set by computed()
  int out_height = 1;
  Floats in;
  Floats weights;
  Floats bias;  // may be empty
};

constexpr int kSlack = 15;  // 63 bytes behind the input are read, in whole floats
constexpr float kUntouched = -77;

/// Outputs whose windows begin inside of the padded input.
int most_outputs(int size, int pad, int stride) { return (size + pad - 1) / stride + 1; }

Case random_case(Random& random, DepthwiseF32Shape shape) {
  Case one;
  auto& job = one.job;
  job.shape = shape;
  job.height = between(random, 1, 9);
  job.width = between(random, 1, 30);
  job.pad_top = between(random, 0, (shape.kernel_y - 1) * shape.dilation_y);
  job.pad_left = between(random, 0, (shape.kernel_x - 1) * shape.dilation_x);
  one.out_height = between(random, 1, most_outputs(job.height, job.pad_top, shape.stride_y));
  job.out_width = between(random, 1, most_outputs(job.width, job.pad_left, shape.stride_x));
  job.last_row = one.out_height;
  job.in_stride = shape.channels + between(random, 0, 1) * between(random, 0, 20);
  job.out_stride = shape.channels + between(random, 0, 1) * between(random, 0, 20);
  const auto in_stride = static_cast<int>(job.in_stride);
  one.in = random_floats(random, job.height * job.width * in_stride + kSlack);
  one.weights = random_floats(random, shape.kernel_y * shape.kernel_x * shape.channels);
  if (between(random, 0, 3) != 0) one.bias = random_floats(random, shape.channels);
  if (between(random, 0, 1) != 0) job.low = 0;
  if (between(random, 0, 1) != 0) job.high = 0.5F;
  return one;
}

/// Any window, or one of those that have code of their own.
DepthwiseF32Shape random_shape(Random& random, int channels) {
  if (between(random, 0, 2) == 0) {
    return {channels,
            between(random, 1, 4),
            between(random, 1, 4),
            between(random, 1, 3),
            between(random, 1, 3),
            between(random, 1, 3),
            between(random, 1, 3)};
  }
  const int kernel = between(random, 0, 1) == 0 ? 3 : 5;
  const int stride = between(random, 1, 2);
  return {channels, kernel, kernel, stride, stride};
}

/// Products in their order with one rounding each, and what bounds the rounding errors.
struct Expected {
  Floats y;
  Floats bound;
};

Expected expected(const Case& one) {
  const auto& job = one.job;
  const auto& shape = job.shape;
  Expected result;
  for (int r = 0; r < one.out_height; ++r) {
    for (int x = 0; x < job.out_width; ++x) {
      for (int c = 0; c < shape.channels; ++c) {
        float sum = one.bias.empty() ? 0 : one.bias[static_cast<std::size_t>(c)];
        float size = std::fabs(sum);
        for (int i = 0; i < shape.kernel_y; ++i) {
          for (int j = 0; j < shape.kernel_x; ++j) {
            const int y = r * shape.stride_y + i * shape.dilation_y - job.pad_top;
            const int z = x * shape.stride_x + j * shape.dilation_x - job.pad_left;
            if (y < 0 || y >= job.height || z < 0 || z >= job.width) continue;
            const float a =
                one.in[static_cast<std::size_t>((y * job.width + z) * job.in_stride + c)];
            const float w = one.weights[static_cast<std::size_t>(
                (i * shape.kernel_x + j) * shape.channels + c)];
            sum = std::fma(a, w, sum);
            size += std::fabs(a * w);
          }
        }
        result.y.push_back(std::fmin(std::fmax(sum, job.low), job.high));
        const int points = shape.kernel_y * shape.kernel_x;
        result.bound.push_back(static_cast<float>(points + 1) * 0x1p-22F * size);  // we round, too
      }
    }
  }
  return result;
}

Floats computed(const Way& way, const Case& one) {
  const auto& variant = way.variant;
  auto job = one.job;
  const auto bytes = packed_bytes(variant, job.shape);
  const std::unique_ptr<std::byte, decltype(&std::free)> panels(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free);
  pack_depthwise_f32(variant, job.shape, one.weights.data(),
                     one.bias.empty() ? nullptr : one.bias.data(), panels.get());
  const auto pixels = one.out_height * job.out_width;
  Floats out(static_cast<std::size_t>(pixels * job.out_stride), kUntouched);
  Halves rounded_in = halves_of(one.in);
  rounded_in.resize(rounded_in.size() + kSlack);  // as many bytes as behind floats
  Halves rounded_out = halves_of(out);
  if (way.rounded) {
    job.rounded_in = rounded_in.data();
    job.rounded_out = rounded_out.data();
  } else {
    job.in = one.in.data();
    job.out = out.data();
  }
  job.panels = panels.get();
  variant.run(job);
  for (std::size_t i = 0; way.rounded && i < out.size(); ++i) out[i] = widened(rounded_out[i]);
  Floats dense;
  for (std::ptrdiff_t i = 0; i < pixels * job.out_stride; ++i) {
    const auto at = out[static_cast<std::size_t>(i)];
    if (i % job.out_stride < job.shape.channels) {
      dense.push_back(at);
    } else {
      EXPECT_EQ(at, kUntouched) << "written between pixels";
    }
  }
  return dense;
}

class DepthwiseF32Variants : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().variant.isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().variant.isa);
  }

  /// What the variant of this test may read.
  static Case read_by_it(Case one) {
    for (auto& v : one.in)
      if (GetParam().rounded) v = widened(rounded(v));
    return one;
  }

  /// Equal values, but of portable code only within the bound; rounded ones may then be neighbours.
  static void compare(float is, const Expected& should, std::size_t i, const Case& one) {
    const auto& job = one.job;
    const auto& shape = job.shape;
    const bool rounds = GetParam().rounded;
    const float y = rounds ? widened(rounded(should.y[i])) : should.y[i];
    float bound = GetParam().variant.isa == Isa::portable ? should.bound[i] : 0;
    if (rounds && bound > 0) bound += std::fabs(y) * 0x1p-7F;
    ASSERT_LE(std::fabs(is - y), bound)
        << "at " << i << ": " << job.height << "x" << job.width << "x" << shape.channels << " to "
        << one.out_height << "x" << job.out_width << ", window " << shape.kernel_y << "x"
        << shape.kernel_x << ", strides " << shape.stride_y << " " << shape.stride_x
        << ", dilations " << shape.dilation_y << " " << shape.dilation_x << ", pads " << job.pad_top
        << " " << job.pad_left;
  }
};

TEST_P(DepthwiseF32Variants, EqualTheSumsAtEveryEdge) {
  Random random(1);
  for (int i = 0; i < 1500; ++i) {
    const int channels = i < 70 ? i + 1 : between(random, 1, 40);
    const auto one = read_by_it(random_case(random, random_shape(random, channels)));
    const auto should = expected(one);
    const auto is = computed(GetParam(), one);
    for (std::size_t k = 0; k < is.size(); ++k) compare(is[k], should, k, one);
  }
}

TEST_P(DepthwiseF32Variants, LeaveOtherRowsAlone) {
  Random random(2);
  auto one = random_case(random, {.channels = 21});
  while (one.out_height < 4) one = random_case(random, {.channels = 21});
  one = read_by_it(one);
  const auto should = expected(one);
  one.job.first_row = 1;
  one.job.last_row = one.out_height - 1;
  const auto part = computed(GetParam(), one);
  const int row = one.job.out_width * 21;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const int r = static_cast<int>(i) / row;
    if (r >= 1 && r < one.out_height - 1) {
      compare(part[i], should, i, one);
    } else {
      ASSERT_EQ(part[i], kUntouched);
    }
  }
}

TEST_P(DepthwiseF32Variants, LetWhatIsNotANumberPass) {
  Random random(3);
  auto one = random_case(random, {.channels = 9});
  for (auto& v : one.in) v = std::nanf("");
  one.job.pad_top = one.job.pad_left = 0;
  one.job.out_width = one.job.last_row = one.out_height = 1;
  one.job.low = 0;
  for (const float v : computed(GetParam(), one)) EXPECT_TRUE(std::isnan(v));
}

INSTANTIATE_TEST_SUITE_P(All, DepthwiseF32Variants, testing::ValuesIn(ways()),
                         [](const auto& test) { return test.param.name(); });

}  // namespace
}  // namespace slipway::kernels
