#pragma once
// What may be chosen about a network that is made on the spot.

#include <cstdint>
#include <optional>
#include <string>

#include "ir/graph.h"

namespace slipway::zoo {

/// What a user chooses; what is left out is the network's own.
struct NetOptions {
  std::uint64_t seed = 1;                              // of the weights
  std::optional<std::int64_t> size = std::nullopt;     // of the square input, in pixels
  std::optional<std::int64_t> classes = std::nullopt;  // the background counts
  std::int64_t batch = 1;
  Layout layout = Layout::nchw;  // of the input, and of outputs that are pictures
  bool raw_heads = false;        // a detector without its post-processing
  std::string arch;              // the JSON of a search space's network; empty: the built-in one
};

/// The same with everything filled in, checked.
struct NetSpec {
  std::uint64_t seed;
  std::int64_t size;
  std::int64_t classes;
  std::int64_t batch;
  Layout layout;
  bool raw_heads;
  std::string arch;
};

/// How a kind of network is made, and what may be chosen about it.
struct NetKind {
  std::int64_t size;       // unless the user says so
  std::int64_t size_step;  // every size must be a multiple
  std::int64_t classes;
  bool has_raw_heads;
  bool has_arch;

  /// Errors  invalid_input: a size that the network cannot take; an arch that is none
  ///         unsupported: more weights than we make
  Result<Graph> (*make)(const NetSpec& spec);
};

/// Errors  invalid_input: a choice that the network does not have, or outside its range
Result<NetSpec> complete(const NetOptions& options, const NetKind& kind);

}  // namespace slipway::zoo
