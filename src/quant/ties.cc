#include "quant/ties.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/elementwise/binary.h"

namespace slipway::quant {
namespace {

class Parting {
 public:
  Parting(const Graph& graph, const Points& points, std::vector<Quantization>& steps)
      : graph_(graph), points_(points), steps_(steps), is_set_(steps.size(), false) {}

  /// From the last node to the first: what a node gives is set before its operands.
  void run() {
    for (std::size_t n = graph_.nodes().size(); n-- > 0;) {
      const auto role = points_.roles[n];
      const auto& node = graph_.nodes()[n];
      if (role == Role::mean) {
        const auto& from = graph_.type(node.inputs[0]).shape;
        const auto& to = node.outputs[0].type.shape;
        if (!from.is_known() || !to.is_known() || to.elements() == 0) continue;
        const auto places =
            static_cast<double>(from.elements()) / static_cast<double>(to.elements());
        part(group(node.inputs[0]), group({static_cast<std::int32_t>(n), 0}), 1 / places);
      } else if (role == Role::sum) {
        const auto y = group({static_cast<std::int32_t>(n), 0});
        const auto a = group(node.inputs[0]);
        const auto b = group(node.inputs[1]);
        if (node.op.is<ops::Mul>()) {
          const auto [x, other] = !is_set_[a] || is_set_[b] ? std::pair(a, b) : std::pair(b, a);
          if (x != other) part(x, y, scale(other));
          is_set_[other] = true;
        } else {
          part(a, y, 1);
          part(b, y, 1);
        }
      }
    }
  }

 private:
  [[nodiscard]] std::size_t group(ValueId id) const { return points_.group_of.at(id); }

  [[nodiscard]] double scale(std::size_t g) const {
    return static_cast<double>(steps_[g].scale[0]);
  }

  void set(std::size_t g, double scale) {
    steps_[g].scale[0] = static_cast<float>(scale);
    is_set_[g] = true;
  }

  /// Makes times * x / y an odd fraction by the one of both that no other depends on.
  void part(std::size_t x, std::size_t y, double times) {
    constexpr double kWiden = 1 + 1.0 / 255;
    if (x == y || (is_set_[x] && is_set_[y])) return;
    const double now = times * scale(x) / scale(y);
    const auto fractions =
        is_set_[x] ? odd_fractions(now / kWiden, now, 1) : odd_fractions(now, now * kWiden, 1);
    if (!fractions.empty() && is_set_[x])
      set(y, times * scale(x) / fractions[0]);
    else if (!fractions.empty())
      set(x, scale(y) * fractions[0] / times);
    is_set_[x] = is_set_[y] = true;
  }

  const Graph& graph_;
  const Points& points_;
  std::vector<Quantization>& steps_;
  std::vector<bool> is_set_;
};

}  // namespace

std::vector<double> odd_fractions(double least, double most, std::size_t count) {
  constexpr double kMost = 65535;
  std::vector<double> out;
  if (!(least > 0) || !(most >= least)) return out;
  // 1 / r is the smallest with r as denominator: below 1 / most nothing fits.
  double r = most < 1 ? std::floor(1 / most) : 1;
  if (std::fmod(r, 2) == 0) r += 1;
  for (; r <= kMost && out.size() < count; r += 2) {
    for (double p = std::ceil(least * r); p <= most * r && out.size() < count; ++p)
      if (std::ranges::find(out, p / r) == out.end()) out.push_back(p / r);
  }
  return out;
}

std::vector<float> parted_scales(float w_scale, float x_scale, float y_scale) {
  constexpr double kWiden = 1 + 1.0 / 127;
  constexpr std::size_t kMost = 8;
  const double ratio = static_cast<double>(x_scale) / static_cast<double>(y_scale);
  const double least = static_cast<double>(w_scale) * ratio;
  std::vector<float> out;
  for (const double fraction : odd_fractions(least, least * kWiden, kMost))
    out.push_back(static_cast<float>(fraction / ratio));
  if (out.empty()) out.push_back(w_scale);
  return out;
}

void part_steps(const Graph& graph, const Points& points, std::vector<Quantization>& steps) {
  Parting(graph, points, steps).run();
}

}  // namespace slipway::quant
