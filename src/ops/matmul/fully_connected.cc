#include "ops/matmul/fully_connected.h"

#include "ops/check.h"
#include "ops/conv/sum.h"
#include "ops/product.h"

namespace slipway::ops {

Result<Types> FullyConnected::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 3));
  const auto& x = inputs.type(0);
  const auto& w = inputs.type(1);
  SLIPWAY_TRY(check_rank("the weights", w, 2));
  if (!w.is_known()) return fail(Code::unsupported, "weights of unknown shape");
  if (x.shape.rank() < 1 || (x.shape.back(0) != w.shape[0] && x.shape.back(0) != Shape::kUnknown)) {
    return fail(Code::invalid_input, "input {} and weights {} do not fit together", x.shape.text(),
                w.shape.text());
  }
  SLIPWAY_TRY(check_conv_types(inputs, w.shape[1]));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  dims.back() = w.shape[1];
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost FullyConnected::cost(std::span<const TensorType> inputs) const {
  return {.macs = saturating_product({inputs[0].shape.elements(), inputs[1].shape.back(0)})};
}

Result<void> FullyConnected::eval(EvalIo& io) const {
  // A 1x1 convolution; every row of x is a batch entry.
  const auto& x = io.input(0).shape();
  const std::int64_t in = x.back(0);
  Window window;
  const std::int64_t rows = in == 0 ? 0 : x.elements() / in;
  const ConvSum sum(window, rows, in, in, io.input(1).shape()[1]);
  return run_conv(io, sum, {activation, rounding, dynamic_range});
}

}  // namespace slipway::ops
