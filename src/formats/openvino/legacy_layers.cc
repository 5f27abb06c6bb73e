// Version 3: layers that carry their weights as blobs.

#include "formats/openvino/node.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/product.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/reshape.h"

namespace slipway::formats {
namespace {

/// Dimensions and kernel of a convolution of version 3.
struct Filter {
  std::vector<std::int64_t> dims;    // of x
  std::vector<std::int64_t> kernel;  // spatial
  std::int64_t outputs;
  std::int64_t group;
};

Result<Filter> filter_of(IrNode& node, ValueId x) {
  Filter f;
  f.dims = SLIPWAY_TRY(node.known_dims(x));
  f.kernel = SLIPWAY_TRY(node.integer_list("kernel"));
  f.outputs = SLIPWAY_TRY(node.integer("output", 0));
  f.group = SLIPWAY_TRY(node.integer("group", 1));
  // Older names of the same numbers, beside the newer ones.
  static constexpr std::pair<std::string_view, std::string_view> kOlder[] = {
      {"kernel", "kernel-x"},      {"kernel", "kernel-y"},  {"strides", "stride"},
      {"strides", "stride-x"},     {"strides", "stride-y"}, {"dilations", "dilation-x"},
      {"dilations", "dilation-y"}, {"pads_begin", "pad-x"}, {"pads_begin", "pad-y"},
      {"pads_end", "pad-b"},       {"pads_end", "pad-r"}};
  for (const auto& [name, older] : kOlder) {
    if (node.has_attribute(name)) node.ignore({older});
  }
  if (f.kernel.empty()) return fail(Code::unsupported, "a convolution without 'kernel'");
  if (f.dims.size() != f.kernel.size() + 2)
    return fail(Code::invalid_input, "a kernel of {} dimensions", f.kernel.size());
  if (f.group < 1 || f.outputs < 1 || f.dims[1] % f.group != 0 || f.outputs % f.group != 0) {
    return fail(Code::invalid_input, "{} channels become {} in {} groups", f.dims[1], f.outputs,
                f.group);
  }
  return f;
}

/// (a, b, spatial…) as a shape.
Result<Shape> filter_shape(std::int64_t a, std::int64_t b, const std::vector<std::int64_t>& rest) {
  std::vector<std::int64_t> dims = {a, b};
  dims.insert(dims.end(), rest.begin(), rest.end());
  return Shape::make(dims);
}

/// A list of `count` numbers, a count from the file.
Result<Shape> list_shape(std::int64_t count) { return Shape::make(std::span(&count, 1)); }

/// The bias of a layer, or nothing.
Result<void> add_bias(IrNode& node, std::int64_t outputs, std::vector<ValueId>& inputs) {
  if (!node.has_blob("biases")) return {};
  inputs.push_back(SLIPWAY_TRY(node.blob("biases", SLIPWAY_TRY(list_shape(outputs)))));
  return {};
}

std::vector<std::int64_t> spatial_then(std::size_t rank, std::initializer_list<std::int64_t> rest) {
  std::vector<std::int64_t> perm;
  for (std::size_t i = 2; i < rank; ++i) perm.push_back(static_cast<std::int64_t>(i));
  perm.insert(perm.end(), rest);
  return perm;
}

Result<void> convolution(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto f = SLIPWAY_TRY(filter_of(node, x));
  ops::Conv op;
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pad_begin = SLIPWAY_TRY(node.integer_list("pads_begin"));
  op.pad_end = SLIPWAY_TRY(node.integer_list("pads_end"));
  op.padding = SLIPWAY_TRY(node.padding());
  op.group = f.group;
  const auto shape = SLIPWAY_TRY(filter_shape(f.outputs, f.dims[1] / f.group, f.kernel));
  const auto weights = SLIPWAY_TRY(node.blob("weights", shape));
  const ops::Transpose move{spatial_then(shape.rank(), {1, 0})};
  std::vector<ValueId> inputs = {SLIPWAY_TRY(node.channels_last(x)),
                                 SLIPWAY_TRY(node.helper(move, {weights}, "filter"))};
  SLIPWAY_TRY(add_bias(node, f.outputs, inputs));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> deconvolution(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto f = SLIPWAY_TRY(filter_of(node, x));
  ops::ConvTranspose op;
  op.stride = SLIPWAY_TRY(node.integer_list("strides"));
  op.dilation = SLIPWAY_TRY(node.integer_list("dilations"));
  op.pad_begin = SLIPWAY_TRY(node.integer_list("pads_begin"));
  op.pad_end = SLIPWAY_TRY(node.integer_list("pads_end"));
  if (SLIPWAY_TRY(node.padding()) == Padding::valid) {
    op.pad_begin.clear();
    op.pad_end.clear();
  }
  op.group = f.group;
  const auto shape = SLIPWAY_TRY(filter_shape(f.dims[1], f.outputs / f.group, f.kernel));
  const auto weights = SLIPWAY_TRY(node.blob("weights", shape));
  const ops::Transpose move{spatial_then(shape.rank(), {0, 1})};
  std::vector<ValueId> inputs = {SLIPWAY_TRY(node.channels_last(x)),
                                 SLIPWAY_TRY(node.helper(move, {weights}, "filter"))};
  SLIPWAY_TRY(add_bias(node, f.outputs, inputs));
  return node.emit_channels_last(op, std::move(inputs));
}

Result<void> fully_connected(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  const auto outputs = SLIPWAY_TRY(node.integer("out-size", 0));
  if (dims.size() < 2 || outputs < 1)
    return fail(Code::invalid_input, "{} outputs of {}", outputs, node.type(x).shape.text());
  std::int64_t each = 1;
  for (std::size_t i = 1; i < dims.size(); ++i) each = saturating_product({each, dims[i]});
  if (dims.size() > 2) {
    const std::vector<std::int64_t> flat = {dims[0], each};
    x = SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, node.constant("flat", flat)}, "flat"));
  }
  const std::int64_t filter[] = {outputs, each};
  const auto weights = SLIPWAY_TRY(node.blob("weights", SLIPWAY_TRY(Shape::make(filter))));
  std::vector<ValueId> inputs = {
      x, SLIPWAY_TRY(node.helper(ops::Transpose{{1, 0}}, {weights}, "filter"))};
  SLIPWAY_TRY(add_bias(node, outputs, inputs));
  return node.emit(ops::FullyConnected{}, std::move(inputs));
}

/// (shift + scale * x) ^ power
Result<void> power(IrNode& node) {
  auto x = SLIPWAY_TRY(node.input(0));
  const float scale = SLIPWAY_TRY(node.number("scale", 1));
  const float shift = SLIPWAY_TRY(node.number("shift", 0));
  const float exponent = SLIPWAY_TRY(node.number("power", 1));
  if (scale != 1)
    x = SLIPWAY_TRY(node.elementwise(ops::Mul{}, {x, node.constant("scale", scale)}, "scaled"));
  if (shift != 0 || exponent == 1) {
    const auto by = node.constant("shift", shift);
    if (exponent == 1) return node.emit_elementwise(ops::Add{}, {x, by});
    x = SLIPWAY_TRY(node.elementwise(ops::Add{}, {x, by}, "shifted"));
  }
  return node.emit_elementwise(ops::Pow{}, {x, node.constant("power", exponent)});
}

Result<AnyOp> eltwise_op(const std::string& operation) {
  if (operation == "sum") return AnyOp(ops::Add{});
  if (operation == "mul" || operation == "prod") return AnyOp(ops::Mul{});
  if (operation == "max") return AnyOp(ops::Maximum{});
  if (operation == "min") return AnyOp(ops::Minimum{});
  if (operation == "sub") return AnyOp(ops::Sub{});
  if (operation == "div") return AnyOp(ops::Div{});
  if (operation == "pow") return AnyOp(ops::Pow{});
  if (operation == "squared_diff") return AnyOp(ops::SquaredDifference{});
  return fail(Code::unsupported, "the operation '{}'", operation);
}

/// Two or more values; sums may weigh each.
Result<void> eltwise(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (inputs.size() < 2) return fail(Code::corrupt, "{} inputs", inputs.size());
  const auto op = SLIPWAY_TRY(eltwise_op(node.text("operation", "sum")));
  const auto weights = SLIPWAY_TRY(node.number_list("coeff"));
  for (std::size_t i = 0; i < weights.size() && i < inputs.size(); ++i) {
    if (weights[i] == 1) continue;
    inputs[i] = SLIPWAY_TRY(
        node.elementwise(ops::Mul{}, {inputs[i], node.constant("weight", weights[i])}, "weighed"));
  }
  auto sum = inputs[0];
  for (std::size_t i = 1; i + 1 < inputs.size(); ++i)
    sum = SLIPWAY_TRY(node.elementwise(op, {sum, inputs[i]}, "part"));
  return node.emit_elementwise(op, {sum, inputs.back()});
}

/// A blob with a number for each channel of x, or one for all.
Result<ValueId> channel_blob(IrNode& node, std::string_view name, ValueId x) {
  const auto count = SLIPWAY_TRY(node.blob_elements(name));
  const auto blob = SLIPWAY_TRY(node.blob(name, SLIPWAY_TRY(list_shape(count))));
  return node.per_channel(blob, x);
}

/// x * weights + biases, per channel.
Result<void> scale_shift(IrNode& node) {
  node.ignore({"broadcast"});  // the blobs have one number or one per channel
  auto x = SLIPWAY_TRY(node.input(0));
  const auto weights = SLIPWAY_TRY(channel_blob(node, "weights", x));
  if (!node.has_blob("biases")) return node.emit_elementwise(ops::Mul{}, {x, weights});
  x = SLIPWAY_TRY(node.elementwise(ops::Mul{}, {x, weights}, "scaled"));
  return node.emit_elementwise(ops::Add{}, {x, SLIPWAY_TRY(channel_blob(node, "biases", x))});
}

/// (x - biases) / sqrt(weights + epsilon)
Result<void> batch_normalization(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto epsilon = node.constant("epsilon", SLIPWAY_TRY(node.number("epsilon", 1e-5F)));
  const auto variance = SLIPWAY_TRY(channel_blob(node, "weights", x));
  const auto mean = SLIPWAY_TRY(channel_blob(node, "biases", x));
  const auto sum = SLIPWAY_TRY(node.helper(ops::Add{}, {variance, epsilon}, "sum"));
  const auto root = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {sum}, "root"));
  const auto centred = SLIPWAY_TRY(node.elementwise(ops::Sub{}, {x, mean}, "centred"));
  return node.emit_elementwise(ops::Div{}, {centred, root});
}

Result<void> p_relu(IrNode& node) {
  // The blob has one number or one per channel; fillers are for training.
  node.ignore({"channel_shared", "filler_type", "filler_value"});
  const auto x = SLIPWAY_TRY(node.input(0));
  return node.emit_elementwise(ops::PRelu{}, {x, SLIPWAY_TRY(channel_blob(node, "weights", x))});
}

/// Each place (or the whole picture) divided by its length, then scaled per channel.
Result<void> normalize(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto eps = node.constant("eps", SLIPWAY_TRY(node.number("eps", 1e-10F)));
  node.ignore({"channel_shared"});  // the blob has one number or one per channel
  const bool across = SLIPWAY_TRY(node.flag("across_spatial", false));
  std::vector<std::int64_t> axes = {1};
  for (std::size_t i = 2; across && i < node.type(x).shape.rank(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  const auto squares = SLIPWAY_TRY(node.helper(ops::Square{}, {x}, "squares"));
  const auto sum = SLIPWAY_TRY(node.helper(ops::ReduceSum{axes, true}, {squares}, "sum"));
  const auto safe = SLIPWAY_TRY(node.helper(ops::Add{}, {sum, eps}, "safe"));
  const auto root = SLIPWAY_TRY(node.helper(ops::Sqrt{}, {safe}, "root"));
  const auto shares = SLIPWAY_TRY(node.helper(ops::Div{}, {x, root}, "shares"));
  return node.emit(ops::Mul{}, {shares, SLIPWAY_TRY(channel_blob(node, "weights", x))});
}

}  // namespace

std::span<const IrRow> ir_legacy_layers() {
  static constexpr IrRow kRows[] = {
      {"BatchNormalization", batch_normalization},
      {"Convolution", convolution},
      {"Deconvolution", deconvolution},
      {"Eltwise", eltwise},
      {"FullyConnected", fully_connected},
      {"InnerProduct", fully_connected},
      {"Normalize", normalize},
      {"PReLU", p_relu},
      {"Power", power},
      {"ScaleShift", scale_shift},
  };
  return kRows;
}

}  // namespace slipway::formats
