#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/ranges.h>

#include "base/sha256.h"
#include "base/suggest.h"
#include "cli/compile_flags.h"
#include "cli/machine.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
#include "cli/version_info.h"
#include "compile/archive.h"
#include "compile/bytes_input.h"
#include "compile/library.h"
#include "compile/package.h"
#include "formats/import.h"

namespace slipway::cli {
namespace {

class CompileVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("MODEL", model_, kModelHelp).takes_file = true;
    auto& output = options.value("-o,--output", "DIR", output_,
                                 "the folder to write; or one file, an archive of it, where the "
                                 "name ends in .tar.zst, .tar.gz or .tar");
    output.takes_file = true;
    output.is_required = true;
    options.flag("--overwrite", overwrite_, "replace a deployment that is there");
    options.choice(
        "--target", target_, {"Interpreter", "InterpreterHw", "Simulator", "IP"},
        "of a quantized network: InterpreterHw computes integers, bit by bit as a device, "
        "with a reference that does the same; Interpreter computes floats between its "
        "roundings to bytes (default: integers, beside what the model's file says)");
    options.flag("--portable", portable_,
                 "a plan for each instruction set that there are kernels for (up to --isa), in one "
                 "deployment: the newest that a processor has runs");
    options.value("--threads", "N", threads_,
                  "threads that 'run' uses where it is not told (default: 1; 0: one per core)");
    options
        .repeated("--input", "[NAME=]F.npy", inputs_,
                  "a tensor that the stored reference is computed for; random numbers for inputs "
                  "that are not given")
        .takes_file = true;
    options.value("--seed", "N", seed_, "of the random inputs (default: 1)");
    options.choice(
        "--input-type", input_type_, {"model", "u8"},
        "what the deployment takes as its picture: what the model takes (default), or "
        "the picture's bytes, [N,H,W,C] in the recipe's order of colours, with mean, std "
        "and layout carried out inside");
    options
        .value("--recipe", "F.json", recipe_,
               "how a picture becomes an input and outputs an answer, instead of the model's own")
        .takes_file = true;
    flags_.describe(options);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    if (threads_ < 0 || threads_ > kMostThreads)
      return world.usage("--threads takes a number from 0 to {}, not {}", kMostThreads, threads_);
    compile::CompileOptions options{.portable = portable_, .threads = threads_, .seed = seed_};
    SLIPWAY_TRY(take_target(world, options));
    SLIPWAY_TRY(flags_.apply(world, options));
    const auto library = compile::library_for(options.processor);
    if (library.empty()) {
      const auto arch = compile::name_of(options.processor);
      world.goal = fmt::format("compile for {}", arch);
      return fail(Code::unsupported, "this slipway was built without the library for {}", arch)
          .with_remedy("build it with the packages of the group 'cross' of packages.txt");
    }
    const bool archive = compile::is_archive_name(output_);
    const auto folder = output_;
    world.goal = fmt::format("write {}", output_);
    const auto lock = SLIPWAY_TRY(world.files.lock(folder));
    SLIPWAY_TRY(check_output(world, archive));
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    world.goal = fmt::format("compile {}", model_);
    SLIPWAY_TRY(close_batches(model.graph));
    SLIPWAY_TRY(set_pictures(world, model.graph));
    if (options.target && !compile::is_quantized(model.graph))
      world.note("{} is not quantized: both targets are its floats", model_);
    const auto began = world.clock.now();
    const auto compiled = SLIPWAY_TRY(compile_model(world, model.graph, options));
    const auto package =
        SLIPWAY_TRY(compile::package(compiled, provenance(world, model.path), library));
    const double time_ms = milliseconds(began, world.clock.now());
    world.goal = fmt::format("write {}", output_);
    std::int64_t bytes = 0;
    if (archive) {
      const auto packed = SLIPWAY_TRY(compile::write_archive(package, output_));
      SLIPWAY_TRY(world.files.write(output_, packed));
      bytes = std::ssize(packed);
    } else {
      SLIPWAY_TRY(compile::write_folder(world.files, folder, package));
      for (const auto& file : package) bytes += std::ssize(file.content.bytes());
    }
    print(world, model.path, compiled, bytes, time_ms);
    return 0;
  }

 private:
  static constexpr int kMostThreads = 256;

  Result<void> take_target(World& world, compile::CompileOptions& options) const {
    if (target_ == "Simulator" || target_ == "IP") {
      world.goal = fmt::format("compile for the target {}", *target_);
      return fail(Code::unavailable, "{}",
                  target_ == "IP" ? "there is no card in this machine"
                                  : "no device here is simulated")
          .with_remedy("--target InterpreterHw computes the same integers on this processor");
    }
    if (target_ == "Interpreter") options.target = compile::Target::interpreter;
    if (target_ == "InterpreterHw") options.target = compile::Target::interpreter_hw;
    // Both are exact in what they say: floats that are rounded to 16 bits would be neither.
    if (options.target) options.precision = cpu::Precision::fp32;
    return {};
  }

  Result<void> check_output(World& world, bool archive) const {
    if (!archive) return compile::check_room(world.files, output_, overwrite_);
    if (overwrite_ || world.files.kind(output_) == Files::Kind::absent) return {};
    return fail(Code::conflict, "{} is there already", output_)
        .with_remedy("--overwrite replaces it");
  }

  /// Recipe and type of the picture input, as they were asked for.
  Result<void> set_pictures(World& world, Graph& graph) const {
    if (recipe_) {
      world.goal = fmt::format("read {}", *recipe_);
      const auto bytes = SLIPWAY_TRY(world.files.read(*recipe_));
      graph.recipe = SLIPWAY_TRY(parse_recipe(as_text(bytes), graph.recipe.value_or(Recipe{})));
      graph.metadata.erase("normalisation");
      world.goal = fmt::format("compile {}", model_);
    }
    if (input_type_ != "u8") return {};
    if (guesses_normalisation(graph))
      world.note(
          "the model does not say how pixels become numbers; -1 to 1 is assumed (--recipe changes "
          "it)");
    return compile::take_bytes(graph).during("taking pictures as bytes");
  }

  Result<compile::Compiled> compile_model(World& world, const Graph& graph,
                                          compile::CompileOptions& options) {
    if (!inputs_.empty()) {
      options.inputs = SLIPWAY_TRY(make_inputs(world, graph, inputs_, seed_));
      world.goal = fmt::format("compile {}", model_);
    }
    std::optional<Progress> progress;
    std::string shown;
    options.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
      if (what != shown) {
        shown = what;
        progress.emplace(world, shown, total);
      }
      progress->at(done);
    };
    if (options.choose)  // shows its own progress
      options.choose = [&, choose = options.choose](const Graph& lowered, kernels::Isa isa,
                                                    cpu::Precision precision) {
        progress.reset();
        shown.clear();
        return choose(lowered, isa, precision);
      };
    return compile::compile(graph, options);
  }

  compile::Provenance provenance(World& world, const std::string& path) const {
    compile::Provenance out;
    out.model = base_name(path);
    if (const auto bytes = world.files.map(path)) out.model_sha256 = sha256(bytes->bytes());
    out.flags = flags_.words(world);
    if (portable_) out.flags.emplace_back("--portable");
    if (target_) out.flags.push_back("--target " + *target_);
    if (input_type_) out.flags.push_back("--input-type " + *input_type_);
    if (recipe_) out.flags.push_back("--recipe " + *recipe_);
    for (const auto& input : inputs_) out.flags.push_back("--input " + input);
    if (inputs_.empty()) out.flags.push_back(fmt::format("--seed {}", seed_));
    out.machine = machine_name(world.files);
    out.version = SLIPWAY_VERSION;
    out.commit = SLIPWAY_COMMIT;
    return out;
  }

  void print(World& world, const std::string& path, const compile::Compiled& compiled,
             std::int64_t bytes, double time_ms) const {
    const auto arch = compile::name_of(compiled.processor);
    const auto& first = compiled.variants.at(0);
    const auto constants = std::ssize(first.plan.constants);
    const auto arena = static_cast<std::int64_t>(first.plan.arena_bytes);
    std::vector<std::string_view> isas;
    for (const auto& variant : compiled.variants) isas.push_back(kernels::name_of(variant.isa));
    if (world.json) {
      Json document;
      document.set("model", path);
      document.set("output", output_);
      document.set("bytes", bytes);
      document.set("device", "CPU");
      document.set("host_arch", arch);
      document.set("isa", kernels::name_of(first.isa));
      if (target_) document.set("target", *target_);
      Json all(Json::Array{});
      for (const auto isa : isas) all.push(isa);
      document.set("isas", std::move(all));
      compile::set_floats(document, first.floats);
      compile::set_islands(document, compiled.islands);
      document.set("steps", first.plan.notes.size());
      document.set("constant_bytes", constants);
      document.set("arena_bytes", arena);
      document.set("compile_ms", time_ms);
      world.print(document);
    } else if (!world.quiet) {
      world.print("{}  {} steps on CPU ({} {}), {} of constants, {} of memory a run\n", output_,
                  first.plan.notes.size(), arch, fmt::join(isas, ", "), bytes_text(constants),
                  bytes_text(arena));
      if (const auto words = words_of(first.floats); !words.empty())
        world.print("{}  {}\n", output_, words);
      if (compiled.target)
        world.print("{}  target {}: {}\n", output_, name_of(*compiled.target),
                    words_of(*compiled.target));
      if (compiled.target != compile::Target::interpreter) print_islands(world, compiled.islands);
    }
  }

  /// The first few: who quantized a network wants to know, and 'plan' has all of them.
  void print_islands(World& world, const compile::Islands& islands) const {
    constexpr std::size_t kMost = 3;
    if (islands.nodes.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(islands.nodes.size(), kMost); ++i)
      names += fmt::format("{}{}", i == 0 ? "" : ", ", words_of(islands.nodes[i]));
    if (islands.nodes.size() > kMost)
      names += fmt::format(" and {} more (slipway plan)", islands.nodes.size() - kMost);
    world.print("{}  in floats {} of the multiplications: {}\n", output_,
                percent_text(islands.share()), names);
  }

  std::string model_;
  std::string output_;
  bool overwrite_ = false;
  bool portable_ = false;
  int threads_ = 1;
  std::vector<std::string> inputs_;
  std::uint64_t seed_ = 1;
  std::optional<std::string> input_type_;
  std::optional<std::string> recipe_;
  std::optional<std::string> target_;
  CompileFlags flags_;
  ModelFlags model_flags_;
};

}  // namespace

Command compile_command() {
  return {.name = "compile",
          .group = Group::models,
          .summary = "turn a model into a deployment: a folder that runs with nothing but libc",
          .story =
              "The folder holds the network as steps of kernels chosen for this processor, the "
              "library that runs them (slipway.h), and inputs with the outputs that the reference "
              "interpreter gives, which 'run' compares with. It is written as a whole or not at "
              "all.",
          .examples = {{"compile net.onnx -o net_deploy", "then: slipway run net_deploy"},
                       {"compile net.onnx -o net.tar.zst", "one file, to copy elsewhere"},
                       {"compile net.tflite -o net_deploy --overwrite --portable",
                        "for processors with and without AVX-512: a plan for each"},
                       {"compile net.tflite -o net_deploy --host-arch aarch64 --portable",
                        "for 64-bit Arm processors with and without dot products"}},
          .data = Data::json,
          .make = make_verb<CompileVerb>};
}

}  // namespace slipway::cli
