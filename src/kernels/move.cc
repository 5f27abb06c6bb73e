#include "kernels/move.h"

#include <cstring>

namespace slipway::kernels {
namespace {

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
void store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

/// 16 bytes as elements of T.
template <class T>
struct Vector {
  static constexpr int kLanes = 16 / sizeof(T);
  using V [[gnu::vector_size(16)]] = T;
};

template <class V>
V low_halves(V a, V b) {
  constexpr int kLanes = sizeof(V) / sizeof(a[0]);
  if constexpr (kLanes == 2) {
    return __builtin_shufflevector(a, b, 0, 2);
  } else if constexpr (kLanes == 4) {
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
  } else if constexpr (kLanes == 8) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  } else {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  }
}

template <class V>
V high_halves(V a, V b) {
  constexpr int kLanes = sizeof(V) / sizeof(a[0]);
  if constexpr (kLanes == 2) {
    return __builtin_shufflevector(a, b, 1, 3);
  } else if constexpr (kLanes == 4) {
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
  } else if constexpr (kLanes == 8) {
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  } else {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
  }
}

/// A square of as many rows as a vector has lanes, rows and columns exchanged.
template <class T>
void square(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row) {
  using V = typename Vector<T>::V;
  constexpr int kLanes = Vector<T>::kLanes;
  V rows[kLanes];
  for (int i = 0; i < kLanes; ++i) rows[i] = load<V>(in + i * in_row);
  // Interleaving row i with row i + kLanes / 2 moves each element by one bit of its place.
  for (int distance = 1; distance < kLanes; distance *= 2) {
    V next[kLanes];
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = low_halves(rows[i], rows[i + kLanes / 2]);
      next[2 * i + 1] = high_halves(rows[i], rows[i + kLanes / 2]);
    }
    for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
  for (int i = 0; i < kLanes; ++i) store<V>(out + i * out_row, rows[i]);
}

/// Few rows become the elements of pixels.
template <class T, int kRows>
void interleave(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t columns) {
  for (std::int64_t c = 0; c < columns; ++c) {
    for (int r = 0; r < kRows; ++r) {
      const auto at = static_cast<std::int64_t>(sizeof(T)) * c;
      store<T>(out + kRows * at + static_cast<std::int64_t>(sizeof(T)) * r,
               load<T>(in + r * in_row + at));
    }
  }
}

/// out[c][r] = in[r][c], where elements of a row lie side by side in both.
template <class T>
void transpose(const std::byte* in, std::int64_t in_row, std::byte* out, std::int64_t out_row,
               std::int64_t rows, std::int64_t columns) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  constexpr std::int64_t kLanes = Vector<T>::kLanes;
  constexpr std::int64_t kLine = 64 / kSize;  // what one line of the cache holds
  if (out_row == rows * kSize && rows == 2) return interleave<T, 2>(in, in_row, out, columns);
  if (out_row == rows * kSize && rows == 3) return interleave<T, 3>(in, in_row, out, columns);
  for (std::int64_t line = 0; line < columns; line += kLine) {
    const std::int64_t behind = line + kLine < columns ? line + kLine : columns;
    std::int64_t r = 0;
    for (; r + kLanes <= rows; r += kLanes) {
      std::int64_t c = line;
      for (; c + kLanes <= behind; c += kLanes)
        square<T>(in + r * in_row + c * kSize, in_row, out + c * out_row + r * kSize, out_row);
      for (; c < behind; ++c) {
        for (std::int64_t i = r; i < r + kLanes; ++i)
          store<T>(out + c * out_row + i * kSize, load<T>(in + i * in_row + c * kSize));
      }
    }
    for (; r < rows; ++r) {
      for (std::int64_t c = line; c < behind; ++c)
        store<T>(out + c * out_row + r * kSize, load<T>(in + r * in_row + c * kSize));
    }
  }
}

template <class T>
void strided(const std::byte* in, std::int64_t from, std::byte* out, std::int64_t to,
             std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) store<T>(out + i * to, load<T>(in + i * from));
}

/// The last one or two dimensions.
template <class T>
struct Inner {
  const Move& job;
  int dims;  // how many it takes
  bool transposes;

  explicit Inner(const Move& move) : job(move), dims(move.rank > 0 ? 1 : 0), transposes(false) {
    const int last = job.rank - 1;
    constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
    transposes = job.rank > 1 && job.to[last] == kSize && job.from[last] != kSize &&
                 job.from[last - 1] == kSize;
    if (transposes) dims = 2;
  }

  void run(const std::byte* in, std::byte* out) const {
    const int last = job.rank - 1;
    constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
    if (job.rank == 0) return store<T>(out, load<T>(in));
    if (transposes) {
      return transpose<T>(in, job.from[last], out, job.to[last - 1], job.dims[last],
                          job.dims[last - 1]);
    }
    const std::int64_t count = job.dims[last];
    if (job.from[last] == kSize && job.to[last] == kSize) {
      std::memcpy(out, in, static_cast<std::size_t>(count * kSize));
    } else {
      strided<T>(in, job.from[last], out, job.to[last], count);
    }
  }
};

template <class T>
void run(const Move& job) {
  const Inner<T> inner(job);
  const int outer = job.rank - inner.dims;
  std::int64_t at[kMoveRank] = {};
  const std::byte* in = job.in;
  std::byte* out = job.out;
  for (;;) {
    inner.run(in, out);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      in += job.from[axis];
      out += job.to[axis];
      if (++at[axis] < job.dims[axis]) break;
      in -= job.from[axis] * job.dims[axis];
      out -= job.to[axis] * job.dims[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace

void move(const Move& job) {
  for (int axis = 0; axis < job.rank; ++axis)
    if (job.dims[axis] <= 0) return;
  switch (job.element) {
    case 1:
      return run<std::uint8_t>(job);
    case 2:
      return run<std::uint16_t>(job);
    case 4:
      return run<std::uint32_t>(job);
    default:
      return run<std::uint64_t>(job);
  }
}

}  // namespace slipway::kernels
