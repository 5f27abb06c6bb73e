#pragma once
// MATLAB's files of values, version 5: structs, text and numbers. zlib behind it is seen by mat.cc
// alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace slipway {

/// One value. Text has no numbers, numbers no text; a struct has neither.
struct MatValue {
  std::string name;  // of the variable or field; may be empty
  std::vector<std::int64_t> dims;
  std::vector<double> numbers;
  std::string text;
  std::vector<std::vector<MatValue>> elements;  // of a struct: the fields of each, of a cell one

  /// The field of that name of a struct's element, or nullptr.
  [[nodiscard]] const MatValue* field(std::size_t element, std::string_view field_name) const;
};

/// The variables of a file, little-endian. What is neither a struct, a cell, text nor real numbers
/// is left empty.
///
/// Errors  unsupported: another format or byte order; corrupt: damaged, or nested over 16 deep;
///         invalid_input: over 64 MiB when unpacked
/// Source  MathWorks, "MAT-File Format", R2019b: Level 5
Result<std::vector<MatValue>> parse_mat(BytesView bytes);

}  // namespace slipway
