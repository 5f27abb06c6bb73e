#include "ops/normalize/statistics.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/elementwise/broadcast.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

Result<void> check_floats(const KnownInputs& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs.has(i) && !is_float(inputs.type(i).dtype))
      return fail(Code::unsupported, "input {} is {}, no real number", i,
                  name_of(inputs.type(i).dtype));
  }
  return {};
}

/// Inputs 1 to the last are one number per channel.
Result<void> check_per_channel(const KnownInputs& inputs) {
  const auto channels = inputs.type(0).shape.back(0);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const auto& shape = inputs.type(i).shape;
    const bool open = channels == Shape::kUnknown || !shape.is_known();
    if (shape.rank() != 1 || (!open && shape[0] != channels)) {
      return fail(Code::invalid_input, "input {} is {} for {} channels", i, shape.text(), channels);
    }
  }
  return {};
}

/// Elements as C.
template <class C>
std::vector<C> reals(const Tensor& tensor) {
  std::vector<C> out;
  out.reserve(static_cast<std::size_t>(tensor.elements()));
  for (const double x : to_doubles(tensor)) out.push_back(static_cast<C>(x));
  return out;
}

/// Calls run(C, T) with the types in which x is stored and computed.
template <class Run>
void with_floats(const EvalIo& io, Run run) {
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kFloats.has(kDTypeOf<T>)) run(T{});
  });
}

/// Mean (0 if not centred) and 1 / deviation of some elements.
template <class C>
struct Moments {
  C mean = 0;
  C inverse = 0;

  /// `each` calls its argument with every element.
  template <class Each>
  Moments(Each each, std::int64_t count, bool centred, float epsilon) {
    const auto size = static_cast<C>(count);
    if (centred) {
      each([&](C x) { mean += x; });
      mean /= size;
    }
    C squares = 0;
    each([&](C x) { squares += (x - mean) * (x - mean); });
    inverse = C{1} / std::sqrt(squares / size + static_cast<C>(epsilon));
  }
};

template <class T>
void run_groups(EvalIo& io, std::int64_t groups, float epsilon) {
  using C = Compute<T>;
  const auto& shape = io.input(0).shape();
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const auto scale = reals<C>(io.input(1));
  const auto bias = reals<C>(io.input(2));
  const auto channels = static_cast<std::size_t>(shape.back(0));
  const std::size_t picture = x.size() / static_cast<std::size_t>(shape[0]);
  const std::size_t width = channels / static_cast<std::size_t>(groups);
  // Calls element(its place) for the elements of one picture in one group.
  const auto each = [&](std::size_t first, auto element) {
    for (std::size_t at = first; at < first + picture; at += channels) {
      for (std::size_t c = 0; c < width; ++c) element(at + c);
    }
  };
  for (std::size_t start = 0; start < x.size(); start += picture) {
    for (std::size_t group = 0; group < channels; group += width) {
      const auto values = [&](auto take) {
        each(start + group, [&](std::size_t at) { take(static_cast<C>(x[at])); });
      };
      const auto count = static_cast<std::int64_t>(picture / channels * width);
      const Moments<C> moments(values, count, true, epsilon);
      each(start + group, [&](std::size_t at) {
        const C value = (static_cast<C>(x[at]) - moments.mean) * moments.inverse;
        y[at] = static_cast<T>(value * scale[at % channels] + bias[at % channels]);
      });
    }
  }
}

template <class T>
void run_layers(EvalIo& io, const LayerNormalization& op, std::size_t axis) {
  using C = Compute<T>;
  const auto& shape = io.input(0).shape();
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const auto scale = reals<C>(io.input(1));
  const auto bias = io.has(2) ? reals<C>(io.input(2)) : std::vector<C>{C{0}};
  BroadcastIndex scale_at(io.input(1).shape(), shape);
  BroadcastIndex bias_at(io.has(2) ? io.input(2).shape() : Shape{1}, shape);
  std::size_t length = 1;
  for (std::size_t i = axis; i < shape.rank(); ++i) length *= static_cast<std::size_t>(shape[i]);
  for (std::size_t start = 0; start < x.size(); start += length) {
    const auto layer = x.subspan(start, length);
    const auto values = [&](auto take) {
      for (const T value : layer) take(static_cast<C>(value));
    };
    const Moments<C> moments(values, static_cast<std::int64_t>(length), op.centred, op.epsilon);
    for (std::size_t i = 0; i < length; ++i) {
      const C value = (static_cast<C>(layer[i]) - moments.mean) * moments.inverse;
      y[start + i] = static_cast<T>(value * scale[scale_at.index()] + bias[bias_at.index()]);
      scale_at.next();
      bias_at.next();
    }
    if (!op.statistics) continue;
    io.out<float>(1)[start / length] = static_cast<float>(moments.mean);
    io.out<float>(2)[start / length] = static_cast<float>(moments.inverse);
  }
}

Cost cost_per_element(const TensorType& x, std::int64_t operations) {
  return {.ops = saturating_product({x.shape.elements(), operations})};
}

}  // namespace

Result<Types> BatchNormalization::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(5, 5));
  SLIPWAY_TRY(check_floats(inputs));
  const auto& x = inputs.type(0);
  if (x.shape.rank() == 0) return fail(Code::invalid_input, "a scalar has no channels");
  SLIPWAY_TRY(check_per_channel(inputs));
  return Types{x};
}

Cost BatchNormalization::cost(std::span<const TensorType> inputs) const {
  return cost_per_element(inputs[0], 2);
}

Result<void> BatchNormalization::eval(EvalIo& io) const {
  with_floats(io, [&]<class T>(T) {
    using C = Compute<T>;
    const auto scale = reals<C>(io.input(1));
    const auto bias = reals<C>(io.input(2));
    const auto mean = reals<C>(io.input(3));
    const auto variance = reals<C>(io.input(4));
    const auto x = io.in<T>(0);
    const auto y = io.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i % scale.size();
      const C deviation = std::sqrt(variance[c] + static_cast<C>(epsilon));
      y[i] = static_cast<T>((static_cast<C>(x[i]) - mean[c]) / deviation * scale[c] + bias[c]);
    }
  });
  return {};
}

Result<Types> GroupNormalization::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  SLIPWAY_TRY(check_floats(inputs));
  const auto& x = inputs.type(0);
  if (x.shape.rank() < 2)
    return fail(Code::invalid_input, "{} has no pictures with channels", x.shape.text());
  SLIPWAY_TRY(check_per_channel(inputs));
  const std::int64_t channels = x.shape.back(0);
  if (groups < 0 || (groups > 0 && channels > 0 && channels % groups != 0))
    return fail(Code::invalid_input, "{} groups of {} channels", groups, channels);
  return Types{x};
}

Cost GroupNormalization::cost(std::span<const TensorType> inputs) const {
  return cost_per_element(inputs[0], 6);
}

Result<void> GroupNormalization::eval(EvalIo& io) const {
  if (io.input(0).elements() == 0) return {};
  const std::int64_t count = groups == 0 ? io.input(0).shape().back(0) : groups;
  with_floats(io, [&]<class T>(T) { run_groups<T>(io, count, epsilon); });
  return {};
}

Result<Types> LayerNormalization::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 3));
  SLIPWAY_TRY(check_floats(inputs));
  const auto& x = inputs.type(0);
  const std::size_t from = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (!inputs.has(i)) continue;
    const auto both = SLIPWAY_TRY(broadcast(x.shape, inputs.type(i).shape));
    if (both.rank() != x.shape.rank() || (x.is_known() && both != x.shape)) {
      return fail(Code::invalid_input, "input {} of {} does not broadcast to {}", i,
                  inputs.type(i).shape.text(), x.shape.text());
    }
  }
  Types types{x};
  if (!statistics) return types;
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  for (std::size_t i = from; i < dims.size(); ++i) dims[i] = 1;
  const TensorType moments{DType::f32, SLIPWAY_TRY(Shape::make(dims)), {}};
  types.insert(types.end(), {moments, moments});
  return types;
}

Cost LayerNormalization::cost(std::span<const TensorType> inputs) const {
  return cost_per_element(inputs[0], 6);
}

Result<void> LayerNormalization::eval(EvalIo& io) const {
  if (io.input(0).elements() == 0) return {};
  const auto& shape = io.input(0).shape();
  const std::size_t from = SLIPWAY_TRY(checked_axis(axis, shape.rank()));
  with_floats(io, [&]<class T>(T) { run_layers<T>(io, *this, from); });
  return {};
}

}  // namespace slipway::ops
