#pragma once
// Turns the messages of a file into a graph: scopes, order, functions, and control flow that does
// not depend on data.

#include <map>
#include <string>
#include <utility>

#include "formats/onnx/node.h"

namespace slipway::formats {

class OnnxReader {
 public:
  OnnxReader(const ::onnx::ModelProto& model, const ModelFile& file);

  /// Errors  those of Format::read
  Result<Graph> read();

 private:
  using Functions = std::map<std::pair<std::string, std::string>, const ::onnx::FunctionProto*>;
  using Nodes = ::google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

  Result<void> check_versions();
  Result<void> read_properties();
  Result<void> add_inputs(const ::onnx::GraphProto& proto, OnnxScope& scope);
  Result<void> add_initializers(const ::onnx::GraphProto& proto, OnnxScope& scope);
  Result<void> add_nodes(const Nodes& nodes, OnnxScope& scope);
  Result<void> add_node(const ::onnx::NodeProto& proto, OnnxScope& scope);

  /// Gives a value with channels last the name of its twin in the file, where that is gone.
  void name_twins();

  ValueId with_scale(ValueId value);
  Result<void> set_outputs(const ::onnx::GraphProto& proto, const OnnxScope& scope);

  /// A graph inside of a node: `inputs` are the values of its own inputs.
  Result<std::vector<ValueId>> add_body(const ::onnx::GraphProto& body, OnnxScope& outer,
                                        std::span<const ValueId> inputs);
  Result<void> add_if(OnnxNode& node);
  Result<void> add_loop(OnnxNode& node);
  Result<void> add_own(OnnxNode& node);
  Result<void> add_call(OnnxNode& node, const ::onnx::FunctionProto& function);

  /// The type with the scale that the properties give for `name`.
  Result<TensorType> with_scale(const std::string& name, TensorType type) const;

  const ::onnx::ModelProto& model_;
  Graph graph_;
  ImportBudget budget_;
  ExternalData external_;
  OnnxImport import_;
  Functions functions_;
  std::map<std::string, TensorType, std::less<>> types_;  // with scales, which ONNX cannot say
  std::size_t nodes_ = 0;
  std::vector<const ::onnx::FunctionProto*> calls_;  // those that are being put in place
  int depth_ = 0;
};

/// The nodes in an order in which each stands behind those it reads from, as near to the file's as
/// can be. Bodies of If and Loop read what stands outside of them.
///
/// Errors  invalid_input: nodes that depend on themselves, by name
Result<std::vector<const ::onnx::NodeProto*>> in_order(
    const ::google::protobuf::RepeatedPtrField<::onnx::NodeProto>& nodes);

}  // namespace slipway::formats
