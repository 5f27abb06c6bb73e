// Operators that pick or write at named places, count, and fill, against LiteRT's reference
// kernels.

#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
using Numbers = std::vector<std::int64_t>;

const DType kMoved[] = {DType::f32, DType::u8, DType::i8, DType::i32, DType::i64};

TensorType any_type(Random& random, int index, const Numbers& dims) {
  return random_type(random, kMoved[index % 5], *Shape::make(dims));
}

Numbers random_dims(Random& random, std::size_t rank, std::int64_t most = 4) {
  Numbers dims;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(random.integer(1, most));
  return dims;
}

Tensor integers(const Numbers& values, const Shape& shape) {
  std::vector<std::int32_t> narrow;
  for (const auto value : values) narrow.push_back(static_cast<std::int32_t>(value));
  return Tensor::of<std::int32_t>(shape, narrow);
}

Tensor list(const Numbers& values) {
  return integers(values, {static_cast<std::int64_t>(values.size())});
}

Tensor scalar(std::int64_t value) { return integers({value}, {}); }

TensorType of_rank(const TensorType& x, std::size_t rank) {
  return x.with_shape(*Shape::make(Numbers(rank, 1)));
}

TensorType plain(DType dtype, std::size_t rank) {
  return {dtype, *Shape::make(Numbers(rank, 1)), {}};
}

TEST(LitertIndex, Gather) {
  Random random(1);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    const auto x = any_type(random, i, random_dims(random, rank));
    const auto axis = random.integer(0, static_cast<int>(rank) - 1);
    const auto batch = random.integer(0, axis);
    const auto index_rank = static_cast<std::size_t>(random.integer(batch, 3));
    auto index_dims = random_dims(random, index_rank);
    for (std::int64_t k = 0; k < batch; ++k)
      index_dims[static_cast<std::size_t>(k)] = x.shape[static_cast<std::size_t>(k)];
    const auto index_shape = *Shape::make(index_dims);
    Numbers indices;
    for (std::int64_t k = 0; k < index_shape.elements(); ++k)
      indices.push_back(random.integer(0, x.shape[static_cast<std::size_t>(axis)] - 1));
    const auto index = integers(indices, index_shape);
    OneOp op{.op = tflite::BuiltinOperator_GATHER,
             .options_type = tflite::BuiltinOptions_GatherOptions,
             .options =
                 [=](Builder& b) {
                   return tflite::CreateGatherOptions(b, static_cast<int>(axis),
                                                      static_cast<int>(batch))
                       .Union();
                 },
             .inputs = {Operand(x), Operand(index.type())},
             .outputs = {of_rank(x, rank + index_rank - 1 - static_cast<std::size_t>(batch))},
             .version = 5};
    questions.push_back(question(fmt::format("gather {} {} {} axis {} batch {}", i, x.text(),
                                             index_shape.text(), axis, batch),
                                 op, {random_tensor(random, x), index}));
  }
  expect_equal(questions);
}

/// Rows of indices into x, for GATHER_ND and SCATTER_ND.
Tensor random_rows(Random& random, const Shape& x) {
  const auto length = random.integer(1, static_cast<int>(x.rank()));
  Numbers dims = random_dims(random, static_cast<std::size_t>(random.integer(1, 2)));
  dims.push_back(length);
  const auto shape = *Shape::make(dims);
  Numbers rows;
  for (std::int64_t k = 0; k < shape.elements(); ++k)
    rows.push_back(random.integer(0, x[static_cast<std::size_t>(k % length)] - 1));
  return integers(rows, shape);
}

TEST(LitertIndex, GatherNdScatterNd) {
  Random random(2);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 3));
    const auto x = any_type(random, i, random_dims(random, rank));
    const auto rows = random_rows(random, x.shape);
    const auto& r = rows.shape();
    Numbers dims(r.begin(), r.end() - 1);
    dims.insert(dims.end(), x.shape.begin() + r.back(0), x.shape.end());
    OneOp op{.op = tflite::BuiltinOperator_GATHER_ND,
             .options_type = tflite::BuiltinOptions_GatherNdOptions,
             .inputs = {Operand(x), Operand(rows.type())},
             .outputs = {of_rank(x, dims.size())},
             .version = 3};
    std::vector<Tensor> inputs = {random_tensor(random, x), rows};
    if (i % 2 == 1) {
      const TensorType updates{x.dtype, *Shape::make(dims), {}};
      op = {.op = tflite::BuiltinOperator_SCATTER_ND,
            .options_type = tflite::BuiltinOptions_ScatterNdOptions,
            .inputs = {Operand(rows.type()), Operand(updates),
                       Operand(list(Numbers(x.shape.begin(), x.shape.end())))},
            .outputs = {plain(x.dtype, rank)}};
      inputs = {rows, random_tensor(random, updates)};
    }
    questions.push_back(
        question(fmt::format("rows {} {} {}", i, x.text(), r.text()), op, std::move(inputs)));
  }
  expect_equal(questions);
}

TEST(LitertIndex, TileBroadcastFill) {
  Random random(3);
  std::vector<Question> questions;
  for (int i = 0; i < 80; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    auto x = any_type(random, i, random_dims(random, rank, 3));
    const auto repeats = random_dims(random, rank, 3);
    OneOp op{.inputs = {Operand(x)}, .outputs = {of_rank(x, rank)}, .version = 3};
    std::vector<Tensor> inputs;
    switch (i / 5 % 4) {
      case 0:
        op.op = tflite::BuiltinOperator_TILE;
        op.options_type = tflite::BuiltinOptions_TileOptions;
        op.version = 2;
        op.inputs.emplace_back(list(repeats));
        break;
      case 1: {
        Numbers to(x.shape.begin(), x.shape.end());
        Numbers from = to;
        for (auto& dim : from) dim = random.integer(0, 1) == 0 ? 1 : dim;
        x.shape = *Shape::make(from);
        to.insert(to.begin(), random.integer(1, 2));
        op.op = tflite::BuiltinOperator_BROADCAST_TO;
        op.options_type = tflite::BuiltinOptions_BroadcastToOptions;
        op.inputs = {Operand(x), Operand(list(to))};
        op.outputs = {of_rank(x, rank + 1)};
        break;
      }
      case 2:
        x.shape = {};
        op.op = tflite::BuiltinOperator_FILL;
        op.options_type = tflite::BuiltinOptions_FillOptions;
        op.inputs = {Operand(list(repeats)), Operand(x)};
        break;
      default:
        x = plain(i % 2 == 0 ? DType::f32 : DType::i32, rank);
        op.op = tflite::BuiltinOperator_ZEROS_LIKE;
        op.options_type = tflite::BuiltinOptions_ZerosLikeOptions;
        op.inputs = {Operand(x)};
        op.outputs = {x};
        op.version = 1;
        break;
    }
    questions.push_back(
        question(fmt::format("repeated {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST(LitertIndex, BroadcastArgs) {
  Random random(4);
  std::vector<Question> questions;
  for (int i = 0; i < 20; ++i) {
    auto a = random_dims(random, static_cast<std::size_t>(random.integer(1, 4)));
    auto b = a;
    for (auto& dim : b) dim = random.integer(0, 2) == 0 ? 1 : dim;
    b.erase(b.begin(), b.begin() + random.integer(0, static_cast<int>(b.size()) - 1));
    if (i % 2 == 0) std::swap(a, b);
    const OneOp op{.op = tflite::BuiltinOperator_BROADCAST_ARGS,
                   .inputs = {Operand(list(a).type()), Operand(list(b).type())},
                   .outputs = {plain(DType::i32, 1)}};
    questions.push_back(question(fmt::format("broadcast {}", i), op, {list(a), list(b)}));
  }
  expect_equal(questions);
}

TEST(LitertIndex, Bucketize) {
  Random random(17);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const DType types[] = {DType::f32, DType::i32, DType::i64, DType::f32};
    const auto x = random_type(random, types[i % 4], *Shape::make(random_dims(random, 2, 9)));
    std::vector<float> boundaries;
    for (auto at = random.real(-3, 0); at < 3; at += random.real(0, 1)) boundaries.push_back(at);
    if (i % 4 == 3) boundaries = {-1, -1, 0, 0.5F};
    const OneOp op{.op = tflite::BuiltinOperator_BUCKETIZE,
                   .options_type = tflite::BuiltinOptions_BucketizeOptions,
                   .options =
                       [=](Builder& builder) {
                         return tflite::CreateBucketizeOptionsDirect(builder, &boundaries).Union();
                       },
                   .inputs = {Operand(x)},
                   .outputs = {{DType::i32, x.shape, {}}}};
    questions.push_back(question(fmt::format("bucketize {}", i), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST(LitertIndex, Range) {
  Random random(5);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const DType dtypes[] = {DType::f32, DType::i32, DType::i64};
    const auto dtype = dtypes[i % 3];
    const TensorType one{dtype, {}, {}};
    OneOp op{.op = tflite::BuiltinOperator_RANGE,
             .options_type = tflite::BuiltinOptions_RangeOptions,
             .outputs = {plain(dtype, 1)}};
    std::vector<Tensor> inputs;
    const auto sign = random.integer(0, 1) == 0 ? 1 : -1;
    const auto start = random.integer(-20, 20);
    for (const auto value :
         {start, start + sign * random.integer(0, 30), sign * random.integer(1, 7)}) {
      op.inputs.emplace_back(one);
      if (dtype == DType::f32) {
        inputs.push_back(Tensor::of<float>({}, {static_cast<float>(value) * 0.5F}));
      } else if (dtype == DType::i32) {
        inputs.push_back(scalar(value));
      } else {
        inputs.push_back(Tensor::of<std::int64_t>({}, {value}));
      }
    }
    questions.push_back(question(fmt::format("range {}", i), op, std::move(inputs)));
  }
  expect_equal(questions);
}

TEST(LitertIndex, WhereTopKOneHot) {
  Random random(6);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 3));
    auto x = any_type(random, i, random_dims(random, rank));
    OneOp op{.inputs = {Operand(x)}};
    std::vector<Tensor> inputs;
    if (i % 3 == 0) {
      x = {DType::boolean, x.shape, {}};
      op = {.op = tflite::BuiltinOperator_WHERE,
            .options_type = tflite::BuiltinOptions_WhereOptions,
            .inputs = {Operand(x)},
            .outputs = {plain(DType::i64, 2)},
            .version = 2};
      inputs = {random_tensor(random, x)};
    } else if (i % 3 == 1) {
      op.op = tflite::BuiltinOperator_TOPK_V2;
      op.options_type = tflite::BuiltinOptions_TopKV2Options;
      op.inputs.emplace_back(scalar(random.integer(1, x.shape.back(0))));
      op.outputs = {of_rank(x, rank), plain(DType::i32, rank)};
      op.version = 2;
      inputs = {random_tensor(random, x)};
      if (x.dtype == DType::i32) {  // ties
        Numbers few;
        for (std::int64_t k = 0; k < x.shape.elements(); ++k) few.push_back(random.integer(0, 2));
        inputs = {integers(few, x.shape)};
      }
    } else {
      const auto axis = static_cast<int>(random.integer(-1, static_cast<int>(rank)));
      const TensorType one{x.dtype, {}, {}};
      Numbers indices;
      for (std::int64_t k = 0; k < x.shape.elements(); ++k)
        indices.push_back(random.integer(-1, 4));
      op.op = tflite::BuiltinOperator_ONE_HOT;
      op.options_type = tflite::BuiltinOptions_OneHotOptions;
      op.options = [=](Builder& b) { return tflite::CreateOneHotOptions(b, axis).Union(); };
      op.inputs = {Operand(TensorType{DType::i32, x.shape, {}}),
                   Operand(scalar(random.integer(1, 4))), Operand(one), Operand(one)};
      op.outputs = {plain(x.dtype, rank + 1)};
      inputs = {integers(indices, x.shape), random_tensor(random, one), random_tensor(random, one)};
    }
    questions.push_back(question(fmt::format("search {} {}", i, x.text()), op, std::move(inputs)));
  }
  expect_equal(questions);
}

TEST(LitertIndex, Reverse) {
  Random random(7);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(2, 4));
    const auto x = random_type(random, i % 2 == 0 ? DType::f32 : DType::i32,
                               *Shape::make(random_dims(random, rank)));
    const auto time = random.integer(0, static_cast<int>(rank) - 1);
    const auto batch =
        (time + random.integer(1, static_cast<int>(rank) - 1)) % static_cast<std::int64_t>(rank);
    OneOp op{.op = tflite::BuiltinOperator_REVERSE_V2,
             .options_type = tflite::BuiltinOptions_ReverseV2Options,
             .inputs = {Operand(x), Operand(list({time}))},
             .outputs = {x},
             .version = 3};
    if (i / 2 % 2 == 1) {
      Numbers lengths;
      for (std::int64_t k = 0; k < x.shape[static_cast<std::size_t>(batch)]; ++k)
        lengths.push_back(random.integer(1, x.shape[static_cast<std::size_t>(time)]));
      op.op = tflite::BuiltinOperator_REVERSE_SEQUENCE;
      op.options_type = tflite::BuiltinOptions_ReverseSequenceOptions;
      op.options = [=](Builder& b) {
        return tflite::CreateReverseSequenceOptions(b, static_cast<int>(time),
                                                    static_cast<int>(batch))
            .Union();
      };
      op.inputs = {Operand(x), Operand(list(lengths))};
      op.version = 1;
    }
    questions.push_back(
        question(fmt::format("reverse {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST(LitertIndex, AddNDynamicUpdateSlice) {
  Random random(8);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    const auto x = random_type(random, i % 2 == 0 ? DType::f32 : DType::i32,
                               *Shape::make(random_dims(random, rank)));
    OneOp op{.inputs = {Operand(x)}, .outputs = {x}};
    std::vector<Tensor> inputs = {random_tensor(random, x)};
    if (i / 2 % 2 == 0) {
      op.op = tflite::BuiltinOperator_ADD_N;
      op.options_type = tflite::BuiltinOptions_AddNOptions;
      for (std::int64_t k = random.integer(1, 3); k > 0; --k) {
        op.inputs.emplace_back(x);
        inputs.push_back(random_tensor(random, x));
      }
    } else {
      Numbers dims;
      Numbers starts;
      for (const auto dim : x.shape) {
        dims.push_back(random.integer(1, dim));
        starts.push_back(random.integer(-1, dim));
      }
      const auto update = x.with_shape(*Shape::make(dims));
      op.op = tflite::BuiltinOperator_DYNAMIC_UPDATE_SLICE;
      op.options_type = tflite::BuiltinOptions_DynamicUpdateSliceOptions;
      op.inputs = {Operand(x), Operand(update), Operand(list(starts).type())};
      inputs = {inputs[0], random_tensor(random, update), list(starts)};
    }
    questions.push_back(question(fmt::format("update {} {}", i, x.text()), op, std::move(inputs)));
  }
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
