#include "ops/cases.h"
#include "ops/reduce/along_axis.h"
#include "ops/reduce/reduce.h"

namespace slipway::ops {

Cases reduce_cases() {
  const auto x = f32({2, 3}, {1, 2, 3, 4, 5, 9});
  const TensorType u8{DType::u8, {1, 4, 4, 3}, per_tensor(0.02F, 100)};
  return {
      {.name = "mean of rows",
       .op = ReduceMean{.axes = {-1}},
       .inputs = {x},
       .outputs = {f32({2}, {2, 6})}},
      {.name = "mean of whole numbers",
       .op = ReduceMean{.axes = {0}},
       .inputs = {i32({3}, {-1, -1, 0})},
       .outputs = {i32({}, {0})}},
      {.name = "mean of a picture of bytes",
       .op = ReduceMean{.axes = {1, 2}, .keep_dims = true},
       .inputs = {random_tensor(u8)},
       .types = {{DType::u8, {1, 1, 1, 3}, per_tensor(0.01F, 90)}}},
      {.name = "sum of columns",
       .op = ReduceSum{.axes = {0}, .keep_dims = true},
       .inputs = {x},
       .outputs = {f32({1, 3}, {5, 7, 12})}},
      {.name = "product of everything",
       .op = ReduceProd{.axes = {0, 1}},
       .inputs = {x},
       .outputs = {f32({}, {1080})}},
      {.name = "largest",
       .op = ReduceMax{.axes = {1}},
       .inputs = {x},
       .outputs = {f32({2}, {3, 9})}},
      {.name = "least, of no axes", .op = ReduceMin{}, .inputs = {x}, .outputs = {x}},
      {.name = "all and any of nothing",
       .op = ReduceAll{.axes = {0}},
       .inputs = {random_tensor({DType::boolean, {0, 2}, {}})}},
      {.name = "any",
       .op = ReduceAny{.axes = {1}},
       .inputs = {random_tensor({DType::boolean, {3, 4}, {}})}},
      {.name = "the first of the largest",
       .op = ArgMax{.axis = 0},
       .inputs = {f32({4}, {1, 3, 3, 2})},
       .outputs = {i64({}, {1})}},
      {.name = "the least",
       .op = ArgMin{.axis = 1, .keep_dims = true, .to = DType::i32},
       .inputs = {x},
       .outputs = {i32({2, 1}, {0, 0})}},
      {.name = "running sums",
       .op = Cumsum{.axis = 1},
       .inputs = {x},
       .outputs = {f32({2, 3}, {1, 3, 6, 4, 9, 18})}},
      {.name = "running sums from behind, without the own element",
       .op = Cumsum{.axis = 0, .exclusive = true, .reverse = true},
       .inputs = {i32({3}, {1, 2, 3})},
       .outputs = {i32({3}, {5, 3, 0})}},
      {.name = "an axis that is not there",
       .op = ReduceSum{.axes = {2}},
       .inputs = {x},
       .refuses = "axis"},
      {.name = "the largest of nothing",
       .op = ArgMax{.axis = 0},
       .inputs = {f32({0, 2}, {})},
       .refuses = "is empty"},
  };
}

}  // namespace slipway::ops
