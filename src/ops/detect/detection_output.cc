#include "ops/detect/detection_output.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "ops/check.h"
#include "ops/detect/box.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

/// How many of what: pictures, priors and classes.
struct Sizes {
  std::int64_t pictures;
  std::int64_t priors;
  std::int64_t classes;
  std::int64_t rows;  // per picture
};

std::int64_t prior_size(const DetectionOutput& op) { return op.normalized ? 4 : 5; }

/// Errors  invalid_input: shapes that do not fit
Result<Sizes> sizes_of(const DetectionOutput& op, std::span<const Shape> shapes) {
  const auto& boxes = shapes[0];
  const auto& scores = shapes[1];
  const auto& priors = shapes[2];
  Sizes sizes{boxes[0], priors[2] / prior_size(op), 0, 0};
  const auto misfit = [&] {
    return fail(Code::invalid_input, "boxes {}, scores {} and priors {} do not fit each other",
                boxes.text(), scores.text(), priors.text());
  };
  if (sizes.priors < 1 || priors[2] % prior_size(op) != 0 || scores[1] % sizes.priors != 0) {
    return misfit();
  }
  sizes.classes = scores[1] / sizes.priors;
  const std::int64_t per_prior = op.share_location ? 4 : saturating_product({sizes.classes, 4});
  const bool fits = sizes.classes >= 1 && scores[0] == sizes.pictures &&
                    boxes[1] == saturating_product({sizes.priors, per_prior}) &&
                    (priors[0] == 1 || priors[0] == sizes.pictures) &&
                    priors[1] == (op.variance_encoded_in_target ? 1 : 2);
  if (!fits) return misfit();
  if (shapes.size() == 5) {
    const std::int64_t arm_scores[] = {sizes.pictures, saturating_product({sizes.priors, 2})};
    if (!std::ranges::equal(shapes[3], arm_scores) || shapes[4] != boxes) {
      return fail(Code::invalid_input, "arm scores {} and arm boxes {} do not fit boxes {}",
                  shapes[3].text(), shapes[4].text(), boxes.text());
    }
  }
  sizes.rows = op.keep_top_k >= 0 ? op.keep_top_k
               : op.top_k >= 0    ? saturating_product({op.top_k, sizes.classes})
                                  : saturating_product({sizes.priors, sizes.classes});
  return sizes;
}

Result<void> check_attributes(const DetectionOutput& op, bool with_arm) {
  if (op.top_k < -1 || op.keep_top_k < -1) {
    return fail(Code::invalid_input, "a limit of {} before and {} after suppression", op.top_k,
                op.keep_top_k);
  }
  if (op.normalized) return {};
  if (op.input_height < 1 || op.input_width < 1) {
    return fail(Code::invalid_input, "priors of a picture of {} x {}", op.input_width,
                op.input_height);
  }
  if (with_arm) return fail(Code::unsupported, "five inputs with priors that are not normalized");
  return {};
}

Box clipped(const Box& box) {
  const auto clip = [](float x) { return std::max(0.0F, std::min(1.0F, x)); };
  return {clip(box.top), clip(box.left), clip(box.bottom), clip(box.right)};
}

/// Four numbers: left, top, right and bottom, whatever they stand for.
using Four = std::span<const float>;

Box decode(const DetectionOutput& op, const Box& prior, Four variance, Four code) {
  const auto coded = [&](std::size_t i) {
    return op.variance_encoded_in_target ? code[i] : variance[i] * code[i];
  };
  if (op.code_type == BoxCode::corner) {
    return {prior.top + coded(1), prior.left + coded(0), prior.bottom + coded(3),
            prior.right + coded(2)};
  }
  const float width = prior.right - prior.left;
  const float height = prior.bottom - prior.top;
  const float x = coded(0) * width + (prior.left + prior.right) / 2;
  const float y = coded(1) * height + (prior.top + prior.bottom) / 2;
  const float new_width = std::exp(coded(2)) * width;
  const float new_height = std::exp(coded(3)) * height;
  return {y - new_height / 2, x - new_width / 2, y + new_height / 2, x + new_width / 2};
}

/// What the network says of one picture.
class Picture {
 public:
  Picture(const DetectionOutput& op, const Sizes& sizes, const EvalIo& io, std::int64_t n)
      : op_(op), sizes_(sizes) {
    boxes_ = row(io, 0, n);
    scores_ = row(io, 1, n);
    priors_ = row(io, 2, io.type(2).shape[0] == 1 ? 0 : n);
    if (!io.has(3)) return;
    arm_scores_ = row(io, 3, n);
    arm_boxes_ = row(io, 4, n);
  }

  [[nodiscard]] float score(std::int64_t prior, std::int64_t label) const {
    if (!arm_scores_.empty() &&
        arm_scores_[static_cast<std::size_t>(prior * 2 + 1)] < op_.objectness_score) {
      return label == op_.background_label_id ? 1 : 0;
    }
    return scores_[static_cast<std::size_t>(prior * sizes_.classes + label)];
  }

  [[nodiscard]] Box box(std::int64_t prior, std::int64_t label) const {
    Box start = prior_box(prior);
    if (!arm_boxes_.empty()) start = decoded(arm_boxes_, start, prior, label);
    return decoded(boxes_, start, prior, label);
  }

 private:
  static std::span<const float> row(const EvalIo& io, std::size_t input, std::int64_t n) {
    const auto all = io.in<float>(input);
    const auto size = all.size() / static_cast<std::size_t>(io.type(input).shape[0]);
    return all.subspan(static_cast<std::size_t>(n) * size, size);
  }

  [[nodiscard]] Box prior_box(std::int64_t prior) const {
    const auto at = static_cast<std::size_t>(prior * prior_size(op_));
    if (op_.normalized) {
      return {priors_[at + 1], priors_[at], priors_[at + 3], priors_[at + 2]};
    }
    const auto width = static_cast<float>(op_.input_width);
    const auto height = static_cast<float>(op_.input_height);
    return {priors_[at + 2] / height, priors_[at + 1] / width, priors_[at + 4] / height,
            priors_[at + 3] / width};
  }

  [[nodiscard]] Box decoded(std::span<const float> codes, const Box& start, std::int64_t prior,
                            std::int64_t label) const {
    const auto at = op_.share_location ? prior * 4 : (prior * sizes_.classes + label) * 4;
    // Variances have four numbers even where priors have five.
    const auto variance_at = sizes_.priors * prior_size(op_) + prior * 4;
    const auto variance = op_.variance_encoded_in_target
                              ? Four()
                              : priors_.subspan(static_cast<std::size_t>(variance_at), 4);
    const auto code = codes.subspan(static_cast<std::size_t>(at), 4);
    const Box box = decode(op_, start, variance, code);
    return op_.clip_before_nms ? clipped(box) : box;
  }

  const DetectionOutput& op_;
  const Sizes& sizes_;
  std::span<const float> boxes_;
  std::span<const float> scores_;
  std::span<const float> priors_;
  std::span<const float> arm_scores_;
  std::span<const float> arm_boxes_;
};

struct Candidate {
  std::int64_t label;
  std::int64_t prior;
  float score;
  Box box = {};

  /// Better scores first, then earlier priors, then earlier labels.
  bool operator<(const Candidate& other) const {
    if (score != other.score) return score > other.score;
    return prior != other.prior ? prior < other.prior : label < other.label;
  }
};

/// The best `most` of them, best first; -1: all.
void keep_best(std::vector<Candidate>& candidates, std::int64_t most) {
  std::sort(candidates.begin(), candidates.end());
  if (most >= 0 && static_cast<std::size_t>(most) < candidates.size()) {
    candidates.resize(static_cast<std::size_t>(most));
  }
}

/// Appends those candidates, best first, that overlap no better one of their class too much.
void suppress(const DetectionOutput& op, std::vector<Candidate> candidates,
              std::vector<Candidate>& kept) {
  const std::size_t first = kept.size();
  for (const auto& candidate : candidates) {
    const auto hides = [&](const Candidate& better) {
      return better.label == candidate.label &&
             overlap(candidate.box, better.box) > op.nms_threshold;
    };
    if (std::none_of(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end(), hides)) {
      kept.push_back(candidate);
    }
  }
}

/// Each class for itself.
std::vector<Candidate> by_class(const DetectionOutput& op, const Sizes& sizes,
                                const Picture& picture) {
  std::vector<Candidate> kept;
  for (std::int64_t label = 0; label < sizes.classes; ++label) {
    if (label == op.background_label_id) continue;
    std::vector<Candidate> candidates;
    for (std::int64_t prior = 0; prior < sizes.priors; ++prior) {
      const float score = picture.score(prior, label);
      if (score > op.confidence_threshold) candidates.push_back({label, prior, score});
    }
    keep_best(candidates, op.top_k);
    for (auto& candidate : candidates) candidate.box = picture.box(candidate.prior, label);
    suppress(op, std::move(candidates), kept);
  }
  return kept;
}

/// Each prior in its best class only.
std::vector<Candidate> by_prior(const DetectionOutput& op, const Sizes& sizes,
                                const Picture& picture) {
  std::vector<Candidate> candidates;
  for (std::int64_t prior = 0; prior < sizes.priors; ++prior) {
    Candidate best{0, prior, -1};
    for (std::int64_t label = 1; label < sizes.classes; ++label) {
      if (label == op.background_label_id) continue;
      const float score = picture.score(prior, label);
      if (score > best.score) best = {label, prior, score};
    }
    if (best.label > 0 && best.score >= op.confidence_threshold) candidates.push_back(best);
  }
  keep_best(candidates, op.top_k);
  for (auto& candidate : candidates) candidate.box = picture.box(candidate.prior, candidate.label);
  std::vector<Candidate> kept;
  suppress(op, std::move(candidates), kept);
  return kept;
}

std::vector<Candidate> found_in(const DetectionOutput& op, const Sizes& sizes,
                                const Picture& picture) {
  auto found = op.decrease_label_id ? by_prior(op, sizes, picture) : by_class(op, sizes, picture);
  keep_best(found, op.keep_top_k);
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.label < b.label; });
  return found;
}

}  // namespace

Result<Types> DetectionOutput::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 5));
  const bool with_arm = inputs.has(3);
  if (with_arm != inputs.has(4)) return fail(Code::invalid_input, "arm scores need arm boxes");
  SLIPWAY_TRY(check_attributes(*this, with_arm));
  static constexpr std::string_view kWhat[] = {"the boxes", "the scores", "the priors",
                                               "the arm scores", "the arm boxes"};
  std::vector<Shape> shapes;
  bool known = true;
  for (std::size_t i = 0; i < (with_arm ? 5U : 3U); ++i) {
    SLIPWAY_TRY(check_dtype(kWhat[i], inputs.type(i), {DType::f32}));
    SLIPWAY_TRY(check_rank(kWhat[i], inputs.type(i), i == 2 ? 3 : 2));
    known = known && inputs.type(i).is_known();
    shapes.push_back(inputs.type(i).shape);
  }
  std::int64_t rows = Shape::kUnknown;
  if (known) {
    const auto sizes = SLIPWAY_TRY(sizes_of(*this, shapes));
    rows = saturating_product({sizes.pictures, sizes.rows});
  } else if (keep_top_k >= 0 && shapes[0][0] != Shape::kUnknown) {
    rows = saturating_product({shapes[0][0], keep_top_k});
  }
  const std::int64_t dims[] = {1, 1, rows, 7};
  return Types{TensorType{DType::f32, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

Cost DetectionOutput::cost(std::span<const TensorType> inputs) const {
  const std::int64_t scores = inputs[1].shape.elements();
  const std::int64_t priors = std::max<std::int64_t>(inputs[2].shape[2] / prior_size(*this), 1);
  const std::int64_t rivals = top_k < 0 ? priors : std::min(top_k, priors);
  // In the worst case every box meets every better one of its class.
  return {.ops = saturating_product({scores / priors + 1, rivals, rivals / 2 + 1})};
}

Result<void> DetectionOutput::eval(EvalIo& io) const {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < 5 && io.has(i); ++i) shapes.push_back(io.type(i).shape);
  const auto sizes = SLIPWAY_TRY(sizes_of(*this, shapes));
  if (!io.output_type(0).is_known()) {
    const std::int64_t dims[] = {1, 1, saturating_product({sizes.pictures, sizes.rows}), 7};
    io.allocate(0, SLIPWAY_TRY(Shape::make(dims)));
  }
  const auto out = io.out<float>(0);
  std::size_t at = 0;
  for (std::int64_t n = 0; n < sizes.pictures; ++n) {
    for (const auto& found : found_in(*this, sizes, Picture(*this, sizes, io, n))) {
      if (at + 7 > out.size()) return {};
      const Box box = clip_after_nms ? clipped(found.box) : found.box;
      const float row[] = {static_cast<float>(n),
                           static_cast<float>(decrease_label_id ? found.label - 1 : found.label),
                           found.score,
                           box.left,
                           box.top,
                           box.right,
                           box.bottom};
      std::copy(std::begin(row), std::end(row), &out[at]);
      at += 7;
    }
  }
  if (at < out.size()) out[at] = -1;
  return {};
}

}  // namespace slipway::ops
