#pragma once
// Several plans over one space of constants.

#include <span>
#include <vector>

#include "base/bytes.h"
#include "compile/compiler.h"

namespace slipway::compile {

/// Constants that the same variants use.
struct Group {
  std::uint64_t variants = 0;  // bit i: variant i
  std::uint64_t offset = 0;    // in the constants, at a multiple of a page
  std::uint64_t bytes = 0;
};

struct Merged {
  std::vector<std::vector<std::uint64_t>> plans;  // each with its places in `constants`
  Bytes constants;
  std::vector<Group> groups;  // one behind the other, without anything between but zeros
};

/// Constants that are equal, in one plan or in several, are there once. Those of the first variant
/// stay in the order in which its steps use them, as far as the same variants need them.
[[nodiscard]] Merged merge(std::span<const Variant> variants);

}  // namespace slipway::compile
