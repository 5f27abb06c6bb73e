#include "vision/classify.h"

#include <algorithm>
#include <cmath>

#include "cli/pictures.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/truth.h"
#include "cli/verbs.h"
#include "vision/encode.h"
#include "vision/labels.h"
#include "vision/overlay.h"

namespace slipway::cli {
namespace {

Json picture_json(const Seen& seen, const std::vector<Answer>& answers) {
  Json out;
  out.set("file", seen.file);
  Json top(Json::Array{});
  for (const auto& answer : answers) {
    Json row;
    row.set("index", answer.class_index);
    row.set("label", answer.label);
    row.set("probability", answer.probability);
    top.push(std::move(row));
  }
  out.set("top", std::move(top));
  out.set("prepare_ms", seen.prepare_ms);
  out.set("time_ms", seen.time_ms);
  return out;
}

class ClassifyVerb final : public Verb {
 public:
  void describe(Options& options) override {
    pictures_.describe(options, Task::classify);
    options.value("--top", "K", top_, "show the K likeliest classes (default: 3)");
    options
        .value("--truth", "F.csv", truth_path_,
               "what the pictures really show (columns file, label; label is the class number or "
               "name): counts how many are right")
        .takes_file = true;
    options
        .value("--sheet", "F.png", sheet_path_,
               "all pictures on one sheet with the likeliest label under each")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    if (top_ < 1) return world.usage("--top takes a number from 1, not {}", top_);
    if (!sheet_path_.empty() && extension(sheet_path_) != "png")
      return world.usage("--sheet takes a name that ends in .png, not '{}'", sheet_path_);
    pictures_.before([&](const Graph& graph) { return read_truth(world, graph); });
    const auto visit = [&](const Seen& seen) { return add(world, seen); };
    const auto lost = [&](const std::string& file, const Error& error) {
      Json out;
      out.set("file", file);
      out.set("error", error.message);
      images_.push(std::move(out));
    };
    const int status = SLIPWAY_TRY(pictures_.for_each(world, Task::classify, visit, lost));
    if (!sheet_path_.empty() && !tiles_.empty()) SLIPWAY_TRY(write_sheet(world));
    if (world.json) {
      world.print(document());
    } else if (!times_ms_.empty()) {
      print(world);
    }
    return status;
  }

 private:
  /// One picture's answers, into the table or the document, and onto the sheet.
  Result<void> add(World& world, const Seen& seen) {
    if (seen.outputs.empty()) return fail(Code::unsupported, "the model has no output");
    const auto batch = SLIPWAY_TRY(classify_batch(seen.outputs[0], pictures_.recipe(),
                                                  static_cast<std::size_t>(top_), seen.batch));
    const auto& answers = batch[0];
    const auto truth = truth_ ? truth_->of(seen.file) : std::nullopt;
    times_ms_.push_back(seen.time_ms);
    if (truth) {
      ++judged_;
      if (*truth == answers[0].class_index) ++right_;
    }
    if (!sheet_path_.empty()) add_tile(seen, answers[0], truth);
    if (world.json) {
      auto json = picture_json(seen, answers);
      if (truth) json.set("truth", *truth);
      images_.push(std::move(json));
      return {};
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto& answer = answers[i];
      std::vector<std::string> row = {
          i == 0 ? seen.file : "", answer.label, fmt::to_string(answer.class_index),
          percent_text(answer.probability), i == 0 ? ms_text(seen.time_ms) : ""};
      if (!truth_path_.empty()) row.insert(row.begin() + 1, i == 0 ? truth_text(truth) : "");
      if (!truth_path_.empty()) row.push_back(i == 0 ? verdict_text(truth, answers[0]) : "");
      rows_.push_back(std::move(row));
    }
    return {};
  }

  Result<void> read_truth(World& world, const Graph& graph) {
    if (truth_path_.empty()) return {};
    world.goal = fmt::format("read {}", truth_path_);
    const auto& shape = graph.type(graph.outputs()[0]).shape;
    std::int64_t classes = 0;
    if (shape.is_known() && shape.rank() > 0)
      classes = shape.elements() / std::max<std::int64_t>(1, shape.rank() > 1 ? shape[0] : 1);
    truth_ = SLIPWAY_TRY(Truth::read(world.files, truth_path_, static_cast<std::size_t>(classes),
                                     pictures_.recipe()));
    return {};
  }

  [[nodiscard]] std::string truth_text(std::optional<int> truth) const {
    return truth ? label_of(pictures_.recipe(), *truth) : "not in the table";
  }

  static std::string verdict_text(std::optional<int> truth, const Answer& guess) {
    if (!truth) return "";
    return *truth == guess.class_index ? "right" : "WRONG";
  }

  void add_tile(const Seen& seen, const Answer& guess, std::optional<int> truth) {
    auto verdict = Verdict::unknown;
    if (truth) verdict = *truth == guess.class_index ? Verdict::right : Verdict::wrong;
    tiles_.push_back({seen.picture, guess.label, verdict});
  }

  /// A sheet about as wide as high.
  Result<void> write_sheet(World& world) {
    const auto columns =
        static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles_.size()) * 4 / 3)));
    int side = 128;
    for (const auto& tile : tiles_)
      side = std::max({side, tile.picture.width, tile.picture.height});
    const auto picture = SLIPWAY_TRY(sheet(tiles_, columns, std::min(side, 256)));
    const auto png = SLIPWAY_TRY(to_png(picture));
    world.goal = fmt::format("write {}", sheet_path_);
    SLIPWAY_TRY(world.files.write(sheet_path_, png));
    world.note("the sheet is in {}", sheet_path_);
    return {};
  }

  [[nodiscard]] Json document() const {
    Json out;
    out.set("model", pictures_.model_path());
    out.set("images", images_);
    if (pictures_.stopped()) out.set("stopped", true);
    if (judged_ > 0) {
      out.set("right", right_);
      out.set("judged", judged_);
    }
    if (!times_ms_.empty()) out.set("time_ms", to_json(statistics(times_ms_)));
    out.set("clock", kClock);
    out.set("device", pictures_.device());
    return out;
  }

  void print(World& world) const {
    std::vector<Column> columns = {{"picture", Align::left, Shrink::end},
                                   {"label", Align::left, Shrink::end},
                                   {"class", Align::right},
                                   {"probability", Align::right},
                                   {"time", Align::right}};
    if (!truth_path_.empty()) {
      columns[1].title = "guess";
      columns.insert(columns.begin() + 1, {"truth", Align::left, Shrink::end});
      columns.push_back({"", Align::left});
    }
    Table table(std::move(columns));
    for (const auto& row : rows_) table.row(row);
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
    if (judged_ > 0) world.print("right  {} of {}\n", right_, judged_);
    const auto time = statistics(times_ms_);
    if (times_ms_.size() == 1) {
      world.print("time  {}   ({})\n", ms_text(time.mean), pictures_.device_words());
    } else {
      world.print("time  mean {}, min {}, max {} of {} pictures   ({})\n", ms_text(time.mean),
                  ms_text(time.min), ms_text(time.max), times_ms_.size(), pictures_.device_words());
    }
  }

  PictureFlags pictures_;
  int top_ = 3;
  std::string truth_path_;
  std::string sheet_path_;

  std::optional<Truth> truth_;
  Json images_ = Json(Json::Array{});
  std::vector<std::vector<std::string>> rows_;
  std::vector<Tile> tiles_;
  std::vector<double> times_ms_;
  int judged_ = 0;
  int right_ = 0;
};

}  // namespace

Command classify_command() {
  return {
      .name = "classify",
      .group = Group::pictures,
      .summary = "say what pictures show: the likeliest labels",
      .story = "The time is that of the model alone, without reading and resizing the picture.",
      .examples = {{"classify signs street.png", "with the model that is built in"},
                   {"classify net.tflite --labels names.txt parrot.jpg", "with labels from a file"},
                   {"classify signs pictures --truth pictures/labels.csv --top 1 --sheet sheet.png",
                    "how many are right, and all of them on one picture"},
                   {"classify net.tflite --mean 123.7,116.3,103.5 --std 58.4,57.1,57.4 cat.png",
                    "a model that does not say how pixels become numbers"}},
      .data = Data::json,
      .make = make_verb<ClassifyVerb>};
}

}  // namespace slipway::cli
