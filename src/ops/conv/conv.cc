#include "ops/conv/conv.h"

#include "ops/check.h"
#include "ops/conv/sum.h"

namespace slipway::ops {
namespace {

/// Plain bytes with zero points: one for x, one or one per output for w; no bias, no activation.
Result<void> check_plain(const KnownInputs& inputs) {
  SLIPWAY_TRY(check_plain_bytes("the input", inputs, 0, 3));
  SLIPWAY_TRY(check_plain_bytes("the filter", inputs, 1, 4));
  if (inputs.has(2)) return fail(Code::unsupported, "plain bytes with a bias");
  if (inputs.has(3) && inputs.type(3).shape.elements() != 1) {
    return fail(Code::unsupported, "the input has zero points {}, not one",
                inputs.type(3).shape.text());
  }
  return {};
}

}  // namespace

Result<Window> Conv::window(const Shape& x, const Shape& w) const {
  return make_window({stride, dilation, pad_begin, pad_end, padding}, x,
                     w.dims().first(w.rank() - 2));
}

Result<Types> Conv::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 5));
  const auto& x = inputs.type(0);
  const auto& w = inputs.type(1);
  if (x.shape.rank() < 3 || w.shape.rank() != x.shape.rank()) {
    return fail(Code::invalid_input, "input {} and filter {} do not fit together", x.shape.text(),
                w.shape.text());
  }
  if (!w.is_known()) return fail(Code::unsupported, "a filter of unknown shape");
  const std::int64_t channels = x.shape.back(0);
  const std::int64_t outputs = w.shape.back(0);
  if (group < 1 || group > Shape::kMaxElements || outputs % group != 0 ||
      (channels != Shape::kUnknown && channels != saturating_product({w.shape.back(1), group}))) {
    return fail(Code::invalid_input, "{} channels in {} groups do not fit the filter {}", channels,
                group, w.shape.text());
  }
  const auto window = SLIPWAY_TRY(this->window(x.shape, w.shape));
  const auto shape = SLIPWAY_TRY(window_shape(window, x.shape, outputs));
  if (is_plain_byte(x)) {
    if (activation != Activation::none)
      return fail(Code::unsupported, "plain bytes are not clamped");
    SLIPWAY_TRY(check_plain(inputs));
    return Types{TensorType{DType::i32, shape, {}}};
  }
  SLIPWAY_TRY(inputs.count(2, 3));
  SLIPWAY_TRY(check_conv_types(inputs, outputs));
  return Types{TensorType{x.dtype, shape, {}}};
}

Cost Conv::cost(std::span<const TensorType> inputs) const {
  const auto& x = inputs[0].shape;
  const auto& w = inputs[1].shape;
  const auto window = this->window(x, w);
  if (!window) return {};
  const std::int64_t outputs = saturating_product({x[0], window->out_positions(), w.back(0)});
  return {.macs = saturating_product({outputs, window->kernel_positions(), w.back(1)}),
          .ops = activation == Activation::none ? 0 : outputs};
}

Result<void> Conv::eval(EvalIo& io) const {
  const auto window = SLIPWAY_TRY(this->window(io.input(0).shape(), io.input(1).shape()));
  const ConvSum sum(window, io.input(0).shape()[0], io.input(0).shape().back(0),
                    io.input(1).shape().back(1), io.input(1).shape().back(0));
  return run_conv(io, sum, {activation, rounding, dynamic_range, scales_in_turn});
}

}  // namespace slipway::ops
