#include <fmt/ranges.h>

#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/write_model.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& model : zoo::models()) names.emplace_back(model.name);
  return names;
}

/// The formats for networks without a name of a file: what most others read comes first.
std::vector<const Format*> default_formats() {
  std::vector<const Format*> out;
  for (const std::string_view wanted : {"onnx", "slipway"}) {
    for (const auto& format : all_formats()) {
      if (format.extension == wanted && format.write != nullptr) out.push_back(&format);
    }
  }
  return out;
}

struct Written {
  const Format* format;
  Bytes bytes;
};

/// In the first of the formats that can say it.
Result<Written> write_default(World& world, const Graph& graph) {
  Error refusal = fail(Code::unsupported, "there is no format to write networks in");
  for (const auto* format : default_formats()) {
    auto bytes = format->write(graph);
    if (bytes) return Written{format, *std::move(bytes)};
    if (bytes.error().code != Code::unsupported) return std::move(bytes).error();
    world.note("not as {}: {}", format->name, bytes.error().message);
    refusal = std::move(bytes).error();
  }
  return refusal;
}

class ZooMakeVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("NAME", name_, "a model of 'slipway zoo list'").choices = model_names();
    options
        .value(
            "-o,--output", "F", output_,
            fmt::format("the file to write; its end says the format: {}. - for stdout (default: "
                        "NAME.{} here; a trained model as the file it is)",
                        fmt::join(extensions_to_write(), ", "), default_formats().at(0)->extension))
        .takes_file = true;
    options.value("--seed", "S", seed_, "another seed, other weights (default: 1)");
    options.value("--size", "P", size_, "pixels a side of the input");
    options.value("--classes", "N", classes_, "how many classes, the background included");
    options.value("--batch", "N", batch_, "pictures per run (default: 1)");
    options.choice("--layout", layout_, {"nchw", "nhwc"},
                   "where the input's channels stand (default: nchw)");
    options.flag("--raw-heads", raw_heads_, "a detector without its post-processing");
    options.value("--arch", "F", arch_, "a network of the space of hgnet, as JSON").takes_file =
        true;
  }

  Result<int> run(World& world) override {
    const auto* model = zoo::find_model(name_);
    if (model == nullptr) return world.usage("there is no zoo model '{}'", name_);
    world.goal = fmt::format("make {}", name_);
    if (!model->is_made() && changes_something())
      return world.usage("{} is a trained model; sizes and seeds are for networks", name_);
    const bool to_stdout = output_ == "-" || output_ == "/dev/stdout";
    if (!model->is_made() &&
        (output_.empty() || to_stdout || extension(output_) == extension(model->file)))
      return write(world, std::string(model->file), model->bytes);

    const auto* format =
        output_.empty() || to_stdout ? nullptr : SLIPWAY_TRY(format_to_write(world, output_));
    const auto graph = SLIPWAY_TRY(make(world, *model));
    world.goal = fmt::format("write {}", name_);
    if (format != nullptr) return write(world, output_, SLIPWAY_TRY(format->write(graph)));
    const auto written = SLIPWAY_TRY(write_default(world, graph));
    return write(world, fmt::format("{}.{}", name_, written.format->extension), written.bytes);
  }

 private:
  [[nodiscard]] bool changes_something() const {
    return seed_ || size_ || classes_ || batch_ || layout_ || raw_heads_ || !arch_.empty();
  }

  Result<Graph> make(World& world, const zoo::Model& model) const {
    if (!model.is_made()) return zoo::read(model);
    zoo::NetOptions options{.seed = seed_.value_or(1),
                            .size = size_,
                            .classes = classes_,
                            .batch = batch_.value_or(1),
                            .layout = layout_ == "nhwc" ? Layout::nhwc : Layout::nchw,
                            .raw_heads = raw_heads_};
    if (!arch_.empty()) {
      world.goal = fmt::format("make {} of {}", name_, arch_);
      const auto bytes = SLIPWAY_TRY(world.files.read(arch_));
      options.arch = std::string(as_text(bytes));
    }
    auto graph = zoo::make(model, options);
    world.is_usage_error =
        !graph && graph.error().code == Code::invalid_input && options.arch.empty();
    return graph;
  }

  /// `file` is the name where the user gave none.
  Result<int> write(World& world, const std::string& file, BytesView bytes) const {
    const auto& path = output_.empty() ? file : output_;
    world.goal = fmt::format("write {}", path);
    const auto size = bytes_text(static_cast<std::int64_t>(bytes.size()));
    if (path == "-" || path == "/dev/stdout") {
      std::fwrite(bytes.data(), 1, bytes.size(), world.out);
      if (!world.quiet) fmt::print(world.err, "{}  {}\n", file, size);
      return 0;
    }
    SLIPWAY_TRY(world.files.write(path, bytes));
    if (!world.quiet) world.print("{}  {}\n", path, size);
    return 0;
  }

  std::string name_;
  std::string output_;
  std::optional<std::uint64_t> seed_;
  std::optional<int> size_;
  std::optional<int> classes_;
  std::optional<int> batch_;
  std::optional<std::string> layout_;
  bool raw_heads_ = false;
  std::string arch_;
};

}  // namespace

Command zoo_make_command() {
  return {.name = "zoo make",
          .group = Group::models,
          .summary = "write a built-in model to a file",
          .story =
              "Networks have random weights: the same seed gives the same bytes on every machine. "
              "They learned nothing, and are there to be compiled, measured and compared. Without "
              "-o they "
              "become ONNX files; what ONNX cannot say becomes a .slipway file.",
          .examples = {{"zoo make signs", "signs.tflite in this folder"},
                       {"zoo make resnet50 -o models/resnet50.onnx", "a path of your own"},
                       {"zoo make ssd300 --raw-heads", "boxes and scores as the network has them"},
                       {"zoo make hgnet --arch found.json --size 512", "what a search has found"}},
          .make = make_verb<ZooMakeVerb>};
}

}  // namespace slipway::cli
