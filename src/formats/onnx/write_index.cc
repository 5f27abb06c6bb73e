// Elements picked or written at places that other tensors name, and where in a tensor something is.

#include <numeric>

#include "formats/onnx/tensor.h"
#include "formats/onnx/write.h"
#include "ops/detect/nms.h"
#include "ops/shape/distinct.h"
#include "ops/shape/fill.h"
#include "ops/shape/gather.h"
#include "ops/shape/gather_elements.h"
#include "ops/shape/matrix.h"
#include "ops/shape/move.h"
#include "ops/shape/search.h"

namespace slipway::formats {
namespace {

using List = std::vector<std::int64_t>;

/// x with dimension `from` at place `to`.
std::string move_axis(OnnxWriter& writer, const std::string& x, std::size_t rank, std::size_t from,
                      std::size_t to) {
  if (from == to) return x;
  List perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  perm.erase(perm.begin() + static_cast<std::ptrdiff_t>(from));
  perm.insert(perm.begin() + static_cast<std::ptrdiff_t>(to), static_cast<std::int64_t>(from));
  return writer.transpose(x, perm);
}

Result<void> gather(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Gather>();
  const auto x_rank = writer.type(0).shape.rank();
  const auto i_rank = writer.type(1).shape.rank();
  if (op.batch_dims == 0) {
    writer.result(0, writer.add("Gather", {writer.last(0), writer.last(1)}, {{"axis", op.axis}}));
    return {};
  }
  const auto axis = SLIPWAY_TRY(checked_axis(op.axis, x_rank));
  const auto batch = static_cast<std::size_t>(
      op.batch_dims < 0 ? op.batch_dims + static_cast<std::int64_t>(i_rank) : op.batch_dims);
  // GatherND gives (batch…, k…, before…, after…); the k go behind `before`.
  const auto x = move_axis(writer, writer.last(0), x_rank, axis, batch);
  const auto places = writer.add("Unsqueeze", {writer.index(1), writer.indices({-1})});
  auto y = writer.add("GatherND", {x, places}, {{"batch_dims", static_cast<std::int64_t>(batch)}});
  const auto y_rank = writer.output_type(0).shape.rank();
  for (std::size_t k = batch; k < i_rank; ++k)
    y = move_axis(writer, y, y_rank, batch, axis - batch + i_rank - 1);
  writer.result(0, y);
  return {};
}

bool has_no_batches(const OnnxWriter& writer) {
  return writer.node().op.as<ops::Gather>()->batch_dims == 0;
}

Result<void> gather_nd(OnnxWriter& writer) {
  writer.result(0, writer.add("GatherND", {writer.last(0), writer.index(1)},
                              {{"batch_dims", writer.as<ops::GatherND>().batch_dims}}));
  return {};
}

Result<void> scatter(OnnxWriter& writer, std::string_view name, Reduction reduction,
                     OnnxAttributes attributes) {
  if (reduction == Reduction::max || reduction == Reduction::min) writer.needs_opset(18);
  const bool reduces = reduction != Reduction::none;
  const DType dtype = writer.type(0).dtype;
  const DType wide = reduces ? computed_in(dtype) : dtype;
  const auto x = writer.cast(writer.last(0), dtype, wide);
  const auto updates = writer.cast(writer.last(2), dtype, wide);
  if (reduces) attributes.emplace_back("reduction", std::string(name_of(reduction)));
  const auto y = writer.add(name, {x, writer.index(1), updates}, attributes);
  writer.result(0, writer.cast(y, wide, dtype));
  return {};
}

/// Whether each number is rounded once: those of 16 bits are reduced in f32, so that several for
/// one place are not rounded in between.
template <class T>
bool rounds_once(const OnnxWriter& writer) {
  const auto reduction = writer.node().op.as<T>()->reduction;
  const DType dtype = writer.type(0).dtype;
  return (dtype != DType::f16 && dtype != DType::bf16) ||
         (reduction != Reduction::add && reduction != Reduction::mul);
}

Result<void> scatter_elements(OnnxWriter& writer) {
  const auto& op = writer.as<ops::ScatterElements>();
  return scatter(writer, "ScatterElements", op.reduction, {{"axis", op.axis}});
}

Result<void> gather_elements(OnnxWriter& writer) {
  const auto axis = writer.as<ops::GatherElements>().axis;
  writer.result(0,
                writer.add("GatherElements", {writer.last(0), writer.index(1)}, {{"axis", axis}}));
  return {};
}

Result<void> compress(OnnxWriter& writer) {
  writer.result(0, writer.add("Compress", {writer.last(0), writer.last(1)},
                              {{"axis", writer.as<ops::Compress>().axis}}));
  return {};
}

Result<void> unique(OnnxWriter& writer) {
  const auto& op = writer.as<ops::Unique>();
  const auto names =
      writer.add_all("Unique", {writer.last(0)}, {{"axis", op.axis}, {"sorted", op.sorted ? 1 : 0}},
                     writer.output_count());
  for (std::size_t i = 0; i < names.size(); ++i) writer.result(i, names[i]);
  return {};
}

Result<void> eye_like(OnnxWriter& writer) {
  const auto& op = writer.as<ops::EyeLike>();
  writer.result(0, writer.add("EyeLike", {writer.last(0)},
                              {{"dtype", onnx_data_type(op.type)}, {"k", op.k}}));
  return {};
}

/// What ONNX Runtime's Trilu takes.
DType triangle_in(DType dtype) {
  return dtype == DType::boolean ? DType::f32 : is_integer(dtype) ? DType::i64 : computed_in(dtype);
}

Result<void> trilu(OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  const DType wide = dtype == DType::f64 ? dtype : triangle_in(dtype);
  std::vector<std::string> inputs = {writer.cast(writer.last(0), dtype, wide)};
  if (writer.has(1)) inputs.push_back(writer.index(1, 0));
  const auto y = writer.add("Trilu", inputs, {{"upper", writer.as<ops::Trilu>().upper ? 1 : 0}});
  writer.result(0, writer.cast(y, wide, dtype));
  return {};
}

Result<void> scatter_nd(OnnxWriter& writer) {
  return scatter(writer, "ScatterND", writer.as<ops::ScatterND>().reduction, {});
}

/// Every place of the update, moved by the starts, which are brought inside first.
Result<void> dynamic_update_slice(OnnxWriter& writer) {
  const auto& x = writer.type(0).shape;
  const auto& update = writer.type(1).shape;
  if (!x.is_known() || !update.is_known())
    return fail(Code::unsupported, "a shape that is only known when the graph runs");
  if (x.rank() == 0 || update.elements() == 0)
    return fail(Code::unsupported, "an update of shape {}", update.text());
  List places;
  for (ops::Walk walk(update.dims()); !walk.done(); walk.next())
    places.insert(places.end(), walk.at().begin(), walk.at().end());
  List most;
  for (std::size_t i = 0; i < x.rank(); ++i) most.push_back(x[i] - update[i]);
  const auto rank = static_cast<std::int64_t>(x.rank());
  auto starts = writer.add("Max", {writer.index(2, 1), writer.number(DType::i64, 0)});
  starts = writer.add("Min", {starts, writer.indices(most)});
  const auto grid = writer.constant(Tensor::of({update.elements(), rank}, places));
  const auto flat = writer.reshape(writer.last(1), {-1});
  writer.result(0,
                writer.add("ScatterND", {writer.last(0), writer.add("Add", {grid, starts}), flat}));
  return {};
}

/// ONNX's OneHot counts negative indices from the end; ours are nowhere.
Result<void> one_hot(OnnxWriter& writer) {
  const auto rank = writer.output_type(0).shape.rank();
  const auto axis = SLIPWAY_TRY(checked_axis(writer.as<ops::OneHot>().axis, rank));
  const DType dtype = writer.type(2).dtype;
  const DType wide = dtype == DType::boolean ? DType::u8 : computed_in(dtype);
  const auto zero = writer.number(DType::i64, 0);
  const auto one = writer.number(DType::i64, 1);
  List shape(rank - axis, 1);
  shape[0] = -1;
  const auto places = writer.reshape(writer.add("Range", {zero, writer.index(1, 0), one}), shape);
  auto picked = writer.index(0);
  if (writer.as<ops::OneHot>().from_the_end) {
    const auto counted = writer.add("Add", {picked, writer.index(1, 0)});
    picked = writer.add("Where", {writer.add("Less", {picked, zero}), counted, picked});
  }
  const auto indices =
      writer.add("Unsqueeze", {picked, writer.indices({static_cast<std::int64_t>(axis)})});
  const auto hit = writer.add("Equal", {indices, places});
  const auto value = [&](std::size_t i) {
    const auto name = writer.cast(writer.last(i), dtype, wide);
    return writer.type(i).shape.rank() > 0 ? writer.reshape(name, {}) : name;
  };
  const auto y = writer.add("Where", {hit, value(2), value(3)});
  writer.result(0, writer.cast(y, wide, dtype));
  return {};
}

Result<void> top_k(OnnxWriter& writer) {
  const auto& op = writer.as<ops::TopK>();
  const DType dtype = writer.type(0).dtype;
  const DType wide = computed_in(dtype);
  const auto x = writer.cast(writer.last(0), dtype, wide);
  const auto both = writer.add_all("TopK", {x, writer.index(1, 1)},
                                   {{"axis", op.axis}, {"largest", op.largest ? 1 : 0}}, 2);
  writer.result(0, writer.cast(both[0], wide, dtype));
  writer.result(1, writer.cast(both[1], DType::i64, writer.as<ops::TopK>().index_type));
  return {};
}

Result<void> non_zero(OnnxWriter& writer) {
  const DType dtype = writer.type(0).dtype;
  const DType wide = dtype == DType::boolean ? dtype : computed_in(dtype);
  writer.result(0, writer.add("NonZero", {writer.cast(writer.last(0), dtype, wide)}));
  return {};
}

/// What is found, filled up with zeros. ONNX drops boxes that overlap by more than `iou`, ours by
/// as much.
Result<void> non_max_suppression(OnnxWriter& writer) {
  if (writer.has(5)) {
    const auto* sigma = writer.known(5);
    if (sigma == nullptr || to_doubles(*sigma) != std::vector<double>{0})
      return fail(Code::unsupported, "ONNX has no scores that shrink with a sigma");
  }
  const auto zero = writer.indices({0});
  const auto boxes = writer.add("Unsqueeze", {writer.last(0), zero});
  const auto scores = writer.add("Unsqueeze", {writer.last(1), writer.indices({0, 1})});
  const auto most = writer.index(2, 1);
  const auto real = [&](std::size_t i) { return writer.reshape(writer.last(i), {1}); };
  const auto rows = writer.add("NonMaxSuppression", {boxes, scores, most, real(3), real(4)});
  const auto found = writer.add("Gather", {rows, writer.number(DType::i64, 2)}, {{"axis", 1}});
  const auto count = writer.add("Shape", {found});
  const auto pads = writer.add("Concat", {zero, writer.add("Sub", {most, count})}, {{"axis", 0}});
  const auto padded = writer.add("Pad", {found, pads});
  writer.result(0, writer.cast(padded, DType::i64, DType::i32));
  std::size_t next = 1;
  if (writer.as<ops::NonMaxSuppressionV5>().with_scores) {
    const auto best = writer.add("Gather", {writer.last(1), found}, {{"axis", 0}});
    writer.result(next++, writer.add("Pad", {best, pads}));
  }
  writer.result(next, writer.cast(writer.reshape(count, {}), DType::i64, DType::i32));
  return {};
}

}  // namespace

std::span<const OnnxWriteRow> onnx_write_index() {
  static constexpr OnnxWriteRow kRows[] = {
      {"Compress", "axis", compress, never},
      {"DynamicUpdateSlice", "", dynamic_update_slice, never, never},
      {"EyeLike", "type k", eye_like, never},
      {"Gather", "axis batch_dims", gather, never, has_no_batches},
      {"GatherElements", "axis", gather_elements, never},
      {"GatherND", "batch_dims", gather_nd, never},
      {"NonMaxSuppressionV5", "with_scores", non_max_suppression, never, never},
      {"NonZero", "", non_zero, never},
      {"OneHot", "axis from_the_end", one_hot, never, never},
      {"ScatterElements", "axis reduction", scatter_elements, never,
       rounds_once<ops::ScatterElements>},
      {"ScatterND", "reduction", scatter_nd, never, rounds_once<ops::ScatterND>},
      {"Unique", "axis sorted", unique, never},
      {"Trilu", "upper", trilu, never},
      {"TopK", "index_type axis largest", top_k, never},
  };
  return kRows;
}

}  // namespace slipway::formats
