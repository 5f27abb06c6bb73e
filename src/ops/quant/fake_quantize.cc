#include "ops/quant/fake_quantize.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/elementwise/broadcast.h"
#include "ops/product.h"

namespace slipway::ops {

Result<Types> FakeQuantize::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(5, 5));
  if (levels < 2) return fail(Code::invalid_input, "{} levels", levels);
  const auto& x = inputs.type(0);
  for (std::size_t i = 0; i < 5; ++i) {
    SLIPWAY_TRY(check_dtype(i == 0 ? "the input" : "a range", inputs.type(i), {DType::f32}));
    if (i == 0 || !x.is_known() || !inputs.type(i).is_known()) continue;
    const auto& range = inputs.type(i).shape;
    const auto common = broadcast(x.shape, range);
    if (!common || *common != x.shape) {
      return fail(Code::invalid_input, "a range of {} does not broadcast to {}", range.text(),
                  x.shape.text());
    }
  }
  return Types{TensorType{DType::f32, x.shape, {}}};
}

Cost FakeQuantize::cost(std::span<const TensorType> inputs) const {
  return {.ops = saturating_product({inputs[0].shape.elements(), 6})};
}

Result<void> FakeQuantize::eval(EvalIo& io) const {
  const auto& shape = io.input(0).shape();
  std::vector<BroadcastIndex> ranges;
  for (std::size_t i = 1; i < 5; ++i) {
    const auto common = SLIPWAY_TRY(broadcast(shape, io.input(i).shape()));
    if (common != shape) return fail(Code::invalid_input, "ranges larger than the input");
    ranges.emplace_back(io.input(i).shape(), shape);
  }
  const auto range = [&](std::size_t i) { return io.in<float>(i)[ranges[i - 1].index()]; };
  const auto steps = static_cast<float>(levels - 1);
  const auto x = io.in<float>(0);
  if (!io.output_type(0).is_known()) io.allocate(0, shape);
  const auto y = io.out<float>(0);
  for (std::size_t at = 0; at < x.size(); ++at) {
    const float low = range(1);
    const float high = range(2);
    if (x[at] <= std::min(low, high)) {
      y[at] = range(3);
    } else if (x[at] > std::max(low, high)) {
      y[at] = range(4);
    } else {
      const float step = std::nearbyint((x[at] - low) / (high - low) * steps);
      y[at] = step / steps * (range(4) - range(3)) + range(3);
    }
    for (auto& index : ranges) index.next();
  }
  return {};
}

}  // namespace slipway::ops
