// Random graphs of our operators, written as ONNX: ONNX Runtime computes the same, and so do we
// when we read them back, to the last bit.
//
// RC_PARAMS="seed=7 max_success=20000" asks for other graphs, or more of them. What differs is made
// smaller, step by step, before it is shown.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/Configuration.h>

#include "formats/format.h"
#include "formats/onnx/onnx.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "onnx/random/sketch.h"
#include "ops/case.h"
#include "oracle/oracle.h"

namespace slipway {
namespace {

using random_graphs::Step;
using Steps = std::vector<Step>;

constexpr std::uint64_t kSeed = 20261121;
constexpr int kGraphs = 2000;
constexpr std::size_t kBatch = 250;
constexpr int kMostSteps = 14;
constexpr int kMostShown = 5;

rc::detail::TestParams parameters() {
  rc::detail::Configuration defaults;
  defaults.testParams.seed = kSeed;
  defaults.testParams.maxSuccess = kGraphs;
  const char* given = std::getenv("RC_PARAMS");  // NOLINT: tests are single-threaded here
  if (given == nullptr) return defaults.testParams;
  return rc::detail::configFromString(given, defaults).testParams;
}

rc::Gen<Steps> any_steps() {
  const auto step = rc::gen::noShrink(rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::uint64_t>()),
      [](const auto& pair) {
        return Step{pair.first, pair.second};
      }));
  // What is left out of a list is how it shrinks.
  return rc::gen::resize(kMostSteps, rc::gen::container<Steps>(rc::gen::resize(100, step)));
}

enum class Verdict : std::uint8_t { agree, refused, no_graph, differ };

/// One graph on its way.
struct Trial {
  Graph graph;
  Bytes file;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<double> scales;  // of the outputs: what errors are measured by
  Verdict verdict = Verdict::agree;
  std::string why;

  void end(Verdict as, std::string because) {
    verdict = as;
    why = std::move(because);
  }
};

std::string line_of(const Error& error) {
  std::string text = error.message;
  for (const auto& step : error.trail) text = step + ": " + text;
  return text;
}

std::size_t computed_nodes(const Graph& graph) {
  return static_cast<std::size_t>(std::count_if(
      graph.nodes().begin(), graph.nodes().end(),
      [](const Node& node) { return !node.op.is<Input>() && !node.op.is<Constant>(); }));
}

double largest(const Tensor& tensor) {
  double range = 0;
  for (const double x : to_doubles(tensor))
    range = std::isfinite(x) ? std::max(range, std::abs(x)) : range;
  return range;
}

/// Computes the outputs and their scales: the largest element, or, where large numbers cancel out
/// or only small ones are taken, a tenth of the scale of what they are computed from. With a
/// hundredth the 1e-5 below would be less than one step of an input in f32.
Result<void> compute(Trial& trial) {
  const auto& graph = trial.graph;
  std::map<ValueId, double> scales;
  for (std::size_t i = 0; i < trial.inputs.size(); ++i)
    scales[graph.inputs()[i]] = largest(trial.inputs[i]);
  InterpretOptions options;
  options.observe = [&](ValueId id, const Tensor& value) {
    double scale = largest(value);
    for (const auto input : graph.node(id).inputs) {
      if (input.exists() && is_float(graph.type(input).dtype))
        scale = std::max(scale, 0.1 * scales[input]);
    }
    scales[id] = scale;
  };
  trial.outputs = SLIPWAY_TRY(interpret(graph, trial.inputs, options));
  for (const auto id : graph.outputs()) trial.scales.push_back(scales[id]);
  return {};
}

/// Equal in every bit. A reader may know the scale of integers that their graph keeps as an input.
bool same_bits(const Tensor& is, const Tensor& should) {
  const bool same_type = is.dtype() == should.dtype() && is.shape() == should.shape() &&
                         (!should.type().quant || is.type().quant == should.type().quant);
  return same_type && std::ranges::equal(is.bytes(), should.bytes());
}

/// Reads the file back and computes it: the same bits must come out.
void read_back(Trial& trial) {
  const MemoryFiles files;
  const auto graph = onnx_format.read({files, "random.onnx", trial.file});
  if (!graph) return trial.end(Verdict::differ, "reading it back: " + line_of(graph.error()));
  const auto outputs = interpret(*graph, trial.inputs);
  if (!outputs) return trial.end(Verdict::differ, "what is read: " + line_of(outputs.error()));
  for (std::size_t i = 0; i < trial.outputs.size(); ++i) {
    const auto wrong = difference((*outputs)[i], trial.outputs[i], 0);
    if (!wrong.empty() || !same_bits((*outputs)[i], trial.outputs[i]))
      return trial.end(Verdict::differ, fmt::format("read back, output {}: {}", i, wrong));
  }
}

Trial prepared(const Steps& steps, std::size_t least_nodes) {
  Trial trial;
  trial.graph = random_graphs::to_graph(steps);
  if (computed_nodes(trial.graph) < least_nodes) trial.end(Verdict::no_graph, "too few nodes");
  if (trial.verdict != Verdict::agree) return trial;
  std::uint64_t seed = steps.empty() ? 0 : steps[0].seed;
  for (const auto id : trial.graph.inputs())
    trial.inputs.push_back(random_tensor(trial.graph.type(id), ++seed));
  if (const auto computed = compute(trial); !computed) {
    trial.end(Verdict::no_graph, "the data do not fit: " + line_of(computed.error()));
    return trial;
  }
  auto file = onnx_format.write(trial.graph);
  if (!file) {
    trial.end(Verdict::no_graph, "not written: " + file.error().message);
    return trial;
  }
  trial.file = std::move(file).value();
  read_back(trial);
  return trial;
}

/// How far floats may be apart, in parts of their scale. What is no number must be none in both.
double allowed(DType dtype) {
  switch (dtype) {
    case DType::f16:
      return 4e-3;  // four steps of 2^-10
    case DType::bf16:
      return 3e-2;  // four steps of 2^-7
    default:
      return 1e-5;  // sums in another order, other ways to e^x: about 80 steps of 2^-23
  }
}

void judge(Trial& trial, const oracle::Answer& answer) {
  if (trial.verdict != Verdict::agree) return;
  if (!answer.error.empty()) {
    const bool lacks = answer.error.find("NOT_IMPLEMENTED") != std::string::npos;
    return trial.end(lacks ? Verdict::refused : Verdict::differ, answer.error);
  }
  if (answer.outputs.size() != trial.outputs.size())
    return trial.end(Verdict::differ, "another number of outputs");
  for (std::size_t i = 0; i < trial.outputs.size(); ++i) {
    const auto& type = trial.graph.type(trial.graph.outputs()[i]);
    const auto apart = oracle::apart(answer.outputs[i], trial.outputs[i]);
    // The bodies of functions round in floats where we round in fixed point (decision 16).
    const bool near = is_float(type.dtype) ? apart.steps <= allowed(type.dtype) * trial.scales[i]
                                           : apart.steps <= (type.quant ? 1 : 0);
    if (apart.comparable && near) continue;
    return trial.end(Verdict::differ,
                     fmt::format("output '{}': {}; at most {} apart, their scale {}",
                                 trial.graph.value(trial.graph.outputs()[i]).name,
                                 difference(answer.outputs[i], trial.outputs[i], 0), apart.steps,
                                 trial.scales[i]));
  }
}

/// All of them by one process.
void ask(std::vector<Trial>& trials) {
  std::vector<oracle::Question> questions;
  std::vector<std::size_t> asked;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    if (trials[k].verdict != Verdict::agree) continue;
    questions.push_back({"random", trials[k].file, trials[k].inputs});
    asked.push_back(k);
  }
  const auto answers = oracle::ask(oracle::kOnnxRuntime, questions);
  for (std::size_t q = 0; q < asked.size(); ++q) judge(trials[asked[q]], answers[q]);
}

/// The smallest that still differs.
Trial shrunk(rc::Shrinkable<Steps> from, Trial found) {
  while (true) {
    std::vector<rc::Shrinkable<Steps>> smaller;
    std::vector<Trial> trials;
    auto shrinks = from.shrinks();
    while (const auto next = shrinks.next()) {
      smaller.push_back(*next);
      trials.push_back(prepared(next->value(), 1));
    }
    ask(trials);
    std::size_t k = 0;
    while (k < trials.size() && trials[k].verdict != Verdict::differ) ++k;
    if (k == trials.size()) return found;
    from = smaller[k];
    found = std::move(trials[k]);
  }
}

/// What a run of this test saw.
struct Tally {
  int agree = 0;
  int differ = 0;
  std::size_t nodes = 0;
  std::map<std::string, int> refused;   // ONNX Runtime's words
  std::map<std::string, int> no_graph;  // ours
  std::map<std::string, int> ops;       // graphs with it that agree

  void add(const Trial& trial) {
    if (trial.verdict == Verdict::refused) ++refused[trial.why.substr(trial.why.find(':') + 2)];
    if (trial.verdict == Verdict::no_graph) ++no_graph[trial.why];
    if (trial.verdict != Verdict::agree) return;
    ++agree;
    nodes += computed_nodes(trial.graph);
    std::set<std::string> seen;
    for (const auto& node : trial.graph.nodes()) seen.insert(std::string(node.op.name()));
    for (const auto& name : seen) ++ops[name];
  }

  void print() const {
    const auto list = [](const char* title, const auto& counts) {
      int sum = 0;
      for (const auto& [what, count] : counts) sum += count;
      std::cout << title << ": " << sum << "\n";
      for (const auto& [what, count] : counts) std::cout << "  " << count << "  " << what << "\n";
    };
    std::cout << "graphs that agree: " << agree << ", with " << nodes << " nodes\n";
    list("ONNX Runtime has no kernel", refused);
    list("no graph", no_graph);
    std::cout << "operators in graphs that agree: " << ops.size() << "\n";
    for (const auto& [name, count] : ops) std::cout << "  " << name << " " << count;
    std::cout << "\n";
  }
};

TEST(OnnxDifferential, RandomGraphsComputeTheSameInOnnxRuntime) {
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  const auto params = parameters();
  std::cout << "RC_PARAMS=\"seed=" << params.seed << " max_success=" << params.maxSuccess << "\"\n";
  rc::Random random(params.seed);
  const auto generator = any_steps();
  Tally tally;
  int made = 0;
  while (tally.agree < params.maxSuccess && made < 10 * params.maxSuccess &&
         tally.differ < kMostShown) {
    std::vector<rc::Shrinkable<Steps>> drawn;
    std::vector<Trial> trials;
    const auto want = std::min(kBatch, static_cast<std::size_t>(params.maxSuccess - tally.agree));
    std::size_t usable = 0;
    while (usable < want && made < 10 * params.maxSuccess) {
      ++made;
      drawn.push_back(generator(random.split(), kMostSteps));
      trials.push_back(prepared(drawn.back().value(), 3));
      usable += trials.back().verdict == Verdict::agree ? 1 : 0;
    }
    ask(trials);
    for (std::size_t k = 0; k < trials.size(); ++k) {
      tally.add(trials[k]);
      if (trials[k].verdict != Verdict::differ || ++tally.differ > kMostShown) continue;
      const auto least = shrunk(drawn[k], trials[k]);
      ADD_FAILURE() << "seed " << params.seed << ", graph " << made - std::ssize(trials) + k << ": "
                    << least.why << "\n"
                    << to_text(least.graph);
    }
  }
  tally.print();
  EXPECT_GE(tally.agree, params.maxSuccess);
}

}  // namespace
}  // namespace slipway
