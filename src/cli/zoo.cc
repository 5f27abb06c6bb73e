#include <algorithm>

#include "base/suggest.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "vision/draw/list.h"
#include "vision/encode.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

std::vector<std::string> set_names() {
  std::vector<std::string> names;
  for (const auto& set : draw::draw_sets()) names.emplace_back(set.name);
  return names;
}

class ZooListVerb final : public Verb {
 public:
  void describe(Options&) override {}

  Result<int> run(World& world) override {
    if (world.json) {
      Json document;
      Json models(Json::Array{});
      for (const auto& model : zoo::models()) {
        Json row;
        row.set("name", model.name);
        row.set("trained", !model.is_made());
        row.set("input", model.input);
        row.set("parameters", model.parameters);
        row.set("macs", model.macs);
        row.set("summary", model.summary);
        models.push(std::move(row));
      }
      document.set("models", std::move(models));
      Json sets(Json::Array{});
      for (const auto& set : draw::draw_sets()) {
        Json row;
        row.set("name", set.name);
        row.set("labels", set.labels().size());
        row.set("summary", set.summary);
        sets.push(std::move(row));
      }
      document.set("images", std::move(sets));
      world.print(document);
      return 0;
    }
    Table table({{"name"},
                 {"what"},
                 {"input"},
                 {"params", Align::right},
                 {"MACs", Align::right},
                 {"summary", Align::left, Shrink::end}});
    for (const auto& model : zoo::models()) {
      table.row({std::string(model.name), model.is_made() ? "network" : "model",
                 std::string(model.input), count_text(model.parameters), count_text(model.macs),
                 std::string(model.summary)});
    }
    for (const auto& set : draw::draw_sets()) {
      table.row({std::string(set.name), "images", "·", "·", "·",
                 fmt::format("{} labels: {}", set.labels().size(), set.summary)});
    }
    world.print("{}", table.text(world.terminal.out_columns, world.terminal.color));
    return 0;
  }
};

/// The mask as a picture: black, and white where the thing is.
Picture mask_picture(const draw::Scene& scene) {
  Picture out(scene.picture.width, scene.picture.height);
  for (std::size_t i = 0; i < scene.mask.size(); ++i) {
    const std::uint8_t value = scene.mask[i] == 0 ? 0 : 255;
    for (std::size_t c = 0; c < 3; ++c) out.rgb[3 * i + c] = value;
  }
  return out;
}

class ZooImagesVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("NAME", name_, "a set of 'slipway zoo list'").choices = set_names();
    options.value("--count", "N", count_, "how many pictures (default: 10)");
    options.value("--seed", "S", seed_, "another seed, other pictures (default: 1)");
    options.value("--size", "P", size_, "pixels a side, 16 to 1024 (default: 64)");
    options.value("-o,--output", "DIR", output_, "the folder to write into (default: NAME)")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    if (count_ < 1) return world.usage("--count takes a number from 1, not {}", count_);
    if (size_ < kSmallest || size_ > kLargest)
      return world.usage("--size takes a number from {} to {}, not {}", kSmallest, kLargest, size_);
    const auto* set = draw::draw_set(name_);
    if (set == nullptr) return world.usage("there is no set of pictures '{}'", name_);
    const auto folder = output_.empty() ? name_ : output_;
    const auto names = set->labels();
    std::string labels = "file,label,name\n";
    std::string boxes = "file,label,left,top,right,bottom\n";
    const StopAsked stop(world);
    int done = 0;
    Progress progress(world, "drawing", static_cast<std::size_t>(count_));
    for (; done < count_ && stop.signal() == 0; ++done) {
      progress.at(static_cast<std::size_t>(done));
      const auto scene = set->scene(seed_, static_cast<std::uint64_t>(done), size_);
      const auto file = fmt::format("{:05}.png", done);
      SLIPWAY_TRY(write(world, join(folder, file), SLIPWAY_TRY(to_png(scene.picture))));
      SLIPWAY_TRY(
          write(world, join(folder, "masks/" + file), SLIPWAY_TRY(to_png(mask_picture(scene)))));
      labels += fmt::format("{},{},{}\n", file, scene.label,
                            names[static_cast<std::size_t>(scene.label)]);
      boxes += fmt::format("{},{},{},{},{},{}\n", file, scene.label, scene.box.x0, scene.box.y0,
                           scene.box.x1, scene.box.y1);
    }
    SLIPWAY_TRY(write(world, join(folder, "labels.csv"), as_bytes(labels)));
    SLIPWAY_TRY(write(world, join(folder, "boxes.csv"), as_bytes(boxes)));
    const auto old = left_over(world.files, folder, done);
    if (old > 0) world.note("{} also holds {} pictures of an earlier run", folder, old);
    if (!world.quiet) world.print("{}  {} pictures, labels.csv, boxes.csv, masks\n", folder, done);
    return done == count_ ? 0 : stopped_status(stop.signal());
  }

 private:
  static constexpr int kSmallest = 16;
  static constexpr int kLargest = 1024;

  /// How many numbered pictures from `count` on lie in the folder.
  static int left_over(const Files& files, const std::string& folder, int count) {
    const auto names = files.list(folder);
    if (!names) return 0;
    return static_cast<int>(std::count_if(names->begin(), names->end(), [&](const auto& name) {
      int number = 0;
      return extension(name) == "png" && stem(name).size() >= 5 &&
             convert(std::string(stem(name)), number) && number >= count;
    }));
  }

  static Result<void> write(World& world, const std::string& path, BytesView bytes) {
    world.goal = fmt::format("write {}", path);
    return world.files.write(path, bytes);
  }

  std::string name_;
  int count_ = 10;
  std::uint64_t seed_ = 1;
  int size_ = 64;
  std::string output_;
};

}  // namespace

Command zoo_list_command() {
  return {.name = "zoo list",
          .group = Group::models,
          .summary = "list the built-in models and sets of pictures",
          .story =
              "A model is trained and carried inside; a network is made on the spot, with random "
              "weights, to compile, measure and compare; images are drawn.",
          .examples = {{"zoo list", "names, sizes, what they are"},
                       {"zoo list --json", "the same for a script"}},
          .data = Data::json,
          .make = make_verb<ZooListVerb>};
}

Command zoo_images_command() {
  return {.name = "zoo images",
          .group = Group::pictures,
          .summary = "draw pictures with known labels, boxes and masks",
          .story =
              "The same seed gives the same pictures, on every machine. labels.csv has the "
              "columns file, label, name; boxes.csv the corners in pixels; masks/ is white "
              "where the thing is.",
          .examples = {{"zoo images signs --count 5 -o pictures", "five traffic signs"},
                       {"zoo images signs --count 1000 --seed 7 -o test", "a set for a test"}},
          .make = make_verb<ZooImagesVerb>};
}

}  // namespace slipway::cli
