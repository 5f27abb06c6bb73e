#include <cmath>
#include <optional>

#include "cli/compile_flags.h"
#include "cli/deployment_arg.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/run_deployment.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
#include "tensor/files.h"

namespace slipway::cli {
namespace {

/// What the elements of a tensor are like. Integers with quantization count as what they stand for.
struct Range {
  Statistics values;
  std::int64_t strange = 0;  // infinities and not-a-numbers, left out of the values
};

Range range_of(const Tensor& tensor) {
  std::vector<double> finite;
  Range range;
  for (const double x : to_doubles(dequantized(tensor))) {
    if (std::isfinite(x)) {
      finite.push_back(x);
    } else {
      ++range.strange;
    }
  }
  if (!finite.empty()) range.values = statistics(finite);
  return range;
}

Json output_json(const std::string& name, const Tensor& tensor, const std::string& file) {
  const auto range = range_of(tensor);
  Json out;
  out.set("name", name);
  out.set("dtype", name_of(tensor.dtype()));
  Json shape(Json::Array{});
  for (const auto dim : tensor.shape()) shape.push(dim);
  out.set("shape", std::move(shape));
  out.set("min", range.values.min);
  out.set("max", range.values.max);
  out.set("mean", range.values.mean);
  out.set("not_finite", range.strange);
  if (!file.empty()) out.set("file", file);
  return out;
}

class RunVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options
        .argument("MODEL", model_,
                  std::string(kModelHelp) + "; or a deployment: its folder, or an archive of it")
        .takes_file = true;
    options
        .repeated("--input", "[NAME=]F.npy", inputs_,
                  "a tensor for an input; without NAME for the next one; random numbers for "
                  "those that are not given")
        .takes_file = true;
    model_flags_.describe(options);
    options.value("--seed", "N", seed_, "of the random inputs (default: 1)");
    options.value("-n,--runs", "N", runs_,
                  "run N times (default: 1; a deployment, after some to warm up: 100)");
    options.value("--save", "DIR", save_, "write the outputs to DIR/0.npy, DIR/1.npy, …")
        .takes_file = true;
    options.value("--tolerance", "X", tolerance_,
                  "of a deployment: exit with 1 where an output is further than X from its "
                  "reference (default: what compile found that rewriting changes, and for floats "
                  "a thousandth of the largest number)");
    options.value("--threads", "N", threads_,
                  "of a deployment: threads (0: one per core; default: what compile was told)");
    options.choice("--isa", isa_, isa_names(),
                   "of a deployment of several instruction sets (--portable): the one that runs "
                   "(default: the newest that this processor has)");
    options.flag("--profile", profile_, "of a deployment: the time of each step");
  }

  Result<int> run(World& world) override {
    if (runs_.value_or(1) < 1 || runs_.value_or(1) > kMostRuns)
      return world.usage("--runs takes a number from 1 to {}, not {}", kMostRuns, *runs_);
    if (threads_.value_or(0) < 0 || threads_.value_or(0) > kMostThreads)
      return world.usage("--threads takes a number from 0 to {}, not {}", kMostThreads, *threads_);
    if (!(tolerance_.value_or(0) >= 0))
      return world.usage("--tolerance takes a number from 0, not {}", number_text(*tolerance_));
    if (is_deployment_arg(world.files, model_)) {
      return run_deployment(world, {.path = model_,
                                    .inputs = inputs_,
                                    .seed = seed_,
                                    .runs = runs_.value_or(kDeploymentRuns),
                                    .threads = threads_,
                                    .isa = isa_.value_or(""),
                                    .tolerance = tolerance_,
                                    .profile = profile_,
                                    .save = save_});
    }
    if (threads_ || tolerance_ || isa_ || profile_)
      return world.usage("--threads, --tolerance, --isa and --profile are for deployments");
    const int runs = runs_.value_or(1);
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("run {}", model_);
    const auto inputs = SLIPWAY_TRY(make_inputs(world, model.graph, inputs_, seed_));
    world.goal = fmt::format("run {}", model_);
    random_ = inputs_.size() < model.graph.inputs().size();

    std::vector<double> times_ms;
    std::vector<Tensor> outputs;
    const StopAsked stop(world);
    for (int i = 0; i == 0 || (i < runs && stop.signal() == 0); ++i) {
      auto run = SLIPWAY_TRY(timed_run(world, model.graph, inputs));
      times_ms.push_back(run.time_ms);
      outputs = std::move(run.outputs);
    }
    std::vector<std::string> saved(outputs.size());
    for (std::size_t i = 0; !save_.empty() && i < outputs.size(); ++i) {
      saved[i] = join(save_, fmt::format("{}.npy", i));
      world.goal = fmt::format("write {}", saved[i]);
      SLIPWAY_TRY(world.files.write(saved[i], to_npy(outputs[i])));
    }
    stopped_ = stop.signal() != 0;
    print(world, model, outputs, times_ms, saved);
    return stop.signal() == 0 ? 0 : stopped_status(stop.signal());
  }

 private:
  static constexpr int kMostRuns = 1'000'000;
  static constexpr int kMostThreads = 256;
  static constexpr int kDeploymentRuns = 100;

  void print(World& world, const LoadedModel& model, const std::vector<Tensor>& outputs,
             const std::vector<double>& times_ms, const std::vector<std::string>& saved) const {
    const auto time = statistics(times_ms);
    const auto names = [&](std::size_t i) {
      return model.graph.value(model.graph.outputs()[i]).name;
    };
    if (world.json) {
      Json document;
      document.set("model", model.path);
      Json rows(Json::Array{});
      for (std::size_t i = 0; i < outputs.size(); ++i)
        rows.push(output_json(names(i), outputs[i], saved[i]));
      document.set("outputs", std::move(rows));
      if (random_) document.set("seed", seed_);
      document.set("runs", times_ms.size());
      if (stopped_) document.set("stopped", true);
      document.set("load_ms", model.load_ms);
      document.set("time_ms", to_json(time));
      document.set("clock", kClock);
      document.set("device", kDevice);
      world.print(document);
      return;
    }
    Table table({{"output", Align::left, Shrink::end},
                 {"type", Align::left},
                 {"min", Align::right},
                 {"max", Align::right},
                 {"mean", Align::right},
                 {saved.empty() || saved[0].empty() ? "" : "file", Align::left}});
    std::int64_t strange = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto range = range_of(outputs[i]);
      strange += range.strange;
      const auto& type = outputs[i].type();
      table.row({names(i), fmt::format("{}{}", name_of(type.dtype), type.shape.text()),
                 number_text(range.values.min), number_text(range.values.max),
                 number_text(range.values.mean), saved[i]});
    }
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
    if (random_) world.print("input random numbers, seed {}\n", seed_);
    if (times_ms.size() == 1) {
      world.print("time  {}   ({})\n", ms_text(time.mean), kDeviceWords);
    } else {
      world.print("time  mean {}, min {}, max {} of {} runs   ({})\n", ms_text(time.mean),
                  ms_text(time.min), ms_text(time.max), times_ms.size(), kDeviceWords);
    }
    if (stopped_) world.note("stopped after {} of {} runs", times_ms.size(), runs_.value_or(1));
    if (strange > 0) world.note("{} elements are infinite or not a number", strange);
  }

  std::string model_;
  std::vector<std::string> inputs_;
  ModelFlags model_flags_;
  std::uint64_t seed_ = 1;
  std::optional<int> runs_;
  std::optional<int> threads_;
  std::optional<double> tolerance_;
  std::optional<std::string> isa_;
  bool profile_ = false;
  std::string save_;
  bool stopped_ = false;
  bool random_ = false;  // an input that was not given
};

}  // namespace

Command run_command() {
  return {.name = "run",
          .group = Group::models,
          .summary = "run a model or a deployment on tensors, or on random numbers, and time it",
          .story =
              "Quantized outputs are shown as the real numbers that they stand for; the files "
              "of --save hold what the model wrote. A deployment brings inputs and what must come "
              "out: it is run 100 times and compared.",
          .examples = {{"run signs", "once, on random numbers"},
                       {"run net.tflite --input x.npy --save out", "on a tensor; out/0.npy, …"},
                       {"run net.tflite --input image=x.npy --input scale=s.npy", "by name"},
                       {"run net_deploy --threads 2 --profile",
                        "a deployment, beside its reference, and where the time goes"}},
          .data = Data::json,
          .make = make_verb<RunVerb>};
}

}  // namespace slipway::cli
