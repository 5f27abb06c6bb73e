#pragma once
// Test cases of ops as data: run by the unit tests, on every device, and in the field by
// `slipway devices check`.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace slipway {

/// One run of one op.
struct Case {
  std::string name;  // what is special about it
  AnyOp op;
  std::vector<std::optional<Tensor>> inputs;  // nothing where an optional one is left out
  std::vector<Tensor> outputs = {};           // what must come out; empty: what eval computes
  std::vector<TensorType> types = {};         // the outputs' stated types; needed where quantized
  std::vector<std::size_t> constants = {};  // the inputs that are constants: weights, shapes, axes
  std::string refuses = {};                 // not empty: infer must refuse, with these words in it
  double tolerance = 1e-6;  // of the output's range, for floats; integers are bit-equal
};

using Cases = std::vector<Case>;

/// A row of the list of cases, which the build makes: one per file x_cases.cc, of x_cases().
struct CaseList {
  std::string_view name;
  Cases (*make)();
};

[[nodiscard]] std::span<const CaseList> all_cases();

/// The case as a graph: its constants inside, its other inputs as inputs.
///
/// Errors  the refusal of its op
Result<Graph> to_graph(const Case& test);

/// The tensors for the inputs of to_graph(test).
[[nodiscard]] std::vector<Tensor> run_time_inputs(const Case& test);

/// What must come out: test.outputs, or what the interpreter computes.
Result<std::vector<Tensor>> expected_outputs(const Case& test, const Graph& graph);

/// In how far `is` misses `should`: empty where types are equal and elements equal (integers) or
/// within tolerance * range (floats; not-a-number equals itself).
[[nodiscard]] std::string difference(const Tensor& is, const Tensor& should, double tolerance);

// Tensors for cases, short to write.
[[nodiscard]] Tensor f32(Shape shape, const std::vector<float>& values);
[[nodiscard]] Tensor i32(Shape shape, const std::vector<std::int32_t>& values);
[[nodiscard]] Tensor i64(Shape shape, const std::vector<std::int64_t>& values);

/// Uniform elements from a fixed seed: -2..2 for floats, all values of 8- and 16-bit integers,
/// -1000..1000 for wider ones.
[[nodiscard]] Tensor random_tensor(const TensorType& type, std::uint64_t seed = 1);
[[nodiscard]] Tensor random_f32(Shape shape, std::uint64_t seed = 1);

}  // namespace slipway
