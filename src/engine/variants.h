#pragma once
// Which of a deployment's plans runs here.

#include "engine/params.h"

namespace slipway::engine {

/// The plan of one instruction set.
struct Variant {
  kernels::Isa isa = kernels::Isa::portable;
  Section steps;
  Section plan;
};

/// Chooses a variant of a file whose header and front are as they were written: the one that `isa`
/// names, or the first that this processor runs. A file without variants has its plan alone.
///
/// Checks the parts of the file that belong to it, and touches no other.
Refusal choose_variant(const std::byte* bytes, std::size_t count, const char* isa, Variant& chosen);

/// Whether a section lies in the first `count` bytes and is a number of elements.
[[nodiscard]] bool lies_inside(const Section& section, std::size_t count, std::size_t element);

}  // namespace slipway::engine
