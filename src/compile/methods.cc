#include "compile/methods.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slipway::compile {

std::vector<quant::RangeOptions> ways_to_try(const quant::RangeOptions& range) {
  std::vector<quant::RangeOptions> out;
  const auto add = [&](quant::Method method, double percentile) {
    out.push_back(range);
    out.back().method = method;
    out.back().percentile = percentile;
  };
  add(quant::Method::minmax, range.percentile);
  for (const double percentile : {99.999, 99.99}) add(quant::Method::percentile, percentile);
  add(quant::Method::mse, range.percentile);
  add(quant::Method::entropy, range.percentile);
  return out;
}

Result<std::vector<TriedRange>> try_ranges(Calibration& calibration, const Graph& floats,
                                           const BuildWith& build, const QuantizeOptions& options) {
  const auto ways = ways_to_try(options.range);
  const auto values = [](const Graph& graph, const Graph& shape) {
    std::vector<ValueId> out;
    for (std::size_t i = 0; i < graph.outputs().size(); ++i)
      if (shape.type(shape.outputs()[i]).dtype == DType::f32)
        out.push_back(before_softmax(graph, graph.outputs()[i]));
    return out;
  };
  const auto should_be = values(floats, floats);
  auto& tried = calibration.state().tried;
  if (calibration.enter(quant::Phase::methods)) {
    const auto& shown = calibration.shown();
    const auto each = std::min(shown.size(), kPicturesToChoose);
    tried.resize(ways.size() * should_be.size());
    auto truth = SLIPWAY_TRY(watch(floats, should_be, options));
    std::map<std::size_t, std::vector<Tensor>> truths;  // of each picture
    std::optional<Probe> bytes;
    std::size_t built = ways.size();
    const auto visit = [&](std::size_t turn, const std::vector<Tensor>& inputs) -> Result<void> {
      const auto way = turn / each;
      if (way != built) {
        const auto graph = SLIPWAY_TRY(build(ways[way]));
        bytes = SLIPWAY_TRY(watch(graph, values(graph, floats), options));
        built = way;
      }
      auto& should = truths[turn % each];
      if (should.empty()) should = SLIPWAY_TRY(truth.run(inputs));
      const auto is = SLIPWAY_TRY(bytes->run(inputs));
      for (std::size_t i = 0; i < is.size(); ++i)
        tried[way * is.size() + i].add(should[i].values<float>(), is[i].values<float>());
      return {};
    };
    SLIPWAY_TRY(calibration.each(
        "methods", ways.size() * each, [&](std::size_t turn) { return shown[turn % each]; },
        visit));
    calibration.leave(quant::Phase::methods);
  }
  std::vector<TriedRange> out;
  for (std::size_t way = 0; way < ways.size(); ++way) {
    double sum = 0;
    for (std::size_t i = 0; i < should_be.size(); ++i)
      sum += tried.at(way * should_be.size() + i).sqnr_db();
    out.push_back({ways[way], should_be.empty() ? 0 : sum / static_cast<double>(should_be.size())});
  }
  return out;
}

const quant::RangeOptions& best_of(const std::vector<TriedRange>& tried) {
  const auto* best = &tried.front();
  for (const auto& one : tried)
    if (one.sqnr_db > best->sqnr_db) best = &one;
  return best->range;
}

}  // namespace slipway::compile
