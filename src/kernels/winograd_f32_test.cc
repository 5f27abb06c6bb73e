#include "kernels/winograd_f32.h"

#include <cmath>
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
  WinogradF32Variant variant;
  bool in = false;  // whether these are bfloat16
  bool out = false;
  bool residual = false;

  [[nodiscard]] std::string name() const {
    return std::string(name_of(variant.isa)) + (in ? "_from_bf16" : "") +
           (residual ? "_with_bf16" : "") + (out ? "_to_bf16" : "");
  }
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name(); }

std::vector<Way> ways() {
  std::vector<Way> out;
  for (const auto& variant : built(winograd_f32_variants())) {
    out.push_back({variant});
    if (!variant.bf16) continue;
    out.insert(out.end(), {{variant, true}, {variant, false, true}, {variant, true, true, true}});
  }
  return out;
}

struct Case {
  WinogradF32 job;  // pointers are set by computed()
  Floats in;
  Floats weights;
  Floats bias;      // may be empty
  Floats residual;  // may be empty
};

constexpr int kSlack = 15;  // 63 bytes behind the input are read, in whole floats
constexpr float kUntouched = -77;

Case random_case(Random& random, WinogradF32Shape shape) {
  Case one;
  auto& job = one.job;
  job.shape = shape;
  const bool doubles = shape.doubled != 0;
  job.height = doubles ? 2 * between(random, 1, 8) : between(random, 1, 15);
  job.width = doubles ? 2 * between(random, 1, 8) : between(random, 1, 15);
  job.pad_top = doubles ? 1 : between(random, 0, 2);
  job.pad_left = doubles ? 1 : between(random, 0, 2);
  job.out_height = between(random, 1, job.height + job.pad_top);
  job.out_width = between(random, 1, job.width + job.pad_left);
  const auto in_stride = shape.channels + between(random, 0, 3);
  job.inputs = 0;
  const int plain = shape.channels - shape.doubled;
  for (int c = 0; c < shape.channels; ++job.inputs) {
    const bool is_plain = c < plain;
    const int left = (is_plain ? plain : shape.channels) - c;
    const int rest = is_plain && doubles ? 2 : 1;  // inputs, for this one and all behind it
    const int most = job.inputs + rest < kMostInputs ? 1 + between(random, 0, 2) : left;
    job.in[job.inputs] = {nullptr, in_stride, 16 * most < left ? 16 * most : left};
    c += job.in[job.inputs].channels;
  }
  job.out_stride = shape.n + between(random, 0, 3);
  job.residual_stride = shape.n + between(random, 0, 3);
  job.last_row = tile_rows(shape, job.out_height);
  one.in = random_floats(random, job.height * job.width * in_stride + kSlack);
  one.weights = random_floats(random, 9 * shape.channels * shape.n);
  if (between(random, 0, 3) != 0) one.bias = random_floats(random, shape.n);
  if (between(random, 0, 1) != 0) {
    one.residual =
        random_floats(random, (job.out_height * job.out_width - 1) * job.residual_stride + shape.n);
  }
  if (between(random, 0, 1) != 0) job.low = 0;
  if (between(random, 0, 1) != 0) job.high = 2;
  return one;
}

double input_at(const Case& one, int y, int x, int k) {
  const auto& job = one.job;
  if (y < 0 || y >= job.height || x < 0 || x >= job.width) return 0;
  const bool is_doubled = k >= job.shape.channels - job.shape.doubled;
  const int pixel = is_doubled ? y / 2 * (job.width / 2) + x / 2 : y * job.width + x;
  return static_cast<double>(one.in[static_cast<std::size_t>(pixel * job.in[0].stride + k)]);
}

double weight_at(const Case& one, int u, int v, int k, int j) {
  const auto& shape = one.job.shape;
  return static_cast<double>(
      one.weights[static_cast<std::size_t>(((u * 3 + v) * shape.channels + k) * shape.n + j)]);
}

/// The definition, in double.
double exact(const Case& one, int y, int x, int j) {
  const auto& job = one.job;
  double sum = one.bias.empty() ? 0 : static_cast<double>(one.bias[static_cast<std::size_t>(j)]);
  for (int u = 0; u < 3; ++u) {
    for (int v = 0; v < 3; ++v) {
      for (int k = 0; k < job.shape.channels; ++k)
        sum += input_at(one, y + u - job.pad_top, x + v - job.pad_left, k) *
               weight_at(one, u, v, k, j);
    }
  }
  if (!one.residual.empty()) {
    sum += static_cast<double>(
        one.residual[static_cast<std::size_t>((y * job.out_width + x) * job.residual_stride + j)]);
  }
  return std::fmin(std::fmax(sum, static_cast<double>(job.low)), static_cast<double>(job.high));
}

/// Sizes of the transforms' entries, as the header's bound takes them: |A|', |B|' and |G|.
struct Sizes {
  std::vector<std::vector<double>> a;
  std::vector<std::vector<double>> b;
  std::vector<std::vector<double>> g;
};

const Sizes& sizes_of(int tile) {
  static const Sizes kTwo{{{1, 1, 1, 0}, {0, 1, 1, 1}},
                          {{1, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, {0, 1, 0, 1}},
                          {{1, 0, 0}, {.5, .5, .5}, {.5, .5, .5}, {0, 0, 1}}};
  static const Sizes kFour{
      {{1, 1, 1, 1, 1, 0}, {0, 1, 1, 2, 2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, 1, 8, 8, 1}},
      {{4, 0, 5, 0, 1, 0},
       {0, 4, 4, 1, 1, 0},
       {0, 4, 4, 1, 1, 0},
       {0, 2, 1, 2, 1, 0},
       {0, 2, 1, 2, 1, 0},
       {0, 4, 0, 5, 0, 1}},
      {{1. / 4, 0, 0},
       {1. / 6, 1. / 6, 1. / 6},
       {1. / 6, 1. / 6, 1. / 6},
       {1. / 24, 1. / 12, 1. / 6},
       {1. / 24, 1. / 12, 1. / 6},
       {0, 0, 1}}};
  return tile == 2 ? kTwo : kFour;
}

/// The header's bound at one output.
double bound(const Case& one, int y, int x, int j, bool rounded) {
  const auto& job = one.job;
  const auto& sizes = sizes_of(job.shape.tile);
  const auto points = sizes.b.size();
  const int top = y / job.shape.tile * job.shape.tile - job.pad_top;
  const int left = x / job.shape.tile * job.shape.tile - job.pad_left;
  double size =
      one.bias.empty() ? 0 : std::fabs(static_cast<double>(one.bias[static_cast<std::size_t>(j)]));
  if (!one.residual.empty()) size += 1;
  for (std::size_t p = 0; p < points; ++p) {
    for (std::size_t q = 0; q < points; ++q) {
      const double out = sizes.a[static_cast<std::size_t>(y % job.shape.tile)][p] *
                         sizes.a[static_cast<std::size_t>(x % job.shape.tile)][q];
      if (out == 0) continue;
      for (int k = 0; k < job.shape.channels; ++k) {
        double weight = 0;
        for (int u = 0; u < 3; ++u) {
          for (int v = 0; v < 3; ++v)
            weight += sizes.g[p][static_cast<std::size_t>(u)] *
                      sizes.g[q][static_cast<std::size_t>(v)] *
                      std::fabs(weight_at(one, u, v, k, j));
        }
        double input = 0;
        for (std::size_t u = 0; u < points; ++u) {
          for (std::size_t v = 0; v < points; ++v)
            input +=
                sizes.b[p][u] * sizes.b[q][v] *
                std::fabs(input_at(one, top + static_cast<int>(u), left + static_cast<int>(v), k));
        }
        size += out * weight * input;
      }
    }
  }
  return ((job.shape.channels + 32) * 0x1p-23 + (rounded ? 0x1p-8 : 0)) * size;
}

Floats computed(const Way& way, const Case& one) {
  const auto& variant = way.variant;
  auto job = one.job;
  const auto panels = aligned(packed_bytes(variant, job.shape));
  pack_winograd_f32(variant, job.shape, one.weights.data(),
                    one.bias.empty() ? nullptr : one.bias.data(), panels.get());
  const int columns = job.columns == 0 ? job.shape.n - job.first : job.columns;
  const auto workspace =
      aligned(workspace_bytes(job.shape, job.out_width, job.last_row - job.first_row, columns));
  Floats out(static_cast<std::size_t>(job.out_height * job.out_width * job.out_stride), kUntouched);
  auto rounded_in = halves_of(one.in);
  rounded_in.resize(rounded_in.size() + kSlack);  // as many bytes as behind floats
  const auto rounded_residual = halves_of(one.residual);
  auto rounded_out = halves_of(out);
  for (int i = 0, c = 0; i < job.inputs; c += job.in[i++].channels) {
    if (way.in) {
      job.in[i].rounded = rounded_in.data() + c;
    } else {
      job.in[i].at = one.in.data() + c;
    }
  }
  if (way.out) {
    job.rounded_out = rounded_out.data();
  } else {
    job.out = out.data();
  }
  job.panels = panels.get();
  job.workspace = workspace.get();
  if (!one.residual.empty() && way.residual) {
    job.rounded_residual = rounded_residual.data();
  } else if (!one.residual.empty()) {
    job.residual = one.residual.data();
  }
  variant.run(job);
  for (std::size_t i = 0; way.out && i < out.size(); ++i) out[i] = widened(rounded_out[i]);
  return out;
}

class WinogradF32Variants : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().variant.isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().variant.isa);
  }

  /// A case whose numbers the variant of this test may read.
  static Case made(Random& random, WinogradF32Shape shape) {
    if (GetParam().variant.rounded) shape.tile = 2;
    return read_by_it(random_case(random, shape));
  }

  static Case read_by_it(Case one) {
    for (auto& v : one.in)
      if (GetParam().in) v = widened(rounded(v));
    for (auto& v : one.residual)
      if (GetParam().residual) v = widened(rounded(v));
    return one;
  }

  /// The bound at one output.
  static double bound_at(const Case& one, int y, int x, int j) {
    const double of_sums = bound(one, y, x, j, GetParam().variant.rounded);
    return GetParam().out ? of_sums * 1.01 + std::fabs(exact(one, y, x, j)) * 0x1p-8 : of_sums;
  }

  /// Rows of tiles and channels outside of the job must not have changed, nor what lies between
  /// pixels.
  static void check(const Case& one) {
    const auto& job = one.job;
    const auto is = computed(GetParam(), one);
    for (int y = 0; y < job.out_height; ++y) {
      for (int x = 0; x < job.out_width; ++x) {
        for (int j = 0; j < job.out_stride; ++j) {
          const float v =
              is[static_cast<std::size_t>((y * job.out_width + x) * job.out_stride + j)];
          const int row = y / job.shape.tile;
          const int behind = job.columns == 0 ? job.shape.n : job.first + job.columns;
          if (j < job.first || j >= behind || row < job.first_row || row >= job.last_row) {
            ASSERT_EQ(v, kUntouched);
            continue;
          }
          ASSERT_LE(std::fabs(static_cast<double>(v) - exact(one, y, x, j)), bound_at(one, y, x, j))
              << "at " << y << " " << x << " " << j << ": " << job.height << "x" << job.width << "x"
              << job.shape.channels << " to " << job.out_height << "x" << job.out_width << "x"
              << job.shape.n << ", tiles of " << job.shape.tile << ", doubled " << job.shape.doubled
              << ", pads " << job.pad_top << " " << job.pad_left;
        }
      }
    }
  }
};

TEST_P(WinogradF32Variants, AreWithinTheirBoundAtEveryEdge) {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const int tile = i % 2 == 0 ? 2 : 4;
    check(made(random, {between(random, 1, 20), between(random, 1, 20), tile}));
  }
  check(made(random, {17, 70, 4}));
  check(made(random, {70, 17, 2}));
}

TEST_P(WinogradF32Variants, ComputeSomeChannelsAlone) {
  Random random(6);
  const int panel = panel_of(GetParam().variant);
  for (int i = 0; i < 20; ++i) {
    auto one = made(random, {between(random, 1, 20), between(random, 1, 4 * panel), 2 + i % 2 * 2});
    const int panels = (one.job.shape.n + panel - 1) / panel;
    const int first = between(random, 0, panels - 1);
    const int behind = between(random, first + 1, panels);
    one.job.first = first * panel;
    one.job.columns = std::min(behind * panel, one.job.shape.n) - one.job.first;
    check(one);
  }
}

TEST_P(WinogradF32Variants, ReadPicturesOfHalfTheSize) {
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const int plain = between(random, 0, 2) * 16;
    const int doubled = between(random, 1, 40);
    const int tile = i % 2 == 0 ? 2 : 4;
    check(made(random, {plain + doubled, between(random, 1, 20), tile, doubled}));
  }
}

TEST_P(WinogradF32Variants, ComputeMoreTilesThanABlockHas) {
  Random random(2);
  auto one = made(random, {300, 3, 4});
  one.job.height = one.job.width = one.job.out_height = one.job.out_width = 32;
  one.job.pad_top = one.job.pad_left = 1;
  one.job.last_row = 32 / one.job.shape.tile;
  one.in = random_floats(random, 32 * 32 * 303 + kSlack);
  one.residual.clear();
  one = read_by_it(one);
  const auto is = computed(GetParam(), one);
  for (int i = 0; i < 200; ++i) {
    const int y = between(random, 0, 31);
    const int x = between(random, 0, 31);
    const auto at = static_cast<std::size_t>((y * 32 + x) * one.job.out_stride + 2);
    ASSERT_LE(std::fabs(static_cast<double>(is[at]) - exact(one, y, x, 2)), bound_at(one, y, x, 2));
  }
}

TEST_P(WinogradF32Variants, LeaveOtherRowsOfTilesAlone) {
  Random random(3);
  for (const int tile : {2, 4}) {
    auto one = made(random, {9, 11, tile});
    while (one.job.last_row < 3) one = made(random, {9, 11, tile});
    one.job.first_row = 1;
    --one.job.last_row;
    check(one);
  }
}

// Threads give a job the workspaces of the units that it does.
TEST(WinogradF32, WorkspacesOfUnitsAreEnoughForAnyOfThemTogether) {
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    const WinogradF32Shape shape{between(random, 1, 600), between(random, 1, 600),
                                 between(random, 1, 2) * 2};
    const int width = between(random, 1, 300);
    const int unit = between(random, 1, 9);
    const auto of_unit = workspace_bytes(shape, width, unit, shape.n);
    for (int rows = 1; rows <= 5 * unit; ++rows) {
      const auto units = static_cast<std::size_t>((rows + unit - 1) / unit);
      ASSERT_LE(workspace_bytes(shape, width, rows, shape.n), units * of_unit)
          << shape.channels << " to " << shape.n << ", width " << width << ", " << rows
          << " rows of " << unit;
    }
    const int columns = std::min(16 * unit, shape.n);
    const auto of_columns = workspace_bytes(shape, width, unit, columns);
    for (int all = 1; all <= shape.n; all += 16) {
      const auto units = static_cast<std::size_t>((all + columns - 1) / columns);
      ASSERT_LE(workspace_bytes(shape, width, unit, all), units * of_columns)
          << shape.channels << " to " << all << " channels by " << columns << ", width " << width;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, WinogradF32Variants, testing::ValuesIn(ways()),
                         [](const auto& test) { return test.param.name(); });

}  // namespace
}  // namespace slipway::kernels
