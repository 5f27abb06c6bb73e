#pragma once
// The traffic signs we can draw, flat and clean. Their order is the order of the labels.

#include <span>
#include <string_view>

#include "vision/draw/shape.h"

namespace slipway::draw {

/// What the paints look like on one sign: they fade and differ.
struct Palette {
  Color red;
  Color blue;
  Color yellow;
  Color white;
  Color black;
};

/// One kind of sign, drawn round the origin within a circle of about 1,150.
struct SignKind {
  std::string_view name;
  Drawing (*draw)(const Palette& palette);
};

[[nodiscard]] std::span<const SignKind> sign_kinds();

}  // namespace slipway::draw
