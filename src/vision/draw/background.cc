#include "vision/draw/background.h"

#include <algorithm>
#include <array>

#include "vision/draw/dice.h"

namespace slipway::draw {
namespace {

/// Between `low` and `high`, the three channels mostly together.
Color shade(Random& random, Color low, Color high) {
  const int t = pick(random, 0, 192);
  Color color{};
  for (std::size_t i = 0; i < 3; ++i) {
    const int own = t + pick(random, 0, 64);
    color[i] = static_cast<std::uint8_t>((low[i] * (256 - own) + high[i] * own) / 256);
  }
  return color;
}

Color leaf(Random& random) { return shade(random, {20, 48, 14}, {125, 160, 70}); }

Color any_color(Random& random) {
  Color color{};
  for (std::uint8_t& channel : color) channel = static_cast<std::uint8_t>(pick(random, 15, 235));
  const auto grey = static_cast<std::uint8_t>((color[0] + color[1] + color[2]) / 3);
  return mix(color, {grey, grey, grey}, pick(random, 1, 9), 10);
}

Polygon whole_scene() { return rectangle(-1, -1, kSide + 1, kSide + 1); }

void add_sky(Drawing& d, Random& random) {
  const int weather = pick(random, 0, 3);
  Color top = shade(random, {60, 120, 190}, {120, 175, 240});
  Color bottom = shade(random, {170, 195, 215}, {225, 235, 245});
  if (weather == 0) {  // overcast
    top = shade(random, {150, 155, 160}, {190, 195, 205});
    bottom = shade(random, {195, 198, 200}, {235, 235, 235});
  } else if (weather == 1) {  // evening
    top = shade(random, {70, 70, 110}, {130, 120, 160});
    bottom = shade(random, {225, 150, 90}, {250, 200, 150});
  }
  d.emplace_back(whole_scene(), top, bottom, 6);
  for (int i = pick(random, 0, 5); i > 0; --i) {
    const Point at{pick(random, 0, kSide), pick(random, 0, kSide / 2)};
    const int length = pick(random, 200, 700);
    const int height = pick(random, 60, 200);
    const int white = pick(random, 3, 8);
    d.emplace_back(Stroke{{at, {at.x + length, at.y}}, height},
                   mix(bottom, {250, 250, 250}, white, 10), 12);
  }
}

void add_house(Drawing& d, Random& random, int left, int horizon) {
  const int width = pick(random, 500, 1200);
  const int top = horizon - pick(random, 500, 1900);
  const Color wall = shade(random, {125, 80, 60}, {230, 215, 195});
  const Color glass = shade(random, {40, 50, 65}, {120, 140, 160});
  d.emplace_back(rectangle(left, top, left + width, horizon + 40), wall, 25);
  if (chance(random, 50)) {
    const Color roof = shade(random, {90, 40, 30}, {170, 80, 60});
    d.emplace_back(
        Polygon{{{left - 60, top}, {left + width / 2, top - 350}, {left + width + 60, top}}}, roof,
        25);
  }
  const int step = pick(random, 260, 360);
  for (int y = top + 120; y + 200 < horizon; y += step) {
    for (int x = left + 90; x + 150 < left + width; x += step) {
      d.emplace_back(rectangle(x, y, x + 130, y + 170), glass);
    }
  }
}

void add_trees(Drawing& d, Random& random, int horizon) {
  const int height = pick(random, 250, 900);
  const Color low = leaf(random);
  for (int x = pick(random, -300, 0); x < kSide + 300; x += pick(random, 150, 450)) {
    const int radius = pick(random, 180, 420);
    const Color color = mix(low, leaf(random), 3, 10);
    const int y = horizon - pick(random, 0, height);
    d.emplace_back(Disc{{x, y}, radius}, mix(color, {200, 220, 140}, 2, 10), color, 90);
  }
  d.emplace_back(rectangle(-1, horizon - height / 3, kSide + 1, horizon + 30), low, 90);
}

void add_road(Drawing& d, Random& random, int horizon) {
  const Color grass = shade(random, {70, 95, 40}, {140, 150, 80});
  d.emplace_back(rectangle(-1, horizon, kSide + 1, kSide + 1), mix(grass, {190, 190, 150}, 3, 10),
                 grass, 80);
  const Color asphalt = shade(random, {70, 70, 72}, {130, 130, 132});
  const int vanish = pick(random, 400, kSide - 400);
  const int left = vanish - pick(random, 1500, 3600);
  const int right = vanish + pick(random, 1500, 3600);
  d.emplace_back(
      Polygon{{{vanish - 60, horizon}, {vanish + 60, horizon}, {right, kSide}, {left, kSide}}},
      mix(asphalt, {190, 190, 190}, 3, 10), asphalt, 40);
  const int middle = (left + right) / 2;
  for (int i = 2; i < 16; i += 4) {  // the dashes of the middle line, in perspective
    const auto at = [&](int t, int half) {
      const int near = t * t;
      return Point{vanish + (middle - vanish) * near / 256 + half * near / 256,
                   horizon + (kSide - horizon) * near / 256};
    };
    d.emplace_back(Polygon{{at(i, -60), at(i, 60), at(i + 2, 60), at(i + 2, -60)}},
                   Color{225, 225, 220});
  }
}

Drawing street(Random& random) {
  Drawing d;
  const int horizon = pick(random, 2300, 3500);
  add_sky(d, random);
  if (chance(random, 60)) add_trees(d, random, horizon);
  for (int x = pick(random, -900, 600); x < kSide; x += pick(random, 900, 2600)) {
    if (chance(random, 70)) add_house(d, random, x, horizon);
  }
  if (chance(random, 40)) add_trees(d, random, horizon);
  add_road(d, random, horizon);
  return d;
}

Drawing leaves(Random& random) {
  Drawing d;
  const Color dark = shade(random, {15, 30, 10}, {60, 80, 40});
  d.emplace_back(whole_scene(), dark, 70);
  for (int i = pick(random, 60, 120); i > 0; --i) {
    const Point at{pick(random, -100, kSide + 100), pick(random, -100, kSide + 100)};
    const int radius = pick(random, 70, 330);
    const Color color = leaf(random);
    if (chance(random, 12)) {
      const Color bark = shade(random, {45, 35, 25}, {110, 90, 70});
      const Point end{at.x + pick(random, -300, 300), at.y - pick(random, 500, 1600)};
      const int half_width = pick(random, 20, 90);
      d.emplace_back(Stroke{{at, end}, half_width}, bark, 60);
    } else {
      d.emplace_back(Disc{at, radius}, mix(color, {230, 240, 150}, 2, 10), color, 110);
    }
  }
  return d;
}

Drawing wall(Random& random) {
  Drawing d;
  const Color base = shade(random, {140, 80, 65}, {220, 210, 195});
  const Color joint = mix(base, shade(random, {60, 60, 60}, {230, 230, 225}), 6, 10);
  d.emplace_back(whole_scene(), joint, 30);
  const int height = pick(random, 260, 620);
  const int width = height * pick(random, 15, 30) / 10;
  const int gap = height / 12;
  bool shifted = false;
  for (int y = -pick(random, 0, height); y < kSide; y += height, shifted = !shifted) {
    for (int x = shifted ? -width / 2 : -width / 9; x < kSide; x += width) {
      const Color other = any_color(random);
      const Color brick = mix(base, other, pick(random, 0, 2), 12);
      d.emplace_back(rectangle(x + gap, y + gap, x + width, y + height), brick, 40);
    }
  }
  return d;
}

Drawing confusion(Random& random) {
  Drawing d;
  const Color top = any_color(random);
  const Color bottom = any_color(random);
  d.emplace_back(whole_scene(), top, bottom, pick(random, 0, 80));
  for (int i = pick(random, 8, 26); i > 0; --i) {
    const Point at{pick(random, 0, kSide), pick(random, 0, kSide)};
    const int size = pick(random, 120, 1100);
    const int rough = pick(random, 0, 80);
    const Color a = any_color(random);
    const Color b = chance(random, 50) ? a : any_color(random);
    const int kind = pick(random, 0, 3);
    if (kind == 0) {
      d.emplace_back(Disc{at, size / 2}, a, b, rough);
    } else if (kind == 1) {
      const Point end{at.x + pick(random, -2500, 2500), at.y + pick(random, -2500, 2500)};
      d.emplace_back(Stroke{{at, end}, size / 10 + 8}, a, b, rough);
    } else {
      const int sides = pick(random, 3, 6);
      const Polygon shape = regular(sides, size, pick(random, 0, 3599));
      d.emplace_back(Polygon{moved(shape.points, at)}, a, b, rough);
    }
  }
  return d;
}

std::uint32_t hash(std::uint32_t seed, int x, int y) {
  std::uint32_t h = seed + static_cast<std::uint32_t>(x) * 0x9E3779B1U +
                    static_cast<std::uint32_t>(y) * 0x85EBCA77U;
  h = (h ^ (h >> 15U)) * 0x2C1B3C6DU;
  h = (h ^ (h >> 12U)) * 0x297A2D39U;
  return h ^ (h >> 15U);
}

/// One octave: values at the corners of cells of 2^bits, blended linearly between them.
int octave(std::uint32_t seed, Point p, int bits) {
  const int cell = 1 << bits;
  const int x = p.x >> bits;
  const int y = p.y >> bits;
  const int fx = p.x & (cell - 1);
  const int fy = p.y & (cell - 1);
  const auto corner = [&](int dx, int dy) {
    return static_cast<int>(hash(seed, x + dx, y + dy) % 511U) - 255;
  };
  const int upper = corner(0, 0) * (cell - fx) + corner(1, 0) * fx;
  const int lower = corner(0, 1) * (cell - fx) + corner(1, 1) * fx;
  return (upper / cell * (cell - fy) + lower / cell * fy) / cell;
}

}  // namespace

Drawing draw_background(Random& random) {
  static constexpr std::array kKinds = {street, street, leaves, wall, confusion};
  return kKinds[static_cast<std::size_t>(random.integer(0, kKinds.size() - 1))](random);
}

void add_distractors(Drawing& drawing, Random& random) {
  static constexpr std::array<Color, 5> kLoud = {
      {{190, 30, 35}, {25, 75, 165}, {235, 190, 40}, {235, 235, 235}, {30, 30, 30}}};
  for (int i = pick(random, 0, 4); i > 0; --i) {
    const Point at{pick(random, 0, kSide), pick(random, 0, kSide)};
    const int size = pick(random, 120, 520);
    const Color loud = kLoud[static_cast<std::size_t>(pick(random, 0, 4))];
    const Color other = any_color(random);
    const Color color = mix(loud, other, pick(random, 0, 4), 10);
    const Color inner = kLoud[static_cast<std::size_t>(pick(random, 0, 4))];
    if (chance(random, 50)) {
      drawing.emplace_back(Disc{at, size}, color);
      drawing.emplace_back(Disc{at, size * pick(random, 4, 9) / 10}, inner);
    } else {
      const int sides = pick(random, 3, 5);
      const Polygon shape = regular(sides, size, pick(random, 0, 3599));
      drawing.emplace_back(Polygon{moved(shape.points, at)}, color);
    }
  }
}

Drawing draw_occluder(Random& random, Point at, int reach) {
  Drawing d;
  const int angle = pick(random, 0, 3599);
  const int away = reach * pick(random, 65, 120) / 100;
  const Point edge{at.x + away * cosine(angle) / 16384, at.y + away * sine(angle) / 16384};
  const int kind = pick(random, 0, 2);
  if (kind == 0) {  // leaves
    for (int i = pick(random, 4, 9); i > 0; --i) {
      const Point p{edge.x + pick(random, -reach / 2, reach / 2),
                    edge.y + pick(random, -reach / 2, reach / 2)};
      const int radius = reach * pick(random, 6, 18) / 100;
      d.emplace_back(Disc{p, radius}, leaf(random), 90);
    }
  } else if (kind == 1) {  // a branch or a wire past the middle
    const Point far{edge.x - 4 * (edge.y - at.y), edge.y + 4 * (edge.x - at.x)};
    const Point near{edge.x + 4 * (edge.y - at.y), edge.y - 4 * (edge.x - at.x)};
    const Color bark = shade(random, {30, 25, 20}, {110, 95, 80});
    const int half_width = reach * pick(random, 3, 10) / 100;
    d.emplace_back(Stroke{{near, far}, half_width}, bark, 50);
  } else {  // a sticker
    const int size = reach * pick(random, 12, 24) / 100;
    const int half = reach * pick(random, 20, 70) / 100;
    const Point p{at.x + half * cosine(angle) / 16384, at.y + half * sine(angle) / 16384};
    const Polygon shape = regular(4, size, pick(random, 0, 899));
    d.emplace_back(Polygon{moved(shape.points, p)}, any_color(random));
  }
  return d;
}

int grain(std::uint32_t seed, Point p) {
  const int sum = 3 * octave(seed, p, 9) + 3 * octave(seed + 1, p, 7) + 2 * octave(seed + 2, p, 5);
  return std::clamp(sum / 5, -255, 255);
}

}  // namespace slipway::draw
