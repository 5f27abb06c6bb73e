#include "cli/opened_model.h"

#include "cli/deployment_arg.h"
#include "cli/machine.h"
#include "cli/model_arg.h"
#include "cli/version_info.h"
#include "compile/compiler.h"
#include "compile/library.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

/// A network that is made on the spot is made for the batch that --batch-size says.
Result<void> set_batch(LoadedModel& model, std::optional<int> batch) {
  constexpr std::string_view kZoo = "zoo:";
  if (!batch || *batch == 1 || !model.path.starts_with(kZoo)) return {};
  const auto* known = zoo::find_model(std::string_view(model.path).substr(kZoo.size()));
  if (known == nullptr || !known->is_made()) return {};
  model.graph = SLIPWAY_TRY(zoo::make(*known, {.batch = *batch}));
  return {};
}

/// Writes a deployment, with the reference that makes it whole, to where --save says.
Result<compile::Deployment> saved(World& world, const LoadedModel& model,
                                  const compile::Compiled& compiled,
                                  const compile::CompileOptions& options, const Opening& opening) {
  const auto& folder = *opening.save;
  world.goal = fmt::format("write {}", folder);
  const auto lock = SLIPWAY_TRY(world.files.lock(folder));
  SLIPWAY_TRY(compile::check_room(world.files, folder, true));
  const compile::Provenance from{.model = std::string(base_name(model.path)),
                                 .model_sha256 = {},
                                 .flags = opening.compile_flags.words(world),
                                 .machine = machine_name(world.files),
                                 .version = SLIPWAY_VERSION,
                                 .commit = SLIPWAY_COMMIT};
  auto package =
      SLIPWAY_TRY(compile::package(compiled, from, compile::library_for(options.processor)));
  SLIPWAY_TRY(compile::write_folder(world.files, folder, package));
  return compile::read_package(std::move(package));
}

/// The memory of a session: what lies between steps, and room for what comes in and goes out.
std::int64_t session_bytes(const compile::Compiled& compiled) {
  auto out = static_cast<std::int64_t>(compiled.variants.front().plan.arena_bytes);
  for (const auto* specs : {&compiled.inputs, &compiled.outputs})
    for (const auto& spec : *specs) out += spec.type.bytes();
  return out;
}

/// Finds out its batch, which must be the one that was asked for.
Result<OpenedModel> finished(OpenedModel opened, bool open_batch, std::optional<int> batch) {
  // Of other tensors than pictures nobody says which dimension counts them.
  const auto& inputs = opened.deployment.inputs;
  if (!inputs.empty() && (open_batch || inputs[0].type.shape.rank() == 4))
    opened.batch = inputs[0].type.shape[0];
  if (batch && *batch != opened.batch)
    return fail(Code::invalid_input, "the input '{}' of {} is {}: its batch is not open",
                inputs.empty() ? "" : inputs[0].name, opened.path,
                inputs.empty() ? "missing" : inputs[0].type.text())
        .with_remedy("leave out --batch-size");
  return opened;
}

Result<OpenedModel> open_deployment(World& world, const std::string& argument,
                                    const Opening& opening) {
  auto loaded = SLIPWAY_TRY(load_deployment(world, argument, opening.threads));
  auto signature = signature_of(loaded.deployment);
  SLIPWAY_TRY(opening.model_flags.apply(world, signature, opening.unknown));
  if (opening.look) SLIPWAY_TRY(opening.look(signature));
  return finished({.path = argument,
                   .deployment = std::move(loaded.deployment),
                   .runner = std::move(loaded.runner),
                   .load_ms = loaded.load_ms},
                  false, opening.batch);
}

}  // namespace

Result<OpenedModel> open_to_measure(World& world, const std::string& argument,
                                    const Opening& opening) {
  if (is_deployment_arg(world.files, argument)) return open_deployment(world, argument, opening);
  compile::CompileOptions options{.threads = 1, .seed = opening.seed};
  SLIPWAY_TRY(opening.compile_flags.apply(world, options));
  auto model = SLIPWAY_TRY(load_model(world, argument, opening.model_flags.external_folders()));
  SLIPWAY_TRY(set_batch(model, opening.batch));
  SLIPWAY_TRY(opening.model_flags.apply(world, model.graph, opening.unknown));
  world.goal = fmt::format("compile {}", argument);
  const auto inputs = model.graph.inputs();
  const bool open_batch = !inputs.empty() && !model.graph.type(inputs[0]).is_known();
  SLIPWAY_TRY(close_batches(model.graph, opening.batch.value_or(1)));
  if (opening.look) {
    SLIPWAY_TRY(opening.look(model.graph));
    world.goal = fmt::format("compile {}", argument);
  }
  const auto start = world.clock.now();
  const auto made = SLIPWAY_TRY(opening.save ? compile::compile(model.graph, options)
                                             : compile::compile_unproven(model.graph, options));
  auto deployment = SLIPWAY_TRY(opening.save ? saved(world, model, made, options, opening)
                                             : compile::in_memory(made));
  const auto compiled = world.clock.now();
  auto runner = SLIPWAY_TRY(compile::Runner::open(deployment, opening.threads.value_or(1)));
  return finished({.path = model.path,
                   .deployment = std::move(deployment),
                   .runner = std::move(runner),
                   .read_ms = model.load_ms,
                   .compile_ms = milliseconds(start, compiled),
                   .load_ms = milliseconds(compiled, world.clock.now()),
                   .session_bytes = session_bytes(made),
                   .work = opening.knows_work ? work_of(made) : std::vector<StepWork>()},
                  open_batch, opening.batch);
}

}  // namespace slipway::cli
