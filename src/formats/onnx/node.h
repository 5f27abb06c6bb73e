#pragma once
// One node of an ONNX file while it is turned into nodes of ours.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/import.h"
#include "formats/onnx/tensor.h"
#include "ir/graph.h"

namespace slipway::formats {

/// Names of the file that have become values of the graph, and those of the scopes around: bodies
/// of If and Loop see what stands outside of them.
class OnnxScope {
 public:
  explicit OnnxScope(const OnnxScope* outer = nullptr) : outer_(outer) {}

  /// The value of a name, or kNoValue.
  [[nodiscard]] ValueId find(const std::string& name) const;

  /// Errors  invalid_input: the name has a value already
  Result<void> add(const std::string& name, ValueId value);

 private:
  const OnnxScope* outer_;
  std::unordered_map<std::string, ValueId> values_;
};

/// What the whole file has in common while it is read.
struct OnnxImport {
  Graph& graph;
  ImportBudget& budget;
  ExternalData& external;
  std::unordered_map<std::string, int> versions;  // of operator sets, by domain; "" is ONNX's own
  std::map<ValueId, ValueId> channels_last;       // twins: the same value with channels last
  std::set<ValueId> four_bits;                    // whose numbers have 4 bits in the file
};

/// What a converter sees. Converters only rename and bring up to date: what an operator means is
/// the op's business. An attribute that a converter never asks for is refused, so that none is
/// passed over in silence.
class OnnxNode {
 public:
  /// `attributes` are the node's own, or those with which a function is called filled in.
  OnnxNode(OnnxImport& import, OnnxScope& scope, const ::onnx::NodeProto& node)
      : import_(import), scope_(scope), node_(node) {}

  [[nodiscard]] Graph& graph() { return import_.graph; }

  [[nodiscard]] const std::string& op_type() const { return node_.op_type(); }

  /// The version of the operator set that the node belongs to.
  [[nodiscard]] int version() const;

  // --- inputs and outputs ------------------------------------------------------------------

  /// Inputs up to the last one that is not left out.
  [[nodiscard]] std::size_t input_count() const;

  [[nodiscard]] std::size_t output_count() const;

  [[nodiscard]] bool has(std::size_t i) const {
    return i < input_count() && !node_.input(static_cast<int>(i)).empty();
  }

  [[nodiscard]] bool wants_output(std::size_t i) const {
    return i < output_count() && !node_.output(static_cast<int>(i)).empty();
  }

  /// The value of input `i`, or kNoValue where the node leaves it out.
  ///
  /// Errors  invalid_input: nothing of that name has been computed
  Result<ValueId> optional_input(std::size_t i) const;

  /// Errors  invalid_input: as optional_input, or it is left out
  Result<ValueId> input(std::size_t i) const;

  /// All of them, kNoValue where one is left out.
  Result<std::vector<ValueId>> inputs() const;

  /// An empty vector's where the value does not exist; infer then says what is missing.
  [[nodiscard]] const TensorType& type(ValueId id) const;

  /// The numbers of a value that are known while reading, or nullptr.
  [[nodiscard]] const Tensor* known(ValueId id) const {
    return id.exists() ? import_.graph.known(id) : nullptr;
  }

  /// The numbers of an input that must be known.
  ///
  /// Errors  unsupported: only running the graph will tell
  Result<Tensor> constant_input(std::size_t i) const;
  Result<std::vector<std::int64_t>> integers(std::size_t i) const;

  // --- attributes --------------------------------------------------------------------------

  [[nodiscard]] bool has_attribute(std::string_view name);

  /// The attribute, or `fallback` where the node has none of that name.
  ///
  /// Errors  corrupt: it has another type
  Result<std::int64_t> integer(std::string_view name, std::int64_t fallback);
  Result<float> number(std::string_view name, float fallback);
  Result<std::string> text(std::string_view name, std::string_view fallback);
  Result<std::vector<std::int64_t>> integer_list(std::string_view name,
                                                 std::vector<std::int64_t> fallback = {});
  Result<std::vector<float>> number_list(std::string_view name, std::vector<float> fallback = {});

  /// The attribute itself, or nullptr.
  const ::onnx::AttributeProto* attribute(std::string_view name);

  /// An attribute whose value makes no difference here.
  void ignore(std::string_view name) { asked_.insert(std::string(name)); }

  // --- results -----------------------------------------------------------------------------

  /// Adds the node that computes this node's outputs; they get the file's names. Outputs of the op
  /// that the file does not name are kept under names of ours. What works element by element does
  /// so on channels-last twins where there are some, so that no Transpose stands between
  /// convolutions.
  ///
  /// Errors  those of infer; unsupported: the file wants more outputs than the op has
  Result<void> emit(const AnyOp& op, std::vector<ValueId> inputs);

  /// The same with the scale of output 0, for integers that stand for real numbers.
  Result<void> emit(const AnyOp& op, std::vector<ValueId> inputs, const Quantization& quant);

  /// Adds a node that the file does not have. Constants are computed at once.
  Result<ValueId> helper(const AnyOp& op, std::vector<ValueId> inputs, std::string_view purpose);

  /// The same for an op with several outputs.
  Result<std::vector<ValueId>> helper_all(const AnyOp& op, std::vector<ValueId> inputs,
                                          std::string_view purpose);

  /// A constant that the file does not have.
  ValueId constant(std::string_view purpose, Tensor value);

  /// Declares this node's output `i` to be a value that exists already.
  Result<void> alias(std::size_t i, ValueId value);

  // --- layout ------------------------------------------------------------------------------

  /// The value with its channels (dimension 1) moved to the end: through a Transpose, or the value
  /// that such a Transpose was made of. Up to rank 2 there is nothing to move.
  Result<ValueId> channels_last(ValueId value);

  /// The value with its last dimension moved to dimension 1. channels_last() finds the way back.
  Result<ValueId> channels_first(ValueId value, std::string_view purpose);

  /// Whether a node that takes any layout can work on channels-last twins of these values: there
  /// are some, and the rest are constants or single numbers.
  [[nodiscard]] bool all_last(std::span<const ValueId> values) const;

  /// The values with their channels last. Those of fewer dimensions get ones in front first.
  Result<void> move_last(std::vector<ValueId>& values);

  /// emit() of an op that works on channels-last values: output 0 (and the others of at least rank
  /// 3) are moved back. `inputs` have channels last already.
  Result<void> emit_channels_last(const AnyOp& op, std::vector<ValueId> inputs);

  // --- for the reader ----------------------------------------------------------------------

  /// Errors  unsupported: an attribute that nobody asked for, by name
  Result<void> check_attributes() const;

  [[nodiscard]] const ::onnx::NodeProto& proto() const { return node_; }

  [[nodiscard]] OnnxImport& import() { return import_; }

  [[nodiscard]] OnnxScope& scope() { return scope_; }

  /// What messages and added nodes are named after: the first output.
  [[nodiscard]] std::string title() const;

 private:
  Result<void> finish(const AnyOp& op, std::vector<ValueId> inputs,
                      const std::optional<Quantization>& quant);

  OnnxImport& import_;
  OnnxScope& scope_;
  const ::onnx::NodeProto& node_;
  std::set<std::string, std::less<>> asked_;
};

/// How an operator of the file becomes nodes.
using OnnxConverter = Result<void> (*)(OnnxNode& node);

struct OnnxRow {
  std::string_view name;
  OnnxConverter convert;
  std::string_view domain = {};  // "" is ONNX's own
};

/// One list per family; converters.cc puts them together.
std::span<const OnnxRow> onnx_activation();
std::span<const OnnxRow> onnx_basic();
std::span<const OnnxRow> onnx_conv();
std::span<const OnnxRow> onnx_detect();
std::span<const OnnxRow> onnx_elementwise();
std::span<const OnnxRow> onnx_index();
std::span<const OnnxRow> onnx_linear();
std::span<const OnnxRow> onnx_loss();
std::span<const OnnxRow> onnx_matmul();
std::span<const OnnxRow> onnx_normalize();
std::span<const OnnxRow> onnx_pool();
std::span<const OnnxRow> onnx_quantize();
std::span<const OnnxRow> onnx_reduce();
std::span<const OnnxRow> onnx_resize();
std::span<const OnnxRow> onnx_shape();

/// All of them, sorted by name.
std::span<const OnnxRow> onnx_converters();

/// The converter of an operator, or nullptr.
OnnxConverter find_onnx_converter(std::string_view domain, std::string_view name);

}  // namespace slipway::formats
