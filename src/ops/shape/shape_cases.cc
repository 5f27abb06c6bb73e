#include "ops/cases.h"
#include "ops/shape/concat.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice.h"
#include "ops/shape/space.h"
#include "ops/shape/squeeze.h"

namespace slipway::ops {
namespace {

const TensorType kBytes{DType::u8, {1, 2, 2, 3}, per_tensor(0.5F, 10)};

Cases piece_cases() {
  const TensorType doubled{DType::u8, {1, 2, 2, 3}, per_tensor(1.0F, 10)};
  return {
      {.name = "concat along the middle",
       .op = Concat{.axis = 1},
       .inputs = {f32({2, 1}, {1, 4}), f32({2, 2}, {2, 3, 5, 6})},
       .outputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6})}},
      {.name = "concat of other scales",
       .op = Concat{.axis = -1},
       .inputs = {random_tensor(kBytes), random_tensor(doubled, 2)},
       .types = {TensorType{DType::u8, {1, 2, 2, 6}, per_tensor(0.7F, 20)}}},
      {.name = "concat of shapes that do not fit",
       .op = Concat{.axis = 0},
       .inputs = {random_f32({2, 3}), random_f32({2, 4})},
       .refuses = "differ"},
      {.name = "pack",
       .op = Pack{.axis = 1},
       .inputs = {f32({2}, {1, 2}), f32({2}, {3, 4})},
       .outputs = {f32({2, 2}, {1, 3, 2, 4})}},
      {.name = "unpack",
       .op = Unpack{.axis = 1, .count = 2},
       .inputs = {f32({2, 2}, {1, 3, 2, 4})},
       .outputs = {f32({2}, {1, 2}), f32({2}, {3, 4})}},
      {.name = "split into what is left",
       .op = Split{.axis = 0, .parts = 2},
       .inputs = {f32({3}, {1, 2, 3}), i32({2}, {1, -1})},
       .outputs = {f32({1}, {1}), f32({2}, {2, 3})},
       .constants = {1}},
      {.name = "split that is not even",
       .op = Split{.axis = 0, .parts = 2},
       .inputs = {f32({3}, {1, 2, 3})},
       .refuses = "equal parts"},
      {.name = "split with a smaller last piece",
       .op = Split{.axis = 0, .parts = 2, .smaller_last = true},
       .inputs = {f32({3}, {1, 2, 3})},
       .outputs = {f32({2}, {1, 2}), f32({1}, {3})}},
  };
}

Cases slice_cases() {
  return {
      {.name = "slice backwards",
       .op = Slice{},
       .inputs = {f32({4}, {1, 2, 3, 4}), i64({1}, {-1}), i64({1}, {-9}), i64({1}, {0}),
                  i64({1}, {-2})},
       .outputs = {f32({2}, {4, 2})},
       .constants = {1, 2, 3, 4}},
      {.name = "slice by sizes, outside",
       .op = Slice{.sizes = true},
       .inputs = {f32({4}, {1, 2, 3, 4}), i32({1}, {2}), i32({1}, {3})},
       .constants = {1, 2},
       .refuses = "3 elements from 2"},
      {.name = "ellipsis, new axis and one element",
       .op = StridedSlice{.ellipsis_mask = 1, .new_axis_mask = 2, .shrink_axis_mask = 4},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i32({3}, {0, 0, -1}), i32({3}, {0, 0, 0}),
                  i32({3}, {1, 1, 1})},
       .outputs = {f32({2, 1}, {2, 4})},
       .constants = {1, 2, 3}},
      {.name = "a stride of 0",
       .op = StridedSlice{},
       .inputs = {f32({2}, {1, 2}), i32({1}, {0}), i32({1}, {2}), i32({1}, {0})},
       .constants = {1, 2, 3},
       .refuses = "stride of 0"},
      {.name = "reverse",
       .op = Reverse{{1}},
       .inputs = {f32({2, 2}, {1, 2, 3, 4})},
       .outputs = {f32({2, 2}, {2, 1, 4, 3})}},
      {.name = "reverse the beginnings",
       .op = ReverseSequence{.batch_axis = 0, .time_axis = 1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i32({2}, {2, 3})},
       .outputs = {f32({2, 3}, {2, 1, 3, 6, 5, 4})}},
  };
}

Cases space_cases() {
  return {
      {.name = "pad with the zero point",
       .op = Pad{},
       .inputs = {random_tensor(kBytes), i32({4, 2}, {0, 0, 1, 0, 0, 2, 0, 0})},
       .constants = {1}},
      {.name = "pad with a value, and take away",
       .op = Pad{},
       .inputs = {f32({2}, {1, 2}), i64({2}, {-1, 2}), f32({}, {9})},
       .outputs = {f32({3}, {2, 9, 9})},
       .constants = {1}},
      {.name = "pad with a mirror",
       .op = Pad{.mode = PadMode::reflect},
       .inputs = {f32({3}, {1, 2, 3}), i32({1, 2}, {2, 1})},
       .outputs = {f32({6}, {3, 2, 1, 2, 3, 2})},
       .constants = {1}},
      {.name = "pad with the edge",
       .op = Pad{.mode = PadMode::edge},
       .inputs = {f32({2}, {1, 2}), i32({1, 2}, {1, 2})},
       .outputs = {f32({5}, {1, 1, 2, 2, 2})},
       .constants = {1}},
      {.name = "a mirror that is too small",
       .op = Pad{.mode = PadMode::reflect},
       .inputs = {f32({2}, {1, 2}), i32({1, 2}, {2, 0})},
       .constants = {1},
       .refuses = "mirrored"},
      {.name = "pad from the other end",
       .op = Pad{.mode = PadMode::wrap},
       .inputs = {f32({2}, {1, 2}), i64({2}, {3, 1})},
       .outputs = {f32({6}, {2, 1, 2, 1, 2, 1})}},
      {.name = "pad one of the dimensions",
       .op = Pad{},
       .inputs = {f32({1, 2}, {1, 2}), i64({2}, {0, 1}), {}, i64({1}, {-1})},
       .outputs = {f32({1, 3}, {1, 2, 0})}},
      {.name = "the middle of one dimension, padding around the other",
       .op = CenterCropPad{},
       .inputs = {f32({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({2}, {3, 1})},
       .outputs = {f32({3, 1}, {2, 6, 0})}},
      {.name = "space to batch",
       .op = SpaceToBatch{},
       .inputs = {f32({1, 2, 2, 1}, {1, 2, 3, 4}), i32({2}, {2, 2}), i32({2, 2}, {0, 0, 0, 0})},
       .outputs = {f32({4, 1, 1, 1}, {1, 2, 3, 4})},
       .constants = {1, 2}},
      {.name = "batch to space, cropped",
       .op = BatchToSpace{},
       .inputs = {f32({4, 1, 1, 1}, {1, 2, 3, 4}), i32({2}, {2, 2}), i32({2, 2}, {0, 0, 1, 0})},
       .outputs = {f32({1, 2, 1, 1}, {2, 4})},
       .constants = {1, 2}},
      {.name = "space to depth",
       .op = SpaceToDepth{2},
       .inputs = {f32({1, 2, 2, 1}, {1, 2, 3, 4})},
       .outputs = {f32({1, 1, 1, 4}, {1, 2, 3, 4})}},
      {.name = "depth to space",
       .op = DepthToSpace{2},
       .inputs = {f32({1, 1, 1, 4}, {1, 2, 3, 4})},
       .outputs = {f32({1, 2, 2, 1}, {1, 2, 3, 4})}},
      {.name = "depth to space, channels first",
       .op = DepthToSpace{.block = 2, .order = DepthOrder::channel_first},
       .inputs = {f32({1, 1, 1, 8}, {1, 2, 3, 4, 5, 6, 7, 8})},
       .outputs = {f32({1, 2, 2, 2}, {1, 5, 2, 6, 3, 7, 4, 8})}},
      {.name = "space to depth, channels first",
       .op = SpaceToDepth{.block = 2, .order = DepthOrder::channel_first},
       .inputs = {f32({1, 2, 2, 2}, {1, 5, 2, 6, 3, 7, 4, 8})},
       .outputs = {f32({1, 1, 1, 8}, {1, 2, 3, 4, 5, 6, 7, 8})}},
      {.name = "squeeze what an input names",
       .op = Squeeze{},
       .inputs = {f32({1, 2, 1}, {1, 2}), i64({1}, {-1})},
       .outputs = {f32({1, 2}, {1, 2})}},
      {.name = "unsqueeze where an input says",
       .op = Unsqueeze{},
       .inputs = {f32({2}, {1, 2}), i64({2}, {2, 0})},
       .outputs = {f32({1, 2, 1}, {1, 2})}},
      {.name = "squeeze what is 1",
       .op = Squeeze{},
       .inputs = {f32({1, 2, 1}, {1, 2})},
       .outputs = {f32({2}, {1, 2})}},
      {.name = "squeeze what is not 1",
       .op = Squeeze{{1}},
       .inputs = {f32({1, 2, 1}, {1, 2})},
       .refuses = "is not 1"},
      {.name = "unsqueeze",
       .op = Unsqueeze{{0, -1}},
       .inputs = {f32({2}, {1, 2})},
       .outputs = {f32({1, 2, 1}, {1, 2})}},
      {.name = "shape",
       .op = ShapeOf{},
       .inputs = {random_f32({3, 1, 2})},
       .outputs = {i64({3}, {3, 1, 2})}},
      {.name = "part of a shape",
       .op = ShapeOf{.start = -2, .end = 10},
       .inputs = {random_f32({3, 1, 2})},
       .outputs = {i64({2}, {1, 2})}},
      {.name = "size", .op = Size{}, .inputs = {random_f32({3, 1, 2})}, .outputs = {i64({}, {6})}},
      {.name = "rank", .op = Rank{}, .inputs = {random_f32({3, 1})}, .outputs = {i32({}, {2})}},
  };
}

}  // namespace

Cases shape_cases() {
  Cases all = piece_cases();
  for (const auto& more : {slice_cases(), space_cases()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slipway::ops
