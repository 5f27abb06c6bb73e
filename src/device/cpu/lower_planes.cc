// A 1x1 convolution with its channels brought to the front: how networks that segment end.

#include <algorithm>

#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "engine/planar_step.h"
#include "ops/conv/conv.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"

namespace slipway::cpu {
namespace {

/// Transpose(Conv(Dequantize(x))), or without the Dequantize.
struct Planes {
  ValueId conv = kNoValue;
  ValueId real = kNoValue;  // the Dequantize, if it is taken along
  ValueId x = kNoValue;
};

bool is_constant(const Graph& graph, ValueId id) {
  const auto* known = graph.known(id);
  return known != nullptr && known->dtype() == DType::f32;
}

/// Whether each output pixel is made of the input pixel at its place.
bool is_pointwise(const Graph& graph, const Node& node) {
  const auto& conv = *node.op.as<ops::Conv>();
  const auto window =
      conv.window(graph.type(node.inputs[0]).shape, graph.type(node.inputs[1]).shape);
  return window && conv.group == 1 && window->kernel_positions() == 1 &&
         window->in == window->out && window->stride == Window::Dims{1, 1, 1} &&
         window->pad == Window::Dims{0, 0, 0};
}

/// Whether channels are few enough. Outputs that fill the vectors of a product of matrices leave
/// little to win, and turning many channels around costs more than that.
bool is_worth(std::int64_t inputs, std::int64_t outputs, bool of_bytes) {
  constexpr std::int64_t kMostOutputs = 64;
  constexpr std::int64_t kVector = 16;
  constexpr std::int64_t kMostInputsOfVectors = 32;
  const bool fits = inputs <= kernels::kPlanarMostInputs && outputs <= kMostOutputs;
  return fits && (of_bytes || outputs % kVector != 0 || inputs <= kMostInputsOfVectors);
}

std::optional<Planes> find_planes(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& perm = lowering.maker<ops::Transpose>(y)->perm;
  Planes out;
  out.conv = graph.node(y).inputs[0];
  const auto rank = graph.type(y).shape.rank();
  std::vector<std::int64_t> front = {0, static_cast<std::int64_t>(rank) - 1};
  for (std::size_t i = 1; i + 1 < rank; ++i) front.push_back(static_cast<std::int64_t>(i));
  const auto* conv = lowering.maker<ops::Conv>(out.conv);
  if (conv == nullptr || rank < 3 || perm != front || !lowering.used_once(out.conv) ||
      graph.known(out.conv) != nullptr)
    return std::nullopt;
  const auto& node = graph.node(out.conv);
  const auto& weights = graph.type(node.inputs[1]);
  const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
  out.x = node.inputs[0];
  const bool floats = graph.type(out.conv).dtype == DType::f32 &&
                      graph.type(out.x).dtype == DType::f32 && is_constant(graph, node.inputs[1]) &&
                      !weights.quant && (!has_bias || is_constant(graph, node.inputs[2]));
  if (!floats || !is_pointwise(graph, node)) return std::nullopt;
  if (const auto* real = lowering.maker<ops::Dequantize>(out.x);
      real != nullptr && graph.known(out.x) == nullptr && lowering.used_once(out.x) &&
      graph.node(out.x).inputs.size() == 1) {
    const ValueId bytes = graph.node(out.x).inputs[0];
    const auto& type = graph.type(bytes);
    if (type.dtype == DType::u8 && type.quant && !type.quant->per_axis()) {
      out.real = out.x;
      out.x = bytes;
    }
  }
  const bool worth = is_worth(weights.shape.back(1), weights.shape.back(0), out.real.exists());
  return worth ? std::optional(out) : std::nullopt;
}

}  // namespace

std::vector<ValueId> planes_claims(const Lowering& lowering, ValueId y) {
  const auto found = find_planes(lowering, y);
  if (!found) return {};
  std::vector<ValueId> claims = {found->conv};
  if (found->real.exists()) claims.push_back(found->real);
  return claims;
}

Result<void> lower_planes(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto found = *find_planes(lowering, y);
  const auto& node = graph.node(found.conv);
  const auto& shape = graph.type(y).shape;
  engine::PlanarStep step;
  step.pictures = static_cast<std::int32_t>(shape[0]);
  step.outputs = static_cast<std::int32_t>(shape[1]);
  step.inputs = static_cast<std::int32_t>(pixel_of(graph.type(found.x).shape));
  step.pixels = shape.elements() / (shape[0] * shape[1]);
  float scale = 1;
  if (found.real.exists()) {
    const auto& quant = *graph.type(found.x).quant;
    step.of_bytes = 1;
    step.zero = quant.zero_point[0];
    scale = quant.scale[0];
  }
  auto& plan = lowering.plan();
  const auto weights = graph.known(node.inputs[1])->values<float>();
  step.weights = plan.add_constants(weights.size_bytes());
  auto* to = reinterpret_cast<float*>(plan.constants_at(step.weights));
  for (std::size_t i = 0; i < weights.size(); ++i) to[i] = weights[i] * scale;
  step.bias = plan.add_constants(static_cast<std::size_t>(step.outputs) * sizeof(float));
  if (node.inputs.size() > 2 && node.inputs[2].exists()) {
    std::ranges::copy(graph.known(node.inputs[2])->bytes(), plan.constants_at(step.bias));
  }
  const auto range = range_of(node.op.as<ops::Conv>()->activation);
  step.low = range.low;
  step.high = range.high;
  const auto in = SLIPWAY_TRY(lowering.vector_pixels(found.x));
  step.in = in.at;
  step.in_stride = in.stride;
  step.out = lowering.make_room(y);
  constexpr std::int64_t kUnitPixels = 512;  // whole blocks of the kernel
  step.unit_pixels = kUnitPixels;
  const auto units = (step.pixels + kUnitPixels - 1) / kUnitPixels;
  step.header.units = static_cast<std::uint32_t>(units * step.pictures);
  add_newest(lowering, step, engine::StepKind::planar, kernels::planar_f32_variants(),
             fmt::format("{} x {} x {}{}, channels first", step.pixels * step.pictures, step.inputs,
                         step.outputs, step.of_bytes != 0 ? " of bytes" : ""));
  return {};
}

}  // namespace slipway::cpu
