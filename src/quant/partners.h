#pragma once
// Which values of two networks are the same one: a network of floats, and what became of it.

#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace slipway::quant {

/// A value that both networks have.
struct Partners {
  ValueId a;
  ValueId b;
  std::string name;  // in A, without what passes added to it where that is one layer's alone
};

struct Matched {
  std::vector<Partners> layers;     // in the order of A
  std::vector<std::string> only_a;  // layers of A that no value of B is
  std::vector<std::string> only_b;  // layers of B that no layer of A is
};

/// What a value was called before passes and tools for quantization named what they made of it:
/// "conv1" for "conv1/quantized/integers" and "conv1_QuantizeLinear_Output".
[[nodiscard]] std::string_view root_name(std::string_view name);

/// For graphs that went through the passes. A layer is what computes numbers: no input, no
/// constant, nothing that only moves elements or turns floats into bytes and back. Partners have
/// one name and one shape; integers go before the floats that they stand for.
[[nodiscard]] Matched match_layers(const Graph& a, const Graph& b);

}  // namespace slipway::quant
