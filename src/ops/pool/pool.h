#pragma once

#include <tuple>

#include "ir/op.h"
#include "ops/activation.h"
#include "ops/window.h"

namespace slipway::ops {

/// The largest element under the window; padding never wins.
///
/// Shapes  x [N, spatial…, C]  ->  y [N, out…, C]
/// Types   f32, i8, u8, i16; a quantized output has the input's scale
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

  static constexpr auto kName = "MaxPool";
  static constexpr auto kFields =
      std::tuple{Field{"kernel", &MaxPool::kernel},     Field{"stride", &MaxPool::stride},
                 Field{"dilation", &MaxPool::dilation}, Field{"pad_begin", &MaxPool::pad_begin},
                 Field{"pad_end", &MaxPool::pad_end},   Field{"padding", &MaxPool::padding},
                 Field{"round_up", &MaxPool::round_up}, Field{"activation", &MaxPool::activation}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const MaxPool&) const = default;
};

/// The mean of the elements under the window. Padding is not counted unless `count_padding`.
/// Integers: the sum divided by the count, rounded half away from zero.
///
/// Shapes  x [N, spatial…, C]  ->  y [N, out…, C]
/// Types   f32, i8, u8, i16; a quantized output has the input's scale
/// Errors  invalid_input: an output of size 0
/// Source  ONNX AveragePool-11; TensorFlow Lite AVERAGE_POOL_2D
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

/// The root of the mean of squares under the window; padding is not counted.
///
/// Shapes  x f32[N, spatial…, C]  ->  y f32[N, out…, C]
/// Errors  unsupported: x is not f32; invalid_input: an output of size 0
/// Source  TensorFlow Lite L2_POOL_2D
struct L2Pool {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;
  Padding padding = Padding::valid;
  Activation activation = Activation::none;

  static constexpr auto kName = "L2Pool";
  static constexpr auto kFields =
      std::tuple{Field{"kernel", &L2Pool::kernel}, Field{"stride", &L2Pool::stride},
                 Field{"padding", &L2Pool::padding}, Field{"activation", &L2Pool::activation}};

  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const L2Pool&) const = default;
};

}  // namespace slipway::ops
