#include "vision/picture.h"

namespace slipway {

Picture::Picture(int w, int h, Color color) : width(w), height(h) {
  rgb.resize(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * 3);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = color[i % 3];
}

}  // namespace slipway
