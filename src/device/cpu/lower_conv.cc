// Which convolutions and sums go to the kernels of which numbers.

#include <algorithm>

#include "device/cpu/lower_chain.h"
#include "device/cpu/moves.h"
#include "device/cpu/products.h"
#include "device/cpu/rules.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/binary.h"

namespace slipway::cpu {
namespace {

bool is_quantized(const TensorType& type) { return type.quant.has_value(); }

/// Whether each channel has its own window.
bool is_depthwise(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  const auto group = node.op.as<ops::Conv>()->group;
  return group > 1 && group == graph.type(node.inputs[0]).shape.back(0) &&
         group == graph.type(id).shape.back(0);
}

/// Whether a convolution can add the other operand of `y` to what it writes.
bool can_join(const Lowering& lowering, ValueId conv_id, ValueId y) {
  const auto& graph = lowering.graph();
  const auto* conv = lowering.maker<ops::Conv>(conv_id);
  if (conv == nullptr || !lowering.used_once(conv_id) || graph.known(conv_id) != nullptr ||
      is_dynamic(graph, conv_id))
    return false;
  const auto& made = graph.type(conv_id);
  if (is_quantized(made)) return !is_depthwise(graph, conv_id);
  const auto channels = graph.type(graph.node(conv_id).inputs[0]).shape;
  const bool depthwise = conv->group > 1 && conv->group == channels[channels.rank() - 1];
  return made.dtype == DType::f32 && conv->activation == Activation::none && !depthwise &&
         graph.type(y).dtype == DType::f32;
}

/// What a convolution takes along in front of it: parts that are joined, or bytes that a recipe
/// makes floats of.
std::vector<ValueId> claims_before(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& conv = *node.op.as<ops::Conv>();
  const ValueId x = node.inputs[0];
  if (conv.group != 1) return {};
  if (lowering.used_once(x) && is_normalization(lowering, x)) {
    if (!conv_takes_borders(lowering, y)) return {};
    auto claims = normalization_claims(lowering, x);
    claims.push_back(x);
    return claims;
  }
  if (!joins_channels(lowering, x)) return {};
  const auto& shape = graph.type(x).shape;
  const auto sliding = conv.window(shape, graph.type(node.inputs[1]).shape);
  if (!sliding) return {};
  const auto window = sliding_of(*sliding, shape);
  return window && leaves(*window) ? std::vector{x} : std::vector<ValueId>{};
}

}  // namespace

Result<void> lower_conv(Lowering& lowering, ValueId y) {
  const auto& type = lowering.graph().type(y);
  if (is_quantized(type)) return lower_conv_u8(lowering, y, y);
  if (is_dynamic(lowering.graph(), y)) return lower_conv_dynamic(lowering, y);
  if (type.dtype == DType::f32) return lower_conv_f32(lowering, y, y);
  return fail(Code::unsupported, "a convolution of {}", type.text());
}

std::vector<ValueId> conv_claims(const Lowering& lowering, ValueId y) {
  if (is_dynamic(lowering.graph(), y)) return {};
  if (takes_point(lowering, y)) return {lowering.graph().node(y).inputs[0]};
  auto claims = claims_before(lowering, y);
  const auto moved = moved_claims(lowering, y);
  claims.insert(claims.end(), moved.begin(), moved.end());
  return claims;
}

bool conv_reads_apart(const Lowering& lowering, ValueId y, ValueId x) {
  const ValueId in = lowering.graph().node(y).inputs[0];
  if (in == x || !lowering.is_claimed(in) || lowering.maker<ops::Conv>(in) != nullptr) return true;
  return joins_channels(lowering, in) && joined_reads_apart(lowering, in, x);
}

std::optional<engine::Sliding> bordered_window(const Lowering& lowering, ValueId conv) {
  const auto& graph = lowering.graph();
  const auto& type = graph.type(conv);
  if (is_dynamic(graph, conv) || is_depthwise(graph, conv)) return std::nullopt;
  const bool takes =
      is_quantized(type) ? !conv_u8_may_filter(lowering, conv) : conv_takes_borders(lowering, conv);
  if (!takes) return std::nullopt;
  const auto window = conv_window(graph, conv);
  return window && leaves(*window) ? std::optional(*window) : std::nullopt;
}

bool conv_writes_framed(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  if (is_dynamic(graph, y) || is_depthwise(graph, y)) return false;
  return is_quantized(graph.type(y)) ? conv_u8_writes_framed(lowering, y)
                                     : conv_f32_writes_framed(lowering, y);
}

Bf16 conv_bf16(const Lowering& lowering, ValueId y, ValueId x) {
  // Of windows that took a 1x1 convolution along, others see what that one reads.
  const ValueId in = lowering.graph().node(y).inputs[0];
  if (x.exists() && x != in && lowering.is_claimed(in) && takes_point(lowering, y))
    return conv_bf16(lowering, in, x);
  if (is_dynamic(lowering.graph(), y) || !conv_takes_bf16(lowering, y, x)) return Bf16::never;
  return is_depthwise(lowering.graph(), y) ? Bf16::as_first : Bf16::each;
}

/// A sum joins the later of the two convolutions that make it, where nothing else uses that one:
/// its result never reaches memory alone.
std::vector<ValueId> add_claims(const Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  auto ends = node.inputs;
  std::ranges::sort(ends, std::greater<>());
  for (const auto id : ends) {
    const auto& other = graph.type(node.inputs[node.inputs[0] == id ? 1 : 0]);
    const auto& made = graph.type(y);
    const bool fits = graph.type(id).shape == made.shape &&
                      (other.shape == made.shape || is_one_for_all(other, made));
    if (!fits || !can_join(lowering, id, y)) continue;
    auto claims = claims_before(lowering, id);
    claims.push_back(id);
    return claims;
  }
  return {};
}

Result<void> lower_add(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  for (const auto id : graph.node(y).inputs) {
    if (!lowering.is_claimed(id)) continue;
    return is_quantized(graph.type(y)) ? lower_conv_u8(lowering, id, y)
                                       : lower_conv_f32(lowering, id, y);
  }
  return lower_elementwise(lowering, y);
}

bool add_reads_apart(const Lowering& lowering, ValueId y, ValueId x) {
  for (const auto id : lowering.graph().node(y).inputs)
    if (lowering.is_claimed(id)) return id == x || conv_reads_apart(lowering, id, x);
  return false;
}

bool add_writes_apart(const Lowering& lowering, ValueId y) {
  return !add_claims(lowering, y).empty();
}

bool add_writes_framed(const Lowering& lowering, ValueId y) {
  const auto claims = add_claims(lowering, y);
  return !claims.empty() && conv_writes_framed(lowering, claims.back());
}

/// Sums that join no convolution are functions of floats.
Bf16 add_bf16(const Lowering& lowering, ValueId y, ValueId x) {
  const auto claims = add_claims(lowering, y);
  if (claims.empty()) return Bf16::never;
  const ValueId conv = claims.back();
  const auto& inputs = lowering.graph().node(y).inputs;
  const bool added = x == inputs[inputs[0] == conv ? 1 : 0];
  if (added && !lowering.rounds_more()) return Bf16::never;
  return conv_bf16(lowering, conv, added ? kNoValue : x);
}

Bf16 transposed_bf16(const Lowering& lowering, ValueId y, ValueId) {
  return transposed_takes_bf16(lowering, y) ? Bf16::each : Bf16::never;
}

Bf16 dense_bf16(const Lowering& lowering, ValueId y, ValueId) {
  return !is_dynamic(lowering.graph(), y) && dense_takes_bf16(lowering, y) ? Bf16::each
                                                                           : Bf16::never;
}

Result<void> lower_dense(Lowering& lowering, ValueId y) {
  if (!dense_claims(lowering, y).empty()) return lower_dense_u8_to_f32(lowering, y);
  const auto& type = lowering.graph().type(y);
  if (is_quantized(type)) return lower_dense_u8(lowering, y);
  if (is_dynamic(lowering.graph(), y)) return lower_dense_dynamic(lowering, y);
  if (type.dtype == DType::f32) return lower_dense_f32(lowering, y);
  return fail(Code::unsupported, "a dense layer of {}", type.text());
}

}  // namespace slipway::cpu
