#include "engine/chain_step.h"

#include <cstring>

#include "engine/places.h"

namespace slipway::engine {
namespace {

int between(int low, int value, int high) {
  return value < low ? low : value > high ? high : value;
}

/// Rows of a picture, from the first to that behind the last.
struct RowSpan {
  int first;
  int behind;
};

/// The rows of the picture that the windows of some rows of the output meet.
RowSpan met_by(const Sliding& window, RowSpan rows) {
  const int first = between(0, rows.first * window.stride_y - window.pad_top, window.height);
  const int last = (rows.behind - 1) * window.stride_y - window.pad_top + window.kernel_y;
  return {first, between(first, last, window.height)};
}

/// One thread's way through some units.
class Band {
 public:
  Band(const ChainStep& step, const Bases& bases, const Place& workspace)
      : step_(step),
        bases_(bases),
        at_(workspace),
        row_bytes_(step.depthwise.window.width * step.depthwise.in_stride *
                   (step.depthwise.rounded != 0 ? 2 : 4)) {}

  /// Computes some rows of a picture of the output.
  void run(int picture, RowSpan to) {
    const auto& window = step_.depthwise.window;
    const auto needed = met_by(window, to);
    if (picture != picture_) has_ = {0, 0};
    picture_ = picture;
    keep_from(needed.first);
    if (has_.behind < needed.behind) {
      add(picture, {has_.behind, needed.behind});
      has_.behind = needed.behind;
    }
    run_windows(picture, to);
  }

 private:
  /// Moves the rows that are needed again to the front.
  void keep_from(int first) {
    const int kept = has_.behind > first ? has_.behind - first : 0;
    std::byte* front = room_at(at_, bases_);
    if (kept > 0 && first > has_.first)
      std::memmove(front, front + (first - has_.first) * row_bytes_,
                   static_cast<std::size_t>(kept * row_bytes_));
    has_ = {first, first + kept};
  }

  /// Computes rows behind those that are there.
  void add(int picture, RowSpan rows) {
    const auto& window = step_.depthwise.window;
    const std::int64_t pixel = (std::int64_t{picture} * window.height + rows.first) * window.width;
    auto part = step_.product;
    auto& product = part.product;
    product.rows.line_pixels = (rows.behind - rows.first) * window.width;
    product.a = moved(product.a, pixel * product.rows.channels * (part.rounded_a != 0 ? 2 : 4));
    product.c = moved(at_, (rows.first - has_.first) * row_bytes_);
    part.workspace = moved(at_, step_.band);
    const int units = units_of(product.rows, product.shape.n);
    switch (step_.numbers) {
      case ChainNumbers::f32:
        return engine::run(product, bases_, 0, units);
      case ChainNumbers::bf16:
        return engine::run(part, bases_, 0, units);
      case ChainNumbers::f16:
        return engine::run(ProductF16Step{product, part.workspace, part.unit_workspace}, bases_, 0,
                           units);
    }
  }

  /// The windows see a picture of the rows that are there: all that they meet.
  void run_windows(int picture, RowSpan to) {
    auto part = step_.depthwise;
    auto& window = part.window;
    const std::int64_t row = std::int64_t{picture} * window.out_height + to.first;
    part.in = at_;
    part.out =
        moved(part.out, row * window.out_width * part.out_stride * (part.rounded != 0 ? 2 : 4));
    window.pad_top += has_.first - to.first * window.stride_y;
    window.height = has_.behind - has_.first;
    window.out_height = to.behind - to.first;
    engine::run(part, bases_, 0, window.out_height);
  }

  const ChainStep& step_;
  const Bases& bases_;
  const Place at_;
  const std::int64_t row_bytes_;
  int picture_ = -1;
  RowSpan has_ = {0, 0};
};

}  // namespace

void run(const ChainStep& step, const Bases& bases, int first, int last) {
  const auto& window = step.depthwise.window;
  const int units = (window.out_height + step.unit_rows - 1) / step.unit_rows;
  Band band(step, bases, moved(step.workspace, first * step.unit_workspace));
  for (int unit = first; unit < last; ++unit) {
    const int from = unit % units * step.unit_rows;
    const int to = from + step.unit_rows;
    band.run(unit / units, {from, to < window.out_height ? to : window.out_height});
  }
}

}  // namespace slipway::engine
