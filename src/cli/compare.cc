#include <algorithm>
#include <cmath>
#include <map>

#include "cli/compare_pictures.h"
#include "cli/deployment_arg.h"
#include "cli/difference.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
#include "compile/comparison.h"
#include "tensor/files.h"

namespace slipway::cli {
namespace {

/// Named tensors of one side: a model's outputs (and layers), or the files of a folder.
struct Side {
  std::vector<std::pair<std::string, Tensor>> outputs;
  std::map<std::string, Tensor> layers;
};

/// Whether a folder holds tensors.
bool is_output_folder(const Files& files, const std::string& path) {
  if (files.kind(path) != Files::Kind::folder) return false;
  const auto names = files.list(path);
  return names && std::any_of(names->begin(), names->end(),
                              [](const auto& name) { return extension(name) == "npy"; });
}

Result<Side> read_folder(World& world, const std::string& folder) {
  Side side;
  for (const auto& name : SLIPWAY_TRY(world.files.list(folder))) {
    if (extension(name) != "npy") continue;
    const auto path = join(folder, name);
    world.goal = fmt::format("read {}", path);
    const auto bytes = SLIPWAY_TRY(world.files.read(path));
    side.outputs.emplace_back(std::string(stem(name)), SLIPWAY_TRY(from_npy(bytes)));
  }
  return side;
}

Result<Side> run_model(World& world, const Graph& graph, std::span<const Tensor> inputs,
                       bool layers) {
  Side side;
  const auto observe = [&](ValueId id, const Tensor& tensor) {
    if (layers && !graph.node(id).op.is<Constant>() && !graph.node(id).op.is<Input>())
      side.layers.emplace(graph.value(id).name, tensor);
  };
  auto run = SLIPWAY_TRY(timed_run(world, graph, inputs, observe));
  for (std::size_t i = 0; i < run.outputs.size(); ++i)
    side.outputs.emplace_back(graph.value(graph.outputs()[i]).name, std::move(run.outputs[i]));
  return side;
}

Json rows_json(const std::vector<Difference>& rows) {
  Json out(Json::Array{});
  for (const auto& row : rows) {
    Json json;
    json.set("name", row.name);
    if (!row.problem.empty()) json.set("problem", row.problem);
    json.set("max_abs_diff", row.problem.empty() ? Json(row.max_abs) : Json());
    json.set("mean_abs_diff", row.problem.empty() ? Json(row.mean_abs) : Json());
    json.set("correct_ratio", row.problem.empty() ? Json(row.correct) : Json());
    json.set("psnr_db", row.problem.empty() ? Json(row.psnr_db) : Json());
    out.push(std::move(json));
  }
  return out;
}

std::string rows_text(World& world, const std::string& title, const std::vector<Difference>& rows) {
  Table table({{title, Align::left, Shrink::end},
               {"max abs diff", Align::right},
               {"mean abs diff", Align::right},
               {"correct ratio", Align::right},
               {"PSNR", Align::right}});
  for (const auto& row : rows) {
    if (!row.problem.empty()) {
      table.row({row.name, row.problem, "", "", ""});
      continue;
    }
    table.row({row.name, number_text(row.max_abs), number_text(row.mean_abs),
               fmt::format("{:.6g}", row.correct),
               std::isinf(row.psnr_db) ? "equal" : fmt::format("{:.1f} dB", row.psnr_db)});
  }
  return table.text(world.terminal.out_columns, world.terminal.color);
}

class CompareVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("A", a_, "a model, or a folder of .npy files as 'run --save' writes them")
        .takes_file = true;
    options
        .argument("B", b_,
                  "what to compare it with, of the same kind; with --data also a deployment")
        .takes_file = true;
    options.value(
        "--tolerance", "X", tolerance_,
        "exit with 1 where a max abs diff is over X (default: 0, everything is equal; with "
        "--data: none, exit 1 where an output is poor)");
    options.flag("--layers", layers_, "also every value that has the same name in both models");
    options.repeated("--input", "[NAME=]F.npy", inputs_, "tensors for both, as for 'run'")
        .takes_file = true;
    options.value("--seed", "N", seed_, "of the random inputs (default: 1)");
    options
        .value("--data", "DIR|LIST", pictures_.data,
               "compare on pictures: a folder of them (or of .npy), or a text file with one path "
               "per line; every layer, the classes, and a verdict")
        .takes_file = true;
    options
        .value("--html", "F.html", pictures_.html,
               "with --data: also one page with charts of every layer, for a browser")
        .takes_file = true;
    options.choice("--target", pictures_.target, {"Interpreter", "InterpreterHw"},
                   "with --data: in what B computes, where it is quantized: floats between its "
                   "roundings to bytes, or integers, bit by bit as the device (default)");
    options.value("--threads", "N", pictures_.threads,
                  "with --data: threads (default: one per core)");
    pictures_.recipe.describe(options, Task::none);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    if (!(tolerance() >= 0))
      return world.usage("--tolerance takes a number from 0, not {}", number_text(tolerance()));
    SLIPWAY_TRY(check_flags(world));
    SLIPWAY_TRY(check_arguments(world));
    if (!pictures_.data.empty()) return on_pictures(world);
    Side a;
    Side b;
    if (is_output_folder(world.files, a_) && is_output_folder(world.files, b_)) {
      if (layers_) return world.usage("--layers needs models, not folders of outputs");
      a = SLIPWAY_TRY(read_folder(world, a_));
      b = SLIPWAY_TRY(read_folder(world, b_));
    } else {
      auto model_a = SLIPWAY_TRY(load_model(world, a_, model_flags_.external_folders()));
      SLIPWAY_TRY(model_flags_.apply(world, model_a.graph));
      auto model_b = SLIPWAY_TRY(load_model(world, b_, model_flags_.external_folders()));
      SLIPWAY_TRY(model_flags_.apply(world, model_b.graph, Unknown::ignored));
      if (model_a.path == model_b.path)
        world.note("{} and {} are the same model, {}", a_, b_, model_a.path);
      const auto inputs = SLIPWAY_TRY(make_inputs(world, model_a.graph, inputs_, seed_));
      world.goal = fmt::format("compare {} with {}", a_, b_);
      const auto others = SLIPWAY_TRY(compile::as_inputs_of(model_b.graph, inputs));
      a = SLIPWAY_TRY(run_model(world, model_a.graph, inputs, layers_).during("running {}", a_));
      b = SLIPWAY_TRY(run_model(world, model_b.graph, others, layers_).during("running {}", b_));
    }
    world.goal = fmt::format("compare {} with {}", a_, b_);
    if (a.outputs.size() != b.outputs.size()) {
      return fail(Code::invalid_input, "{} has {} outputs, {} has {}", a_, a.outputs.size(), b_,
                  b.outputs.size());
    }
    return report(world, a, b);
  }

 private:
  static constexpr int kMostThreads = 256;

  [[nodiscard]] double tolerance() const { return tolerance_.value_or(0); }

  Result<void> check_flags(World& world) const {
    SLIPWAY_TRY(check_page_name(world, pictures_.html));
    if (pictures_.threads < 0 || pictures_.threads > kMostThreads)
      return world.usage("--threads takes a number from 0 to {}, not {}", kMostThreads,
                         pictures_.threads);
    if (pictures_.data.empty() && !pictures_.html.empty())
      return world.usage("--html needs --data: its charts are of pictures");
    if (pictures_.data.empty() && pictures_.target) return world.usage("--target needs --data");
    if (!pictures_.data.empty() && !inputs_.empty())
      return world.usage("--data and --input both say what goes in");
    return {};
  }

  /// Errors  unsupported: a deployment where there must be a model
  Result<void> check_arguments(World& world) const {
    world.goal = fmt::format("compare {} with {}", a_, b_);
    if (is_deployment_arg(world.files, a_))
      return fail(Code::unsupported, "{} is a deployment; the first one must be a model", a_)
          .with_remedy(fmt::format("slipway compare MODEL {} --data DIR", a_));
    if (!pictures_.data.empty() || !is_deployment_arg(world.files, b_)) return {};
    return fail(Code::unsupported, "{} is a deployment", b_)
        .with_remedy(fmt::format(
            "--data DIR compares it on pictures; 'slipway run {}' on its own inputs", b_));
  }

  Result<int> on_pictures(World& world) {
    pictures_.a = a_;
    pictures_.b = b_;
    pictures_.tolerance = tolerance_;
    auto model_a = SLIPWAY_TRY(load_model(world, a_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model_a.graph));
    SecondNetwork second;
    if (is_deployment_arg(world.files, b_)) {
      if (pictures_.target)
        return world.usage(
            "--target is for models; 'compile --target' decides it for a deployment");
      second.deployment = SLIPWAY_TRY(load_deployment(world, b_, pictures_.threads));
      second.model.graph = signature_of(second.deployment->deployment);
      return compare_on_pictures(world, std::move(model_a), std::move(second), pictures_);
    }
    second.model = SLIPWAY_TRY(load_model(world, b_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, second.model.graph, Unknown::ignored));
    return compare_on_pictures(world, std::move(model_a), std::move(second), pictures_);
  }

  Result<int> report(World& world, const Side& a, const Side& b) const {
    std::vector<Difference> outputs;
    for (std::size_t i = 0; i < a.outputs.size(); ++i)
      outputs.push_back(difference(a.outputs[i].first, a.outputs[i].second, b.outputs[i].second));
    std::vector<Difference> layers;
    for (const auto& [name, tensor] : a.layers) {
      const auto other = b.layers.find(name);
      if (other != b.layers.end()) layers.push_back(difference(name, tensor, other->second));
    }
    const bool passed = std::all_of(outputs.begin(), outputs.end(), [&](const auto& row) {
      return row.problem.empty() && row.max_abs <= tolerance();
    });
    if (world.json) {
      Json document;
      document.set("a", a_);
      document.set("b", b_);
      document.set("outputs", rows_json(outputs));
      if (layers_) document.set("layers", rows_json(layers));
      document.set("tolerance", tolerance());
      document.set("passed", passed);
      world.print(document);
      return passed ? 0 : 1;
    }
    if (layers_) world.print("{}\n", rows_text(world, "layer", layers));
    world.print("{}\n", rows_text(world, "output", outputs));
    world.print("{}: max abs diff {} the tolerance of {}\n", passed ? "passed" : "failed",
                passed ? "within" : "over", number_text(tolerance()));
    return passed ? 0 : 1;
  }

  std::string a_;
  std::string b_;
  std::optional<double> tolerance_;
  bool layers_ = false;
  std::vector<std::string> inputs_;
  ModelFlags model_flags_;
  std::uint64_t seed_ = 1;
  ComparePictures pictures_;
};

}  // namespace

Command compare_command() {
  return {
      .name = "compare",
      .group = Group::models,
      .summary = "compare what two models compute, or two folders of outputs",
      .story =
          "Both get the same input; where one of them is quantized, the real numbers are "
          "the same. The correct ratio is the part of the elements that are equal. PSNR "
          "is 10 log10(range of A squared / mean squared difference). With --data both run on "
          "pictures, and layers of the same name are compared: a network of floats with what "
          "'quantize' made of it. The worst output's PSNR is the verdict: below 20 dB poor, to 25 "
          "acceptable, to 30 good.",
      .examples = {{"compare net.tflite net.int8.tflite --tolerance 0.1", "exit 1 past 0.1"},
                   {"compare net.tflite net.int8.tflite --layers", "where they begin to differ"},
                   {"compare net.onnx net_int8.onnx --data pictures --html loss.html",
                    "what quantizing lost, and where"},
                   {"compare out expected --tolerance 1e-4", "outputs of 'run --save'"}},
      .data = Data::json,
      .make = make_verb<CompareVerb>};
}

}  // namespace slipway::cli
