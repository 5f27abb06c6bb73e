#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "ops/resize/resize.h"

namespace slipway {

/// What stands outside of a picture that is sampled.
enum class GridPadding : std::uint8_t {
  zeros,
  border,      // the last element again
  reflection,  // mirrored at the middle, or without align_corners at the edge, of the last element
};
template <>
inline constexpr auto kEnumNames<GridPadding> =
    std::to_array<std::string_view>({"zeros", "border", "reflection"});

namespace ops {

/// x looked up at places between its elements. A place is from -1 to 1 in each direction, the last
/// dimension of x first: the middles of the outermost elements with `align_corners`, else their
/// edges. Ties between nearest elements go to the even one; cubic weights have a = -0.75.
///
/// Shapes  x [n, d…, c], grid [n, o…, number of d]  ->  y [n, o…, c]
/// Types   f32, f64, f16 or bf16 each; computed in f64
/// Errors  invalid_input: shapes that do not fit
/// Cost    as many multiply-accumulates per element of y as elements of x weigh in
/// Source  ONNX GridSample-20; Jaderberg et al. 2015, "Spatial Transformer Networks"
struct GridSample {
  Interpolation method = Interpolation::linear;
  GridPadding padding = GridPadding::zeros;
  bool align_corners = false;

  static constexpr auto kName = "GridSample";
  static constexpr auto kFields =
      std::tuple{Field{"method", &GridSample::method}, Field{"padding", &GridSample::padding},
                 Field{"align_corners", &GridSample::align_corners}};
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const;
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const;
  [[nodiscard]] Result<void> eval(EvalIo& io) const;
  bool operator==(const GridSample&) const = default;
};

}  // namespace ops
}  // namespace slipway
