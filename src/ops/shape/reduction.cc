#include "ops/shape/reduction.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace slipway::ops {
namespace {

/// Floats compute in T or, where T only stores, in float; integers in 64 bits without a sign.
template <class T>
T combined(Reduction reduction, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (reduction == Reduction::max) return std::max(a, b);
    if (reduction == Reduction::min) return std::min(a, b);
    const auto x = static_cast<std::uint64_t>(a);
    const auto y = static_cast<std::uint64_t>(b);
    return static_cast<T>(reduction == Reduction::add ? x + y : x * y);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (reduction == Reduction::add) return a + b;
    if (reduction == Reduction::mul) return a * b;
    if (std::isnan(a)) return a;
    const bool stays = reduction == Reduction::max ? a >= b : a <= b;
    return stays ? a : b;
  } else {
    return T(combined(reduction, static_cast<float>(a), static_cast<float>(b)));
  }
}

}  // namespace

void combine(Reduction reduction, DType dtype, BytesView from, std::span<std::byte> to) {
  if (reduction == Reduction::none) {
    std::copy(from.begin(), from.end(), to.begin());
    return;
  }
  visit(dtype, [&]<class T>(T) {
    if constexpr (!std::is_same_v<T, bool>) {
      for (std::size_t at = 0; at + sizeof(T) <= to.size(); at += sizeof(T)) {
        T a{};
        T b{};
        std::memcpy(&a, &to[at], sizeof(T));
        std::memcpy(&b, &from[at], sizeof(T));
        a = combined(reduction, a, b);
        std::memcpy(&to[at], &a, sizeof(T));
      }
    }
  });
}

Result<void> check_reduction(Reduction reduction, DType dtype) {
  if (reduction == Reduction::none || dtype != DType::boolean) return {};
  return fail(Code::unsupported, "updates of bools by {}", name_of(reduction));
}

}  // namespace slipway::ops
