// Ops that only move elements. What they do is found by running them on the elements' numbers: no
// op's meaning is written down a second time.

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>
#include <ranges>

#include "base/check.h"
#include "device/cpu/loops.h"
#include "device/cpu/lower_lookups.h"
#include "device/cpu/moves.h"
#include "device/cpu/rules.h"
#include "device/cpu/trace.h"
#include "engine/move_steps.h"
#include "kernels/bf16.h"
#include "kernels/winograd_f32.h"
#include "ops/check.h"
#include "ops/shape/concat.h"
#include "ops/shape/gather.h"

namespace slipway::cpu {
namespace {

constexpr std::int64_t kUnitBytes = 1 << 15;

std::int64_t parts(std::int64_t all, std::int64_t each) { return (all + each - 1) / each; }

/// The runs of elements that lie side by side in both, and those that are filled.
std::vector<engine::Run> runs_of(const Moved& moved, const std::vector<std::int64_t>& filled,
                                 std::int32_t size) {
  std::vector<engine::Run> runs;
  const auto bytes = static_cast<std::uint32_t>(size);
  const auto extend = [&](std::int64_t to, std::int64_t from) {
    const auto at = static_cast<std::uint32_t>(to * size);
    const auto source = from < 0 ? -1 : static_cast<std::int32_t>(from * size);
    if (!runs.empty()) {
      auto& last = runs.back();
      const bool follows =
          source < 0
              ? last.from < 0
              : last.from >= 0 && last.from + static_cast<std::int32_t>(last.bytes) == source;
      if (follows && last.to + last.bytes == at) {
        last.bytes += bytes;
        return;
      }
    }
    runs.push_back({at, source, bytes});
  };
  std::size_t next = 0;
  for (std::size_t i = 0; i < moved.to.size(); ++i) {
    while (next < filled.size() && filled[next] < moved.to[i]) extend(filled[next++], -1);
    extend(moved.to[i], moved.from[i]);
  }
  while (next < filled.size()) extend(filled[next++], -1);
  return runs;
}

Result<void> add_runs(Lowering& lowering, const engine::Place& in, const engine::Place& out,
                      const std::vector<engine::Run>& runs, std::uint64_t fill, std::int32_t size) {
  constexpr std::size_t kMostRuns = std::size_t{1} << 22U;
  if (runs.size() > kMostRuns)
    return fail(Code::unsupported, "elements that move in {} runs", runs.size());
  engine::RunsStep step;
  step.runs = static_cast<std::int32_t>(runs.size());
  step.fill = fill;
  step.element_bytes = size;
  step.in = in;
  step.out = out;
  const auto table = runs.size() * sizeof(engine::Run);
  step.table = lowering.plan().add_constants(table);
  std::memcpy(lowering.plan().constants_at(step.table), runs.data(), table);
  std::int64_t bytes = 0;
  for (const auto& run : runs) bytes += run.bytes;
  const std::int64_t units = std::clamp<std::int64_t>(bytes / kUnitBytes, 1, step.runs);
  step.unit_runs = static_cast<std::int32_t>(parts(step.runs, units));
  step.header.units = static_cast<std::uint32_t>(parts(step.runs, step.unit_runs));
  lowering.plan().add(step, engine::StepKind::runs, "", fmt::format("{} runs", runs.size()));
  return {};
}

/// A transposition with few rows in its result becomes several along them, for threads to share.
void cut_rows(std::vector<Axis>& loops, std::int64_t size) {
  constexpr std::int64_t kLine = 64;
  constexpr std::int64_t kLeast = 256;  // elements of a row
  const auto& [columns, rows] = std::pair(loops[0], loops[1]);
  if (columns.size * 4 > rows.size) return;
  std::int64_t part = 4 * kUnitBytes / (columns.size * size) / kLine * kLine;
  while (part >= kLeast && rows.size % part != 0) part -= kLine;
  if (part < kLeast || part == rows.size) return;
  loops = {
      {rows.size / part, rows.from * part, rows.to * part}, columns, {part, rows.from, rows.to}};
}

/// A copy in loops that begin at the first of the elements.
void add_moved(Lowering& lowering, engine::Place in, engine::Place out, const Moved& moved,
               std::vector<Axis> loops, std::int32_t size) {
  in.offset += static_cast<std::uint64_t>(moved.from[0] * size);
  out.offset += static_cast<std::uint64_t>(moved.to[0] * size);
  add_loops(lowering, in, out, std::move(loops), size);
}

/// The bytes that the op writes where no element of an input goes.
Result<std::uint64_t> fill_of(const Graph& graph, const Node& node,
                              std::span<const std::size_t> moving, std::size_t slot,
                              std::int64_t at) {
  std::vector<std::optional<Tensor>> inputs(node.inputs.size());
  for (const auto i : moving) inputs[i] = TensorBuilder(graph.type(node.inputs[i])).build();
  const auto outputs = SLIPWAY_TRY(evaluate(graph, node, std::move(inputs)));
  const auto size = static_cast<std::size_t>(size_of(outputs[slot].dtype()));
  std::uint64_t fill = 0;
  std::memcpy(&fill, outputs[slot].bytes().data() + static_cast<std::size_t>(at) * size, size);
  return fill;
}

/// Places of elements, counted without gaps, in a value of this shape whose pixels lie apart, and
/// maybe its rows.
void spread(std::vector<std::int64_t>& places, const Shape& shape, const Pixels& at) {
  const auto pixel = pixel_of(shape);
  if (at.row != 0) {
    const std::int64_t width = shape.back(1);
    const std::int64_t height = shape.rank() > 3 ? shape.back(2) : 1;
    for (auto& place : places) {
      const auto row = place / pixel / width;
      place = row / height * at.picture + row % height * at.row +
              place / pixel % width * at.stride + place % pixel;
    }
  } else if (at.stride != pixel) {
    for (auto& place : places) place = place / pixel * at.stride + place % pixel;
  }
}

/// Whether the elements lie where they should already.
bool in_place(const engine::Place& in, const engine::Place& out, const Moved& moved,
              std::int64_t size) {
  if (in.space != out.space || in.index != out.index) return false;
  const auto apart = static_cast<std::int64_t>(in.offset - out.offset);
  for (std::size_t i = 0; i < moved.to.size(); ++i)
    if ((moved.to[i] - moved.from[i]) * size != apart) return false;
  return true;
}

/// The stride of the pixels of y as a part of x, of which it has elements in this order.
std::optional<std::int64_t> stride_within(const Moved& moved, std::int64_t pixel) {
  const auto loops = as_loops(moved, 2);
  if (!loops || loops->empty() || loops->back().to != 1) return std::nullopt;
  const bool runs = loops->back().from == 1;
  if (loops->size() == 1 && runs) return pixel;
  if (loops->size() == 1 && pixel == 1) return loops->front().from;
  return loops->size() == 2 && runs && loops->back().size == pixel
             ? std::optional(loops->front().from)
             : std::nullopt;
}

/// Whether y could be a part of x in place.
bool view(Lowering& lowering, ValueId y, ValueId x, const Pixels& from, Moved moved) {
  const auto& graph = lowering.graph();
  const auto& type = graph.type(y);
  spread(moved.from, graph.type(x).shape, from);
  const auto stride = stride_within(moved, pixel_of(type.shape));
  if (!stride || *stride < pixel_of(type.shape)) return false;
  Pixels at{from.at, *stride};
  at.at.offset += static_cast<std::uint64_t>(moved.from[0] * lowering.element_bytes(y));
  return lowering.view(y, x, at);
}

/// The steps of one output.
Result<void> add_output(Lowering& lowering, ValueId y, std::span<const std::size_t> moving,
                        const Trace& trace, const std::vector<Pixels>& from) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto size = static_cast<std::int32_t>(lowering.element_bytes(y));
  std::uint64_t fill = 0;
  if (!trace.filled.empty()) {
    fill = SLIPWAY_TRY(
        fill_of(graph, node, moving, static_cast<std::size_t>(y.slot), trace.filled[0]));
    if (lowering.is_rounded(y))
      fill = kernels::rounded(std::bit_cast<float>(static_cast<std::uint32_t>(fill)));
  }
  if (from.size() == 1 && trace.filled.empty() && !node.op.is<ops::Concat>() &&
      view(lowering, y, node.inputs[moving[0]], from[0], trace.inputs[0]))
    return {};
  const auto room = lowering.make_pixels(y);
  const auto& out = room.at;
  const auto& shape = graph.type(y).shape;
  auto filled = trace.filled;
  spread(filled, shape, room);
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto moved = trace.inputs[i];
    spread(moved.from, graph.type(node.inputs[moving[i]]).shape, from[i]);
    spread(moved.to, shape, room);
    if (moved.to.empty() || in_place(from[i].at, out, moved, size)) continue;
    auto loops = as_loops(moved, kernels::kMoveRank);
    auto runs =
        !filled.empty() || !loops ? runs_of(moved, filled, size) : std::vector<engine::Run>();
    constexpr std::size_t kShort = 16;  // bytes, on average
    const auto elements = moved.to.size() + filled.size();
    if (loops &&
        (runs.empty() || elements * static_cast<std::size_t>(size) < kShort * runs.size())) {
      if (!filled.empty())
        SLIPWAY_TRY(add_runs(lowering, from[i].at, out, runs_of({}, filled, size), fill, size));
      add_moved(lowering, from[i].at, out, moved, *std::move(loops), size);
    } else {
      SLIPWAY_TRY(add_runs(lowering, from[i].at, out, runs, fill, size));
    }
    filled.clear();
  }
  if (!filled.empty())
    SLIPWAY_TRY(add_runs(lowering, out, out, runs_of({}, filled, size), fill, size));
  return {};
}

/// Whether bytes of one type have another scale in a Concat's output.
bool rescales(const TensorType& x, const TensorType& y) {
  return x.quant && y.quant && *x.quant != *y.quant;
}

Result<void> lower_moved(Lowering& lowering, ValueId y, std::span<const std::size_t> moving) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  for (const auto i : moving) {
    if (graph.type(node.inputs[i]).dtype != node.outputs[0].type.dtype)
      return fail(Code::unsupported, "{} of mixed types", node.op.name());
  }
  const auto traces = SLIPWAY_TRY(trace(graph, node, moving));
  std::vector<Pixels> from;
  for (const auto i : moving) {
    const auto& x = graph.type(node.inputs[i]);
    const auto& to = node.outputs[0].type;
    if (node.op.is<ops::Concat>() && rescales(x, to)) {
      from.push_back({SLIPWAY_TRY(rescaled(lowering, node.inputs[i], to)), pixel_of(x.shape)});
    } else {
      from.push_back(SLIPWAY_TRY(lowering.pixels(node.inputs[i])));
    }
  }
  for (std::int32_t slot = 0; slot < std::ssize(node.outputs); ++slot)
    SLIPWAY_TRY(
        add_output(lowering, {y.node, slot}, moving, traces[static_cast<std::size_t>(slot)], from));
  return {};
}

}  // namespace

void add_loops(Lowering& lowering, const engine::Place& in, const engine::Place& out,
               std::vector<Axis> loops, std::int32_t size) {
  engine::MoveStep step;
  step.element_bytes = size;
  step.in = in;
  step.out = out;
  if (!loops.empty() && loops.back().from != 1) {
    // A transposition: the loop along the rows of the input stands before the one along the
    // output's.
    const auto along = std::ranges::find(loops, 1, &Axis::from);
    if (along != loops.end()) std::rotate(along, along + 1, loops.end() - 1);
    if (loops.size() == 2 && loops[0].from == 1) cut_rows(loops, size);
  }
  step.rank = static_cast<std::int32_t>(loops.size());
  std::int64_t row = size;
  std::string words;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    step.dims[i] = loops[i].size;
    step.from[i] = loops[i].from * size;
    step.to[i] = loops[i].to * size;
    if (i > 0) row *= loops[i].size;
    words += fmt::format("{}{}", i == 0 ? "" : "x", loops[i].size);
  }
  if (!loops.empty()) {
    constexpr std::int64_t kLine = 64;
    step.unit_rows = unit_rows(row);
    const bool transposes = loops.size() == 2 && loops.back().from != 1;
    if (transposes) step.unit_rows = parts(step.unit_rows, kLine) * kLine;
    step.header.units = static_cast<std::uint32_t>(parts(loops[0].size, step.unit_rows));
  }
  add_newest(lowering, step, engine::StepKind::move, kernels::move_variants(),
             fmt::format("{} of {} bytes", words.empty() ? "1" : words, size));
}

Result<void> add_transposition(Lowering& lowering, const engine::Place& in,
                               const engine::Place& out, const Shape& shape,
                               std::span<const std::size_t> perm, std::int32_t size) {
  const auto strides = strides_of(shape);
  std::vector<Axis> loops;
  std::int64_t to = 1;
  for (const auto axis : std::views::reverse(perm)) {
    const std::int64_t dim = shape[axis];
    if (dim == 1) continue;
    // A dimension that goes on where the one inside of it ends makes one loop with it.
    if (!loops.empty() && strides[axis] == loops.back().from * loops.back().size) {
      loops.back().size *= dim;
    } else {
      loops.push_back({dim, strides[axis], to});
    }
    to *= dim;
  }
  if (loops.size() > kernels::kMoveRank)
    return fail(Code::unsupported, "{} dimensions that move apart", loops.size());
  std::ranges::reverse(loops);
  add_loops(lowering, in, out, std::move(loops), size);
  return {};
}

bool joins_channels(const Lowering& lowering, ValueId x) {
  const auto* concat = lowering.maker<ops::Concat>(x);
  const auto& graph = lowering.graph();
  if (concat == nullptr || graph.known(x) != nullptr || !lowering.used_once(x)) return false;
  const auto& inputs = graph.node(x).inputs;
  const auto rank = graph.type(x).shape.rank();
  const auto axis = checked_axis(concat->axis, rank);
  return axis && *axis + 1 == rank && inputs.size() <= kernels::kMostInputs &&
         std::ranges::all_of(
             inputs, [&](ValueId id) { return graph.type(id).dtype == graph.type(x).dtype; });
}

Result<std::vector<Part>> parts_of(Lowering& lowering, ValueId x, bool vectors) {
  const auto pixels = [&](ValueId id) {
    return vectors ? lowering.vector_pixels(id) : lowering.pixels(id);
  };
  const auto& graph = lowering.graph();
  const auto& to = graph.type(x);
  std::vector<Part> parts;
  const bool joins = lowering.is_claimed(x) && lowering.maker<ops::Concat>(x) != nullptr;
  std::int64_t channels = 0;
  for (const auto id : joins ? graph.node(x).inputs : std::vector{x}) {
    const auto& type = graph.type(id);
    Part part;
    part.channels = pixel_of(type.shape);
    part.first = channels;
    part.doubled = lowering.is_claimed(id);
    if (rescales(type, to)) {
      part.pixels = {SLIPWAY_TRY(rescaled(lowering, id, to)), part.channels};
    } else {
      part.pixels = SLIPWAY_TRY(pixels(part.doubled ? graph.node(id).inputs[0] : id));
    }
    channels += part.channels;
    parts.push_back(part);
  }
  return parts;
}

Pixels put_together(Lowering& lowering, ValueId x, const std::vector<Part>& parts) {
  if (parts.size() == 1) return parts.front().pixels;
  const auto& type = lowering.graph().type(x);
  const auto size = static_cast<std::int32_t>(lowering.element_bytes(x));
  const std::int64_t pixel = pixel_of(type.shape);
  const Pixels whole{lowering.scratch(lowering.bytes_of(x)), pixel};
  auto to = whole.at;
  for (const auto& part : parts) {
    SLIPWAY_CHECK(part.pixels.row == 0);
    add_loops(lowering, part.pixels.at, to,
              {{type.shape.elements() / pixel, part.pixels.stride, pixel}, {part.channels, 1, 1}},
              size);
    to.offset += static_cast<std::uint64_t>(part.channels * size);
  }
  return whole;
}

Result<void> lower_move(Lowering& lowering, ValueId y) {
  constexpr std::size_t kFirst[] = {0};
  return lower_moved(lowering, y, kFirst);
}

bool joined_reads_apart(const Lowering& lowering, ValueId y, ValueId x) {
  const auto& in = lowering.graph().type(x);
  const auto& out = lowering.graph().type(y);
  return !rescales(in, out);  // which it is as a whole
}

Result<void> lower_joined(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const bool places = node.op.is<ops::DynamicUpdateSlice>();  // the last input says where
  std::vector<std::size_t> all(node.inputs.size() - (places ? 1 : 0));
  std::iota(all.begin(), all.end(), std::size_t{0});
  return lower_moved(lowering, y, all);
}

}  // namespace slipway::cpu
