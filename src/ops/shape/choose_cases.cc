#include "ops/case.h"
#include "ops/shape/col2im.h"
#include "ops/shape/distinct.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/matrix.h"
#include "ops/shape/search.h"

namespace slipway::ops {
namespace {

const TensorType kHalves{DType::f16, {2, 3}, {}};

Cases element_cases() {
  const auto three = f32({3}, {1, 2, 3});
  return {
      {.name = "gather elements along the rows",
       .op = GatherElements{.axis = 1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i64({2, 2}, {0, 0, -1, 0})},
       .outputs = {f32({2, 2}, {1, 1, 4, 3})}},
      {.name = "gather elements beside x",
       .op = GatherElements{.axis = 1},
       .inputs = {f32({1, 2}, {1, 2}), i64({2, 1}, {0, 0})},
       .refuses = "indices [2,1] into [1,2]"},
      {.name = "gather rows of indices in batches",
       .op = GatherND{.batch_dims = 1},
       .inputs = {f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({2, 1}, {1, 0})},
       .outputs = {f32({2, 2}, {3, 4, 5, 6})}},
      {.name = "scatter elements, the last stays",
       .op = ScatterElements{},
       .inputs = {three, i64({2}, {-1, 2}), f32({2}, {8, 9})},
       .outputs = {f32({3}, {1, 2, 9})}},
      {.name = "scatter elements, multiplied",
       .op = ScatterElements{.reduction = Reduction::mul},
       .inputs = {three, i64({2}, {2, 2}), f32({2}, {2, 3})},
       .outputs = {f32({3}, {1, 2, 18})}},
      {.name = "scatter elements, the largest",
       .op = ScatterElements{.reduction = Reduction::max},
       .inputs = {i32({2}, {1, 5}), i64({2}, {0, 1}), i32({2}, {4, 4})},
       .outputs = {i32({2}, {4, 5})}},
      {.name = "scatter slices, the smallest",
       .op = ScatterND{Reduction::min},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i64({1, 1}, {1}), f32({1, 2}, {9, 0})},
       .outputs = {f32({2, 2}, {1, 2, 3, 0})}},
      {.name = "scatter halves, added up",
       .op = ScatterElements{.axis = 1, .reduction = Reduction::add},
       .inputs = {random_tensor(kHalves), i64({2, 1}, {0, 2}),
                  random_tensor({DType::f16, {2, 1}, {}}, 2)}},
      {.name = "updates of another shape",
       .op = ScatterElements{},
       .inputs = {three, i64({2}, {0, 1}), f32({1}, {1})},
       .refuses = "updated with"},
  };
}

Cases slice_choice_cases() {
  return {
      {.name = "compress columns, known late",
       .op = Compress{.axis = -1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), Tensor::of<bool>({2}, {false, true})},
       .outputs = {f32({2, 1}, {2, 5})}},
      {.name = "compress, known early",
       .op = Compress{},
       .inputs = {f32({2}, {1, 2}), Tensor::of<bool>({2}, {false, true})},
       .outputs = {f32({1}, {2})},
       .constants = {0, 1}},
      {.name = "unique rows",
       .op = Unique{},
       .inputs = {f32({3, 2}, {2, 1, 0, 3, 2, 1})},
       .outputs = {f32({2, 2}, {0, 3, 2, 1}), i64({2}, {1, 0}), i64({3}, {1, 0, 1}),
                   i64({2}, {1, 2})}},
      {.name = "unique in the order of appearance",
       .op = Unique{.sorted = false},
       .inputs = {i32({4}, {7, 3, 7, 1})},
       .outputs = {i32({3}, {7, 3, 1}), i64({3}, {0, 1, 3}), i64({4}, {0, 1, 0, 2}),
                   i64({3}, {2, 1, 1})}},
      {.name = "the smallest, along columns",
       .op = TopK{.axis = 0, .largest = false},
       .inputs = {f32({3, 2}, {3, 1, 1, 1, 2, 0}), i64({1}, {2})},
       .outputs = {f32({2, 2}, {1, 0, 2, 1}), i64({2, 2}, {1, 2, 2, 0})}},
      {.name = "places known early",
       .op = NonZero{},
       .inputs = {i64({3}, {0, 5, 6})},
       .outputs = {i64({1, 2}, {1, 2})},
       .constants = {0}},
  };
}

Cases matrix_cases() {
  return {
      {.name = "overlapping blocks back into a line",
       .op = Col2Im{},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), i64({1}, {3}), i64({1}, {2})},
       .outputs = {f32({1, 1, 3}, {1, 5, 4})}},
      {.name = "blocks that are too many",
       .op = Col2Im{.strides = {2}},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), i64({1}, {3}), i64({1}, {2})},
       .constants = {1, 2},
       .refuses = "2 blocks instead of 1"},
      {.name = "ones below the diagonal",
       .op = EyeLike{.k = -1},
       .inputs = {i32({3, 2}, {0, 0, 0, 0, 0, 0})},
       .outputs = {f32({3, 2}, {0, 0, 1, 0, 0, 1})}},
      {.name = "a diagonal far away",
       .op = EyeLike{.type = DType::i32, .k = INT64_MIN},
       .inputs = {i32({1, 1}, {7})},
       .outputs = {i32({1, 1}, {0})}},
      {.name = "upper triangle from the second diagonal",
       .op = Trilu{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i64({}, {1})},
       .outputs = {f32({2, 3}, {0, 2, 3, 0, 0, 6})}},
      {.name = "lower triangles",
       .op = Trilu{.upper = false},
       .inputs = {i32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
       .outputs = {i32({2, 2, 2}, {1, 0, 3, 4, 5, 0, 7, 8})}},
  };
}

}  // namespace

Cases choose_cases() {
  Cases all = element_cases();
  for (const auto& more : {slice_choice_cases(), matrix_cases()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slipway::ops
