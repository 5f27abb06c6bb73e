#include "ops/case.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/search.h"

namespace slipway::ops {
namespace {

Cases gather_cases() {
  return {
      {.name = "gather columns",
       .op = Gather{.axis = 1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i32({3}, {1, -2, 1})},
       .outputs = {f32({2, 3}, {2, 1, 2, 4, 3, 4})}},
      {.name = "gather in batches",
       .op = Gather{.axis = 1, .batch_dims = 1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i32({2, 1}, {1, 0})},
       .outputs = {f32({2, 1}, {2, 3})}},
      {.name = "gather outside",
       .op = Gather{},
       .inputs = {f32({2}, {1, 2}), i32({1}, {2})},
       .constants = {0, 1},
       .refuses = "index 2"},
      {.name = "gather rows of indices",
       .op = GatherND{},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i64({2, 2}, {1, 0, 0, 1})},
       .outputs = {f32({2}, {3, 2})}},
      {.name = "far more rows than memory, all empty",
       .op = GatherND{},
       .inputs = {f32({2, 0}, {}), i32({std::int64_t{1} << 36U, 0}, {})},
       .types = {TensorType{DType::f32, {std::int64_t{1} << 36U, 2, 0}, {}}}},
      {.name = "scatter, the last stays",
       .op = ScatterND{},
       .inputs = {f32({3}, {1, 2, 3}), i64({2, 1}, {2, 2}), f32({2}, {5, 6})},
       .outputs = {f32({3}, {1, 2, 6})}},
      {.name = "scatter, added up",
       .op = ScatterND{Reduction::add},
       .inputs = {f32({3}, {1, 2, 3}), i64({2, 1}, {2, 2}), f32({2}, {5, 6})},
       .outputs = {f32({3}, {1, 2, 14})}},
      {.name = "an update that would stick out",
       .op = DynamicUpdateSlice{},
       .inputs = {f32({3}, {1, 2, 3}), f32({2}, {8, 9}), i32({1}, {2})},
       .outputs = {f32({3}, {1, 8, 9})}},
  };
}

Cases fill_cases() {
  return {
      {.name = "tile",
       .op = Tile{},
       .inputs = {f32({1, 2}, {1, 2}), i64({2}, {2, 2})},
       .outputs = {f32({2, 4}, {1, 2, 1, 2, 1, 2, 1, 2})},
       .constants = {1}},
      {.name = "expand",
       .op = Expand{},
       .inputs = {f32({2, 1}, {1, 2}), i64({3}, {1, 1, 2})},
       .outputs = {f32({1, 2, 2}, {1, 1, 2, 2})},
       .constants = {1}},
      {.name = "broadcast of shapes",
       .op = BroadcastArgs{},
       .inputs = {i32({1}, {3}), i32({2}, {2, 1})},
       .outputs = {i32({2}, {2, 3})}},
      {.name = "fill, with the shape known late",
       .op = Fill{},
       .inputs = {i32({2}, {1, 3}), f32({}, {7})},
       .outputs = {f32({1, 3}, {7, 7, 7})}},
      {.name = "fill with more than memory",
       .op = Fill{},
       .inputs = {i64({2}, {1 << 30, 1 << 30}), f32({}, {7})},
       .constants = {0},
       .refuses = "2^40"},
      {.name = "zeros",
       .op = ZerosLike{},
       .inputs = {f32({2}, {1, 2})},
       .outputs = {f32({2}, {0, 0})}},
      {.name = "range downwards",
       .op = Range{},
       .inputs = {i32({}, {5}), i32({}, {0}), i32({}, {-2})},
       .outputs = {i32({3}, {5, 3, 1})}},
      {.name = "range that leads away",
       .op = Range{},
       .inputs = {i32({}, {5}), i32({}, {0}), i32({}, {2})},
       .constants = {0, 1, 2},
       .refuses = "in steps of 2"},
      {.name = "range that leads away and may be empty",
       .op = Range{.may_be_empty = true},
       .inputs = {i32({}, {5}), i32({}, {0}), i32({}, {2})},
       .outputs = {i32({0}, {})},
       .constants = {0, 1, 2}},
      {.name = "range of doubles",
       .op = Range{},
       .inputs = {Tensor::of<double>({}, {1}), Tensor::of<double>({}, {2}),
                  Tensor::of<double>({}, {0.5})},
       .outputs = {Tensor::of<double>({2}, {1, 1.5})}},
      {.name = "one hot, counted from the end",
       .op = OneHot{.from_the_end = true},
       .inputs = {i64({2}, {-1, -4}), i64({}, {3}), f32({}, {1}), f32({}, {0})},
       .outputs = {f32({2, 3}, {0, 0, 1, 0, 0, 0})},
       .constants = {1}},
      {.name = "one hot",
       .op = OneHot{.axis = 0},
       .inputs = {i32({2}, {1, 5}), i32({}, {2}), f32({}, {1}), f32({}, {-1})},
       .outputs = {f32({2, 2}, {-1, -1, 1, -1})},
       .constants = {1}},
      {.name = "the largest, the first among equals",
       .op = TopK{},
       .inputs = {f32({2, 3}, {1, 3, 3, 2, 1, 0}), i64({}, {2})},
       .outputs = {f32({2, 2}, {3, 3, 2, 1}), i64({2, 2}, {1, 2, 0, 1})},
       .constants = {1}},
      {.name = "places that are not 0",
       .op = NonZero{},
       .inputs = {f32({2, 2}, {0, 1, 2, -0.0F})},
       .outputs = {i64({2, 2}, {0, 1, 1, 0})}},
  };
}

}  // namespace

Cases index_cases() {
  Cases all = gather_cases();
  const Cases more = fill_cases();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slipway::ops
