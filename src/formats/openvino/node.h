#pragma once
// One layer of an OpenVINO model while it is turned into nodes of ours.

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/import.h"
#include "formats/openvino/document.h"
#include "ir/graph.h"
#include "ops/window.h"

namespace slipway::formats {

/// The weights file beside the XML. It is opened when the first layer asks for it.
class IrWeights {
 public:
  /// `path` is that of the XML.
  IrWeights(const Files& files, const std::string& path, ImportBudget& budget);

  /// A part of the file as a tensor; half floats become f32, which all arithmetic here is done in.
  /// Parts that are asked for again are shared.
  ///
  /// Errors  not_found: there is no such file; corrupt: it ends before the part does, or the part
  ///         has another size than the shape needs; unsupported: packed element types
  Result<Tensor> tensor(const IrBlob& blob, std::string_view element_type, const Shape& shape);

 private:
  Result<BytesView> bytes(const IrBlob& blob);

  const Files& files_;
  std::string path_;
  ImportBudget& budget_;
  std::optional<Mapping> mapping_;
  std::map<std::tuple<std::uint64_t, std::uint64_t, DType>, Tensor> made_;
};

/// "f32", "FP32", "i64", "I64", "boolean"; half floats are f32.
///
/// Errors  unsupported: a type we do not have
Result<DType> ir_dtype(std::string_view text);

/// What the whole file has in common while it is read.
struct IrImport {
  Graph& graph;
  ImportBudget& budget;
  IrWeights& weights;
  bool legacy = false;                       // version 3: layers as they were before operator sets
  std::map<ValueId, ValueId> channels_last;  // twins: the same value with channels last
};

/// What a converter sees. Converters only rename and bring up to date: what a layer means is the
/// op's business.
class IrNode {
 public:
  /// `used` says to which outputs an edge leads.
  IrNode(IrImport& import, const IrLayer& layer, std::vector<ValueId> inputs,
         const std::vector<bool>& used)
      : import_(import),
        layer_(layer),
        used_(used),
        inputs_(std::move(inputs)),
        outputs_(layer.outputs.size(), kNoValue) {}

  [[nodiscard]] Graph& graph() { return import_.graph; }

  [[nodiscard]] const IrLayer& layer() const { return layer_; }

  [[nodiscard]] bool legacy() const { return import_.legacy; }

  // --- inputs and outputs ------------------------------------------------------------------

  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }

  [[nodiscard]] std::size_t output_count() const { return outputs_.size(); }

  /// Whether anything reads output `i`; in version 3 what nothing reads is an output of the model.
  [[nodiscard]] bool wants_output(std::size_t i) const {
    return i < used_.size() && (used_[i] || import_.legacy);
  }

  [[nodiscard]] bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i].exists(); }

  /// Errors  invalid_input: no edge leads to it
  Result<ValueId> input(std::size_t i) const;
  Result<std::vector<ValueId>> inputs() const;

  [[nodiscard]] const TensorType& type(ValueId id) const { return import_.graph.type(id); }

  [[nodiscard]] const Tensor* known(ValueId id) const { return import_.graph.known(id); }

  /// The numbers of an input that must be known.
  ///
  /// Errors  unsupported: only running the graph will tell
  Result<std::vector<std::int64_t>> integers(std::size_t i) const;
  Result<std::vector<float>> numbers(std::size_t i) const;

  /// The dimensions of a value, all of which must be known.
  Result<std::vector<std::int64_t>> known_dims(ValueId id) const;

  // --- attributes --------------------------------------------------------------------------

  // An attribute that a converter never asks for is refused, so that none is passed over in
  // silence.

  [[nodiscard]] bool has_attribute(std::string_view name) { return attribute(name) != nullptr; }

  /// The attribute, or `fallback` where the layer has none of that name.
  ///
  /// Errors  corrupt: it is no such thing
  Result<std::int64_t> integer(std::string_view name, std::int64_t fallback);
  Result<float> number(std::string_view name, float fallback);
  Result<bool> flag(std::string_view name, bool fallback);
  [[nodiscard]] std::string text(std::string_view name, std::string_view fallback);
  Result<std::vector<std::int64_t>> integer_list(std::string_view name,
                                                 std::vector<std::int64_t> fallback = {});
  Result<std::vector<float>> number_list(std::string_view name);

  /// Attributes whose values make no difference here.
  void ignore(std::initializer_list<std::string_view> names) {
    asked_.insert(names.begin(), names.end());
  }

  /// Where the padding comes from, as auto_pad says.
  Result<Padding> padding();

  [[nodiscard]] bool has_blob(std::string_view name) const;

  /// A blob of version 3 as f32 constant.
  ///
  /// Errors  corrupt: the layer has none of that name, or it does not fill the shape
  Result<ValueId> blob(std::string_view name, const Shape& shape);

  /// The number of elements of a blob of version 3.
  Result<std::int64_t> blob_elements(std::string_view name) const;

  // --- results -----------------------------------------------------------------------------

  /// Adds the node that computes the layer's outputs. Constants are computed at once.
  ///
  /// Errors  those of infer; invalid_input: a shape other than the file states
  Result<void> emit(const AnyOp& op, std::vector<ValueId> inputs);

  /// Adds a node that the file does not have. Constants are computed at once.
  Result<ValueId> helper(const AnyOp& op, std::vector<ValueId> inputs, std::string_view purpose);
  Result<std::vector<ValueId>> helper_all(const AnyOp& op, std::vector<ValueId> inputs,
                                          std::string_view purpose);

  /// A constant that the file does not have.
  ValueId constant(std::string_view purpose, Tensor value);
  ValueId constant(std::string_view purpose, float value);
  ValueId constant(std::string_view purpose, const std::vector<std::int64_t>& values);

  /// Declares output `i` to be a value that exists already.
  Result<void> alias(std::size_t i, ValueId value);

  Result<void> alias(ValueId value) { return alias(0, value); }

  /// x from `begin` up to and without `end` along an axis, both constants of one number.
  Result<ValueId> slice(ValueId x, ValueId begin, ValueId end, std::int64_t axis);

  /// A list of one number per channel, shaped so that it broadcasts along dimension 1 of `x`. What
  /// is no such list stays as it is.
  Result<ValueId> per_channel(ValueId list, ValueId x);

  // --- layout ------------------------------------------------------------------------------

  /// The value with its channels (dimension 1) moved to the end: through a Transpose, or the value
  /// that such a Transpose was made of. Up to rank 2 there is nothing to move.
  Result<ValueId> channels_last(ValueId value);

  /// The value with its last dimension moved to dimension 1. channels_last() finds the way back.
  Result<ValueId> channels_first(ValueId value);

  /// Whether a value with channels last exists already, so that using it costs no Transpose.
  [[nodiscard]] bool has_channels_last(ValueId value) const;

  /// emit() of an op that works on channels-last values; `inputs` have channels last already.
  Result<void> emit_channels_last(const AnyOp& op, std::vector<ValueId> inputs);

  /// A node that works element by element, with broadcasting: done on the channels-last twins where
  /// there are some, so that no Transpose stands between two convolutions.
  Result<ValueId> elementwise(const AnyOp& op, std::vector<ValueId> inputs,
                              std::string_view purpose = "part");
  Result<void> emit_elementwise(const AnyOp& op, std::vector<ValueId> inputs);

  // --- for the reader ----------------------------------------------------------------------

  [[nodiscard]] std::span<const ValueId> made() const { return outputs_; }

  /// Errors  unsupported: an attribute that nobody asked for
  [[nodiscard]] Result<void> check_attributes() const;

 private:
  /// The text of an attribute, which counts as asked for, or nullptr.
  [[nodiscard]] const std::string* attribute(std::string_view name);

  /// Whether all can be seen with channels last for nothing.
  [[nodiscard]] bool all_last(std::span<const ValueId> inputs) const;

  IrImport& import_;
  const IrLayer& layer_;
  const std::vector<bool>& used_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::set<std::string, std::less<>> asked_;
};

/// How a layer of the file becomes nodes.
using IrConverter = Result<void> (*)(IrNode& node);

struct IrRow {
  std::string_view type;
  IrConverter convert;
};

/// One list per family; converters.cc puts them together. The second list is for version 3 and
/// takes precedence there.
std::span<const IrRow> ir_activation();
std::span<const IrRow> ir_conv();
std::span<const IrRow> ir_detect();
std::span<const IrRow> ir_elementwise();
std::span<const IrRow> ir_index();
std::span<const IrRow> ir_normalize();
std::span<const IrRow> ir_pool();
std::span<const IrRow> ir_reduce();
std::span<const IrRow> ir_resize();
std::span<const IrRow> ir_shape();
std::span<const IrRow> ir_legacy_layers();
std::span<const IrRow> ir_legacy_shape();

/// The converter of a layer type, or nullptr.
IrConverter find_ir_converter(bool legacy, std::string_view type);

/// The types of all layers that have a converter.
std::vector<std::string> ir_layer_types(bool legacy);

/// The dimensions 0, 1, … with one moved.
[[nodiscard]] std::vector<std::int64_t> moved_axis(std::size_t rank, std::size_t from,
                                                   std::size_t to);

/// Pixels and labels: what the file says about how to use it, or the habits of its kind.
///
/// Errors  invalid_input: a recipe of ours inside that is none
Result<void> set_ir_recipe(Graph& graph, const IrDocument& document);

}  // namespace slipway::formats
