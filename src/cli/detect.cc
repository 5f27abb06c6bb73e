#include "vision/detect.h"

#include <cmath>

#include "cli/pictures.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
#include "vision/encode.h"
#include "vision/overlay.h"

namespace slipway::cli {
namespace {

/// The corners in pixels of the picture.
struct Corners {
  long x1, y1, x2, y2;
};

Corners corners_of(const Box& box, const Picture& picture) {
  const auto w = static_cast<float>(picture.width);
  const auto h = static_cast<float>(picture.height);
  return {std::lround(box.x1 * w), std::lround(box.y1 * h), std::lround(box.x2 * w),
          std::lround(box.y2 * h)};
}

Json picture_json(const Seen& seen, const std::vector<Box>& boxes, const std::string& saved) {
  Json out;
  out.set("file", seen.file);
  out.set("width", seen.picture.width);
  out.set("height", seen.picture.height);
  Json rows(Json::Array{});
  for (const auto& box : boxes) {
    const auto corners = corners_of(box, seen.picture);
    Json row;
    row.set("index", box.class_index);
    row.set("label", box.label);
    row.set("score", static_cast<double>(box.score));
    row.set("box", Json::Array{corners.x1, corners.y1, corners.x2, corners.y2});
    rows.push(std::move(row));
  }
  out.set("boxes", std::move(rows));
  if (!saved.empty()) out.set("saved", saved);
  out.set("prepare_ms", seen.prepare_ms);
  out.set("time_ms", seen.time_ms);
  return out;
}

class DetectVerb final : public Verb {
 public:
  void describe(Options& options) override {
    pictures_.describe(options, Task::detect);
    options.value("--save", "DIR", save_, "write each picture with its boxes drawn into DIR")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    Json images(Json::Array{});
    Table table({{"picture", Align::left, Shrink::end},
                 {"label", Align::left, Shrink::end},
                 {"score", Align::right},
                 {"left", Align::right},
                 {"top", Align::right},
                 {"right", Align::right},
                 {"bottom", Align::right},
                 {"time", Align::right}});
    std::size_t pictures = 0;
    OutputNames names(save_);
    pictures_.saves(save_, {""});

    const auto visit = [&](const Seen& seen) -> Result<void> {
      const auto boxes = SLIPWAY_TRY(detect(seen.outputs, pictures_.recipe(), seen.placement));
      ++pictures;
      const auto saved = SLIPWAY_TRY(save(world, seen, boxes, names));
      if (world.json) {
        images.push(picture_json(seen, boxes, saved));
        return {};
      }
      if (boxes.empty())
        table.row({seen.file, "nothing found", "", "", "", "", "", ms_text(seen.time_ms)});
      for (std::size_t i = 0; i < boxes.size(); ++i) {
        const auto corners = corners_of(boxes[i], seen.picture);
        table.row({i == 0 ? seen.file : "", boxes[i].label,
                   percent_text(static_cast<double>(boxes[i].score)), fmt::to_string(corners.x1),
                   fmt::to_string(corners.y1), fmt::to_string(corners.x2),
                   fmt::to_string(corners.y2), i == 0 ? ms_text(seen.time_ms) : ""});
      }
      return {};
    };
    const auto lost = [&](const std::string& file, const Error& error) {
      Json out;
      out.set("file", file);
      out.set("error", error.message);
      images.push(std::move(out));
    };
    const int status = SLIPWAY_TRY(pictures_.for_each(world, Task::detect, visit, lost));
    if (world.json) {
      Json document;
      document.set("model", pictures_.model_path());
      document.set("images", std::move(images));
      if (pictures_.stopped()) document.set("stopped", true);
      document.set("clock", kClock);
      document.set("device", pictures_.device());
      world.print(document);
    } else if (pictures > 0) {
      world.print("{}\ncorners in pixels; time {}\n",
                  table.text(world.terminal.out_columns, world.terminal.color),
                  pictures_.device_words());
    }
    return status;
  }

 private:
  /// The path that was written, or nothing without --save.
  Result<std::string> save(World& world, const Seen& seen, const std::vector<Box>& boxes,
                           OutputNames& names) const {
    if (save_.empty()) return std::string();
    Picture drawn = seen.picture;
    draw_boxes(drawn, boxes);
    const auto path = names.next(seen.file);
    world.goal = fmt::format("write {}", path);
    SLIPWAY_TRY(world.files.write(path, SLIPWAY_TRY(to_png(drawn))));
    world.detail("wrote {}", path);
    return path;
  }

  PictureFlags pictures_;
  std::string save_;
};

}  // namespace

Command detect_command() {
  return {
      .name = "detect",
      .group = Group::pictures,
      .summary = "find things in pictures: labels, scores and boxes",
      .story = {},
      .examples = {{"detect ssd.tflite --labels coco.txt street.jpg", "a table of boxes"},
                   {"detect ssd.tflite --threshold 0.3 --save out street.jpg",
                    "also the less certain ones; out/street.png shows the boxes"},
                   {"detect ssd.tflite photos/ --json", "every picture of a folder, for a script"}},
      .data = Data::json,
      .make = make_verb<DetectVerb>};
}

}  // namespace slipway::cli
