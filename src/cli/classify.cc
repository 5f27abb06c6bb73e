#include "vision/classify.h"

#include "cli/pictures.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"

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
  }

  Result<int> run(World& world) override {
    if (top_ < 1) return world.usage("--top takes a number from 1, not {}", top_);
    Json images(Json::Array{});
    Table table({{"picture", Align::left, Shrink::end},
                 {"label", Align::left, Shrink::end},
                 {"class", Align::right},
                 {"probability", Align::right},
                 {"time", Align::right}});
    std::vector<double> times_ms;

    const auto visit = [&](const Seen& seen) -> Result<void> {
      if (seen.outputs.empty()) return fail(Code::unsupported, "the model has no output");
      const auto answers = SLIPWAY_TRY(classify_batch(seen.outputs[0], pictures_.recipe(),
                                                      static_cast<std::size_t>(top_), seen.batch));
      times_ms.push_back(seen.time_ms);
      if (world.json) {
        images.push(picture_json(seen, answers[0]));
        return {};
      }
      for (std::size_t i = 0; i < answers[0].size(); ++i) {
        const auto& answer = answers[0][i];
        table.row({i == 0 ? seen.file : "", answer.label, fmt::to_string(answer.class_index),
                   percent_text(answer.probability), i == 0 ? ms_text(seen.time_ms) : ""});
      }
      return {};
    };
    const auto lost = [&](const std::string& file, const Error& error) {
      Json out;
      out.set("file", file);
      out.set("error", error.message);
      images.push(std::move(out));
    };
    const int status = SLIPWAY_TRY(pictures_.for_each(world, Task::classify, visit, lost));

    if (world.json) {
      Json document;
      document.set("model", pictures_.model_path());
      document.set("images", std::move(images));
      if (!times_ms.empty()) document.set("time_ms", to_json(statistics(times_ms)));
      document.set("clock", kClock);
      document.set("device", kDevice);
      world.print(document);
      return status;
    }
    if (times_ms.empty()) return status;
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
    const auto time = statistics(times_ms);
    if (times_ms.size() == 1) {
      world.print("time  {}   ({})\n", ms_text(time.mean), kDeviceWords);
    } else {
      world.print("time  mean {}, min {}, max {} of {} pictures   ({})\n", ms_text(time.mean),
                  ms_text(time.min), ms_text(time.max), times_ms.size(), kDeviceWords);
    }
    return status;
  }

 private:
  PictureFlags pictures_;
  int top_ = 3;
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
                   {"classify net.tflite --top 1 holiday/", "every picture of a folder"},
                   {"classify net.onnx --mean 123.7,116.3,103.5 --std 58.4,57.1,57.4 cat.png",
                    "a model that does not say how pixels become numbers"}},
      .data = Data::json,
      .make = make_verb<ClassifyVerb>};
}

}  // namespace slipway::cli
