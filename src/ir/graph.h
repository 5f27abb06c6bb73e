#pragma once
// A network as a value: nodes by number, shared immutable weights, nothing that points.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ir/op.h"
#include "ir/recipe.h"

namespace slipway {

/// One output of one node. Valid in any copy of the graph.
struct ValueId {
  std::int32_t node = -1;
  std::int32_t slot = 0;

  [[nodiscard]] bool exists() const { return node >= 0; }

  auto operator<=>(const ValueId&) const = default;
};

/// No value: an optional input that is left out.
inline constexpr ValueId kNoValue = {};

/// The picture, sound or numbers a user gives. Its type is the node's.
struct Input {
  static constexpr auto kName = "Input";
  static constexpr auto kFields = std::tuple{};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Input&) const = default;
};

/// Weights and other numbers that never change. Copies share the bytes.
struct Constant {
  Tensor value;

  static constexpr auto kName = "Constant";
  static constexpr auto kFields = std::tuple{};  // the text writes the value its own way
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const Constant&) const = default;
};

/// A named value of a node: what a user calls it, its type, and the numbers where they are known
/// before running (constants, and small values computed from constants and shapes).
struct Value {
  std::string name;
  TensorType type;
  std::optional<Tensor> known = std::nullopt;

  bool operator==(const Value&) const = default;
};

struct Node {
  AnyOp op;
  std::vector<ValueId> inputs;  // kNoValue where an optional one is left out
  std::vector<Value> outputs;

  bool operator==(const Node&) const = default;
};

class Graph {
 public:
  // --- reading -----------------------------------------------------------------------------

  /// In an order in which they can run: the inputs of a node stand before it.
  [[nodiscard]] std::span<const Node> nodes() const { return nodes_; }

  [[nodiscard]] const Node& node(ValueId id) const {
    return nodes_[static_cast<std::size_t>(id.node)];
  }

  [[nodiscard]] const Value& value(ValueId id) const {
    return node(id).outputs[static_cast<std::size_t>(id.slot)];
  }

  [[nodiscard]] const TensorType& type(ValueId id) const { return value(id).type; }

  /// The numbers of a value that is known before running, or nullptr.
  [[nodiscard]] const Tensor* known(ValueId id) const {
    return value(id).known ? &*value(id).known : nullptr;
  }

  [[nodiscard]] std::span<const ValueId> inputs() const { return inputs_; }

  [[nodiscard]] std::span<const ValueId> outputs() const { return outputs_; }

  // --- building ----------------------------------------------------------------------------

  ValueId add_input(std::string name, TensorType type);
  ValueId add_constant(std::string name, Tensor value);

  /// Adds a node behind the others: infers its types (and, from small known inputs, its values)
  /// and names its outputs `name`, `name:1`, …
  ///
  /// Errors  what infer says, with the node in the trail
  Result<ValueId> add(AnyOp op, std::vector<ValueId> inputs, const std::string& name);

  /// add() for ops with several outputs.
  Result<std::vector<ValueId>> add_all(AnyOp op, std::vector<ValueId> inputs,
                                       const std::string& name);

  /// For files that state the types of their values: types that infer leaves open are taken from
  /// `outputs`, quantization always is.
  ///
  /// Errors  as add(); invalid_input: a stated type contradicts the inferred one
  Result<std::vector<ValueId>> add_typed(AnyOp op, std::vector<ValueId> inputs,
                                         std::vector<Value> outputs);

  void set_outputs(std::vector<ValueId> outputs) { outputs_ = std::move(outputs); }

  /// Renames a value; the name is made unique by a suffix where it is taken.
  void set_name(ValueId id, const std::string& name);

  // --- rewriting (see rewrite.h for insertion and clean-up) -----------------------------------

  void replace_op(ValueId node, AnyOp op) {
    nodes_[static_cast<std::size_t>(node.node)].op = std::move(op);
  }

  void set_input(ValueId node, std::size_t index, ValueId value) {
    nodes_[static_cast<std::size_t>(node.node)].inputs[index] = value;
  }

  void set_output(ValueId id, Value value) {
    nodes_[static_cast<std::size_t>(id.node)].outputs[static_cast<std::size_t>(id.slot)] =
        std::move(value);
  }

  // --- what travels with the network -----------------------------------------------------------

  std::string name;
  std::optional<Recipe> recipe;
  std::map<std::string, std::string> metadata;  // for people: producer, licence, version

  bool operator==(const Graph& other) const;

 private:
  friend class Rewriter;

  ValueId push(Node node);
  std::string unique(const std::string& name);

  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::set<std::string> names_;
  std::map<std::string, int> suffixes_;  // the last one given to names that were taken

  // What a file may still make us compute while it is read: operations, below a second in all.
  std::int64_t known_work_left_ = std::int64_t{1} << 28U;
};

/// The outputs of `op` on these inputs of `graph`: types, and values where types alone tell them.
///
/// Errors  what infer says
Result<Types> infer_types(const Graph& graph, const AnyOp& op, std::span<const ValueId> inputs);

/// The same, and small outputs of known inputs are computed. The scales in `stated`, where it has
/// as many rows, overrule the inferred ones. Where `work_left` is given, no more operations than
/// that are spent on it.
///
/// Errors  what infer says; what eval says of known inputs
Result<std::vector<Value>> infer_outputs(const Graph& graph, const AnyOp& op,
                                         std::span<const ValueId> inputs,
                                         std::span<const Value> stated = {},
                                         std::int64_t* work_left = nullptr);

/// What one run of the whole graph takes.
[[nodiscard]] Cost cost_of(const Graph& graph);
[[nodiscard]] Cost cost_of(const Graph& graph, const Node& node);

}  // namespace slipway
