// Pools, resizing, and squares that become channels: all with channels first.

#include <algorithm>
#include <cmath>
#include <optional>

#include "formats/onnx/write.h"
#include "ops/pool/pool.h"
#include "ops/resize/resize.h"
#include "ops/shape/space.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

bool dilated(const List& dilation) {
  return std::any_of(dilation.begin(), dilation.end(), [](std::int64_t d) { return d != 1; });
}

/// The attributes that all pools have. Needs the window's fields to fit x.
Result<OnnxAttributes> window_attributes(OnnxWriter& writer, const WindowSpec& spec,
                                         const List& kernel) {
  const auto& x = writer.type(0).shape;
  const auto window = SLIPWAY_TRY(make_window(spec, x, kernel));
  const auto spatial = x.rank() - 2;
  OnnxAttributes attributes = {{"kernel_shape", kernel}};
  if (!spec.stride.empty()) attributes.emplace_back("strides", spec.stride);
  // Not every pool has the attribute in this opset.
  if (dilated(spec.dilation)) attributes.emplace_back("dilations", spec.dilation);
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
  const bool direct = dtype == DType::f64 || dtype == DType::i8 || dtype == DType::u8;
  const DType wide = direct                                      ? dtype
                     : dtype == DType::f32 || size_of(dtype) < 4 ? DType::f32
                                                                 : DType::f64;
  auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  const auto x = pooled_in(writer, dtype, wide);
  if (!op.places) {
    finish(writer, writer.add("MaxPool", {x}, attributes), op.activation, wide);
    return {};
  }
  // ONNX counts the places through all pictures and channels, ours begin again in each.
  const auto& shape = writer.type(0).shape;
  std::int64_t size = 1;
  for (std::size_t i = 1; i + 1 < shape.rank(); ++i) {
    if (shape[i] == Shape::kUnknown)
      return fail(Code::unsupported, "places in a shape that is only known when the graph runs");
    size *= shape[i];
  }
  if (op.column_major) attributes.emplace_back("storage_order", 1);
  const auto both = writer.add_all("MaxPool", {x}, attributes, 2);
  finish(writer, both[0], op.activation, wide);
  const auto count = writer.constant(Tensor::of<std::int64_t>({}, {size}));
  writer.result_first(1, writer.add("Mod", {both[1], count}));
  return {};
}

Result<void> average_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::AveragePool>();
  if (dilated(op.dilation)) writer.needs_opset(19);
  const WindowSpec spec{op.stride, op.dilation, op.pad_begin, op.pad_end, op.padding, op.round_up};
  auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  const DType dtype = writer.type(0).dtype;
  const DType wide = is_float(dtype) ? computed_in(dtype) : DType::f32;
  if (op.count_padding) attributes.emplace_back("count_include_pad", 1);
  const auto x = pooled_in(writer, dtype, wide);
  finish(writer, writer.add("AveragePool", {x}, attributes), op.activation, wide);
  return {};
}

Result<void> lp_pool(OnnxWriter& writer) {
  const auto& op = writer.as<ops::LpPool>();
  const WindowSpec spec{op.stride, op.dilation, op.pad_begin, op.pad_end, op.padding, op.round_up};
  if (dilated(op.dilation) || op.round_up) writer.needs_opset(op.mean ? 19 : 18);
  auto attributes = SLIPWAY_TRY(window_attributes(writer, spec, op.kernel));
  const DType dtype = writer.type(0).dtype;
  const auto x = writer.cast(writer.first(0), dtype, computed_in(dtype));
  if (!op.mean) {
    attributes.emplace_back("p", op.p);
    finish(writer, writer.add("LpPool", {x}, attributes), op.activation, computed_in(dtype));
    return {};
  }
  const auto p = static_cast<double>(op.p);
  const auto power =
      op.p == 2 ? writer.add("Mul", {x, x})
                : writer.add("Pow", {writer.add("Abs", {x}), writer.number(computed_in(dtype), p)});
  const auto mean = writer.add("AveragePool", {power}, attributes);
  const auto root = op.p == 2 ? writer.add("Sqrt", {mean})
                              : writer.add("Pow", {mean, writer.number(computed_in(dtype), 1 / p)});
  finish(writer, root, op.activation, computed_in(dtype));
  return {};
}

/// Where a Resize works: on which layout, and which dimensions of it.
struct Stretched {
  bool first = false;
  std::vector<std::size_t> axes;
};

Result<Stretched> stretched(OnnxWriter& writer, const List& axes) {
  const auto rank = writer.type(0).shape.rank();
  Stretched out{.first = rank > 2};
  for (const auto axis : axes) {
    out.axes.push_back(SLIPWAY_TRY(checked_axis(axis, rank)));
    out.first = out.first && out.axes.back() > 0 && out.axes.back() + 1 < rank;
  }
  for (auto& axis : out.axes) axis += out.first ? 1 : 0;
  return out;
}

/// One number per dimension of x: those given for some axes, others elsewhere.
template <class T>
std::vector<T> spread(const std::vector<T>& given, const Stretched& where, std::vector<T> others) {
  for (std::size_t i = 0; i < given.size(); ++i) others[where.axes[i]] = given[i];
  return others;
}

/// The sizes of all dimensions, where those of x may only be known when the graph runs.
Result<std::string> sizes_of(OnnxWriter& writer, const std::string& x, const Stretched& where) {
  const auto& shape = writer.type(0).shape;
  const auto rank = shape.rank();
  if (writer.known(1) != nullptr && shape.is_known()) {
    const auto perm = where.first ? first_of_last(rank) : List{};
    List dims(shape.begin(), shape.end());
    for (std::size_t i = 0; i < perm.size(); ++i)
      dims[i] = shape[static_cast<std::size_t>(perm[i])];
    return writer.indices(spread(SLIPWAY_TRY(writer.integers(1)), where, dims));
  }
  const auto first = rank - where.axes.size();
  for (std::size_t i = 0; i < where.axes.size(); ++i) {
    if (where.axes[i] != first + i)
      return fail(Code::unsupported, "sizes that are only known when the graph runs");
  }
  const auto front = writer.add("Slice", {writer.add("Shape", {x}), writer.indices({0}),
                                          writer.indices({static_cast<std::int64_t>(first)})});
  return writer.add("Concat", {front, writer.index(1, 1)}, {{"axis", 0}});
}

/// The scales of all dimensions where they say the size, or nothing where the sizes say the scales.
///
/// Errors  unsupported: neither
Result<std::optional<std::string>> scales_of(OnnxWriter& writer, const Stretched& where,
                                             const List& axes) {
  const auto* given = writer.known(2);
  const auto& x = writer.type(0).shape;
  if (given == nullptr) return fail(Code::unsupported, "scales that are only known when it runs");
  std::vector<float> scales;
  for (const double scale : to_doubles(*given)) scales.push_back(static_cast<float>(scale));
  if (writer.has(1)) {
    const auto sizes = SLIPWAY_TRY(writer.integers(1));
    bool by_size = true;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto in = x[SLIPWAY_TRY(checked_axis(axes[i], x.rank()))];
      by_size =
          by_size && in > 0 && scales[i] == static_cast<float>(sizes[i]) / static_cast<float>(in);
    }
    if (by_size) return std::optional<std::string>();
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto in = x[SLIPWAY_TRY(checked_axis(axes[i], x.rank()))];
      if (in < 0 || std::floor(static_cast<float>(in) * scales[i]) != static_cast<float>(sizes[i]))
        return fail(Code::unsupported, "sizes and scales, of which ONNX takes only one");
    }
  }
  const auto all = spread(scales, where, std::vector<float>(x.rank(), 1));
  return std::optional(writer.constant(Tensor::of({std::ssize(all)}, all)));
}

Result<void> resize(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Resize>();
  if (op.nearest == Nearest::simple)
    return fail(Code::unsupported, "ONNX has no operator for the nearest of this kind");
  if (op.coordinates == Coordinates::half_pixel_symmetric) writer.needs_opset(19);
  if (op.antialias) writer.needs_opset(18);
  const DType dtype = writer.type(0).dtype;
  const bool direct = dtype == DType::f32 || dtype == DType::i8 || dtype == DType::u8;
  const DType wide = direct ? dtype : dtype == DType::f64 ? DType::f32 : computed_in(dtype);
  const auto where = SLIPWAY_TRY(stretched(writer, op.axes));
  const auto rank = writer.type(0).shape.rank();
  const auto x = writer.cast(where.first ? writer.first(0) : writer.last(0), dtype, wide);
  OnnxAttributes attributes = {
      {"mode", std::string(name_of(op.method))},
      {"coordinate_transformation_mode", std::string(name_of(op.coordinates))},
      {"nearest_mode", std::string(name_of(op.nearest))}};
  if (op.method == Interpolation::cubic) attributes.emplace_back("cubic_coeff_a", op.cubic_a);
  if (op.exclude_outside) attributes.emplace_back("exclude_outside", 1);
  if (op.antialias) attributes.emplace_back("antialias", 1);
  std::vector<std::string> inputs = {x, "", ""};
  if (op.coordinates == Coordinates::tf_crop_and_resize) {
    attributes.emplace_back("extrapolation_value", op.extrapolation_value);
    const auto* region = writer.known(3);
    if (region == nullptr)
      return fail(Code::unsupported, "a region that is only known when the graph runs");
    std::vector<float> numbers;
    for (const double number : to_doubles(*region)) numbers.push_back(static_cast<float>(number));
    const auto half = numbers.begin() + static_cast<std::ptrdiff_t>(where.axes.size());
    auto all = spread({numbers.begin(), half}, where, std::vector<float>(rank, 0));
    const auto ends = spread({half, numbers.end()}, where, std::vector<float>(rank, 1));
    all.insert(all.end(), ends.begin(), ends.end());
    inputs[1] = writer.constant(Tensor::of({std::ssize(all)}, all));
  }
  std::optional<std::string> scales;
  if (writer.has(2)) scales = SLIPWAY_TRY(scales_of(writer, where, op.axes));
  if (scales) {
    inputs[2] = *scales;
    writer.ignore(1);
  } else {
    inputs.push_back(SLIPWAY_TRY(sizes_of(writer, x, where)));
  }
  const auto y = writer.cast(writer.add("Resize", inputs, attributes), wide, dtype);
  if (where.first) {
    writer.result_first(0, y);
  } else {
    writer.result(0, y);
  }
  return {};
}

/// Whether what is read is computed in the same way. Sizes alone are computed as TensorFlow Lite
/// does; of scales that are whole in a picture of known size, our reader makes such sizes.
bool keeps_scales(const OnnxWriter& writer) {
  const auto& op = *writer.node().op.as<ops::Resize>();
  if (!writer.has(2) || writer.type(0).dtype == DType::f64) return false;
  const auto* scales = writer.known(2);
  if (op.method == Interpolation::nearest || scales == nullptr) return true;
  const auto factors = to_doubles(*scales);
  const auto& x = writer.type(0).shape;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto axis = checked_axis(op.axes[i], x.rank());
    if (!axis || x[*axis] == Shape::kUnknown) return true;
    const float length = static_cast<float>(x[*axis]) * static_cast<float>(factors[i]);
    if (length != std::floor(length)) return true;
  }
  return false;
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
  const bool block_first = writer.as<ops::DepthToSpace>().order == DepthOrder::block_first;
  if (x.dtype == DType::f32) {
    const std::string mode = block_first ? "DCR" : "CRD";
    writer.result_first(
        0, writer.add("DepthToSpace", {writer.first(0)}, {{"blocksize", block}, {"mode", mode}}));
    return {};
  }
  const auto deep = x.shape[3] / (block * block);
  if (!block_first) {
    return move_squares(writer, {x.shape[0], x.shape[1], x.shape[2], deep, block, block},
                        {0, 1, 4, 2, 5, 3});
  }
  return move_squares(writer, {x.shape[0], x.shape[1], x.shape[2], block, block, deep},
                      {0, 1, 3, 2, 4, 5});
}

Result<void> space_to_depth(OnnxWriter& writer) {
  const auto block = writer.as<ops::SpaceToDepth>().block;
  const auto& x = writer.type(0);
  const bool block_first = writer.as<ops::SpaceToDepth>().order == DepthOrder::block_first;
  if (x.dtype == DType::f32 && block_first) {
    writer.result_first(0, writer.add("SpaceToDepth", {writer.first(0)}, {{"blocksize", block}}));
    return {};
  }
  return move_squares(
      writer, {x.shape[0], x.shape[1] / block, block, x.shape[2] / block, block, x.shape[3]},
      block_first ? List{0, 1, 3, 2, 4, 5} : List{0, 1, 3, 5, 2, 4});
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_pool() {
  static constexpr auto kAlways = [](const OnnxWriter&) { return true; };
  static constexpr OnnxWriteRow kRows[] = {
      {"AveragePool",
       "kernel stride dilation pad_begin pad_end padding round_up count_padding activation",
       average_pool},
      {"DepthToSpace", "block order", depth_to_space, never},
      {"LpPool", "kernel stride dilation pad_begin pad_end padding round_up p mean activation",
       lp_pool, kAlways,
       [](const OnnxWriter& writer) { return !writer.node().op.as<ops::LpPool>()->mean; }},
      {"MaxPool",
       "kernel stride dilation pad_begin pad_end padding round_up activation places column_major",
       max_pool,
       [](const OnnxWriter& writer) {
         return writer.node().op.as<ops::MaxPool>()->activation != Activation::none;
       },
       [](const OnnxWriter& writer) { return !writer.node().op.as<ops::MaxPool>()->places; }},
      {"Resize",
       "method coordinates nearest axes cubic_a exclude_outside antialias extrapolation_value",
       resize, is_linear, keeps_scales},
      {"SpaceToDepth", "block order", space_to_depth, never},
  };
  return kRows;
}

}  // namespace slipway::formats
