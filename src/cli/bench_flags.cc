#include "cli/bench_flags.h"

#include <algorithm>

#include "cli/deployment_arg.h"
#include "cli/model_arg.h"
#include "engine/pool.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;

constexpr int kMostStreams = 256;
constexpr int kMostThreads = 256;
constexpr nanoseconds kDuration = std::chrono::seconds(10);

}  // namespace

void BenchFlags::describe(Options& options, Modes modes) {
  auto& argument = options.argument(
      "MODEL", model,
      std::string(kModelHelp) +
          ", which is compiled in memory; or a deployment: its folder, or an archive of it");
  argument.takes_file = true;
  argument.is_required = false;
  if (modes == Modes::all) describe_dummy(options);
  accuracy.describe(options);
  options.value("--warmup", "N", warm_up,
                "inferences of each stream in front of the measured ones (default: 10); with "
                "--against in front of each turn (default: 3)");
  options.value("--streams", "N", streams,
                "inferences at the same time, each with its own threads (default: 1)");
  options.choice("--stream-kind", kind, {"thread", "process"},
                 "what a stream is (default: thread)");
  pinning.describe(options);
  options.value("--threads", "N", threads,
                "threads of each stream (default: 1, or what compile was told; 0: the cores, "
                "shared among the streams)");
  options.value("--batch-size", "N", batch,
                "pictures in an inference, where the model leaves that open (default: 1)");
  options.value("--percentiles", "LIST", percentiles,
                "percentiles of the latency in the table (default: 50,90,95,99)");
  options.flag("--profile", profile,
               "measure each step, too: time, operations in a second, per cent of what the "
               "processor could do, bytes");
  options.value("--device", "DEVICE", device, "where it runs (default: CPU)");
  options.value("--load", "F", load, "measure this deployment, which --save or compile wrote")
      .takes_file = true;
  options.value("--save", "F", save, "compile to this deployment first, and measure that")
      .takes_file = true;
  files.describe(options);
  options.value("--seed", "N", seed, "of the random inputs, and of Poisson arrivals (default: 1)");
  scenario.describe(options);
  options
      .value("--against", "OTHER", against,
             "take turns with another model or deployment, and say which is faster, as "
             "'slipway compare-runs' does")
      .takes_file = true;
  telemetry.describe(options);
  compile.describe_for_here(options);
  shapes.describe(options);
}

void BenchFlags::describe_dummy(Options& options) {
  options.flag("--dummy", dummy, "measure on random numbers, of which each stream has its own");
  options.value("--min-duration", "T", at_least,
                "with --dummy, measure at least so long: 10s, 500ms, 2m (default: 10s; with -n: "
                "0)");
  options.value("--max-duration", "T", at_most,
                "with --dummy, end after so long, even if --min-duration or -n want more");
  options.value("-n,--inferences", "N", inferences,
                "with --dummy, measure at least N inferences, of all streams together");
}

Result<void> BenchFlags::check(World& world, Modes modes) {
  SLIPWAY_TRY(take_model(world));
  SLIPWAY_TRY(check_mode(world, modes));
  SLIPWAY_TRY(check_numbers(world));
  if (scenario.asks() && accuracy.is_asked())
    return world.usage("scenarios are measured on random numbers: --dummy in place of --data");
  if (telemetry.is_asked() && (is_process() || scenario.finds_peak()))
    return world.usage("--socket is for one run in one process: leave out {}",
                       is_process() ? "--stream-kind" : "--find-peak");
  if (scenario.asks() && is_process())
    return world.usage("scenarios share their queries among threads: leave out --stream-kind");
  set_rules();
  if (against) return check_against(world);
  if (!is_deployment_arg(world.files, model)) return {};
  if (save) return world.usage("--save is for models: {} is compiled already", model);
  if (compile.asks())
    return world.usage(
        "--isa, --precision, --tune and --tuning-file are for models: {} is compiled already",
        model);
  return {};
}

/// What --load and --device say.
Result<void> BenchFlags::take_model(World& world) {
  if (load) model = *load;
  if (model.empty()) return world.usage("MODEL is missing: {}", kModelHelp);
  if (load && !is_deployment_arg(world.files, model)) {
    world.goal = fmt::format("load {}", model);
    return fail(Code::not_found, "there is no deployment")
        .with_remedy(fmt::format("slipway compile MODEL -o {}", model));
  }
  auto name = device.value_or("CPU");
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (name == "CPU" || name == "AUTO") return {};
  world.goal = fmt::format("measure on {}", *device);
  return fail(Code::unavailable, "models are compiled for the CPU alone, so far")
      .with_remedy("--device CPU");
}

/// One of --dummy and --data, and what goes with each.
Result<void> BenchFlags::check_mode(World& world, Modes modes) {
  SLIPWAY_TRY(accuracy.check(world));
  if (modes == Modes::accuracy && !accuracy.is_asked())
    return world.usage("accuracy needs pictures of which somebody says what they show")
        .with_remedy("--data DIR");
  if (dummy && accuracy.is_asked())
    return world.usage("--dummy and --data exclude each other: random numbers, or pictures");
  if (!dummy && !accuracy.is_asked())
    return world.usage("nothing says what to measure on: random numbers, or labelled pictures")
        .with_remedy("--dummy, or --data DIR");
  if (dummy) return {};
  if (is_process())
    return world.usage("--stream-kind process is for random numbers: pictures take threads");
  if (inferences)
    return world.usage("-n is about random numbers: of pictures, --num-inputs says how many");
  if (at_least || at_most)
    world.note("--min-duration and --max-duration are ignored: --data is measured once");
  at_least.reset();
  at_most.reset();
  return {};
}

Result<void> BenchFlags::check_numbers(World& world) {
  const auto in_range = [&](std::string_view flag, int value, int low, int high) -> Result<void> {
    if (value >= low && value <= high) return {};
    return world.usage("{} takes a number from {} to {}, not {}", flag, low, high, value);
  };
  constexpr int kMost = 1'000'000'000;
  SLIPWAY_TRY(in_range("--streams", streams, 1, kMostStreams));
  SLIPWAY_TRY(in_range("--threads", threads.value_or(0), 0, kMostThreads));
  SLIPWAY_TRY(in_range("--warmup", warm_up.value_or(kWarmUp), 0, kMost));
  SLIPWAY_TRY(in_range("-n", inferences.value_or(1), 1, kMost));
  SLIPWAY_TRY(in_range("--batch-size", batch.value_or(1), 1, kMost));
  if (at_most && at_most->count() == 0) return world.usage("--max-duration takes more than 0");
  if (at_least && at_most && *at_least > *at_most)
    return world.usage("--min-duration is longer than --max-duration");
  auto percents = measure::parse_percents(percentiles);
  if (!percents) return world.usage("--percentiles: {}", percents.error().message);
  shown = *std::move(percents);
  return scenario.check(world, streams);
}

void BenchFlags::set_rules() {
  rules.warm_up = warm_up.value_or(kWarmUp);
  rules.at_most = at_most.value_or(nanoseconds(0));
  const auto usual = at_most ? std::min(kDuration, *at_most) : kDuration;
  rules.at_least = at_least.value_or(inferences || accuracy.num_inputs() ? nanoseconds(0) : usual);
  // What is not steady by then may become so within as long again.
  rules.steady_by = 2 * rules.at_least;
  if (at_most) rules.steady_by = std::min(rules.steady_by, *at_most);
}

/// What --against has no use for is refused, before anything is written.
Result<void> BenchFlags::check_against(World& world) const {
  if (streams != 1 || is_process()) return world.usage("--against runs one stream of each");
  const std::pair<bool, std::string_view> flags[] = {
      {telemetry.is_asked(), "--socket"},
      {accuracy.is_asked(), "--data"},
      {files.is_asked(), "--output-dir, --stats or --redact"},
      {save.has_value(), "--save"},
      {profile, "--profile"},
      {pinning.is_asked(), "--pin"},
      {inferences.has_value(), "-n"},
      {accuracy.num_inputs().has_value(), "--num-inputs"},
      {at_most.has_value(), "--max-duration"},
      {percentiles != kPercentiles, "--percentiles"},
      {scenario.asks(), "--scenario"}};
  for (const auto& [is_given, name] : flags)
    if (is_given)
      return world.usage("--against takes no {}", name)
          .with_remedy("measure both by themselves, then slipway compare-runs A B");
  return {};
}

std::optional<int> BenchFlags::session_threads() const {
  if (!threads || *threads > 0) return threads;
  return std::max(1, engine::usable_cores() / streams);
}

}  // namespace slipway::cli
