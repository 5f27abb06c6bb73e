#include "ops/detect/nms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "ops/check.h"
#include "ops/detect/box.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

struct Candidate {
  std::size_t box;
  float score;
  std::size_t compared = 0;  // with so many of the chosen ones

  bool operator<(const Candidate& other) const {
    return score != other.score ? score < other.score : box > other.box;
  }
};

struct Thresholds {
  float overlap;
  float score;
  float sigma;
  bool keeps_equal = false;  // whether an overlap of exactly the threshold is allowed
};

/// Lets `candidate` meet the chosen boxes it has not met, the latest first. False if one hides it.
bool survives(Candidate& candidate, const std::vector<Box>& boxes,
              const std::vector<Candidate>& chosen, const Thresholds& thresholds) {
  for (std::size_t i = chosen.size(); i-- > candidate.compared;) {
    const float common = overlap(boxes[candidate.box], boxes[chosen[i].box]);
    if (common > thresholds.overlap) return false;
    if (common == thresholds.overlap && !thresholds.keeps_equal) return false;
    if (thresholds.sigma > 0)
      candidate.score *= std::exp(-0.5F / thresholds.sigma * common * common);
    if (candidate.score <= thresholds.score) break;
  }
  candidate.compared = chosen.size();
  return candidate.score > thresholds.score;
}

std::vector<Candidate> choose(const std::vector<Box>& boxes, std::span<const float> scores,
                              const Thresholds& thresholds, std::size_t most) {
  std::priority_queue<Candidate> queue;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (scores[i] > thresholds.score) queue.push({i, scores[i]});
  }
  std::vector<Candidate> chosen;
  while (!queue.empty() && chosen.size() < most) {
    Candidate candidate = queue.top();
    queue.pop();
    const float before = candidate.score;
    if (!survives(candidate, boxes, chosen, thresholds)) continue;
    if (candidate.score == before) {
      chosen.push_back(candidate);
    } else {
      queue.push(candidate);
    }
  }
  return chosen;
}

Result<float> one_real(const EvalIo& io, std::size_t i) {
  if (io.input(i).elements() != 1)
    return fail(Code::invalid_input, "input {} must be one number, not {}", i,
                io.type(i).shape.text());
  return io.in<float>(i)[0];
}

std::vector<Box> ordered(std::span<const float> corners) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i + 4 <= corners.size(); i += 4) {
    const auto [top, bottom] = std::minmax(corners[i], corners[i + 2]);
    const auto [left, right] = std::minmax(corners[i + 1], corners[i + 3]);
    boxes.push_back({top, left, bottom, right});
  }
  return boxes;
}

}  // namespace

Result<Types> NonMaxSuppressionV5::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(5, 6));
  SLIPWAY_TRY(check_rank("the boxes", inputs.type(0), 2));
  SLIPWAY_TRY(check_rank("the scores", inputs.type(1), 1));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs.has(i)) continue;
    SLIPWAY_TRY(check_dtype(fmt::format("input {}", i), inputs.type(i),
                            {i == 2 ? DType::i32 : DType::f32}));
  }
  std::int64_t most = Shape::kUnknown;
  if (inputs.value(2) != nullptr) {
    most = SLIPWAY_TRY(to_integer(*inputs.value(2)));
    if (most < 0) return fail(Code::invalid_input, "{} boxes", most);
  }
  const std::int64_t dims[] = {most};
  const auto shape = SLIPWAY_TRY(Shape::make(dims));
  Types types{TensorType{DType::i32, shape, {}}};
  if (with_scores) types.emplace_back(TensorType{DType::f32, shape, {}});
  types.emplace_back(TensorType{DType::i32, {}, {}});
  return types;
}

Cost NonMaxSuppressionV5::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> NonMaxSuppressionV5::eval(EvalIo& io) const {
  const auto& shape = io.input(0).shape();
  if (shape[1] != 4 || io.input(1).shape()[0] != shape[0]) {
    return fail(Code::invalid_input, "boxes {} and scores {}", shape.text(),
                io.input(1).shape().text());
  }
  const Thresholds thresholds{SLIPWAY_TRY(one_real(io, 3)), SLIPWAY_TRY(one_real(io, 4)),
                              io.has(5) ? SLIPWAY_TRY(one_real(io, 5)) : 0};
  const auto indices = io.out<std::int32_t>(0);
  const auto chosen = choose(ordered(io.in<float>(0)), io.in<float>(1), thresholds, indices.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    indices[i] = static_cast<std::int32_t>(chosen[i].box);
    if (with_scores) io.out<float>(1)[i] = chosen[i].score;
  }
  io.out<std::int32_t>(with_scores ? 2 : 1)[0] = static_cast<std::int32_t>(chosen.size());
  return {};
}

namespace {

/// From centre x, centre y, width and height.
std::vector<Box> centred(std::span<const float> numbers) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i + 4 <= numbers.size(); i += 4) {
    const float x = numbers[i];
    const float y = numbers[i + 1];
    const float half_width = numbers[i + 2] / 2;
    const float half_height = numbers[i + 3] / 2;
    boxes.push_back({y - half_height, x - half_width, y + half_height, x + half_width});
  }
  return boxes;
}

struct Selected {
  std::int64_t picture;
  std::int64_t category;
  Candidate candidate;
};

/// The optional number of input `i`.
Result<float> real_or(const EvalIo& io, std::size_t i, float otherwise) {
  return io.has(i) ? one_real(io, i) : Result<float>(otherwise);
}

Result<std::vector<Selected>> select(const EvalIo& io, const NonMaxSuppression& op) {
  const auto& shape = io.input(1).shape();
  const std::int64_t most =
      io.has(2) ? std::max<std::int64_t>(SLIPWAY_TRY(to_integer(io.input(2))), 0) : 0;
  Thresholds thresholds{SLIPWAY_TRY(real_or(io, 3, 0)),
                        SLIPWAY_TRY(real_or(io, 4, -std::numeric_limits<float>::infinity())),
                        SLIPWAY_TRY(real_or(io, 5, 0))};
  thresholds.keeps_equal = true;
  const auto boxes = static_cast<std::size_t>(shape[2]);
  std::vector<Selected> out;
  auto scores = io.in<float>(1);
  if (scores.empty()) return out;
  for (std::int64_t picture = 0; picture < shape[0]; ++picture) {
    const auto numbers =
        io.in<float>(0).subspan(static_cast<std::size_t>(picture) * 4 * boxes, 4 * boxes);
    const auto all = op.from_centre ? centred(numbers) : ordered(numbers);
    for (std::int64_t category = 0; category < shape[1]; ++category) {
      for (const auto& candidate :
           choose(all, scores.first(boxes), thresholds, static_cast<std::size_t>(most)))
        out.push_back({picture, category, candidate});
      scores = scores.subspan(boxes);
    }
  }
  return out;
}

}  // namespace

Result<Types> NonMaxSuppression::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 6));
  SLIPWAY_TRY(check_rank("the boxes", inputs.type(0), 3));
  SLIPWAY_TRY(check_rank("the scores", inputs.type(1), 3));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs.has(i)) continue;
    const auto what = fmt::format("input {}", i);
    if (i == 2) {
      SLIPWAY_TRY(check_dtype(what, inputs.type(i), {DType::i32, DType::i64}));
    } else {
      SLIPWAY_TRY(check_dtype(what, inputs.type(i), {DType::f32}));
    }
  }
  const std::int64_t dims[] = {Shape::kUnknown, 3};
  const auto shape = SLIPWAY_TRY(Shape::make(dims));
  Types types{TensorType{DType::i64, shape, {}}};
  if (with_scores) types.emplace_back(TensorType{DType::f32, shape, {}});
  return types;
}

Cost NonMaxSuppression::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[1].shape.elements()};
}

Result<void> NonMaxSuppression::eval(EvalIo& io) const {
  const auto& boxes = io.input(0).shape();
  const auto& scores = io.input(1).shape();
  if (boxes[2] != 4 || boxes[0] != scores[0] || boxes[1] != scores[2])
    return fail(Code::invalid_input, "boxes {} and scores {}", boxes.text(), scores.text());
  auto selected = SLIPWAY_TRY(select(io, *this));
  if (sort_by_score) {
    std::stable_sort(selected.begin(), selected.end(), [](const Selected& a, const Selected& b) {
      return a.candidate.score > b.candidate.score;
    });
  }
  const Shape shape{static_cast<std::int64_t>(selected.size()), 3};
  for (std::size_t i = 0; i < io.output_count(); ++i) io.allocate(i, shape);
  for (std::size_t i = 0; i < selected.size(); ++i) {
    const auto& [picture, category, candidate] = selected[i];
    const auto row = io.out<std::int64_t>(0).subspan(3 * i, 3);
    row[0] = picture;
    row[1] = category;
    row[2] = static_cast<std::int64_t>(candidate.box);
    if (!with_scores) continue;
    const auto scored = io.out<float>(1).subspan(3 * i, 3);
    scored[0] = static_cast<float>(picture);
    scored[1] = static_cast<float>(category);
    scored[2] = candidate.score;
  }
  return {};
}

}  // namespace slipway::ops
