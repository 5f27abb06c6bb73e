#include "cli/take_turns.h"

#include <algorithm>

#include "cli/bench_report.h"
#include "cli/deployment_arg.h"
#include "cli/machine.h"
#include "cli/model_arg.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/timed.h"
#include "compile/compiler.h"
#include "compile/reopen.h"
#include "engine/pool.h"
#include "measure/watch.h"
#include "ops/case.h"

namespace slipway::cli {
namespace {

struct Opened {
  compile::Rival rival;
  std::string name;
};

Result<Opened> opened(compile::Deployment deployment, compile::Runner runner, std::string name,
                      std::uint64_t seed) {
  std::vector<Tensor> inputs;
  for (const auto& input : deployment.inputs)
    inputs.push_back(random_tensor(input.type, seed + inputs.size()));
  return Opened{{std::move(deployment), std::move(runner), std::move(inputs)}, std::move(name)};
}

Result<Opened> open(World& world, const std::string& argument, const CompileFlags& compile_flags,
                    const ModelFlags& model_flags, const TurnSettings& settings) {
  if (is_deployment_arg(world.files, argument)) {
    auto loaded = SLIPWAY_TRY(load_deployment(world, argument, settings.threads));
    return opened(std::move(loaded.deployment), std::move(loaded.runner), argument, settings.seed);
  }
  compile::CompileOptions options{.threads = 1, .seed = settings.seed};
  SLIPWAY_TRY(compile_flags.apply(world, options));
  auto model = SLIPWAY_TRY(load_model(world, argument, model_flags.external_folders()));
  SLIPWAY_TRY(model_flags.apply(world, model.graph, Unknown::ignored));
  world.goal = fmt::format("compile {}", argument);
  SLIPWAY_TRY(close_batches(model.graph, settings.batch.value_or(1)));
  auto deployment =
      SLIPWAY_TRY(compile::in_memory(SLIPWAY_TRY(compile::compile_unproven(model.graph, options))));
  auto runner = SLIPWAY_TRY(compile::Runner::open(deployment, settings.threads.value_or(1)));
  return opened(std::move(deployment), std::move(runner), model.path, settings.seed);
}

/// The batch that a side has is the one that --batch-size says, for both.
Result<Opened> with_batch(Opened side, std::optional<int> batch) {
  const auto& inputs = side.rival.deployment.inputs;
  if (!batch) return side;
  if (!inputs.empty() && inputs[0].type.shape.rank() > 0 && inputs[0].type.shape[0] == *batch)
    return side;
  return fail(Code::invalid_input, "the input '{}' of {} is {}: its batch is not open",
              inputs.empty() ? "" : inputs[0].name, side.name,
              inputs.empty() ? "missing" : inputs[0].type.text())
      .with_remedy("leave out --batch-size");
}

/// What ran, as bench --json has it.
Json settings_json(const compile::Rival& opened) {
  const auto precision = precision_of(opened.runner.kernels());
  const auto& inputs = opened.deployment.inputs;
  Json out;
  out.set("device", opened.deployment.device);
  out.set("isa", opened.runner.isa());
  out.set("precision", precision.empty() ? Json() : Json(precision));
  if (!inputs.empty() && inputs[0].type.shape.rank() == 4)
    out.set("batch", inputs[0].type.shape[0]);
  out.set("threads", opened.runner.threads());
  out.set("clock", kClock);
  return out;
}

/// The median of the medians of a side's turns.
double median_ms(const std::vector<double>& medians, measure::Side side) {
  constexpr double kNsPerMs = 1e6;
  std::vector<double> own;
  for (std::size_t turn = 0; turn < medians.size(); ++turn)
    if (measure::side_of(static_cast<std::int64_t>(turn)) == side) own.push_back(medians[turn]);
  std::ranges::sort(own);
  const auto middle = own.size() / 2;
  const bool is_even = own.size() % 2 == 0;
  return (is_even ? (own[middle - 1] + own[middle]) / 2 : own[middle]) / kNsPerMs;
}

}  // namespace

Result<RunsReport> compare_in_turns(World& world, const std::string& a, const std::string& b,
                                    const CompileFlags& compile_flags,
                                    const ModelFlags& model_flags, const TurnSettings& settings) {
  const auto side = [&](const std::string& argument) -> Result<Opened> {
    return with_batch(SLIPWAY_TRY(open(world, argument, compile_flags, model_flags, settings)),
                      settings.batch);
  };
  auto first = SLIPWAY_TRY(side(a));
  auto second = SLIPWAY_TRY(side(b));
  world.goal = fmt::format("compare {} with {}", a, b);
  auto& a_side = first.rival;
  auto& b_side = second.rival;
  const int threads = std::max(a_side.runner.threads(), b_side.runner.threads());
  measure::Watch watch(world.clock, world.files, {"self"}, threads);
  const StopAsked stop(world);
  std::vector<double> medians;
  {
    Progress progress(world, "compared, in percent", 100);
    auto turns = settings.turns;
    turns.round = [&](std::int64_t round) { return compile::reopen(a_side, b_side, round); };
    turns.stop = [&] { return stop.signal() != 0; };
    turns.progress = [&](double part) { progress.at(static_cast<std::size_t>(part * 100)); };
    watch.begin();
    medians = SLIPWAY_TRY(measure::take_turns(
        world.clock, [&] { return a_side.runner.run(); }, [&] { return b_side.runner.run(); },
        turns));
    watch.end();
  }
  if (std::ranges::any_of(medians, [](double median) { return !(median > 0); }))
    return fail(Code::unavailable, "the clock did not move while they ran");
  const auto versus = measure::versus(medians);
  if (!versus)
    return fail(Code::cancelled, "stopped after {} of the {} rounds that an interval needs",
                std::ssize(medians) / measure::kTurnsInRound, measure::kLeastRounds);
  RunsReport out;
  out.a = {first.name, median_ms(medians, measure::Side::a), settings_json(a_side)};
  out.b = {second.name, median_ms(medians, measure::Side::b), settings_json(b_side)};
  out.versus = *versus;
  out.is_interleaved = true;
  out.noise = watch.noise();
  out.settings = setting_differences(out.a.settings, out.b.settings);
  out.environment = environment_differences(out.a.settings, out.b.settings);
  return out;
}

}  // namespace slipway::cli
