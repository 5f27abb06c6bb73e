#include <fmt/ranges.h>

#include "base/suggest.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/write_model.h"

namespace slipway::cli {
namespace {

class ConvertVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("MODEL", model_, kModelHelp).takes_file = true;
    auto& output = options.value("-o,--output", "F", output_,
                                 fmt::format("the file to write; its end says the format: {}",
                                             fmt::join(extensions_to_write(), ", ")));
    output.takes_file = true;
    output.is_required = true;
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    const auto* format = SLIPWAY_TRY(format_to_write(world, output_));
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("write {}", output_);
    const auto written = SLIPWAY_TRY(write_checked(world, *format, model.graph, output_));
    if (world.json) {
      Json document;
      document.set("model", model.path);
      document.set("output", output_);
      document.set("format", format->name);
      document.set("bytes", written.bytes);
      document.set("equal", written.equal);
      world.print(document);
    } else if (!world.quiet) {
      world.print(
          "{}  {}, {}{}\n", output_, format->name, bytes_text(written.bytes),
          written.paths.size() > 1 ? fmt::format(" with {}", written.paths[0]) : std::string());
    }
    return 0;
  }

 private:
  std::string model_;
  std::string output_;
  ModelFlags model_flags_;
};

}  // namespace

Command convert_command() {
  return {.name = "convert",
          .group = Group::models,
          .summary = "write a model in another format",
          .story =
              "A .slipway file keeps everything: network, weights, recipe, metadata, each part "
              "with a checksum. What was written is read again before it is a file. With --json, "
              "'equal' says whether it reads back as the very same graph.",
          .examples = {{"convert net.tflite -o net.slipway", "network, weights and recipe"},
                       {"convert net.onnx --shape input=1x3x224x224 -o net.slipway",
                        "with a size for what the file leaves open"}},
          .data = Data::json,
          .make = make_verb<ConvertVerb>};
}

}  // namespace slipway::cli
