#include "cli/pictures.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "cli/deployment_arg.h"
#include "cli/error.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "ir/interpret.h"
#include "vision/decode.h"

namespace slipway::cli {

bool has_picture_extension(std::string_view path) {
  static constexpr auto kExtensions =
      std::to_array<std::string_view>({"jpg", "jpeg", "png", "bmp", "ppm", "pgm", "pbm", "pnm"});
  return std::find(kExtensions.begin(), kExtensions.end(), extension(path)) != kExtensions.end();
}

Result<TensorType> picture_input(const Graph& graph) {
  if (graph.inputs().size() != 1) {
    return fail(Code::unsupported, "the model has {} inputs; one that takes a picture is needed",
                graph.inputs().size())
        .with_remedy("slipway run takes any number of tensors");
  }
  SLIPWAY_TRY(check_is_known(graph, graph.inputs()[0]));
  TensorType type = graph.type(graph.inputs()[0]);
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  if (!dims.empty() && dims[0] == Shape::kUnknown) dims[0] = 1;
  type.shape = SLIPWAY_TRY(Shape::make(dims));
  return type;
}

namespace {

/// The pictures in a folder, not in those below it.
std::vector<std::string> pictures_in(const Files& files, const std::string& folder) {
  std::vector<std::string> paths;
  const auto names = files.list(folder);
  if (!names) return paths;
  for (const auto& name : *names) {
    if (has_picture_extension(name) && files.kind(join(folder, name)) == Files::Kind::file)
      paths.push_back(join(folder, name));
  }
  return paths;
}

std::string_view verb_of(Task task) {
  switch (task) {
    case Task::none:
      return "run";
    case Task::classify:
      return "classify";
    case Task::detect:
      return "detect";
    case Task::segment:
      return "segment";
  }
  return "run";
}

/// Whether an output holds one score a class: [1,N], perhaps with ones between, or a batch of them.
bool holds_classes(const Shape& shape) {
  if (!shape.is_known()) return true;  // the run will tell
  if (shape.rank() == 0) return false;
  std::int64_t longest = 0;
  for (const auto dim : shape) longest = std::max(longest, dim);
  const std::int64_t elements = shape.elements();
  return elements == longest || (shape.rank() >= 2 && elements == shape[0] * longest) ||
         (shape.rank() == 2);
}

/// Refuses a model that does something else than `task`.
Result<void> check_task(const Graph& graph, const Recipe& recipe, Task task,
                        const std::string& model) {
  const auto run = fmt::format("slipway run {} --save DIR", model);
  const Task said = recipe.task;
  if (said != Task::none && said != task) {
    return fail(Code::unsupported, "its recipe says {}, not {}", verb_of(said), verb_of(task))
        .with_remedy(fmt::format("slipway {} {} …", verb_of(said), model));
  }
  if (graph.outputs().empty())
    return fail(Code::unsupported, "the model has no output").with_remedy(run);
  if (task == Task::classify) {
    const auto& shape = graph.type(graph.outputs()[0]).shape;
    if (said == Task::none && graph.outputs().size() != 1) {
      return fail(Code::unsupported, "it has {} outputs; one of a score a class is needed",
                  graph.outputs().size())
          .with_remedy(run);
    }
    if (!holds_classes(shape)) {
      return fail(Code::unsupported, "its output is {}; a score a class, [1,N], is needed",
                  shape.text())
          .with_remedy(run);
    }
  }
  const bool boxes_unknown = recipe.boxes == Recipe{}.boxes && graph.outputs().size() != 4;
  if (task == Task::detect && said == Task::none && boxes_unknown) {
    return fail(Code::unsupported,
                "its outputs are no boxes that are read: tflite_postprocess (boxes, classes, "
                "scores, count), detection_output ([1,1,N,7]) or corners_with_scores (scores, "
                "boxes), the last two named by a recipe")
        .with_remedy(run);
  }
  return {};
}

/// The outputs for one tensor.
using RunOnce = std::function<Result<std::vector<Tensor>>(const Tensor&)>;

Result<std::vector<Tensor>> run_deployed(LoadedDeployment& deployed, const Tensor& tensor) {
  SLIPWAY_TRY(deployed.runner.set_input(0, tensor));
  SLIPWAY_TRY(deployed.runner.run());
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < deployed.deployment.outputs.size(); ++i)
    outputs.push_back(deployed.runner.output(i));
  return outputs;
}

Result<Seen> look(World& world, const RunOnce& run, const TensorType& input, const Recipe& recipe,
                  const std::string& file) {
  Seen seen{.file = file, .picture = {}, .placement = {}, .outputs = {}};
  const auto start = world.clock.now();
  seen.picture = SLIPWAY_TRY(decode(SLIPWAY_TRY(world.files.read(file))));
  const auto size = SLIPWAY_TRY(input_size(input, recipe));
  seen.placement = place({seen.picture.width, seen.picture.height}, size, recipe);
  seen.batch = static_cast<std::size_t>(std::max<std::int64_t>(1, input.shape[0]));
  const std::vector<Picture> batch(seen.batch, seen.picture);
  const auto tensor = SLIPWAY_TRY(to_input(batch, recipe, input));
  const auto prepared = world.clock.now();
  seen.outputs = SLIPWAY_TRY(run(tensor));
  seen.prepare_ms = milliseconds(start, prepared);
  seen.time_ms = milliseconds(prepared, world.clock.now());
  return seen;
}

}  // namespace

void PictureFlags::describe(Options& options, Task task) {
  options.argument("MODEL", model_, std::string(kModelHelp) + "; or a deployment").takes_file =
      true;
  options.arguments("IMAGE", images_, "pictures (JPEG, PNG, BMP, PNM), or folders of them")
      .takes_file = true;
  flags_.describe(options, task);
  model_flags_.describe(options);
}

Result<std::vector<std::string>> PictureFlags::files(World& world) const {
  std::vector<std::string> paths;
  for (const auto& image : images_) {
    world.goal = image.empty() ? "read ''" : fmt::format("read {}", image);
    if (image.empty()) {
      return fail(Code::not_found, "the path is empty").with_remedy("is a shell variable unset?");
    }
    const auto kind = world.files.kind(image);
    if (kind == Files::Kind::absent) return fail(Code::not_found, "no such file: {}", image);
    if (kind == Files::Kind::folder) {
      const auto found = pictures_in(world.files, image);
      if (found.empty())
        return fail(Code::not_found, "there is no picture in the folder {}", image)
            .with_remedy(
                "pictures end in .jpg .jpeg .png .bmp .ppm .pgm .pbm .pnm; folders "
                "below are not looked into");
      paths.insert(paths.end(), found.begin(), found.end());
    } else {
      paths.push_back(image);
    }
  }
  return paths;
}

Result<void> PictureFlags::check_saves(World& world, const std::vector<std::string>& paths) const {
  if (folder_.empty()) return {};
  const auto real = [](const std::string& path) {
    std::error_code ignored;  // what cannot be resolved is compared as it is
    auto out = std::filesystem::weakly_canonical(path, ignored);
    return ignored ? std::filesystem::path(path).lexically_normal() : out;
  };
  std::vector<std::filesystem::path> inputs;
  for (const auto& path : paths) inputs.push_back(real(path));
  std::sort(inputs.begin(), inputs.end());
  OutputNames names(folder_);
  for (const auto& path : paths) {
    for (const auto& suffix : suffixes_) {
      const auto out = names.next(path, suffix);
      if (!std::binary_search(inputs.begin(), inputs.end(), real(out))) continue;
      world.goal = fmt::format("write {}", out);
      return fail(Code::invalid_input, "it is one of the pictures that are read")
          .with_remedy("--save another folder");
    }
  }
  return {};
}

Result<int> PictureFlags::for_each(
    World& world, Task task, const std::function<Result<void>(const Seen&)>& visit,
    const std::function<void(const std::string&, const Error&)>& lost) {
  const auto paths = SLIPWAY_TRY(files(world));
  SLIPWAY_TRY(check_saves(world, paths));
  std::optional<LoadedDeployment> deployed;
  LoadedModel model;
  if (is_deployment_arg(world.files, model_)) {
    deployed = SLIPWAY_TRY(load_deployment(world, model_, std::nullopt));
    model = {signature_of(deployed->deployment), model_, deployed->load_ms};
    device_ = deployed->deployment.device;
    device_words_ = fmt::format("measured on this CPU, {}", isa_words(*deployed));
  } else {
    model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
  }
  SLIPWAY_TRY(model_flags_.apply(world, model.graph));
  model_path_ = model.path;
  recipe_ = SLIPWAY_TRY(flags_.apply(world, model.graph, task));
  world.goal = fmt::format("use {} for pictures", model_);
  SLIPWAY_TRY(check_task(model.graph, recipe_, task, model_));
  recipe_.task = task;
  const auto input = SLIPWAY_TRY(picture_input(model.graph));
  SLIPWAY_TRY(input_size(input, recipe_));
  if (ready_) SLIPWAY_TRY(ready_(model.graph));

  int status = 0;
  const StopAsked stop(world);
  Progress progress(world, "pictures", paths.size());
  std::size_t done = 0;
  const RunOnce run = [&](const Tensor& tensor) -> Result<std::vector<Tensor>> {
    if (deployed) return run_deployed(*deployed, tensor);
    InterpretOptions options;
    options.observe = [&](ValueId, const Tensor&) { progress.at(done); };
    return interpret(model.graph, std::span{&tensor, 1}, options);
  };
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (stop.signal() != 0) {
      stopped_ = true;
      world.note("stopped after {} of {} pictures", i, paths.size());
      return stopped_status(stop.signal());
    }
    progress.at(i);
    world.goal = fmt::format("read {}", paths[i]);
    done = i;
    auto seen = look(world, run, input, recipe_, paths[i]);
    if (!seen && (paths.size() == 1 || seen.error().code == Code::internal)) return seen.error();
    if (seen) {
      world.goal = fmt::format("understand what {} says about {}", model_, paths[i]);
      SLIPWAY_TRY(visit(*seen));
    } else {
      print_error(world, seen.error(), world.json);
      lost(paths[i], seen.error());
      status = exit_status(seen.error().code, false);
    }
  }
  return status;
}

std::string OutputNames::next(const std::string& file, std::string_view suffix) {
  const auto name = fmt::format("{}{}", stem(file), suffix);
  std::string path = join(folder_, name + ".png");
  for (int i = 2; std::find(used_.begin(), used_.end(), path) != used_.end(); ++i)
    path = join(folder_, fmt::format("{}-{}.png", name, i));
  used_.push_back(path);
  return path;
}

}  // namespace slipway::cli
