#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "cli/difference.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
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

/// The inputs of `a` as those of `b`: the real numbers behind them, where one is quantized.
Result<std::vector<Tensor>> inputs_for(const Graph& b, const std::vector<Tensor>& inputs) {
  if (b.inputs().size() != inputs.size()) {
    return fail(Code::invalid_input, "one model has {} inputs, the other {}", inputs.size(),
                b.inputs().size());
  }
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& type = b.type(b.inputs()[i]);
    const auto& have = inputs[i].type();
    if (have.dtype == type.dtype && have.quant == type.quant) {
      out.push_back(inputs[i]);
      continue;
    }
    const Tensor real = dequantized(inputs[i]);
    if (type.dtype == DType::f32 && real.dtype() == DType::f32) {
      out.push_back(real);
      continue;
    }
    const bool byte = type.dtype == DType::u8 || type.dtype == DType::i8;
    if (!byte || !type.quant || real.dtype() != DType::f32) {
      return fail(Code::unsupported, "input {} is {} in one model and {} in the other", i,
                  have.text(), type.text());
    }
    TensorBuilder builder({type.dtype, inputs[i].shape(), type.quant});
    const int low = type.dtype == DType::u8 ? 0 : -128;
    const auto from = real.values<float>();
    const auto bytes = builder.bytes();
    for (std::size_t k = 0; k < from.size(); ++k) {
      const float q = std::round(from[k] / type.quant->scale[0]) +
                      static_cast<float>(type.quant->zero_point[0]);
      const int integer =
          static_cast<int>(std::clamp(q, static_cast<float>(low), static_cast<float>(low + 255)));
      bytes[k] = static_cast<std::byte>(integer & 0xFF);
    }
    out.push_back(std::move(builder).build());
  }
  return out;
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
    options.argument("B", b_, "what to compare it with, of the same kind").takes_file = true;
    options.value("--tolerance", "X", tolerance_,
                  "exit with 1 where a max abs diff is over X (default: 0, everything is equal)");
    options.flag("--layers", layers_, "also every value that has the same name in both models");
    options.repeated("--input", "[NAME=]F.npy", inputs_, "tensors for both, as for 'run'")
        .takes_file = true;
    model_flags_.describe(options);
    options.value("--seed", "N", seed_, "of the random inputs (default: 1)");
  }

  Result<int> run(World& world) override {
    if (!(tolerance_ >= 0))
      return world.usage("--tolerance takes a number from 0, not {}", number_text(tolerance_));
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
      const auto others = SLIPWAY_TRY(inputs_for(model_b.graph, inputs));
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
      return row.problem.empty() && row.max_abs <= tolerance_;
    });
    if (world.json) {
      Json document;
      document.set("a", a_);
      document.set("b", b_);
      document.set("outputs", rows_json(outputs));
      if (layers_) document.set("layers", rows_json(layers));
      document.set("tolerance", tolerance_);
      document.set("passed", passed);
      world.print(document);
      return passed ? 0 : 1;
    }
    if (layers_) world.print("{}\n", rows_text(world, "layer", layers));
    world.print("{}\n", rows_text(world, "output", outputs));
    world.print("{}: max abs diff {} the tolerance of {}\n", passed ? "passed" : "failed",
                passed ? "within" : "over", number_text(tolerance_));
    return passed ? 0 : 1;
  }

  std::string a_;
  std::string b_;
  double tolerance_ = 0;
  bool layers_ = false;
  std::vector<std::string> inputs_;
  ModelFlags model_flags_;
  std::uint64_t seed_ = 1;
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
          "is 10 log10(range of A squared / mean squared difference).",
      .examples = {{"compare net.tflite net.int8.tflite --tolerance 0.1", "exit 1 past 0.1"},
                   {"compare net.tflite net.int8.tflite --layers", "where they begin to differ"},
                   {"compare out expected --tolerance 1e-4", "outputs of 'run --save'"}},
      .data = Data::json,
      .make = make_verb<CompareVerb>};
}

}  // namespace slipway::cli
