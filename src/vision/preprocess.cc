#include "vision/preprocess.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace slipway {
namespace {

/// Halves to even, as Python's round().
std::int64_t rounded(double value) { return std::llrint(value); }

/// a * b / c, rounded.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  return std::max<std::int64_t>(rounded(static_cast<double>(a * b) / static_cast<double>(c)), 1);
}

/// The double that is written like `value`: 0.9F stands for 0.9, not for 0.89999998.
double as_written(float value) {
  const std::string text = fmt::format("{}", value);
  double out = value;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::int64_t channels_of(ColorOrder color) { return color == ColorOrder::gray ? 1 : 3; }

/// ITU-R 601, in Pillow's fixed point.
int gray_of(const std::uint8_t* rgb) {
  return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
}

/// Input values for the pixel values 0 to 255 of one channel: every step behind the fit depends on
/// those two alone.
template <class T>
using Table = std::array<T, 256>;

struct Quant {
  float scale = 1;
  std::int32_t zero = 0;
};

template <class T>
T converted(float real, const Quant& quant) {
  if constexpr (std::is_integral_v<T>) {
    // In f32, as TensorFlow Lite's Quantize does it.
    const double steps = static_cast<double>(std::round(real / quant.scale)) + quant.zero;
    using Limits = std::numeric_limits<T>;
    return static_cast<T>(std::clamp<double>(steps, Limits::min(), Limits::max()));
  } else {
    return static_cast<T>(real);
  }
}

template <class T>
Table<T> table_of(float mean, float std, const Quant& quant) {
  Table<T> table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = converted<T>((static_cast<float>(i) - mean) / std, quant);
  }
  return table;
}

float of_channel(const std::vector<float>& values, std::size_t c) {
  return values.size() == 1 ? values[0] : values[c];
}

template <class T>
std::vector<Table<T>> tables_of(const Recipe& recipe, const TensorType& input) {
  const auto channels = static_cast<std::size_t>(channels_of(recipe.color));
  std::vector<Table<T>> tables;
  for (std::size_t c = 0; c < channels; ++c) {
    Quant quant;
    if (input.quant) quant = {input.quant->scale_at(c), input.quant->zero_at(c)};
    tables.push_back(table_of<T>(of_channel(recipe.mean, c), of_channel(recipe.std, c), quant));
  }
  return tables;
}

/// Writes one fitted picture.
template <class T>
void fill(const Picture& picture, const Recipe& recipe, const std::vector<Table<T>>& tables,
          std::span<T> out) {
  const std::size_t pixels = picture.rgb.size() / 3;
  const std::size_t channels = tables.size();
  const bool planar = recipe.layout == Layout::nchw;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t from = recipe.color == ColorOrder::bgr ? 2 - c : c;
    T* to = out.data() + (planar ? c * pixels : c);
    const std::size_t step = planar ? 1 : channels;
    const std::uint8_t* rgb = picture.rgb.data();
    for (std::size_t i = 0; i < pixels; ++i, rgb += 3, to += step) {
      const int value = recipe.color == ColorOrder::gray ? gray_of(rgb) : rgb[from];
      *to = tables[c][static_cast<std::size_t>(value)];
    }
  }
}

Result<void> check_quant(const TensorType& input, const Recipe& recipe) {
  if (!input.quant) return {};
  SLIPWAY_TRY(check(*input.quant, input.dtype, input.shape));
  const int channel_axis = recipe.layout == Layout::nhwc ? 3 : 1;
  if (input.quant->per_axis() && input.quant->axis != channel_axis) {
    return fail(Code::unsupported, "an input quantized along axis {}, which is not its channels",
                input.quant->axis);
  }
  return {};
}

/// Element types that hold pictures: numbers of at most 32 bits, and f64.
template <class T>
constexpr bool kHoldsPictures =
    !std::is_same_v<T, bool> && (!std::is_integral_v<T> || sizeof(T) <= sizeof(std::int32_t));

Picture padded(const Picture& picture, Size input, std::uint8_t gray) {
  Picture out(static_cast<int>(input.width), static_cast<int>(input.height), {gray, gray, gray});
  const auto row = static_cast<std::ptrdiff_t>(picture.width) * 3;
  for (int y = 0; y < picture.height; ++y) {
    const auto from = picture.rgb.begin() + row * y;
    std::copy(from, from + row, out.rgb.begin() + static_cast<std::ptrdiff_t>(out.offset(0, y)));
  }
  return out;
}

template <class T>
Result<Tensor> make_input(std::span<const Picture> pictures, const Recipe& recipe, Size size,
                          const TensorType& input) {
  TensorBuilder builder(input);
  const auto tables = tables_of<T>(recipe, input);
  auto values = builder.values<T>();
  for (const Picture& picture : pictures) {
    const auto placement = place({picture.width, picture.height}, size, recipe);
    const Picture fitted = SLIPWAY_TRY(fit(picture, placement, recipe));
    const std::size_t count = fitted.rgb.size() / 3 * tables.size();
    fill<T>(fitted, recipe, tables, values.first(count));
    values = values.subspan(count);
  }
  return std::move(builder).build();
}

/// The side of the rectangle that the cut is taken from. The bound keeps sums inside 64 bits.
std::int64_t side_before_cut(std::int64_t side, double ratio) {
  return rounded(std::min(static_cast<double>(side) / ratio, 1e7));
}

}  // namespace

Placement place(Size picture, Size input, const Recipe& recipe) {
  const auto [w, h] = picture;
  Placement out{.picture = picture, .input = input, .resized = input};
  if (recipe.fit == Fit::crop) {
    const double ratio = as_written(recipe.crop_ratio);
    const std::int64_t bw = side_before_cut(input.width, ratio);
    const std::int64_t bh = side_before_cut(input.height, ratio);
    out.resized = w * bh < h * bw ? Size{bw, std::max(scaled(h, bw, w), bh)}
                                  : Size{std::max(scaled(w, bh, h), bw), bh};
    out.left = (out.resized.width - input.width) / 2;
    out.top = (out.resized.height - input.height) / 2;
  } else if (recipe.fit == Fit::letterbox) {
    out.resized = w * input.height > h * input.width
                      ? Size{input.width, std::min(scaled(h, input.width, w), input.height)}
                      : Size{std::min(scaled(w, input.height, h), input.width), input.height};
  }
  return out;
}

Result<Size> input_size(const TensorType& input, const Recipe& recipe) {
  const Shape& shape = input.shape;
  const bool nhwc = recipe.layout == Layout::nhwc;
  if (shape.rank() != 4 || !shape.is_known()) {
    return fail(Code::invalid_input, "an input {} takes no pictures: {} is needed", shape.text(),
                nhwc ? "[N,H,W,C]" : "[N,C,H,W]");
  }
  const std::int64_t channels = shape[nhwc ? 3 : 1];
  const Size size{shape[nhwc ? 2 : 3], shape[nhwc ? 1 : 2]};
  if (channels != channels_of(recipe.color)) {
    return fail(Code::invalid_input, "an input {} in {} order has {} channels; the recipe gives {}",
                shape.text(), nhwc ? "nhwc" : "nchw", channels, channels_of(recipe.color));
  }
  if (size.width < 1 || size.height < 1 || size.width > Picture::kMaxSide ||
      size.height > Picture::kMaxSide) {
    return fail(Code::invalid_input, "an input {} takes no pictures", shape.text());
  }
  return size;
}

Result<Picture> fit(const Picture& picture, const Placement& placement, const Recipe& recipe) {
  const auto& [from, input, resized, left, top] = placement;
  const Size shown{std::min(input.width, resized.width - left),
                   std::min(input.height, resized.height - top)};
  const Window window{left, top, static_cast<int>(shown.width), static_cast<int>(shown.height)};
  auto part = SLIPWAY_TRY(resize_part(picture, resized, window, recipe.resize));
  return shown == input ? std::move(part) : padded(part, input, recipe.pad_value);
}

Result<Tensor> to_input(std::span<const Picture> pictures, const Recipe& recipe,
                        const TensorType& input) {
  SLIPWAY_TRY(check(recipe));
  const Size size = SLIPWAY_TRY(input_size(input, recipe));
  SLIPWAY_TRY(check_quant(input, recipe));
  if (static_cast<std::size_t>(input.shape[0]) != pictures.size()) {
    return fail(Code::invalid_input, "the input {} takes {} pictures at once, not {}",
                input.shape.text(), input.shape[0], pictures.size());
  }
  return visit(input.dtype, [&]<class T>(T) -> Result<Tensor> {
    if constexpr (kHoldsPictures<T>) {
      return make_input<T>(pictures, recipe, size, input);
    } else {
      return fail(Code::unsupported, "an input of {} elements takes no pictures",
                  name_of(input.dtype));
    }
  });
}

Result<Tensor> to_input(const Picture& picture, const Recipe& recipe, const TensorType& input) {
  return to_input(std::span(&picture, 1), recipe, input);
}

}  // namespace slipway
