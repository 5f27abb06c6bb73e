// What the passes leave of real models: the operations that no kernel should meet, before and
// after, and what each pass took.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/clock.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ops/detect/detection_output.h"
#include "ops/detect/post_process.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"
#include "zoo/list.h"

namespace slipway::bench {
namespace {

using Counts = std::map<std::string, int>;

struct Options {
  bool ops = false;    // every operation that is left
  bool times = false;  // of every pass
  bool check = false;  // the outputs before and after on a random input
  passes::RunOptions run;
};

Counts counts_of(const Graph& graph) {
  Counts counts;
  for (const auto& node : graph.nodes()) {
    if (node.op.is<Constant>() || node.op.is<Input>()) continue;
    ++counts["nodes"];
    ++counts[std::string(node.op.name())];
  }
  return counts;
}

/// "12 -> 3" of one operation or several.
std::string change(const Counts& before, const Counts& after,
                   std::initializer_list<const char*> names) {
  const auto sum = [&](const Counts& counts) {
    int total = 0;
    for (const char* name : names)
      if (const auto at = counts.find(name); at != counts.end()) total += at->second;
    return total;
  };
  return fmt::format("{} -> {}", sum(before), sum(after));
}

Result<Graph> read(const std::string& name) {
  if (const auto* model = zoo::find_model(name)) return zoo::read(*model);
  SystemEntropy entropy;
  return read_model(SystemFiles(entropy), name);
}

/// Boxes that were chosen tell little about numbers: the outputs are what they were chosen from.
void look_before_choices(Graph& graph) {
  std::vector<ValueId> outputs;
  for (const auto id : graph.outputs()) {
    const auto& node = graph.node(id);
    if (!node.op.is<ops::DetectionOutput>() && !node.op.is<ops::DetectionPostProcess>()) {
      outputs.push_back(id);
      continue;
    }
    for (const auto input : node.inputs)
      if (input.exists() && graph.known(input) == nullptr &&
          std::ranges::find(outputs, input) == outputs.end())
        outputs.push_back(input);
  }
  graph.set_outputs(std::move(outputs));
}

/// The root of the mean square of the differences, as a share of the range.
double noise(const Tensor& is, const Tensor& should) {
  const auto a = to_doubles(is);
  const auto b = to_doubles(should);
  double squares = 0;
  double range = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squares += (a[i] - b[i]) * (a[i] - b[i]);
    range = std::max(range, std::abs(b[i]));
  }
  return std::sqrt(squares / static_cast<double>(a.size())) / range;
}

/// The largest difference of each output as a share of its range, and the noise.
Result<std::string> compare(const Graph& before, const Graph& after) {
  const auto inputs = oracle::random_inputs(before, 1);
  const auto is = SLIPWAY_TRY(interpret(after, inputs).during("after the passes"));
  const auto should = SLIPWAY_TRY(interpret(before, inputs).during("before the passes"));
  std::string text;
  for (std::size_t i = 0; i < is.size(); ++i) {
    const bool same = is[i] == should[i];
    text += same ? " same"
                 : fmt::format(" {:.1e} ({:.1e})", oracle::apart(is[i], should[i]).range_share,
                               noise(is[i], should[i]));
  }
  return text;
}

Result<void> report(const std::string& name, const Options& options) {
  const SystemClock clock;
  Graph before = SLIPWAY_TRY(read(name));
  if (options.check) look_before_choices(before);
  Graph after = before;
  auto run = options.run;
  std::string times;
  run.clock = &clock;
  run.observe = [&](const passes::PassRun& pass, const Graph&) {
    times += fmt::format("    {:<24}{:8.1f} ms{}\n", pass.name, pass.ms,
                         pass.changed ? "" : "  nothing to do");
  };
  const auto began = clock.now();
  SLIPWAY_TRY(passes::run_pipeline(after, run));
  const double took = milliseconds(began, clock.now());
  const auto a = counts_of(before);
  const auto b = counts_of(after);
  const std::string result = options.check ? SLIPWAY_TRY(compare(before, after)) : std::string();
  fmt::print("{:<34} {:>12} {:>10} {:>8} {:>8} {:>10} {:>10} {:>8.0f}{}\n",
             std::filesystem::path(name).stem().string().substr(0, 34), change(a, b, {"nodes"}),
             change(a, b, {"Transpose"}), change(a, b, {"Pad"}),
             change(a, b, {"BatchNormalization"}),
             change(a, b, {"Quantize", "Dequantize", "FakeQuant", "FakeQuantize"}),
             change(a, b, {"Reshape", "Squeeze", "Unsqueeze", "ShapeOf", "Cast"}), took, result);
  if (options.times) fmt::print("{}", times);
  if (options.ops) {
    std::string line = "   ";
    for (const auto& [op, count] : b)
      if (op != "nodes") line += fmt::format(" {} {}", count, op);
    fmt::print("{}\n", line);
  }
  std::fflush(stdout);
  return {};
}

/// The models of the zoo and those beside the tests, where there are any.
std::vector<std::string> all_models() {
  std::vector<std::string> names;
  for (const auto& model : zoo::models()) names.emplace_back(model.name);
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: no other thread runs
  const std::filesystem::path folder =
      std::filesystem::path(given ? given : "../shared") / "models";
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none)) {
    const auto ending = entry.path().extension();
    if (ending == ".onnx" || ending == ".tflite" || ending == ".xml")
      files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  names.insert(names.end(), files.begin(), files.end());
  return names;
}

int run(const std::vector<std::string>& words) {
  Options options;
  std::vector<std::string> models;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--ops")
      options.ops = true;
    else if (words[i] == "--times")
      options.times = true;
    else if (words[i] == "--check")
      options.check = true;
    else if (words[i] == "--without" && i + 1 < words.size())
      options.run.without.insert(words[++i]);
    else if (words[i].starts_with("--")) {
      fmt::print(stderr, "usage: passes [--ops] [--times] [--check] [--without PASS] [MODEL...]\n");
      return 2;
    } else
      models.push_back(words[i]);
  }
  if (models.empty()) models = all_models();
  fmt::print("{:<34} {:>12} {:>10} {:>8} {:>8} {:>10} {:>10} {:>8}{}\n", "model", "nodes",
             "Transpose", "Pad", "BatchN.", "(De)Quant", "Reshape..", "ms",
             options.check ? " outputs differ by" : "");
  int failed = 0;
  for (const auto& name : models) {
    const auto done = report(name, options);
    if (done) continue;
    ++failed;
    fmt::print("{}: {}\n", name, done.error().message);
    for (const auto& step : done.error().trail) fmt::print("  in {}\n", step);
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
