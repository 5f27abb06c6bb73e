#include "ops/shape/distinct.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// Writes the slices of x along `axis` that `chosen` names.
Result<void> write_slices(EvalIo& io, std::size_t axis, Places chosen) {
  const auto& x = io.input(0);
  std::vector<std::int64_t> dims(x.shape().begin(), x.shape().end());
  dims[axis] = static_cast<std::int64_t>(chosen.size());
  io.allocate(0, SLIPWAY_TRY(Shape::make(dims)));
  if (io.output_type(0).shape.elements() == 0) return {};
  std::vector<Places> from;
  for (const auto dim : x.shape()) from.push_back(places(dim));
  from[axis] = std::move(chosen);
  pick(x, from, {}, io.out_bytes(0));
  return {};
}

Places places_that_are_true(const Tensor& condition) {
  Places out;
  const auto values = condition.values<bool>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i]) out.push_back(static_cast<std::int64_t>(i));
  }
  return out;
}

/// -1, 0 or 1 as a is less than, as much as or more than b.
template <class T>
int compare(T a, T b) {
  if constexpr (std::is_arithmetic_v<T>) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(a) || std::isnan(b)) return (std::isnan(a) ? 1 : 0) - (std::isnan(b) ? 1 : 0);
    }
    return (a > b ? 1 : 0) - (a < b ? 1 : 0);
  } else {
    return compare(static_cast<float>(a), static_cast<float>(b));
  }
}

/// The different slices of a tensor along an axis.
struct Distinct {
  Places first;    // where each appears first
  Places inverse;  // of each slice of x, its number among the different ones
  Places counts;
};

template <class T>
Distinct distinct(const Tensor& x, std::size_t axis, bool sorted) {
  const auto values = x.values<T>();
  const auto& s = x.shape();
  const auto n = static_cast<std::size_t>(s[axis]);
  const auto outer = static_cast<std::size_t>(elements_between(s, 0, axis));
  const auto inner = static_cast<std::size_t>(elements_between(s, axis + 1, s.rank()));
  const auto order_of = [&](std::size_t a, std::size_t b) {
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t i = 0; i < inner; ++i) {
        const int order = compare(values[(o * n + a) * inner + i], values[(o * n + b) * inner + i]);
        if (order != 0) return order;
      }
    }
    return 0;
  };
  std::vector<std::size_t> by_value(n);
  std::iota(by_value.begin(), by_value.end(), std::size_t{0});
  std::stable_sort(by_value.begin(), by_value.end(),
                   [&](std::size_t a, std::size_t b) { return order_of(a, b) < 0; });
  Distinct out;
  out.inverse.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i == 0 || order_of(by_value[i - 1], by_value[i]) != 0) {
      out.first.push_back(static_cast<std::int64_t>(by_value[i]));
      out.counts.push_back(0);
    }
    ++out.counts.back();
    out.inverse[by_value[i]] = static_cast<std::int64_t>(out.first.size()) - 1;
  }
  if (sorted) return out;
  std::vector<std::size_t> by_place(out.first.size());
  std::iota(by_place.begin(), by_place.end(), std::size_t{0});
  std::sort(by_place.begin(), by_place.end(),
            [&](std::size_t a, std::size_t b) { return out.first[a] < out.first[b]; });
  Distinct again{{}, out.inverse, {}};
  Places renamed(by_place.size());
  for (std::size_t i = 0; i < by_place.size(); ++i) {
    again.first.push_back(out.first[by_place[i]]);
    again.counts.push_back(out.counts[by_place[i]]);
    renamed[by_place[i]] = static_cast<std::int64_t>(i);
  }
  for (auto& number : again.inverse) number = renamed[static_cast<std::size_t>(number)];
  return again;
}

Distinct distinct(const Tensor& x, std::size_t axis, bool sorted) {
  return visit(x.dtype(), [&]<class T>(T) { return distinct<T>(x, axis, sorted); });
}

}  // namespace

Result<Types> Compress::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& x = inputs.type(0);
  const auto& condition = inputs.type(1);
  SLIPWAY_TRY(check_dtype("the condition", condition, {DType::boolean}));
  SLIPWAY_TRY(check_rank("the condition", condition, 1));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  const auto along = SLIPWAY_TRY(checked_axis(axis, dims.size()));
  if (dims[along] != Shape::kUnknown && condition.shape[0] > dims[along])
    return fail(Code::invalid_input, "{} conditions for {} slices", condition.shape[0],
                dims[along]);
  dims[along] = Shape::kUnknown;
  if (inputs.value(1) != nullptr)
    dims[along] = static_cast<std::int64_t>(places_that_are_true(*inputs.value(1)).size());
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Compress::cost(std::span<const TensorType>) const { return {}; }

Result<void> Compress::eval(EvalIo& io) const {
  const auto& x = io.input(0).shape();
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.rank()));
  if (io.input(1).elements() > x[along])
    return fail(Code::invalid_input, "{} conditions for {} slices", io.input(1).elements(),
                x[along]);
  return write_slices(io, along, places_that_are_true(io.input(1)));
}

Result<Types> Unique::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  const auto along = SLIPWAY_TRY(checked_axis(axis, dims.size()));
  const std::int64_t n[] = {dims[along]};
  std::int64_t m[] = {Shape::kUnknown};
  // Nothing to compare: all slices are alike, however many there are.
  if (x.is_known() && x.shape.elements() == 0) {
    m[0] = std::min<std::int64_t>(n[0], 1);
    if (n[0] > Shape::kMaxElements >> 16U) return fail(Code::unsupported, "{} empty slices", n[0]);
  } else if (inputs.value(0) != nullptr) {
    m[0] = static_cast<std::int64_t>(distinct(*inputs.value(0), along, sorted).first.size());
  }
  dims[along] = m[0];
  const auto counts = SLIPWAY_TRY(Shape::make(m));
  Types types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
  types.emplace_back(TensorType{DType::i64, counts, {}});
  types.emplace_back(TensorType{DType::i64, SLIPWAY_TRY(Shape::make(n)), {}});
  types.emplace_back(TensorType{DType::i64, counts, {}});
  return types;
}

Cost Unique::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Unique::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape().rank()));
  const auto found = distinct(x, along, sorted);
  const Places* lists[] = {&found.first, &found.inverse, &found.counts};
  for (std::size_t i = 0; i < 3; ++i) {
    io.allocate(i + 1, {static_cast<std::int64_t>(lists[i]->size())});
    std::copy(lists[i]->begin(), lists[i]->end(), io.out<std::int64_t>(i + 1).begin());
  }
  return write_slices(io, along, found.first);
}

}  // namespace slipway::ops
