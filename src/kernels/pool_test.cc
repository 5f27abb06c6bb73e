#include "kernels/pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/bf16.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class PoolVariants : public testing::TestWithParam<PoolVariant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

PoolShape random_shape(Random& random) {
  PoolShape shape;
  shape.channels = random.integer(1, 90);
  shape.in_stride = shape.channels + random.integer(0, 3);
  shape.out_stride = shape.channels + random.integer(0, 3);
  const int square = static_cast<int>(random.integer(0, 4));  // 2 and 3 have code of their own
  for (int i = 0; i < 3; ++i) {
    const bool flat = i == 0 && square > 0;
    shape.kernel[i] = flat ? 1 : square > 0 ? square : random.integer(1, 3);
    shape.stride[i] = flat ? 1 : random.integer(1, 3);
    shape.dilation[i] = random.integer(1, 2);
    const std::int64_t reach = (shape.kernel[i] - 1) * shape.dilation[i] + 1;
    shape.in[i] = flat ? 1 : reach + random.integer(0, 5);
    if (!flat) {
      shape.pad[i] = random.integer(0, reach - 1);
      shape.pad_end[i] = random.integer(0, reach - 1);
    }
    shape.out[i] = (shape.in[i] + shape.pad[i] + shape.pad_end[i] - reach) / shape.stride[i] + 1;
  }
  shape.count_padding = static_cast<std::uint32_t>(random.integer(0, 1));
  shape.in_row = shape.in[2] * shape.in_stride + random.integer(0, 5);
  shape.out_row = shape.out[2] * shape.out_stride + random.integer(0, 5);
  shape.in_picture = shape.in[0] * shape.in[1] * shape.in_row + random.integer(0, 5);
  shape.out_picture = shape.out[0] * shape.out[1] * shape.out_row + random.integer(0, 5);
  return shape;
}

/// What lies under the window of one output, and how many places of it are picture or padding.
template <class T>
struct Window {
  std::vector<T> elements;
  std::int64_t with_padding = 0;
};

template <class T>
Window<T> window_at(const PoolShape& shape, const T* in, const std::int64_t (&at)[3]) {
  Window<T> window;
  std::int64_t k[3];
  for (k[0] = 0; k[0] < shape.kernel[0]; ++k[0]) {
    for (k[1] = 0; k[1] < shape.kernel[1]; ++k[1]) {
      for (k[2] = 0; k[2] < shape.kernel[2]; ++k[2]) {
        bool inside = true;
        bool padding = true;
        std::int64_t pixel = 0;
        for (int i = 0; i < 3; ++i) {
          const auto place = at[i] * shape.stride[i] - shape.pad[i] + k[i] * shape.dilation[i];
          inside = inside && place >= 0 && place < shape.in[i];
          padding = padding && place < shape.in[i] + shape.pad_end[i];
          pixel =
              i == 2 ? pixel * shape.in_row + place * shape.in_stride : pixel * shape.in[i] + place;
        }
        window.with_padding += padding ? 1 : 0;
        if (inside) window.elements.push_back(in[pixel]);
      }
    }
  }
  return window;
}

template <class T>
double pooled(const PoolShape& shape, const Window<T>& window) {
  if (shape.kind == PoolKind::max)
    return static_cast<double>(*std::ranges::max_element(window.elements));
  const auto inside = std::ssize(window.elements);
  const auto all = shape.count_padding != 0 ? window.with_padding : inside;
  double sum = static_cast<double>(shape.zero) * static_cast<double>(all - inside);
  for (const auto x : window.elements) sum += static_cast<double>(x);
  const double mean = sum / static_cast<double>(all);
  return shape.type == PoolType::f32 ? mean : std::round(mean);
}

template <class T>
void expect_pooled(const PoolVariant& variant, Random& random, PoolShape shape) {
  shape.type = sizeof(T) == 4                      ? PoolType::f32
               : std::numeric_limits<T>::is_signed ? PoolType::i8
                                                   : PoolType::u8;
  const auto lowest = sizeof(T) == 4 ? -100 : std::int64_t{std::numeric_limits<std::int8_t>::min()};
  const std::int64_t low = shape.type == PoolType::u8 ? 0 : lowest;
  if (shape.type != PoolType::f32) shape.zero = static_cast<std::int32_t>(low + 30);
  shape.low = static_cast<float>(low + 20);
  shape.high = static_cast<float>(low + 190);
  constexpr std::int64_t kPictures = 2;
  std::vector<T> in(static_cast<std::size_t>(kPictures * shape.in_picture));
  for (auto& x : in) x = static_cast<T>(random.integer(low, low + 255));
  const std::int64_t rows = shape.out[0] * shape.out[1];
  const std::int64_t line = shape.out[2] * shape.out_stride;
  std::vector<T> out(static_cast<std::size_t>(kPictures * shape.out_picture), T{7});
  Pool job{shape, in.data(), out.data(), random.integer(0, rows), kPictures * rows};
  variant.run(job);
  for (std::int64_t i = 0; i < std::ssize(out); ++i) {
    const std::int64_t within = i % shape.out_picture;
    const std::int64_t row = i / shape.out_picture * rows + within / shape.out_row;
    const std::int64_t pixel = within % shape.out_row / shape.out_stride;
    const std::int64_t channel = within % shape.out_row % shape.out_stride;
    const bool is_pixel = within < rows * shape.out_row && within % shape.out_row < line;
    double should = 7;
    if (is_pixel && row >= job.first && channel < shape.channels) {
      const std::int64_t at[3] = {row % rows / shape.out[1], row % shape.out[1], pixel};
      const auto* picture = in.data() + row / rows * shape.in_picture + channel;
      const auto window = window_at(shape, picture, at);
      if (window.elements.empty()) continue;
      should = std::clamp(pooled(shape, window), static_cast<double>(shape.low),
                          static_cast<double>(shape.high));
    }
    ASSERT_NEAR(static_cast<double>(out[static_cast<std::size_t>(i)]), should, 1e-4)
        << "element " << i << " under " << shape.kernel[0] << "x" << shape.kernel[1] << "x"
        << shape.kernel[2];
  }
}

TEST_P(PoolVariants, EqualTheFormulaAtEveryEdge) {
  Random random(10);
  for (int i = 0; i < 300; ++i) {
    auto shape = random_shape(random);
    shape.kind = i % 2 == 0 ? PoolKind::max : PoolKind::average;
    expect_pooled<float>(GetParam(), random, shape);
    expect_pooled<std::uint8_t>(GetParam(), random, shape);
    expect_pooled<std::int8_t>(GetParam(), random, shape);
  }
}

TEST_P(PoolVariants, OfBfloat16AreThoseOfFloatsRounded) {
  Random random(11);
  for (int i = 0; i < 300; ++i) {
    auto shape = random_shape(random);
    shape.kind = i % 2 == 0 ? PoolKind::max : PoolKind::average;
    shape.low = -3;
    shape.high = random.integer(0, 1) == 0 ? 6 : std::numeric_limits<float>::infinity();
    const std::int64_t rows = shape.out[0] * shape.out[1];
    std::vector<std::uint16_t> in(static_cast<std::size_t>(shape.in_picture));
    for (auto& x : in) x = rounded(random.real(-8, 8));
    std::vector<float> floats;
    for (const auto x : in) floats.push_back(widened(x));
    const auto count = static_cast<std::size_t>(shape.out_picture);
    std::vector<float> should(count, 7);
    std::vector<std::uint16_t> is(count, rounded(7));
    GetParam().run({shape, floats.data(), should.data(), 0, rows});
    shape.type = PoolType::bf16;
    GetParam().run({shape, in.data(), is.data(), 0, rows});
    for (std::size_t k = 0; k < count; ++k) ASSERT_EQ(is[k], rounded(should[k])) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PoolVariants, testing::ValuesIn(built(pool_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
