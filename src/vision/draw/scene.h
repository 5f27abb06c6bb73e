#pragma once
// A drawn picture together with the answer: what is in it, and where.

#include <cstdint>
#include <vector>

#include "vision/draw/shape.h"
#include "vision/picture.h"

namespace slipway::draw {

struct Scene {
  Picture picture;
  int label = 0;
  Box box;                         // in pixels, the smallest that holds every marked one
  std::vector<std::uint8_t> mask;  // width * height: 1 + label where the thing is, 0 elsewhere
};

}  // namespace slipway::draw
