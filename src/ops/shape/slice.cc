#include "ops/shape/slice.h"

#include <algorithm>
#include <bit>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// Numbers from outside are brought into this range, beyond every tensor, before counting.
constexpr std::int64_t kFar = std::int64_t{1} << 42U;

/// What is taken of one dimension of x.
struct Extent {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

Extent whole(std::int64_t size) { return {0, 1, size}; }

std::int64_t limited(std::int64_t x) { return std::clamp(x, -kFar, kFar); }

/// From `start` up to `stop`, NumPy's way. Needs step != 0.
Extent range_of(std::int64_t start, std::int64_t stop, std::int64_t step, std::int64_t size) {
  start = limited(start);
  stop = limited(stop);
  step = limited(step);
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  start = std::clamp(start < 0 ? start + size : start, low, high);
  stop = std::clamp(stop < 0 ? stop + size : stop, low, high);
  const std::int64_t distance = step > 0 ? stop - start : start - stop;
  const std::int64_t stride = std::abs(step);
  return {start, step, distance <= 0 ? 0 : (distance + stride - 1) / stride};
}

void pick_ranges(const Tensor& x, std::span<const Extent> ranges, std::span<std::byte> y) {
  if (y.empty()) return;
  std::vector<Places> from;
  for (const auto& range : ranges) from.push_back(places(range.count, range.start, range.step));
  pick(x, from, {}, y);
}

Result<Shape> shape_of(std::span<const Extent> ranges) {
  std::vector<std::int64_t> dims;
  for (const auto& range : ranges) dims.push_back(range.count);
  return Shape::make(dims);
}

/// Integers of the inputs from `first` on, empty where one is left out; nullopt if one is unknown.
using Numbers = std::vector<std::vector<std::int64_t>>;

Result<std::optional<Numbers>> known_numbers(const KnownInputs& inputs, std::size_t first) {
  Numbers out;
  for (std::size_t i = first; i < inputs.size(); ++i) {
    out.emplace_back();
    if (!inputs.has(i)) continue;
    SLIPWAY_TRY(check_dtype("a list of places", inputs.type(i), {DType::i32, DType::i64}));
    SLIPWAY_TRY(check_rank("a list of places", inputs.type(i), 1));
    auto known = SLIPWAY_TRY(known_integers(inputs, i));
    if (!known) return std::optional<Numbers>();
    out.back() = std::move(*known);
  }
  return std::optional(std::move(out));
}

Result<Numbers> numbers(const EvalIo& io, std::size_t first) {
  Numbers out;
  for (std::size_t i = first; i < io.input_count(); ++i) {
    out.emplace_back();
    if (io.has(i)) out.back() = SLIPWAY_TRY(to_integers(io.input(i)));
  }
  return out;
}

Result<Extent> sized_range(std::int64_t start, std::int64_t count, std::int64_t size) {
  if (start < 0 || start > size || count < -1 || count > size - start) {
    return fail(Code::invalid_input, "{} elements from {} of a dimension of {}", count, start,
                size);
  }
  return Extent{start, 1, count == -1 ? size - start : count};
}

/// What Slice takes of each dimension. Needs x to be known.
Result<std::vector<Extent>> slice_ranges(const Shape& x, const Numbers& given, bool sizes) {
  const auto& starts = given[0];
  const auto& ends = given[1];
  const std::vector<std::int64_t> none;
  const auto& axes = given.size() > 2 ? given[2] : none;
  const auto& steps = given.size() > 3 ? given[3] : none;
  const auto n = starts.size();
  if (n > x.rank() || ends.size() != n || (!axes.empty() && axes.size() != n) ||
      (!steps.empty() && steps.size() != n)) {
    return fail(Code::invalid_input, "{} starts and {} ends for {} dimensions", n, ends.size(),
                x.rank());
  }
  std::vector<Extent> ranges;
  for (const auto dim : x) ranges.push_back(whole(dim));
  for (std::size_t i = 0; i < n; ++i) {
    const auto axis = axes.empty() ? i : SLIPWAY_TRY(checked_axis(axes[i], x.rank()));
    const auto step = steps.empty() ? 1 : steps[i];
    if (step == 0) return fail(Code::invalid_input, "a step of 0");
    ranges[axis] = sizes ? SLIPWAY_TRY(sized_range(starts[i], ends[i], x[axis]))
                         : range_of(starts[i], ends[i], step, x[axis]);
  }
  return ranges;
}

/// What StridedSlice takes of x, and the shape of y.
struct Strided {
  std::vector<Extent> ranges;
  std::vector<std::int64_t> dims;
};

/// Bit `i` of a mask.
bool bit(std::int32_t mask, std::size_t i) {
  return i < 32 && ((static_cast<std::uint32_t>(mask) >> i) & 1U) != 0;
}

/// Collects the dimensions of one StridedSlice from the front; x may be open, then y is.
class StridedPlan {
 public:
  StridedPlan(const StridedSlice& op, const Shape& x, const Numbers* given)
      : op_(op), x_(x), given_(given) {}

  Result<Strided> make(std::size_t n) {
    std::size_t named = 0;
    std::size_t ellipses = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (bit(op_.ellipsis_mask, i)) {
        ++ellipses;
      } else if (!bit(op_.new_axis_mask, i)) {
        ++named;
      }
    }
    if (ellipses > 1) return fail(Code::invalid_input, "two ellipses");
    if (named > x_.rank())
      return fail(Code::invalid_input, "{} dimensions are named, {} has {}", named, x_.text(),
                  x_.rank());
    for (std::size_t i = 0; i < n; ++i) {
      if (bit(op_.ellipsis_mask, i)) {
        for (std::size_t k = named; k < x_.rank(); ++k) take_whole();
      } else if (bit(op_.new_axis_mask, i)) {
        out_.dims.push_back(1);
      } else {
        SLIPWAY_TRY(take(i));
      }
    }
    while (out_.ranges.size() < x_.rank()) take_whole();
    return std::move(out_);
  }

 private:
  void take_whole() {
    out_.dims.push_back(x_[out_.ranges.size()]);
    out_.ranges.push_back(whole(out_.dims.back()));
  }

  Result<void> take(std::size_t i) {
    const std::int64_t size = x_[out_.ranges.size()];
    const bool shrinks = bit(op_.shrink_axis_mask, i);
    if (given_ == nullptr || size == Shape::kUnknown) {
      out_.ranges.push_back({});
      if (!shrinks) out_.dims.push_back(Shape::kUnknown);
      return {};
    }
    const auto stride = (*given_)[2][i];
    if (stride == 0) return fail(Code::invalid_input, "a stride of 0");
    std::int64_t begin = limited((*given_)[0][i]);
    if (shrinks) {
      if (bit(op_.begin_mask, i)) begin = stride > 0 ? 0 : -1;
      out_.ranges.push_back({SLIPWAY_TRY(checked_index(begin, size)), 1, 1});
      return {};
    }
    std::int64_t end = limited((*given_)[1][i]);
    if (op_.offset) end += begin < 0 ? begin + size : begin;
    if (bit(op_.begin_mask, i)) begin = stride > 0 ? 0 : kFar;
    if (bit(op_.end_mask, i)) end = stride > 0 ? kFar : -kFar;
    out_.ranges.push_back(range_of(begin, end, stride, size));
    out_.dims.push_back(out_.ranges.back().count);
    return {};
  }

  const StridedSlice& op_;
  const Shape& x_;
  const Numbers* given_;
  Strided out_;
};

Result<Strided> strided(const StridedSlice& op, const Shape& x, const Numbers& given) {
  const auto n = given[0].size();
  if (given[1].size() != n || given[2].size() != n)
    return fail(Code::invalid_input, "{} begins, {} ends and {} strides", n, given[1].size(),
                given[2].size());
  return StridedPlan(op, x, &given).make(n);
}

}  // namespace

Result<Types> Slice::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 5));
  const auto& x = inputs.type(0);
  const auto given = SLIPWAY_TRY(known_numbers(inputs, 1));
  if (!given || (sizes && !x.is_known()))
    return Types{moved(x, SLIPWAY_TRY(open_shape(static_cast<std::int64_t>(x.shape.rank()))))};
  // Dimensions that are open stay so, whatever is taken of them.
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  std::replace(dims.begin(), dims.end(), Shape::kUnknown, std::int64_t{0});
  const auto closed = SLIPWAY_TRY(Shape::make(dims));
  const auto ranges = SLIPWAY_TRY(slice_ranges(closed, *given, sizes));
  for (std::size_t i = 0; i < dims.size(); ++i)
    dims[i] = x.shape[i] == Shape::kUnknown ? Shape::kUnknown : ranges[i].count;
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Slice::cost(std::span<const TensorType>) const { return {}; }

Result<void> Slice::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto ranges = SLIPWAY_TRY(slice_ranges(x.shape(), SLIPWAY_TRY(numbers(io, 1)), sizes));
  if (SLIPWAY_TRY(shape_of(ranges)) != io.output_type(0).shape)
    return fail(Code::invalid_input, "the places do not lead to {}",
                io.output_type(0).shape.text());
  pick_ranges(x, ranges, io.out_bytes(0));
  return {};
}

Result<Types> StridedSlice::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(4, 4));
  const auto& x = inputs.type(0);
  const auto given = SLIPWAY_TRY(known_numbers(inputs, 1));
  if (given) {
    const auto plan = SLIPWAY_TRY(strided(*this, x.shape, *given));
    return Types{moved(x, SLIPWAY_TRY(Shape::make(plan.dims)))};
  }
  const auto n = inputs.type(1).shape.rank() == 1 ? inputs.type(1).shape[0] : Shape::kUnknown;
  if (n == Shape::kUnknown || n > 32) return fail(Code::unsupported, "begins of unknown length");
  const auto plan =
      SLIPWAY_TRY(StridedPlan(*this, x.shape, nullptr).make(static_cast<std::size_t>(n)));
  return Types{moved(x, SLIPWAY_TRY(Shape::make(plan.dims)))};
}

Cost StridedSlice::cost(std::span<const TensorType>) const { return {}; }

Result<void> StridedSlice::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto plan = SLIPWAY_TRY(strided(*this, x.shape(), SLIPWAY_TRY(numbers(io, 1))));
  if (SLIPWAY_TRY(Shape::make(plan.dims)) != io.output_type(0).shape)
    return fail(Code::invalid_input, "the places do not lead to {}",
                io.output_type(0).shape.text());
  pick_ranges(x, plan.ranges, io.out_bytes(0));
  return {};
}

Result<Types> Reverse::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  for (const auto axis : axes) SLIPWAY_TRY(checked_axis(axis, inputs.type(0).shape.rank()));
  return Types{inputs.type(0)};
}

Cost Reverse::cost(std::span<const TensorType>) const { return {}; }

Result<void> Reverse::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  std::vector<Extent> ranges;
  for (const auto dim : x.shape()) ranges.push_back(whole(dim));
  for (const auto axis : axes) {
    auto& range = ranges[SLIPWAY_TRY(checked_axis(axis, x.shape().rank()))];
    range = {range.count - 1, -1, range.count};
  }
  pick_ranges(x, ranges, io.out_bytes(0));
  return {};
}

Result<Types> ReverseSequence::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto batch = SLIPWAY_TRY(checked_axis(batch_axis, x.shape.rank()));
  const auto time = SLIPWAY_TRY(checked_axis(time_axis, x.shape.rank()));
  if (batch == time) return fail(Code::invalid_input, "one axis for time and batch");
  SLIPWAY_TRY(check_dtype("the lengths", inputs.type(1), {DType::i32, DType::i64}));
  SLIPWAY_TRY(check_rank("the lengths", inputs.type(1), 1));
  return Types{x};
}

Cost ReverseSequence::cost(std::span<const TensorType>) const { return {}; }

Result<void> ReverseSequence::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto batch = SLIPWAY_TRY(checked_axis(batch_axis, x.shape().rank()));
  const auto time = SLIPWAY_TRY(checked_axis(time_axis, x.shape().rank()));
  const auto lengths = SLIPWAY_TRY(to_integers(io.input(1)));
  if (static_cast<std::int64_t>(lengths.size()) != x.shape()[batch])
    return fail(Code::invalid_input, "{} lengths for {} batches", lengths.size(), x.shape()[batch]);
  for (const auto length : lengths) {
    if (length < 0 || length > x.shape()[time])
      return fail(Code::invalid_input, "a length of {} in a dimension of {}", length,
                  x.shape()[time]);
  }
  // Everything behind the later of the two axes moves as a whole.
  const auto strides = strides_of(x.shape());
  const std::size_t outer = std::max(batch, time) + 1;
  const auto block = static_cast<std::size_t>(elements_between(x.shape(), outer, x.shape().rank()) *
                                              size_of(x.dtype()));
  auto to = io.out_bytes(0).begin();
  if (block == 0) return {};
  for (Walk walk(x.shape().dims().first(outer)); !walk.done(); walk.next()) {
    std::int64_t index = 0;
    for (std::size_t axis = 0; axis < outer; ++axis) index += walk.at()[axis] * strides[axis];
    const auto length = lengths[static_cast<std::size_t>(walk.at()[batch])];
    const auto at = walk.at()[time];
    if (at < length) index += (length - 1 - 2 * at) * strides[time];
    const auto piece =
        x.bytes().subspan(static_cast<std::size_t>(index * size_of(x.dtype())), block);
    to = std::copy(piece.begin(), piece.end(), to);
  }
  return {};
}

}  // namespace slipway::ops
