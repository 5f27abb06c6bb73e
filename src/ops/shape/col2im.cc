#include "ops/shape/col2im.h"

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// The largest size, stride or pad: products of two stay far from the 64 bits.
constexpr std::int64_t kMost = std::int64_t{1} << 24U;

/// One dimension of the picture and how blocks lie on it.
struct Grid {
  std::int64_t size;
  std::int64_t block;
  std::int64_t stride;
  std::int64_t dilation;
  std::int64_t before;
  std::int64_t blocks;
};

Result<std::int64_t> in_range(std::int64_t x, std::int64_t least, std::string_view what) {
  if (x < least || x > kMost) return fail(Code::invalid_input, "{} of {}", what, x);
  return x;
}

Result<std::vector<Grid>> grid_of(const Col2Im& op, const std::vector<std::int64_t>& picture,
                                  const std::vector<std::int64_t>& block) {
  const std::size_t k = picture.size();
  const auto fits = [&](const auto& list, std::size_t n) {
    return list.empty() || list.size() == n;
  };
  if (k == 0 || k > Shape::kMaxRank - 2 || block.size() != k || !fits(op.strides, k) ||
      !fits(op.dilations, k) || !fits(op.pads, 2 * k))
    return fail(Code::invalid_input, "blocks of {} dimensions in a picture of {}", block.size(), k);
  std::vector<Grid> grid;
  for (std::size_t i = 0; i < k; ++i) {
    const auto at = [&](const auto& list, std::size_t j, std::int64_t otherwise) {
      return list.empty() ? otherwise : list[j];
    };
    Grid g{};
    g.size = SLIPWAY_TRY(in_range(picture[i], 0, "a picture"));
    g.block = SLIPWAY_TRY(in_range(block[i], 1, "a block"));
    g.stride = SLIPWAY_TRY(in_range(at(op.strides, i, 1), 1, "a stride"));
    g.dilation = SLIPWAY_TRY(in_range(at(op.dilations, i, 1), 1, "a dilation"));
    g.before = SLIPWAY_TRY(in_range(at(op.pads, i, 0), 0, "a pad"));
    const auto after = SLIPWAY_TRY(in_range(at(op.pads, k + i, 0), 0, "a pad"));
    const auto room = g.size + g.before + after - g.dilation * (g.block - 1) - 1;
    if (room < 0)
      return fail(Code::invalid_input, "a block of {} in a dimension of {}", g.block, g.size);
    g.blocks = room / g.stride + 1;
    grid.push_back(g);
  }
  return grid;
}

/// [n, c, picture…].
Result<Shape> picture_shape(const Shape& x, const std::vector<Grid>& grid) {
  std::vector<std::int64_t> dims{x[0], x[1]};
  std::vector<std::int64_t> block;
  std::vector<std::int64_t> blocks;
  for (const auto& g : grid) {
    dims.push_back(g.size);
    block.push_back(g.block);
    blocks.push_back(g.blocks);
  }
  const auto each = SLIPWAY_TRY(Shape::make(block)).elements();
  const auto count = SLIPWAY_TRY(Shape::make(blocks)).elements();
  if (x[2] != Shape::kUnknown && x[2] != count)
    return fail(Code::invalid_input, "{} blocks instead of {}", x[2], count);
  if (x[1] != Shape::kUnknown) {
    if (x[1] % each != 0)
      return fail(Code::invalid_input, "{} columns of blocks of {}", x[1], each);
    dims[1] /= each;
  }
  return Shape::make(dims);
}

template <class T>
void run(EvalIo& io, const std::vector<Grid>& grid) {
  const auto x = io.in<T>(0);
  const auto y = io.out<T>(0);
  const auto& out = io.output_type(0).shape;
  // x seen as [n * c, block…, blocks…].
  std::vector<std::int64_t> dims{out[0] * out[1]};
  for (const auto& g : grid) dims.push_back(g.block);
  for (const auto& g : grid) dims.push_back(g.blocks);
  std::size_t from = 0;
  for (Walk walk(dims); !walk.done(); walk.next(), ++from) {
    std::int64_t to = walk.at()[0];
    bool inside = true;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const auto& g = grid[i];
      const auto at =
          walk.at()[1 + grid.size() + i] * g.stride + walk.at()[1 + i] * g.dilation - g.before;
      inside = at >= 0 && at < g.size;
      if (!inside) break;
      to = to * g.size + at;
    }
    if (inside) y[static_cast<std::size_t>(to)] += x[from];
  }
}

}  // namespace

Result<Types> Col2Im::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(3, 3));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_dtype("x", x, {DType::f32, DType::f64}));
  SLIPWAY_TRY(check_rank("x", x, 3));
  for (const std::size_t i : {1U, 2U}) {
    SLIPWAY_TRY(check_dtype("a list of sizes", inputs.type(i), {DType::i32, DType::i64}));
    SLIPWAY_TRY(check_rank("a list of sizes", inputs.type(i), 1));
  }
  const auto picture = SLIPWAY_TRY(known_integers(inputs, 1));
  const auto block = SLIPWAY_TRY(known_integers(inputs, 2));
  if (!picture || !block) {
    const auto k = inputs.type(1).shape[0];
    if (k == Shape::kUnknown) return fail(Code::unsupported, "a picture of unknown dimensions");
    return Types{moved(x, SLIPWAY_TRY(open_shape(k + 2)))};
  }
  const auto grid = SLIPWAY_TRY(grid_of(*this, *picture, *block));
  return Types{moved(x, SLIPWAY_TRY(picture_shape(x.shape, grid)))};
}

Cost Col2Im::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Col2Im::eval(EvalIo& io) const {
  const auto picture = SLIPWAY_TRY(to_integers(io.input(1)));
  const auto grid = SLIPWAY_TRY(grid_of(*this, picture, SLIPWAY_TRY(to_integers(io.input(2)))));
  if (SLIPWAY_TRY(picture_shape(io.input(0).shape(), grid)) != io.output_type(0).shape)
    return fail(Code::invalid_input, "blocks of {}", io.input(0).shape().text());
  if (io.type(0).dtype == DType::f32) {
    run<float>(io, grid);
  } else {
    run<double>(io, grid);
  }
  return {};
}

}  // namespace slipway::ops
