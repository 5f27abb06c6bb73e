// Shapes, and tensors made of repetition.

#include <algorithm>

#include "formats/onnx/write.h"
#include "ops/shape/fill.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

Result<void> reshape(OnnxWriter& writer) {
  OnnxAttributes attributes;
  if (!writer.as<ops::Reshape>().zero_copies) {
    bool has_zero = writer.known(1) == nullptr;
    if (!has_zero) {
      const auto numbers = SLIPWAY_TRY(writer.integers(1));
      has_zero = std::find(numbers.begin(), numbers.end(), 0) != numbers.end();
    }
    if (has_zero) attributes.emplace_back("allowzero", 1);
  }
  writer.result(0, writer.add("Reshape", {writer.last(0), writer.index(1, 1)}, attributes));
  return {};
}

/// The two ways between the layouts only say that a value is there already.
Result<void> transpose(OnnxWriter& writer) {
  auto perm = writer.as<ops::Transpose>().perm;
  const auto rank = writer.type(0).shape.rank();
  if (perm.empty()) {
    for (std::size_t i = rank; i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  }
  // Of three dimensions both ways are the same: x that is there with channels first is the result.
  const bool is_there = rank == 3 && perm == last_of_first(rank) && writer.is_there_first(0);
  if (rank > 2 && !writer.in_function() && perm == last_of_first(rank) && !is_there) {
    writer.result_first(0, writer.last(0));
  } else if (rank > 2 && !writer.in_function() && perm == first_of_last(rank)) {
    writer.result(0, writer.first(0));
  } else {
    writer.result(0, writer.transpose(writer.last(0), perm));
  }
  return {};
}

Result<void> squeeze(OnnxWriter& writer) {
  const auto& axes = writer.as<ops::Squeeze>().axes;
  std::vector<std::string> inputs = {writer.last(0)};
  if (!axes.empty()) inputs.push_back(writer.indices(axes));
  if (writer.has(1)) inputs.push_back(writer.index(1, 1));
  writer.result(0, writer.add("Squeeze", inputs));
  return {};
}

Result<void> unsqueeze(OnnxWriter& writer) {
  const auto& axes = writer.as<ops::Unsqueeze>().axes;
  const auto x = writer.last(0);
  if (writer.has(1)) {
    writer.result(0, writer.add("Unsqueeze", {x, writer.index(1, 1)}));
    return {};
  }
  writer.result(0, axes.empty() ? x : writer.add("Unsqueeze", {x, writer.indices(axes)}));
  return {};
}

Result<void> shape_of(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ShapeOf>();
  OnnxAttributes attributes;
  if (op.start != 0) attributes.emplace_back("start", op.start);
  if (op.end != ops::ShapeOf{}.end) attributes.emplace_back("end", op.end);
  const auto shape = writer.add("Shape", {writer.last(0)}, attributes);
  writer.result(0, writer.cast(shape, DType::i64, op.type));
  return {};
}

Result<void> rank(OnnxWriter& writer) {
  writer.ignore(0);
  writer.result(0, writer.number(DType::i32, static_cast<double>(writer.type(0).shape.rank())));
  return {};
}

Result<void> size(OnnxWriter& writer) {
  writer.result(0, writer.add("Size", {writer.last(0)}));
  return {};
}

Result<void> tile(OnnxWriter& writer) {
  writer.result(0, writer.add("Tile", {writer.last(0), writer.index(1, 1)}));
  return {};
}

Result<void> expand(OnnxWriter& writer) {
  writer.result(0, writer.add("Expand", {writer.last(0), writer.index(1, 1)}));
  return {};
}

/// Of two dimensions the one that is not 1, both lists filled up with 1 in front.
Result<void> broadcast_args(OnnxWriter& writer) {
  const auto& y = writer.output_type(0);
  std::string names[2];
  for (std::size_t i = 0; i < 2; ++i) {
    names[i] = writer.index(i, 1);
    const auto missing = y.shape[0] - writer.type(i).shape[0];
    if (y.shape[0] == Shape::kUnknown || writer.type(i).shape[0] == Shape::kUnknown)
      return fail(Code::unsupported, "ranks that are only known when the graph runs");
    if (missing <= 0) continue;
    const auto ones = writer.indices(List(static_cast<std::size_t>(missing), 1));
    names[i] = writer.add("Concat", {ones, names[i]}, {{"axis", 0}});
  }
  const auto is_one = writer.add("Equal", {names[0], writer.number(DType::i64, 1)});
  const auto dims = writer.add("Where", {is_one, names[1], names[0]});
  writer.result(0, writer.cast(dims, DType::i64, y.dtype));
  return {};
}

Result<void> fill(OnnxWriter& writer) {
  auto value = writer.last(1);
  if (writer.type(1).shape.rank() > 0) value = writer.reshape(value, {});
  writer.result(0, writer.add("Expand", {value, writer.index(0, 1)}));
  return {};
}

Result<void> zeros_like(OnnxWriter& writer) {
  TensorBuilder zero({.dtype = writer.type(0).dtype, .shape = {1}});
  const auto shape = writer.add("Shape", {writer.last(0)});
  writer.result(0, writer.add("ConstantOfShape", {shape}, {{"value", std::move(zero).build()}}));
  return {};
}

Result<void> range(OnnxWriter& writer) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto name = writer.last(i);
    inputs.push_back(writer.type(i).shape.rank() > 0 ? writer.reshape(name, {}) : name);
  }
  writer.result(0, writer.add("Range", inputs));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_shape() {
  static constexpr OnnxWriteRow kRows[] = {
      {"BroadcastArgs", "", broadcast_args, never, never},
      {"Expand", "", expand, never},
      {"Fill", "", fill, never},
      {"Range", "may_be_empty", range, never},
      {"Rank", "", rank, never},
      {"Reshape", "zero_copies", reshape, never},
      {"ShapeOf", "type start end", shape_of, never},
      {"Size", "", size, never},
      {"Squeeze", "axes", squeeze, never},
      {"Tile", "", tile, never},
      {"Transpose", "perm", transpose, never},
      {"Unsqueeze", "axes", unsqueeze, never},
      {"ZerosLike", "", zeros_like, never},
  };
  return kRows;
}

}  // namespace slipway::formats
