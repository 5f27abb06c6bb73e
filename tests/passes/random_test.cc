// Random graphs before and after the passes: each pass alone, and all of them. Outputs must be
// equal, the graph must verify, and a second run must change nothing.
//
// SLIPWAY_GRAPHS=20000 asks for more graphs, SLIPWAY_SEED=7 for others.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "onnx/random/sketch.h"
#include "ops/case.h"
#include "oracle/oracle.h"
#include "passes/blocks.h"
#include "passes/pipeline.h"

namespace slipway {
namespace {

std::int64_t asked(const char* name, std::int64_t fallback) {
  const char* given = std::getenv(name);  // NOLINT: tests are single-threaded here
  return given == nullptr ? fallback : std::atoll(given);
}

/// How far outputs may be apart.
enum class Bound : std::uint8_t {
  exact,    // not at all
  rounded,  // floats are summed in another order, or constants of floats were multiplied before
  step,     // a sum next to the middle of two steps may become the other one
};

struct Checked {
  std::string_view name;
  passes::Pass run;
  Bound bound;
  bool once = true;  // a second run changes nothing
};

Bound bound_of(std::string_view pass) {
  static const std::map<std::string_view, Bound> kBounds = {
      {"dense_layers", Bound::rounded},     {"expand_normalizations", Bound::rounded},
      {"fold_batch_norm", Bound::rounded},  {"hoist_uniform", Bound::rounded},
      {"join_pointwise", Bound::rounded},   {"match_activations", Bound::rounded},
      {"quantize_pairs", Bound::step},      {"sink_transposes", Bound::rounded},
      {"split_fake_quantize", Bound::step},
  };
  const auto at = kBounds.find(pass);
  return at == kBounds.end() ? Bound::exact : at->second;
}

Result<bool> all(Graph& graph) {
  const std::string before = to_text(graph);
  SLIPWAY_TRY(passes::run_pipeline(graph));
  return to_text(graph) != before;
}

std::vector<Checked> checked() {
  std::vector<Checked> out;
  for (const auto& row : passes::pipeline()) out.push_back({row.name, row.run, bound_of(row.name)});
  // What the last passes make may move once more.
  out.push_back({"the pipeline", all, Bound::step, false});
  return out;
}

double largest(const Tensor& tensor) {
  double range = 0;
  for (const double x : to_doubles(tensor))
    if (std::isfinite(x)) range = std::max(range, std::abs(x));
  return range;
}

/// The inputs of a graph, its outputs, and the scale of each: the largest number, or a part of what
/// it was computed from, for sums that cancel out.
struct Run {
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<double> scales;
};

Result<Run> run(const Graph& graph, std::uint64_t seed) {
  Run out;
  std::map<ValueId, double> scales;
  for (const auto id : graph.inputs()) {
    out.inputs.push_back(random_tensor(graph.type(id), ++seed));
    scales[id] = largest(out.inputs.back());
  }
  InterpretOptions options;
  options.observe = [&](ValueId id, const Tensor& value) {
    double scale = largest(value);
    for (const auto input : graph.node(id).inputs)
      if (input.exists() && is_float(graph.type(input).dtype))
        scale = std::max(scale, 0.1 * scales[input]);
    scales[id] = scale;
  };
  out.outputs = SLIPWAY_TRY(interpret(graph, out.inputs, options));
  for (const auto id : graph.outputs()) out.scales.push_back(scales[id]);
  return out;
}

double tolerance(DType dtype) {
  if (dtype == DType::f16) return 4e-3;
  return dtype == DType::bf16 ? 3e-2 : 1e-5;
}

/// What is wrong with an output, or nothing.
std::string wrong(const Tensor& is, const Tensor& should, Bound bound, double scale) {
  if (is.type() != should.type()) return is.type().text() + " instead of " + should.type().text();
  const auto text = difference(is, should, 0);
  if (text.empty() || bound == Bound::exact) return text;
  const auto apart = oracle::apart(is, should);
  const bool floats = is_float(is.dtype());
  // Behind integers that are a step apart, or two, floats are as far apart as these steps, of 0.05
  // at most in the blocks; their weights make nothing larger.
  const double most = !floats                ? (is.type().quant ? 3 : 0)
                      : bound == Bound::step ? std::max(0.15, 1e-5 * scale)
                                             : tolerance(is.dtype()) * scale;
  return apart.comparable && apart.steps <= most ? "" : text;
}

std::string line_of(const Error& error) {
  std::string text = error.message;
  for (const auto& step : error.trail) text = step + ": " + text;
  return text;
}

using Changes = std::map<std::string_view, int>;

/// Runs a pass and compares; false where something is wrong. Counts what changed.
bool holds(const Graph& before, const Run& should, const Checked& pass, Changes& changes) {
  const auto shown = [&](const Graph* after) {
    return fmt::format("pass {}\n{}\nafter:\n{}", pass.name, to_text(before),
                       after == nullptr ? "" : to_text(*after));
  };
  Graph after = before;
  const auto changed = pass.run(after);
  if (!changed) return ADD_FAILURE() << line_of(changed.error()) << "\n" << shown(nullptr), false;
  const auto verified = verify(after);
  if (!verified) return ADD_FAILURE() << line_of(verified.error()) << "\n" << shown(&after), false;
  Graph again = after;
  const auto more = pass.run(again);
  if (!more || (pass.once && (*more || !(again == after)))) {
    ADD_FAILURE() << "a second run changes more\n"
                  << shown(&after) << "\nagain:\n"
                  << to_text(again);
    return false;
  }
  if (!*changed && !(after == before))
    return ADD_FAILURE() << "changed without saying so\n" << shown(&after), false;
  if (!*changed) return true;
  ++changes[pass.name];
  const auto is = interpret(after, should.inputs);
  if (!is) return ADD_FAILURE() << line_of(is.error()) << "\n" << shown(&after), false;
  for (std::size_t i = 0; i < is->size(); ++i) {
    const auto& name = before.value(before.outputs()[i]).name;
    if (after.value(after.outputs()[i]).name != name)
      return ADD_FAILURE() << "output " << name << " has another name\n" << shown(&after), false;
    const auto text = wrong((*is)[i], should.outputs[i], pass.bound, should.scales[i]);
    if (!text.empty())
      return ADD_FAILURE() << "output " << name << ": " << text << "\n" << shown(&after), false;
  }
  return true;
}

/// Each pass on what the ones before it leave.
bool in_turn(Graph graph, Run should, const std::vector<Checked>& passes, std::uint64_t seed,
             Changes& changes) {
  for (const auto& pass : passes) {
    if (!holds(graph, should, pass, changes)) return false;
    const auto changed = pass.run(graph);
    if (!*changed) continue;
    auto again = run(graph, seed);
    if (!again) return ADD_FAILURE() << line_of(again.error()), false;
    should = *std::move(again);
  }
  return true;
}

/// How many graphs each pass changed.
template <class Make>
Changes check_graphs(std::int64_t count, Make make) {
  constexpr int kMostShown = 3;
  const auto passes = checked();
  std::uint64_t seed = static_cast<std::uint64_t>(asked("SLIPWAY_SEED", 1)) << 32U;
  int shown = 0;
  std::int64_t run_count = 0;
  Changes changes;
  for (std::int64_t k = 0; k < count && shown < kMostShown; ++k, ++seed) {
    const Graph graph = make(seed);
    const auto should = run(graph, seed);
    if (!should) continue;  // the data do not fit: an index outside
    ++run_count;
    const bool alone = std::ranges::all_of(
        passes, [&](const auto& pass) { return holds(graph, *should, pass, changes); });
    if (alone && in_turn(graph, *should, passes, seed, changes)) continue;
    ADD_FAILURE() << "seed " << seed;
    ++shown;
  }
  EXPECT_GT(run_count, count / 2);
  return changes;
}

TEST(PassesOnRandomGraphs, OfAllOperations) {
  check_graphs(asked("SLIPWAY_GRAPHS", 400), [](std::uint64_t seed) {
    Random random(seed);
    std::vector<random_graphs::Step> steps;
    const auto count = random.integer(3, 12);
    for (std::int64_t i = 0; i < count; ++i)
      steps.push_back({static_cast<std::uint32_t>(random.next()), random.next()});
    return random_graphs::to_graph(steps);
  });
}

TEST(PassesOnRandomGraphs, OfBlocksAsNetworksHaveThem) {
  const auto changes = check_graphs(asked("SLIPWAY_GRAPHS", 400), random_blocks);
  for (const auto& pass : passes::pipeline()) {
    const auto at = changes.find(pass.name);
    const int seen = at == changes.end() ? 0 : at->second;
    std::cout << "  " << pass.name << " changed " << seen << "\n";
    // Blocks of space and normalizations are not among the blocks.
    const std::string_view name = pass.name;
    if (name != "fold_dilations" && name != "expand_normalizations")
      EXPECT_GT(seen, 0) << pass.name;
  }
}

}  // namespace
}  // namespace slipway
