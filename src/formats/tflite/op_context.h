#pragma once
// One operator of a TensorFlow Lite file while it is turned into nodes of ours.

#include <map>
#include <string>
#include <vector>

#include "formats/import.h"
#include "formats/tflite/schema.h"
#include "ir/graph.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::formats {

/// Tensors of the file that have become values of the graph.
using TensorValues = std::map<std::int32_t, ValueId>;

/// What a converter sees. Converters only rename: what an operator means is the op's business.
class OpContext {
 public:
  OpContext(Graph& graph, TensorValues& values, const tflite::SubGraph& subgraph,
            const tflite::Operator& op, ImportBudget& budget)
      : graph_(graph), values_(values), subgraph_(subgraph), op_(op), budget_(budget) {}

  [[nodiscard]] Graph& graph() { return graph_; }

  [[nodiscard]] const tflite::Operator& op() const { return op_; }

  [[nodiscard]] std::size_t input_count() const {
    return op_.inputs() == nullptr ? 0 : op_.inputs()->size();
  }

  [[nodiscard]] std::size_t output_count() const {
    return op_.outputs() == nullptr ? 0 : op_.outputs()->size();
  }

  /// The value of input `i`, or kNoValue where the file leaves it out.
  ///
  /// Errors  corrupt: no such input; invalid_input: used before it is computed
  Result<ValueId> input(std::size_t i) const;

  /// All inputs, in the file's order.
  Result<std::vector<ValueId>> inputs() const;

  [[nodiscard]] bool has(std::size_t i) const {
    return i < input_count() && op_.inputs()->Get(static_cast<unsigned>(i)) >= 0;
  }

  /// An empty vector's where the input is left out; infer then says what is missing.
  [[nodiscard]] const TensorType& type(ValueId id) const {
    static const TensorType kNone{DType::f32, {0}, {}};
    return id.exists() ? graph_.type(id) : kNone;
  }

  /// The numbers of an input that must be known while importing.
  ///
  /// Errors  unsupported: only running the graph will tell
  Result<std::vector<std::int64_t>> integers(std::size_t i) const;

  /// The type that the file states for output `i`.
  Result<TensorType> stated(std::size_t i) const;

  /// The operator's options, or those of an empty table where the file has none.
  template <class T>
  const T& options() const {
    const auto* given = op_.builtin_options_as<T>();
    return given == nullptr ? *empty_table<T>() : *given;
  }

  /// Adds the node that computes this operator's outputs. They get the file's names and scales.
  ///
  /// Errors  those of infer; invalid_input: the file states another element type
  Result<void> emit(const AnyOp& op, std::vector<ValueId> inputs);

  /// Adds a node in front of it that the file does not have. Constants are computed at once.
  Result<ValueId> helper(const AnyOp& op, std::vector<ValueId> inputs, std::string_view purpose);

  /// A constant that the file does not have.
  ValueId constant(std::string_view purpose, Tensor value);

  /// Declares this operator's output `i` to be a value that exists already.
  Result<void> alias(std::size_t i, ValueId value);

 private:
  template <class T>
  static const T* empty_table();
  [[nodiscard]] std::string title() const;

  /// Pays for the numbers of a value that are known already.
  Result<void> spend(ValueId id);

  Graph& graph_;
  TensorValues& values_;
  const tflite::SubGraph& subgraph_;
  const tflite::Operator& op_;
  ImportBudget& budget_;
};

template <class T>
const T* OpContext::empty_table() {
  static const auto kBuffer = [] {
    flatbuffers::FlatBufferBuilder builder;
    const auto start = builder.StartTable();
    builder.Finish(flatbuffers::Offset<T>(builder.EndTable(start)));
    return builder.Release();
  }();
  return flatbuffers::GetRoot<T>(kBuffer.data());
}

/// The type of a tensor as the file states it. Scales that mean nothing are left out.
///
/// Errors  unsupported: an element type we do not have; invalid_input: a bad shape or scale
Result<TensorType> tensor_type(const tflite::Tensor& tensor);

/// Errors  unsupported: TANH, SIGN_BIT
Result<Activation> activation_of(tflite::ActivationFunctionType type);
[[nodiscard]] Padding padding_of(tflite::Padding padding);

/// How an operator of the file becomes nodes.
using Converter = Result<void> (*)(OpContext& context);

struct ConverterRow {
  tflite::BuiltinOperator op;
  Converter convert;
};

/// One list per family; converters.cc puts them together.
std::span<const ConverterRow> conv_converters();
std::span<const ConverterRow> detect_converters();
std::span<const ConverterRow> elementwise_converters();
std::span<const ConverterRow> index_converters();
std::span<const ConverterRow> move_converters();
std::span<const ConverterRow> normalize_converters();
std::span<const ConverterRow> quantize_converters();
std::span<const ConverterRow> reduce_converters();
std::span<const ConverterRow> shape_converters();

/// The converter of a builtin operator, or nullptr.
Converter find_converter(tflite::BuiltinOperator op);

/// The converter of a custom operator by its name, or nullptr.
Converter find_custom_converter(std::string_view name);

/// The names of all operators that have a converter.
std::vector<std::string> converter_names();

}  // namespace slipway::formats
