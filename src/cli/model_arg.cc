#include "cli/model_arg.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/suggest.h"
#include "formats/format.h"
#include "formats/guess.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

/// The models in a folder, as paths.
std::vector<std::string> models_in(const Files& files, const std::string& folder) {
  std::vector<std::string> paths;
  const auto names = files.list(folder);
  if (!names) return paths;
  for (const auto& name : *names) {
    if (has_model_extension(name)) paths.push_back(join(folder, name));
  }
  return paths;
}

/// The models that `path` is the beginning of, up to the extension.
std::vector<std::string> models_beside(const Files& files, const std::string& path) {
  std::vector<std::string> paths;
  for (const auto& format : all_formats()) {
    const auto candidate = fmt::format("{}.{}", path, format.extension);
    if (files.kind(candidate) == Files::Kind::file) paths.push_back(candidate);
  }
  return paths;
}

Error ambiguous(const std::string& argument, const std::vector<std::string>& candidates) {
  return fail(Code::invalid_input, "{} could mean any of {}: {}", argument, candidates.size(),
              fmt::join(candidates, ", "))
      .with_remedy("name one of them");
}

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  for (const auto& model : zoo::models()) names.emplace_back(model.name);
  return names;
}

Error nothing_found(World& world, const std::string& argument) {
  const auto names = zoo_names();
  const bool folder = world.files.kind(argument) == Files::Kind::folder;
  // A link says more of itself than that it is absent.
  if (const auto resolved = world.files.resolve(argument);
      !resolved && !resolved.error().remedy.empty()) {
    return resolved.error();
  }
  if (auto seen = folder ? guess_folder(world.files, argument) : std::nullopt) {
    return fail(Code::unsupported, "{}", seen->what).with_remedy(std::move(seen->remedy));
  }
  auto error = folder ? fail(Code::not_found, "there is no model in the folder {}", argument)
                      : fail(Code::not_found, "there is no file and no zoo model of that name");
  const auto nearest = suggest(argument, names);
  if (!nearest.empty()) return std::move(error).with_remedy(nearest + "   (slipway zoo list)");
  if (folder || names.empty()) return std::move(error).with_remedy("name a model file");
  return std::move(error).with_remedy(
      fmt::format("name a model file, or one of the zoo: {}", fmt::join(names, ", ")));
}

Result<LoadedModel> read_file(World& world, const std::string& path,
                              std::span<const std::string> external_folders) {
  world.detail("reading {}", path);
  const auto start = world.clock.now();
  auto graph = SLIPWAY_TRY(read_model(world.files, path, external_folders));
  return LoadedModel{std::move(graph), path, milliseconds(start, world.clock.now())};
}

Result<LoadedModel> read_zoo(World& world, const zoo::Model& model) {
  const auto start = world.clock.now();
  auto graph = SLIPWAY_TRY(zoo::read(model));
  return LoadedModel{std::move(graph), fmt::format("zoo:{}", model.name),
                     milliseconds(start, world.clock.now())};
}

Error nothing_in_zoo(const std::string& name) {
  const auto names = zoo_names();
  const auto nearest = suggest(name, names);
  auto error = fail(Code::not_found, "there is no zoo model '{}'", name);
  if (!nearest.empty()) return std::move(error).with_remedy("zoo:" + nearest);
  return std::move(error).with_remedy("slipway zoo list");
}

}  // namespace

bool has_model_extension(std::string_view path) {
  const auto formats = all_formats();
  return std::any_of(formats.begin(), formats.end(),
                     [&](const Format& format) { return format.extension == extension(path); });
}

Result<LoadedModel> load_model(World& world, const std::string& argument,
                               std::span<const std::string> external_folders) {
  world.goal = argument.empty() ? "read ''" : fmt::format("read {}", argument);
  if (argument.empty())
    return fail(Code::not_found, "the path is empty").with_remedy("is a shell variable unset?");
  constexpr std::string_view kZoo = "zoo:";
  if (argument.starts_with(kZoo)) {
    const auto name = argument.substr(kZoo.size());
    const auto* model = zoo::find_model(name);
    return model != nullptr ? read_zoo(world, *model) : nothing_in_zoo(name);
  }
  const auto kind = world.files.kind(argument);
  if (kind == Files::Kind::file) return read_file(world, argument, external_folders);

  const bool folder = kind == Files::Kind::folder;
  const auto candidates =
      folder ? models_in(world.files, argument) : models_beside(world.files, argument);
  const auto* model = zoo::find_model(argument);
  if (model != nullptr && (!folder || candidates.empty())) {
    if (!candidates.empty()) {
      world.note("'{}' is the built-in model; ./{} is the file", argument,
                 fmt::join(candidates, ", ./"));
    }
    return read_zoo(world, *model);
  }
  if (candidates.size() > 1) return ambiguous(argument, candidates);
  if (candidates.size() == 1) return read_file(world, candidates[0], external_folders);
  return nothing_found(world, argument);
}

}  // namespace slipway::cli
