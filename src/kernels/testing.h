#pragma once
// What tests of kernels share.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "kernels/isa.h"

namespace slipway::kernels {

/// The rows of a table that this program has functions of.
template <class Variant>
[[nodiscard]] std::vector<Variant> built(std::span<const Variant> table) {
  std::vector<Variant> out;
  std::ranges::copy_if(table, std::back_inserter(out),
                       [](const Variant& row) { return is_built(row.isa); });
  return out;
}

/// Those of them that take lines.
template <class Variant>
[[nodiscard]] std::vector<Variant> with_lines(std::span<const Variant> table) {
  auto out = built(table);
  std::erase_if(out, [](const Variant& row) { return !row.takes_lines; });
  return out;
}

/// Both ends are among them.
[[nodiscard]] inline int between(Random& random, int low, int high) {
  return static_cast<int>(random.integer(low, high));
}

/// From -1 to 1.
[[nodiscard]] inline std::vector<float> random_floats(Random& random, int count) {
  std::vector<float> out;
  for (int i = 0; i < count; ++i) out.push_back(random.real(-1, 1));
  return out;
}

struct Freed {
  void operator()(void* bytes) const { std::free(bytes); }
};

using Aligned = std::unique_ptr<std::byte, Freed>;

/// Panels and workspaces: at least `bytes`, aligned to 64.
[[nodiscard]] inline Aligned aligned(std::size_t bytes) {
  return Aligned(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
}

}  // namespace slipway::kernels
