#include "ops/window.h"

#include <algorithm>

namespace slipway {
namespace {

constexpr std::int64_t kMaxStep = std::int64_t{1} << 31U;  // products of two stay in 64 bits

/// Copies a field into the last dimensions of `out`, checking its count and its least value.
Result<void> fill(std::string_view what, const std::vector<std::int64_t>& given,
                  std::size_t spatial, std::int64_t least, Window::Dims& out) {
  if (given.empty()) return {};
  if (given.size() != spatial) {
    return fail(Code::invalid_input, "{} has {} numbers for {} spatial dimensions", what,
                given.size(), spatial);
  }
  for (std::size_t i = 0; i < spatial; ++i) {
    if (given[i] < least || given[i] > kMaxStep)
      return fail(Code::invalid_input, "{} is {}", what, given[i]);
    out[Window::kDims - spatial + i] = given[i];
  }
  return {};
}

/// Sets pad and out of one dimension.
Result<void> place(const WindowSpec& spec, Window& w, std::size_t i) {
  const std::int64_t reach = (w.kernel[i] - 1) * w.dilation[i] + 1;
  if (w.in[i] == Shape::kUnknown) {
    w.out[i] = Shape::kUnknown;
    return {};
  }
  if (spec.padding == Padding::same_upper || spec.padding == Padding::same_lower) {
    w.out[i] = (w.in[i] + w.stride[i] - 1) / w.stride[i];
    const std::int64_t total =
        std::max<std::int64_t>((w.out[i] - 1) * w.stride[i] + reach - w.in[i], 0);
    w.pad[i] = spec.padding == Padding::same_upper ? total / 2 : total - total / 2;
    w.pad_end[i] = total - w.pad[i];
  } else {
    if (spec.padding == Padding::valid) w.pad[i] = w.pad_end[i] = 0;
    const std::int64_t room = w.in[i] + w.pad[i] + w.pad_end[i] - reach;
    w.out[i] = room < 0 ? 0 : room / w.stride[i] + 1;
    if (spec.round_up && room >= 0 && room % w.stride[i] != 0) {
      // A window must start inside the input or the padding in front of it.
      if (w.out[i] * w.stride[i] < w.in[i] + w.pad[i]) ++w.out[i];
    }
  }
  if (w.out[i] < 1 && w.in[i] > 0) {
    return fail(Code::invalid_input, "a window of {} does not fit into {} elements", reach,
                w.in[i] + w.pad[i] + w.pad_end[i]);
  }
  w.out[i] = w.in[i] == 0 ? 0 : w.out[i];
  return {};
}

}  // namespace

Result<Window> make_window(const WindowSpec& spec, const Shape& x,
                           std::span<const std::int64_t> kernel) {
  if (x.rank() < 3 || x.rank() > Window::kDims + 2) {
    return fail(Code::unsupported, "1 to 3 spatial dimensions are possible, the input is {}",
                x.text());
  }
  const std::size_t spatial = x.rank() - 2;
  SLIPWAY_CHECK(kernel.size() == spatial);
  Window window;
  const std::vector<std::int64_t> kernel_dims(kernel.begin(), kernel.end());
  SLIPWAY_TRY(fill("kernel size", kernel_dims, spatial, 1, window.kernel));
  SLIPWAY_TRY(fill("stride", spec.stride, spatial, 1, window.stride));
  SLIPWAY_TRY(fill("dilation", spec.dilation, spatial, 1, window.dilation));
  SLIPWAY_TRY(fill("pad_begin", spec.pad_begin, spatial, 0, window.pad));
  SLIPWAY_TRY(fill("pad_end", spec.pad_end, spatial, 0, window.pad_end));
  for (std::size_t i = 0; i < spatial; ++i) window.in[Window::kDims - spatial + i] = x[i + 1];
  for (std::size_t i = Window::kDims - spatial; i < Window::kDims; ++i)
    SLIPWAY_TRY(place(spec, window, i));
  return window;
}

Result<Shape> window_shape(const Window& window, const Shape& x, std::int64_t channels) {
  std::vector<std::int64_t> dims = {x[0]};
  dims.insert(dims.end(), window.out.end() - static_cast<std::ptrdiff_t>(x.rank() - 2),
              window.out.end());
  dims.push_back(channels);
  return Shape::make(dims);
}

}  // namespace slipway
