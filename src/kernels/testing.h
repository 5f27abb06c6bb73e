#pragma once
// What tests of kernels share.

#include <algorithm>
#include <span>
#include <vector>

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

}  // namespace slipway::kernels
