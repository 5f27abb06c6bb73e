#pragma once
// Random numbers that are the same on every machine, and the door to ones that are not.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/check.h"

namespace slipway {

/// A seeded stream of integers: SplitMix64. Equal seeds give equal streams everywhere, since only
/// integer arithmetic is used. Not for secrets.
///
/// Source  Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

  /// Uniform in [low, high], both included. Needs low <= high.
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    SLIPWAY_CHECK(low <= high);
    const std::uint64_t count =
        static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    if (count == 0) return static_cast<std::int64_t>(next());  // the whole range
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % count;
    std::uint64_t x = next();
    while (x >= limit) x = next();  // reject the uneven tail
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + x % count);
  }

  /// Uniform in [0, 1), a multiple of 2^-24.
  float unit() { return static_cast<float>(next() >> 40U) * 0x1p-24F; }

  /// Uniform in [low, high).
  float real(float low, float high) {
    return std::min(low + (high - low) * unit(),
                    std::nextafter(high, low));  // the sum may round up
  }

 private:
  std::uint64_t state_;
};

/// The door to numbers that nobody can foresee (names of temporary files, seeds nobody gave).
class Entropy {
 public:
  virtual ~Entropy() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0;
};

/// The operating system's.
class SystemEntropy final : public Entropy {
 public:
  [[nodiscard]] std::uint64_t next() override;
};

/// The twin: a seeded stream.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::uint64_t next() override { return random_.next(); }

 private:
  Random random_;
};

}  // namespace slipway
