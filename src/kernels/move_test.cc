#include "kernels/move.h"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace slipway::kernels {
namespace {

/// The element numbers of a dense [n, rows, columns] with rows and columns exchanged, and bytes
/// behind them that must stay.
template <class T>
void expect_transposed(int n, int rows, int columns) {
  std::vector<T> in(static_cast<std::size_t>(n * rows * columns));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(i * 7 + 1);
  std::vector<T> out(in.size() + 3, T{99});
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  Move job;
  job.in = reinterpret_cast<const std::byte*>(in.data());
  job.out = reinterpret_cast<std::byte*>(out.data());
  job.element = sizeof(T);
  job.rank = 3;
  const std::int64_t dims[] = {n, columns, rows};
  const std::int64_t from[] = {rows * columns * kSize, kSize, columns * kSize};
  const std::int64_t to[] = {rows * columns * kSize, rows * kSize, kSize};
  std::copy_n(dims, 3, job.dims);
  std::copy_n(from, 3, job.from);
  std::copy_n(to, 3, job.to);
  move(job);
  for (int i = 0; i < n * rows * columns; ++i) {
    const int r = i % rows;
    const int c = i / rows % columns;
    const int k = i / rows / columns;
    ASSERT_EQ(out[static_cast<std::size_t>(i)],
              in[static_cast<std::size_t>((k * rows + r) * columns + c)])
        << rows << "x" << columns << " element " << i;
  }
  for (std::size_t i = in.size(); i < out.size(); ++i) EXPECT_EQ(out[i], T{99});
}

TEST(Move, TransposesElementsOfAllSizes) {
  for (const int rows : {1, 2, 3, 4, 5, 16, 17, 40}) {
    for (const int columns : {1, 2, 7, 16, 63, 64, 65, 100}) {
      expect_transposed<std::uint8_t>(2, rows, columns);
      expect_transposed<std::uint16_t>(2, rows, columns);
      expect_transposed<std::uint32_t>(2, rows, columns);
      expect_transposed<std::uint64_t>(2, rows, columns);
    }
  }
}

TEST(Move, VisitsEveryPositionOfAnyStrides) {
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
    move(job);
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

}  // namespace
}  // namespace slipway::kernels
