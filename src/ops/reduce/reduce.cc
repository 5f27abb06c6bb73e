#include "ops/reduce/reduce.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/elementwise/broadcast.h"
#include "ops/quant/fixed_point.h"
#include "ops/whole.h"

namespace slipway::ops {
namespace {

/// Which dimensions of a shape the axes name.
Result<std::vector<bool>> reduced(std::span<const std::int64_t> axes, std::size_t rank) {
  std::vector<bool> is_reduced(rank, false);
  if (rank == 0) return is_reduced;  // whatever the axes: one number is what it is
  for (const auto axis : axes) is_reduced[SLIPWAY_TRY(checked_axis(axis, rank))] = true;
  return is_reduced;
}

/// The output's shape with ones in place of the reduced dimensions.
Result<Shape> kept_shape(const Shape& x, const std::vector<bool>& is_reduced) {
  std::vector<std::int64_t> dims(x.begin(), x.end());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (is_reduced[i]) dims[i] = 1;
  }
  return Shape::make(dims);
}

/// How many axes an input will name.
Result<std::size_t> count_of_axes(const TensorType& type) {
  if (!is_integer(type.dtype)) return fail(Code::unsupported, "axes of {}", name_of(type.dtype));
  if (type.shape.rank() > 1 || !type.shape.is_known())
    return fail(Code::unsupported, "axes whose number is not known before running");
  return static_cast<std::size_t>(type.shape.elements());
}

/// The output's shape while only the number of the axes is known.
Result<Shape> open_shape(const Shape& x, std::size_t count, bool keep_dims) {
  if (count > x.rank()) return fail(Code::invalid_input, "{} axes of {}", count, x.text());
  const std::vector<std::int64_t> dims(x.rank() - (keep_dims ? 0 : count), Shape::kUnknown);
  return Shape::make(dims);
}

/// Calls fold(sums[output index], element) for each element of x, in order.
template <class T, class Sum, class Fold>
[[gnu::noinline]] std::vector<Sum> fold_all(const EvalIo& io, const Shape& kept, Sum start,
                                            Fold fold) {
  std::vector<Sum> sums(static_cast<std::size_t>(kept.elements()), start);
  BroadcastIndex index(kept, io.input(0).shape());
  for (const T x : io.in<T>(0)) {
    Sum sum = sums[index.index()];
    if constexpr (std::is_same_v<Compute<T>, T>) {
      fold(sum, x);
    } else {
      fold(sum, static_cast<float>(x));
    }
    sums[index.index()] = sum;
    index.next();
  }
  return sums;
}

/// How many elements of x go into one of y; 0 where x is empty.
std::int64_t count_of(const Shape& x, const Shape& kept) {
  return x.elements() == 0 ? 0 : x.elements() / kept.elements();
}

/// Means of whole numbers are rounded towards zero; without elements they stay 0.
template <class T, class Sum>
void write_mean(std::span<T> y, const std::vector<Sum>& sums, std::int64_t count) {
  using C = Compute<T>;
  if constexpr (std::is_floating_point_v<C>) {
    std::transform(sums.begin(), sums.end(), y.begin(),
                   [&](Sum sum) { return static_cast<T>(sum / static_cast<C>(count)); });
  } else if (count > 0) {
    std::transform(sums.begin(), sums.end(), y.begin(),
                   [&](Sum sum) { return static_cast<T>(static_cast<std::int64_t>(sum) / count); });
  }
}

/// What the elements are folded with, and how a sum becomes an element. C: the type in which
/// elements are computed; sums of whole numbers wrap around.
template <class C>
struct Folds {
  using Sum = Summed<C>;
  using Real = std::conditional_t<std::is_floating_point_v<C>, C, double>;

  static void sum(Sum& sum, C x) { sum += static_cast<Sum>(x); }

  static void product(Sum& product, C x) { product *= static_cast<Sum>(x); }

  static void squares(Sum& sum, C x) { sum += static_cast<Sum>(x) * static_cast<Sum>(x); }

  static void sizes(Sum& sum, C x) {
    sum += static_cast<Sum>(x < 0 ? Sum{} - static_cast<Sum>(x) : static_cast<Sum>(x));
  }

  static void largest(C& most, C x) { most = x > most ? x : most; }

  static void least(C& least, C x) { least = x < least ? x : least; }

  static Real real(Sum sum) { return static_cast<Real>(static_cast<C>(sum)); }

  /// Logarithms of nothing have no whole number: saturated.
  static C element(Real real) {
    if constexpr (std::is_floating_point_v<C>) {
      return real;
    } else {
      return whole<C>(real);
    }
  }
};

template <class C>
constexpr C kLowest = std::is_floating_point_v<C> ? -std::numeric_limits<C>::infinity()
                                                  : std::numeric_limits<C>::lowest();
template <class C>
constexpr C kHighest = std::is_floating_point_v<C> ? std::numeric_limits<C>::infinity()
                                                   : std::numeric_limits<C>::max();

/// log(sum of e^x): the largest x is taken out of the sum.
template <class T>
void run_log_sum_exp(EvalIo& io, const Shape& kept) {
  using C = Compute<T>;
  using Real = typename Folds<C>::Real;
  const auto most = fold_all<T>(io, kept, kLowest<C>, Folds<C>::largest);
  std::vector<Real> sums(most.size(), Real{0});
  BroadcastIndex index(kept, io.input(0).shape());
  const auto shift = [&](std::size_t i) {
    const auto largest = static_cast<Real>(most[i]);
    return std::isfinite(largest) ? largest : Real{0};
  };
  for (const T x : io.in<T>(0)) {
    const std::size_t at = index.index();
    sums[at] += std::exp(static_cast<Real>(static_cast<C>(x)) - shift(at));
    index.next();
  }
  const auto y = io.out<T>(0);
  for (std::size_t i = 0; i < y.size(); ++i)
    y[i] = static_cast<T>(Folds<C>::element(std::log(sums[i]) + shift(i)));
}

template <class T, class Kind>
void run_plain(EvalIo& io, const Shape& kept) {
  using C = Compute<T>;
  using F = Folds<C>;
  using Sum = typename F::Sum;
  using Real = typename F::Real;
  const auto y = io.out<T>(0);
  const auto write = [&](const auto& sums, auto finish) {
    std::transform(sums.begin(), sums.end(), y.begin(),
                   [&](auto sum) { return static_cast<T>(static_cast<C>(finish(sum))); });
  };
  const auto as_it_is = [](auto sum) { return sum; };
  if constexpr (std::is_same_v<Kind, MaxKind>) {
    write(fold_all<T>(io, kept, kLowest<C>, F::largest), as_it_is);
  } else if constexpr (std::is_same_v<Kind, MinKind>) {
    write(fold_all<T>(io, kept, kHighest<C>, F::least), as_it_is);
  } else if constexpr (std::is_same_v<Kind, ProdKind>) {
    write(fold_all<T>(io, kept, Sum{1}, F::product), as_it_is);
  } else if constexpr (std::is_same_v<Kind, L1Kind>) {
    write(fold_all<T>(io, kept, Sum{}, F::sizes), as_it_is);
  } else if constexpr (std::is_same_v<Kind, L2Kind>) {
    write(fold_all<T>(io, kept, Sum{}, F::squares),
          [](Sum sum) { return F::element(std::sqrt(static_cast<Real>(sum))); });
  } else if constexpr (std::is_same_v<Kind, SumSquareKind>) {
    write(fold_all<T>(io, kept, Sum{}, F::squares), as_it_is);
  } else if constexpr (std::is_same_v<Kind, LogSumExpKind>) {
    run_log_sum_exp<T>(io, kept);
  } else {
    const auto sums = fold_all<T>(io, kept, Sum{}, F::sum);
    if constexpr (std::is_same_v<Kind, SumKind>) {
      write(sums, as_it_is);
    } else if constexpr (std::is_same_v<Kind, LogSumKind>) {
      write(sums, [](Sum sum) { return F::element(std::log(F::real(sum))); });
    } else {
      write_mean<T>(y, sums, count_of(io.input(0).shape(), kept));
    }
  }
}

/// The multiplier of a mean: that of the scales over the count.
fixed::Multiplier over_count(fixed::Multiplier m, std::int64_t count) {
  int shift = 63 - std::countl_zero(static_cast<std::uint64_t>(count));
  shift = std::max(0, std::min({shift, 32, 31 + m.shift}));
  const std::int64_t value = (static_cast<std::int64_t>(m.value) << shift) / count;
  return {static_cast<std::int32_t>(value), m.shift - shift};
}

template <class T>
T finish(std::int64_t steps, const TensorType& y) {
  const std::int64_t value = steps + y.quant->zero_point[0];
  return static_cast<T>(std::clamp<std::int64_t>(value, std::numeric_limits<T>::min(),
                                                 std::numeric_limits<T>::max()));
}

template <class T>
void run_quantized_sum(EvalIo& io, const Shape& kept, bool mean) {
  const auto& x_quant = *io.type(0).quant;
  const auto& y_type = io.output_type(0);
  const std::int64_t count = count_of(io.input(0).shape(), kept);
  if (count == 0) return;
  auto multiplier = fixed::quantize(static_cast<double>(x_quant.scale[0]) /
                                    static_cast<double>(y_type.quant->scale[0]));
  if (mean) multiplier = over_count(multiplier, count);
  // The sum is kept in 32 bits, which wrap.
  const auto sums = fold_all<T>(io, kept, std::uint32_t{}, [](std::uint32_t& sum, T x) {
    sum += static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
  });
  const std::int64_t zeros = x_quant.zero_point[0] * count;
  std::transform(sums.begin(), sums.end(), io.out<T>(0).begin(), [&](std::uint32_t sum) {
    const auto centred = static_cast<std::int32_t>(
        static_cast<std::int64_t>(static_cast<std::int32_t>(sum)) - zeros);
    return finish<T>(fixed::scale(centred, multiplier), y_type);
  });
}

/// Each factor is scaled by its share of the output's scale, so that products stay small.
template <class T>
Result<void> run_quantized_product(EvalIo& io, const Shape& kept) {
  const auto& x_quant = *io.type(0).quant;
  const auto& y_type = io.output_type(0);
  const std::int64_t count = count_of(io.input(0).shape(), kept);
  if (count == 0) return {};
  const double share =
      std::pow(static_cast<double>(y_type.quant->scale[0]), 1.0 / static_cast<double>(count));
  const auto multiplier = fixed::quantize(static_cast<double>(x_quant.scale[0]) / share);
  if (multiplier.shift > 7) {
    return fail(Code::unsupported, "an output scale of {} for {} factors of scale {}",
                y_type.quant->scale[0], count, x_quant.scale[0]);
  }

  struct Product {
    bool started = false;
    std::int32_t value = 0;
  };

  const auto products = fold_all<T>(io, kept, Product{}, [&](Product& product, T x) {
    const std::int32_t factor = x - x_quant.zero_point[0];
    product.value =
        product.started
            ? fixed::scale_wide(static_cast<std::int64_t>(product.value) * factor, multiplier)
            : factor;
    product.started = true;
  });
  std::transform(products.begin(), products.end(), io.out<T>(0).begin(), [&](Product product) {
    return finish<T>(fixed::scale_wide(product.value, multiplier), y_type);
  });
  return {};
}

template <class Kind>
constexpr bool kLogical = std::is_same_v<Kind, AllKind> || std::is_same_v<Kind, AnyKind>;

template <class Kind>
void run_logical(EvalIo& io, const Shape& kept) {
  constexpr bool kAll = std::is_same_v<Kind, AllKind>;
  std::vector<char> truth(static_cast<std::size_t>(kept.elements()), kAll ? 1 : 0);
  BroadcastIndex index(kept, io.input(0).shape());
  for (const bool x : io.in<bool>(0)) {
    if (x != kAll) truth[index.index()] = kAll ? 0 : 1;
    index.next();
  }
  std::transform(truth.begin(), truth.end(), io.out<bool>(0).begin(),
                 [](char x) { return x != 0; });
}

template <class Kind>
bool rescales(const TensorType& x) {
  return Kind::kOfScaled == OfScaled::rescaled && is_quantized(x);
}

template <class T, class Kind>
Result<void> run_quantized(EvalIo& io, const Shape& kept) {
  if constexpr (std::is_same_v<Kind, ProdKind>) {
    return run_quantized_product<T>(io, kept);
  } else {
    run_quantized_sum<T>(io, kept, std::is_same_v<Kind, MeanKind>);
    return {};
  }
}

}  // namespace

template <class Kind>
Result<Types> Reduce<Kind>::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  if (kLogical<Kind>) {
    SLIPWAY_TRY(check_dtype("the input", x, {DType::boolean}));
  } else {
    const bool refused = Kind::kOfScaled == OfScaled::refused && is_quantized(x);
    if (!kNumbers.has(x.dtype) || refused) {
      return fail(Code::unsupported, "the input is {}{}, which {} does not take", name_of(x.dtype),
                  refused ? " with a scale" : "", kName);
    }
    if (rescales<Kind>(x)) SLIPWAY_TRY(check_activation("the input", x));
  }
  auto all = axes;
  if (inputs.has(1)) {
    if (!axes.empty()) return fail(Code::invalid_input, "axes as a field and as an input");
    const auto given = SLIPWAY_TRY(known_integers(inputs, 1));
    if (!given) {
      const auto count = SLIPWAY_TRY(count_of_axes(inputs.type(1)));
      return Types{x.with_shape(SLIPWAY_TRY(open_shape(x.shape, count, keep_dims)))};
    }
    all = *given;
  }
  const auto is_reduced = SLIPWAY_TRY(reduced(all, x.shape.rank()));
  const auto kept = SLIPWAY_TRY(kept_shape(x.shape, is_reduced));
  if (keep_dims) return Types{x.with_shape(kept)};
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < kept.rank(); ++i) {
    if (!is_reduced[i]) dims.push_back(kept[i]);
  }
  return Types{TensorType{x.dtype, SLIPWAY_TRY(Shape::make(dims)), {}}};
}

template <class Kind>
Cost Reduce<Kind>::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

template <class Kind>
Result<void> Reduce<Kind>::eval(EvalIo& io) const {
  const auto& shape = io.input(0).shape();
  auto all = axes;
  if (io.has(1)) all = SLIPWAY_TRY(to_integers(io.input(1)));
  const auto kept = SLIPWAY_TRY(kept_shape(shape, SLIPWAY_TRY(reduced(all, shape.rank()))));
  if constexpr (kLogical<Kind>) {
    run_logical<Kind>(io, kept);
    return {};
  } else {
    const DType dtype = io.type(0).dtype;
    if (rescales<Kind>(io.type(0))) {
      SLIPWAY_TRY(check_activation("the output", io.output_type(0)));
      if (dtype == DType::i8) return run_quantized<std::int8_t, Kind>(io, kept);
      if (dtype == DType::u8) return run_quantized<std::uint8_t, Kind>(io, kept);
      return run_quantized<std::int16_t, Kind>(io, kept);
    }
    visit(dtype, [&]<class T>(T) {
      if constexpr (kNumbers.has(kDTypeOf<T>)) run_plain<T, Kind>(io, kept);
    });
    return {};
  }
}

template struct Reduce<AllKind>;
template struct Reduce<AnyKind>;
template struct Reduce<L1Kind>;
template struct Reduce<L2Kind>;
template struct Reduce<LogSumKind>;
template struct Reduce<LogSumExpKind>;
template struct Reduce<MaxKind>;
template struct Reduce<MeanKind>;
template struct Reduce<MinKind>;
template struct Reduce<ProdKind>;
template struct Reduce<SumKind>;
template struct Reduce<SumSquareKind>;

}  // namespace slipway::ops
