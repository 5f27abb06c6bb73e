#include "vision/draw/camera.h"

#include <algorithm>
#include <cstdlib>

#include "vision/draw/background.h"
#include "vision/draw/dice.h"

namespace slipway::draw {
namespace {

/// Rounds to the nearest, halves away from zero.
int divide(std::int64_t a, std::int64_t b) {
  return static_cast<int>(a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b));
}

int to_pixels(int length, const Canvas& canvas, int parts) {
  return divide(std::int64_t{length} * canvas.width * parts, kSide);
}

/// How far a copy of a canvas is moved, in pixels, and how much it counts.
struct Offset {
  int dx;
  int dy;
  int weight;
};

/// The mean of moved copies; the edge pixels go on outside.
Canvas blend(const Canvas& canvas, const std::vector<Offset>& offsets) {
  Canvas result(canvas.width, canvas.height);
  int total = 0;
  for (const Offset& offset : offsets) total += offset.weight;
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      std::array<int, 3> sum{};
      for (const Offset& o : offsets) {
        const std::size_t from = canvas.offset(std::clamp(x + o.dx, 0, canvas.width - 1),
                                               std::clamp(y + o.dy, 0, canvas.height - 1));
        for (std::size_t c = 0; c < 3; ++c) sum[c] += canvas.rgb[from + c] * o.weight;
      }
      const std::size_t to = canvas.offset(x, y);
      for (std::size_t c = 0; c < 3; ++c) result.rgb[to + c] = sum[c] / total;
    }
  }
  return result;
}

/// A box of half-width `half`, in 1/16 pixel: whole taps, and a lighter one at each end.
Canvas box_blur(const Canvas& canvas, int half) {
  std::vector<Offset> across{{0, 0, 16}};
  for (int i = 1; 16 * i - 16 < half; ++i) {
    const int weight = std::min(16, half - 16 * (i - 1));
    across.push_back({-i, 0, weight});
    across.push_back({i, 0, weight});
  }
  std::vector<Offset> down;
  down.reserve(across.size());
  for (const Offset& o : across) down.push_back({0, o.dx, o.weight});
  return blend(blend(canvas, across), down);
}

/// The mean along a line, each tap shared out among the four pixels it lies between.
Canvas motion_blur(const Canvas& canvas, int along_x, int along_y) {
  const int taps = std::max(std::abs(along_x), std::abs(along_y)) / 8 + 2;
  std::vector<Offset> offsets;
  for (int i = 0; i < taps; ++i) {
    const int x = along_x * (2 * i - taps + 1) / (2 * (taps - 1));
    const int y = along_y * (2 * i - taps + 1) / (2 * (taps - 1));
    const int fx = x & 15;
    const int fy = y & 15;
    for (int corner = 0; corner < 4; ++corner) {
      const int right = corner & 1;
      const int below = corner >> 1;
      const int weight = (right != 0 ? fx : 16 - fx) * (below != 0 ? fy : 16 - fy);
      if (weight > 0) offsets.push_back({(x >> 4) + right, (y >> 4) + below, weight});
    }
  }
  return blend(canvas, offsets);
}

bool in_shadow(const Camera& camera, Point p) {
  const Point a = camera.shadow_from;
  const Point b = camera.shadow_to;
  if (a == b) return false;
  return std::int64_t{b.x - a.x} * (p.y - a.y) > std::int64_t{b.y - a.y} * (p.x - a.x);
}

void expose(const Camera& camera, Canvas& canvas) {
  constexpr int kGrey = 150 * Canvas::kFine;
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const Point p{(2 * x + 1) * kSide / (2 * canvas.width),
                    (2 * y + 1) * kSide / (2 * canvas.height)};
      int light = 256 + camera.light_x * (p.x - kSide / 2) / kSide +
                  camera.light_y * (p.y - kSide / 2) / kSide;
      if (in_shadow(camera, p)) light = light * camera.shadow / 256;
      const std::size_t at = canvas.offset(x, y);
      for (std::size_t c = 0; c < 3; ++c) {
        const int hazed = canvas.rgb[at + c] + (kGrey - canvas.rgb[at + c]) * camera.haze / 256;
        canvas.rgb[at + c] = hazed * light / 256 * camera.gain[c] / 256;
      }
    }
  }
}

}  // namespace

Camera draw_camera(Random& random) {
  Camera camera;
  int gain = pick(random, 190, 310);
  if (chance(random, 18)) gain = pick(random, 50, 150);  // dusk
  for (int& channel : camera.gain) channel = gain * pick(random, 232, 280) / 256;
  if (chance(random, 30)) camera.haze = pick(random, 20, 130);
  camera.light_x = pick(random, -130, 130);
  camera.light_y = pick(random, -130, 130);
  if (chance(random, 25)) {
    camera.shadow_from = {pick(random, 0, kSide), pick(random, 0, kSide)};
    camera.shadow_to = {pick(random, 0, kSide), pick(random, 0, kSide)};
    camera.shadow = pick(random, 100, 190);
  }
  if (chance(random, 55)) camera.blur = pick(random, 10, 110);
  if (chance(random, 25)) camera.motion = {pick(random, -340, 340), pick(random, -200, 200)};
  camera.noise = 16 * pick(random, 0, 12);
  if (chance(random, 15)) camera.noise = 16 * pick(random, 12, 48);
  camera.noise_seed = random.next();
  return camera;
}

Picture take(const Camera& camera, const Canvas& canvas) {
  Canvas exposed = canvas;
  expose(camera, exposed);
  const int half = to_pixels(camera.blur, canvas, 16);
  if (half > 0) exposed = box_blur(exposed, half);
  const int along_x = to_pixels(camera.motion.x, canvas, 16);
  const int along_y = to_pixels(camera.motion.y, canvas, 16);
  if (along_x != 0 || along_y != 0) exposed = motion_blur(exposed, along_x, along_y);

  Picture picture(canvas.width, canvas.height);
  Random random(camera.noise_seed);
  for (std::size_t i = 0; i < exposed.rgb.size(); ++i) {
    int noise = 0;  // the mean of two, so that small deviations are likelier than large ones
    if (camera.noise > 0) {
      noise =
          (pick(random, -camera.noise, camera.noise) + pick(random, -camera.noise, camera.noise)) /
          2;
    }
    const int value = divide(exposed.rgb[i] + noise, Canvas::kFine);
    picture.rgb[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  return picture;
}

}  // namespace slipway::draw
