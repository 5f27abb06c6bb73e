#include "cli/compare_pictures.h"

#include <algorithm>
#include <memory>

#include "cli/calibration.h"
#include "cli/compare_document.h"
#include "cli/compile_flags.h"
#include "cli/error.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/truth.h"
#include "cli/verdict.h"
#include "formats/import.h"
#include "ir/reshape_inputs.h"
#include "vision/labels.h"

namespace slipway::cli {
namespace {

constexpr int kMostTold = 10;               // pictures that are left out, by name
constexpr std::size_t kMostDiffering = 50;  // pictures whose class differs, by name

/// Pixels as they are, of which no step says what they stand for.
bool takes_plain_bytes(const Graph& graph) {
  if (graph.inputs().size() != 1) return false;
  const auto& type = graph.type(graph.inputs()[0]);
  return type.dtype != DType::f32 && !type.quant;
}

/// The first of the names that TensorFlow Lite joins where it joins layers.
std::string first_name(const std::string& name) { return name.substr(0, name.find(';')); }

/// "198 of 200 (99.0 %)"
std::string share_text(std::int64_t part, std::int64_t all) {
  const auto share =
      static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(all, 1));
  return fmt::format("{} of {} ({})", part, all, percent_text(share));
}

/// One comparison, from pictures to what is printed.
class Comparer {
 public:
  Comparer(World& world, LoadedModel a, SecondNetwork b, const ComparePictures& how)
      : world_(world),
        a_(std::move(a)),
        b_(std::move(b.model)),
        deployed_(std::move(b.deployment)),
        how_(how) {}

  Result<int> run() {
    report_.a = how_.a;
    report_.b = how_.b;
    report_.data = how_.data;
    report_.deployed = deployed_.has_value();
    if (how_.target == "Interpreter") report_.target = compile::Target::interpreter;
    world_.goal = fmt::format("read {}", how_.data);
    report_.files = SLIPWAY_TRY(calibration_files(world_, how_.data));
    world_.goal = fmt::format("compare {} with {}", how_.a, how_.b);
    SLIPWAY_TRY(close_batches(a_.graph));
    SLIPWAY_TRY(close_batches(b_.graph));
    SLIPWAY_TRY(take_recipe());
    SLIPWAY_TRY(read_truth());
    // Nobody should learn after an hour that there is no room for the page.
    std::shared_ptr<const void> lock;
    if (!how_.html.empty()) {
      world_.goal = fmt::format("write {}", how_.html);
      lock = SLIPWAY_TRY(world_.files.lock(how_.html));
      if (world_.files.kind(how_.html) == Files::Kind::folder)
        return fail(Code::invalid_input, "{} is a folder", how_.html);
      world_.goal = fmt::format("compare {} with {}", how_.a, how_.b);
    }
    const StopAsked stop(world_);
    auto found = compare(stop);
    progress_.reset();
    if (!found && stop.signal() != 0) {
      world_.note("stopped; nothing was written");
      return stopped_status(stop.signal());
    }
    if (!found) return found.error();
    report_.found = *std::move(found);
    if (told_ > kMostTold) world_.note("{} pictures were left out in all", told_);
    report_.passed = passes();
    // What was found is told even where the page cannot be written.
    if (world_.json) {
      auto document = compare_document(report_, false);
      if (!how_.html.empty()) document.set("html", how_.html);
      world_.print(document);
    } else {
      print();
    }
    if (!how_.html.empty()) SLIPWAY_TRY(write_page());
    return report_.passed ? 0 : 1;
  }

 private:
  /// For who looks on, and for the page.
  void say(std::string note) {
    world_.note("{}", note);
    report_.notes.push_back(std::move(note));
  }

  /// Whether both networks were made for the same pictures, but not for the same numbers.
  [[nodiscard]] bool differ_in_pixels() const {
    if (guesses_normalisation(a_.graph) || guesses_normalisation(b_.graph)) return false;
    if (!a_.graph.recipe || !b_.graph.recipe || takes_plain_bytes(b_.graph)) return false;
    if (takes_plain_bytes(a_.graph)) return false;
    const auto& a = *a_.graph.recipe;
    const auto& b = *b_.graph.recipe;
    return a.mean != b.mean || a.std != b.std || a.color != b.color;
  }

  /// Where nothing says how pixels become numbers in A, what B says: whoever quantized it knew.
  Result<void> take_recipe() {
    const bool borrows = guesses_normalisation(a_.graph) && !guesses_normalisation(b_.graph) &&
                         b_.graph.recipe && !takes_plain_bytes(b_.graph) &&
                         !how_.recipe.says_normalisation();
    if (borrows) {
      const auto layout = a_.graph.recipe ? a_.graph.recipe->layout : b_.graph.recipe->layout;
      a_.graph.recipe = b_.graph.recipe;
      a_.graph.recipe->layout = layout;
      a_.graph.metadata.erase("normalisation");
      say(fmt::format("how pixels become numbers is taken from {}", how_.b));
    } else if (differ_in_pixels()) {
      say(fmt::format(
          "{} and {} say two things about how pixels become numbers; {} is believed, and "
          "bytes may not reach as far as its numbers do (--recipe, --mean and --std change "
          "it)",
          how_.a, how_.b, how_.a));
    }
    const auto task = a_.graph.recipe ? a_.graph.recipe->task : Task::none;
    const bool guessed = guesses_normalisation(a_.graph) && !how_.recipe.says_normalisation();
    recipe_ = SLIPWAY_TRY(how_.recipe.apply(world_, a_.graph, task));
    world_.goal = fmt::format("use {} for pictures", how_.a);
    reader_ = SLIPWAY_TRY(PictureReader::make(a_.graph, recipe_, guessed));
    if (guessed) {  // no picture can be used where one of another size cannot
      const auto first = reader_->read(world_.files, report_.files[0]);
      if (!first && first.error().code == Code::invalid_input) return first.error();
    }
    world_.goal = fmt::format("compare {} with {}", how_.a, how_.b);
    return read_others(guessed);
  }

  /// Where B takes a picture in another way (bytes without steps, channels elsewhere), it gets the
  /// picture and not the numbers of A.
  Result<void> read_others(bool guessed) {
    if (b_.graph.inputs().size() != 1) return {};
    const auto& a = a_.graph.type(a_.graph.inputs()[0]);
    const auto& b = b_.graph.type(b_.graph.inputs()[0]);
    const bool plain = takes_plain_bytes(b_.graph);
    if (!plain && a.shape == b.shape) return {};
    auto recipe = plain ? b_.graph.recipe.value_or(Recipe{}) : recipe_;
    if (b_.graph.recipe) recipe.layout = b_.graph.recipe->layout;
    world_.goal = fmt::format("use {} for pictures", how_.b);
    others_ = SLIPWAY_TRY(PictureReader::make(b_.graph, std::move(recipe), guessed));
    world_.goal = fmt::format("compare {} with {}", how_.a, how_.b);
    return {};
  }

  /// labels.csv of a folder, where it names classes.
  Result<void> read_truth() {
    const auto table = join(how_.data, "labels.csv");
    if (world_.files.kind(how_.data) != Files::Kind::folder || a_.graph.outputs().empty() ||
        world_.files.kind(table) != Files::Kind::file)
      return {};
    const auto& shape = a_.graph.type(a_.graph.outputs()[0]).shape;
    if (!shape.is_known()) return {};
    auto truth =
        Truth::read(world_.files, table, static_cast<std::size_t>(shape.elements()), recipe_);
    if (truth) {
      truth_ = *std::move(truth);
    } else {
      world_.note("{} is not used: {}", table, truth.error().message);
    }
    return {};
  }

  Result<compile::Comparison> compare(const StopAsked& stop) {
    compile::ComparisonOptions options;
    options.isa = SLIPWAY_TRY(isa_here(world_));
    options.threads = how_.threads;
    options.target = report_.target;
    options.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
      if (what != shown_) {
        shown_ = what;
        progress_.emplace(world_, shown_, total);
      }
      progress_->at(done);
    };
    options.slow = [&](std::string_view side, const std::string& why) {
      world_.note("{} runs on the reference interpreter, which is slow: {}",
                  side == "first" ? how_.a : how_.b, why);
    };
    if (deployed_)
      options.run_second = [&](const std::vector<Tensor>& inputs) { return run_deployed(inputs); };
    options.stop = [&] { return stop.signal() != 0; };
    options.seen = [&](std::size_t picture, const Tensor& a, const Tensor& b) -> Result<void> {
      see(picture, a, b);
      return {};
    };
    if (others_)
      options.read_second = [&](std::size_t i) {
        return others_->read(world_.files, report_.files[i]);
      };
    compile::Pictures pictures{report_.files.size(), {}, {}};
    pictures.read = [&](std::size_t i) { return reader_->read(world_.files, report_.files[i]); };
    pictures.lost = [&](std::size_t i, const Error& error) {
      progress_.reset();
      shown_.clear();
      const auto goal = std::exchange(world_.goal, fmt::format("use {}", report_.files[i]));
      if (report_.files.size() > 1 && told_++ < kMostTold) print_error(world_, error, world_.json);
      world_.goal = goal;
    };
    return compile::compare_networks(a_.graph, b_.graph, pictures, options);
  }

  Result<std::vector<Tensor>> run_deployed(const std::vector<Tensor>& inputs) {
    auto& runner = deployed_->runner;
    for (std::size_t i = 0; i < inputs.size(); ++i) SLIPWAY_TRY(runner.set_input(i, inputs[i]));
    SLIPWAY_TRY(runner.run());
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < deployed_->deployment.outputs.size(); ++i)
      outputs.push_back(runner.output(i));
    return outputs;
  }

  /// The classes of one picture.
  void see(std::size_t picture, const Tensor& a, const Tensor& b) {
    if (!compile::is_scores(a.type())) return;
    const auto real = std::array{dequantized(a), dequantized(b)};
    const auto first = compile::likeliest(real[0].values<float>(), 1)[0];
    const auto second = compile::likeliest(real[1].values<float>(), 1)[0];
    const auto& file = report_.files[picture];
    const auto truth = truth_ ? truth_->of(file) : std::nullopt;
    if (truth) {
      if (!report_.right) report_.right = Right{};
      auto& right = *report_.right;
      right.of += 1;
      right.a += std::cmp_equal(first, *truth) ? 1 : 0;
      right.b += std::cmp_equal(second, *truth) ? 1 : 0;
    }
    if (first == second || report_.differ.size() >= kMostDiffering) return;
    const auto label = [&](std::size_t i) {
      return label_of(recipe_, static_cast<std::int64_t>(i));
    };
    Differing one{.file = file, .a = label(first), .b = label(second)};
    if (truth) one.truth = label(static_cast<std::size_t>(*truth));
    report_.differ.push_back(std::move(one));
  }

  Result<void> write_page() {
    world_.goal = fmt::format("write {}", how_.html);
    const auto page = compare_page(compare_document(report_, true));
    SLIPWAY_TRY(world_.files.write(how_.html, as_bytes(page)));
    if (!world_.json) world_.print("{}  one page, for a browser\n", how_.html);
    return {};
  }

  [[nodiscard]] bool passes() const {
    const auto& outputs = report_.found.outputs;
    const bool near = !how_.tolerance || std::ranges::all_of(outputs, [&](const auto& output) {
      return output.values.quality().largest_error() <= *how_.tolerance;
    });
    return near && verdict_of(report_.found) != "poor";
  }

  void print() const {
    const auto& found = report_.found;
    if (!world_.quiet) print_layers();
    for (const auto& output : found.outputs) {
      const auto& quality = output.values.quality();
      world_.print(
          "{}  {}: {} (SQNR {}), max abs diff {}, worst: {}\n", output.name,
          found.agreement
              ? verdict_words(quality.psnr_db(), found.agreement->first, std::ssize(found.used))
              : std::string(quant::verdict(quality.psnr_db())),
          decibels_text(quality.psnr_db()), decibels_text(quality.sqnr_db()),
          number_text(quality.largest_error()), report_.short_file(quality.worst_picture()));
    }
    const auto pictures = std::ssize(found.used);
    if (flatters(found))
      world_.print("  PSNR flatters: most numbers of that output lie near 0; SQNR says more\n");
    if (found.agreement) {
      const auto& agreement = *found.agreement;
      world_.print("the same class on {}; among the best {} on {}\n",
                   share_text(agreement.first, pictures), agreement.k,
                   share_text(agreement.among, pictures));
    }
    if (const auto& right = report_.right)
      world_.print("right  {} and {} by labels.csv\n", share_text(right->a, right->of),
                   share_text(right->b, right->of));
    world_.print("{} pictures{}; {} layers{}\n", pictures,
                 found.lost.empty() ? "" : fmt::format(", {} left out", found.lost.size()),
                 found.layers.size(), alone_words());
    if (deployed_) {
      world_.print("{} is a deployment ({}, {}): outputs alone\n", how_.b,
                   deployed_->deployment.device, isa_words(*deployed_));
    } else if (compile::is_quantized(b_.graph)) {
      world_.print("{} computed in {} ({})\n", how_.b, words_of(report_.target),
                   name_of(report_.target));
    }
    if (!report_.passed)
      world_.print("failed: {}\n", verdict_of(found) == "poor"
                                       ? std::string("an output is poor")
                                       : fmt::format("max abs diff over the tolerance of {}",
                                                     number_text(*how_.tolerance)));
  }

  [[nodiscard]] std::string alone_words() const {
    const auto& found = report_.found;
    std::string out;
    const auto add = [&](const std::vector<std::string>& names, const std::string& path) {
      if (names.empty()) return;
      out += fmt::format(", {} of {} alone ({}{})", names.size(), path, first_name(names[0]),
                         names.size() > 1 ? ", …" : "");
    };
    add(found.only_a, how_.a);
    add(found.only_b, how_.b);
    return out;
  }

  void print_layers() const {
    Table table({{"layer", Align::left, Shrink::names},
                 {"op"},
                 {"held as"},
                 {"SQNR", Align::right},
                 {"PSNR", Align::right},
                 {"max abs diff", Align::right},
                 {"worst picture", Align::left, Shrink::start}});
    bool rescaled = false;
    for (const auto& layer : report_.found.layers) {
      const auto& quality = layer.values.quality();
      const bool scaled = !layer.values.scales().empty();
      rescaled = rescaled || scaled;
      table.row({first_name(layer.name), layer.op, numbers_of(layer),
                 decibels_text(quality.sqnr_db()) + (scaled ? " *" : ""),
                 decibels_text(quality.psnr_db()), number_text(quality.largest_error()),
                 report_.short_file(quality.worst_picture())});
    }
    if (report_.found.layers.empty()) return;
    world_.print("{}\n", table.text(world_.terminal.out_columns, world_.terminal.color));
    if (rescaled)
      world_.print(
          "* channels have other sizes than in {}, as equalizing gives them; compared "
          "without that\n\n",
          how_.a);
  }

  World& world_;
  LoadedModel a_;
  LoadedModel b_;
  std::optional<LoadedDeployment> deployed_;
  const ComparePictures& how_;
  Recipe recipe_;
  std::optional<PictureReader> reader_;
  std::optional<PictureReader> others_;  // for B, where it cannot take what A takes
  std::optional<Truth> truth_;
  std::optional<Progress> progress_;
  std::string shown_;
  int told_ = 0;
  CompareReport report_;
};

}  // namespace

Result<void> check_page_name(World& world, const std::string& html) {
  if (html.empty() || extension(html) == "html" || extension(html) == "htm") return {};
  return world.usage("--html takes a name that ends in .html, not '{}'", html);
}

Result<int> compare_on_pictures(World& world, LoadedModel a, SecondNetwork b,
                                const ComparePictures& how) {
  return Comparer(world, std::move(a), std::move(b), how).run();
}

}  // namespace slipway::cli
