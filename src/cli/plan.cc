#include "cli/compile_flags.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

class PlanVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("MODEL", model_, kModelHelp).takes_file = true;
    flags_.describe(options);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    compile::CompileOptions options;
    SLIPWAY_TRY(flags_.apply(world, options));
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("plan {}", model_);
    SLIPWAY_TRY(close_batches(model.graph));
    const auto planned = SLIPWAY_TRY(compile::plan(model.graph, options));
    world.json ? print_json(world, planned) : print_table(world, planned);
    return 0;
  }

 private:
  static void print_json(World& world, const compile::Planned& planned) {
    Json steps(Json::Array{});
    for (const auto& note : planned.plan.notes) {
      Json step;
      step.set("computes", note.node);
      step.set("kernel", note.kernel);
      step.set("what", note.words);
      steps.push(std::move(step));
    }
    Json document;
    document.set("device", "CPU");
    compile::set_floats(document, planned.floats);
    document.set("steps", std::move(steps));
    compile::set_islands(document, planned.islands);
    document.set("constant_bytes", planned.plan.constants.size());
    document.set("arena_bytes", planned.plan.arena_bytes);
    world.print(document);
  }

  static void print_table(World& world, const compile::Planned& planned) {
    Table table({{"step", Align::right},
                 {"kernel"},
                 {"what", Align::left, Shrink::end},
                 {"computes", Align::left, Shrink::start}});
    int number = 0;
    for (const auto& note : planned.plan.notes)
      table.row({std::to_string(number++), note.kernel, note.words, note.node});
    world.print("{}\n{} steps on CPU, {} of constants, {} of memory a run\n",
                table.text(world.terminal.out_columns, world.terminal.color),
                planned.plan.notes.size(), bytes_text(std::ssize(planned.plan.constants)),
                bytes_text(static_cast<std::int64_t>(planned.plan.arena_bytes)));
    if (const auto words = words_of(planned.floats); !words.empty()) world.print("{}\n", words);
    if (!planned.islands.quantized) return;
    world.print("{} of the multiplications in integers\n",
                percent_text(1 - planned.islands.share()));
    for (const auto& node : planned.islands.nodes) world.print("in floats  {}\n", words_of(node));
  }

  std::string model_;
  CompileFlags flags_;
  ModelFlags model_flags_;
};

}  // namespace

Command plan_command() {
  return {
      .name = "plan",
      .group = Group::models,
      .summary = "show the steps that a model becomes: which kernel computes what",
      .story =
          "Kernels are chosen as 'compile' does it: by measuring those that a layer could take, "
          "once per kind of layer. The choices are kept, so that 'compile' takes the same.",
      .examples = {{"plan net.onnx", "every step, its kernel and its sizes"},
                   {"plan net.onnx --isa avx2", "what an older processor would do"}},
      .data = Data::json,
      .make = make_verb<PlanVerb>};
}

}  // namespace slipway::cli
