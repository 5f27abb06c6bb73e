#include "kernels/move.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class MoveVariants : public testing::TestWithParam<MoveVariant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

/// Matrices, and how many elements lie between the ends of their rows and the next ones.
struct Matrices {
  int n = 1;
  int rows = 1;
  int columns = 1;
  int in_gap = 0;
  int out_gap = 0;
  bool far = false;
};

/// Rows and columns exchanged; bytes behind them and between them must stay. The input is no longer
/// than what may be read.
template <class T>
void expect_transposed(const MoveVariant& variant, const Matrices& m) {
  const std::int64_t in_row = m.columns + m.in_gap;
  const std::int64_t out_row = m.rows + m.out_gap;
  const std::int64_t in_size = m.n * m.rows * in_row - m.in_gap;
  std::vector<T> in(static_cast<std::size_t>(in_size));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(i * 7 + i / 256 + 1);
  const auto out_size = static_cast<std::size_t>(m.n * m.columns * out_row + 3);
  constexpr std::size_t kLine = 64;
  std::vector<T> room(out_size + kLine, T{99});
  void* at = room.data();
  std::size_t left = room.size() * sizeof(T);
  const std::span out(static_cast<T*>(std::align(kLine, out_size * sizeof(T), at, left)), out_size);
  std::vector<T> should(out_size, T{99});
  for (std::int64_t k = 0; k < m.n; ++k) {
    for (std::int64_t r = 0; r < m.rows; ++r) {
      for (std::int64_t c = 0; c < m.columns; ++c) {
        should[static_cast<std::size_t>((k * m.columns + c) * out_row + r)] =
            in[static_cast<std::size_t>((k * m.rows + r) * in_row + c)];
      }
    }
  }
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  Move job;
  job.in = reinterpret_cast<const std::byte*>(in.data());
  job.out = reinterpret_cast<std::byte*>(out.data());
  job.element = sizeof(T);
  job.rank = 3;
  const std::int64_t dims[] = {m.n, m.columns, m.rows};
  const std::int64_t from[] = {m.rows * in_row * kSize, kSize, in_row * kSize};
  const std::int64_t to[] = {m.columns * out_row * kSize, out_row * kSize, kSize};
  std::copy_n(dims, 3, job.dims);
  std::copy_n(from, 3, job.from);
  std::copy_n(to, 3, job.to);
  job.far = m.far;
  variant.run(job);
  EXPECT_EQ(std::memcmp(out.data(), should.data(), out.size() * sizeof(T)), 0)
      << m.rows << "x" << m.columns << " of " << sizeof(T) << " bytes, gaps " << m.in_gap << " and "
      << m.out_gap;
}

void expect_all_transposed(const MoveVariant& variant, const Matrices& m) {
  expect_transposed<std::uint8_t>(variant, m);
  expect_transposed<std::uint16_t>(variant, m);
  expect_transposed<std::uint32_t>(variant, m);
  expect_transposed<std::uint64_t>(variant, m);
}

TEST_P(MoveVariants, TransposeElementsOfAllSizes) {
  for (const int rows : {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 40, 63, 64, 65, 300, 530}) {
    for (const int columns : {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 63, 65, 100})
      expect_all_transposed(GetParam(), {2, rows, columns});
  }
}

TEST_P(MoveVariants, TransposePartsOfMatrices) {
  Random random(8);
  for (int i = 0; i < 200; ++i) {
    expect_all_transposed(
        GetParam(),
        {1, static_cast<int>(random.integer(1, 150)), static_cast<int>(random.integer(1, 150)),
         static_cast<int>(random.integer(0, 9)), static_cast<int>(random.integer(0, 9))});
  }
}

TEST_P(MoveVariants, TransposeWhatIsReadLater) {
  for (const int rows : {16, 64, 65, 128, 300, 512}) {
    for (const int columns : {3, 18, 21, 300}) {
      expect_all_transposed(GetParam(), {.n = 2, .rows = rows, .columns = columns, .far = true});
      expect_all_transposed(GetParam(), {2, rows, columns, 1, -rows & 63, true});
    }
  }
}

TEST_P(MoveVariants, TransposeRowsThatAreAPowerOfTwoApart) {
  for (const int columns : {300, 1000, 1024, 2048}) {
    for (const int rows : {7, 16, 33, 64, 70})
      expect_all_transposed(GetParam(), {1, rows, columns, 2048 - columns, rows % 3});
  }
}

/// Runs of bytes that are copied, each one `repeats` times; bytes between them must stay.
void expect_copied(const MoveVariant& variant, std::int64_t bytes, std::int64_t repeats,
                   std::int64_t gap) {
  constexpr std::int64_t kRuns = 5;
  std::vector<std::byte> in(static_cast<std::size_t>(kRuns * (bytes + gap) - gap));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::byte>(i * 31 + i / 256);
  const std::int64_t out_run = bytes + 3 * gap;
  std::vector<std::byte> out(static_cast<std::size_t>(kRuns * repeats * out_run + 1),
                             std::byte{0x5A});
  auto should = out;
  for (std::int64_t i = 0; i < kRuns * repeats; ++i) {
    std::memcpy(should.data() + i * out_run, in.data() + i / repeats * (bytes + gap),
                static_cast<std::size_t>(bytes));
  }
  Move job;
  job.in = in.data();
  job.out = out.data();
  job.rank = 3;
  const std::int64_t dims[] = {kRuns, repeats, bytes};
  const std::int64_t from[] = {bytes + gap, 0, 1};
  const std::int64_t to[] = {repeats * out_run, out_run, 1};
  std::copy_n(dims, 3, job.dims);
  std::copy_n(from, 3, job.from);
  std::copy_n(to, 3, job.to);
  variant.run(job);
  EXPECT_EQ(out, should) << bytes << " bytes " << repeats << " times, gap " << gap;
}

TEST_P(MoveVariants, CopyRunsOfAllLengths) {
  for (std::int64_t bytes = 1; bytes < 300; ++bytes) {
    for (const std::int64_t repeats : {1, 2, 3}) {
      expect_copied(GetParam(), bytes, repeats, 0);
      expect_copied(GetParam(), bytes, repeats, bytes % 7);
    }
  }
  expect_copied(GetParam(), 2047, 2, 1);
  expect_copied(GetParam(), 5000, 2, 1);
}

TEST_P(MoveVariants, VisitEveryPositionOfAnyStrides) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    Move job;
    job.rank = static_cast<int>(random.integer(0, 5));
    job.element = 1 << random.integer(0, 3);
    std::vector<std::byte> in(4096);
    for (std::size_t k = 0; k < in.size(); ++k) in[k] = static_cast<std::byte>(k * 31 + k / 256);
    std::int64_t size = job.element;
    for (int axis = job.rank; axis-- > 0;) {
      job.dims[axis] = random.integer(1, 4);
      job.from[axis] = random.integer(-16, 16);
      job.to[axis] = size;
      size *= job.dims[axis];
    }
    std::vector<std::byte> out(static_cast<std::size_t>(size), std::byte{0});
    job.in = in.data() + 2048;
    job.out = out.data();
    GetParam().run(job);
    for (std::int64_t at = 0; at < size; at += job.element) {
      std::int64_t from = 0;
      for (int axis = 0; axis < job.rank; ++axis)
        from += at / job.to[axis] % job.dims[axis] * job.from[axis];
      ASSERT_EQ(std::memcmp(out.data() + at, job.in + from, static_cast<std::size_t>(job.element)),
                0)
          << "byte " << at << " of rank " << job.rank;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, MoveVariants, testing::ValuesIn(built(move_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
