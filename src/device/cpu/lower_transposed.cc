// Transposed convolutions: one product for each phase of the stride.

#include <algorithm>

#include "device/cpu/float_products.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv_transpose.h"

namespace slipway::cpu {
namespace {

std::string layer_of_transposed(const engine::Sliding& window, std::int32_t inputs,
                                DType dtype = DType::f32) {
  return "transposed " + layer_of(window, dtype, 1, inputs);
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

/// The places in the window that meet in one phase, in the order in which the input is read: turned
/// around. None: nothing meets there but the bias.
std::vector<std::int64_t> taps_of(const engine::Sliding& window, const Phase& down,
                                  const Phase& across) {
  std::vector<std::int64_t> out;
  for (std::int32_t y = down.taps; y-- > 0;) {
    for (std::int32_t x = across.taps; x-- > 0;)
      out.push_back(std::int64_t{down.phase + y * window.stride_y} * window.kernel_x +
                    across.phase + x * window.stride_x);
  }
  return out;
}

/// The weights at some places, `size` at each; zeros for `rows` where there are no places.
template <class T>
std::vector<T> weights_at(std::span<const T> weights, const std::vector<std::int64_t>& taps,
                          std::int64_t size, std::int64_t rows) {
  std::vector<T> out;
  for (const auto k : taps) {
    const auto part =
        weights.subspan(static_cast<std::size_t>(k * size), static_cast<std::size_t>(size));
    out.insert(out.end(), part.begin(), part.end());
  }
  out.resize(static_cast<std::size_t>(rows));
  return out;
}

/// Products of floats, or of floats rounded to bfloat16.
struct FloatPhases {
  Lowering& lowering;
  Constants constants;
  Ending ending;
  Numbers numbers;
  ProductChoice choice;

  void add(const ProductInput& input, const std::vector<std::int64_t>& taps, std::int64_t size,
           std::int64_t outputs, const engine::Place& c) const {
    Weights weights;
    weights.rows = std::int64_t{input.segments} * input.segment_elements;
    weights.outputs = outputs;
    weights.values = weights_at(constants.weights, taps, size, weights.rows * outputs);
    weights.bias.assign(constants.bias.begin(), constants.bias.end());
    add_product(lowering, input, weights, c, ending, numbers, choice);
  }
};

/// Products of bytes. A form that gives the bytes of all sums of the layer gives those of fewer
/// weights: each may meet the zero point.
struct BytePhases {
  Lowering& lowering;
  ByteLayer layer;
  std::int32_t zero = 0;
  ProductChoice choice;

  /// Adds what the zero point takes from the biases of some weights, or takes it away.
  void move_biases(std::span<const std::int16_t> weights, std::uint32_t by, ByteLayer& to) const {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto& bias = to.channels[i % to.channels.size()].bias;
      bias = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) +
                                       by * static_cast<std::uint32_t>(std::int32_t{weights[i]}));
    }
  }

  void add(const ProductInput& input, const std::vector<std::int64_t>& taps, std::int64_t size,
           std::int64_t outputs, const engine::Place& c) const {
    ByteLayer part;
    part.rows = std::int64_t{input.segments} * input.segment_elements;
    part.outputs = outputs;
    part.weights = weights_at(std::span(layer.weights), taps, size, part.rows * outputs);
    part.channels = layer.channels;
    part.requantization = layer.requantization;
    move_biases(layer.weights, static_cast<std::uint32_t>(zero), part);
    move_biases(part.weights, static_cast<std::uint32_t>(-zero), part);
    add_byte_product(lowering, {}, part, input, c, choice);
  }
};

/// One product for each phase: what both kinds of numbers share.
template <class Products>
Result<void> add_phases(Lowering& lowering, ValueId x, ValueId y, const engine::Sliding& window,
                        std::uint32_t outside, const Products& products) {
  const auto& shape = lowering.graph().type(x).shape;
  const auto in_bytes = lowering.element_bytes(x);
  const auto out_bytes = lowering.element_bytes(y);
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
  const auto bordered = SLIPWAY_TRY(with_borders(lowering, x, bordered_x, outside));
  const auto room = lowering.make_pixels(y);
  const auto outputs = window.channels;
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
                      in_bytes);
      auto input = SLIPWAY_TRY(line_input(from, phase, {0, phase.channels, outputs}, in_bytes));
      input.rows.out_pixel = window.stride_x * room.stride;
      input.rows.out_row = std::int64_t{window.stride_y} * window.width * room.stride;
      input.rows.out_picture = std::int64_t{window.height} * window.width * room.stride;
      const auto first_y = v.first * window.stride_y + v.phase - window.pad_top;
      const auto first_x = h.first * window.stride_x + h.phase - window.pad_left;
      products.add(input, taps_of(window, v, h), std::int64_t{phase.channels} * outputs, outputs,
                   moved(room.at, (std::int64_t{first_y} * window.width + first_x) * room.stride,
                         out_bytes));
    }
  }
  return {};
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
  const ValueId x = node.inputs[0];
  const auto& type = graph.type(x);
  const auto sliding = SLIPWAY_TRY(op.window(type.shape, graph.type(node.inputs[1]).shape));
  const auto window = SLIPWAY_TRY(sliding_of(sliding, graph.type(y).shape));
  if (window.dilation_y != 1 || window.dilation_x != 1 || op.group != 1)
    return fail(Code::unsupported, "a transposed convolution with groups or dilation");
  const auto inputs = static_cast<std::int32_t>(pixel_of(type.shape));
  if (type.quant) {
    auto layer = SLIPWAY_TRY(read_byte_layer(graph, node, op.rounding, op.activation));
    const auto name = layer_of_transposed(window, inputs, DType::u8);
    const auto pixels = std::int64_t{window.pictures} * window.height * window.width;
    const auto choice = product_choice(kernels::gemm_u8_variants(),
                                       lowering.choose(y, name, byte_candidates(lowering, pixels)));
    const auto zero = type.quant->zero_point[0];
    const BytePhases products{lowering, std::move(layer), zero, choice};
    return add_phases(lowering, x, y, window, static_cast<std::uint32_t>(zero), products);
  }
  const auto constants = SLIPWAY_TRY(constants_of(graph, node));
  const Numbers numbers{lowering.is_rounded(x), lowering.is_rounded(y), false};
  const auto choice = choose_product(lowering, y, layer_of_transposed(window, inputs));
  const FloatPhases products{lowering, constants, {op.activation, std::nullopt}, numbers, choice};
  return add_phases(lowering, x, y, window, 0, products);
}

}  // namespace slipway::cpu
