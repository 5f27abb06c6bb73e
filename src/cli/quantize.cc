#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/ranges.h>

#include "base/sha256.h"
#include "cli/calibration.h"
#include "cli/compile_flags.h"
#include "cli/error.h"
#include "cli/model_arg.h"
#include "cli/model_flags.h"
#include "cli/progress.h"
#include "cli/recipe_flags.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/truth.h"
#include "cli/verbs.h"
#include "cli/verdict.h"
#include "cli/version_info.h"
#include "cli/write_model.h"
#include "formats/import.h"
#include "ir/text.h"

namespace slipway::cli {
namespace {

class QuantizeVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("MODEL", model_, kModelHelp).takes_file = true;
    auto& pictures = options.value(
        "--calibration", "DIR|LIST", calibration_,
        "the pictures whose numbers say the scales: a folder of them (or of .npy), or a text file "
        "with one path per line");
    pictures.takes_file = true;
    pictures.is_required = true;
    auto& output = options.value("-o,--output", "F", output_,
                                 fmt::format("the file to write; its end says the format: {}",
                                             fmt::join(extensions_to_write(), ", ")));
    output.takes_file = true;
    output.is_required = true;
    options.flag("--overwrite", overwrite_, "replace a file that is there");
    options.choice(
        "--method", method_, {"auto", "minmax", "percentile", "entropy", "mse"},
        "how a range is made of what pictures had: all of it; without the outermost numbers; where "
        "least information is lost; where the squared error is least; or in each of these ways, "
        "the one kept whose outputs are nearest to those of floats on up to 16 of the pictures "
        "(auto, the default)");
    options.value("--percentile", "P", percentile_,
                  "for --method percentile: the part of the numbers inside, in percent (default: "
                  "99.999)");
    options.flag("--per-tensor", per_tensor_,
                 "one scale for the weights of a layer, not one for each of its outputs");
    options.flag("--symmetric", symmetric_, "ranges that reach as far below 0 as above it");
    options.flag(
        "--reduce-range", reduced_,
        "7 bits for values between layers, for processors that add products of bytes in 16 "
        "bits");
    options.flag("--no-equalize", no_equalize_,
                 "leave the channels of layers that follow each other as they are");
    options.flag("--no-bias-correction", no_correction_,
                 "leave the mean error of each layer in its outputs");
    options.repeated("--keep-float", "NAME", keep_float_,
                     "a layer that stays in floats, by its name in 'slipway inspect'");
    options.choice("--rounding", rounding_, {"nearest", "learned"},
                   "how weights become integers: each to the nearest one (default), or such that "
                   "the outputs of a layer come out nearest, which takes longer");
    options.value("--max-drop", "P", max_drop_,
                  "hold every second picture out, and leave layers in floats, those that lose most "
                  "first, until no more than P percentage points of top-1 are lost on them");
    auto& truth = options.value(
        "--truth", "F.csv", truth_path_,
        "for --max-drop: the classes of the pictures (columns file, label); default: labels.csv in "
        "the folder of pictures; without it answers that change count as lost");
    truth.takes_file = true;
    options.value("--threads", "N", threads_, "threads to calibrate with (default: one per core)");
    flags_.describe(options, Task::none);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    if (threads_ < 0 || threads_ > kMostThreads)
      return world.usage("--threads takes a number from 0 to {}, not {}", kMostThreads, threads_);
    if (percentile_ <= 50 || percentile_ > 100)
      return world.usage("--percentile takes a number above 50 and up to 100, not {}", percentile_);
    if (max_drop_ && !(*max_drop_ >= 0 && *max_drop_ < 100))
      return world.usage("--max-drop takes percentage points from 0 to below 100, not {}",
                         *max_drop_);
    if (!truth_path_.empty() && !max_drop_)
      return world.usage("--truth is for --max-drop, which is not given");
    const auto* format = SLIPWAY_TRY(format_to_write(world, output_));
    world.goal = fmt::format("write {}", output_);
    if (!overwrite_ && world.files.kind(output_) != Files::Kind::absent)
      return fail(Code::conflict, "{} is there already", output_)
          .with_remedy("--overwrite replaces it");
    world.goal = fmt::format("read {}", calibration_);
    files_ = SLIPWAY_TRY(calibration_files(world, calibration_));
    auto model = SLIPWAY_TRY(load_model(world, model_, model_flags_.external_folders()));
    SLIPWAY_TRY(model_flags_.apply(world, model.graph));
    SLIPWAY_TRY(close_batches(model.graph));
    SLIPWAY_TRY(take_recipe(world, model.graph));
    world.goal = fmt::format("quantize {}", model_);
    reader_ = SLIPWAY_TRY(
        PictureReader::make(model.graph, model.graph.recipe.value_or(Recipe{}), is_guessed_));
    if (is_guessed_) {  // no picture can be used where one of another size cannot
      const auto first = reader_->read(world.files, files_[0]);
      if (!first && first.error().code == Code::invalid_input) return first.error();
    }
    if (max_drop_) SLIPWAY_TRY(read_truth(world, model.graph));
    world.goal = fmt::format("quantize {}", model_);
    return quantize(world, model, *format);
  }

 private:
  static constexpr int kMostThreads = 256;
  static constexpr int kMostTold = 10;  // pictures that are left out, by name

  Result<void> take_recipe(World& world, Graph& graph) {
    const auto task = graph.recipe ? graph.recipe->task : Task::none;
    graph.recipe = SLIPWAY_TRY(flags_.apply(world, graph, task));
    is_guessed_ = guesses_normalisation(graph);
    if (!is_guessed_ || !flags_.says_normalisation()) return {};
    is_guessed_ = false;
    graph.metadata.erase("normalisation");
    return {};
  }

  /// Classes of pictures, where somebody says them.
  Result<void> read_truth(World& world, const Graph& graph) {
    auto path = truth_path_;
    if (path.empty() && world.files.kind(calibration_) == Files::Kind::folder)
      path = join(calibration_, "labels.csv");
    if (path.empty() || (truth_path_.empty() && world.files.kind(path) != Files::Kind::file))
      return {};
    world.goal = fmt::format("read {}", path);
    std::int64_t classes = 0;
    for (const auto id : graph.outputs()) {
      const auto& shape = graph.type(id).shape;
      if (shape.is_known())
        for (const auto dim : shape) classes = std::max(classes, dim);
    }
    truth_ = SLIPWAY_TRY(Truth::read(world.files, path, static_cast<std::size_t>(classes),
                                     graph.recipe.value_or(Recipe{})));
    const bool any =
        std::ranges::any_of(files_, [&](const auto& file) { return truth_->of(file).has_value(); });
    if (any) return {};
    return fail(Code::invalid_input, "{} names none of the pictures", path)
        .with_remedy("its column file has names of files without folders");
  }

  [[nodiscard]] bool learns() const { return rounding_ == "learned"; }

  [[nodiscard]] bool chooses() const { return method_.value_or("auto") == "auto"; }

  /// How ranges become bytes.
  [[nodiscard]] std::string settings_words() const {
    std::string out = fmt::format("{} {} {} {} {} {}", method_.value_or("auto"), percentile_,
                                  per_tensor_, symmetric_, reduced_, no_correction_);
    if (!max_drop_) return out;
    out += fmt::format(" drop {}", *max_drop_);
    if (truth_)
      for (const auto& file : files_) out += fmt::format(" {}", truth_->of(file).value_or(-1));
    return out;
  }

  /// Of what ranges follow from.
  Result<std::string> key_of(World& world, const Graph& graph) const {
    std::string text = fmt::format("{} {}\n", SLIPWAY_VERSION, sha256(as_bytes(to_text(graph))));
    for (const auto& node : graph.nodes())
      if (const auto* constant = node.op.as<Constant>())
        text += sha256(constant->value.bytes()) + "\n";
    text += fmt::format("{} [{}] {}\n", no_equalize_, fmt::join(keep_float_, ","),
                        max_drop_.has_value());
    for (const auto& file : files_) {
      const auto bytes = world.files.map(file);
      text += fmt::format("{} {}\n", file, bytes ? sha256(bytes->bytes()) : "");
    }
    return sha256(as_bytes(text));
  }

  Result<int> quantize(World& world, const LoadedModel& model, const Format& format) {
    const auto lock = SLIPWAY_TRY(world.files.lock(output_));
    StateFile file(world, output_, SLIPWAY_TRY(key_of(world, model.graph)), settings_words());
    const StopAsked stop(world);
    std::optional<Progress> progress;
    std::string shown;
    auto options = SLIPWAY_TRY(settings(world));
    options.resume = file.load();
    options.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
      if (what != shown) {
        shown = what;
        progress.emplace(world, shown, total);
      }
      progress->at(done);
    };
    options.save = [&](const quant::State& state) -> Result<void> {
      SLIPWAY_TRY(file.save(state, stop.signal() != 0));
      if (stop.signal() != 0) return fail(Code::cancelled, "it was asked to stop");
      return {};
    };
    compile::Pictures pictures{.count = files_.size()};
    pictures.read = [&](std::size_t i) { return reader_->read(world.files, files_[i]); };
    if (truth_)
      pictures.truth = [&](std::size_t i) -> std::optional<std::int64_t> {
        return truth_->of(files_[i]);
      };
    pictures.lost = [&](std::size_t i, const Error& error) {
      progress.reset();
      shown.clear();
      const auto goal = std::exchange(world.goal, fmt::format("use {}", files_[i]));
      if (files_.size() > 1 && told_++ < kMostTold) print_error(world, error, world.json);
      world.goal = goal;
    };
    auto quantized = compile::quantize(model.graph, pictures, options);
    progress.reset();
    if (!quantized && stop.signal() != 0) {
      world.note("stopped; the same command goes on from {}", file.path());
      return stopped_status(stop.signal());
    }
    if (!quantized) return quantized.error();
    if (told_ > kMostTold) world.note("{} pictures were left out in all", told_);
    quantized->graph.metadata["quantization"] = words(*quantized);
    world.goal = fmt::format("write {}", output_);
    const auto written = SLIPWAY_TRY(write_checked(world, format, quantized->graph, output_));
    SLIPWAY_TRY(file.save(quantized->state, true));
    if (world.json) {
      world.print(document(model.path, *quantized, written));
    } else if (!world.quiet) {
      print(world, format, *quantized, written);
    }
    return 0;
  }

  Result<compile::QuantizeOptions> settings(World& world) const {
    compile::QuantizeOptions out;
    out.choose_method = chooses();
    if (!chooses()) out.range.method = *quant::method_from(*method_);
    out.range.percentile = percentile_;
    out.range.symmetric = symmetric_;
    out.range.reduced = reduced_;
    out.per_tensor = per_tensor_;
    out.equalize = !no_equalize_;
    out.correct_bias = !no_correction_;
    out.keep_float = {keep_float_.begin(), keep_float_.end()};
    out.max_drop = max_drop_;
    out.learn_rounding = learns();
    out.isa = SLIPWAY_TRY(isa_here(world));
    out.threads = threads_;
    return out;
  }

  [[nodiscard]] std::string words(const compile::Quantized& quantized) const {
    return fmt::format("{}{}{}, weights per {}{}, {} pictures", way_text(quantized.range),
                       symmetric_ ? ", symmetric" : "", reduced_ ? ", 7 bits" : "",
                       per_tensor_ ? "tensor" : "channel", learns() ? " (rounding learned)" : "",
                       quantized.pictures);
  }

  static std::string way_text(const quant::RangeOptions& range) {
    const std::string name(quant::name_of(range.method));
    return range.method == quant::Method::percentile ? fmt::format("{} {}", name, range.percentile)
                                                     : name;
  }

  static Json ranges_document(const compile::Quantized& quantized) {
    const auto one = [](const quant::RangeOptions& range) {
      Json out;
      out.set("method", std::string(quant::name_of(range.method)));
      if (range.method == quant::Method::percentile) out.set("percentile", range.percentile);
      return out;
    };
    auto out = one(quantized.range);
    if (quantized.tried.empty()) return out;
    Json tried(Json::Array{});
    for (const auto& way : quantized.tried) {
      auto entry = one(way.range);
      entry.set("sqnr_db", way.sqnr_db);
      tried.push(std::move(entry));
    }
    out.set("tried", std::move(tried));
    return out;
  }

  static std::string ranges_text(const compile::Quantized& quantized) {
    std::vector<std::string> tried;
    for (const auto& way : quantized.tried)
      tried.push_back(fmt::format("{} {}", way_text(way.range), decibels_text(way.sqnr_db)));
    return fmt::format("ranges: {} (outputs with {})", way_text(quantized.range),
                       fmt::join(tried, ", "));
  }

  [[nodiscard]] Json document(const std::string& path, const compile::Quantized& quantized,
                              const WrittenModel& written) const {
    Json out;
    out.set("model", path);
    out.set("output", output_);
    out.set("bytes", written.bytes);
    out.set("pictures", quantized.pictures);
    Json lost(Json::Array{});
    for (const auto& [number, why] : quantized.lost) {
      Json one;
      one.set("file", files_[number]);
      one.set("error", why);
      lost.push(std::move(one));
    }
    out.set("lost", std::move(lost));
    out.set("ranges", ranges_document(quantized));
    out.set("equalized_pairs", quantized.equalized.pairs);
    Json layers(Json::Array{});
    for (const auto& layer : quantized.layers) {
      Json one;
      one.set("name", layer.name);
      one.set("op", layer.op);
      if (!layer.gives_floats) {
        one.set("low", static_cast<double>(layer.low));
        one.set("high", static_cast<double>(layer.high));
        one.set("saturated", layer.saturated);
      }
      if (layer.sqnr_db) one.set("sqnr_db", *layer.sqnr_db);
      if (layer.nearest_db) one.set("sqnr_db_nearest", *layer.nearest_db);
      layers.push(std::move(one));
    }
    out.set("layers", std::move(layers));
    Json floats(Json::Array{});
    for (const auto& node : quantized.in_float) {
      Json one;
      one.set("name", node.name);
      one.set("op", node.op);
      one.set("reason", node.reason);
      floats.push(std::move(one));
    }
    out.set("in_float", std::move(floats));
    if (quantized.drop) {
      auto drop = quantized.drop->to_json();
      drop.set("points", quantized.drop->points());
      drop.set("expected_points", quantized.drop->expected_points());
      drop.set("macs_in_float", quantized.macs_in_float);
      out.set("drop", std::move(drop));
    }
    Json outputs(Json::Array{});
    for (const auto& [name, quality] : quantized.outputs) {
      Json one;
      one.set("name", name);
      one.set("psnr_db", quality.psnr_db());
      one.set("sqnr_db", quality.sqnr_db());
      one.set("largest_error", quality.largest_error());
      one.set("same_class", quality.agree());
      one.set("verdict", quant::verdict(quality.psnr_db()));
      one.set("worst_picture", worst(quantized, quality));
      outputs.push(std::move(one));
    }
    out.set("outputs", std::move(outputs));
    return out;
  }

  static std::string drop_text(const quant::Drop& drop) {
    const auto points = fmt::format("{:.3g} points lost, {:.2g} expected on others", drop.points(),
                                    drop.expected_points());
    if (drop.known() == 0)
      return fmt::format("{} pictures held out: {} answers are other ones, at most {}",
                         drop.pictures(), drop.pictures() - drop.agree(), points);
    return fmt::format("{} pictures held out: {} right in floats, {} of these wrong in bytes, {}",
                       drop.known(), drop.floats_right(), drop.lost(), points);
  }

  /// The file behind the n-th picture that was used.
  [[nodiscard]] const std::string& worst(const compile::Quantized& quantized,
                                         const quant::Quality& quality) const {
    auto left = quality.worst_picture();
    std::size_t i = 0;
    for (; i + 1 < files_.size(); ++i)
      if (!quantized.lost.contains(i) && left-- == 0) break;
    return files_[i];
  }

  void print(World& world, const Format& format, const compile::Quantized& quantized,
             const WrittenModel& written) const {
    std::vector<Column> columns = {{"layer", Align::left, Shrink::names},
                                   {"op"},
                                   {"from", Align::right},
                                   {"to", Align::right},
                                   {"saturated", Align::right},
                                   {"SQNR", Align::right}};
    if (learns()) columns.push_back({"of the nearest", Align::right});
    Table table(columns);
    for (const auto& layer : quantized.layers) {
      std::vector<std::string> row = {layer.name, layer.op};
      if (layer.gives_floats) {
        row.insert(row.end(), {"floats", "", ""});
      } else {
        row.insert(row.end(), {fmt::format("{:.4g}", layer.low), fmt::format("{:.4g}", layer.high),
                               fmt::format("{:.3g} %", layer.saturated * 100)});
      }
      row.push_back(layer.sqnr_db ? decibels_text(*layer.sqnr_db) : "");
      if (learns()) row.push_back(layer.nearest_db ? decibels_text(*layer.nearest_db) : "");
      table.row(std::move(row));
    }
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
    if (!quantized.tried.empty()) world.print("{}\n", ranges_text(quantized));
    for (const auto& node : quantized.in_float)
      world.print("in floats  {} ({}): {}\n", node.name, node.op, node.reason);
    if (quantized.drop)
      world.print("{}; {} of the multiplications in floats\n", drop_text(*quantized.drop),
                  percent_text(quantized.macs_in_float));
    const auto lost = quantized.lost.empty() ? std::string()
                                             : fmt::format(", {} left out", quantized.lost.size());
    for (const auto& [name, quality] : quantized.outputs) {
      world.print("{}  {}{}; worst: {}\n", name, verdict_text(quality), lost,
                  worst(quantized, quality));
    }
    world.print("{}  {}, {}\n", output_, format.name, bytes_text(written.bytes));
  }

  std::string model_;
  std::string calibration_;
  std::string output_;
  bool overwrite_ = false;
  std::optional<std::string> method_;
  double percentile_ = 99.999;
  bool per_tensor_ = false;
  bool symmetric_ = false;
  bool reduced_ = false;
  bool no_equalize_ = false;
  bool no_correction_ = false;
  std::vector<std::string> keep_float_;
  std::optional<std::string> rounding_;
  std::optional<double> max_drop_;
  std::string truth_path_;
  std::optional<Truth> truth_;
  int threads_ = 0;
  RecipeFlags flags_;
  ModelFlags model_flags_;
  bool is_guessed_ = false;
  int told_ = 0;
  std::vector<std::string> files_;
  std::optional<PictureReader> reader_;
};

}  // namespace

Command quantize_command() {
  return {
      .name = "quantize",
      .group = Group::models,
      .summary = "turn a network of floats into one of bytes, with pictures that say its scales",
      .story =
          "Layers and what lies between them compute with bytes, in the file written as ONNX by "
          "QuantizeLinear and DequantizeLinear, which other tools run, too. What stays in "
          "floats is named. How near the outputs are to those of the floats is measured on the "
          "same pictures: below 20 dB poor, to 25 acceptable, to 30 good. While it runs, what "
          "was found lies beside the output (F.calibration.json), and the same command goes on "
          "from there.",
      .examples = {{"quantize net.onnx --calibration pictures -o net_int8.onnx",
                    "then: slipway compile net_int8.onnx -o net_deploy"},
                   {"quantize net.tflite --calibration list.txt --method percentile "
                    "--keep-float conv1 -o net_int8.onnx",
                    "without outermost numbers, the first layer in floats"},
                   {"quantize net.onnx --calibration pictures --max-drop 0.5 -o net_int8.onnx",
                    "layers stay in floats while more than 0.5 % of the answers are lost on every "
                    "second picture"}},
      .data = Data::json,
      .make = make_verb<QuantizeVerb>};
}

}  // namespace slipway::cli
