// Operators that move elements, one by one, against LiteRT's reference kernels.

#include <algorithm>

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "litert/litert.h"
#include "litert/random_case.h"

namespace slipway::litert {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
using Numbers = std::vector<std::int64_t>;

/// A type a converter would give to tensors that are only moved.
TensorType any_type(Random& random, const std::vector<DType>& dtypes, Numbers dims) {
  const auto dtype =
      dtypes[static_cast<std::size_t>(random.integer(0, static_cast<int>(dtypes.size()) - 1))];
  auto type = random_type(random, dtype, *Shape::make(dims));
  if (dtype == DType::i16) type.quant->zero_point = {0};
  return type;
}

Numbers random_dims(Random& random, std::size_t rank, std::int64_t most = 5) {
  Numbers dims;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(random.integer(1, most));
  return dims;
}

Tensor list(const Numbers& values) {
  std::vector<std::int32_t> narrow;
  for (const auto value : values) narrow.push_back(static_cast<std::int32_t>(value));
  return Tensor::of<std::int32_t>({static_cast<std::int64_t>(narrow.size())}, narrow);
}

Tensor pairs(const Numbers& values) {
  const auto flat = list(values);
  const Shape shape({static_cast<std::int64_t>(values.size()) / 2, 2});
  return *flat.as({DType::i32, shape, {}});
}

/// The output's stated shape matters to nobody: both sides compute it.
TensorType same_kind(const TensorType& x, std::size_t rank) {
  return x.with_shape(*Shape::make(Numbers(rank, 1)));
}

const std::vector<DType> kMoved = {DType::f32, DType::u8, DType::i8, DType::i32, DType::i64};

TEST(LitertShape, Concatenation) {
  Random random(1);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    const auto axis = random.integer(-static_cast<int>(rank), static_cast<int>(rank) - 1);
    auto dims = random_dims(random, rank);
    const auto first = any_type(
        random,
        {DType::f32, DType::u8, DType::i8, DType::i16, DType::i32, DType::i64, DType::boolean},
        dims);
    auto y = same_kind(first, rank);
    if (first.dtype == DType::u8) y = random_type(random, DType::u8, y.shape);
    OneOp op{.op = tflite::BuiltinOperator_CONCATENATION,
             .options_type = tflite::BuiltinOptions_ConcatenationOptions,
             .options =
                 [=](Builder& b) {
                   return tflite::CreateConcatenationOptions(b, static_cast<int>(axis)).Union();
                 },
             .outputs = {y},
             .version = 2};
    std::vector<Tensor> inputs;
    for (std::int64_t k = random.integer(1, 4); k > 0; --k) {
      dims[static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(rank) : axis)] =
          random.integer(1, 4);
      auto x = first.with_shape(*Shape::make(dims));
      if (x.dtype == DType::u8) x = random_type(random, DType::u8, x.shape);
      op.inputs.emplace_back(x);
      inputs.push_back(random_tensor(random, x));
    }
    questions.push_back(question(fmt::format("concatenation {} {}", i, first.text()), op, inputs));
  }
  expect_equal(questions);
}

TEST(LitertShape, Pads) {
  Random random(2);
  std::vector<Question> questions;
  for (int i = 0; i < 90; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    auto x = any_type(random, kMoved, random_dims(random, rank));
    const int kind = i % 3;
    const bool reflect = random.integer(0, 1) == 0;
    Numbers pads;
    for (const auto dim : x.shape) {
      for (int k = 0; k < 2; ++k)
        pads.push_back(random.integer(0, kind == 2 ? dim - (reflect ? 1 : 0) : 3));
    }
    OneOp op{.op = tflite::BuiltinOperator_PAD,
             .options_type = tflite::BuiltinOptions_PadOptions,
             .inputs = {Operand(x), Operand(pairs(pads))},
             .outputs = {same_kind(x, rank)},
             .version = 2};
    if (kind == 1) {
      op.op = tflite::BuiltinOperator_PADV2;
      op.options_type = tflite::BuiltinOptions_PadV2Options;
      op.inputs.emplace_back(random_tensor(random, x.with_shape({1})));
    } else if (kind == 2) {
      op.op = tflite::BuiltinOperator_MIRROR_PAD;
      op.options_type = tflite::BuiltinOptions_MirrorPadOptions;
      op.options = [=](Builder& b) {
        const auto mode = reflect ? tflite::MirrorPadMode_REFLECT : tflite::MirrorPadMode_SYMMETRIC;
        return tflite::CreateMirrorPadOptions(b, mode).Union();
      };
    }
    questions.push_back(
        question(fmt::format("pad {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST(LitertShape, SqueezeExpandShapeRank) {
  Random random(3);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 4));
    auto dims = random_dims(random, rank, 3);
    const auto axis = static_cast<int>(random.integer(0, static_cast<int>(rank) - 1));
    if (i % 4 == 0) dims[static_cast<std::size_t>(axis)] = 1;
    const auto x = any_type(random, kMoved, dims);
    OneOp op{.inputs = {Operand(x)}, .outputs = {same_kind(x, rank)}};
    if (i % 4 == 0) {
      const bool named = random.integer(0, 1) == 0;
      op.op = tflite::BuiltinOperator_SQUEEZE;
      op.options_type = tflite::BuiltinOptions_SqueezeOptions;
      op.options = [=](Builder& b) {
        const std::vector<int> axes(named ? 1 : 0, axis);
        return tflite::CreateSqueezeOptions(b, b.CreateVector(axes)).Union();
      };
      const auto ones = std::count(dims.begin(), dims.end(), 1);
      op.outputs = {same_kind(x, rank - (named ? 1 : static_cast<std::size_t>(ones)))};
    } else if (i % 4 == 1) {
      op.op = tflite::BuiltinOperator_EXPAND_DIMS;
      op.options_type = tflite::BuiltinOptions_ExpandDimsOptions;
      op.inputs.emplace_back(list({random.integer(-static_cast<int>(rank) - 1, axis)}));
      op.outputs = {same_kind(x, rank + 1)};
    } else if (i % 4 == 2) {
      const bool wide = random.integer(0, 1) == 0;
      op.op = tflite::BuiltinOperator_SHAPE;
      op.options_type = tflite::BuiltinOptions_ShapeOptions;
      op.options = [=](Builder& b) {
        return tflite::CreateShapeOptions(
                   b, wide ? tflite::TensorType_INT64 : tflite::TensorType_INT32)
            .Union();
      };
      op.outputs = {TensorType{wide ? DType::i64 : DType::i32, {1}, {}}};
    } else {
      op.op = tflite::BuiltinOperator_RANK;
      op.options_type = tflite::BuiltinOptions_RankOptions;
      op.outputs = {TensorType{DType::i32, {}, {}}};
    }
    questions.push_back(
        question(fmt::format("shape {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

TEST(LitertShape, PackUnpackSplit) {
  Random random(4);
  std::vector<Question> questions;
  for (int i = 0; i < 60; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 3));
    auto dims = random_dims(random, rank, 4);
    auto axis = random.integer(-static_cast<int>(rank), static_cast<int>(rank) - 1);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(rank) : axis);
    const auto parts = random.integer(1, 3);
    if (i % 4 == 1) dims[at] = parts;
    if (i % 4 == 2) dims[at] *= parts;
    const auto x = any_type(random, {DType::f32, DType::u8, DType::i8, DType::i32}, dims);
    OneOp op{.inputs = {Operand(x)}};
    std::vector<Tensor> inputs = {random_tensor(random, x)};
    if (i % 4 == 0) {
      for (std::int64_t k = 1; k < parts; ++k) {
        op.inputs.emplace_back(x);
        inputs.push_back(random_tensor(random, x));
      }
      op.op = tflite::BuiltinOperator_PACK;
      op.options_type = tflite::BuiltinOptions_PackOptions;
      op.options = [=](Builder& b) {
        return tflite::CreatePackOptions(b, static_cast<int>(parts), static_cast<int>(axis))
            .Union();
      };
      op.outputs = {same_kind(x, rank + 1)};
    } else if (i % 4 == 1) {
      op.op = tflite::BuiltinOperator_UNPACK;
      op.options_type = tflite::BuiltinOptions_UnpackOptions;
      op.options = [=](Builder& b) {
        return tflite::CreateUnpackOptions(b, static_cast<int>(parts), static_cast<int>(axis))
            .Union();
      };
      for (std::int64_t k = 0; k < parts; ++k) op.outputs.push_back(same_kind(x, rank - 1));
    } else {
      for (std::int64_t k = 0; k < parts; ++k) op.outputs.push_back(same_kind(x, rank));
      const auto axis_tensor = *list({axis}).as({DType::i32, {}, {}});
      if (i % 4 == 2) {
        op.op = tflite::BuiltinOperator_SPLIT;
        op.options_type = tflite::BuiltinOptions_SplitOptions;
        op.options = [=](Builder& b) {
          return tflite::CreateSplitOptions(b, static_cast<int>(parts)).Union();
        };
        op.inputs.insert(op.inputs.begin(), Operand(axis_tensor));
      } else {
        Numbers sizes(static_cast<std::size_t>(parts), 0);
        for (std::int64_t k = 0; k < dims[at]; ++k)
          ++sizes[static_cast<std::size_t>(random.integer(0, parts - 1))];
        if (random.integer(0, 1) == 0) sizes[0] = -1;
        op.op = tflite::BuiltinOperator_SPLIT_V;
        op.options_type = tflite::BuiltinOptions_SplitVOptions;
        op.options = [=](Builder& b) {
          return tflite::CreateSplitVOptions(b, static_cast<int>(parts)).Union();
        };
        op.inputs.emplace_back(list(sizes));
        op.inputs.emplace_back(axis_tensor);
      }
    }
    questions.push_back(
        question(fmt::format("pieces {} {} axis {}", i, x.text(), axis), op, std::move(inputs)));
  }
  expect_equal(questions);
}

TEST(LitertShape, Slice) {
  Random random(5);
  std::vector<Question> questions;
  for (int i = 0; i < 40; ++i) {
    const auto rank = static_cast<std::size_t>(random.integer(1, 5));
    const auto x = any_type(random, kMoved, random_dims(random, rank));
    Numbers begin;
    Numbers size;
    Numbers out;
    for (const auto dim : x.shape) {
      begin.push_back(random.integer(0, dim - 1));
      size.push_back(random.integer(-1, dim - begin.back()));
      out.push_back(size.back() == -1 ? dim - begin.back() : size.back());
    }
    const OneOp op{.op = tflite::BuiltinOperator_SLICE,
                   .options_type = tflite::BuiltinOptions_SliceOptions,
                   .inputs = {Operand(x), Operand(list(begin)), Operand(list(size))},
                   .outputs = {x.with_shape(*Shape::make(out))},
                   .version = 5};
    questions.push_back(
        question(fmt::format("slice {} {}", i, x.text()), op, {random_tensor(random, x)}));
  }
  expect_equal(questions);
}

/// Masks as a converter writes them: one ellipsis, new axes and dropped ones, and numbers that
/// name no more dimensions than there are.
Question strided_question(Random& random, int index) {
  const auto rank = static_cast<std::size_t>(random.integer(1, 4));
  const auto x = any_type(random, kMoved, random_dims(random, rank));
  const auto named = static_cast<std::size_t>(random.integer(1, static_cast<int>(rank)));
  Numbers begin;
  Numbers end;
  Numbers stride;
  int masks[5] = {0, 0, 0, 0, 0};  // begin, end, ellipsis, new axis, shrink
  std::size_t out_rank = rank;
  bool ellipsis = false;
  for (std::size_t axis = 0; axis < named;) {
    const int bit = 1 << begin.size();
    const auto what = begin.size() < 4 ? random.integer(0, 9) : 9;
    begin.push_back(0);
    end.push_back(0);
    stride.push_back(1);
    if (what == 0 && !ellipsis && named == rank) {
      masks[2] |= bit;
      ellipsis = true;
      continue;
    }
    if (what == 1 && out_rank < 5) {
      masks[3] |= bit;
      ++out_rank;
      continue;
    }
    const auto dim = x.shape[axis++];
    stride.back() = random.integer(1, 3) * (random.integer(0, 1) == 0 ? 1 : -1);
    begin.back() = random.integer(-dim, dim - 1);
    end.back() = random.integer(-dim - 1, dim + 1);
    if (what == 2) {
      masks[4] |= bit;
      stride.back() = 1;
      --out_rank;
      continue;
    }
    if (random.integer(0, 3) == 0) masks[0] |= bit;
    if (random.integer(0, 3) == 0) masks[1] |= bit;
  }
  const std::vector<int> m(masks, masks + 5);
  const OneOp op{
      .op = tflite::BuiltinOperator_STRIDED_SLICE,
      .options_type = tflite::BuiltinOptions_StridedSliceOptions,
      .options =
          [=](Builder& b) {
            return tflite::CreateStridedSliceOptions(b, m[0], m[1], m[2], m[3], m[4]).Union();
          },
      .inputs = {Operand(x), Operand(list(begin)), Operand(list(end)), Operand(list(stride))},
      .outputs = {same_kind(x, out_rank)},
      .version = 6};
  return question(
      fmt::format("strided {} {} [{}] [{}] [{}] masks [{}]", index, x.text(), fmt::join(begin, ","),
                  fmt::join(end, ","), fmt::join(stride, ","), fmt::join(m, ",")),
      op, {random_tensor(random, x)});
}

TEST(LitertShape, StridedSlice) {
  Random random(6);
  std::vector<Question> questions;
  for (int i = 0; i < 150; ++i) questions.push_back(strided_question(random, i));
  expect_equal(questions);
}

}  // namespace
}  // namespace slipway::litert
