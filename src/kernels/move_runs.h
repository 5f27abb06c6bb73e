#pragma once
// Runs of bytes that lie side by side in both places, private to each file that includes it.

#include <cstring>

#include "kernels/inline.h"
#include "kernels/move_isa.h"

namespace slipway::kernels {
namespace {

#if defined(__AVX512BW__)
constexpr int kWidth = 64;  // bytes of the widest vector
#elif defined(__AVX2__)
constexpr int kWidth = 32;
#else
constexpr int kWidth = 16;
#endif

template <class T>
SLIPWAY_INLINE T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
SLIPWAY_INLINE void store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

/// As one register where there are such.
template <int kBytes>
SLIPWAY_INLINE void copy(const std::byte* in, std::byte* out) {
  if constexpr (kBytes <= kWidth) {
    std::memcpy(out, in, kBytes);
  } else {
    copy<kWidth>(in, out);
    copy<kBytes - kWidth>(in + kWidth, out + kWidth);
  }
}

/// The last piece may overlap the one before it.
template <int kBytes>
SLIPWAY_INLINE void copy_in(const std::byte* in, std::byte* out, std::int64_t bytes) {
  std::int64_t i = 0;
  for (; i + kBytes <= bytes; i += kBytes) copy<kBytes>(in + i, out + i);
  if (i < bytes) copy<kBytes>(in + bytes - kBytes, out + bytes - kBytes);
}

SLIPWAY_INLINE void copy_run(const std::byte* in, std::byte* out, std::int64_t bytes) {
  constexpr std::int64_t kLong = 2048;  // from here on a call costs nothing
  if (bytes >= kLong) {
    std::memcpy(out, in, static_cast<std::size_t>(bytes));
  } else if (bytes >= kWidth) {
    copy_in<kWidth>(in, out, bytes);
  } else if (kWidth > 32 && bytes >= 32) {
    copy_in<32>(in, out, bytes);
  } else if (kWidth > 16 && bytes >= 16) {
    copy_in<16>(in, out, bytes);
  } else if (bytes >= 8) {
    copy_in<8>(in, out, bytes);
  } else if (bytes >= 4) {
    copy_in<4>(in, out, bytes);
  } else {
    for (std::int64_t i = 0; i < bytes; ++i) out[i] = in[i];
  }
}

/// Runs of kBytes.
template <int kBytes>
struct Exactly {
  static SLIPWAY_INLINE void copy_one(const std::byte* in, std::byte* out, std::int64_t) {
    copy<kBytes>(in, out);
  }
};

/// Runs of kBytes up to twice as many, in two pieces that may overlap.
template <int kBytes>
struct Twice {
  static SLIPWAY_INLINE void copy_one(const std::byte* in, std::byte* out, std::int64_t bytes) {
    copy<kBytes>(in, out);
    copy<kBytes>(in + bytes - kBytes, out + bytes - kBytes);
  }
};

struct AnyLength {
  static SLIPWAY_INLINE void copy_one(const std::byte* in, std::byte* out, std::int64_t bytes) {
    copy_run(in, out, bytes);
  }
};

template <class Length>
SLIPWAY_INLINE void copy_runs(const std::byte* in, std::int64_t from, std::byte* out,
                              std::int64_t to, std::int64_t count, std::int64_t bytes) {
  if (from == 0 && count == 2) {
    // A pixel becomes two.
    Length::copy_one(in, out, bytes);
    return Length::copy_one(in, out + to, bytes);
  }
  for (std::int64_t i = 0; i < count; ++i, in += from, out += to) Length::copy_one(in, out, bytes);
}

}  // namespace
}  // namespace slipway::kernels
