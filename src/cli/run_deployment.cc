#include "cli/run_deployment.h"

#include <algorithm>
#include <cmath>

#include "cli/deployment_arg.h"
#include "cli/difference.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "tensor/files.h"

namespace slipway::cli {
namespace {

constexpr int kWarmUp = 3;

/// Times of runs, sorted.
class Times {
 public:
  void add(double ms) { ms_.push_back(ms); }

  void sort() { std::ranges::sort(ms_); }

  [[nodiscard]] std::size_t count() const { return ms_.size(); }

  [[nodiscard]] double at(double part) const {
    return ms_[static_cast<std::size_t>(static_cast<double>(ms_.size() - 1) * part + 0.5)];
  }

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double ms : ms_) sum += ms;
    return sum / static_cast<double>(ms_.size());
  }

  [[nodiscard]] double stdev() const {
    const double middle = mean();
    double squares = 0;
    for (const double ms : ms_) squares += (ms - middle) * (ms - middle);
    return ms_.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(ms_.size() - 1));
  }

  [[nodiscard]] Json json() const {
    Json out;
    out.set("mean", mean());
    out.set("min", at(0));
    out.set("max", at(1));
    out.set("stdev", stdev());
    out.set("p50", at(0.5));
    out.set("p90", at(0.9));
    out.set("p95", at(0.95));
    out.set("p99", at(0.99));
    return out;
  }

 private:
  std::vector<double> ms_;
};

struct Verdict {
  Difference difference;
  double tolerance = 0;

  [[nodiscard]] bool passes() const {
    return difference.problem.empty() && difference.max_abs <= tolerance;
  }
};

/// All outputs together.
struct Sum {
  double max_abs = 0;
  double mean_abs = 0;
  double correct = 1;
  bool passes = true;
};

Sum sum_of(const std::vector<Verdict>& verdicts, const std::vector<Tensor>& outputs) {
  Sum sum;
  double elements = 0;
  double apart = 0;
  double correct = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto count = static_cast<double>(outputs[i].elements());
    sum.max_abs = std::max(sum.max_abs, verdicts[i].difference.max_abs);
    elements += count;
    apart += verdicts[i].difference.mean_abs * count;
    correct += verdicts[i].difference.correct * count;
    sum.passes = sum.passes && verdicts[i].passes();
  }
  if (elements > 0) {
    sum.mean_abs = apart / elements;
    sum.correct = correct / elements;
  }
  return sum;
}

struct Ran {
  LoadedDeployment loaded;
  std::vector<Tensor> outputs;
  std::vector<Verdict> verdicts;  // none where the inputs are not those of the reference
  std::vector<compile::Runner::Step> steps;
  std::vector<std::string> saved;
  Times times;
  bool stopped = false;
};

Json outputs_json(const Ran& ran) {
  Json rows(Json::Array{});
  for (std::size_t i = 0; i < ran.outputs.size(); ++i) {
    const auto& spec = ran.loaded.deployment.outputs[i];
    Json row;
    row.set("name", spec.name);
    row.set("dtype", name_of(spec.type.dtype));
    Json shape(Json::Array{});
    for (const auto dim : spec.type.shape) shape.push(dim);
    row.set("shape", std::move(shape));
    if (!ran.verdicts.empty()) {
      const auto& verdict = ran.verdicts[i];
      row.set("max_abs_diff", verdict.difference.max_abs);
      row.set("mean_abs_diff", verdict.difference.mean_abs);
      row.set("correct_ratio", verdict.difference.correct);
      row.set("psnr_db", verdict.difference.psnr_db);
      row.set("tolerance", verdict.tolerance);
      row.set("passes", verdict.passes());
    }
    if (!ran.saved[i].empty()) row.set("file", ran.saved[i]);
    rows.push(std::move(row));
  }
  return rows;
}

Json document_of(const RunDeployment& what, const Ran& ran) {
  const auto& deployment = ran.loaded.deployment;
  Json document;
  document.set("model", what.path);
  document.set("name", deployment.name);
  document.set("outputs", outputs_json(ran));
  if (!ran.verdicts.empty()) {
    const auto sum = sum_of(ran.verdicts, ran.outputs);
    document.set("max_abs_diff", sum.max_abs);
    document.set("mean_abs_diff", sum.mean_abs);
    document.set("correct_ratio", sum.correct);
    document.set("passes", sum.passes);
  }
  document.set("runs", ran.times.count());
  if (ran.stopped) document.set("stopped", true);
  document.set("warm_up", kWarmUp);
  document.set("load_ms", ran.loaded.load_ms);
  document.set("time_ms", ran.times.json());
  if (!ran.steps.empty()) {
    Json steps(Json::Array{});
    for (const auto& step : ran.steps) {
      Json row;
      row.set("name", step.name);
      row.set("kernel", step.kernel);
      row.set("time_us", step.time_us);
      steps.push(std::move(row));
    }
    document.set("steps", std::move(steps));
  }
  document.set("clock", kClock);
  document.set("device", deployment.device);
  if (!deployment.target.empty()) document.set("target", deployment.target);
  document.set("isa", ran.loaded.runner.isa());
  Json isas(Json::Array{});
  for (const auto& plan : deployment.plans) isas.push(plan.isa);
  document.set("isas", std::move(isas));
  document.set("threads", ran.loaded.runner.threads());
  return document;
}

void print_steps(World& world, const Ran& ran) {
  double total = 0;
  for (const auto& step : ran.steps) total += step.time_us;
  Table table({{"step", Align::left, Shrink::names},
               {"kernel", Align::left, Shrink::end},
               {"time", Align::right},
               {"", Align::right}});
  for (const auto& step : ran.steps)
    table.row({step.name, step.kernel, fmt::format("{:.1f} us", step.time_us),
               percent_text(total > 0 ? step.time_us / total : 0)});
  world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
}

void print_result(World& world, const RunDeployment& what, const Ran& ran) {
  const auto& deployment = ran.loaded.deployment;
  const int threads = ran.loaded.runner.threads();
  world.print("deployment     {}, {} ({}), {} {}, loaded in {}\n", what.path, deployment.device,
              isa_words(ran.loaded), threads, threads == 1 ? "thread" : "threads",
              ms_text(ran.loaded.load_ms));
  if (!deployment.target.empty()) world.print("target         {}\n", deployment.target);
  for (std::size_t i = 0; i < deployment.inputs.size(); ++i)
    world.print("input          {}  {}, {}\n", deployment.inputs[i].name,
                deployment.inputs[i].type.text(),
                what.inputs.empty() ? "as stored" : "as given or random");
  if (!ran.steps.empty()) print_steps(world, ran);
  if (deployment.outputs.size() > 1 && !ran.verdicts.empty()) {
    Table table({{"output", Align::left, Shrink::end},
                 {"max abs diff", Align::right},
                 {"mean abs diff", Align::right},
                 {"correct ratio", Align::right}});
    for (const auto& verdict : ran.verdicts)
      table.row({verdict.difference.name, number_text(verdict.difference.max_abs),
                 number_text(verdict.difference.mean_abs),
                 fmt::format("{:.6g}", verdict.difference.correct)});
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
  }
  world.print("warm-up        {} runs\n", kWarmUp);
  world.print(
      "Took {:.4g} msec.   (mean of {} runs; min {:.4g}, median {:.4g}, p99 {:.4g}, max "
      "{:.4g}; measured on this CPU)\n",
      ran.times.mean(), ran.times.count(), ran.times.at(0), ran.times.at(0.5), ran.times.at(0.99),
      ran.times.at(1));
  if (!ran.verdicts.empty()) {
    const auto sum = sum_of(ran.verdicts, ran.outputs);
    world.print("max abs diff   {}\n", number_text(sum.max_abs));
    world.print("mean abs diff  {}\n", number_text(sum.mean_abs));
    world.print("correct ratio  {:.6g}\n", sum.correct);
  }
  for (const auto& path : ran.saved)
    if (!path.empty()) world.note("wrote {}", path);
  if (ran.stopped) world.note("stopped after {} of {} runs", ran.times.count(), what.runs);
  for (const auto& verdict : ran.verdicts) {
    if (!verdict.passes())
      world.note("output '{}' is {} from its reference, over the tolerance of {}",
                 verdict.difference.name, number_text(verdict.difference.max_abs),
                 number_text(verdict.tolerance));
  }
}

}  // namespace

Result<int> run_deployment(World& world, const RunDeployment& what) {
  Ran ran{SLIPWAY_TRY(load_deployment(world, what.path, what.threads, what.isa))};
  const auto& deployment = ran.loaded.deployment;
  auto& runner = ran.loaded.runner;
  auto inputs = deployment.sample;
  if (!what.inputs.empty()) {
    inputs = SLIPWAY_TRY(make_inputs(world, signature_of(deployment), what.inputs, what.seed));
  }
  world.goal = fmt::format("run {}", what.path);
  for (std::size_t i = 0; i < inputs.size(); ++i) SLIPWAY_TRY(runner.set_input(i, inputs[i]));
  const StopAsked stop(world);
  for (int i = 0; i < kWarmUp && stop.signal() == 0; ++i) SLIPWAY_TRY(runner.run());
  for (int i = 0; i == 0 || (i < what.runs && stop.signal() == 0); ++i) {
    const auto start = world.clock.now();
    SLIPWAY_TRY(runner.run());
    ran.times.add(milliseconds(start, world.clock.now()));
  }
  ran.times.sort();
  if (what.profile) ran.steps = SLIPWAY_TRY(runner.profile());
  for (std::size_t i = 0; i < deployment.outputs.size(); ++i) {
    ran.outputs.push_back(runner.output(i));
    ran.saved.emplace_back();
    if (what.save.empty()) continue;
    ran.saved[i] = join(what.save, fmt::format("{}.npy", i));
    world.goal = fmt::format("write {}", ran.saved[i]);
    SLIPWAY_TRY(world.files.write(ran.saved[i], to_npy(ran.outputs[i])));
  }
  const auto plan =
      std::ranges::find(deployment.plans, runner.isa(), &compile::Deployment::Plan::isa);
  if (plan == deployment.plans.end())
    return fail(Code::corrupt, "deploy.json does not name the plan for '{}'", runner.isa());
  for (std::size_t i = 0; what.inputs.empty() && i < ran.outputs.size(); ++i) {
    const double tolerance = what.tolerance.value_or(plan->tolerance[i]);
    ran.verdicts.push_back(
        {difference(deployment.outputs[i].name, ran.outputs[i], deployment.reference[i], tolerance),
         tolerance});
  }
  ran.stopped = stop.signal() != 0;
  if (world.json) {
    world.print(document_of(what, ran));
  } else {
    print_result(world, what, ran);
  }
  if (ran.stopped) return stopped_status(stop.signal());
  return sum_of(ran.verdicts, ran.outputs).passes ? 0 : 1;
}

}  // namespace slipway::cli
