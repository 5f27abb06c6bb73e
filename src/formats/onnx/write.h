#pragma once
// Turns a graph into the messages of an ONNX file. docs/formats/onnx.md says how the file looks.

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "formats/onnx/proto.h"
#include "ir/graph.h"

namespace slipway::formats {

inline constexpr const char* kProducer = "slipway";

/// The domain of functions that carry ops of ours, its version, and their attributes: the op as
/// the IR's text has it, and the types of the outputs.
inline constexpr const char* kOwnDomain = "slipway";
inline constexpr int kOwnVersion = 1;
inline constexpr const char* kOwnOp = "op";
inline constexpr const char* kOwnTypes = "types";

/// The property that says what the integers of inputs and initializers stand for.
inline constexpr std::string_view kTypesKey = "slipway.types";

using OnnxValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                               std::vector<float>, std::vector<std::string>, Tensor>;
using OnnxAttributes = std::vector<std::pair<std::string_view, OnnxValue>>;

/// The messages for a tensor and a type. Dimensions that are unknown have no number.
[[nodiscard]] ::onnx::TensorProto onnx_proto(const Tensor& value, const std::string& name);
void set_onnx_type(const TensorType& type, ::onnx::TypeProto& proto);

/// The dimensions of a tensor in another order.
[[nodiscard]] Tensor transposed(const Tensor& tensor, const std::vector<std::int64_t>& perm);

/// (0, 3, 1, 2) and (0, 2, 3, 1): from channels last to channels first, and back.
[[nodiscard]] std::vector<std::int64_t> first_of_last(std::size_t rank);
[[nodiscard]] std::vector<std::int64_t> last_of_first(std::size_t rank);

/// Where nodes and names go: the graph of the file, or the body of one function.
class OnnxSpace {
 public:
  /// The names of one value: as it is, and with its last dimension moved to dimension 1. One of
  /// the two may be missing until somebody asks for it.
  struct Names {
    std::string last;
    std::string first;
  };

  /// Without `graph` constants become nodes.
  OnnxSpace(::google::protobuf::RepeatedPtrField<::onnx::NodeProto>& nodes,
            ::onnx::GraphProto* graph)
      : nodes_(nodes), graph_(graph) {}

  /// A name that is not taken yet.
  std::string fresh(const std::string& wish);

  /// The new node.
  ::onnx::NodeProto& add(std::string_view op_type, const std::vector<std::string>& inputs,
                         const OnnxAttributes& attributes, const std::vector<std::string>& outputs);

  /// The name of a constant. Equal ones of one element are shared.
  std::string constant(const Tensor& value, const std::string& wish);

  /// Gives what a node from `begin` on computes another name.
  void rename(int begin, const std::string& from, const std::string& to);

  void reserve(const std::string& name) { taken_.insert(name); }

  [[nodiscard]] int size() const { return nodes_.size(); }

  [[nodiscard]] bool is_function() const { return graph_ == nullptr; }

  /// The version of ONNX's operators that the file has, and the least that has all of them.
  static constexpr int kLeastOpset = 17;
  int opset = kLeastOpset;
  int needed_opset = kLeastOpset;

  std::map<ValueId, Names> names;
  std::map<ValueId, std::string> wishes;     // for the names of channels-first twins
  std::map<ValueId, TensorType> types;       // where they differ from the graph's
  std::map<std::string, TensorType> scales;  // of initializers that have some
  std::set<ValueId> pairs;  // bytes that only Dequantize reads: QuantizeLinear says the scale

 private:
  ::google::protobuf::RepeatedPtrField<::onnx::NodeProto>& nodes_;
  ::onnx::GraphProto* graph_;
  std::set<std::string> taken_;
  std::map<std::string, int> suffixes_;
  std::map<std::string, std::string> shared_;  // constants of one element, by type and bytes
};

/// What a function that writes an op sees of its node.
class OnnxWriter {
 public:
  OnnxWriter(const Graph& graph, const Node& node, std::vector<ValueId> outputs, OnnxSpace& space)
      : graph_(graph),
        node_(node),
        outputs_(std::move(outputs)),
        space_(space),
        begin_(space.size()) {}

  template <Op T>
  [[nodiscard]] const T& as() const {
    const auto* op = node_.op.as<T>();
    SLIPWAY_CHECK(op != nullptr);
    return *op;
  }

  [[nodiscard]] const Node& node() const { return node_; }

  [[nodiscard]] std::size_t input_count() const { return node_.inputs.size(); }

  [[nodiscard]] std::size_t output_count() const { return outputs_.size(); }

  [[nodiscard]] bool has(std::size_t i) const {
    return i < node_.inputs.size() && node_.inputs[i].exists();
  }

  /// The type as it is in the file: that of integers inside of a function is real there.
  [[nodiscard]] const TensorType& type(std::size_t i) const { return type_of(node_.inputs[i]); }

  [[nodiscard]] const TensorType& output_type(std::size_t i) const { return type_of(outputs_[i]); }

  /// The type as it is in the graph.
  [[nodiscard]] const TensorType& stated_type(std::size_t i) const {
    return graph_.type(node_.inputs[i]);
  }

  /// The numbers of input `i` where they are known before running, or nullptr.
  [[nodiscard]] const Tensor* known(std::size_t i) const {
    asked_.insert(i);
    return has(i) ? graph_.known(node_.inputs[i]) : nullptr;
  }

  /// Errors  unsupported: only running the graph will tell
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::size_t i) const;

  /// Input `i` makes no difference but by its shape.
  void ignore(std::size_t i) { asked_.insert(i); }

  /// Errors  unsupported: an input that nobody asked for
  [[nodiscard]] Result<void> check_inputs() const;

  [[nodiscard]] bool in_function() const { return space_.is_function(); }

  /// Says from which version on ONNX has what is written. The file is written again where it does
  /// not have that yet.
  void needs_opset(int opset) { space_.needed_opset = std::max(space_.needed_opset, opset); }

  // --- names of inputs -------------------------------------------------------------------------

  /// Input `i` as it is.
  std::string last(std::size_t i) {
    asked_.insert(i);
    return last_of(node_.inputs[i]);
  }

  /// Input `i` with its channels moved to dimension 1.
  std::string first(std::size_t i) {
    asked_.insert(i);
    return first_of(node_.inputs[i]);
  }

  /// Whether nothing but DequantizeLinear reads these bytes.
  [[nodiscard]] bool is_pair(ValueId value) const { return space_.pairs.contains(value); }

  [[nodiscard]] ValueId output(std::size_t i) const { return outputs_[i]; }

  /// Whether input `i` is there with channels first and nothing else.
  [[nodiscard]] bool lies_first(std::size_t i) const;

  /// Whether input `i` is there with channels first, too; if not, it will get a name of its own.
  bool is_there_first(std::size_t i);

  /// Input `i` with its dimensions in another order.
  std::string permuted(std::size_t i, const std::vector<std::int64_t>& perm);

  /// Input `i`, an index, length or axis, as i64. Where it is known and `rank` is not negative, it
  /// has that many dimensions.
  std::string index(std::size_t i, int rank = -1);

  std::string last_of(ValueId value);
  std::string first_of(ValueId value);

  // --- building --------------------------------------------------------------------------------

  /// Adds a node with one output; its name.
  std::string add(std::string_view op_type, const std::vector<std::string>& inputs,
                  const OnnxAttributes& attributes = {});

  std::vector<std::string> add_all(std::string_view op_type, const std::vector<std::string>& inputs,
                                   const OnnxAttributes& attributes, std::size_t outputs);

  std::string constant(const Tensor& value);
  std::string number(DType dtype, double value);
  std::string indices(const std::vector<std::int64_t>& values);

  /// x as another element type.
  std::string cast(const std::string& x, DType from, DType to);

  std::string transpose(const std::string& x, const std::vector<std::int64_t>& perm) {
    return add("Transpose", {x}, {{"perm", perm}});
  }

  /// A reduction by the name of its operator, whose axes older opsets have as an attribute.
  std::string reduced(std::string_view op_type, const std::string& x,
                      const std::vector<std::int64_t>& axes, bool keep_dims);

  std::string reshape(const std::string& x, const std::vector<std::int64_t>& shape);

  /// x cut to [low, high], either of which may be infinite.
  std::string clamp(const std::string& x, DType dtype, float low, float high);

  /// x of the integer type `wide`, cut to what `narrow` holds.
  std::string clamp_to(const std::string& x, DType wide, DType narrow);

  /// One number per element of the output: `build` gets the inputs, all laid out alike, and gives
  /// back the result. Types that ONNX operators lack are computed in one that they have.
  void elementwise(const std::function<std::string(const std::vector<std::string>&)>& build,
                   bool cast_back = true);

  // --- results ---------------------------------------------------------------------------------

  /// Says that output `i` is there as `name`.
  void result(std::size_t i, const std::string& name) { finish(i, name, false); }

  /// The same for a value with channels first.
  void result_first(std::size_t i, const std::string& name) { finish(i, name, true); }

 private:
  [[nodiscard]] const TensorType& type_of(ValueId value) const;
  [[nodiscard]] bool all_first() const;
  std::string dequantized(ValueId value, const std::vector<std::int64_t>& perm);
  std::string aligned_first(std::size_t i);
  void finish(std::size_t i, const std::string& name, bool first);
  std::string title() const;

  const Graph& graph_;
  const Node& node_;
  std::vector<ValueId> outputs_;
  OnnxSpace& space_;
  int begin_;
  mutable std::set<std::size_t> asked_;  // inputs that somebody asked for
  std::set<std::string> made_;           // names of what this node's own nodes compute
};

/// The element type in which ONNX operators compute elements of `dtype`.
[[nodiscard]] DType computed_in(DType dtype);

/// The same for those that compute element by element: they have large unsigned numbers, which are
/// others in i64.
[[nodiscard]] inline DType elementwise_in(DType dtype) {
  return dtype == DType::u32 || dtype == DType::u64 ? dtype : computed_in(dtype);
}

/// How an op is written.
struct OnnxWriteRow {
  std::string_view op;
  std::string_view fields;  // those that `write` knows; others must have their defaults
  Result<void> (*write)(OnnxWriter& writer);

  /// Whether integers that stand for real numbers become those first. Else they are as good as
  /// any other.
  bool (*is_real)(const OnnxWriter& writer) = [](const OnnxWriter&) { return true; };

  /// Whether the nodes, read back, are the same op; else they become the body of a function.
  bool (*is_exact)(const OnnxWriter& writer) = [](const OnnxWriter&) { return true; };

  int bias = -1;  // the input that is added to products of inputs 0 and 1

  /// Whether ONNX's operator has the scales among its inputs, as files of other tools do.
  bool (*is_standard)(const OnnxWriter& writer) = [](const OnnxWriter&) { return false; };
};

/// The integer constant that a value of floats is dequantized from, or nullptr. It is written as
/// such, between an initializer and who reads it.
[[nodiscard]] const Tensor* integers_behind(const Graph& graph, ValueId value);

[[nodiscard]] inline bool never(const OnnxWriter&) { return false; }

/// One list per family; write_rows.cc puts them together.
std::span<const OnnxWriteRow> onnx_write_conv();
std::span<const OnnxWriteRow> onnx_write_detect();
std::span<const OnnxWriteRow> onnx_write_elementwise();
std::span<const OnnxWriteRow> onnx_write_index();
std::span<const OnnxWriteRow> onnx_write_newer();
std::span<const OnnxWriteRow> onnx_write_normalize();
std::span<const OnnxWriteRow> onnx_write_pool();
std::span<const OnnxWriteRow> onnx_write_quantize();
std::span<const OnnxWriteRow> onnx_write_reduce();
std::span<const OnnxWriteRow> onnx_write_regions();
std::span<const OnnxWriteRow> onnx_write_shape();
std::span<const OnnxWriteRow> onnx_write_slice();
std::span<const OnnxWriteRow> onnx_write_ssd();

/// The row of an op, or nullptr.
const OnnxWriteRow* find_onnx_write_row(std::string_view op);

/// The graph as a file.
///
/// Errors  unsupported: an op that ONNX cannot say, by name
Result<::onnx::ModelProto> to_onnx(const Graph& graph);

}  // namespace slipway::formats
