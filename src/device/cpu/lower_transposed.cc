// Transposed convolutions of floats: one product for each phase of the stride.

#include <algorithm>

#include "device/cpu/float_products.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv_transpose.h"

namespace slipway::cpu {
namespace {

std::string layer_of_transposed(const engine::Sliding& window, std::int32_t inputs) {
  return "transposed " + layer_of(window, DType::f32, 1, inputs);
}

/// Which weights meet in output elements u * stride + phase - pad, along one dimension: those of
/// `phase`, phase + stride, … A convolution of them, turned around, over the input.
struct Phase {
  std::int32_t phase = 0;
  std::int32_t taps = 0;
  std::int32_t first = 0;   // u of the first output element
  std::int32_t count = 0;   // output elements
  std::int32_t before = 0;  // input elements that the first one reads in front of the input
  std::int32_t after = 0;   // that the last one reads behind it
};

std::vector<Phase> phases_of(const engine::Sliding& window, bool down) {
  const auto [in, out] = down ? std::pair{window.out_height, window.height}
                              : std::pair{window.out_width, window.width};
  const auto stride = down ? window.stride_y : window.stride_x;
  const auto kernel = down ? window.kernel_y : window.kernel_x;
  const auto pad = down ? window.pad_top : window.pad_left;
  std::vector<Phase> phases;
  for (std::int32_t r = 0; r < stride; ++r) {
    Phase one;
    one.phase = r;
    one.taps = r < kernel ? (kernel - 1 - r) / stride + 1 : 0;
    one.first = pad > r ? (pad - r + stride - 1) / stride : 0;
    const auto last = out - 1 + pad - r;  // of the output, counted from phase r
    one.count = last < 0 ? 0 : last / stride - one.first + 1;
    one.before = std::max(one.taps, 1) - 1 - one.first;
    one.after = one.first + one.count - in;
    if (one.count > 0) phases.push_back(one);
  }
  return phases;
}

/// The weights of one phase in the order in which the input is read: turned around.
Weights weights_of(const Constants& constants, const engine::Sliding& window, std::int64_t inputs,
                   const Phase& down, const Phase& across) {
  Weights out;
  out.outputs = window.channels;
  out.bias.assign(constants.bias.begin(), constants.bias.end());
  const auto size = static_cast<std::size_t>(inputs * out.outputs);
  for (std::int32_t y = down.taps; y-- > 0;) {
    for (std::int32_t x = across.taps; x-- > 0;) {
      const auto k = std::int64_t{down.phase + y * window.stride_y} * window.kernel_x +
                     across.phase + x * window.stride_x;
      const auto part = constants.weights.subspan(static_cast<std::size_t>(k) * size, size);
      out.values.insert(out.values.end(), part.begin(), part.end());
    }
  }
  if (out.values.empty()) out.values.resize(size);  // nothing meets here but the bias
  out.rows = std::ssize(out.values) / out.outputs;
  return out;
}

}  // namespace

bool transposed_takes_bf16(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& x = graph.type(node.inputs[0]).shape;
  const auto sliding =
      node.op.as<ops::ConvTranspose>()->window(x, graph.type(node.inputs[1]).shape);
  if (!sliding) return false;
  const auto window = sliding_of(*sliding, graph.type(y).shape);
  return window &&
         will_round(lowering, layer_of_transposed(*window, static_cast<std::int32_t>(pixel_of(x))));
}

Result<void> lower_conv_transpose(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& op = *node.op.as<ops::ConvTranspose>();
  const auto constants = SLIPWAY_TRY(constants_of(graph, node));
  const ValueId x = node.inputs[0];
  const auto& shape = graph.type(x).shape;
  const auto sliding = SLIPWAY_TRY(op.window(shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, graph.type(y).shape));
  if (window.dilation_y != 1 || window.dilation_x != 1 || op.group != 1)
    return fail(Code::unsupported, "a transposed convolution with groups or dilation");
  const auto down = phases_of(window, true);
  const auto across = phases_of(window, false);
  const auto most = [](const std::vector<Phase>& phases, std::int32_t Phase::*field) {
    std::int32_t out = 0;
    for (const auto& one : phases) out = std::max(out, one.*field);
    return out;
  };
  engine::Sliding bordered_x;
  bordered_x.pictures = window.pictures;
  bordered_x.channels = static_cast<std::int32_t>(shape[shape.rank() - 1]);
  bordered_x.height = window.out_height;
  bordered_x.width = window.out_width;
  bordered_x.pad_top = most(down, &Phase::before);
  bordered_x.pad_left = most(across, &Phase::before);
  bordered_x.out_height = bordered_x.height + bordered_x.pad_top + most(down, &Phase::after);
  bordered_x.out_width = bordered_x.width + bordered_x.pad_left + most(across, &Phase::after);
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, bordered_x, 0));
  const auto room = lowering.make_pixels(y);
  const auto outputs = window.channels;
  const Numbers numbers{lowering.is_rounded(x), lowering.is_rounded(y), false};
  const auto choice = choose_product(lowering, y, layer_of_transposed(window, bordered_x.channels));
  for (const auto& v : down) {
    for (const auto& h : across) {
      engine::Sliding phase = bordered_x;
      phase.kernel_y = std::max(v.taps, 1);
      phase.kernel_x = std::max(h.taps, 1);
      phase.out_height = v.count;
      phase.out_width = h.count;
      Bordered from = bordered;
      from.at = moved(from.at,
                      (std::int64_t{bordered_x.pad_top - v.before} * bordered.width +
                       bordered_x.pad_left - h.before) *
                          bordered.stride,
                      numbers.in_bytes());
      auto input =
          SLIPWAY_TRY(line_input(from, phase, {0, phase.channels, outputs}, numbers.in_bytes()));
      input.rows.out_pixel = window.stride_x * room.stride;
      input.rows.out_row = std::int64_t{window.stride_y} * window.width * room.stride;
      input.rows.out_picture = std::int64_t{window.height} * window.width * room.stride;
      const auto first_y = v.first * window.stride_y + v.phase - window.pad_top;
      const auto first_x = h.first * window.stride_x + h.phase - window.pad_left;
      Phase taps_v = v;
      Phase taps_h = h;
      const bool none = v.taps == 0 || h.taps == 0;
      if (none) taps_v.taps = taps_h.taps = 0;
      auto weights = weights_of(constants, window, phase.channels, taps_v, taps_h);
      if (none)
        weights.values.resize(static_cast<std::size_t>(std::int64_t{input.segments} *
                                                       input.segment_elements * outputs));
      weights.rows = std::ssize(weights.values) / outputs;
      add_product(lowering, input, weights,
                  moved(room.at, (std::int64_t{first_y} * window.width + first_x) * room.stride,
                        numbers.out_bytes()),
                  {op.activation, std::nullopt}, numbers, choice);
    }
  }
  return {};
}

}  // namespace slipway::cpu
