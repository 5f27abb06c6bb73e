// Products of matrices, and operators along one or some dimensions.

#include "onnx/random/sketch.h"
#include "ops/matmul/batch_matmul.h"
#include "ops/matmul/einsum.h"
#include "ops/matmul/fully_connected.h"
#include "ops/normalize/softmax.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/search.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: as in elementwise.cc

constexpr DTypeSet kWide = {DType::f32, DType::f64};

bool fully_connected(Sketch& s) {
  const auto x = s.some({kWide, 1, 4});
  const auto rows = s.shape(x)[s.rank(x) - 1];
  const auto columns = s.between(1, 8);
  FullyConnected op;
  if (s.once_in(3)) op.activation = s.one_of({Activation::relu, Activation::relu6});
  std::vector<ValueId> inputs = {x, s.given({s.dtype(x), {rows, columns}, {}}, 6)};
  if (s.once_in(2)) inputs.push_back(s.given({s.dtype(x), {columns}, {}}, 6));
  return s.add(op, inputs, Trust::near);
}

bool matmul(Sketch& s) {
  const auto a = s.some({kWide | DTypeSet{DType::i32, DType::i64}, 2, 4});
  BatchMatMul op{s.once_in(2), s.once_in(2)};
  const auto& shape = s.shape(a);
  std::vector<std::int64_t> dims(shape.begin(), shape.end());
  const auto last = dims.size() - 1;
  const auto inner = op.transpose_a ? dims[last - 1] : dims[last];
  const auto columns = s.between(1, 5);
  dims[last - 1] = op.transpose_b ? columns : inner;
  dims[last] = op.transpose_b ? inner : columns;
  if (s.once_in(2)) dims.erase(dims.begin(), dims.end() - 2);
  return s.add(op, {a, s.given({s.dtype(a), *Shape::make(dims), {}}, 2)}, Trust::near);
}

bool einsum(Sketch& s) {
  const auto a = s.some({.types = DType::f32, .least_rank = 2, .most_rank = 2});
  const auto rows = s.shape(a)[0];
  const auto columns = s.shape(a)[1];
  const auto k = s.between(1, 4);
  switch (s.between(0, 4)) {
    case 0:
      return s.add(Einsum{"ij,jk->ik"}, {a, s.given({DType::f32, {columns, k}, {}})}, Trust::near);
    case 1:
      return s.add(Einsum{"ij,kj->ki"}, {a, s.given({DType::f32, {k, columns}, {}})}, Trust::near);
    case 2:
      return s.add(Einsum{"ij,k->ikj"}, {a, s.given({DType::f32, {k}, {}})}, Trust::near);
    case 3:
      return s.add(Einsum{"...j->..."}, {a}, Trust::near);
    default:
      return s.add(Einsum{"ij,ij->j"}, {a, s.given({DType::f32, {rows, columns}, {}})},
                   Trust::near);
  }
}

bool det(Sketch& s) {
  const auto n = s.between(1, 4);
  return s.add(Det{}, {s.input({DType::f32, {s.between(1, 3), n, n}, {}})}, Trust::near);
}

bool softmax(Sketch& s) {
  const auto x = s.some({kWide, 1, 4});
  if (s.once_in(2)) return s.add(LogSoftmax{s.axis(s.rank(x))}, {x}, Trust::near);
  Softmax op;
  op.axis = s.axis(s.rank(x));
  if (s.once_in(3)) op.beta = s.real(0.2F, 1);
  return s.add(op, {x}, Trust::near);
}

template <class T>
AnyOp reduction(Sketch& s, std::size_t rank) {
  return T{.axes = s.some_axes(rank), .keep_dims = s.once_in(2)};
}

bool reduce(Sketch& s) {
  const auto x = s.some({kNumbers, 1, 5});
  const auto n = s.rank(x);
  const AnyOp all[] = {reduction<ReduceMax>(s, n),       reduction<ReduceMin>(s, n),
                       reduction<ReduceMean>(s, n),      reduction<ReduceSum>(s, n),
                       reduction<ReduceL1>(s, n),        reduction<ReduceProd>(s, n),
                       reduction<ReduceSumSquare>(s, n), reduction<ReduceL2>(s, n),
                       reduction<ReduceLogSumExp>(s, n)};
  // Products, roots and logarithms of whole numbers soon are too large or cut, each in its way.
  const auto count = is_float(s.dtype(x)) ? std::size(all) : 4;
  return s.add(s.one_op({all, count}), {x}, Trust::near);
}

bool reduce_truth(Sketch& s) {
  const auto x = s.some({.types = kBool, .least_rank = 1, .trust = Trust::exact});
  const AnyOp all[] = {reduction<ReduceAny>(s, s.rank(x)), reduction<ReduceAll>(s, s.rank(x))};
  return s.add(s.one_op(all), {x}, Trust::exact);
}

bool arg(Sketch& s) {
  const auto x = s.some({.types = kNumbers, .least_rank = 1, .trust = Trust::exact});
  const auto axis = s.axis(s.rank(x));
  const auto to = s.one_of({DType::i32, DType::i64});
  const AnyOp all[] = {ArgMax{axis, s.once_in(2), to, s.once_in(3)},
                       ArgMin{axis, s.once_in(2), to, s.once_in(3)}};
  return s.add(s.one_op(all), {x}, Trust::exact);
}

bool cumsum(Sketch& s) {
  const auto x = s.some({kNumbers, 1, 4});
  return s.add(Cumsum{s.axis(s.rank(x)), s.once_in(2), s.once_in(2)}, {x}, Trust::near);
}

bool top_k(Sketch& s) {
  const auto x = s.some({.types = kNumbers, .least_rank = 1, .trust = Trust::exact});
  const auto axis = s.axis(s.rank(x));
  const auto count = static_cast<std::int64_t>(s.rank(x));
  const auto size = s.shape(x)[static_cast<std::size_t>(axis < 0 ? axis + count : axis)];
  TopK op{s.one_of({DType::i32, DType::i64}), axis, !s.once_in(3)};
  return s.add(op, {x, s.integer(s.between(1, size))}, Trust::exact);
}

}  // namespace

std::span<const Maker> matrix_makers() {
  static constexpr Maker kMakers[] = {{"fully_connected", fully_connected},
                                      {"matmul", matmul},
                                      {"einsum", einsum},
                                      {"det", det},
                                      {"softmax", softmax},
                                      {"reduce", reduce},
                                      {"reduce", reduce},
                                      {"reduce_truth", reduce_truth},
                                      {"arg", arg},
                                      {"cumsum", cumsum},
                                      {"top_k", top_k}};
  return kMakers;
}

}  // namespace slipway::random_graphs
