#pragma once
// The models that have a name: trained ones that every slipway binary carries inside, and networks
// that are made on the spot.

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "ir/graph.h"
#include "zoo/nets/options.h"

namespace slipway::zoo {

struct Model {
  std::string_view name;     // as in "classify signs"
  std::string_view summary;  // one line
  std::string_view input;    // its type, as "f32[1,3,224,224]"
  std::int64_t parameters;
  std::int64_t macs;              // multiply-accumulates of one run
  std::string_view file = {};     // a trained one: what it is called as a file, "signs.tflite"
  BytesView bytes = {};           // a trained one: the file
  const NetKind* kind = nullptr;  // one that is made on the spot

  [[nodiscard]] bool is_made() const { return kind != nullptr; }
};

/// In alphabetical order.
[[nodiscard]] std::span<const Model> models();

/// nullptr where there is no model of that name.
[[nodiscard]] const Model* find_model(std::string_view name);

/// The model as a graph; one that is made on the spot with its own size and random weights.
///
/// Errors  as read_model
Result<Graph> read(const Model& model);

/// A network as the options want it. Equal options give equal bytes on every machine.
///
/// Errors  invalid_input: a trained model, or a choice that the network does not have;
///         unsupported: more weights than we make
Result<Graph> make(const Model& model, const NetOptions& options);

}  // namespace slipway::zoo
