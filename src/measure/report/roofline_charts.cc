#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "measure/report/charts.h"
#include "measure/report/text.h"

namespace slipway::report {
namespace {

/// Operations for each byte; nothing where the profile does not say.
std::optional<double> intensity_of(const StepTime& step) {
  if (!step.operations || !step.bytes || !step.gops) return std::nullopt;
  if (*step.operations <= 0 || *step.bytes <= 0 || *step.gops <= 0) return std::nullopt;
  return *step.operations / *step.bytes;
}

bool near(double a, double b) { return std::fabs(a - b) <= 1e-3 * std::max(a, b); }

/// Those of `values` that several have in common, the lowest first.
std::vector<double> shared(std::vector<double> values) {
  std::ranges::sort(values);
  std::vector<double> out;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (near(values[i - 1], values[i]) && (out.empty() || !near(out.back(), values[i])))
      out.push_back(values[i]);
  return out;
}

/// What bounds the steps of a profile, as far as they tell: each knows the lower of both at its
/// place. What two agree on is one of the processor's.
struct Roofs {
  std::optional<double> gb_s;  // the fastest reading: slower ones are of other instruction sets
  std::vector<double> gops;    // of the kinds of arithmetic, the lowest first
};

/// "product_f32" of "product_f32 avx512, 64 x 96 x 96".
std::string kind_of(const StepTime& step) {
  return step.kernel.substr(0, step.kernel.find_first_of(" ,"));
}

/// The kinds of kernels that have this roof: "product_f32, depthwise_f32".
std::string kinds_below(const std::vector<StepTime>& profile, double gops) {
  constexpr int kMost = 3;
  std::set<std::string> kinds;
  for (const auto& step : profile)
    if (step.roof_gops && near(*step.roof_gops, gops) && !step.kernel.empty())
      kinds.insert(kind_of(step));
  std::string out;
  int told = 0;
  for (const auto& kind : kinds) {
    if (++told > kMost) return out + ", …";
    out += (out.empty() ? "" : ", ") + kind;
  }
  return out;
}

/// The steps' names; where several have one, with the kind of their kernels, or their place.
std::vector<std::string> names_of(const std::vector<StepTime>& profile) {
  std::vector<std::string> out;
  for (const auto& step : profile) out.push_back(step.name);
  const auto make_differ = [&](const std::function<std::string(std::size_t)>& more) {
    const std::multiset<std::string> seen(out.begin(), out.end());
    for (std::size_t i = 0; i < out.size(); ++i)
      if (seen.count(out[i]) > 1)
        if (const auto words = more(i); !words.empty()) out[i] += fmt::format(" ({})", words);
  };
  make_differ([&](std::size_t i) { return kind_of(profile[i]); });
  make_differ([](std::size_t i) { return fmt::format("step {}", i + 1); });
  return out;
}

Roofs roofs_of(const std::vector<StepTime>& profile) {
  std::vector<double> slopes;
  std::vector<double> heights;
  for (const auto& step : profile) {
    const auto x = intensity_of(step);
    if (!x || !step.roof_gops) continue;
    slopes.push_back(*step.roof_gops / *x);
    heights.push_back(*step.roof_gops);
  }
  Roofs out;
  const auto common = shared(slopes);
  if (!common.empty()) out.gb_s = common.back();
  out.gops = shared(heights);
  constexpr std::size_t kMost = 3;
  if (out.gops.size() > kMost)
    out.gops.erase(out.gops.begin(), out.gops.end() - static_cast<std::ptrdiff_t>(kMost));
  return out;
}

Series line(std::string name, double x0, double y0, double x1, double y1) {
  return {.name = std::move(name),
          .color = Series::kInk,
          .shape = Shape::curve,
          .points = {{.x = x0, .y = y0}, {.x = x1, .y = y1}}};
}

/// Lines from `left` to `right`; that of memory ends where it meets the highest of the others.
void add_roofs(const std::vector<StepTime>& profile, double left, double right, Chart& chart) {
  const auto roofs = roofs_of(profile);
  if (roofs.gb_s) {
    const double slope = *roofs.gb_s;
    const double end = roofs.gops.empty() ? right : std::min(right, roofs.gops.back() / slope);
    if (end > left)
      chart.series.push_back(line(fmt::format("reading, {} GB/s", figure(slope)), left,
                                  left * slope, end, end * slope));
  }
  for (const double y : roofs.gops) {
    const double begin = roofs.gb_s ? std::max(left, y / *roofs.gb_s) : left;
    if (begin >= right) continue;
    const auto kinds = kinds_below(profile, y);
    chart.series.push_back(line(
        fmt::format("multiplying{}, {} GOP/s", kinds.empty() ? "" : " (" + kinds + ")", figure(y)),
        begin, y, right, y));
  }
}

std::optional<Chart> roofline_chart(const Run& run, std::size_t number, const std::string& clock) {
  Series steps{
      .name = "steps of " + run.label, .color = number, .shape = Shape::marks, .points = {}};
  Chart out{.id = fmt::format("roofline_{}", number + 1),
            .title = "Roofline: " + run.label,
            .about =
                "A step cannot be above the lines: what the processor multiplies, and what it "
                "reads. How far below it lies is what could be gained.",
            .clock = clock,
            .x = {"operations for each byte", true, {}},
            .y = {"GOP/s", true, {}}};
  out.columns = {
      {"step"},       {"kernel"},          {"µs", true},    {"GOP/s", true},
      {"roof", true}, {"% of roof", true}, {"bytes", true}, {"operations for each byte", true}};
  double left = 0;
  double right = 0;
  const auto names = names_of(run.profile);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& step = run.profile[i];
    const auto x = intensity_of(step);
    out.rows.push_back(
        {names[i], step.kernel, figure(step.us), step.gops ? figure(*step.gops) : "n/a",
         step.roof_gops ? figure(*step.roof_gops) : "n/a",
         step.roof_gops ? figure(100 * *step.gops / *step.roof_gops) : "n/a",
         step.bytes ? fmt::format("{:.0f}", *step.bytes) : "n/a", x ? figure(*x) : "n/a"});
    if (!x) continue;
    left = steps.points.empty() ? *x : std::min(left, *x);
    right = std::max(right, *x);
    steps.points.push_back({.x = *x, .y = step.gops, .name = names[i]});
  }
  if (steps.points.empty()) return std::nullopt;
  add_roofs(run.profile, left / 2, right * 2, out);
  out.series.push_back(std::move(steps));
  return out;
}

}  // namespace

std::vector<Chart> roofline_charts(const Group& group) {
  std::vector<Chart> out;
  for (std::size_t r = 0; r < group.runs.size(); ++r)
    if (auto chart = roofline_chart(*group.runs[r], group.numbers[r], group.clock))
      out.push_back(*std::move(chart));
  return out;
}

}  // namespace slipway::report
