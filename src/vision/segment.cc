#include "vision/segment.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "vision/labels.h"

namespace slipway {
namespace {

/// Classes on the model's own grid.
struct Grid {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<int> classes;
};

Error misshapen(const Tensor& output) {
  return fail(Code::invalid_input, "an output {} is no mask: [1,h,w,classes] is needed",
              output.shape().text());
}

/// An output that holds class indices.
Result<Grid> indices(const Tensor& output) {
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < output.shape().rank(); ++i) dims.push_back(output.shape()[i]);
  if (dims.size() == 4) dims.erase(dims.begin() + (dims[3] == 1 ? 3 : 1));
  if (dims.size() != 3 || dims[0] * dims[1] * dims[2] != output.elements() || dims[0] != 1) {
    return misshapen(output);
  }
  Grid grid{.width = dims[2], .height = dims[1], .classes = {}};
  for (const std::int64_t value : SLIPWAY_TRY(to_integers(output))) {
    if (value < 0 || value > 0xFFFF) {
      return fail(Code::invalid_input, "a mask with a class {}", value);
    }
    grid.classes.push_back(static_cast<int>(value));
  }
  return grid;
}

/// The class with the largest score at every place.
Result<Grid> largest(const Tensor& output, Layout layout) {
  const Shape& shape = output.shape();
  if (shape.rank() != 4 || shape[0] != 1) return misshapen(output);
  const bool nhwc = layout == Layout::nhwc;
  const auto classes = static_cast<std::size_t>(shape[nhwc ? 3 : 1]);
  if (classes < 2) return misshapen(output);
  Grid grid{.width = shape[nhwc ? 2 : 3], .height = shape[nhwc ? 1 : 2], .classes = {}};
  const auto pixels = static_cast<std::size_t>(grid.width * grid.height);
  const Tensor real = dequantized(output);
  const auto scores = real.values<float>();
  const std::size_t pixel_step = nhwc ? classes : 1;
  const std::size_t class_step = nhwc ? 1 : pixels;
  grid.classes.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    std::size_t best = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const float score = scores[i * pixel_step + c * class_step];
      if (std::isnan(score)) return fail(Code::invalid_input, "a mask with a score of {}", score);
      if (score > scores[i * pixel_step + best * class_step]) best = c;
    }
    grid.classes[i] = static_cast<int>(best);
  }
  return grid;
}

/// For each pixel of an axis of the picture the place on the grid, or -1 outside the input.
std::vector<std::int64_t> places(std::int64_t picture, std::int64_t resized, std::int64_t offset,
                                 std::int64_t input, std::int64_t grid) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < picture; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) / static_cast<double>(picture);
    const double at = middle * static_cast<double>(resized) - static_cast<double>(offset);
    const double part = at / static_cast<double>(input);
    const auto place = static_cast<std::int64_t>(std::floor(part * static_cast<double>(grid)));
    out.push_back(part < 0 || part >= 1 ? -1 : std::clamp<std::int64_t>(place, 0, grid - 1));
  }
  return out;
}

}  // namespace

Result<Mask> segment(const Tensor& output, const Recipe& recipe, const Placement& placement) {
  const bool small = output.shape().rank() != 4 || output.shape()[3] == 1 || output.shape()[1] == 1;
  const bool holds_classes = is_integer(output.dtype()) && !output.type().quant && small;
  const Grid grid = SLIPWAY_TRY(holds_classes ? indices(output) : largest(output, recipe.layout));
  if (grid.classes.empty()) return misshapen(output);

  const auto& [picture, input, resized, left, top] = placement;
  const auto xs = places(picture.width, resized.width, left, input.width, grid.width);
  const auto ys = places(picture.height, resized.height, top, input.height, grid.height);
  Mask mask{.width = static_cast<int>(picture.width),
            .height = static_cast<int>(picture.height),
            .classes = {}};
  mask.classes.reserve(xs.size() * ys.size());
  for (const std::int64_t y : ys) {
    for (const std::int64_t x : xs) {
      const bool seen = x >= 0 && y >= 0;
      mask.classes.push_back(seen ? grid.classes[static_cast<std::size_t>(y * grid.width + x)]
                                  : Mask::kUnseen);
    }
  }
  return mask;
}

std::vector<Share> shares(const Mask& mask, const Recipe& recipe) {
  std::map<int, std::size_t> counts;
  std::size_t seen = 0;
  for (const int class_index : mask.classes) {
    if (class_index == Mask::kUnseen) continue;
    ++counts[class_index];
    ++seen;
  }
  std::vector<Share> out;
  for (const auto& [class_index, count] : counts) {
    out.push_back({class_index, label_of(recipe, class_index),
                   static_cast<double>(count) / static_cast<double>(seen)});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Share& a, const Share& b) { return a.share > b.share; });
  return out;
}

Picture::Color class_color(int class_index) {
  Picture::Color color = {0, 0, 0};
  auto rest = static_cast<unsigned>(class_index);
  for (unsigned bit = 0; bit < 8; ++bit, rest >>= 3U) {
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned on = (rest >> c) & 1U;
      color[c] = static_cast<std::uint8_t>(color[c] | (on << (7U - bit)));
    }
  }
  return color;
}

}  // namespace slipway
