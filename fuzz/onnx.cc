// ONNX files: what is read keeps the graph's promises, prints as text that reads back, and, where
// it is small, runs or refuses.

#include "formats/onnx/onnx.h"

#include <algorithm>

#include "formats/onnx/proto.h"
#include "graph_property.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const MemoryFiles files;
  const auto bytes = std::as_bytes(std::span{data, size});
  if (!onnx_format.can_read(bytes)) return 0;
  const auto graph = onnx_format.read({files, "x.onnx", bytes});
  if (!graph || !verify(*graph)) return 0;
  check_graph(*graph);
  return 0;
}

#if defined(SLIPWAY_LIBFUZZER)
// Half of the time the bytes are changed blindly, as libFuzzer does; the other half something is
// changed that means something: an operator, an attribute, a dimension, who reads what.

#include "formats/onnx/node.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace slipway {
namespace {

/// Small steps from one seed.
class Dice {
 public:
  explicit Dice(unsigned seed) : state_(seed) {}

  std::uint64_t below(std::uint64_t count) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return count == 0 ? 0 : (state_ >> 33U) % count;
  }

  int index(int count) { return static_cast<int>(below(static_cast<std::uint64_t>(count))); }

  std::int64_t number() {
    constexpr std::int64_t kNumbers[] = {
        0,   1,     2,          3,  4,  5,  7,    8,         16,        17,        64,
        255, 65536, 2147483647, -1, -2, -3, -128, INT64_MAX, INT64_MIN, 1LL << 40, 1 << 20};
    return kNumbers[below(std::size(kNumbers))];
  }

 private:
  std::uint64_t state_;
};

void change_attribute(::onnx::NodeProto& node, Dice& dice) {
  if (node.attribute_size() == 0) return;
  auto& attribute = *node.mutable_attribute(dice.index(node.attribute_size()));
  if (attribute.ints_size() > 0) {
    attribute.set_ints(dice.index(attribute.ints_size()), dice.number());
  } else if (attribute.has_i()) {
    attribute.set_i(dice.number());
  } else if (attribute.has_f()) {
    attribute.set_f(static_cast<float>(dice.number()));
  }
}

void change_names(::onnx::GraphProto& graph, ::onnx::NodeProto& node, Dice& dice) {
  if (node.input_size() == 0) return;
  const auto& other = graph.node(dice.index(graph.node_size()));
  const bool output = dice.below(2) == 0 && other.output_size() > 0;
  if (!output && other.input_size() == 0) return;
  *node.mutable_input(dice.index(node.input_size())) =
      output ? other.output(dice.index(other.output_size()))
             : other.input(dice.index(other.input_size()));
}

void change_dimension(::onnx::GraphProto& graph, Dice& dice) {
  if (dice.below(2) == 0 && graph.initializer_size() > 0) {
    auto& tensor = *graph.mutable_initializer(dice.index(graph.initializer_size()));
    if (tensor.dims_size() > 0) tensor.set_dims(dice.index(tensor.dims_size()), dice.number());
    return;
  }
  if (graph.input_size() == 0) return;
  auto& type = *graph.mutable_input(dice.index(graph.input_size()))->mutable_type();
  auto& shape = *type.mutable_tensor_type()->mutable_shape();
  if (shape.dim_size() > 0)
    shape.mutable_dim(dice.index(shape.dim_size()))->set_dim_value(dice.number());
}

void change(::onnx::ModelProto& model, Dice& dice) {
  auto& graph = *model.mutable_graph();
  if (graph.node_size() == 0) return;
  auto& node = *graph.mutable_node(dice.index(graph.node_size()));
  switch (dice.below(6)) {
    case 0: {
      const auto rows = formats::onnx_converters();
      const auto& row = rows[dice.below(rows.size())];
      node.set_op_type(std::string(row.name));
      node.set_domain(std::string(row.domain));
      break;
    }
    case 1:
      change_names(graph, node, dice);
      break;
    case 2:
      change_dimension(graph, dice);
      break;
    case 3:
      if (model.opset_import_size() > 0)
        model.mutable_opset_import(0)->set_version(1 + dice.index(22));
      break;
    default:
      change_attribute(node, dice);
  }
}

}  // namespace
}  // namespace slipway

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace slipway;
  ::onnx::ModelProto model;
  if (seed % 2 == 0 || !model.ParseFromArray(data, static_cast<int>(size)))
    return LLVMFuzzerMutate(data, size, max_size);
  Dice dice(seed);
  for (std::uint64_t round = 0; round < 1 + seed / 2 % 3; ++round) change(model, dice);
  const auto changed = model.SerializeAsString();
  if (changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}
#endif
