#include "ops/shape/matrix.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// A diagonal outside of every matrix, so that sums with places do not overflow.
std::int64_t limited(std::int64_t k) {
  return std::clamp(k, -Shape::kMaxElements, Shape::kMaxElements);
}

}  // namespace

Result<Types> EyeLike::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  SLIPWAY_TRY(check_rank("x", inputs.type(0), 2));
  return Types{TensorType{type, inputs.type(0).shape, {}}};
}

Cost EyeLike::cost(std::span<const TensorType>) const { return {}; }

Result<void> EyeLike::eval(EvalIo& io) const {
  const auto& y = io.output_type(0).shape;
  const std::int64_t diagonal = limited(k);
  visit(type, [&]<class T>(T) {
    const auto to = io.out<T>(0);
    for (std::int64_t row = std::max<std::int64_t>(0, -diagonal); row < y[0]; ++row) {
      if (row + diagonal >= y[1]) break;
      to[static_cast<std::size_t>(row * y[1] + row + diagonal)] = T(1);
    }
  });
  return {};
}

Result<Types> Trilu::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  if (x.shape.rank() < 2) return fail(Code::invalid_input, "{} is no matrix", x.shape.text());
  if (inputs.has(1)) SLIPWAY_TRY(check_dtype("k", inputs.type(1), {DType::i32, DType::i64}));
  if (inputs.has(1) && inputs.value(1) != nullptr) SLIPWAY_TRY(to_integer(*inputs.value(1)));
  return Types{x};
}

Cost Trilu::cost(std::span<const TensorType>) const { return {}; }

Result<void> Trilu::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& s = x.shape();
  const std::int64_t k = io.has(1) ? limited(SLIPWAY_TRY(to_integer(io.input(1)))) : 0;
  const auto zero = zero_of(x.type());
  const auto from = x.bytes();
  auto to = io.out_bytes(0).begin();
  std::size_t at = 0;
  const std::int64_t dims[] = {elements_between(s, 0, s.rank() - 2), s.back(1), s.back(0)};
  for (Walk walk(dims); !walk.done(); walk.next(), at += zero.size()) {
    const std::int64_t above = walk.at()[2] - walk.at()[1];
    const bool stays = upper ? above >= k : above <= k;
    const auto piece = stays ? from.subspan(at, zero.size()) : BytesView(zero);
    to = std::copy(piece.begin(), piece.end(), to);
  }
  return {};
}

}  // namespace slipway::ops
