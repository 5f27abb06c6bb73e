#pragma once
// The names of a model's classes.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/recipe.h"

namespace slipway {

/// Labels from a text file, one per line. White space around a label, Windows line ends, a byte
/// order mark and empty lines at the end go; an empty line in between is an empty label, so that
/// numbers stay right. Numbers in front ("0 background", "0: background", "0,background") are
/// taken off if every line has the same separator and its own number, counted from 0 or from 1.
/// A label "???" (a number that no class has, as in the COCO map) stays.
///
/// Errors  invalid_input: no label at all, or bytes that are no text
Result<std::vector<std::string>> parse_labels(std::string_view text);

/// The name of class `index` with the recipe's offset, or "class 7" where it has none.
[[nodiscard]] std::string label_of(const Recipe& recipe, std::int64_t index);

}  // namespace slipway
