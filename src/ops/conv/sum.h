#pragma once
// The sums of a convolution, in floats or integers, and what is done with them.

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::ops {

/// x * w as a sum's type. Integers are multiplied in 32 bits: 16 by 16 bits always fit.
template <class Sum, class X, class W>
[[nodiscard]] Sum product(X x, W w) {
  if constexpr (std::is_floating_point_v<Sum>) {
    return x * w;
  } else {
    return static_cast<std::int32_t>(x) * static_cast<std::int32_t>(w);
  }
}

/// sum += term. Integers wrap: a bias from outside may be anything.
template <class Sum>
void add_to(Sum& sum, Sum term) {
  if constexpr (std::is_floating_point_v<Sum>) {
    sum += term;
  } else {
    using Wrapping = std::make_unsigned_t<Sum>;
    sum = static_cast<Sum>(static_cast<Wrapping>(sum) + static_cast<Wrapping>(term));
  }
}

/// The loops of a convolution: plain, over channels innermost so that the compiler vectorises them.
class ConvSum {
 public:
  /// `per_group` input channels go into each output of `outputs`.
  ConvSum(const Window& window, std::int64_t batch, std::int64_t channels, std::int64_t per_group,
          std::int64_t outputs)
      : window_(window),
        batch_(batch),
        channels_(channels),
        per_group_(per_group),
        outputs_(outputs) {}

  [[nodiscard]] std::int64_t outputs() const { return outputs_; }

  [[nodiscard]] std::int64_t batch() const { return batch_; }

  /// Elements of one batch entry of x.
  [[nodiscard]] std::int64_t picture_size() const { return window_.in_positions() * channels_; }

  /// The same loops over one batch entry.
  [[nodiscard]] ConvSum for_one() const { return {window_, 1, channels_, per_group_, outputs_}; }

  /// Elements of one batch entry of y.
  [[nodiscard]] std::int64_t result_size() const { return window_.out_positions() * outputs_; }

  /// Calls finish(sums, first_index) for each output position, with one sum per output channel
  /// that starts as `start`. Weights are (kernel…, per_group, outputs).
  template <class Sum, class X, class W, class Finish>
  void each_position(std::span<const X> x, X x_zero, std::span<const W> w,
                     std::span<const Sum> start, Finish finish) const {
    std::vector<Sum> sums(start.size());
    std::size_t index = 0;
    for (std::int64_t n = 0; n < batch_; ++n) {
      const X* picture = x.data() + n * picture_size();
      Window::Dims at = {};
      for (at[0] = 0; at[0] < window_.out[0]; ++at[0]) {
        for (at[1] = 0; at[1] < window_.out[1]; ++at[1]) {
          for (at[2] = 0; at[2] < window_.out[2]; ++at[2]) {
            sums.assign(start.begin(), start.end());
            add_window(picture, x_zero, w.data(), at, sums.data());
            finish(std::span<const Sum>(sums), index);
            index += sums.size();
          }
        }
      }
    }
  }

 private:
  template <class Sum, class X, class W>
  void add_window(const X* picture, X x_zero, const W* w, const Window::Dims& at, Sum* sums) const {
    const std::int64_t step = per_group_ * outputs_;
    Window::Dims k = {};
    for (k[0] = 0; k[0] < window_.kernel[0]; ++k[0]) {
      for (k[1] = 0; k[1] < window_.kernel[1]; ++k[1]) {
        for (k[2] = 0; k[2] < window_.kernel[2]; ++k[2], w += step) {
          const std::int64_t position = window_.position(at, k);
          if (position < 0) continue;
          add_pixel(picture + position * channels_, x_zero, w, sums);
        }
      }
    }
  }

  template <class Sum, class X, class W>
  void add_pixel(const X* pixel, X x_zero, const W* w, Sum* sums) const {
    if (per_group_ == 0) return;                     // no channels: the sum is empty
    if (per_group_ == 1 && outputs_ == channels_) {  // depthwise
      for (std::int64_t c = 0; c < channels_; ++c) {
        add_to(sums[c], product<Sum>(static_cast<X>(pixel[c] - x_zero), w[c]));
      }
      return;
    }
    const std::int64_t groups = channels_ / per_group_;
    const std::int64_t per_output = outputs_ / groups;
    for (std::int64_t i = 0; i < per_group_; ++i) {
      for (std::int64_t g = 0; g < groups; ++g) {
        const auto value = static_cast<X>(pixel[g * per_group_ + i] - x_zero);
        const W* row = w + i * outputs_ + g * per_output;
        Sum* out = sums + g * per_output;
        for (std::int64_t o = 0; o < per_output; ++o) add_to(out[o], product<Sum>(value, row[o]));
      }
    }
  }

  Window window_;
  std::int64_t batch_;
  std::int64_t channels_;
  std::int64_t per_group_;
  std::int64_t outputs_;
};

/// The type in which sums of T are taken; they are rounded once to T.
template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// The elements as Out: themselves where they are already.
template <class Out, class T>
[[nodiscard]] auto widened(std::span<const T> values) {
  if constexpr (std::is_same_v<Out, T>) {
    return values;
  } else {
    std::vector<Out> wide(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) wide[i] = static_cast<Out>(values[i]);
    return wide;
  }
}

/// Bytes without a scale: plain whole numbers, whose products are summed in 32 bits.
[[nodiscard]] inline bool is_plain_byte(const TensorType& type) {
  return !type.quant && (type.dtype == DType::u8 || type.dtype == DType::i8);
}

/// Plain bytes and the zero points at inputs `x` and `zero` (optional) of an op.
///
/// Errors  unsupported: another type; invalid_input: zero points that do not broadcast to x
Result<void> check_plain_bytes(std::string_view what, const KnownInputs& inputs, std::size_t x,
                               std::size_t zero);

/// Plain bytes less their zero points, which broadcast. Out holds at least 9 bits and a sign.
template <class Out>
[[nodiscard]] std::vector<Out> centred(const EvalIo& io, std::size_t x, std::size_t zero);

/// The types a convolution or matrix product can take together: input, filter, optional bias.
///
/// Errors  unsupported, invalid_input: which is wrong and what would fit
Result<void> check_conv_types(const KnownInputs& inputs, std::int64_t outputs);

/// The fields of a convolution or matrix product that say what is done with its sums.
struct SumFields {
  Activation activation;
  Rounding rounding;
  DynamicRange dynamic_range;
  bool scales_in_turn =
      false;  // f32 over i8: (sum * w.scale) * x.scale, not sum * (w.scale * x.scale)
};

/// Runs the sums over inputs 0 (x), 1 (w, outputs last) and 2 (bias) of `io` into output 0. Plain
/// bytes have zero points at inputs 3 and 4.
Result<void> run_conv(EvalIo& io, const ConvSum& sum, const SumFields& fields);

/// Quantized weights minus their zero points, as 16-bit numbers; outputs last.
[[nodiscard]] std::vector<std::int16_t> centred_weights(const Tensor& w);

/// Whether sums take 64 bits: 16-bit activations, unless a 32-bit bias says that 32 are enough.
[[nodiscard]] bool has_wide_sums(const EvalIo& io);

/// The bias as sums to start from: zeros where there is none.
template <class Sum>
[[nodiscard]] std::vector<Sum> bias_sums(const EvalIo& io, std::size_t index, std::int64_t outputs);

}  // namespace slipway::ops
