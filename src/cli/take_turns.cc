#include "cli/take_turns.h"

#include <algorithm>

#include "cli/bench_report.h"
#include "cli/opened_model.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/timed.h"
#include "compile/reopen.h"
#include "measure/watch.h"
#include "ops/case.h"

namespace slipway::cli {
namespace {

struct Opened {
  compile::Rival rival;
  std::string name;
};

Result<Opened> open(World& world, const std::string& argument, const CompileFlags& compile_flags,
                    const ModelFlags& model_flags, const TurnSettings& settings) {
  auto opened = SLIPWAY_TRY(open_to_measure(world, argument,
                                            {.compile_flags = compile_flags,
                                             .model_flags = model_flags,
                                             .unknown = Unknown::ignored,
                                             .batch = settings.batch,
                                             .threads = settings.threads,
                                             .seed = settings.seed}));
  std::vector<Tensor> inputs;
  for (const auto& input : opened.deployment.inputs)
    inputs.push_back(random_tensor(input.type, settings.seed + inputs.size()));
  return Opened{{std::move(opened.deployment), *std::move(opened.runner), std::move(inputs)},
                std::move(opened.path)};
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
  return measure::median_of(std::move(own)) / kNsPerMs;
}

}  // namespace

Result<RunsReport> compare_in_turns(World& world, const std::string& a, const std::string& b,
                                    const CompileFlags& compile_flags,
                                    const ModelFlags& model_flags, const TurnSettings& settings) {
  auto first = SLIPWAY_TRY(open(world, a, compile_flags, model_flags, settings));
  auto second = SLIPWAY_TRY(open(world, b, compile_flags, model_flags, settings));
  world.goal = fmt::format("compare {} with {}", a, b);
  auto& a_side = first.rival;
  auto& b_side = second.rival;
  const int threads = std::max(a_side.runner.threads(), b_side.runner.threads());
  measure::Watch watch(world.clock, world.files, {"self"}, threads);
  const StopAsked stop(world);
  std::vector<double> medians;
  {
    Progress progress(world, "compared", 0);
    auto turns = settings.turns;
    turns.round = [&](std::int64_t round) { return compile::reopen(a_side, b_side, round); };
    turns.stop = [&] { return stop.signal() != 0; };
    turns.progress = [&](double part) { progress.at_part(part); };
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
