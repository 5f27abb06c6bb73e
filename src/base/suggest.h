#pragma once
// "Did you mean": the known word nearest to a mistyped one.

#include <span>
#include <string>
#include <string_view>

namespace slipway {

/// The number of letters to insert, remove, replace or swap with their neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, or one that `word` begins; empty where none is near.
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string> known);

}  // namespace slipway
