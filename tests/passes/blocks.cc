#include "passes/blocks.h"

#include <optional>
#include <vector>

#include "base/random.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/softmax.h"
#include "ops/normalize/statistics.h"
#include "ops/pool/pool.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/gather.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"
#include "ops/shape/squeeze.h"

namespace slipway {
namespace {

using Dims = std::vector<std::int64_t>;

/// How a file writes the numbers between its operations.
enum class Numbers : std::uint8_t { floats, pairs_u8, pairs_i8, fakes, integers };

class Blocks {
 public:
  explicit Blocks(std::uint64_t seed) : random_(seed) {
    numbers_ = static_cast<Numbers>(random_.integer(0, 4));
    first_ = numbers_ != Numbers::integers && once_in(2);
    TensorType type = type_of(picture(random_.integer(1, 2), random_.integer(2, 4),
                                      random_.integer(4, 7), random_.integer(4, 7)));
    x_ = graph_.add_input("input", type);
    if (numbers_ != Numbers::integers) x_ = pair(x_);
  }

  Graph make() {
    const auto count = random_.integer(1, 5);
    for (std::int64_t i = 0; i < count; ++i) block();
    std::vector<ValueId> outputs = {end()};
    if (once_in(4) && !graph_.node(x_).op.is<Input>() && x_ != outputs[0]) outputs.push_back(x_);
    graph_.set_outputs(outputs);
    return std::move(graph_);
  }

 private:
  bool once_in(std::int64_t n) { return random_.integer(1, n) == 1; }

  // --- shapes ------------------------------------------------------------------------------------

  [[nodiscard]] Dims picture(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return first_ ? Dims{n, c, h, w} : Dims{n, h, w, c};
  }

  [[nodiscard]] std::int64_t channel_axis() const { return first_ ? 1 : 3; }

  [[nodiscard]] Dims spatial_axes() const { return first_ ? Dims{2, 3} : Dims{1, 2}; }

  [[nodiscard]] std::int64_t channels(ValueId x) const {
    return graph_.type(x).shape[static_cast<std::size_t>(channel_axis())];
  }

  [[nodiscard]] std::int64_t height(ValueId x) const {
    return graph_.type(x).shape[first_ ? 2 : 1];
  }

  [[nodiscard]] std::int64_t width(ValueId x) const { return graph_.type(x).shape[first_ ? 3 : 2]; }

  // --- values ------------------------------------------------------------------------------------

  [[nodiscard]] TensorType type_of(const Dims& dims) const {
    TensorType type{DType::f32, *Shape::make(dims)};
    if (numbers_ == Numbers::integers) type = quantized(type.shape, DType::i8);
    return type;
  }

  [[nodiscard]] static TensorType quantized(const Shape& shape, DType dtype) {
    return {dtype, shape, per_tensor(0.04F, dtype == DType::u8 ? 121 : -7)};
  }

  ValueId constant(const Tensor& value) { return graph_.add_constant("c", value); }

  ValueId list(const Dims& numbers) {
    return constant(Tensor::of<std::int64_t>({std::ssize(numbers)}, numbers));
  }

  ValueId number(float value) {
    return constant(Tensor::of<float>(once_in(2) ? Shape{} : Shape{1}, {value}));
  }

  ValueId floats(const Dims& dims, float low, float high) {
    TensorBuilder builder({DType::f32, *Shape::make(dims)});
    for (float& value : builder.values<float>()) value = random_.real(low, high);
    return constant(std::move(builder).build());
  }

  /// One number per channel, as it broadcasts with a picture.
  ValueId per_channel(std::int64_t count, float low, float high) {
    if (!first_) return floats(once_in(2) ? Dims{count} : Dims{1, 1, 1, count}, low, high);
    return floats(once_in(2) ? Dims{count, 1, 1} : Dims{1, count, 1, 1}, low, high);
  }

  ValueId add(const AnyOp& op, const std::vector<ValueId>& inputs) {
    return *graph_.add(op, inputs, "v");
  }

  ValueId add_typed(const AnyOp& op, const std::vector<ValueId>& inputs, const TensorType& type) {
    return (*graph_.add_typed(op, inputs, {{"v", type}}))[0];
  }

  /// The value behind what the file writes between two operations.
  ValueId pair(ValueId x) {
    const auto& shape = graph_.type(x).shape;
    switch (numbers_) {
      case Numbers::pairs_u8:
      case Numbers::pairs_i8: {
        const auto dtype = numbers_ == Numbers::pairs_u8 ? DType::u8 : DType::i8;
        auto type = quantized(shape, dtype);
        if (once_in(4)) type.quant->scale[0] = 0.05F;
        const ops::Quantize op{.to = dtype, .halves_to_even = true};
        return add(ops::Dequantize{}, {add_typed(op, {x}, type)});
      }
      case Numbers::fakes: {
        const auto low = number(once_in(2) ? 0.0F : -1.28F);
        const auto high = number(to_doubles(*graph_.known(low))[0] == 0 ? 2.55F : 1.27F);
        return add(ops::FakeQuantize{}, {x, low, high, low, high});
      }
      default:
        return x;
    }
  }

  ValueId last(ValueId x) { return first_ ? add(ops::Transpose{{0, 2, 3, 1}}, {x}) : x; }

  ValueId back(ValueId x) { return first_ ? add(ops::Transpose{{0, 3, 1, 2}}, {x}) : x; }

  /// Weights that make no number larger, in bytes where the file has bytes.
  ValueId weights(const Dims& dims) {
    std::int64_t terms = 1;
    for (std::size_t i = 0; i + 1 < dims.size(); ++i) terms *= dims[i];
    const float most = 1.0F / static_cast<float>(terms);
    if (numbers_ == Numbers::floats) return floats(dims, -most, most);
    Quantization quant{{}, {}, static_cast<int>(dims.size()) - 1};
    for (std::int64_t o = 0; o < dims.back(); ++o) {
      quant.scale.push_back(most / 127 * random_.real(0.5F, 1));
      quant.zero_point.push_back(0);
    }
    TensorBuilder builder({DType::i8, *Shape::make(dims), quant});
    for (auto& value : builder.values<std::int8_t>())
      value = static_cast<std::int8_t>(random_.integer(-127, 127));
    const Tensor bytes = std::move(builder).build();
    if (numbers_ == Numbers::integers) return constant(bytes);
    if (numbers_ == Numbers::fakes) return constant(dequantized(bytes));
    return add(ops::Dequantize{}, {constant(bytes)});
  }

  // --- blocks ------------------------------------------------------------------------------------

  ValueId conv(ValueId x, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
    const auto inputs = channels(x);
    const bool depthwise = outputs == inputs && once_in(3);
    ops::Conv op;
    op.stride = {stride, stride};
    const std::int64_t pad = kernel / 2;
    const bool apart = pad > 0 && once_in(3) && numbers_ != Numbers::integers;
    if (apart) {
      x = add(ops::Pad{}, {x, list(first_ ? Dims{0, 0, pad, pad, 0, 0, pad, pad}
                                          : Dims{0, pad, pad, 0, 0, pad, pad, 0})});
    } else if (once_in(2)) {
      op.padding = Padding::same_upper;
    } else {
      op.pad_begin = op.pad_end = {pad, pad};
    }
    if (depthwise) op.group = inputs;
    const auto w = weights({kernel, kernel, depthwise ? 1 : inputs, outputs});
    if (numbers_ == Numbers::integers) return integer_conv(op, x, w);
    std::vector<ValueId> all = {last(x), w};
    if (once_in(2)) all.push_back(floats({outputs}, -0.5F, 0.5F));
    ValueId y = add(op, all);
    if (once_in(3)) {
      y = add(ops::BatchNormalization{}, {y, floats({outputs}, 0.3F, 1), floats({outputs}, -1, 1),
                                          floats({outputs}, -1, 1), floats({outputs}, 0.7F, 2)});
    }
    y = back(y);
    if (once_in(4)) y = add(ops::Mul{}, {y, per_channel(outputs, 0.3F, 1)});
    if (once_in(4)) y = add(ops::Add{}, {per_channel(outputs, -1, 1), y});
    return y;
  }

  ValueId integer_conv(ops::Conv op, ValueId x, ValueId w) {
    if (once_in(3)) op.activation = Activation::relu;
    const auto shape = infer_types(graph_, op, std::vector<ValueId>{x, w})->at(0).type.shape;
    return add_typed(op, {x, w}, quantized(shape, DType::i8));
  }

  ValueId activation(ValueId x) {
    if (numbers_ == Numbers::integers)
      return once_in(4) ? add_typed(ops::Tanh{}, {x}, tanh_type(x)) : x;
    switch (random_.integer(0, 6)) {
      case 0:
        return add(ops::Relu{}, {x});
      case 1:
        return add(ops::Relu6{}, {x});
      case 2:
        return add(ops::Minimum{}, {number(6), add(ops::Maximum{}, {number(0), x})});
      case 3: {
        const auto cut = add(ops::Relu6{}, {add(ops::Add{}, {x, number(3)})});
        return once_in(2) ? add(ops::Mul{}, {x, add(ops::Div{}, {cut, number(6)})})
                          : add(ops::Div{}, {add(ops::Mul{}, {cut, x}), number(6)});
      }
      case 4:
        return add(ops::Mul{}, {x, add(ops::Sigmoid{}, {x})});
      default:
        return x;
    }
  }

  [[nodiscard]] TensorType tanh_type(ValueId x) const {
    return {DType::i8, graph_.type(x).shape, per_tensor(1.0F / 128, 0)};
  }

  ValueId sum(ValueId a, ValueId b) {
    if (numbers_ != Numbers::integers) return pair(add(ops::Add{}, {a, b}));
    return add_typed(ops::Add{}, {a, b}, quantized(graph_.type(a).shape, DType::i8));
  }

  ValueId joined(ValueId a, ValueId b) {
    const ops::Concat op{channel_axis()};
    if (numbers_ != Numbers::integers) return pair(add(op, {a, b}));
    auto type = quantized(graph_.type(a).shape, DType::i8);
    type.shape = infer_types(graph_, op, std::vector<ValueId>{a, b})->at(0).type.shape;
    return add_typed(op, {a, b}, type);
  }

  ValueId layer(ValueId x, std::int64_t outputs, std::int64_t stride = 1) {
    return pair(activation(conv(x, outputs, once_in(2) ? 1 : 3, stride)));
  }

  /// A residual block that changes the channels, and maybe the size.
  ValueId projected(ValueId x) {
    const auto outputs = random_.integer(1, 4);
    const std::int64_t stride = once_in(2) ? 2 : 1;
    const auto own = pair(conv(layer(x, 3, stride), outputs, 1, 1));
    const auto projection = pair(conv(x, outputs, 1, stride));
    return once_in(2) ? sum(own, projection) : sum(projection, own);
  }

  ValueId pooled(ValueId x) {
    const Dims kernel = {random_.integer(1, 3), random_.integer(1, 3)};
    const Padding padding = once_in(2) ? Padding::same_upper : Padding::valid;
    const AnyOp op = once_in(2) ? AnyOp(ops::MaxPool{.kernel = kernel, .padding = padding})
                                : AnyOp(ops::AveragePool{.kernel = kernel, .padding = padding});
    if (height(x) < 3 || width(x) < 3) return x;
    return pair(back(add(op, {last(x)})));
  }

  /// Each channel by what the mean of all says.
  ValueId squeezed(ValueId x) {
    if (numbers_ == Numbers::integers) return x;
    const auto mean = pair(add(ops::ReduceMean{spatial_axes(), true}, {x}));
    const auto gate = activation(conv(mean, channels(x), 1, 1));
    return pair(add(ops::Mul{}, {x, pair(add(ops::Sigmoid{}, {gate}))}));
  }

  /// Half of the channels go through a layer, or two halves through a sum.
  ValueId halves(ValueId x) {
    if (channels(x) % 2 != 0) return x;
    const auto axis = channel_axis();
    const auto parts = *graph_.add_all(ops::Split{.axis = axis, .parts = 2}, {x}, "v");
    return once_in(2) ? sum(parts[0], parts[1]) : joined(parts[0], layer(parts[1], 2));
  }

  ValueId resized(ValueId x) {
    if (height(x) > 5) return x;
    const ops::Resize op{
        .coordinates = Coordinates::asymmetric, .nearest = Nearest::floor, .axes = spatial_axes()};
    const auto y = add(op, {x, list({2 * height(x), 2 * width(x)})});
    if (once_in(2)) return y;
    if (numbers_ == Numbers::integers) return add_typed(ops::Tanh{}, {y}, tanh_type(y));
    return pair(add(ops::Tanh{}, {y}));
  }

  /// What all pixels say stands beside what each of them says.
  ValueId with_mean(ValueId x) {
    if (numbers_ == Numbers::integers) return x;
    const auto mean = pair(add(ops::ReduceMean{spatial_axes(), true}, {x}));
    const ops::Resize op{
        .coordinates = Coordinates::asymmetric, .nearest = Nearest::floor, .axes = spatial_axes()};
    const auto wide = add(op, {mean, list({height(x), width(x)})});
    return layer(once_in(2) ? joined(x, wide) : joined(wide, x), channels(x));
  }

  /// Every second channel, as files with channels in front spell it.
  ValueId shuffled(ValueId x) {
    const auto shape = graph_.type(x).shape;
    if (!first_ || shape[1] % 2 != 0) return x;
    const auto half = shape[1] / 2;
    const auto cut = add(ops::Reshape{}, {x, list({shape[0] * half, 2, shape[2] * shape[3]})});
    const auto swapped = add(ops::Transpose{{1, 0, 2}}, {cut});
    const auto groups =
        add(ops::Reshape{}, {swapped, list({2, shape[0], half, shape[2], shape[3]})});
    const auto pick = [&](std::int64_t i) {
      return add(ops::Gather{}, {groups, constant(Tensor::of<std::int64_t>({}, {i}))});
    };
    return joined(pick(0), pick(1));
  }

  void block() {
    const auto c = channels(x_);
    switch (random_.integer(0, 9)) {
      case 0:
        x_ = sum(x_, layer(x_, c));
        break;
      case 1:
        x_ = joined(layer(x_, 2), layer(x_, 3));
        break;
      case 2:
        x_ = pooled(x_);
        break;
      case 3:
        x_ = squeezed(x_);
        break;
      case 4:
        x_ = halves(x_);
        break;
      case 5:
        x_ = resized(x_);
        break;
      case 6:
        x_ = shuffled(x_);
        break;
      case 7:
        x_ = with_mean(x_);
        break;
      case 8:
        x_ = projected(x_);
        break;
      default:
        x_ = layer(x_, random_.integer(1, 4), once_in(3) ? 2 : 1);
    }
  }

  /// What stands behind the pictures.
  ValueId end() {
    if (numbers_ == Numbers::integers) return add_typed(ops::Reshape{}, {x_, list({-1})}, flat());
    switch (random_.integer(0, 4)) {
      case 0: {
        const auto mean = pair(add(ops::ReduceMean{spatial_axes(), false}, {x_}));
        return add(ops::FullyConnected{}, {mean, weights({channels(x_), 3})});
      }
      case 1: {
        const auto& shape = graph_.type(x_).shape;
        const auto all = shape.elements() / shape[0];
        const auto row = add(ops::Reshape{}, {x_, once_in(2) ? list({shape[0], all}) : rows()});
        return pair(add(ops::FullyConnected{}, {row, weights({all, 2})}));
      }
      case 2:
        return add(ops::Softmax{.axis = channel_axis()}, {x_});
      case 3:
        return last(x_);
      default:
        return add(ops::Tanh{}, {x_});
    }
  }

  /// The batch and what is left, as a file computes it.
  ValueId rows() {
    const auto batch = add(ops::Gather{}, {add(ops::ShapeOf{}, {x_}), list({0})});
    return add(ops::Concat{}, {batch, add(ops::Cast{DType::i64}, {list({-1})})});
  }

  [[nodiscard]] TensorType flat() const {
    auto type = graph_.type(x_);
    type.shape = {type.shape.elements()};
    return type;
  }

  Random random_;
  Graph graph_;
  ValueId x_;
  Numbers numbers_ = Numbers::floats;
  bool first_ = false;
};

}  // namespace

Graph random_blocks(std::uint64_t seed) { return Blocks(seed).make(); }

}  // namespace slipway
