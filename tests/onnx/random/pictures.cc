// Operators that slide over pictures, resize and look them up.

#include <algorithm>

#include "onnx/random/sketch.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/detect/roi.h"
#include "ops/normalize/normalize.h"
#include "ops/normalize/statistics.h"
#include "ops/pool/pool.h"
#include "ops/resize/grid_sample.h"
#include "ops/resize/resize.h"
#include "ops/shape/space.h"

namespace slipway::random_graphs {
namespace {

using namespace ops;  // NOLINT: as in elementwise.cc

Activation activation(Sketch& s) {
  return s.once_in(3) ? s.one_of({Activation::relu, Activation::relu6, Activation::relu_n1_to_1})
                      : Activation::none;
}

/// Strides, dilations and pads of an op that has them.
template <class T>
void slide(Sketch& s, T& op, std::size_t spatial, std::int64_t most_pad) {
  if (s.once_in(2)) op.stride = s.list(spatial, 1, 3);
  if (s.once_in(3)) op.dilation = s.list(spatial, 1, 2);
  op.padding = s.one_of(
      {Padding::given, Padding::given, Padding::valid, Padding::same_upper, Padding::same_lower});
  if (op.padding == Padding::given && s.once_in(2)) {
    op.pad_begin = s.list(spatial, 0, most_pad);
    op.pad_end = s.list(spatial, 0, most_pad);
  }
  op.activation = activation(s);
}

/// ONNX Runtime wants pads that are smaller than the kernel.
template <class T>
void slide_pool(Sketch& s, T& op) {
  slide(s, op, op.kernel.size(), 1);
  for (std::size_t i = 0; i < op.pad_begin.size(); ++i) {
    op.pad_begin[i] = std::min(op.pad_begin[i], op.kernel[i] - 1);
    op.pad_end[i] = std::min(op.pad_end[i], op.kernel[i] - 1);
  }
}

std::size_t dimensions(Sketch& s) { return s.one_of<std::size_t>({2, 2, 2, 2, 1, 3}); }

TensorType type_of(DType dtype, const std::vector<std::int64_t>& dims) {
  return {dtype, *Shape::make(dims), {}};
}

constexpr DTypeSet kWide = {DType::f32, DType::f64};

bool conv(Sketch& s) {
  const auto spatial = dimensions(s);
  const auto x = s.picture(kWide, Trust::near, spatial);
  const auto channels = s.shape(x)[spatial + 1];
  Conv op;
  slide(s, op, spatial, 2);
  op.group = s.one_of<std::int64_t>({1, 1, 2, channels});
  if (channels % op.group != 0) return false;
  auto dims = s.list(spatial, 1, 3);
  dims.push_back(channels / op.group);
  dims.push_back(op.group * s.between(1, 3));
  std::vector<ValueId> inputs = {x, s.given(type_of(s.dtype(x), dims), 8)};
  if (s.once_in(2)) inputs.push_back(s.given(type_of(s.dtype(x), {dims.back()}), 8));
  return s.add(op, inputs, Trust::near);
}

bool conv_transpose(Sketch& s) {
  const auto spatial = s.one_of<std::size_t>({2, 2, 1});
  const auto x = s.picture(kWide, Trust::near, spatial);
  const auto channels = s.shape(x)[spatial + 1];
  ConvTranspose op;
  slide(s, op, spatial, 1);
  if (op.padding != Padding::given) op.padding = Padding::valid;
  op.group = s.one_of<std::int64_t>({1, 1, 2});
  if (channels % op.group != 0) return false;
  // ONNX Runtime wants it to be smaller than the stride.
  for (const auto step : op.stride) op.output_pad.push_back(step > 1 ? s.between(0, 1) : 0);
  auto dims = s.list(spatial, 1, 3);
  dims.push_back(channels);
  const auto outputs = s.between(1, 3);
  dims.push_back(outputs);
  std::vector<ValueId> inputs = {x, s.given(type_of(s.dtype(x), dims), 8)};
  if (s.once_in(2)) inputs.push_back(s.given(type_of(s.dtype(x), {outputs * op.group}), 8));
  return s.add(op, inputs, Trust::near);
}

bool pool(Sketch& s) {
  const auto spatial = dimensions(s);
  const auto kernel = s.list(spatial, 1, 3);
  switch (s.between(0, 2)) {
    case 0: {
      MaxPool op{.kernel = kernel};
      slide_pool(s, op);
      op.round_up = s.once_in(4);
      op.places = s.once_in(5);
      const auto trust = op.places ? Trust::exact : Trust::near;
      return s.add(op, {s.picture(kWide | kBytes, trust, spatial)}, Trust::exact);
    }
    case 1: {
      AveragePool op{.kernel = kernel};
      slide_pool(s, op);
      op.round_up = s.once_in(4);
      op.count_padding = s.once_in(3);
      return s.add(op, {s.picture(kWide, Trust::near, spatial)}, Trust::near);
    }
    default: {
      LpPool op{.kernel = kernel};
      slide_pool(s, op);
      op.round_up = s.once_in(4);
      op.p = s.between(1, 3);
      op.mean = s.once_in(3);
      return s.add(op, {s.picture(DType::f32, Trust::exact, spatial)}, Trust::near);
    }
  }
}

bool resize(Sketch& s) {
  Resize op;
  op.method = s.one_of({Interpolation::nearest, Interpolation::linear, Interpolation::cubic});
  const bool nearest = op.method == Interpolation::nearest;
  const bool by_size = s.once_in(2);
  op.coordinates =
      s.one_of({Coordinates::asymmetric, Coordinates::half_pixel, Coordinates::half_pixel});
  if (nearest) {
    op.nearest = s.one_of(
        {Nearest::floor, Nearest::ceil, Nearest::round_prefer_floor, Nearest::round_prefer_ceil});
    // With others ONNX Runtime moves no element where no size changes.
    if (op.nearest == Nearest::floor && s.once_in(3))
      op.coordinates = Coordinates::tf_half_pixel_for_nn;
  }
  // By a scale, ONNX's definition has a length with a fraction here; ONNX Runtime has whole ones.
  // The nearest element of half_pixel_symmetric is left out: of 9 places made 5 the middle one is
  // 4, but ONNX Runtime's f32 make it a little less, and so 3 where that is rounded down.
  if (by_size && s.once_in(3)) {
    op.coordinates =
        s.one_of({Coordinates::align_corners, Coordinates::pytorch_half_pixel,
                  nearest ? Coordinates::align_corners : Coordinates::half_pixel_symmetric});
  }
  op.exclude_outside = op.method == Interpolation::cubic && s.once_in(4);
  op.antialias = !nearest && s.once_in(5);
  // How sums of whole numbers are rounded, ONNX does not say.
  const auto x = s.picture(nearest ? kWide | kBytes : DTypeSet(kWide));
  if (by_size) return s.add(op, {x, s.integers(s.list(2, 1, 9))}, Trust::near);
  const auto scales = Tensor::of<float>(
      {2}, {s.one_of({0.5F, 1.F, 1.5F, 2.F, 3.F}), s.one_of({0.5F, 1.F, 2.F, 2.5F})});
  return s.add(op, {x, kNoValue, s.constant(scales)}, Trust::near);
}

bool grid_sample(Sketch& s) {
  const auto x = s.picture(DType::f32);
  GridSample op{s.one_of({Interpolation::nearest, Interpolation::linear, Interpolation::cubic}),
                s.one_of({GridPadding::zeros, GridPadding::border, GridPadding::reflection}),
                s.once_in(2)};
  const auto grid =
      s.given(type_of(DType::f32, {s.shape(x)[0], s.between(1, 5), s.between(1, 5), 2}), 2);
  return s.add(op, {x, grid}, Trust::near);
}

/// Regions inside of the picture.
ValueId regions(Sketch& s, ValueId x, std::int64_t count, bool with_picture) {
  std::vector<float> values;
  const auto size = std::min(s.shape(x)[1], s.shape(x)[2]) - 1;
  for (std::int64_t i = 0; i < count; ++i) {
    if (with_picture) values.push_back(static_cast<float>(s.between(0, s.shape(x)[0] - 1)));
    const auto left = static_cast<float>(s.between(0, size));
    const auto top = static_cast<float>(s.between(0, size));
    values.insert(values.end(), {left, top, left + static_cast<float>(s.between(0, 4)),
                                 top + static_cast<float>(s.between(0, 4))});
  }
  return s.constant(Tensor::of({count, with_picture ? 5 : 4}, values));
}

bool region(Sketch& s) {
  const auto x = s.picture(DType::f32);
  const auto count = s.between(1, 3);
  if (s.once_in(2))
    return s.add(MaxRoiPool{s.between(1, 3), s.between(1, 3)}, {x, regions(s, x, count, true)},
                 Trust::near);
  RoiAlign op{s.between(1, 3), s.between(1, 3), s.between(0, 3), 1, s.once_in(2)};
  op.method = s.one_of({RoiMethod::average, RoiMethod::average, RoiMethod::maximum});
  const auto pictures = s.list(static_cast<std::size_t>(count), 0, s.shape(x)[0] - 1);
  return s.add(op, {x, regions(s, x, count, false), s.integers(pictures)}, Trust::near);
}

bool depth(Sketch& s) {
  const auto order = s.one_of({DepthOrder::block_first, DepthOrder::channel_first});
  const auto block = s.between(2, 3);
  const auto x = s.picture(kNumbers);
  return s.once_in(2) ? s.add(SpaceToDepth{block, order}, {x}, Trust::exact)
                      : s.add(DepthToSpace{block, order}, {x}, Trust::exact);
}

/// Dividing by what is small amplifies, so these take exact numbers only; and no padded ones: where
/// the same number is added thousands of times, f32 round each sum in the same direction, so that
/// sums one by one, as ours, and in parts, as ONNX Runtime's, are 1e-5 and more apart.
bool normalize(Sketch& s) {
  const auto x = s.picture(kWide, Trust::exact, dimensions(s));
  if (!s.graph.node(x).op.is<Input>()) return false;
  const DType dtype = s.dtype(x);
  const auto channels = s.shape(x)[s.rank(x) - 1];
  const auto some = [&] { return s.given(type_of(dtype, {channels})); };
  const auto positive = [&] {
    TensorBuilder builder(type_of(dtype, {channels}));
    visit(dtype, [&]<class T>(T) {
      if constexpr (std::is_floating_point_v<T>) {
        for (auto& v : builder.values<T>()) v = static_cast<T>(s.real(0.5F, 2));
      }
    });
    return s.constant(std::move(builder).build());
  };
  const auto groups = s.one_of<std::int64_t>({0, 1, 2, channels});
  switch (s.between(0, 5)) {
    case 0:
    case 1:
      return s.add(BatchNormalization{s.real(1e-5F, 1e-2F)},
                   {x, some(), some(), some(), positive()}, Trust::near);
    case 2:
      return s.add(GroupNormalization{groups, 1e-2F}, {x, some(), some()}, Trust::near);
    case 3:
      return s.add(L2Normalization{}, {x}, Trust::near);
    case 4: {
      LocalResponseNormalization op{s.between(0, 3), 1, s.real(0.1F, 1), s.real(0.3F, 1)};
      op.even = s.once_in(3);
      return s.add(op, {x}, Trust::near);
    }
    default: {
      LayerNormalization op{s.axis(s.rank(x)), 1e-2F};
      op.centred = !s.once_in(3);
      op.statistics = s.once_in(3);
      std::vector<std::int64_t> dims(s.shape(x).begin(), s.shape(x).end());
      const auto from = op.axis < 0 ? op.axis + std::ssize(dims) : op.axis;
      dims.erase(dims.begin(), dims.begin() + from);
      std::vector<ValueId> inputs = {x, s.given(type_of(dtype, dims))};
      if (s.once_in(2)) inputs.push_back(s.given(type_of(dtype, dims)));
      return s.add(op, inputs, Trust::near);
    }
  }
}

}  // namespace

std::span<const Maker> picture_makers() {
  static constexpr Maker kMakers[] = {{"conv", conv},
                                      {"conv", conv},
                                      {"conv", conv},
                                      {"conv_transpose", conv_transpose},
                                      {"pool", pool},
                                      {"pool", pool},
                                      {"resize", resize},
                                      {"resize", resize},
                                      {"grid_sample", grid_sample},
                                      {"region", region},
                                      {"depth", depth},
                                      {"normalize", normalize},
                                      {"normalize", normalize}};
  return kMakers;
}

}  // namespace slipway::random_graphs
