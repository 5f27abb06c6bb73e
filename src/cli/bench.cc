#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "cli/accuracy.h"
#include "cli/bench_report.h"
#include "cli/bench_telemetry.h"
#include "cli/compare_runs.h"
#include "cli/compile_flags.h"
#include "cli/deployment_arg.h"
#include "cli/machine.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/profile.h"
#include "cli/progress.h"
#include "cli/result_files.h"
#include "cli/spelling.h"
#include "cli/stop.h"
#include "cli/verbs.h"
#include "cli/version_info.h"
#include "compile/library.h"
#include "engine/pool.h"
#include "measure/processes.h"
#include "measure/watch.h"
#include "ops/case.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;

/// How much a verb measures.
enum class Modes : std::uint8_t { all, accuracy };

class BenchVerb : public Verb {
 public:
  explicit BenchVerb(Modes modes = Modes::all) : modes_(modes) {}

  void describe(Options& options) override {
    auto& model = options.argument(
        "MODEL", model_,
        std::string(kModelHelp) +
            ", which is compiled in memory; or a deployment: its folder, or an archive of it");
    model.takes_file = true;
    model.is_required = false;
    if (modes_ == Modes::all) describe_dummy(options);
    accuracy_.describe(options);
    options.value("--warmup", "N", warm_up_,
                  "inferences of each stream in front of the measured ones (default: 10)");
    options.value("--streams", "N", streams_,
                  "inferences at the same time, each with its own threads (default: 1)");
    options.choice("--stream-kind", kind_, {"thread", "process"},
                   "what a stream is (default: thread)");
    options.value("--threads", "N", threads_,
                  "threads of each stream (default: 1, or what compile was told; 0: the cores, "
                  "shared among the streams)");
    options.value("--batch-size", "N", batch_,
                  "pictures in an inference, where the model leaves that open (default: 1)");
    options.value("--percentiles", "LIST", percentiles_,
                  "percentiles of the latency in the table (default: 50,90,95,99)");
    options.flag("--profile", profile_,
                 "measure each step, too: time, operations in a second, per cent of what the "
                 "processor could do, bytes");
    options.value("--device", "DEVICE", device_, "where it runs (default: CPU)");
    options.value("--load", "F", load_, "measure this deployment, which --save or compile wrote")
        .takes_file = true;
    options.value("--save", "F", save_, "compile to this deployment first, and measure that")
        .takes_file = true;
    files_.describe(options);
    options.value("--seed", "N", seed_,
                  "of the random inputs, and of Poisson arrivals (default: 1)");
    scenario_flags_.describe(options);
    options
        .value("--against", "OTHER", against_,
               "take turns with another model or deployment, and say which is faster, as "
               "'slipway compare-runs' does")
        .takes_file = true;
    telemetry_.describe(options);
    compile_flags_.describe_for_here(options);
    model_flags_.describe(options);
  }

  Result<std::vector<std::string>> translate(World& world, const Options& options,
                                             std::vector<std::string> words) override {
    return spelling_.translate(world, options, words);
  }

  Result<int> run(World& world) override {
    SLIPWAY_TRY(take_model(world));
    SLIPWAY_TRY(check_flags(world));
    spelling_.note(world);
    if (against_) SLIPWAY_TRY(check_against(world));
    SLIPWAY_TRY(files_.prepare(world, streams_));
    if (against_) return run_against(world);
    const bool deployed = is_deployment_arg(world.files, model_);
    if (deployed && save_)
      return world.usage("--save is for models: {} is compiled already", model_);
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
    const StopAsked stop(world);
    auto rules = rules_;
    rules.stop = [&] { return stop.signal() != 0; };
    keep_samples(rules);
    measure::Watch watch(world.clock, world.files, {"self"}, report.threads * streams_);
    bool watched = false;
    rules.window_begins = [&] {
      telemetry_.begin();
      watch.begin();
    };
    rules.window_ends = [&] {
      watch.end();
      telemetry_.end();
      watched = true;
    };
    if (accuracy_.is_asked()) {
      report.measured = SLIPWAY_TRY(accuracy_.measure(world, runners, rules));
      report.accuracy = &accuracy_;
      if (accuracy_.judged() == 0) report.measured.streams.clear();
    } else if (scenario_flags_.asks()) {
      std::vector<measure::Infer> streams;
      for (auto& runner : runners) streams.emplace_back([&runner] { return runner.run(); });
      rules.inferences = wanted(report);
      report.scenario =
          SLIPWAY_TRY(scenario_flags_.run(world, streams, rules, seed_, report.measured));
    } else {
      Progress progress(world, "measured, in percent", 100);
      rules.inferences = wanted(report);
      rules.progress = [&](double part) { progress.at(static_cast<std::size_t>(part * 100)); };
      report.measured = SLIPWAY_TRY(kind_ == "process" ? measure_processes(world, opened, rules)
                                                       : measure_threads(world, runners, rules));
    }
    if (watched) report.noise = watch.noise();
    report.telemetry = telemetry_.json();
    if (report.measured.streams.empty()) {
      world.note("stopped before anything was measured");
      return stopped_status(stop.signal());
    }
    if (profile_) {
      world.goal = fmt::format("profile {}", model_);
      report.profile = SLIPWAY_TRY(profile_of(world, runners[0], opened.work));
    }
    print(world, report);
    if (accuracy_.is_asked()) SLIPWAY_TRY(accuracy_.write_predictions(world));
    auto document = to_json(report);
    const auto scores = scores_in(document);
    std::vector<ResultFile> more;
    if (telemetry_.csv()) {
      const auto text = as_bytes(*telemetry_.csv());
      more.push_back({"telemetry.csv", Bytes(text.begin(), text.end())});
    }
    SLIPWAY_TRY(files_.write(world, report, scores, std::move(document), std::move(more)));
    scenario_flags_.warn(world);
    if (report.measured.ended == measure::Ended::stopped) return stopped_status(stop.signal());
    return report.scenario && !report.scenario->is_kept() ? 1 : 0;
  }

 private:
  static constexpr int kMostStreams = 256;
  static constexpr int kMostThreads = 256;
  static constexpr nanoseconds kDuration = std::chrono::seconds(10);
  static constexpr const char* kPercentiles = "50,90,95,99";

  /// A model that runs, with one session.
  struct Opened {
    compile::Deployment deployment;
    compile::Runner first;
    BenchReport report;
    std::vector<StepWork> work = {};  // of each step; none for a deployment
  };

  /// What --load and --device say.
  Result<void> take_model(World& world) {
    if (load_) model_ = *load_;
    if (model_.empty()) return world.usage("MODEL is missing: {}", kModelHelp);
    if (load_ && !is_deployment_arg(world.files, model_)) {
      world.goal = fmt::format("load {}", model_);
      return fail(Code::not_found, "there is no deployment")
          .with_remedy(fmt::format("slipway compile MODEL -o {}", model_));
    }
    auto device = device_.value_or("CPU");
    std::ranges::transform(device, device.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (device == "CPU" || device == "AUTO") return {};
    world.goal = fmt::format("measure on {}", *device_);
    return fail(Code::unavailable, "models are compiled for the CPU alone, so far")
        .with_remedy("--device CPU");
  }

  /// How many inferences there are to be, of all streams together.
  [[nodiscard]] std::int64_t wanted(BenchReport& report) const {
    const auto pictures = accuracy_.num_inputs();
    if (pictures) report.set_inferences = std::max<std::int64_t>(1, *pictures / report.batch);
    return inferences_.value_or(report.set_inferences * (pictures ? streams_ : 1));
  }

  void describe_dummy(Options& options) {
    options.flag("--dummy", dummy_, "measure on random numbers, of which each stream has its own");
    options.value("--min-duration", "T", at_least_,
                  "with --dummy, measure at least so long: 10s, 500ms, 2m (default: 10s; with -n: "
                  "0)");
    options.value("--max-duration", "T", at_most_,
                  "with --dummy, end after so long, even if --min-duration or -n want more");
    options.value("-n,--inferences", "N", inferences_,
                  "with --dummy, measure at least N inferences, of all streams together");
  }

  /// One of --dummy and --data, and what goes with each.
  Result<void> check_mode(World& world) {
    SLIPWAY_TRY(accuracy_.check(world));
    if (modes_ == Modes::accuracy && !accuracy_.is_asked())
      return world.usage("accuracy needs pictures of which somebody says what they show")
          .with_remedy("--data DIR");
    if (dummy_ && accuracy_.is_asked())
      return world.usage("--dummy and --data exclude each other: random numbers, or pictures");
    if (!dummy_ && !accuracy_.is_asked())
      return world.usage("nothing says what to measure on: random numbers, or labelled pictures")
          .with_remedy("--dummy, or --data DIR");
    if (dummy_) return {};
    if (kind_ == "process")
      return world.usage("--stream-kind process is for random numbers: pictures take threads");
    if (inferences_)
      return world.usage("-n is about random numbers: of pictures, --num-inputs says how many");
    if (at_least_ || at_most_)
      world.note("--min-duration and --max-duration are ignored: --data is measured once");
    at_least_.reset();
    at_most_.reset();
    return {};
  }

  Result<void> check_flags(World& world) {
    SLIPWAY_TRY(check_mode(world));
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
    SLIPWAY_TRY(scenario_flags_.check(world, streams_));
    if (scenario_flags_.asks() && accuracy_.is_asked())
      return world.usage("scenarios are measured on random numbers: --dummy in place of --data");
    if (telemetry_.is_asked() && (kind_ == "process" || scenario_flags_.finds_peak()))
      return world.usage("--socket is for one run in one process: leave out {}",
                         kind_ == "process" ? "--stream-kind" : "--find-peak");
    if (scenario_flags_.asks() && kind_ == "process")
      return world.usage("scenarios share their queries among threads: leave out --stream-kind");
    rules_.warm_up = warm_up_;
    rules_.at_most = at_most_.value_or(nanoseconds(0));
    const auto usual = at_most_ ? std::min(kDuration, *at_most_) : kDuration;
    rules_.at_least =
        at_least_.value_or(inferences_ || accuracy_.num_inputs() ? nanoseconds(0) : usual);
    // What is not steady by then may become so within as long again.
    rules_.steady_by = 2 * rules_.at_least;
    if (at_most_) rules_.steady_by = std::min(rules_.steady_by, *at_most_);
    return {};
  }

  /// What --against has no use for is refused, before anything is written.
  Result<void> check_against(World& world) const {
    if (streams_ != 1 || kind_ == "process")
      return world.usage("--against runs one stream of each");
    const std::pair<bool, std::string_view> flags[] = {
        {telemetry_.is_asked(), "--socket"},
        {accuracy_.is_asked(), "--data"},
        {files_.is_asked(), "--output-dir, --stats or --redact"},
        {save_.has_value(), "--save"},
        {profile_, "--profile"},
        {inferences_.has_value(), "-n"},
        {accuracy_.num_inputs().has_value(), "--num-inputs"},
        {at_most_.has_value(), "--max-duration"},
        {percentiles_ != kPercentiles, "--percentiles"},
        {scenario_flags_.asks(), "--scenario"}};
    for (const auto& [is_given, name] : flags)
      if (is_given)
        return world.usage("--against takes no {}", name)
            .with_remedy("measure both by themselves, then slipway compare-runs A B");
    return {};
  }

  /// --min-duration is what all rounds together take at least.
  Result<int> run_against(World& world) {
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
    if (accuracy_.is_asked()) SLIPWAY_TRY(accuracy_.open(world, signature));
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
    SLIPWAY_TRY(set_batch(model));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("compile {}", model_);
    const auto inputs = model.graph.inputs();
    const bool open_batch = !inputs.empty() && !model.graph.type(inputs[0]).is_known();
    SLIPWAY_TRY(close_batches(model.graph, batch_.value_or(1)));
    if (accuracy_.is_asked()) {
      SLIPWAY_TRY(accuracy_.open(world, model.graph));
      world.goal = fmt::format("compile {}", model_);
    }
    BenchReport report;
    report.model = model.path;
    report.read_ms = model.load_ms;
    const auto start = world.clock.now();
    const auto made = SLIPWAY_TRY(save_ ? compile::compile(model.graph, options)
                                        : compile::compile_unproven(model.graph, options));
    auto deployment =
        SLIPWAY_TRY(save_ ? saved(world, model, made, options) : compile::in_memory(made));
    const auto compiled = world.clock.now();
    report.compile_ms = milliseconds(start, compiled);
    auto runner = SLIPWAY_TRY(compile::Runner::open(deployment, threads_of_each(1)));
    report.load_ms = milliseconds(compiled, world.clock.now());
    return finished({std::move(deployment), std::move(runner), std::move(report),
                     profile_ ? work_of(made) : std::vector<StepWork>()},
                    open_batch);
  }

  /// A network that is made on the spot is made for the batch that --batch-size says.
  Result<void> set_batch(LoadedModel& model) const {
    constexpr std::string_view kZoo = "zoo:";
    if (!batch_ || *batch_ == 1 || !model.path.starts_with(kZoo)) return {};
    const auto* known = zoo::find_model(std::string_view(model.path).substr(kZoo.size()));
    if (known == nullptr || !known->is_made()) return {};
    model.graph = SLIPWAY_TRY(zoo::make(*known, {.batch = *batch_}));
    return {};
  }

  /// Writes a deployment, with the reference that makes it whole, to where --save says.
  Result<compile::Deployment> saved(World& world, const LoadedModel& model,
                                    const compile::Compiled& compiled,
                                    const compile::CompileOptions& options) const {
    world.goal = fmt::format("write {}", *save_);
    const auto lock = SLIPWAY_TRY(world.files.lock(*save_));
    SLIPWAY_TRY(compile::check_room(world.files, *save_, true));
    const compile::Provenance from{.model = std::string(base_name(model.path)),
                                   .model_sha256 = {},
                                   .flags = compile_flags_.words(world),
                                   .machine = machine_name(world.files),
                                   .version = SLIPWAY_VERSION,
                                   .commit = SLIPWAY_COMMIT};
    auto package =
        SLIPWAY_TRY(compile::package(compiled, from, compile::library_for(options.processor)));
    SLIPWAY_TRY(compile::write_folder(world.files, *save_, package));
    return compile::read_package(std::move(package));
  }

  /// Fills in what the open deployment says.
  Result<Opened> finished(Opened opened, bool open_batch) const {
    auto& report = opened.report;
    report.name = opened.deployment.name;
    report.device = opened.deployment.device;
    report.isa = opened.first.isa();
    report.precision = precision_of(opened.first.kernels());
    report.streams = streams_;
    report.stream_kind = kind_.value_or("thread");
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

  /// The inputs of a stream: its own.
  Result<void> set_inputs(const Opened& opened, std::size_t stream, compile::Runner& runner) const {
    const auto& inputs = opened.deployment.inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      SLIPWAY_TRY(
          runner.set_input(i, random_tensor(inputs[i].type, seed_ + stream * inputs.size() + i)));
    return {};
  }

  /// A session for each stream that is a thread, with inputs of its own; for processes one, for
  /// what is measured in this one.
  Result<std::vector<compile::Runner>> all_streams(Opened& opened) const {
    std::vector<compile::Runner> out;
    const int threads = opened.first.threads();
    out.push_back(std::move(opened.first));
    while (kind_ != "process" && std::ssize(out) < streams_)
      out.push_back(
          SLIPWAY_TRY(compile::Runner::open(opened.deployment, threads, opened.report.isa)));
    for (std::size_t i = 0; i < out.size(); ++i) SLIPWAY_TRY(set_inputs(opened, i, out[i]));
    return out;
  }

  void keep_samples(measure::Rules& rules) {
    if (auto* log = files_.samples())
      rules.sample = [log](std::size_t stream, Clock::Time begin, Clock::Time end) {
        log->add(stream, begin, end);
      };
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

  static Result<measure::Measured> measure_threads(World& world,
                                                   std::vector<compile::Runner>& runners,
                                                   const measure::Rules& rules) {
    std::vector<measure::Infer> streams;
    for (auto& runner : runners) streams.emplace_back([&runner] { return runner.run(); });
    return measure::measure(world.clock, streams, rules);
  }

  Result<measure::Measured> measure_processes(World& world, const Opened& opened,
                                              const measure::Rules& rules) const {
    const auto make = [&](std::size_t stream) -> Result<measure::Infer> {
      auto runner = std::make_shared<compile::Runner>(SLIPWAY_TRY(
          compile::Runner::open(opened.deployment, opened.report.threads, opened.report.isa)));
      SLIPWAY_TRY(set_inputs(opened, stream, *runner));
      return measure::Infer([runner] { return runner->run(); });
    };
    return measure::measure_processes(world.clock, static_cast<std::size_t>(streams_), make, rules);
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
    report.histogram = all.histogram();
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

  Modes modes_;
  std::string model_;
  bool dummy_ = false;
  std::optional<nanoseconds> at_least_;
  std::optional<nanoseconds> at_most_;
  std::optional<int> inferences_;
  bool profile_ = false;
  std::optional<std::string> device_;
  std::optional<std::string> load_;
  std::optional<std::string> save_;
  int warm_up_ = 10;
  int streams_ = 1;
  std::optional<std::string> kind_;
  std::optional<int> threads_;
  std::optional<int> batch_;
  std::string percentiles_ = kPercentiles;
  std::uint64_t seed_ = 1;
  ResultFiles files_;
  Spelling spelling_;
  CompileFlags compile_flags_;
  ModelFlags model_flags_;
  Accuracy accuracy_;
  ScenarioFlags scenario_flags_;
  std::optional<std::string> against_;
  BenchTelemetry telemetry_;

  measure::Rules rules_;
  std::vector<measure::Percent> shown_;
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
