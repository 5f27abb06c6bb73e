#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::ops {

/// The largest element under the window; padding never wins. With `places`, a second output says
/// where it stands, the first of equal ones: the index of its position among those of x, from 0,
/// with the last spatial dimension counting fastest, or the first if `column_major`.
///
/// Shapes  x [N, spatial…, C]  ->  y [N, out…, C], places i64 [N, out…, C]
/// Types   all but bool; a quantized output has the input's scale
/// Errors  invalid_input: an output of size 0
/// Source  ONNX MaxPool-12; TensorFlow Lite MAX_POOL_2D
struct MaxPool {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  Padding padding = Padding::given;
  bool round_up = false;
  Activation activation = Activation::none;
  bool places = false;
  bool column_major = false;

  static constexpr auto kName = "MaxPool";
  static constexpr auto kFields = std::tuple{
      Field{"kernel", &MaxPool::kernel},     Field{"stride", &MaxPool::stride},
      Field{"dilation", &MaxPool::dilation}, Field{"pad_begin", &MaxPool::pad_begin},
      Field{"pad_end", &MaxPool::pad_end},   Field{"padding", &MaxPool::padding},
      Field{"round_up", &MaxPool::round_up}, Field{"activation", &MaxPool::activation},
      Field{"places", &MaxPool::places},     Field{"column_major", &MaxPool::column_major}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const MaxPool&) const = default;
};

/// The mean of the elements under the window. Padding is not counted unless `count_padding`.
/// Integers: the sum divided by the count, rounded half away from zero.
///
/// Shapes  x [N, spatial…, C]  ->  y [N, out…, C]
/// Types   f32, f64; f16, bf16: summed in f32; i8, u8, i16; a quantized output has the input's
/// scale Errors  invalid_input: an output of size 0 Source  ONNX AveragePool-19; TensorFlow Lite
/// AVERAGE_POOL_2D
struct AveragePool {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  Padding padding = Padding::given;
  bool round_up = false;
  bool count_padding = false;
  Activation activation = Activation::none;

  static constexpr auto kName = "AveragePool";
  static constexpr auto kFields = std::tuple{Field{"kernel", &AveragePool::kernel},
                                             Field{"stride", &AveragePool::stride},
                                             Field{"dilation", &AveragePool::dilation},
                                             Field{"pad_begin", &AveragePool::pad_begin},
                                             Field{"pad_end", &AveragePool::pad_end},
                                             Field{"padding", &AveragePool::padding},
                                             Field{"round_up", &AveragePool::round_up},
                                             Field{"count_padding", &AveragePool::count_padding},
                                             Field{"activation", &AveragePool::activation}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const AveragePool&) const = default;
};

/// The norm of the elements under the window, (sum of |x|^p)^(1/p); with `mean`, of their mean
/// instead of their sum (p = 2: root mean square). Padding is not counted.
///
/// Shapes  x [N, spatial…, C]  ->  y [N, out…, C]
/// Types   f32, f64; f16, bf16: computed in f32
/// Errors  unsupported: x is of whole numbers; invalid_input: p < 1, an output of size 0
/// Source  ONNX LpPool-18; TensorFlow Lite L2_POOL_2D
struct LpPool {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> pad_begin;
  std::vector<std::int64_t> pad_end;
  Padding padding = Padding::given;
  bool round_up = false;
  std::int64_t p = 2;
  bool mean = false;
  Activation activation = Activation::none;

  static constexpr auto kName = "LpPool";
  static constexpr auto kFields =
      std::tuple{Field{"kernel", &LpPool::kernel},     Field{"stride", &LpPool::stride},
                 Field{"dilation", &LpPool::dilation}, Field{"pad_begin", &LpPool::pad_begin},
                 Field{"pad_end", &LpPool::pad_end},   Field{"padding", &LpPool::padding},
                 Field{"round_up", &LpPool::round_up}, Field{"p", &LpPool::p},
                 Field{"mean", &LpPool::mean},         Field{"activation", &LpPool::activation}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const LpPool&) const = default;
};

}  // namespace slipway::ops
