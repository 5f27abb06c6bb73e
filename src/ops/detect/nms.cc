#include "ops/detect/nms.h"

#include <cmath>
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
};

/// Lets `candidate` meet the chosen boxes it has not met, the latest first. False if one hides it.
bool survives(Candidate& candidate, const std::vector<Box>& boxes,
              const std::vector<Candidate>& chosen, const Thresholds& thresholds) {
  for (std::size_t i = chosen.size(); i-- > candidate.compared;) {
    const float common = overlap(boxes[candidate.box], boxes[chosen[i].box]);
    if (common >= thresholds.overlap) return false;
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

}  // namespace slipway::ops
