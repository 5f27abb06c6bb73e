// A network of 8-bit integers as a plan of kernels: whether its integers are those of the
// interpreter, how long one run takes, and where the time goes.
//
// usage: plan [--isa NAME] [--threads N] [--tune] [--bf16] [--steps] MODEL [SECONDS]

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include <fmt/core.h>

#include "base/clock.h"
#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "device/cpu/tune.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"

namespace slipway::bench {
namespace {

/// Milliseconds of each run, sorted.
template <class Run>
std::vector<double> times_of(double seconds, const Run& run) {
  const SystemClock clock;
  std::vector<double> times;
  for (const auto start = clock.now(); milliseconds(start, clock.now()) < seconds * 1e3;) {
    const auto before = clock.now();
    run();
    times.push_back(milliseconds(before, clock.now()));
  }
  std::ranges::sort(times);
  return times;
}

/// What each step takes at least: alone, again and again, with warm constants; and in its place
/// among the others.
void print_steps(const cpu::BuiltPlan& plan, cpu::Stream& stream, double seconds) {
  const SystemClock clock;
  std::vector<double> placed;
  for (const auto start = clock.now(); milliseconds(start, clock.now()) < seconds * 1e3;)
    stream.run(clock, placed);
  double alone_sum = 0, placed_sum = 0;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const auto alone = times_of(seconds / 50, [&] { stream.run_step(i); }).front() * 1e3;
    alone_sum += alone;
    placed_sum += placed[i] * 1e6;
    fmt::print("  {:<24} {:<36} alone {:8.1f} us, in place {:8.1f} us\n", plan.notes[i].kernel,
               plan.notes[i].words, alone, placed[i] * 1e6);
  }
  fmt::print("  all: alone {:.1f} us, in place {:.1f} us\n", alone_sum, placed_sum);
}

/// To standard error: what each candidate took.
void print_times(const cpu::LayerTimes& layer) {
  fmt::print(stderr, "{}\n", layer.layer);
  for (const auto& one : layer.candidates)
    fmt::print(stderr, "  {}{:<20} {:9.1f} us{}\n", &one == &layer.best() ? "*" : " ",
               one.candidate, one.seconds * 1e6,
               one.admitted ? "" : fmt::format(", apart by {:.2g}", one.apart));
}

struct Options {
  kernels::Isa isa = kernels::newest_here();
  bool steps = false;
  bool tune = false;
  bool bf16 = false;
  int threads = 1;
  double seconds = 1;
};

Result<void> measure(const std::string& path, const Options& options) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const SystemClock clock;
  auto graph = SLIPWAY_TRY(read_model(files, path));
  const auto began = clock.now();
  SLIPWAY_TRY(passes::run_pipeline(graph));
  const auto passed = clock.now();
  cpu::LowerOptions lowering{options.isa, {}};
  if (options.bf16) lowering.precision = cpu::Precision::bf16;
  if (options.tune) {
    const auto measured = SLIPWAY_TRY(cpu::tune(graph, lowering, {}, clock));
    lowering.choices = with_best({}, measured);
    for (const auto& layer : measured) print_times(layer);
  }
  const auto tuned = clock.now();
  const auto plan = SLIPWAY_TRY(cpu::lower(graph, lowering));
  const auto lowered = clock.now();
  const auto inputs = oracle::random_inputs(graph, 1);
  cpu::Stream stream(graph, plan, options.threads);
  stream.set_inputs(inputs);
  stream.run();
  const auto times = times_of(options.seconds, [&] { stream.run(); });
  const auto at = [&](double part) {
    return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
  };
  fmt::print(
      "{{\"med_ms\": {:.4f}, \"p10\": {:.4f}, \"p90\": {:.4f}, \"n\": {}, \"isa\": \"{}\", "
      "\"passes_ms\": {:.1f}, \"lower_ms\": {:.1f}, \"constants_kb\": {}, \"arena_kb\": {}}}\n",
      at(0.5), at(0.1), at(0.9), times.size(), name_of(options.isa), milliseconds(began, passed),
      milliseconds(tuned, lowered), plan.constants.size() / 1024, plan.arena_bytes / 1024);
  if (options.steps) print_steps(plan, stream, options.seconds);
  const auto is = stream.outputs();
  const auto should = SLIPWAY_TRY(interpret(graph, inputs));
  for (std::size_t i = 0; i < is.size(); ++i) {
    const auto apart = oracle::apart(is[i], should[i]);
    fmt::print(stderr, "output {}: at most {:.2g} of the range from the interpreter\n", i,
               apart.range_share);
    if (!(apart.range_share <= (options.bf16 ? 5e-2 : 1e-5)))
      return fail(Code::internal, "output {} differs", i);
  }
  return {};
}

int run(std::vector<std::string> words) {
  constexpr auto kUsage =
      "usage: plan [--isa NAME] [--threads N] [--tune] [--bf16] [--steps] MODEL [SECONDS]\n";
  Options options;
  while (!words.empty() && words[0].starts_with("--")) {
    const auto flag = words[0];
    words.erase(words.begin());
    if (flag == "--steps" || flag == "--tune" || flag == "--bf16") {
      (flag == "--steps" ? options.steps : flag == "--tune" ? options.tune : options.bf16) = true;
      continue;
    }
    const auto word = words.empty() ? std::string() : words[0];
    bool known = false;
    if (flag == "--threads") {
      options.threads = std::atoi(word.c_str());
      known = options.threads > 0;
    }
    if (const auto isa = kernels::isa_named(word); flag == "--isa" && isa) {
      options.isa = *isa;
      known = true;
    }
    if (!known) {
      fmt::print(stderr, "{} '{}'?\n{}", flag, word, kUsage);
      return 2;
    }
    words.erase(words.begin());
  }
  if (words.empty()) {
    fmt::print(stderr, kUsage);
    return 2;
  }
  if (words.size() > 1) options.seconds = std::stod(words[1]);
  const auto done = measure(words[0], options);
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().message);
  for (const auto& step : done.error().trail) fmt::print(stderr, "  in {}\n", step);
  return 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
