// Integers that stand for real numbers. A step that rounding decides otherwise would move others
// behind it, so each of these takes inputs of the graph and ends in an output.

#include <cmath>

#include "onnx/random/sketch.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/softmax.h"
#include "ops/pool/pool.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: as in elementwise.cc

DType byte(Sketch& s) { return s.one_of({DType::i8, DType::u8}); }

Activation activation(Sketch& s) {
  return s.once_in(3) ? s.one_of({Activation::relu, Activation::relu6}) : Activation::none;
}

bool quantize(Sketch& s) {
  const auto x = s.some({.types = DType::f32, .trust = Trust::exact, .is_input = true});
  const auto to = s.one_of({DType::i8, DType::u8, DType::i16});
  if (!s.once_in(3)) {
    const Quantize op{.to = to, .halves_to_even = s.once_in(2)};
    return s.add_stated(op, {x}, {s.scaled(to, s.shape(x))});
  }
  // Scales of their own: ONNX's form.
  const DType dtype = byte(s);
  const auto scale = s.constant(Tensor::of<float>({}, {s.real(0.01F, 0.1F)}));
  const auto zero = s.random_constant({dtype, {}, {}});
  return s.add(Quantize{.to = dtype, .halves_to_even = true}, {x, scale, zero}, Trust::leaf);
}

bool dequantize(Sketch& s) {
  const auto shape = s.random_shape(1, 4);
  if (s.once_in(2)) {
    const auto dtype = s.one_of({DType::i8, DType::u8, DType::i16});
    return s.add(Dequantize{}, {s.input(s.scaled(dtype, shape))}, Trust::near);
  }
  const DType dtype = byte(s);
  const auto axis = s.axis(shape.rank());
  const auto count = shape[static_cast<std::size_t>(
      axis < 0 ? axis + static_cast<std::int64_t>(shape.rank()) : axis)];
  std::vector<float> scales(static_cast<std::size_t>(count));
  for (auto& scale : scales) scale = s.real(0.01F, 0.1F);
  return s.add(Dequantize{axis},
               {s.input({dtype, shape, {}}), s.constant(Tensor::of({count}, scales)),
                s.random_constant({dtype, {count}, {}})},
               Trust::near);
}

bool dynamic(Sketch& s) {
  const auto x =
      s.some({.types = DType::f32, .least_rank = 1, .trust = Trust::exact, .is_input = true});
  return s.add(DynamicQuantize{}, {x}, Trust::leaf);
}

/// A scale that the sum of `terms` products fits.
TensorType sums(Sketch& s, DType dtype, Shape shape, std::int64_t terms) {
  auto type = s.scaled(dtype, std::move(shape));
  type.quant->scale[0] = 0.02F * std::sqrt(static_cast<float>(terms)) * s.real(0.5F, 2);
  return type;
}

/// Weights, symmetric, with a scale for the tensor or one per output.
ValueId weights(Sketch& s, const Shape& shape, bool per_output) {
  TensorType type{DType::i8, shape, per_tensor(s.real(0.005F, 0.02F), 0)};
  if (per_output) {
    const auto outputs = static_cast<std::size_t>(shape.back(0));
    type.quant->axis = static_cast<int>(shape.rank()) - 1;
    type.quant->zero_point.assign(outputs, 0);
    type.quant->scale.resize(outputs);
    for (auto& scale : type.quant->scale) scale = s.real(0.005F, 0.02F);
  }
  return s.random_constant(type);
}

ValueId bias(Sketch& s, ValueId x, ValueId w) {
  auto quant = *s.graph.type(w).quant;
  for (auto& scale : quant.scale) scale *= s.graph.type(x).quant->scale[0];
  if (quant.per_axis()) quant.axis = 0;
  return s.random_constant({DType::i32, {s.shape(w).back(0)}, quant});
}

bool conv(Sketch& s) {
  auto dims = s.list(4, 3, 7);
  dims[0] = 1;
  dims[3] = s.one_of<std::int64_t>({1, 2, 4});
  const auto x = s.input(s.scaled(DType::i8, *Shape::make(dims)));
  const bool depthwise = s.once_in(3);
  const auto outputs = depthwise ? dims[3] : s.between(1, 4);
  Conv op{.stride = s.list(2, 1, 2), .activation = activation(s)};
  op.padding = s.one_of({Padding::valid, Padding::same_upper});
  op.group = depthwise ? dims[3] : 1;
  const auto w = weights(s, {2, 3, depthwise ? 1 : dims[3], outputs}, s.once_in(2));
  std::vector<ValueId> inputs = {x, w};
  if (s.once_in(2)) inputs.push_back(bias(s, x, w));
  return s.add_stated(op, inputs, {sums(s, DType::i8, {}, 6 * dims[3])});
}

bool fully_connected(Sketch& s) {
  const auto rows = s.between(1, 4);
  const auto inner = s.between(1, 12);
  const auto x = s.input(s.scaled(DType::i8, {rows, inner}));
  const auto w = weights(s, {inner, s.between(1, 6)}, s.once_in(2));
  std::vector<ValueId> inputs = {x, w};
  if (s.once_in(2)) inputs.push_back(bias(s, x, w));
  return s.add_stated(FullyConnected{activation(s)}, inputs, {sums(s, DType::i8, {}, inner)});
}

bool matmul(Sketch& s) {
  const auto inner = s.between(1, 8);
  const auto a = s.input(s.scaled(DType::i8, {2, s.between(1, 4), inner}));
  const auto b = s.input(s.scaled(DType::i8, {inner, s.between(1, 4)}));
  return s.add_stated(BatchMatMul{}, {a, b}, {sums(s, DType::i8, {}, 40 * inner)});
}

bool binary(Sketch& s) {
  const auto dtype = s.one_of({DType::i8, DType::u8, DType::i16});
  const auto shape = s.random_shape(1, 4);
  const auto a = s.input(s.scaled(dtype, shape));
  const auto b = s.input(s.scaled(dtype, s.once_in(3) ? Shape{shape.back(0)} : shape));
  const AnyOp all[] = {Add{activation(s)}, Sub{activation(s)}, Mul{activation(s)}};
  return s.add_stated(s.one_op(all), {a, b}, {s.scaled(dtype, {})});
}

bool unary(Sketch& s) {
  const DType dtype = byte(s);
  const auto x = s.input(s.scaled(dtype, s.random_shape(1, 4)));
  const AnyOp all[] = {Relu{}, Relu6{}, LeakyRelu{s.real(0.1F, 0.5F)}, HardSwish{}};
  if (s.once_in(2)) return s.add_stated(s.one_op(all), {x}, {s.scaled(dtype, {})});
  const std::int32_t low = dtype == DType::u8 ? 0 : -128;
  const auto unit = per_tensor(1.0F / 256, low);
  if (s.once_in(2)) return s.add_stated(Softmax{}, {x}, {{dtype, {}, unit}});
  if (s.once_in(2)) return s.add_stated(Sigmoid{}, {x}, {{dtype, {}, unit}});
  return s.add_stated(Tanh{}, {x}, {{dtype, {}, per_tensor(1.0F / 128, low + 128)}});
}

bool pool(Sketch& s) {
  auto dims = s.list(4, 2, 6);
  dims[0] = 1;
  const auto type = s.scaled(byte(s), *Shape::make(dims));
  const auto x = s.input(type);
  const auto kernel = s.list(2, 1, 2);
  const AnyOp all[] = {MaxPool{.kernel = kernel}, AveragePool{.kernel = kernel}};
  return s.add_stated(s.one_op(all), {x}, {{type.dtype, {}, type.quant}});
}

bool reduce(Sketch& s) {
  const auto x = s.input(s.scaled(DType::i8, s.random_shape(2, 4)));
  return s.add_stated(ReduceMean{s.some_axes(s.rank(x)), s.once_in(2)}, {x},
                      {s.scaled(DType::i8, {})});
}

/// Moved as they are, or brought to another scale.
bool move(Sketch& s) {
  const auto type = s.scaled(byte(s), s.random_shape(2, 4));
  const auto x = s.input(type);
  if (s.once_in(2)) {
    return s.add(Transpose{s.permutation(s.rank(x))}, {x}, Trust::leaf);
  }
  const auto y = s.input(s.scaled(type.dtype, type.shape));
  return s.add_stated(Concat{0}, {x, y}, {s.scaled(type.dtype, {})});
}

}  // namespace

std::span<const Maker> scaled_makers() {
  static constexpr Maker kMakers[] = {{"quantize", quantize},
                                      {"dequantize", dequantize},
                                      {"dynamic", dynamic},
                                      {"scaled conv", conv},
                                      {"scaled fully_connected", fully_connected},
                                      {"scaled matmul", matmul},
                                      {"scaled binary", binary},
                                      {"scaled unary", unary},
                                      {"scaled pool", pool},
                                      {"scaled reduce", reduce},
                                      {"scaled move", move}};
  return kMakers;
}

}  // namespace slipway::random_graphs
