#pragma once
// The models that every slipway binary carries inside.

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "ir/graph.h"

namespace slipway::zoo {

struct Model {
  std::string_view name;     // as in "classify signs"
  std::string_view file;     // what it is called as a file: "signs.tflite"
  std::string_view summary;  // one line
  BytesView bytes;
};

/// In alphabetical order.
[[nodiscard]] std::span<const Model> models();

/// nullptr where there is no model of that name.
[[nodiscard]] const Model* find_model(std::string_view name);

/// Errors  as read_model
Result<Graph> read(const Model& model);

}  // namespace slipway::zoo
