#include "kernels/gemm_u8.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

/// A product with its operands; `a` has 31 bytes more than its rows need.
struct Case {
  GemmU8Shape shape;
  int m = 1;
  int a_stride = 1;
  int c_stride = 1;
  std::vector<std::vector<std::uint8_t>> segments;
  std::vector<std::int16_t> weights;
  std::vector<ChannelScale> channels;
  Requantization requantization;
  std::vector<std::uint8_t> residual;
  int residual_stride = 0;
  Addition addition;
  std::vector<std::uint8_t> table;
};

/// Bytes of c, floats of y, and sums; what nobody wrote is as it was.
struct Result {
  std::vector<std::uint8_t> c;
  std::vector<float> y;
  std::vector<std::int32_t> sums;

  bool operator==(const Result&) const = default;
};

/// Numbers with which sums of `most` fill a byte and more; a kind may be mixed with its safe one.
ChannelScale random_scale(Random& random, Requantize kind, int most, int zero) {
  ChannelScale channel;
  channel.kind = kind;
  channel.bias = between(random, -most, most);
  const double real = 400.0 / most * between(random, 1, 999) / 500.0;
  channel.scale = static_cast<float>(real);
  channel.real = real;
  channel.factor = channel.scale;
  channel.offset =
      random.real(0, 0.5F) + (kind == Requantize::fused ? static_cast<float>(zero) : 0);
  if (kind == Requantize::magic) {
    channel.centre = between(random, -1000000, 1000000);
    const float start = kMagic - static_cast<float>(channel.centre);
    channel.offset = std::nearbyint(kMagic + 100 - start * channel.factor);
  }
  int exponent = 0;
  channel.multiplier = static_cast<std::int32_t>(std::frexp(real, &exponent) * 0x1p31);
  channel.shift = kind == Requantize::down && exponent > -1 ? -1 : exponent;
  return channel;
}

Case random_case(Random& random, GemmU8Shape shape, int m, Requantize kind) {
  Case one;
  one.shape = shape;
  one.m = m;
  one.a_stride = between(random, 1, shape.segment_bytes + 9);
  one.c_stride = shape.n + between(random, 0, 5);
  for (int s = 0; s < shape.segments; ++s) {
    auto& bytes = one.segments.emplace_back();
    for (int i = 0; i < (m - 1) * one.a_stride + shape.segment_bytes + 31; ++i)
      bytes.push_back(static_cast<std::uint8_t>(between(random, 0, 255)));
  }
  for (int i = 0; i < shape.segments * shape.segment_bytes * shape.n; ++i)
    one.weights.push_back(static_cast<std::int16_t>(between(random, -128, 127)));
  // Some weights are what is left of a type with a zero point.
  for (int i = between(random, 0, 3); i > 0; --i) {
    const auto at = between(random, 0, static_cast<int>(one.weights.size()) - 1);
    one.weights[static_cast<std::size_t>(at)] = static_cast<std::int16_t>(
        between(random, 0, 1) == 0 ? between(random, 128, 255) : between(random, -255, -129));
  }
  one.requantization = {kind, static_cast<std::int16_t>(between(random, 0, 255)),
                        static_cast<std::uint8_t>(between(random, 0, 1) * between(random, 0, 100)),
                        static_cast<std::uint8_t>(255 - between(random, 0, 1) * 50)};
  for (int j = 0; j < shape.n; ++j) {
    one.channels.push_back(random_scale(random, kind, between(random, 0, 4) == 0 ? 50 : 100000,
                                        one.requantization.zero));
  }
  one.residual_stride = shape.n + between(random, 0, 5);
  for (int i = 0; i < m * one.residual_stride + 31; ++i)
    one.residual.push_back(static_cast<std::uint8_t>(between(random, 0, 255)));
  one.addition = {random.real(0.1F, 2),
                  random.real(0.1F, 2),
                  random.real(-200, 20),
                  static_cast<std::uint8_t>(between(random, 0, 9)),
                  static_cast<std::uint8_t>(between(random, 200, 255)),
                  between(random, 0, 1) == 1,
                  between(random, 0, 3) == 0};
  for (int i = 0; i < kTableBytes; ++i)
    one.table.push_back(static_cast<std::uint8_t>(i * 2654435761U >> 24U));
  return one;
}

Result untouched(const Case& one) {
  const auto size = static_cast<std::size_t>(one.m * one.c_stride);
  return {std::vector<std::uint8_t>(size, 0xEE), std::vector<float>(size, -7),
          std::vector<std::int32_t>(size, 77)};
}

Result expected(const Case& one) {
  auto result = untouched(one);
  for (int i = 0; i < one.m; ++i) {
    for (int j = 0; j < one.shape.n; ++j) {
      std::int32_t sum = one.channels[static_cast<std::size_t>(j)].bias;
      for (int s = 0; s < one.shape.segments; ++s) {
        for (int k = 0; k < one.shape.segment_bytes; ++k) {
          sum += one.segments[static_cast<std::size_t>(s)]
                             [static_cast<std::size_t>(i * one.a_stride + k)] *
                 one.weights[static_cast<std::size_t>(
                     (s * one.shape.segment_bytes + k) * one.shape.n + j)];
        }
      }
      const auto at = static_cast<std::size_t>(i * one.c_stride + j);
      const auto& channel = one.channels[static_cast<std::size_t>(j)];
      if (one.shape.output == GemmOutput::floats) {
        result.y[at] = static_cast<float>(sum) * channel.scale;
        continue;
      }
      if (one.shape.output == GemmOutput::sums) {
        result.sums[at] = sum;
        continue;
      }
      const auto byte = requantize(sum, channel, one.requantization);
      const auto other = one.residual[static_cast<std::size_t>(i * one.residual_stride + j)];
      result.c[at] = one.shape.output == GemmOutput::bytes ? byte
                     : one.addition.table ? one.table[std::size_t{byte} * 256 + other]
                                          : add(byte, other, one.addition);
    }
  }
  return result;
}

/// Rows that are wanted, in the places of the first ones.
std::vector<std::uint8_t> wanted_rows(const std::vector<std::uint8_t>& all, std::ptrdiff_t stride,
                                      int m, const RowLines& lines) {
  auto out = all;
  auto to = out.begin();
  for (int i = 0; i < m; ++i) {
    if ((lines.first + i) % lines.apart >= lines.pixels) continue;
    std::copy_n(all.begin() + i * stride, stride, to);
    to += stride;
  }
  return out;
}

/// Wanted rows follow each other in the results; each has the residual of its number among all,
/// which follow each other as well where the variant wants that.
Result computed(const GemmU8Variant& variant, const Case& one, const RowLines& lines = {}) {
  const bool table = one.shape.output == GemmOutput::added && one.addition.table;
  const GemmU8Constants constants{one.weights.data(), one.channels.data(), one.requantization.safe,
                                  table ? one.table.data() : nullptr};
  const auto bytes = packed_bytes(variant, one.shape, constants);
  const std::unique_ptr<std::byte, decltype(&std::free)> panels(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free);
  pack_gemm_u8(variant, one.shape, constants, panels.get());
  std::vector<const std::uint8_t*> a;
  for (const auto& segment : one.segments) a.push_back(segment.data());
  auto result = untouched(one);
  GemmU8 job;
  job.shape = one.shape;
  job.m = one.m;
  job.a = a.data();
  job.a_stride = one.a_stride;
  job.panels = panels.get();
  job.c_stride = one.c_stride;
  job.requantization = one.requantization;
  job.residual_stride = one.residual_stride;
  job.addition = one.addition;
  const auto size = workspace_bytes(variant, one.shape, one.m, one.a_stride);
  const std::unique_ptr<std::byte, decltype(&std::free)> workspace(
      static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64)), &std::free);
  job.workspace = workspace.get();
  job.lines = lines;
  job.lines.c = std::ptrdiff_t{lines.pixels} * one.c_stride;
  const bool close = lines.pixels != 0 && variant.operands == GemmU8Operands::saturated;
  job.lines.residual = (close ? lines.pixels : lines.apart) * one.residual_stride;
  const std::ptrdiff_t before = std::ptrdiff_t{std::min(lines.first, lines.pixels)} * one.c_stride;
  const std::ptrdiff_t residual_before =
      close ? before / one.c_stride * one.residual_stride : lines.first * one.residual_stride;
  const auto residual =
      close ? wanted_rows(one.residual, one.residual_stride, one.m, lines) : one.residual;
  // In one or in two parts.
  const int cut = one.shape.n % 3 == 0 ? one.shape.n / 2 / variant.panel * variant.panel : 0;
  for (const auto& [first, columns] : {std::pair(0, cut), std::pair(cut, one.shape.n - cut)}) {
    if (columns == 0) continue;
    job.first = first;
    job.columns = columns;
    job.c = result.c.data() + first - before;
    job.y = result.y.data() + first - before;
    job.sums = result.sums.data() + first - before;
    job.residual = residual.data() + first - residual_before;
    variant.run(job);
  }
  return result;
}

class GemmU8Variants : public testing::TestWithParam<GemmU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(GemmU8Variants, EqualTheSumsInEveryByteAtEveryEdge) {
  Random random(1);
  const auto check = [&](GemmU8Shape shape, int m, Requantize kind) {
    const auto one = random_case(random, shape, m, kind);
    ASSERT_TRUE(computed(GetParam(), one) == expected(one))
        << m << " rows, " << shape.n << " columns, " << shape.segments << " segments of "
        << shape.segment_bytes << ", output " << static_cast<int>(shape.output);
  };
  for (const auto output :
       {GemmOutput::bytes, GemmOutput::added, GemmOutput::floats, GemmOutput::sums}) {
    const bool bytes = output == GemmOutput::bytes || output == GemmOutput::added;
    for (int k = 0; k < kRequantizeCount; ++k) {
      const auto kind = static_cast<Requantize>(k);
      if (!bytes && kind != Requantize::multiply) continue;
      for (int m = 1; m <= 44; ++m) {
        check({between(random, 1, 70), between(random, 1, 3), between(random, 1, 40), output}, m,
              kind);
      }
      for (int n = 1; n <= 70; ++n)
        check({n, 1, between(random, 1, 9), output}, between(random, 1, 16), kind);
    }
  }
}

TEST_P(GemmU8Variants, TakeTheSafeFormWhereChannelsDiffer) {
  Random random(5);
  for (const auto safe : {Requantize::multiply, Requantize::integers, Requantize::doubles}) {
    auto one = random_case(random, {40, 1, 20, GemmOutput::bytes}, 9, safe);
    const auto should = expected(one);
    // A form that is wrong: nobody may ask it.
    one.channels[3].kind = Requantize::fused;
    one.channels[39].kind = Requantize::fused;
    EXPECT_TRUE(computed(GetParam(), one) == should);
  }
}

TEST_P(GemmU8Variants, TakeWeightsOfAnyDifferenceOfBytes) {
  Random random(6);
  for (int i = 0; i < 40; ++i) {
    auto one = random_case(random, {between(random, 1, 40), 2, between(random, 1, 12)},
                           between(random, 1, 20), Requantize::integers);
    for (auto& weight : one.weights)
      weight =
          static_cast<std::int16_t>(between(random, 0, 3) == 0 ? 255 : between(random, -255, 255));
    EXPECT_TRUE(computed(GetParam(), one) == expected(one));
  }
}

TEST_P(GemmU8Variants, TakeManyBlocksOfRowsWhoseBytesAreMostlySmall) {
  Random random(7);
  for (int i = 0; i < 3; ++i) {
    auto one = random_case(random, {20 + i, 9, 498 + i}, 100 + i, Requantize::integers);
    for (auto& segment : one.segments) {
      for (auto& byte : segment)
        if (between(random, 0, 99) != 0) byte /= 4;
    }
    EXPECT_TRUE(computed(GetParam(), one) == expected(one));
  }
}

/// Those that take lines.
class GemmU8VariantsWithLines : public GemmU8Variants {};

TEST_P(GemmU8VariantsWithLines, SkipWhatIsBetweenThem) {
  Random random(8);
  for (const auto output :
       {GemmOutput::bytes, GemmOutput::added, GemmOutput::floats, GemmOutput::sums}) {
    for (int pixels = 1; pixels <= 20; ++pixels) {
      const int apart = pixels + between(random, 0, 3);
      const RowLines lines{
          .pixels = pixels, .apart = apart, .first = between(random, 0, apart - 1)};
      const GemmU8Shape shape{between(random, 1, 70), 2, between(random, 1, 80), output};
      const auto one = random_case(random, shape, between(random, 1, 90), Requantize::multiply);
      const auto is = computed(GetParam(), one, lines);
      // The wanted rows of the same product, each where its line puts it.
      const auto all = expected(one);
      auto should = untouched(one);
      for (int i = 0, row = 0; i < one.m; ++i) {
        if ((lines.first + i) % lines.apart >= pixels) continue;
        const auto to = static_cast<std::ptrdiff_t>(row++) * one.c_stride;
        const auto from = static_cast<std::ptrdiff_t>(i) * one.c_stride;
        std::copy_n(all.c.begin() + from, one.c_stride, should.c.begin() + to);
        std::copy_n(all.y.begin() + from, one.c_stride, should.y.begin() + to);
        std::copy_n(all.sums.begin() + from, one.c_stride, should.sums.begin() + to);
      }
      ASSERT_TRUE(is == should) << one.m << " rows, " << pixels << " of " << lines.apart;
    }
  }
}

std::string test_name(const testing::TestParamInfo<GemmU8Variant>& test) {
  std::string name(name_of(test.param));
  std::ranges::replace(name, ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, GemmU8Variants, testing::ValuesIn(built(gemm_u8_variants())),
                         test_name);

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GemmU8VariantsWithLines);
INSTANTIATE_TEST_SUITE_P(All, GemmU8VariantsWithLines,
                         testing::ValuesIn(with_lines(gemm_u8_variants())), test_name);

TEST(Requantize, RoundsHalvesToEvenAndSaturates) {
  const Requantization plain{.zero = 3};
  const auto by = [](float scale) { return ChannelScale{.scale = scale}; };
  EXPECT_EQ(requantize(5, by(0.5F), plain), 5);  // 2.5 -> 2
  EXPECT_EQ(requantize(7, by(0.5F), plain), 7);  // 3.5 -> 4
  EXPECT_EQ(requantize(-1000, by(0.5F), plain), 0);
  EXPECT_EQ(requantize(INT32_MAX, by(1e6F), plain), 255);
}

TEST(Requantize, RoundsHalvesAwayFromZeroInDoubles) {
  const Requantization plain{.zero = 100};
  const auto by = [](double real) {
    return ChannelScale{.kind = Requantize::doubles, .real = real};
  };
  EXPECT_EQ(requantize(5, by(0.5), plain), 103);
  EXPECT_EQ(requantize(-5, by(0.5), plain), 97);
  EXPECT_EQ(requantize(1, by(kNearlyHalf), plain), 100);
  EXPECT_EQ(requantize(INT32_MIN, by(1e300), plain), 0);
}

}  // namespace
}  // namespace slipway::kernels
