#include "vision/resize.h"

#include <algorithm>
#include <cmath>

#include "vision/taps.h"

namespace slipway {
namespace {

std::uint8_t clip(std::int32_t value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// Arithmetic of a separable resize: how weighted values are summed along a row (`across`), what is
/// kept between the two passes, and how the kept values are summed along a column (`down`).
struct FloatSums {
  using Weight = float;
  using Sum = float;
  using Middle = float;

  static constexpr Sum kZero = 0;

  static Sum across(Sum sum, Weight weight, std::uint8_t x) {
    return sum + weight * static_cast<float>(x);
  }

  static Middle middle(Sum sum) { return sum; }

  static Sum down(Sum sum, Weight weight, Middle x) { return sum + weight * x; }

  static std::uint8_t end(Sum sum) { return clip(static_cast<std::int32_t>(std::lrint(sum))); }
};

/// As FloatSums, but halves go up: OpenCV's means of 2 x 2.
struct HalfUpSums : FloatSums {
  static std::uint8_t end(Sum sum) {
    return clip(static_cast<std::int32_t>(std::floor(sum + 0.5F)));
  }
};

/// Pillow's: fixed point, 8 bits between the passes.
struct TriangleSums {
  using Weight = std::int32_t;
  using Sum = std::int32_t;
  using Middle = std::uint8_t;

  static constexpr Sum kZero = 1 << (kTriangleBits - 1);

  static Sum across(Sum sum, Weight weight, std::uint8_t x) { return sum + weight * x; }

  static Middle middle(Sum sum) { return clip(sum >> kTriangleBits); }

  static Sum down(Sum sum, Weight weight, Middle x) { return sum + weight * x; }

  static std::uint8_t end(Sum sum) { return clip(sum >> kTriangleBits); }
};

/// OpenCV's: weights in 2048ths, and a product that drops 20 bits in two steps.
struct FixedSums {
  using Weight = std::int32_t;
  using Sum = std::int32_t;
  using Middle = std::int32_t;

  static constexpr float kOne = 2048;
  static constexpr Sum kZero = 0;

  static Sum across(Sum sum, Weight weight, std::uint8_t x) { return sum + weight * x; }

  static Middle middle(Sum sum) { return sum; }

  static Sum down(Sum sum, Weight weight, Middle x) { return sum + ((weight * (x >> 4)) >> 16); }

  static std::uint8_t end(Sum sum) { return clip((sum + 2) >> 2); }
};

Taps<std::int32_t> fixed(const Taps<float>& taps) {
  Taps<std::int32_t> out{.first = taps.first, .start = taps.start, .weight = {}};
  for (const float weight : taps.weight) {
    out.weight.push_back(static_cast<std::int32_t>(std::lrint(weight * FixedSums::kOne)));
  }
  return out;
}

/// Resizes along rows, then along columns. Rows are resized when the columns first ask for them
/// and only as many are kept as one output row needs, so that a tall picture costs no memory.
template <class Sums>
class Separable {
 public:
  using Weight = typename Sums::Weight;

  Separable(const Picture& in, const Taps<Weight>& xs, const Taps<Weight>& ys)
      : in_(in), xs_(xs), ys_(ys), row_(xs.first.size() * 3) {
    for (std::size_t y = 0; y < ys.first.size(); ++y) {
      slots_ = std::max(slots_, ys.weights(y).size());
    }
    kept_.resize(slots_ * row_);
    held_.assign(slots_, -1);
  }

  Picture run() {
    Picture out(static_cast<int>(xs_.first.size()), static_cast<int>(ys_.first.size()));
    std::vector<typename Sums::Sum> sums(row_);
    for (std::size_t y = 0; y < ys_.first.size(); ++y) {
      std::fill(sums.begin(), sums.end(), Sums::kZero);
      int source = ys_.first[y];
      for (const Weight weight : ys_.weights(y)) {
        const auto* kept = row_of(source++);
        for (std::size_t i = 0; i < row_; ++i) sums[i] = Sums::down(sums[i], weight, kept[i]);
      }
      for (std::size_t i = 0; i < row_; ++i) out.rgb[y * row_ + i] = Sums::end(sums[i]);
    }
    return out;
  }

 private:
  const typename Sums::Middle* row_of(int y) {
    const std::size_t slot = static_cast<std::size_t>(y) % slots_;
    auto* kept = kept_.data() + slot * row_;
    if (held_[slot] == y) return kept;
    held_[slot] = y;
    for (std::size_t x = 0; x < xs_.first.size(); ++x) {
      const std::uint8_t* from = in_.rgb.data() + in_.offset(xs_.first[x], y);
      typename Sums::Sum sum[3] = {Sums::kZero, Sums::kZero, Sums::kZero};
      for (const Weight weight : xs_.weights(x)) {
        for (int c = 0; c < 3; ++c) sum[c] = Sums::across(sum[c], weight, from[c]);
        from += 3;
      }
      for (std::size_t c = 0; c < 3; ++c) kept[x * 3 + c] = Sums::middle(sum[c]);
    }
    return kept;
  }

  const Picture& in_;
  const Taps<Weight>& xs_;
  const Taps<Weight>& ys_;
  std::size_t row_;        // values in an output row
  std::size_t slots_ = 1;  // rows kept: row y lies in slot y % slots_
  std::vector<typename Sums::Middle> kept_;
  std::vector<int> held_;  // the row in each slot
};

template <class Sums>
Picture separable(const Picture& in, const Taps<typename Sums::Weight>& xs,
                  const Taps<typename Sums::Weight>& ys) {
  return Separable<Sums>(in, xs, ys).run();
}

Picture nearest(const Picture& in, const std::vector<int>& xs, const std::vector<int>& ys) {
  Picture out(static_cast<int>(xs.size()), static_cast<int>(ys.size()));
  std::uint8_t* to = out.rgb.data();
  for (const int y : ys) {
    for (const int x : xs) {
      const std::uint8_t* from = in.rgb.data() + in.offset(x, y);
      to = std::copy(from, from + 3, to);
    }
  }
  return out;
}

/// OpenCV's INTER_AREA: means where both sides shrink or stay, else its own linear weights.
Picture area(const Picture& in, const Axis& x, const Axis& y) {
  if (x.in < x.out || y.in < y.out) {
    return separable<FixedSums>(in, fixed(linear_taps(x, ResizeMethod::area)),
                                fixed(linear_taps(y, ResizeMethod::area)));
  }
  const bool two_by_two = x.in == 2 * x.out && y.in == 2 * y.out;
  if (two_by_two) return separable<HalfUpSums>(in, area_taps(x), area_taps(y));
  return separable<FloatSums>(in, area_taps(x), area_taps(y));
}

/// Taps that take the positions [begin, end) as they are.
Taps<std::int32_t> identity(int begin, int end) {
  Taps<std::int32_t> taps;
  for (int i = begin; i < end; ++i) {
    taps.first.push_back(i);
    taps.weight.push_back(1 << kTriangleBits);
    taps.start.push_back(taps.weight.size());
  }
  return taps;
}

/// Pillow's order of the two passes; it shows, since 8 bits are kept between them. From Pillow 13
/// on columns come first where the height loses over twice as many pixels as the width.
Picture antialiased(const Picture& in, const Axis& x, const Axis& y) {
  auto xs = triangle_taps(x);
  const auto ys = triangle_taps(y);
  const bool columns_first = y.in > y.out && y.in - y.out > 2 * (x.in - x.out);
  if (!columns_first) return separable<TriangleSums>(in, xs, ys);

  const int left = xs.first.front();
  const int right = xs.first.back() + static_cast<int>(xs.weights(xs.first.size() - 1).size());
  const Picture middle = separable<TriangleSums>(in, identity(left, right), ys);
  for (int& first : xs.first) first -= left;
  return separable<TriangleSums>(middle, xs, identity(0, middle.height));
}

Picture resize_axes(const Picture& in, const Axis& x, const Axis& y, ResizeMethod method) {
  switch (method) {
    case ResizeMethod::nearest:
    case ResizeMethod::nearest_asymmetric:
      return nearest(in, nearest_taps(x, method), nearest_taps(y, method));
    case ResizeMethod::bilinear:
      return separable<FixedSums>(in, fixed(linear_taps(x, method)), fixed(linear_taps(y, method)));
    case ResizeMethod::bilinear_asymmetric:
    case ResizeMethod::bilinear_align_corners:
      return separable<HalfUpSums>(in, linear_taps(x, method), linear_taps(y, method));
    case ResizeMethod::area:
      return area(in, x, y);
    case ResizeMethod::bilinear_antialias:
      return antialiased(in, x, y);
  }
  broken_promise("a ResizeMethod outside its enum", __FILE__, __LINE__);
}

}  // namespace

Result<Picture> resize_part(const Picture& picture, Size whole, const Window& window,
                            ResizeMethod method) {
  if (picture.width < 1 || picture.height < 1) {
    return fail(Code::invalid_input, "a picture of {} x {} has no pixels to resize", picture.width,
                picture.height);
  }
  SLIPWAY_CHECK(picture.rgb.size() == picture.offset(0, picture.height));
  if (window.width < 1 || window.height < 1 ||
      std::int64_t{window.width} * window.height > Picture::kMaxPixels) {
    return fail(Code::invalid_input, "cannot resize to {} x {}", window.width, window.height);
  }
  if (window.left < 0 || window.top < 0 || window.left + window.width > whole.width ||
      window.top + window.height > whole.height) {
    return fail(Code::invalid_input, "a window of {} x {} at {}, {} is outside {} x {}",
                window.width, window.height, window.left, window.top, whole.width, whole.height);
  }
  const Axis x{picture.width, whole.width, window.left, window.width};
  const Axis y{picture.height, whole.height, window.top, window.height};
  if (x.unchanged() && y.unchanged()) return picture;
  return resize_axes(picture, x, y, method);
}

Result<Picture> resize(const Picture& picture, int width, int height, ResizeMethod method) {
  return resize_part(picture, {width, height}, {.width = width, .height = height}, method);
}

}  // namespace slipway
