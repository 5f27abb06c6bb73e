#include <algorithm>
#include <chrono>
#include <optional>

#include "cli/bench_report.h"
#include "cli/bench_telemetry.h"
#include "cli/compare_runs.h"
#include "cli/compile_flags.h"
#include "cli/deployment_arg.h"
#include "cli/machine.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/verbs.h"
#include "engine/pool.h"
#include "measure/watch.h"
#include "ops/case.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;

class BenchVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options
        .argument("MODEL", model_,
                  std::string(kModelHelp) +
                      ", which is compiled in memory; or a deployment: its folder, or an archive "
                      "of it")
        .takes_file = true;
    options.flag("--dummy", dummy_, "measure on random numbers, of which each stream has its own");
    options.value("--min-duration", "T", at_least_,
                  "measure at least so long: 10s, 500ms, 2m (default: 10s; with -n: 0)");
    options.value("--max-duration", "T", at_most_,
                  "end after so long, even if --min-duration or -n want more");
    options.value("-n,--inferences", "N", inferences_,
                  "measure at least N inferences, of all streams together");
    options.value("--warmup", "N", warm_up_,
                  "inferences of each stream in front of the measured ones (default: 10)");
    options.value("--streams", "N", streams_,
                  "inferences at the same time, each with its own threads (default: 1)");
    options.value("--threads", "N", threads_,
                  "threads of each stream (default: 1, or what compile was told; 0: the cores, "
                  "shared among the streams)");
    options.value("--batch-size", "N", batch_,
                  "pictures in an inference, where the model leaves that open (default: 1)");
    options.value("--percentiles", "LIST", percentiles_,
                  "percentiles of the latency in the table (default: 50,90,95,99)");
    options.value("--seed", "N", seed_, "of the random inputs (default: 1)");
    options
        .value("--against", "OTHER", against_,
               "take turns with another model or deployment, and say which is faster, as "
               "'slipway compare-runs' does")
        .takes_file = true;
    telemetry_.describe(options);
    compile_flags_.describe_for_here(options);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    SLIPWAY_TRY(check_flags(world));
    if (against_) return run_against(world);
    const bool deployed = is_deployment_arg(world.files, model_);
    if (deployed && compile_flags_.asks())
      return world.usage(
          "--isa, --precision, --tune and --tuning-file are for models: {} is compiled already",
          model_);
    auto opened = SLIPWAY_TRY(deployed ? open_deployment(world) : open_model(world));
    auto runners = SLIPWAY_TRY(all_streams(opened));
    auto& report = opened.report;
    report.threads = runners[0].threads();
    report.environment = environment_json(world.files);
    if (report.threads * streams_ > engine::usable_cores())
      world.note("{} threads share {} cores", report.threads * streams_, engine::usable_cores());

    world.goal = fmt::format("measure {}", model_);
    SLIPWAY_TRY(telemetry_.prepare(world));
    std::vector<measure::Infer> streams;
    for (auto& runner : runners) streams.emplace_back([&runner] { return runner.run(); });
    const StopAsked stop(world);
    {
      Progress progress(world, "measured, in percent", 100);
      auto rules = rules_;
      rules.stop = [&] { return stop.signal() != 0; };
      rules.progress = [&](double part) { progress.at(static_cast<std::size_t>(part * 100)); };
      measure::Watch watch(world.clock, world.files, {"self"}, report.threads * streams_);
      rules.window_begins = [&] {
        telemetry_.begin();
        watch.begin();
      };
      rules.window_ends = [&] {
        watch.end();
        telemetry_.end();
      };
      report.measured = SLIPWAY_TRY(measure::measure(world.clock, streams, rules));
      report.noise = watch.noise();
      report.telemetry = telemetry_.json();
    }
    if (report.measured.streams.empty()) {
      world.note("stopped before anything was measured");
      return stopped_status(stop.signal());
    }
    print(world, report);
    return report.measured.ended == measure::Ended::stopped ? stopped_status(stop.signal()) : 0;
  }

 private:
  static constexpr int kMostStreams = 256;
  static constexpr int kMostThreads = 256;
  static constexpr nanoseconds kDuration = std::chrono::seconds(10);

  /// A model that runs, with one session.
  struct Opened {
    compile::Deployment deployment;
    compile::Runner first;
    BenchReport report;
  };

  Result<void> check_flags(World& world) {
    if (!dummy_)
      return world.usage("bench measures on random numbers only, so far: say that this is meant")
          .with_remedy("--dummy");
    const auto in_range = [&](std::string_view flag, int value, int low, int high) -> Result<void> {
      if (value >= low && value <= high) return {};
      return world.usage("{} takes a number from {} to {}, not {}", flag, low, high, value);
    };
    constexpr int kMost = 1'000'000'000;
    SLIPWAY_TRY(in_range("--streams", streams_, 1, kMostStreams));
    SLIPWAY_TRY(in_range("--threads", threads_.value_or(0), 0, kMostThreads));
    SLIPWAY_TRY(in_range("--warmup", warm_up_, 0, kMost));
    SLIPWAY_TRY(in_range("-n", inferences_.value_or(1), 1, kMost));
    SLIPWAY_TRY(in_range("--batch-size", batch_.value_or(1), 1, kMost));
    if (at_most_ && at_most_->count() == 0) return world.usage("--max-duration takes more than 0");
    if (at_least_ && at_most_ && *at_least_ > *at_most_)
      return world.usage("--min-duration is longer than --max-duration");
    auto percents = measure::parse_percents(percentiles_);
    if (!percents) return world.usage("--percentiles: {}", percents.error().message);
    shown_ = *std::move(percents);
    rules_.warm_up = warm_up_;
    rules_.inferences = inferences_.value_or(1);
    rules_.at_most = at_most_.value_or(nanoseconds(0));
    const auto usual = at_most_ ? std::min(kDuration, *at_most_) : kDuration;
    rules_.at_least = at_least_.value_or(inferences_ ? nanoseconds(0) : usual);
    return {};
  }

  /// --min-duration is what all rounds together take at least.
  Result<int> run_against(World& world) {
    if (streams_ != 1) return world.usage("--against runs one stream of each");
    if (telemetry_.is_asked()) return world.usage("--against takes no --socket");
    TurnSettings settings{.threads = threads_, .batch = batch_, .seed = seed_, .turns = {}};
    const auto turn = settings.turns.at_least * measure::kTurnsInRound;
    if (at_least_) settings.turns.rounds = std::max(measure::kLeastRounds, *at_least_ / turn);
    const auto report = SLIPWAY_TRY(
        compare_in_turns(world, model_, *against_, compile_flags_, model_flags_, settings));
    return RunsOutput().write(world, report);
  }

  [[nodiscard]] int threads_of_each(int usual) const {
    const int threads = threads_.value_or(usual);
    return threads > 0 ? threads : std::max(1, engine::usable_cores() / streams_);
  }

  Result<Opened> open_deployment(World& world) {
    const auto threads = threads_ ? std::optional(threads_of_each(0)) : std::nullopt;
    auto loaded = SLIPWAY_TRY(load_deployment(world, model_, threads));
    auto signature = signature_of(loaded.deployment);
    SLIPWAY_TRY(model_flags_.apply(world, signature));
    BenchReport report;
    report.model = model_;
    report.load_ms = loaded.load_ms;
    return finished({std::move(loaded.deployment), std::move(loaded.runner), std::move(report)},
                    false);
  }

  Result<Opened> open_model(World& world) {
    compile::CompileOptions options{.threads = 1, .seed = seed_};
    SLIPWAY_TRY(compile_flags_.apply(world, options));
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("compile {}", model_);
    const auto inputs = model.graph.inputs();
    const bool open_batch = !inputs.empty() && !model.graph.type(inputs[0]).is_known();
    SLIPWAY_TRY(close_batches(model.graph, batch_.value_or(1)));
    BenchReport report;
    report.model = model.path;
    report.read_ms = model.load_ms;
    const auto start = world.clock.now();
    auto deployment = SLIPWAY_TRY(
        compile::in_memory(SLIPWAY_TRY(compile::compile_unproven(model.graph, options))));
    const auto compiled = world.clock.now();
    report.compile_ms = milliseconds(start, compiled);
    auto runner = SLIPWAY_TRY(compile::Runner::open(deployment, threads_of_each(1)));
    report.load_ms = milliseconds(compiled, world.clock.now());
    return finished({std::move(deployment), std::move(runner), std::move(report)}, open_batch);
  }

  /// Fills in what the open deployment says.
  Result<Opened> finished(Opened opened, bool open_batch) const {
    auto& report = opened.report;
    report.name = opened.deployment.name;
    report.device = opened.deployment.device;
    report.isa = opened.first.isa();
    report.precision = precision_of(opened.first.kernels());
    report.streams = streams_;
    report.warm_up = warm_up_;
    report.seed = seed_;
    // Of other tensors than pictures nobody says which dimension counts them.
    const auto& inputs = opened.deployment.inputs;
    if (!inputs.empty() && (open_batch || inputs[0].type.shape.rank() == 4))
      report.batch = inputs[0].type.shape[0];
    if (batch_ && *batch_ != report.batch)
      return fail(Code::invalid_input, "the input '{}' is {}: its batch is not open",
                  inputs.empty() ? "" : inputs[0].name,
                  inputs.empty() ? "missing" : inputs[0].type.text())
          .with_remedy("leave out --batch-size");
    return opened;
  }

  /// A session for each stream, with inputs of its own.
  Result<std::vector<compile::Runner>> all_streams(Opened& opened) const {
    std::vector<compile::Runner> out;
    const int threads = opened.first.threads();
    out.push_back(std::move(opened.first));
    while (std::ssize(out) < streams_)
      out.push_back(
          SLIPWAY_TRY(compile::Runner::open(opened.deployment, threads, opened.report.isa)));
    const auto& inputs = opened.deployment.inputs;
    for (std::size_t s = 0; s < out.size(); ++s)
      for (std::size_t i = 0; i < inputs.size(); ++i)
        SLIPWAY_TRY(
            out[s].set_input(i, random_tensor(inputs[i].type, seed_ + s * inputs.size() + i)));
    return out;
  }

  void print(World& world, BenchReport& report) const {
    measure::Samples all;
    for (const auto& stream : report.measured.streams) all.add(stream.latencies);
    // The names that scripts rely on are there whatever the table shows.
    auto percents = shown_;
    for (const std::int64_t usual : {50'000, 90'000, 95'000, 99'000}) percents.push_back({usual});
    std::ranges::sort(percents, {}, &measure::Percent::thousandths);
    percents.erase(std::unique(percents.begin(), percents.end()), percents.end());
    report.latency = measure::summary_of(all, percents);
    report.shown = shown_;
    if (world.json) {
      world.print(to_json(report));
    } else {
      print_table(world, report);
    }
    telemetry_.print(world);
    if (report.measured.ended == measure::Ended::at_most)
      world.note("--max-duration ended it before what --min-duration and -n want");
    if (report.measured.ended == measure::Ended::stopped)
      world.note("stopped after {} inferences", report.latency.count);
  }

  std::string model_;
  bool dummy_ = false;
  std::optional<nanoseconds> at_least_;
  std::optional<nanoseconds> at_most_;
  std::optional<int> inferences_;
  int warm_up_ = 10;
  int streams_ = 1;
  std::optional<int> threads_;
  std::optional<int> batch_;
  std::string percentiles_ = "50,90,95,99";
  std::uint64_t seed_ = 1;
  CompileFlags compile_flags_;
  ModelFlags model_flags_;
  std::optional<std::string> against_;
  BenchTelemetry telemetry_;

  measure::Rules rules_;
  std::vector<measure::Percent> shown_;
};

}  // namespace

Command bench_command() {
  return {
      .name = "bench",
      .group = Group::models,
      .summary = "measure how fast a model or a deployment is, and how sure that is",
      .story =
          "Reading, compiling, loading, the first inference and the warm-up are told apart from "
          "what is measured. Streams begin together; the throughput is that of the time that "
          "all of them have in common. An interval holds the percentile with a probability of "
          "95 %, whatever the distribution; where the samples are too few for that, no "
          "percentile is printed. Outliers (Tukey's fences) are counted and stay in.",
      .examples = {{"bench signs --dummy", "for ten seconds, on one thread"},
                   {"bench net_deploy --dummy --streams 2 --min-duration 1m",
                    "two at the same time"},
                   {"bench net.onnx --dummy -n 4000 --percentiles 50,99,99.9 --json",
                    "4000 inferences; everything as JSON"}},
      .data = Data::json,
      .make = make_verb<BenchVerb>};
}

}  // namespace slipway::cli
