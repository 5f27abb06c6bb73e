#include "cli/deployment_arg.h"

#include <fmt/ranges.h>

#include "compile/archive.h"

namespace slipway::cli {
namespace {

Result<compile::Package> read_files(World& world, const std::string& argument) {
  if (world.files.kind(argument) == Files::Kind::folder)
    return compile::read_folder(world.files, argument);
  const auto bytes = SLIPWAY_TRY(world.files.map(argument));
  return compile::read_archive(bytes.bytes());
}

}  // namespace

bool is_deployment_arg(const Files& files, const std::string& argument) {
  switch (files.kind(argument)) {
    case Files::Kind::absent:
      return false;
    case Files::Kind::file:
      return compile::is_archive_name(argument);
    case Files::Kind::folder:
      return compile::is_deployment(files, argument);
  }
  return false;
}

Result<LoadedDeployment> load_deployment(World& world, const std::string& argument,
                                         std::optional<int> threads, const std::string& isa) {
  world.goal = fmt::format("read {}", argument);
  auto deployment = SLIPWAY_TRY(compile::read_package(SLIPWAY_TRY(read_files(world, argument))));
  const auto start = world.clock.now();
  auto runner =
      SLIPWAY_TRY(compile::Runner::open(deployment, threads.value_or(deployment.threads), isa));
  const double load_ms = milliseconds(start, world.clock.now());
  return LoadedDeployment{std::move(deployment), std::move(runner), load_ms};
}

std::string isa_words(const LoadedDeployment& loaded) {
  std::vector<std::string_view> all;
  for (const auto& plan : loaded.deployment.plans) all.push_back(plan.isa);
  const auto runs = loaded.runner.isa();
  return all.size() == 1 ? runs : fmt::format("{} of {}", runs, fmt::join(all, ", "));
}

Graph signature_of(const compile::Deployment& deployment) {
  Graph graph;
  graph.name = deployment.name;
  graph.recipe = deployment.recipe;
  for (const auto& input : deployment.inputs) graph.add_input(input.name, input.type);
  std::vector<ValueId> outputs;
  for (std::size_t i = 0; i < deployment.outputs.size(); ++i)
    outputs.push_back(graph.add_constant(deployment.outputs[i].name, deployment.reference[i]));
  graph.set_outputs(std::move(outputs));
  return graph;
}

}  // namespace slipway::cli
