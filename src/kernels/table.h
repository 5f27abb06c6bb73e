#pragma once
// The tables of kernels' variants, the same in every build: a plan counts their rows, and the plan
// for one kind of processor may be made on another.

#include <array>
#include <cstddef>

#include "kernels/isa.h"

namespace slipway::kernels {

/// The rows of a table, without the functions of those that are for another kind of processor than
/// this program's: these say how constants are packed and nothing else. None of them is ever
/// called: a plan whose instruction set does not run here is refused before its first step, and its
/// steps take rows that this instruction set includes.
template <class Variant, std::size_t kCount>
consteval std::array<Variant, kCount> table(const Variant (&rows)[kCount]) {
  auto out = std::to_array(rows);
  for (auto& row : out)
    if (!is_built(row.isa)) row.run = nullptr;
  return out;
}

}  // namespace slipway::kernels
