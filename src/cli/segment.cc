#include "vision/segment.h"

#include "cli/pictures.h"
#include "cli/table.h"
#include "cli/timed.h"
#include "cli/verbs.h"
#include "vision/encode.h"
#include "vision/overlay.h"

namespace slipway::cli {
namespace {

constexpr float kOverlay = 0.6F;
constexpr double kSmallest = 0.001;  // shares below are not worth a line

Picture colored(const Mask& mask) {
  Picture out(mask.width, mask.height);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) +
                      static_cast<std::size_t>(x);
      if (mask.classes[at] != Mask::kUnseen) out.set(x, y, class_color(mask.classes[at]));
    }
  }
  return out;
}

std::string color_text(int class_index) {
  const auto color = class_color(class_index);
  return fmt::format("#{:02x}{:02x}{:02x}", color[0], color[1], color[2]);
}

Json picture_json(const Seen& seen, const std::vector<Share>& parts,
                  const std::vector<std::string>& saved) {
  Json out;
  out.set("file", seen.file);
  Json rows(Json::Array{});
  for (const auto& part : parts) {
    Json row;
    row.set("index", part.class_index);
    row.set("label", part.label);
    row.set("share", part.share);
    row.set("color", color_text(part.class_index));
    rows.push(std::move(row));
  }
  out.set("shares", std::move(rows));
  if (!saved.empty()) {
    out.set("mask", saved[0]);
    out.set("overlay", saved[1]);
  }
  out.set("prepare_ms", seen.prepare_ms);
  out.set("time_ms", seen.time_ms);
  return out;
}

class SegmentVerb final : public Verb {
 public:
  void describe(Options& options) override {
    pictures_.describe(options, Task::segment);
    options
        .value(
            "--save", "DIR", save_,
            "write DIR/NAME-mask.png, a colour per class, and DIR/NAME.png, the picture under it")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    Json images(Json::Array{});
    Table table({{"picture", Align::left, Shrink::end},
                 {"label", Align::left, Shrink::end},
                 {"class", Align::right},
                 {"share", Align::right},
                 {"colour", Align::left},
                 {"time", Align::right}});
    std::size_t pictures = 0;
    OutputNames names(save_);
    pictures_.saves(save_, {"-mask", ""});

    const auto visit = [&](const Seen& seen) -> Result<void> {
      if (seen.outputs.empty()) return fail(Code::unsupported, "the model has no output");
      const auto mask = SLIPWAY_TRY(segment(seen.outputs[0], pictures_.recipe(), seen.placement));
      const auto parts = shares(mask, pictures_.recipe());
      ++pictures;
      const auto saved = SLIPWAY_TRY(save(world, seen, mask, names));
      if (world.json) {
        images.push(picture_json(seen, parts, saved));
        return {};
      }
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (i > 0 && part.share < kSmallest) continue;
        table.row({i == 0 ? seen.file : "", part.label, fmt::to_string(part.class_index),
                   percent_text(part.share), color_text(part.class_index),
                   i == 0 ? ms_text(seen.time_ms) : ""});
      }
      return {};
    };
    const auto lost = [&](const std::string& file, const Error& error) {
      Json out;
      out.set("file", file);
      out.set("error", error.message);
      images.push(std::move(out));
    };
    const int status = SLIPWAY_TRY(pictures_.for_each(world, Task::segment, visit, lost));
    if (world.json) {
      Json document;
      document.set("model", pictures_.model_path());
      document.set("images", std::move(images));
      if (pictures_.stopped()) document.set("stopped", true);
      document.set("clock", kClock);
      document.set("device", pictures_.device());
      world.print(document);
    } else if (pictures > 0) {
      world.print("{}\ntime {}\n", table.text(world.terminal.out_columns, world.terminal.color),
                  pictures_.device_words());
    }
    return status;
  }

 private:
  /// The mask and the overlay that were written, or nothing without --save.
  Result<std::vector<std::string>> save(World& world, const Seen& seen, const Mask& mask,
                                        OutputNames& names) const {
    std::vector<std::string> paths;
    if (save_.empty()) return paths;
    Picture overlay = seen.picture;
    SLIPWAY_TRY(blend(overlay, mask, kOverlay));
    const std::pair<std::string_view, Picture> pictures[] = {{"-mask", colored(mask)},
                                                             {"", std::move(overlay)}};
    for (const auto& [suffix, picture] : pictures) {
      paths.push_back(names.next(seen.file, suffix));
      world.goal = fmt::format("write {}", paths.back());
      SLIPWAY_TRY(world.files.write(paths.back(), SLIPWAY_TRY(to_png(picture))));
      world.detail("wrote {}", paths.back());
    }
    return paths;
  }

  PictureFlags pictures_;
  std::string save_;
};

}  // namespace

Command segment_command() {
  return {
      .name = "segment",
      .group = Group::pictures,
      .summary = "say what every pixel of pictures belongs to",
      .story = "The share of a class is its part of the pixels that the model saw.",
      .examples = {{"segment deeplab.tflite --labels voc.txt cat.jpg", "the share of each class"},
                   {"segment deeplab.tflite --save out cat.jpg",
                    "out/cat-mask.png and out/cat.png, the mask over the picture"}},
      .data = Data::json,
      .make = make_verb<SegmentVerb>};
}

}  // namespace slipway::cli
