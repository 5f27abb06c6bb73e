#include "engine/detect_steps.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/places.h"

namespace slipway::engine {
namespace {

struct Box {
  float top;
  float left;
  float bottom;
  float right;
};

float larger(float a, float b) { return a < b ? b : a; }

float smaller(float a, float b) { return b < a ? b : a; }

/// The common area over the area of both together; 0 if one of them is empty.
float overlap(const Box& a, const Box& b) {
  const float a_area = (a.bottom - a.top) * (a.right - a.left);
  const float b_area = (b.bottom - b.top) * (b.right - b.left);
  if (a_area <= 0 || b_area <= 0) return 0;
  const float height = larger(smaller(a.bottom, b.bottom) - larger(a.top, b.top), 0.0F);
  const float width = larger(smaller(a.right, b.right) - larger(a.left, b.left), 0.0F);
  return height * width / (a_area + b_area - height * width);
}

// --- DetectionPostProcess ------------------------------------------------------------------------

struct Detection {
  std::int32_t box;
  std::int32_t label;
  float score;
};

/// What one run needs besides its inputs and outputs.
struct DetectRoom {
  Box* boxes;
  float* scores;        // of each box, in one class or its best one
  std::int32_t* order;  // of boxes
  std::int32_t* kept;
  Detection* found;
  std::int32_t* labels;
};

DetectRoom room_of(const DetectStep& step, std::byte* at) {
  const auto boxes = static_cast<std::size_t>(step.boxes);
  DetectRoom room{};
  const auto take = [&]<class T>(T*& to, std::size_t count) {
    to = reinterpret_cast<T*>(at);
    at += count * sizeof(T);
  };
  take(room.boxes, boxes);
  take(room.scores, boxes);
  take(room.order, boxes);
  take(room.kept, boxes);
  take(room.found, static_cast<std::size_t>(step.max_detections) + boxes);
  take(room.labels, static_cast<std::size_t>(step.classes));
  return room;
}

/// Those boxes whose score, where there is one already, reaches the threshold.
void decode(const DetectStep& step, const float* code, const float* anchor, const float* scores,
            Box* out) {
  for (int i = 0; i < step.boxes; ++i, code += step.box_width, anchor += 4) {
    if (scores != nullptr && !(scores[i] >= step.score_threshold)) continue;
    const auto coded = [&](int k) {
      return static_cast<double>(code[k]) / static_cast<double>(step.scale[k]);
    };
    const auto at = [&](int k) { return static_cast<double>(anchor[k]); };
    const auto y = static_cast<float>(coded(0) * at(2) + at(0));
    const auto x = static_cast<float>(coded(1) * at(3) + at(1));
    const auto half_height = static_cast<float>(0.5 * std::exp(coded(2)) * at(2));
    const auto half_width = static_cast<float>(0.5 * std::exp(coded(3)) * at(3));
    out[i] = {y - half_height, x - half_width, y + half_height, x + half_width};
  }
}

/// The boxes that survive, best first; how many.
int survivors(const DetectStep& step, const DetectRoom& room, int most) {
  int count = 0;
  for (int i = 0; i < step.boxes; ++i)
    if (room.scores[i] >= step.score_threshold) room.order[count++] = i;
  // Often a few of thousands are enough: a heap gives them one by one.
  const auto stands_behind = [&](std::int32_t a, std::int32_t b) {
    return room.scores[a] != room.scores[b] ? room.scores[a] < room.scores[b] : a > b;
  };
  std::make_heap(room.order, room.order + count, stands_behind);
  int kept = 0;
  for (; count > 0 && kept < most; --count) {
    const std::int32_t best = room.order[0];
    std::pop_heap(room.order, room.order + count, stands_behind);
    bool hidden = false;
    for (int k = 0; k < kept && !hidden; ++k)
      hidden = overlap(room.boxes[room.kept[k]], room.boxes[best]) > step.iou_threshold;
    if (!hidden) room.kept[kept++] = best;
  }
  return kept;
}

/// Whether class a stands before class b: scores that are no numbers are worse than all others.
bool stands_before(const float* scores, std::int32_t a, std::int32_t b) {
  const bool a_is_none = std::isnan(scores[a]);
  const bool b_is_none = std::isnan(scores[b]);
  if (a_is_none || b_is_none) return a_is_none == b_is_none ? a < b : b_is_none;
  return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
}

const float* scores_of(const DetectStep& step, const float* scores, int box) {
  return scores + std::int64_t{box} * step.score_width + step.score_width - step.classes;
}

/// The largest score that is a number, or one that is none.
float best_of(const float* scores, std::int32_t classes) {
  constexpr std::int32_t kParts = 16;
  float parts[kParts];
  for (float& part : parts) part = -HUGE_VALF;
  std::int32_t c = 0;
  for (; c + kParts <= classes; c += kParts) {
    for (std::int32_t i = 0; i < kParts; ++i)
      parts[i] = parts[i] < scores[c + i] ? scores[c + i] : parts[i];
  }
  for (; c < classes; ++c) parts[0] = larger(parts[0], scores[c]);
  for (const float part : parts) parts[0] = larger(parts[0], part);
  if (parts[0] > -HUGE_VALF) return parts[0];
  const float* end = scores + classes;
  return std::find(scores, end, -HUGE_VALF) != end ? -HUGE_VALF : scores[0];
}

/// Boxes compete with their best class; how many places are filled.
int detect_fast(const DetectStep& step, const DetectRoom& room, const float* scores,
                float* out_boxes, float* out_classes, float* out_scores) {
  const int kept = survivors(step, room, step.max_detections);
  for (int k = 0; k < kept; ++k) {
    const float* row = scores_of(step, scores, room.kept[k]);
    for (std::int32_t c = 0; c < step.classes; ++c) room.labels[c] = c;
    std::partial_sort(room.labels, room.labels + std::min(step.max_classes, step.classes),
                      room.labels + step.classes,
                      [&](std::int32_t a, std::int32_t b) { return stands_before(row, a, b); });
    for (int i = 0; i < step.max_classes && i < step.classes; ++i) {
      const int at = k * step.max_classes + i;
      std::memcpy(out_boxes + 4 * at, &room.boxes[room.kept[k]], sizeof(Box));
      out_classes[at] = static_cast<float>(room.labels[i]);
      out_scores[at] = row[room.labels[i]];
    }
  }
  return kept;
}

/// Boxes compete within each class; how many places are filled.
int detect_regular(const DetectStep& step, const DetectRoom& room, const float* scores,
                   float* out_boxes, float* out_classes, float* out_scores) {
  int found = 0;
  for (std::int32_t label = 0; label < step.classes; ++label) {
    for (int i = 0; i < step.boxes; ++i) room.scores[i] = scores_of(step, scores, i)[label];
    const int kept = survivors(step, room, step.per_class);
    // Both lists are in order, earlier classes first among equals: they are merged from behind.
    int a = found - 1;
    int b = kept - 1;
    for (int to = found + kept - 1; b >= 0; --to) {
      const float score = room.scores[room.kept[b]];
      if (a >= 0 && room.found[a].score < score) {
        room.found[to] = room.found[a--];
      } else {
        room.found[to] = {room.kept[b--], label, score};
      }
    }
    found = found + kept < step.max_detections ? found + kept : step.max_detections;
  }
  for (int i = 0; i < found; ++i) {
    std::memcpy(out_boxes + 4 * i, &room.boxes[room.found[i].box], sizeof(Box));
    out_classes[i] = static_cast<float>(room.found[i].label);
    out_scores[i] = room.found[i].score;
  }
  return found;
}

// --- DetectionOutput -----------------------------------------------------------------------------

struct Candidate {
  std::int32_t label;
  std::int32_t prior;
  float score;
  Box box;
};

/// Better scores first, then earlier priors, then earlier labels.
bool is_better(const Candidate& a, const Candidate& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.prior != b.prior ? a.prior < b.prior : a.label < b.label;
}

Box clipped(const Box& box) {
  const auto clip = [](float x) {
    const float held = x < 1.0F ? x : 1.0F;
    return 0.0F < held ? held : 0.0F;
  };
  return {clip(box.top), clip(box.left), clip(box.bottom), clip(box.right)};
}

/// What the network says of one picture.
struct Picture {
  const DetectionOutputStep& step;
  const float* boxes;
  const float* scores;
  const float* priors;
  const float* arm_scores;
  const float* arm_boxes;
  int prior_size;

  [[nodiscard]] float score(int prior, int label) const {
    if (arm_scores != nullptr && arm_scores[prior * 2 + 1] < step.objectness)
      return label == step.background ? 1 : 0;
    return scores[std::int64_t{prior} * step.classes + label];
  }

  [[nodiscard]] Box box(int prior, int label) const {
    const float* at = priors + std::int64_t{prior} * prior_size;
    Box start = {at[1], at[0], at[3], at[2]};
    if (step.normalized == 0)
      start = {at[2] / step.input_height, at[1] / step.input_width, at[4] / step.input_height,
               at[3] / step.input_width};
    if (arm_boxes != nullptr) start = decoded(arm_boxes, start, prior, label);
    return decoded(boxes, start, prior, label);
  }

  [[nodiscard]] Box decoded(const float* codes, const Box& start, int prior, int label) const {
    const float* code =
        codes + (step.share_location != 0 ? std::int64_t{prior}
                                          : std::int64_t{prior} * step.classes + label) *
                    4;
    const float* variance =
        priors + std::int64_t{step.priors} * prior_size + std::int64_t{prior} * 4;
    const Box box = decode_box(start, variance, code);
    return step.clip_before != 0 ? clipped(box) : box;
  }

  [[nodiscard]] Box decode_box(const Box& prior, const float* variance, const float* code) const {
    const auto coded = [&](int i) {
      return step.variance_encoded != 0 ? code[i] : variance[i] * code[i];
    };
    if (step.corner != 0)
      return {prior.top + coded(1), prior.left + coded(0), prior.bottom + coded(3),
              prior.right + coded(2)};
    const float width = prior.right - prior.left;
    const float height = prior.bottom - prior.top;
    const float x = coded(0) * width + (prior.left + prior.right) / 2;
    const float y = coded(1) * height + (prior.top + prior.bottom) / 2;
    const float new_width = std::exp(coded(2)) * width;
    const float new_height = std::exp(coded(3)) * height;
    return {y - new_height / 2, x - new_width / 2, y + new_height / 2, x + new_width / 2};
  }
};

/// Puts the best first; how many stay.
std::int64_t keep_best(Candidate* all, std::int64_t count, std::int32_t most) {
  if (most >= 0 && most < count) {
    std::nth_element(all, all + most, all + count, is_better);
    count = most;
  }
  std::sort(all, all + count, is_better);
  return count;
}

/// Appends to `kept`, from `first` on, those that overlap no better one of their class too much.
std::int64_t suppress(const DetectionOutputStep& step, const Candidate* all, std::int64_t count,
                      Candidate* kept, std::int64_t first) {
  std::int64_t end = first;
  for (std::int64_t i = 0; i < count; ++i) {
    bool hidden = false;
    for (std::int64_t k = first; k < end && !hidden; ++k)
      hidden =
          kept[k].label == all[i].label && overlap(all[i].box, kept[k].box) > step.iou_threshold;
    if (!hidden) kept[end++] = all[i];
  }
  return end;
}

/// Each class for itself.
std::int64_t by_class(const Picture& picture, Candidate* all, Candidate* kept) {
  const auto& step = picture.step;
  std::int64_t end = 0;
  for (int label = 0; label < step.classes; ++label) {
    if (label == step.background) continue;
    std::int64_t count = 0;
    for (int prior = 0; prior < step.priors; ++prior) {
      const float score = picture.score(prior, label);
      if (score > step.score_threshold) all[count++] = {label, prior, score, {}};
    }
    count = keep_best(all, count, step.top_k);
    for (std::int64_t i = 0; i < count; ++i) all[i].box = picture.box(all[i].prior, label);
    end = suppress(step, all, count, kept, end);
  }
  return end;
}

/// Each prior in its best class only.
std::int64_t by_prior(const Picture& picture, Candidate* all, Candidate* kept) {
  const auto& step = picture.step;
  std::int64_t count = 0;
  for (int prior = 0; prior < step.priors; ++prior) {
    Candidate best{0, prior, -1, {}};
    for (int label = 1; label < step.classes; ++label) {
      if (label == step.background) continue;
      const float score = picture.score(prior, label);
      if (score > best.score) best = {label, prior, score, {}};
    }
    if (best.label > 0 && best.score >= step.score_threshold) all[count++] = best;
  }
  count = keep_best(all, count, step.top_k);
  for (std::int64_t i = 0; i < count; ++i) all[i].box = picture.box(all[i].prior, all[i].label);
  return suppress(step, all, count, kept, 0);
}

Picture picture_of(const DetectionOutputStep& step, const Bases& bases, int n) {
  const int prior_size = step.normalized != 0 ? 4 : 5;
  const std::int64_t codes =
      std::int64_t{step.priors} * 4 * (step.share_location != 0 ? 1 : step.classes);
  const std::int64_t prior_row =
      std::int64_t{step.priors} * prior_size * (step.variance_encoded != 0 ? 1 : 2);
  const auto row = [&](const Place& place, std::int64_t size) {
    return read_at<float>(place, bases) + n * size;
  };
  return {step,
          row(step.boxes, codes),
          row(step.scores, std::int64_t{step.priors} * step.classes),
          step.prior_pictures == 1 ? read_at<float>(step.prior_boxes, bases)
                                   : row(step.prior_boxes, prior_row),
          step.has_arm != 0 ? row(step.arm_scores, std::int64_t{step.priors} * 2) : nullptr,
          step.has_arm != 0 ? row(step.arm_boxes, codes) : nullptr,
          prior_size};
}

}  // namespace

std::size_t detect_scratch(const DetectStep& step) {
  const auto boxes = static_cast<std::size_t>(step.boxes);
  return boxes * (sizeof(Box) + sizeof(float) + 2 * sizeof(std::int32_t)) +
         (static_cast<std::size_t>(step.max_detections) + boxes) * sizeof(Detection) +
         static_cast<std::size_t>(step.classes) * sizeof(std::int32_t);
}

void run(const DetectStep& step, const Bases& bases, int, int) {
  const auto room = room_of(step, room_at(step.scratch, bases));
  auto* boxes = write_at<float>(step.out_boxes, bases);
  auto* classes = write_at<float>(step.out_classes, bases);
  auto* scores = write_at<float>(step.out_scores, bases);
  const auto places =
      static_cast<std::size_t>(step.max_detections) * static_cast<std::size_t>(step.max_classes);
  std::memset(boxes, 0, places * 4 * sizeof(float));
  std::memset(classes, 0, places * sizeof(float));
  std::memset(scores, 0, places * sizeof(float));
  const auto* given = read_at<float>(step.scores, bases);
  if (step.regular == 0) {
    for (int i = 0; i < step.boxes; ++i)
      room.scores[i] = best_of(scores_of(step, given, i), step.classes);
  }
  decode(step, read_at<float>(step.codes, bases), read_at<float>(step.anchors, bases),
         step.regular == 0 ? room.scores : nullptr, room.boxes);
  const int found = step.regular != 0 ? detect_regular(step, room, given, boxes, classes, scores)
                                      : detect_fast(step, room, given, boxes, classes, scores);
  *write_at<float>(step.out_count, bases) = static_cast<float>(found);
}

std::size_t detection_output_scratch(const DetectionOutputStep& step) {
  const auto priors = static_cast<std::size_t>(step.priors);
  const auto most = step.top_k >= 0 && static_cast<std::size_t>(step.top_k) < priors
                        ? static_cast<std::size_t>(step.top_k)
                        : priors;
  return (priors + most * static_cast<std::size_t>(step.classes)) * sizeof(Candidate);
}

void run(const DetectionOutputStep& step, const Bases& bases, int, int) {
  auto* all = reinterpret_cast<Candidate*>(room_at(step.scratch, bases));
  Candidate* kept = all + step.priors;
  auto* out = write_at<float>(step.out, bases);
  std::memset(out, 0, static_cast<std::size_t>(step.out_rows) * 7 * sizeof(float));
  std::int64_t row = 0;
  for (int n = 0; n < step.pictures; ++n) {
    const Picture picture = picture_of(step, bases, n);
    std::int64_t count =
        step.decrease_label != 0 ? by_prior(picture, all, kept) : by_class(picture, all, kept);
    count = keep_best(kept, count, step.keep_top_k);
    std::sort(kept, kept + count, [](const Candidate& a, const Candidate& b) {
      return a.label != b.label ? a.label < b.label : is_better(a, b);
    });
    for (std::int64_t i = 0; i < count; ++i, ++row) {
      if (row >= step.out_rows) return;
      const Box box = step.clip_after != 0 ? clipped(kept[i].box) : kept[i].box;
      const float numbers[] = {
          static_cast<float>(n),
          static_cast<float>(step.decrease_label != 0 ? kept[i].label - 1 : kept[i].label),
          kept[i].score,
          box.left,
          box.top,
          box.right,
          box.bottom};
      std::memcpy(out + row * 7, numbers, sizeof(numbers));
    }
  }
  if (row < step.out_rows) out[row * 7] = -1;
}

}  // namespace slipway::engine
