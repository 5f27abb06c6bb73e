#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "base/system_fields.h"
#include "cli/bench_flags.h"
#include "cli/bench_report.h"
#include "cli/compare_runs.h"
#include "cli/machine.h"
#include "cli/opened_model.h"
#include "cli/profile.h"
#include "cli/progress.h"
#include "cli/spelling.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "engine/pool.h"
#include "measure/processes.h"
#include "measure/watch.h"
#include "ops/case.h"

namespace slipway::cli {
namespace {

class BenchVerb : public Verb {
 public:
  explicit BenchVerb(Modes modes = Modes::all) : modes_(modes) {}

  void describe(Options& options) override { flags_.describe(options, modes_); }

  Result<std::vector<std::string>> translate(World& world, const Options& options,
                                             std::vector<std::string> words) override {
    return spelling_.translate(world, options, words);
  }

  [[nodiscard]] std::string blamed(const World& world, const std::vector<std::string>& typed,
                                   const std::string& message) const override {
    return blame_variable(world, typed, message);
  }

  Result<int> run(World& world) override {
    SLIPWAY_TRY(flags_.check(world, modes_));
    spelling_.note(world);
    if (flags_.against) return run_against(world);
    SLIPWAY_TRY(flags_.files.prepare(world, flags_.streams));
    Run run = {.opened = SLIPWAY_TRY(open(world)), .runners = {}, .report = {}};
    auto& report = run.report;
    report = report_of(run.opened);
    report.threads = run.opened.runner->threads();
    report.environment = environment_json(world.files);
    report.places = SLIPWAY_TRY(flags_.pinning.places(world, flags_.streams, report.threads));
    SLIPWAY_TRY(check_memory(world, run));
    SLIPWAY_TRY(open_streams(run));
    if (report.threads * flags_.streams > engine::usable_cores())
      world.note("{} threads share {} cores", report.threads * flags_.streams,
                 engine::usable_cores());

    world.goal = fmt::format("measure {}", flags_.model);
    SLIPWAY_TRY(flags_.telemetry.prepare(world));
    const StopAsked stop(world);
    SLIPWAY_TRY(measure(world, run, stop));
    report.telemetry = flags_.telemetry.json();
    if (report.measured.streams.empty()) {
      world.note("stopped before anything was measured");
      return stopped_status(stop.signal());
    }
    if (flags_.profile) {
      world.goal = fmt::format("profile {}", flags_.model);
      report.profile = SLIPWAY_TRY(profile_of(world, run.runners[0], run.opened.work));
    }
    print(world, report);
    SLIPWAY_TRY(write(world, report));
    flags_.scenario.warn(world);
    if (report.measured.ended == measure::Ended::stopped) return stopped_status(stop.signal());
    return report.scenario && !report.scenario->is_kept() ? 1 : 0;
  }

 private:
  /// What is measured, and what was found out.
  struct Run {
    OpenedModel opened;
    std::vector<compile::Runner> runners;  // a session of each stream that is a thread
    BenchReport report;
  };

  /// --min-duration is what all rounds together take at least.
  Result<int> run_against(World& world) {
    TurnSettings settings{
        .threads = flags_.threads, .batch = flags_.batch, .seed = flags_.seed, .turns = {}};
    const auto turn = settings.turns.at_least * measure::kTurnsInRound;
    if (flags_.at_least)
      settings.turns.rounds = std::max(measure::kLeastRounds, *flags_.at_least / turn);
    if (flags_.warm_up) settings.turns.warm_up = *flags_.warm_up;
    const auto report = SLIPWAY_TRY(compare_in_turns(world, flags_.model, *flags_.against,
                                                     flags_.compile, flags_.shapes, settings));
    return RunsOutput().write(world, report);
  }

  Result<OpenedModel> open(World& world) {
    const auto look = [&](const Graph& signature) -> Result<void> {
      if (!flags_.accuracy.is_asked()) return {};
      return flags_.accuracy.open(world, signature);
    };
    return open_to_measure(world, flags_.model,
                           {.compile_flags = flags_.compile,
                            .model_flags = flags_.shapes,
                            .batch = flags_.batch,
                            .threads = flags_.session_threads(),
                            .seed = flags_.seed,
                            .save = flags_.save,
                            .knows_work = flags_.profile,
                            .look = look});
  }

  /// Fills in what the open model says.
  [[nodiscard]] BenchReport report_of(const OpenedModel& opened) const {
    BenchReport out;
    out.model = opened.path;
    out.name = opened.deployment.name;
    out.device = opened.deployment.device;
    out.isa = opened.runner->isa();
    out.precision = precision_of(opened.runner->kernels());
    out.batch = opened.batch;
    out.streams = flags_.streams;
    out.stream_kind = flags_.kind.value_or("thread");
    out.warm_up = flags_.rules.warm_up;
    out.seed = flags_.seed;
    out.read_ms = opened.read_ms;
    out.compile_ms = opened.compile_ms;
    out.load_ms = opened.load_ms;
    out.shown = flags_.shown;
    return out;
  }

  /// Where the streams take more memory than there is, the system would end this process, or
  /// another one.
  Result<void> check_memory(World& world, const Run& run) const {
    constexpr double kGb = 1e-9;
    const auto text = value_of(system_fields(world.files, "/proc/meminfo"), "MemAvailable");
    const auto there = std::strtoll(text.c_str(), nullptr, 10) * 1024;  // "123 kB"
    const auto wanted = flags_.streams * run.opened.session_bytes;
    if (there == 0 || wanted <= there) return {};
    return fail(Code::unavailable, "{} of batch {} take {:.1f} GB of memory, and {:.1f} are free",
                flags_.streams == 1 ? "inferences" : fmt::format("{} streams", flags_.streams),
                run.opened.batch, static_cast<double>(wanted) * kGb,
                static_cast<double>(there) * kGb)
        .with_remedy("a smaller --batch-size, or fewer --streams");
  }

  /// The inputs of a stream: its own.
  Result<void> set_inputs(const OpenedModel& opened, std::size_t stream,
                          compile::Runner& runner) const {
    const auto& inputs = opened.deployment.inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      SLIPWAY_TRY(runner.set_input(
          i, random_tensor(inputs[i].type, flags_.seed + stream * inputs.size() + i)));
    return {};
  }

  Result<compile::Runner> session(const Run& run, std::size_t stream) const {
    auto out = SLIPWAY_TRY(
        compile::Runner::open(run.opened.deployment, run.report.threads, run.report.isa));
    SLIPWAY_TRY(set_inputs(run.opened, stream, out));
    return out;
  }

  /// A session for each stream that is a thread, with inputs of its own, made where the stream is
  /// to run: helpers go where the one may that makes them. For processes one, for what is measured
  /// in this one.
  Result<void> open_streams(Run& run) const {
    const auto& places = run.report.places;
    const auto count = flags_.is_process() ? 1 : static_cast<std::size_t>(flags_.streams);
    for (std::size_t i = 0; i < count; ++i) {
      const measure::Pinned pinned(i < places.size() ? places[i] : measure::Cpus());
      if (i > 0) {
        run.runners.push_back(SLIPWAY_TRY(session(run, i)));
        continue;
      }
      // The first session is there already, but its helpers may be anywhere.
      auto first = std::exchange(run.opened.runner, std::nullopt);
      if (!places.empty() && run.report.threads > 1) {
        first.reset();
        first = SLIPWAY_TRY(session(run, i));
      }
      SLIPWAY_TRY(set_inputs(run.opened, i, *first));
      run.runners.push_back(*std::move(first));
    }
    return {};
  }

  /// How many inferences there are to be, of all streams together.
  [[nodiscard]] std::int64_t wanted(BenchReport& report) const {
    const auto pictures = flags_.accuracy.num_inputs();
    if (pictures) report.set_inferences = std::max<std::int64_t>(1, *pictures / report.batch);
    return flags_.inferences.value_or(report.set_inferences * (pictures ? flags_.streams : 1));
  }

  Result<void> measure(World& world, Run& run, const StopAsked& stop) {
    auto& report = run.report;
    auto rules = flags_.rules;
    rules.cpus = report.places;
    rules.stop = [&] { return stop.signal() != 0; };
    flags_.files.keep_samples(rules);
    measure::Watch watch(world.clock, world.files, {"self"}, report.threads * flags_.streams);
    bool watched = false;
    rules.window_begins = [&] {
      flags_.telemetry.begin();
      watch.begin();
    };
    rules.window_ends = [&] {
      watch.end();
      flags_.telemetry.end();
      watched = true;
    };
    std::vector<measure::Infer> streams;
    for (auto& runner : run.runners) streams.emplace_back([&runner] { return runner.run(); });
    if (flags_.accuracy.is_asked()) {
      report.measured =
          SLIPWAY_TRY(flags_.accuracy.measure(world, run.runners, rules, flags_.files.series()));
      report.accuracy = &flags_.accuracy;
      if (flags_.accuracy.judged() == 0) report.measured.streams.clear();
    } else if (flags_.scenario.asks()) {
      rules.inferences = wanted(report);
      report.scenario =
          SLIPWAY_TRY(flags_.scenario.run(world, streams, rules, flags_.seed, report.measured));
    } else {
      Progress progress(world, "measured", 0);
      rules.inferences = wanted(report);
      rules.progress = [&](const measure::SoFar& now) {
        progress.at_part(now.part, [&] { return so_far(now, report); });
      };
      report.measured =
          SLIPWAY_TRY(flags_.is_process() ? measure_processes(world, run, rules)
                                          : measure::measure(world.clock, streams, rules));
    }
    if (watched) report.noise = watch.noise();
    return {};
  }

  Result<measure::Measured> measure_processes(World& world, const Run& run,
                                              const measure::Rules& rules) const {
    const auto make = [&](std::size_t stream) -> Result<measure::Infer> {
      auto runner = std::make_shared<compile::Runner>(SLIPWAY_TRY(session(run, stream)));
      return measure::Infer([runner] { return runner->run(); });
    };
    return measure::measure_processes(world.clock, static_cast<std::size_t>(flags_.streams), make,
                                      rules);
  }

  void print(World& world, BenchReport& report) const {
    measure::Samples all;
    for (const auto& stream : report.measured.streams) all.add(stream.latencies);
    // The names that scripts rely on are there whatever the table shows.
    auto percents = flags_.shown;
    for (const std::int64_t usual : {50'000, 90'000, 95'000, 99'000}) percents.push_back({usual});
    std::ranges::sort(percents, {}, &measure::Percent::thousandths);
    percents.erase(std::unique(percents.begin(), percents.end()), percents.end());
    report.latency = measure::summary_of(all, percents);
    report.histogram = all.histogram();
    if (world.json) {
      world.print(to_json(report));
    } else {
      print_table(world, report);
    }
    flags_.telemetry.print(world);
    if (report.measured.ended == measure::Ended::at_most)
      world.note("--max-duration ended it before what --min-duration and -n want");
    if (report.measured.ended == measure::Ended::overrun)
      world.note(
          "ended early, for queries had waited for {} s: more come than can be answered. A lower "
          "--rate, or more --streams",
          std::chrono::duration<double>(report.scenario->overrun).count());
    if (report.measured.ended == measure::Ended::stopped)
      world.note("stopped after {} inferences", report.latency.count);
  }

  Result<void> write(World& world, const BenchReport& report) {
    if (flags_.accuracy.is_asked()) SLIPWAY_TRY(flags_.accuracy.write_predictions(world));
    auto document = to_json(report);
    const auto scores = scores_in(document);
    std::vector<ResultFile> more;
    if (flags_.telemetry.csv()) {
      const auto text = as_bytes(*flags_.telemetry.csv());
      more.push_back({"telemetry.csv", Bytes(text.begin(), text.end())});
    }
    return flags_.files.write(world, report, scores, std::move(document), std::move(more));
  }

  /// The throughput of all streams, and how long an inference takes.
  static std::string so_far(const measure::SoFar& now, const BenchReport& report) {
    const double seconds = std::max(std::chrono::duration<double>(now.spent).count(), 1e-9);
    const auto inferences = static_cast<double>(std::max<std::int64_t>(now.inferences, 1));
    return fmt::format("{:.1f} img/s, {}",
                       static_cast<double>(now.inferences * report.batch) / seconds,
                       ms_text(seconds * 1e3 * static_cast<double>(report.streams) / inferences));
  }

  /// What was scored, of classes.
  static Scores scores_in(const Json& document) {
    Scores out;
    const auto take = [&](const char* name, std::optional<double>& into) {
      const auto* score = document.find(name);
      if (score == nullptr || score->is_null()) return;
      if (const auto number = score->number()) into = *number;
    };
    take("top1", out.top1);
    take("top5", out.top5);
    return out;
  }

  Modes modes_;
  BenchFlags flags_;
  Spelling spelling_;
};

class AccuracyVerb final : public BenchVerb {
 public:
  AccuracyVerb() : BenchVerb(Modes::accuracy) {}
};

}  // namespace

Command accuracy_command() {
  return {
      .name = "accuracy",
      .group = Group::models,
      .summary = "measure how right a model or a deployment is, on labelled pictures",
      .story =
          "A classifier: how often the right class is the first, and among the first five. A "
          "detector: COCO's average precision and recall. A segmenter: mean IOU and F1 of all "
          "pixels. Pictures are decoded while others are inferred; latency is the model's alone, "
          "throughput that of the whole way from files to answers. A picture that cannot be read "
          "is named and left out. It is bench --data under a name of its own.",
      .examples = {{"accuracy signs --data pictures", "with the labels.csv that lies there"},
                   {"accuracy net.onnx --data imagenet --batch-size 16 --num-inputs 1000",
                    "the first 1000 pictures of ImageNet's archive"},
                   {"accuracy ssd.tflite --data coco --labels coco.txt --predictions found.json",
                    "average precision; the boxes as a file"},
                   {"accuracy net_deploy --data pictures --streams 2 --json",
                    "a deployment, two at the same time"}},
      .data = Data::json,
      .make = make_verb<AccuracyVerb>};
}

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
          "percentile is printed. Outliers (Tukey's fences) are counted and stay in. A run that is "
          "not steady goes on, at most as long again. With --scenario queries come as MLPerf's "
          "LoadGen has them, and latency counts from when a query was due.",
      .examples = {{"bench signs --dummy", "for ten seconds, on one thread"},
                   {"bench net_deploy --dummy --streams 2 --min-duration 1m",
                    "two at the same time"},
                   {"bench net.onnx --data pictures", "on labelled pictures, and how right it is"},
                   {"bench signs --dummy --slo p99=20ms --find-peak",
                    "how many queries a second it answers in time"}},
      .data = Data::json,
      .make = make_verb<BenchVerb>};
}

}  // namespace slipway::cli
