#include "ops/shape/space.h"

#include <algorithm>

#include "ops/check.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// The largest block or pad: products with a dimension stay far from the 64 bits.
constexpr std::int64_t kMaxBlock = 1 << 20;

/// The numbers that SpaceToBatch and BatchToSpace share.
struct Blocks {
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  std::int64_t product = 1;
};

Result<Blocks> blocks_of(const std::vector<std::int64_t>& sizes,
                         const std::vector<std::int64_t>& pads, std::size_t rank) {
  if (sizes.size() >= rank || pads.size() != 2 * sizes.size()) {
    return fail(Code::invalid_input, "{} blocks and {} pads for {} dimensions", sizes.size(),
                pads.size(), rank);
  }
  Blocks out;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || sizes[i] > kMaxBlock)
      return fail(Code::invalid_input, "a block of {}", sizes[i]);
    const std::int64_t edge[] = {pads[2 * i], pads[2 * i + 1]};
    for (const auto pad : edge) {
      if (pad < 0 || pad > kMaxBlock) return fail(Code::invalid_input, "a pad or crop of {}", pad);
    }
    out.product *= sizes[i];
    if (out.product > kMaxBlock) return fail(Code::invalid_input, "blocks of over 2^20 elements");
    out.before.push_back(edge[0]);
    out.after.push_back(edge[1]);
  }
  out.size = sizes;
  return out;
}

/// The blocks where the inputs are known and so is the shape of x.
Result<std::optional<Blocks>> known_blocks(const KnownInputs& inputs) {
  SLIPWAY_TRY(inputs.count(3, 3));
  const auto sizes = SLIPWAY_TRY(known_integers(inputs, 1));
  const auto pads = SLIPWAY_TRY(known_integers(inputs, 2));
  if (!sizes || !pads || !inputs.type(0).is_known()) return std::optional<Blocks>();
  return std::optional(SLIPWAY_TRY(blocks_of(*sizes, *pads, inputs.type(0).shape.rank())));
}

Result<Blocks> blocks_of(const EvalIo& io) {
  return blocks_of(SLIPWAY_TRY(to_integers(io.input(1))), SLIPWAY_TRY(to_integers(io.input(2))),
                   io.input(0).shape().rank());
}

Result<Shape> batched_shape(const Shape& x, const Blocks& blocks) {
  std::vector<std::int64_t> dims(x.begin(), x.end());
  dims[0] *= blocks.product;
  for (std::size_t i = 0; i < blocks.size.size(); ++i) {
    auto& dim = dims[i + 1];
    dim += blocks.before[i] + blocks.after[i];
    if (dim % blocks.size[i] != 0)
      return fail(Code::invalid_input, "a padded dimension of {} in blocks of {}", dim,
                  blocks.size[i]);
    dim /= blocks.size[i];
  }
  return Shape::make(dims);
}

Result<Shape> spatial_shape(const Shape& x, const Blocks& blocks) {
  std::vector<std::int64_t> dims(x.begin(), x.end());
  if (dims[0] % blocks.product != 0)
    return fail(Code::invalid_input, "a batch of {} in blocks of {}", dims[0], blocks.product);
  dims[0] /= blocks.product;
  for (std::size_t i = 0; i < blocks.size.size(); ++i) {
    auto& dim = dims[i + 1];
    dim = dim * blocks.size[i] - blocks.before[i] - blocks.after[i];
    if (dim < 0)
      return fail(Code::invalid_input, "{} and {} cropped from a dimension of {}", blocks.before[i],
                  blocks.after[i], dim + blocks.before[i] + blocks.after[i]);
  }
  return Shape::make(dims);
}

/// For a batch of the blocked side, its batch on the plain side and its place in the block.
std::int64_t split_batch(std::int64_t batch, std::int64_t batches, const Blocks& blocks,
                         std::vector<std::int64_t>& offset) {
  std::int64_t block = batch / batches;
  for (std::size_t i = blocks.size.size(); i-- > 0;) {
    offset[i] = block % blocks.size[i];
    block /= blocks.size[i];
  }
  return batch % batches;
}

/// Calls move(blocked, plain) with the numbers of the blocks of trailing dimensions that belong
/// together; plain is -1 in the padding.
template <class Move>
void each_block(const Shape& blocked, const Shape& plain, const Blocks& blocks, Move move) {
  const std::size_t spatial = blocks.size.size();
  std::vector<std::int64_t> offset(spatial);
  std::int64_t index = 0;
  for (Walk walk(blocked.dims().first(spatial + 1)); !walk.done(); walk.next(), ++index) {
    std::int64_t to = split_batch(walk.at()[0], plain[0], blocks, offset);
    bool outside = false;
    for (std::size_t i = 0; i < spatial; ++i) {
      const auto at = walk.at()[i + 1] * blocks.size[i] + offset[i] - blocks.before[i];
      outside = outside || at < 0 || at >= plain[i + 1];
      to = to * plain[i + 1] + at;
    }
    move(static_cast<std::size_t>(index), outside ? std::int64_t{-1} : to);
  }
}

/// Bytes of the dimensions behind the blocks.
std::size_t rest_bytes(const TensorType& x, const Blocks& blocks) {
  return static_cast<std::size_t>(
      elements_between(x.shape, blocks.size.size() + 1, x.shape.rank()) * size_of(x.dtype));
}

void copy_bytes(BytesView from, std::span<std::byte> to) {
  std::copy(from.begin(), from.end(), to.begin());
}

Result<void> check_same(const Shape& is, const Shape& should) {
  if (is == should) return {};
  return fail(Code::invalid_input, "the blocks lead to {}, not to {}", is.text(), should.text());
}

Result<void> check_picture(const TensorType& x, std::int64_t block) {
  SLIPWAY_TRY(check_rank("x", x, 4));
  if (block < 1 || block > 1024) return fail(Code::invalid_input, "a block of {}", block);
  return {};
}

/// Moves between deep [n, h, w, (p, q, c)] and wide [n, h * block, w * block, c].
void exchange(const Shape& deep, std::int64_t block, DepthOrder order, std::size_t size,
              BytesView from, std::span<std::byte> to, bool to_wide) {
  if (to.empty()) return;
  const std::int64_t channels = deep[3] / (block * block);
  const std::int64_t width = deep[2] * block;
  const bool by_block = order == DepthOrder::block_first;
  // What lies side by side on both sides moves as one: the channels, or single elements.
  const auto piece = static_cast<std::size_t>(by_block ? channels : 1) * size;
  const std::int64_t parts = by_block ? 1 : channels;
  const std::int64_t dims[] = {deep[0] * deep[1], deep[2], parts, block, block};
  std::size_t at = 0;
  for (Walk walk(dims); !walk.done(); walk.next(), ++at) {
    const auto row = walk.at()[0] * block + walk.at()[3];
    const auto column = walk.at()[1] * block + walk.at()[4];
    const auto wide = static_cast<std::size_t>((row * width + column) * parts + walk.at()[2]);
    if (to_wide) {
      copy_bytes(from.subspan(at * piece, piece), to.subspan(wide * piece, piece));
    } else {
      copy_bytes(from.subspan(wide * piece, piece), to.subspan(at * piece, piece));
    }
  }
}

/// `dim` divided by a block, where both are known.
Result<std::int64_t> divided(std::int64_t dim, std::int64_t block, std::string_view what) {
  if (dim == Shape::kUnknown) return dim;
  if (dim % block != 0)
    return fail(Code::invalid_input, "{} of {} in blocks of {}", what, dim, block);
  return dim / block;
}

Result<std::int64_t> multiplied(std::int64_t dim, std::int64_t block) {
  if (dim == Shape::kUnknown) return dim;
  if (dim > Shape::kMaxElements / block)
    return fail(Code::invalid_input, "a dimension of {} in blocks of {}", dim, block);
  return dim * block;
}

}  // namespace

Result<Types> SpaceToBatch::infer(const KnownInputs& inputs) const {
  const auto blocks = SLIPWAY_TRY(known_blocks(inputs));
  const auto& x = inputs.type(0);
  if (!blocks)
    return Types{moved(x, SLIPWAY_TRY(open_shape(static_cast<std::int64_t>(x.shape.rank()))))};
  return Types{moved(x, SLIPWAY_TRY(batched_shape(x.shape, *blocks)))};
}

Cost SpaceToBatch::cost(std::span<const TensorType>) const { return {}; }

Result<void> SpaceToBatch::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& y = io.output_type(0);
  const auto blocks = SLIPWAY_TRY(blocks_of(io));
  SLIPWAY_TRY(check_same(SLIPWAY_TRY(batched_shape(x.shape(), blocks)), y.shape));
  const auto to = io.out_bytes(0);
  if (to.empty()) return {};
  const std::size_t rest = rest_bytes(x.type(), blocks);
  const auto zero = zero_of(y);
  each_block(y.shape, x.shape(), blocks, [&](std::size_t blocked, std::int64_t plain) {
    const auto piece = to.subspan(blocked * rest, rest);
    if (plain >= 0) {
      copy_bytes(x.bytes().subspan(static_cast<std::size_t>(plain) * rest, rest), piece);
    } else {
      for (std::size_t i = 0; i < rest; i += zero.size()) copy_bytes(zero, piece.subspan(i));
    }
  });
  return {};
}

Result<Types> BatchToSpace::infer(const KnownInputs& inputs) const {
  const auto blocks = SLIPWAY_TRY(known_blocks(inputs));
  const auto& x = inputs.type(0);
  if (!blocks)
    return Types{moved(x, SLIPWAY_TRY(open_shape(static_cast<std::int64_t>(x.shape.rank()))))};
  return Types{moved(x, SLIPWAY_TRY(spatial_shape(x.shape, *blocks)))};
}

Cost BatchToSpace::cost(std::span<const TensorType>) const { return {}; }

Result<void> BatchToSpace::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto& y = io.output_type(0);
  const auto blocks = SLIPWAY_TRY(blocks_of(io));
  SLIPWAY_TRY(check_same(SLIPWAY_TRY(spatial_shape(x.shape(), blocks)), y.shape));
  const auto to = io.out_bytes(0);
  if (to.empty()) return {};
  const std::size_t rest = rest_bytes(x.type(), blocks);
  each_block(x.shape(), y.shape, blocks, [&](std::size_t blocked, std::int64_t plain) {
    if (plain < 0) return;
    copy_bytes(x.bytes().subspan(blocked * rest, rest),
               to.subspan(static_cast<std::size_t>(plain) * rest, rest));
  });
  return {};
}

Result<Types> SpaceToDepth::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_picture(x, block));
  const auto& s = x.shape;
  const std::int64_t dims[] = {s[0], SLIPWAY_TRY(divided(s[1], block, "a height")),
                               SLIPWAY_TRY(divided(s[2], block, "a width")),
                               SLIPWAY_TRY(multiplied(s[3], block * block))};
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost SpaceToDepth::cost(std::span<const TensorType>) const { return {}; }

Result<void> SpaceToDepth::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  exchange(io.output_type(0).shape, block, order, static_cast<std::size_t>(size_of(x.dtype())),
           x.bytes(), io.out_bytes(0), false);
  return {};
}

Result<Types> DepthToSpace::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_picture(x, block));
  const auto& s = x.shape;
  const std::int64_t dims[] = {s[0], SLIPWAY_TRY(multiplied(s[1], block)),
                               SLIPWAY_TRY(multiplied(s[2], block)),
                               SLIPWAY_TRY(divided(s[3], block * block, "channels"))};
  return Types{moved(x, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost DepthToSpace::cost(std::span<const TensorType>) const { return {}; }

Result<void> DepthToSpace::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  exchange(x.shape(), block, order, static_cast<std::size_t>(size_of(x.dtype())), x.bytes(),
           io.out_bytes(0), true);
  return {};
}

}  // namespace slipway::ops
