#include "ops/detect/prior_box.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/check.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

struct Size {
  std::int64_t height;
  std::int64_t width;
};

/// Sizes that floats still count exactly.
constexpr std::int64_t kMaxSide = std::int64_t{1} << 24U;

Result<Size> size_of(std::string_view what, const Tensor& tensor) {
  const auto dims = SLIPWAY_TRY(to_integers(tensor));
  if (dims.size() != 2 ||
      std::ranges::any_of(dims, [](std::int64_t side) { return side < 1 || side > kMaxSide; })) {
    return fail(Code::invalid_input, "the size of {} is [{}]", what, fmt::join(dims, ","));
  }
  return Size{dims[0], dims[1]};
}

/// The type of the output: known where the size of the map is.
Result<Types> infer_priors(const KnownInputs& inputs, std::size_t per_cell,
                           const std::vector<float>& variance) {
  SLIPWAY_TRY(inputs.count(2, 2));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto what = i == 0 ? "the size of the map" : "the size of the picture";
    SLIPWAY_TRY(check_dtype(what, inputs.type(i), {DType::i32, DType::i64}));
    SLIPWAY_TRY(check_rank(what, inputs.type(i), 1));
  }
  if (per_cell == 0) return fail(Code::invalid_input, "no sizes of boxes are given");
  if (!variance.empty() && variance.size() != 1 && variance.size() != 4) {
    return fail(Code::invalid_input, "{} variances, not 1 or 4", variance.size());
  }
  std::int64_t count = Shape::kUnknown;
  if (inputs.value(0) != nullptr) {
    const auto map = SLIPWAY_TRY(size_of("the map", *inputs.value(0)));
    count = saturating_product({map.height, map.width, static_cast<std::int64_t>(per_cell), 4});
  }
  const std::int64_t dims[] = {2, count};
  return Types{TensorType{DType::f32, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

/// Makes the output where it is not there, and writes the variances.
Result<void> prepare(EvalIo& io, const Size& map, std::size_t per_cell,
                     const std::vector<float>& variance) {
  if (!io.output_type(0).is_known()) {
    const std::int64_t dims[] = {
        2, saturating_product({map.height, map.width, static_cast<std::int64_t>(per_cell), 4})};
    io.allocate(0, SLIPWAY_TRY(Shape::make(dims)));
  }
  const auto all = io.out<float>(0);
  const auto second = all.subspan(all.size() / 2);
  for (std::size_t i = 0; i < second.size(); ++i) {
    second[i] = variance.empty() ? 0.1F : variance.size() == 1 ? variance[0] : variance[i % 4];
  }
  return {};
}

void clip_all(std::span<float> boxes) {
  for (auto& x : boxes) x = std::min(std::max(x, 0.0F), 1.0F);
}

}  // namespace

Result<Types> PriorBoxClustered::infer(const KnownInputs& inputs) const {
  if (width.size() != height.size()) {
    return fail(Code::invalid_input, "{} widths and {} heights", width.size(), height.size());
  }
  return infer_priors(inputs, width.size(), variance);
}

Cost PriorBoxClustered::cost(std::span<const TensorType>) const { return {}; }

Result<void> PriorBoxClustered::eval(EvalIo& io) const {
  const auto map = SLIPWAY_TRY(size_of("the map", io.input(0)));
  const auto picture = SLIPWAY_TRY(size_of("the picture", io.input(1)));
  SLIPWAY_TRY(prepare(io, map, width.size(), variance));
  const auto picture_width = static_cast<float>(picture.width);
  const auto picture_height = static_cast<float>(picture.height);
  float across = step_w == 0 ? step : step_w;
  float down = step_h == 0 ? step : step_h;
  if (across == 0 && down == 0) {
    across = picture_width / static_cast<float>(map.width);
    down = picture_height / static_cast<float>(map.height);
  }
  const auto out = io.out<float>(0);
  std::size_t at = 0;
  for (std::int64_t row = 0; row < map.height; ++row) {
    for (std::int64_t column = 0; column < map.width; ++column) {
      const float x = (static_cast<float>(column) + offset) * across;
      const float y = (static_cast<float>(row) + offset) * down;
      for (std::size_t i = 0; i < width.size(); ++i) {
        out[at++] = (x - width[i] / 2) / picture_width;
        out[at++] = (y - height[i] / 2) / picture_height;
        out[at++] = (x + width[i] / 2) / picture_width;
        out[at++] = (y + height[i] / 2) / picture_height;
      }
    }
  }
  if (clip) clip_all(out.first(at));
  return {};
}

namespace {

/// A box of one cell: where its centre lies from the cell's, and half its sides, in pixels.
struct CellBox {
  float x;
  float y;
  float half_width;
  float half_height;
  bool clip = false;
};

/// 1, the given ratios, and their inverses, each once.
std::vector<float> ratios_of(const PriorBox& op) {
  std::vector<float> ratios = {1};
  for (const float ratio : op.aspect_ratio) {
    const bool known =
        std::ranges::any_of(ratios, [&](float other) { return std::abs(ratio - other) < 1e-6F; });
    if (known) continue;
    ratios.push_back(ratio);
    if (op.flip) ratios.push_back(1 / ratio);
  }
  return ratios;
}

bool is_one(float ratio) { return std::abs(ratio - 1) < 1e-6F; }

void add_fixed(const PriorBox& op, const std::vector<float>& ratios, std::vector<CellBox>& out) {
  for (std::size_t s = 0; s < op.fixed_size.size(); ++s) {
    const float whole = std::trunc(op.fixed_size[s]);
    const auto density = static_cast<std::int64_t>(op.density[s]);
    const float shift = std::trunc(op.fixed_size[s] / static_cast<float>(density));
    const auto add_grid = [&](float half_width, float half_height) {
      const float start = shift / 2 - std::trunc(whole / 2);
      for (std::int64_t r = 0; r < density; ++r) {
        for (std::int64_t c = 0; c < density; ++c) {
          out.push_back({start + static_cast<float>(c) * shift,
                         start + static_cast<float>(r) * shift, half_width, half_height, true});
        }
      }
    };
    if (op.fixed_ratio.empty()) add_grid(whole * 0.5F, whole * 0.5F);
    for (const float ratio : op.fixed_ratio.empty() ? ratios : op.fixed_ratio) {
      if (op.fixed_ratio.empty() && is_one(ratio)) continue;
      const float root = std::sqrt(ratio);
      add_grid(op.fixed_size[s] * 0.5F * root, op.fixed_size[s] * 0.5F / root);
    }
  }
}

/// The boxes by min and max sizes; `scale` is what min sizes are parts of.
void add_scaled(const PriorBox& op, const std::vector<float>& ratios, float scale,
                std::vector<CellBox>& out) {
  for (std::size_t i = 0; i < op.min_size.size(); ++i) {
    const float size = op.min_size[i] * scale;
    out.push_back({0, 0, size * 0.5F, size * 0.5F});
    const auto add_max = [&] {
      if (i >= op.max_size.size()) return;
      const float half = std::sqrt(size * op.max_size[i]) * 0.5F;
      out.push_back({0, 0, half, half});
    };
    if (op.min_max_aspect_ratios_order) add_max();
    if (op.scale_all_sizes || i + 1 == op.min_size.size()) {
      const float base = op.scale_all_sizes ? size : op.min_size[0] * scale;
      for (const float ratio : ratios) {
        if (is_one(ratio)) continue;
        const float root = std::sqrt(ratio);
        out.push_back({0, 0, base * 0.5F * root, base * 0.5F / root});
      }
    }
    if (!op.min_max_aspect_ratios_order) add_max();
  }
}

/// Errors  invalid_input: sizes, ratios or densities that mean nothing
Result<void> check_attributes(const PriorBox& op) {
  const auto all_positive = [](const std::vector<float>& values) {
    return std::ranges::all_of(values, [](float x) { return std::isfinite(x) && x > 0; });
  };
  if (!all_positive(op.min_size) || !all_positive(op.max_size) || !all_positive(op.fixed_size) ||
      !all_positive(op.aspect_ratio) || !all_positive(op.fixed_ratio)) {
    return fail(Code::invalid_input, "a size or ratio that is not above 0");
  }
  if (op.density.size() != op.fixed_size.size()) {
    return fail(Code::invalid_input, "{} densities for {} fixed sizes", op.density.size(),
                op.fixed_size.size());
  }
  if (!std::ranges::all_of(op.density, [](float d) { return d >= 1 && d <= 64; })) {
    return fail(Code::invalid_input, "a density outside 1..64");
  }
  return {};
}

std::vector<CellBox> boxes_of(const PriorBox& op, float picture_height) {
  const auto ratios = ratios_of(op);
  std::vector<CellBox> boxes;
  add_fixed(op, ratios, boxes);
  add_scaled(op, ratios, op.scale_all_sizes ? 1 : picture_height, boxes);
  return boxes;
}

}  // namespace

Result<Types> PriorBox::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(check_attributes(*this));
  return infer_priors(inputs, boxes_of(*this, 1).size(), variance);
}

Cost PriorBox::cost(std::span<const TensorType>) const { return {}; }

Result<void> PriorBox::eval(EvalIo& io) const {
  const auto map = SLIPWAY_TRY(size_of("the map", io.input(0)));
  const auto picture = SLIPWAY_TRY(size_of("the picture", io.input(1)));
  const auto picture_width = static_cast<float>(picture.width);
  const auto picture_height = static_cast<float>(picture.height);
  const auto boxes = boxes_of(*this, picture_height);
  SLIPWAY_TRY(prepare(io, map, boxes.size(), variance));
  float pixels = step;
  if (!scale_all_sizes) {
    pixels = step == -1 ? picture_height / static_cast<float>(map.height) : step * picture_height;
  }
  const float across = pixels == 0 ? picture_width / static_cast<float>(map.width) : pixels;
  const float down = pixels == 0 ? picture_height / static_cast<float>(map.height) : pixels;
  const float start = pixels == 0 ? 0.5F : offset;
  const auto out = io.out<float>(0);
  std::size_t at = 0;
  for (std::int64_t row = 0; row < map.height; ++row) {
    for (std::int64_t column = 0; column < map.width; ++column) {
      for (const auto& box : boxes) {
        const float x = (static_cast<float>(column) + start) * across + box.x;
        const float y = (static_cast<float>(row) + start) * down + box.y;
        const float corners[] = {
            (x - box.half_width) / picture_width, (y - box.half_height) / picture_height,
            (x + box.half_width) / picture_width, (y + box.half_height) / picture_height};
        const auto place = out.subspan(at, 4);
        std::copy(std::begin(corners), std::end(corners), place.begin());
        if (box.clip) {
          for (const std::size_t i : {0U, 1U}) place[i] = std::max(place[i], 0.0F);
          for (const std::size_t i : {2U, 3U}) place[i] = std::min(place[i], 1.0F);
        }
        if (clip) clip_all(place);
        at += 4;
      }
    }
  }
  return {};
}

}  // namespace slipway::ops
