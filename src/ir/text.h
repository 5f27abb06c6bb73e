#pragma once
// Graphs as text: what dumps, tests and the native format are written in (docs/formats/ir_text.md).

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// The graph as text. Constants of up to 16 elements are written out; the others are appended to
/// `blobs` and written as "@k", or left out where there is no `blobs` (they read back as zeros).
[[nodiscard]] std::string to_text(const Graph& graph, std::vector<Tensor>* blobs = nullptr);

/// A graph from its text. `ops` names the ops there are; "@k" stands for blobs[k].
///
/// Errors  invalid_input: with the line number; constants left out may not exceed 64 MB in all
Result<Graph> parse_graph(std::string_view text, std::span<const OpEntry> ops,
                          std::span<const Tensor> blobs = {});

/// An op as it stands in the text, without its inputs: "Conv {stride=[2,2], padding=same_upper}".
[[nodiscard]] std::string to_text(const AnyOp& op);

/// Errors  unsupported: no op of that name in `ops`; invalid_input: fields that the op does not
///         have, or that are not of their type
Result<AnyOp> parse_op(std::string_view text, std::span<const OpEntry> ops);

/// A type as it stands in the text: "u8[1,224,224,3] q(0.0078125, 128)".
///
/// Errors  invalid_input
Result<TensorType> parse_type(std::string_view text);

}  // namespace slipway
