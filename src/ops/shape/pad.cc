#include "ops/shape/pad.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

struct Around {
  std::int64_t before;
  std::int64_t after;
};

using Integers = std::vector<std::int64_t>;

/// The pads of each dimension, from a tensor in either layout; those without an axis are 0.
Result<std::vector<Around>> pads_of(const Integers& pads, bool in_pairs,
                                    const std::optional<Integers>& axes, std::size_t rank) {
  const std::size_t count = axes ? axes->size() : rank;
  if (pads.size() != 2 * count)
    return fail(Code::invalid_input, "{} pads for {} dimensions", pads.size(), count);
  std::vector<Around> out(rank, Around{0, 0});
  for (std::size_t i = 0; i < count; ++i) {
    const Around around =
        in_pairs ? Around{pads[2 * i], pads[2 * i + 1]} : Around{pads[i], pads[count + i]};
    const auto most = std::max(around.before, around.after);
    const auto least = std::min(around.before, around.after);
    if (most > Shape::kMaxElements || least < -Shape::kMaxElements)
      return fail(Code::invalid_input, "a pad of {}", most > -least ? most : least);
    out[axes ? SLIPWAY_TRY(checked_axis((*axes)[i], rank)) : i] = around;
  }
  return out;
}

/// The place in a dimension of `size` that a place outside of it mirrors, or -1.
std::int64_t source(std::int64_t at, std::int64_t size, PadMode mode, const Around& around) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case PadMode::constant:
      return -1;
    case PadMode::reflect:
      return at < 0 ? -at : 2 * size - 2 - at;
    case PadMode::symmetric:
      return at < 0 ? -1 - at : 2 * size - 1 - at;
    case PadMode::edge:
      return at < 0 ? 0 : size - 1;
    case PadMode::wrap: {
      // What is taken away at the other end is not there to begin again with.
      const std::int64_t first = std::max<std::int64_t>(-around.before, 0);
      const std::int64_t period = size - first - std::max<std::int64_t>(-around.after, 0);
      if (period <= 0) return -1;
      return first + ((at - first) % period + period) % period;
    }
  }
  return -1;
}

/// Errors  invalid_input: a mirror needs more elements than there are
Result<void> check_mirror(const Around& around, std::int64_t size, PadMode mode) {
  if (mode == PadMode::constant) return {};
  const auto most = std::max(around.before, around.after);
  const auto possible = mode == PadMode::reflect ? size - 1 : size;
  const bool endless = mode == PadMode::edge || mode == PadMode::wrap;
  if (most <= 0 || (endless ? size > 0 : most <= possible)) return {};
  return fail(Code::invalid_input, "{} elements mirrored from a dimension of {}", most, size);
}

Result<Shape> padded(const Shape& x, std::span<const Around> pads, PadMode mode) {
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (x[i] == Shape::kUnknown) {
      dims.push_back(Shape::kUnknown);
      continue;
    }
    SLIPWAY_TRY(check_mirror(pads[i], x[i], mode));
    dims.push_back(x[i] + pads[i].before + pads[i].after);
    if (dims.back() < 0)
      return fail(Code::invalid_input, "{} elements of a dimension of {} taken away",
                  -(pads[i].before + pads[i].after), x[i]);
  }
  return Shape::make(dims);
}

}  // namespace

Result<Types> Pad::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 4));
  const auto& x = inputs.type(0);
  const auto& pads = inputs.type(1);
  SLIPWAY_TRY(check_dtype("pads", pads, {DType::i32, DType::i64}));
  if (pads.shape.rank() != 1 && !(pads.shape.rank() == 2 && pads.shape[1] == 2))
    return fail(Code::invalid_input, "pads must be [n,2] or [2*n], not {}", pads.shape.text());
  if (inputs.has(2)) {
    const auto& value = inputs.type(2);
    if (value.dtype != x.dtype || (value.is_known() && value.shape.elements() != 1))
      return fail(Code::invalid_input, "{} cannot be padded with {}", x.text(), value.text());
  }
  const auto given = SLIPWAY_TRY(known_integers(inputs, 1));
  std::optional<Integers> axes;
  if (inputs.has(3)) {
    SLIPWAY_TRY(check_dtype("the axes", inputs.type(3), {DType::i32, DType::i64}));
    axes = SLIPWAY_TRY(known_integers(inputs, 3));
  }
  if (!given || inputs.has(3) != axes.has_value())
    return Types{moved(x, SLIPWAY_TRY(open_shape(static_cast<std::int64_t>(x.shape.rank()))))};
  const auto around = SLIPWAY_TRY(pads_of(*given, pads.shape.rank() == 2, axes, x.shape.rank()));
  return Types{moved(x, SLIPWAY_TRY(padded(x.shape, around, mode)))};
}

Cost Pad::cost(std::span<const TensorType>) const { return {}; }

Result<void> Pad::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto given = SLIPWAY_TRY(to_integers(io.input(1)));
  std::optional<Integers> axes;
  if (io.has(3)) axes = SLIPWAY_TRY(to_integers(io.input(3)));
  const auto around =
      SLIPWAY_TRY(pads_of(given, io.input(1).shape().rank() == 2, axes, x.shape().rank()));
  const auto& y = io.output_type(0);
  if (SLIPWAY_TRY(padded(x.shape(), around, mode)) != y.shape)
    return fail(Code::invalid_input, "the pads do not lead to {}", y.shape.text());
  if (y.shape.elements() == 0) return {};
  std::vector<Places> from;
  for (std::size_t i = 0; i < y.shape.rank(); ++i) {
    from.push_back(places(y.shape[i], -around[i].before));
    for (auto& place : from.back()) place = source(place, x.shape()[i], mode, around[i]);
  }
  const auto zero = zero_of(y);
  if (io.has(2) && io.input(2).bytes().size() != zero.size())
    return fail(Code::invalid_input, "{} cannot be padded with {}", x.type().text(),
                io.type(2).text());
  pick(x, from, io.has(2) ? io.input(2).bytes() : BytesView(zero), io.out_bytes(0));
  return {};
}

Result<Types> CenterCropPad::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_dtype("the shape", inputs.type(1), {DType::i32, DType::i64}));
  SLIPWAY_TRY(check_rank("the shape", inputs.type(1), 1));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  const auto shape = SLIPWAY_TRY(known_integers(inputs, 1));
  const std::size_t count = axes.empty() ? dims.size() : axes.size();
  if (shape && shape->size() != count)
    return fail(Code::invalid_input, "a shape of {} for {} axes", shape->size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = axes.empty() ? i : SLIPWAY_TRY(checked_axis(axes[i], dims.size()));
    dims[axis] = shape ? (*shape)[i] : Shape::kUnknown;
    if (shape && dims[axis] < 0)
      return fail(Code::invalid_input, "dimension {} is negative", dims[axis]);
  }
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost CenterCropPad::cost(std::span<const TensorType>) const { return {}; }

Result<void> CenterCropPad::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& y = io.output_type(0);
  if (y.shape.elements() == 0) return {};
  std::vector<Places> from;
  for (std::size_t i = 0; i < y.shape.rank(); ++i) {
    const auto before = (y.shape[i] - x.shape()[i]) / 2;  // towards 0: what is odd is behind
    from.push_back(places(y.shape[i], -before));
    for (auto& place : from.back()) place = source(place, x.shape()[i], PadMode::constant, {});
  }
  pick(x, from, zero_of(y), io.out_bytes(0));
  return {};
}

}  // namespace slipway::ops
