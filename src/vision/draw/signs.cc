#include "vision/draw/signs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "base/check.h"
#include "vision/draw/background.h"
#include "vision/draw/camera.h"
#include "vision/draw/dice.h"
#include "vision/draw/sign_list.h"

namespace slipway::draw {
namespace {

constexpr int kUnit = 1024;   // the radius of a sign, in the units of sign_list.cc
constexpr int kReach = 1200;  // no part of a sign lies farther from its centre
constexpr int kGrid = 4;      // samples per pixel, along each side
constexpr int kSamples = kGrid * kGrid;

/// Where the sign is and how it is turned towards us.
struct Pose {
  Point center;
  int radius_x = 0;  // of the sign's unit circle, in units of the scene
  int radius_y = 0;
  int turn = 0;    // in tenths of a degree, clockwise
  int shear = 0;   // how far x moves along y, in 1/1024
  int tilt_x = 0;  // how much smaller things get from left to right over one radius, in 1/1024
  int tilt_y = 0;
};

Pose draw_pose(Random& random) {
  Pose pose;
  const int radius = pick(random, 640, 1780);
  pose.radius_x = radius * pick(random, 720, 1024) / 1024;  // seen from the side
  pose.radius_y = radius * pick(random, 920, 1024) / 1024;
  pose.turn = pick(random, -160, 160);
  pose.shear = pick(random, -130, 130);
  pose.tilt_x = pick(random, -150, 150);
  pose.tilt_y = pick(random, -90, 90);
  const int free = std::max(60, kSide / 2 - radius - 60);
  pose.center = {kSide / 2 + pick(random, -free, free), kSide / 2 + pick(random, -free, free)};
  return pose;
}

/// From the scene to the sign's own plane. Points far outside the sign stay far outside.
class Unproject {
 public:
  explicit Unproject(const Pose& pose)
      : pose_(pose), cos_(cosine(pose.turn)), sin_(sine(pose.turn)) {}

  [[nodiscard]] Point operator()(Point p) const {
    const std::int64_t dx = p.x - pose_.center.x;
    const std::int64_t dy = p.y - pose_.center.y;
    const std::int64_t along_x = (dx * cos_ + dy * sin_) * kUnit / pose_.radius_x;
    const std::int64_t along_y = (dy * cos_ - dx * sin_) * kUnit / pose_.radius_y;
    const std::int64_t x = along_x + along_y * pose_.shear / 1024;
    const std::int64_t depth = 1024 + (x * pose_.tilt_x + along_y * pose_.tilt_y) / kUnit / 16384;
    if (depth < 256) return {2 * kReach, 2 * kReach};
    const auto project = [depth](std::int64_t v) {
      return static_cast<int>(std::clamp<std::int64_t>(v * 1024 / depth / 16384, -16000, 16000));
    };
    return {project(x), project(along_y)};
  }

 private:
  Pose pose_;
  int cos_;
  int sin_;
};

Palette draw_palette(Random& random) {
  const Color grey = {static_cast<std::uint8_t>(pick(random, 110, 190)),
                      static_cast<std::uint8_t>(pick(random, 110, 190)),
                      static_cast<std::uint8_t>(pick(random, 100, 180))};
  const int faded = chance(random, 30) ? pick(random, 10, 45) : pick(random, 0, 10);
  const auto paint = [&](Color low, Color high) {
    return mix(mix(low, high, pick(random, 0, 16), 16), grey, faded, 100);
  };
  Palette palette{};
  palette.red = paint({150, 15, 25}, {220, 45, 40});
  palette.blue = paint({15, 50, 120}, {30, 95, 190});
  palette.yellow = paint({225, 160, 10}, {250, 205, 50});
  palette.white = paint({215, 215, 210}, {252, 252, 250});
  palette.black = paint({12, 12, 14}, {50, 50, 52});
  return palette;
}

/// All that is in a scene before a camera sees it.
struct Stage {
  Drawing background;
  Drawing sign;  // in its own plane
  Drawing front;
  Pose pose;
  std::uint32_t grain_seed = 0;
};

void add_pole(Stage& stage, Random& random) {
  const Pose& pose = stage.pose;
  const int half = pose.radius_y * pick(random, 40, 75) / 1024;
  const Point foot{pose.center.x - 3 * kSide * sine(pose.turn) / 16384,
                   pose.center.y + 3 * kSide * cosine(pose.turn) / 16384};
  const int grey = pick(random, 90, 185);
  const auto tone = [grey](int t) { return static_cast<std::uint8_t>(grey * t / 10); };
  stage.background.emplace_back(Stroke{{pose.center, foot}, half}, Color{tone(8), tone(8), tone(8)},
                                20);
  const Point shine{foot.x - half / 2, foot.y};
  stage.background.emplace_back(
      Stroke{{{pose.center.x - half / 2, pose.center.y}, shine}, half / 4},
      Color{tone(12), tone(12), tone(12)}, 20);
}

Stage draw_stage(Random& random, int label) {
  Stage stage;
  stage.background = draw_background(random);
  if (chance(random, 45)) add_distractors(stage.background, random);
  stage.pose = draw_pose(random);
  if (chance(random, 70)) add_pole(stage, random);
  stage.sign = sign_kinds()[static_cast<std::size_t>(label)].draw(draw_palette(random));
  const int dirt = chance(random, 35) ? pick(random, 15, 70) : pick(random, 0, 12);
  for (Layer& layer : stage.sign) layer.texture = dirt;
  if (chance(random, 34)) {
    stage.front = draw_occluder(random, stage.pose.center,
                                std::min(stage.pose.radius_x, stage.pose.radius_y));
  }
  stage.grain_seed = static_cast<std::uint32_t>(random.next() >> 32U);
  return stage;
}

/// The colour at one point, and whether it is the sign's.
struct Sample {
  Color color;
  int texture;
  bool on_sign;
};

Sample look(const Stage& stage, const Unproject& unproject, Point p) {
  if (const Layer* front = top_layer(stage.front, p)) {
    return {front->color_at(p.y), front->texture, false};
  }
  const Point q = unproject(p);
  if (std::abs(q.x) <= kReach && std::abs(q.y) <= kReach) {
    if (const Layer* sign = top_layer(stage.sign, q)) {
      return {sign->color_at(q.y), sign->texture, true};
    }
  }
  const Layer* behind = top_layer(stage.background, p);
  SLIPWAY_CHECK(behind != nullptr);
  return {behind->color_at(p.y), behind->texture, false};
}

/// Paints one pixel and says how many of its samples lie on the sign.
int paint_pixel(const Stage& stage, const Unproject& unproject, Canvas& canvas, Point pixel) {
  const auto place = [&canvas](int at, int sub) {
    return (2 * (at * kGrid + sub) + 1) * kSide / (2 * kGrid * canvas.width);
  };
  const int rough = grain(stage.grain_seed, {place(pixel.x, kGrid / 2), place(pixel.y, kGrid / 2)});
  std::array<int, 3> sum{};
  int on_sign = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    const Point p{place(pixel.x, sample % kGrid), place(pixel.y, sample / kGrid)};
    const Sample seen = look(stage, unproject, p);
    const int shift = rough * seen.texture / 255;
    on_sign += seen.on_sign ? 1 : 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const int tone = seen.color[c] + shift * (seen.color[c] + 40) / 256;
      sum[c] += std::clamp(tone, 0, 255);
    }
  }
  const std::size_t at = canvas.offset(pixel.x, pixel.y);
  for (std::size_t c = 0; c < 3; ++c) canvas.rgb[at + c] = sum[c] * Canvas::kFine / kSamples;
  return on_sign;
}

/// Marks the pixel in the mask and grows the box to hold it.
void mark(Scene& scene, Point pixel, std::size_t at) {
  scene.mask[at] = static_cast<std::uint8_t>(1 + scene.label);
  scene.box.x0 = std::min(scene.box.x0, pixel.x);
  scene.box.y0 = std::min(scene.box.y0, pixel.y);
  scene.box.x1 = std::max(scene.box.x1, pixel.x + 1);
  scene.box.y1 = std::max(scene.box.y1, pixel.y + 1);
}

}  // namespace

std::span<const std::string_view> sign_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const SignKind& kind : sign_kinds()) names.push_back(kind.name);
    return names;
  }();
  return kNames;
}

Scene draw_sign(Random& random, int label, int size) {
  SLIPWAY_CHECK(label >= 0 && static_cast<std::size_t>(label) < sign_kinds().size());
  SLIPWAY_CHECK(size >= 16 && size <= 1024);
  const Stage stage = draw_stage(random, label);
  const Camera camera = draw_camera(random);
  const Unproject unproject(stage.pose);

  Canvas canvas(size, size);
  Scene scene;
  scene.label = label;
  scene.box = {size, size, 0, 0};
  scene.mask.resize(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 0);
  std::size_t at = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x, ++at) {
      const int on_sign = paint_pixel(stage, unproject, canvas, {x, y});
      if (2 * on_sign >= kSamples) mark(scene, {x, y}, at);
    }
  }
  if (scene.box.x1 == 0) scene.box = {};  // nothing marked
  scene.picture = take(camera, canvas);
  return scene;
}

Scene sign_scene(std::uint64_t seed, std::uint64_t index, int size) {
  Random series(seed);
  Random picked(series.next() + index);
  Random random(picked.next());
  const int label = pick(random, 0, static_cast<int>(sign_kinds().size()) - 1);
  return draw_sign(random, label, size);
}

}  // namespace slipway::draw
