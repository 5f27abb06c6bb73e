#include "cli/timed.h"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "base/suggest.h"
#include "cli/model_flags.h"
#include "cli/progress.h"
#include "ir/interpret.h"
#include "ops/case.h"
#include "tensor/files.h"

namespace slipway::cli {
namespace {

TensorType with_known_shape(TensorType type) {
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  for (auto& dim : dims) {
    if (dim == Shape::kUnknown) dim = 1;
  }
  auto shape = Shape::make(dims);
  if (shape) type.shape = *std::move(shape);
  return type;
}

/// The number of the input that "NAME=F.npy" means.
Result<std::size_t> input_named(World& world, const Graph& graph, const std::string& name) {
  std::vector<std::string> names;
  for (const auto id : graph.inputs()) names.push_back(graph.value(id).name);
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  const auto nearest = suggest(name, names);
  return world.usage("the model has no input '{}'; it has {}", name, fmt::join(names, ", "))
      .with_remedy(nearest);
}

Result<Tensor> read_tensor(World& world, const std::string& path, const TensorType& type) {
  world.goal = fmt::format("read {}", path);
  const auto bytes = SLIPWAY_TRY(world.files.read(path));
  const auto tensor = SLIPWAY_TRY(from_npy(bytes));
  if (tensor.dtype() != type.dtype || tensor.shape().rank() != type.shape.rank())
    return fail(Code::invalid_input, "it holds {}, the model's input is {}", tensor.type().text(),
                type.text());
  return tensor.as({type.dtype, tensor.shape(), type.quant});
}

}  // namespace

Result<TimedRun> timed_run(World& world, const Graph& graph, std::span<const Tensor> inputs,
                           const std::function<void(ValueId, const Tensor&)>& observe) {
  Progress progress(world, "running", graph.nodes().size());
  InterpretOptions options;
  options.observe = [&](ValueId id, const Tensor& tensor) {
    progress.at(static_cast<std::size_t>(id.node));
    if (observe) observe(id, tensor);
  };
  const auto start = world.clock.now();
  auto outputs = SLIPWAY_TRY(interpret(graph, inputs, options));
  return TimedRun{std::move(outputs), milliseconds(start, world.clock.now())};
}

Statistics statistics(std::span<const double> values) {
  Statistics out{.mean = 0, .min = values[0], .max = values[0]};
  for (const double value : values) {
    out.mean += value / static_cast<double>(values.size());
    out.min = std::min(out.min, value);
    out.max = std::max(out.max, value);
  }
  return out;
}

Json to_json(const Statistics& statistics) {
  Json out;
  out.set("mean", statistics.mean);
  out.set("min", statistics.min);
  out.set("max", statistics.max);
  return out;
}

Result<std::vector<Tensor>> make_inputs(World& world, const Graph& graph,
                                        std::span<const std::string> given, std::uint64_t seed) {
  std::map<std::size_t, std::string> paths;
  std::size_t next = 0;
  for (const auto& word : given) {
    // A path may hold '='; it is a name only where the whole word is no file.
    const auto equals = word.find('=');
    const bool named = equals != std::string::npos && world.files.kind(word) == Files::Kind::absent;
    const std::size_t at =
        named ? SLIPWAY_TRY(input_named(world, graph, word.substr(0, equals))) : next++;
    if (at >= graph.inputs().size())
      return world.usage("{} is one --input too many: the model has {}", word,
                         graph.inputs().size());
    paths[at] = named ? word.substr(equals + 1) : word;
  }
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    const auto& type = graph.type(graph.inputs()[i]);
    if (const auto path = paths.find(i); path != paths.end()) {
      inputs.push_back(SLIPWAY_TRY(read_tensor(world, path->second, type)));
    } else {
      SLIPWAY_TRY(check_is_known(graph, graph.inputs()[i]));
      inputs.push_back(random_tensor(with_known_shape(type), seed + i));
    }
  }
  return inputs;
}

}  // namespace slipway::cli
