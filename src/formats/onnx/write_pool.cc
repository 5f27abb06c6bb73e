// Pools, resizing, and squares that become channels: all with channels first.

#include <algorithm>

#include "formats/onnx/write.h"
#include "ops/pool/pool.h"
#include "ops/resize/resize.h"
#include "ops/shape/space.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

/// The attributes that all pools have. Needs the window's fields to fit x.
Result<OnnxAttributes> window_attributes(OnnxWriter& writer, const WindowSpec& spec,
                                         const List& kernel) {
  const auto& x = writer.type(0).shape;
  const auto window = SLIPWAY_TRY(make_window(spec, x, kernel));
  const auto spatial = x.rank() - 2;
  OnnxAttributes attributes = {{"kernel_shape", kernel}};
  if (!spec.stride.empty()) attributes.emplace_back("strides", spec.stride);
  if (!spec.dilation.empty()) attributes.emplace_back("dilations", spec.dilation);
  if (spec.round_up) attributes.emplace_back("ceil_mode", 1);
  if (spec.padding == Padding::valid) return attributes;
  const bool same = spec.padding != Padding::given;
  const bool open = std::any_of(window.in.begin(), window.in.end(),
                                [](std::int64_t dim) { return dim == Shape::kUnknown; });
  if (same && open) {
    const std::string mode = spec.padding == Padding::same_upper ? "SAME_UPPER" : "SAME_LOWER";
    attributes.emplace_back("auto_pad", mode);
    return attributes;
  }
  const auto count = static_cast<std::ptrdiff_t>(spatial);
  List pads(window.pad.end() - count, window.pad.end());
  pads.insert(pads.end(), window.pad_end.end() - count, window.pad_end.end());
  attributes.emplace_back("pads", pads);
  return attributes;
}

/// x with channels first, in a type that ONNX Runtime's pools take.
std::string pooled_in(OnnxWriter& writer, DType dtype, DType wide) {
  return writer.cast(writer.first(0), dtype, wide);
}

void finish(OnnxWriter& writer, std::string y, Activation activation, DType wide) {
  const auto range = range_of(activation);
  y = writer.clamp(y, wide, range.low, range.high);
  writer.result_first(0, writer.cast(y, wide, writer.type(0).dtype));
}

Result<void> max_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::MaxPool>();
  const WindowSpec spec{op.stride, op.dilation, op.pad_begin, op.pad_end, op.padding, op.round_up};
  const DType dtype = writer.type(0).dtype;
  const bool direct = is_float(dtype) || dtype == DType::i8 || dtype == DType::u8;
  const DType wide = direct ? dtype : DType::f32;
  const auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  const auto y = writer.add("MaxPool", {pooled_in(writer, dtype, wide)}, attributes);
  finish(writer, y, op.activation, wide);
  return {};
}

Result<void> average_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::AveragePool>();
  static const List kNone;
  if (std::any_of(op.dilation.begin(), op.dilation.end(), [](auto d) { return d != 1; }))
    return fail(Code::unsupported, "dilation, which ONNX has from opset 19 on");
  const WindowSpec spec{op.stride, kNone, op.pad_begin, op.pad_end, op.padding, op.round_up};
  auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  if (op.count_padding) attributes.emplace_back("count_include_pad", 1);
  finish(writer, writer.add("AveragePool", {writer.first(0)}, attributes), op.activation,
         DType::f32);
  return {};
}

Result<void> lp_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::LpPool>();
  if (std::any_of(op.dilation.begin(), op.dilation.end(), [](auto d) { return d != 1; }) ||
      op.round_up) {
    return fail(Code::unsupported, "dilation or rounding up, which ONNX has from opset 18 on");
  }
  static const List kNone;
  const WindowSpec spec{op.stride, kNone, op.pad_begin, op.pad_end, op.padding};
  auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  const auto x = writer.first(0);
  if (!op.mean) {
    attributes.emplace_back("p", op.p);
    finish(writer, writer.add("LpPool", {x}, attributes), op.activation, DType::f32);
    return {};
  }
  if (op.p != 2) return fail(Code::unsupported, "a mean of powers of {}", op.p);
  const auto mean = writer.add("AveragePool", {writer.add("Mul", {x, x})}, attributes);
  finish(writer, writer.add("Sqrt", {mean}), op.activation, DType::f32);
  return {};
}

/// The new size with the batch and channels of x: (N, C, size…).
std::string sizes_of(OnnxWriter& writer, const std::string& x) {
  const auto& shape = writer.type(0).shape;
  const auto* size = writer.known(1);
  if (size != nullptr && shape[0] != Shape::kUnknown && shape.back(0) != Shape::kUnknown) {
    List sizes = {shape[0], shape.back(0)};
    const auto numbers = to_integers(*size);
    SLIPWAY_CHECK(numbers);
    sizes.insert(sizes.end(), numbers->begin(), numbers->end());
    return writer.indices(sizes);
  }
  const auto front =
      writer.add("Slice", {writer.add("Shape", {x}), writer.indices({0}), writer.indices({2})});
  return writer.add("Concat", {front, writer.index(1, 1)}, {{"axis", 0}});
}

Result<void> resize(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Resize>();
  const DType dtype = writer.type(0).dtype;
  const bool direct = dtype == DType::f32 || dtype == DType::i8 || dtype == DType::u8;
  const DType wide = direct ? dtype : computed_in(dtype);
  const auto x = writer.cast(writer.first(0), dtype, wide);
  const auto y =
      writer.add("Resize", {x, "", "", sizes_of(writer, x)},
                 {{"mode", std::string(name_of(op.method))},
                  {"coordinate_transformation_mode", std::string(name_of(op.coordinates))},
                  {"nearest_mode", std::string(name_of(op.nearest))}});
  writer.result_first(0, writer.cast(y, wide, dtype));
  return {};
}

bool is_linear(const OnnxWriter& writer) {
  const auto* op = writer.node().op.as<ops::Resize>();
  return op->method != Interpolation::nearest;
}

/// Types that ONNX's operators for squares lack are moved step by step: x seen as `split`, its
/// dimensions in the order `perm`.
Result<void> move_squares(OnnxWriter& writer, const List& split, const List& perm) {
  const auto& y = writer.output_type(0).shape;
  if (!writer.type(0).shape.is_known())
    return fail(Code::unsupported, "squares of {} elements in a shape that is not known before",
                name_of(writer.type(0).dtype));
  const auto moved = writer.transpose(writer.reshape(writer.last(0), split), perm);
  writer.result(0, writer.reshape(moved, List(y.begin(), y.end())));
  return {};
}

Result<void> depth_to_space(OnnxWriter& writer) {
  const auto block = writer.as<ops::DepthToSpace>().block;
  const auto& x = writer.type(0);
  if (is_float(x.dtype)) {
    writer.result_first(
        0, writer.add("DepthToSpace", {writer.first(0)}, {{"blocksize", block}, {"mode", "DCR"}}));
    return {};
  }
  return move_squares(
      writer, {x.shape[0], x.shape[1], x.shape[2], block, block, x.shape[3] / (block * block)},
      {0, 1, 3, 2, 4, 5});
}

Result<void> space_to_depth(OnnxWriter& writer) {
  const auto block = writer.as<ops::SpaceToDepth>().block;
  const auto& x = writer.type(0);
  if (is_float(x.dtype)) {
    writer.result_first(0, writer.add("SpaceToDepth", {writer.first(0)}, {{"blocksize", block}}));
    return {};
  }
  return move_squares(
      writer, {x.shape[0], x.shape[1] / block, block, x.shape[2] / block, block, x.shape[3]},
      {0, 1, 3, 2, 4, 5});
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_pool() {
  static constexpr auto kAlways = [](const OnnxWriter&) { return true; };
  static constexpr OnnxWriteRow kRows[] = {
      {"AveragePool",
       "kernel stride dilation pad_begin pad_end padding round_up count_padding activation",
       average_pool},
      {"DepthToSpace", "block", depth_to_space, never},
      {"LpPool", "kernel stride dilation pad_begin pad_end padding round_up p mean activation",
       lp_pool, kAlways, never},
      {"MaxPool", "kernel stride dilation pad_begin pad_end padding round_up activation", max_pool,
       [](const OnnxWriter& writer) {
         return writer.node().op.as<ops::MaxPool>()->activation != Activation::none;
       }},
      {"Resize", "method coordinates nearest", resize, is_linear},
      {"SpaceToDepth", "block", space_to_depth, never},
  };
  return kRows;
}

}  // namespace slipway::formats
