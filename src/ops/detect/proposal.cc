#include "ops/detect/proposal.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/check.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

/// left, top, right, bottom
struct Region {
  float x0;
  float y0;
  float x1;
  float y1;
};

struct Candidate {
  Region region;
  float score;
};

/// What a picture's input says, in the op's order of x and y.
struct Picture {
  float width;
  float height;
  float least_width;
  float least_height;
};

/// How much longer a side is than the distance of its ends.
float last_pixel(const Proposal& op) { return op.pixels ? 1.0F : 0.0F; }

std::vector<Region> anchors_of(const Proposal& op) {
  const auto base = static_cast<float>(op.base_size);
  const float more = last_pixel(op);
  const float middle = op.pixels ? 0.5F * (base - more) : 0;
  std::vector<Region> anchors;
  for (const float ratio : op.ratio) {
    float width = std::sqrt(base * base / ratio);
    if (op.pixels) width = std::round(width);
    float height = width * ratio;
    if (op.pixels) height = std::round(height);
    for (const float scale : op.scale) {
      const float x = 0.5F * (width * scale - more);
      const float y = 0.5F * (height * scale - more);
      anchors.push_back({middle - x, middle - y, middle + x, middle + y});
    }
  }
  return anchors;
}

Region clipped(const Region& r, float width, float height) {
  const auto inside = [](float x, float size) { return std::max(0.0F, std::min(x, size)); };
  return {inside(r.x0, width), inside(r.y0, height), inside(r.x1, width), inside(r.y1, height)};
}

/// The anchor of a cell, moved and stretched by its four deltas.
Region moved(Region anchor, std::span<const float> deltas, const Picture& picture,
             const Proposal& op) {
  if (!op.pixels) anchor = clipped(anchor, picture.width, picture.height);
  const float more = last_pixel(op);
  const float width = anchor.x1 - anchor.x0 + more;
  const float height = anchor.y1 - anchor.y0 + more;
  const float x = deltas[0] / op.box_coordinate_scale * width + (anchor.x0 + 0.5F * width);
  const float y = deltas[1] / op.box_coordinate_scale * height + (anchor.y0 + 0.5F * height);
  const float half_width = 0.5F * (std::exp(deltas[2] / op.box_size_scale) * width);
  const float half_height = 0.5F * (std::exp(deltas[3] / op.box_size_scale) * height);
  const Region out = {x - half_width, y - half_height, x + half_width, y + half_height};
  if (!op.clip_before_nms) return out;
  return clipped(out, picture.width - more, picture.height - more);
}

/// All anchors of all cells of picture `n`.
std::vector<Candidate> candidates_of(const EvalIo& io, std::int64_t n, const Picture& picture,
                                     const Proposal& op) {
  const auto& shape = io.input(0).shape();
  const auto anchors = anchors_of(op);
  const auto count = anchors.size();
  const auto cells = static_cast<std::size_t>(shape[1] * shape[2]);
  const auto from = static_cast<std::size_t>(n) * cells;
  const float more = last_pixel(op);
  std::vector<Candidate> out;
  out.reserve(cells * count);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const auto row = static_cast<std::int64_t>(cell) / shape[2];
    const auto column = static_cast<std::int64_t>(cell) % shape[2];
    const auto stride = static_cast<float>(op.feat_stride);
    const float x = static_cast<float>(op.pixels ? column : row) * stride;
    const float y = static_cast<float>(op.pixels ? row : column) * stride;
    const auto scores = io.in<float>(0).subspan((from + cell) * 2 * count + count, count);
    const auto deltas = io.in<float>(1).subspan((from + cell) * 4 * count, 4 * count);
    for (std::size_t a = 0; a < count; ++a) {
      const auto& anchor = anchors[a];
      const Region region = moved({anchor.x0 + x, anchor.y0 + y, anchor.x1 + x, anchor.y1 + y},
                                  deltas.subspan(4 * a, 4), picture, op);
      const bool large = region.x1 - region.x0 + more >= picture.least_width &&
                         region.y1 - region.y0 + more >= picture.least_height;
      out.push_back({region, large ? scores[a] : 0.0F});
    }
  }
  return out;
}

float common_part(const Region& a, const Region& b, float more) {
  if (a.x0 > b.x1 || a.y0 > b.y1 || b.x0 > a.x1 || b.y0 > a.y1) return 0;
  const auto area = [&](const Region& r) { return (r.x1 - r.x0 + more) * (r.y1 - r.y0 + more); };
  const float width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0) + more;
  const float height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0) + more;
  const float both = std::max(width, 0.0F) * std::max(height, 0.0F);
  return both / (area(a) + area(b) - both);
}

/// The best that overlap no better one.
std::vector<Candidate> best_of(std::vector<Candidate> all, const Proposal& op) {
  const auto key = [](const Candidate& c) {
    return std::isnan(c.score) ? -std::numeric_limits<float>::infinity() : c.score;
  };
  std::ranges::stable_sort(all, std::greater<>(), key);
  if (static_cast<std::int64_t>(all.size()) > op.pre_nms_topn)
    all.resize(static_cast<std::size_t>(op.pre_nms_topn));
  std::vector<Candidate> best;
  for (const auto& candidate : all) {
    if (static_cast<std::int64_t>(best.size()) == op.post_nms_topn) break;
    const bool hidden = std::ranges::any_of(best, [&](const Candidate& better) {
      return common_part(better.region, candidate.region, last_pixel(op)) > op.nms_threshold;
    });
    if (!hidden) best.push_back(candidate);
  }
  return best;
}

/// The rows of one picture.
void write_rows(const std::vector<Candidate>& best, float n, const Picture& picture,
                const Proposal& op, std::span<float> rows) {
  for (std::size_t i = 0; i < best.size(); ++i) {
    Region r = best[i].region;
    if (op.clip_after_nms) r = clipped(r, picture.width, picture.height);
    const float width = op.normalize ? picture.width : 1;
    const float height = op.normalize ? picture.height : 1;
    const float row[] = {n, r.x0 / width, r.y0 / height, r.x1 / width, r.y1 / height};
    std::ranges::copy(row, rows.subspan(5 * i).begin());
  }
  if (rows.size() > 5 * best.size()) rows[5 * best.size()] = -1;
}

bool differ(std::int64_t a, std::int64_t b) {
  return a != Shape::kUnknown && b != Shape::kUnknown && a != b;
}

Result<void> check_sizes(const Proposal& op) {
  const std::pair<const char*, std::int64_t> sizes[] = {{"base_size", op.base_size},
                                                        {"feat_stride", op.feat_stride},
                                                        {"pre_nms_topn", op.pre_nms_topn},
                                                        {"post_nms_topn", op.post_nms_topn}};
  for (const auto& [name, size] : sizes) {
    if (size < 1 || size > INT32_MAX) return fail(Code::invalid_input, "{} is {}", name, size);
  }
  if (op.min_size < 0 || op.min_size > INT32_MAX)
    return fail(Code::invalid_input, "min_size is {}", op.min_size);
  if (op.ratio.empty() || op.scale.empty()) return fail(Code::invalid_input, "no anchors");
  constexpr std::size_t kMost = 4096;
  if (op.ratio.size() > kMost || op.scale.size() > kMost)
    return fail(Code::invalid_input, "{} ratios and {} scales", op.ratio.size(), op.scale.size());
  const auto positive = [](float x) { return x > 0 && std::isfinite(x); };
  if (!std::ranges::all_of(op.ratio, positive) || !std::ranges::all_of(op.scale, positive) ||
      !positive(op.box_coordinate_scale) || !positive(op.box_size_scale))
    return fail(Code::invalid_input, "a ratio or scale that is not above 0");
  return {};
}

}  // namespace

Result<Types> Proposal::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_sizes(*this));
  for (std::size_t i = 0; i < 3; ++i) {
    SLIPWAY_TRY(check_dtype(fmt::format("input {}", i), inputs.type(i), {DType::f32}));
    SLIPWAY_TRY(check_rank(fmt::format("input {}", i), inputs.type(i), i < 2 ? 4 : 1));
  }
  const auto& scores = inputs.type(0).shape;
  const auto& deltas = inputs.type(1).shape;
  const auto anchors = static_cast<std::int64_t>(ratio.size() * scale.size());
  bool fits = !differ(scores[3], 2 * anchors) && !differ(deltas[3], 4 * anchors);
  for (std::size_t d = 0; d < 3; ++d) fits = fits && !differ(scores[d], deltas[d]);
  if (!fits) {
    return fail(Code::invalid_input, "scores {} and deltas {} of {} anchors do not fit each other",
                scores.text(), deltas.text(), anchors);
  }
  const auto& picture = inputs.type(2).shape;
  if (differ(picture[0], 3) && differ(picture[0], 4))
    return fail(Code::invalid_input, "a picture of {}, not of 3 or 4 numbers", picture.text());
  const auto rows = scores[0] == Shape::kUnknown ? Shape::kUnknown
                                                 : saturating_product({scores[0], post_nms_topn});
  const std::int64_t dims[] = {rows, 5};
  Types types{TensorType{DType::f32, SLIPWAY_TRY(Shape::make(dims)), {}}};
  if (with_scores)
    types.emplace_back(TensorType{DType::f32, SLIPWAY_TRY(Shape::make(std::span(&rows, 1))), {}});
  return types;
}

Cost Proposal::cost(std::span<const TensorType> inputs) const {
  return {.ops = saturating_product({8, inputs[1].shape.elements()})};
}

Result<void> Proposal::eval(EvalIo& io) const {
  const auto numbers = io.in<float>(2);
  if (numbers.size() < 3)
    return fail(Code::invalid_input, "a picture of {} numbers", numbers.size());
  Picture picture = {numbers[1], numbers[0], static_cast<float>(min_size) * numbers.back(),
                     static_cast<float>(min_size) * numbers[2]};
  if (!pixels) std::swap(picture.width, picture.height);
  const auto most = static_cast<std::size_t>(post_nms_topn);
  for (std::int64_t n = 0; n < io.input(0).shape()[0]; ++n) {
    const auto best = best_of(candidates_of(io, n, picture, *this), *this);
    const auto first = static_cast<std::size_t>(n) * most;
    write_rows(best, static_cast<float>(n), picture, *this,
               io.out<float>(0).subspan(5 * first, 5 * most));
    for (std::size_t i = 0; with_scores && i < best.size(); ++i)
      io.out<float>(1)[first + i] = best[i].score;
  }
  return {};
}

}  // namespace slipway::ops
