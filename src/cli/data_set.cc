#include "cli/data_set.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/csv.h"
#include "cli/imagenet.h"
#include "cli/pictures.h"
#include "cli/truth.h"
#include "ir/fields.h"

namespace slipway::cli {
namespace {

constexpr auto kEnds = "pictures end in .jpg .jpeg .png .bmp .ppm .pgm .pbm .pnm";

/// Names of the pictures in a folder, not in those below it.
std::vector<std::string> pictures_in(const Files& files, const std::string& folder) {
  std::vector<std::string> out;
  const auto names = files.list(folder);
  if (!names) return out;
  for (const auto& name : *names)
    if (has_picture_extension(name) && files.kind(join(folder, name)) == Files::Kind::file)
      out.push_back(name);
  return out;
}

/// "1 is not".
std::string are_not(const std::vector<std::string>& names) {
  return names.size() == 1 ? "1 is not" : fmt::format("{} are not", names.size());
}

/// "x.jpg and 2 more".
std::string first_of(const std::vector<std::string>& names) {
  return names.size() == 1 ? names[0] : fmt::format("{} and {} more", names[0], names.size() - 1);
}

/// Refuses a table that names what is not there, one thing twice, or not all that is there.
Result<void> check_names(const Files& files, const std::string& folder, const std::string& table,
                         const std::vector<std::string>& named) {
  std::set<std::string> known;
  std::vector<std::string> missing;
  for (const auto& name : named) {
    known.insert(name);
    if (files.kind(join(folder, name)) != Files::Kind::file) missing.push_back(name);
  }
  const auto remedy = "a table and its folder must belong together";
  if (!missing.empty())
    return fail(Code::invalid_input, "{} names {} pictures, of which {} there: {}", table,
                named.size(), are_not(missing), first_of(missing))
        .with_remedy(remedy);
  const auto there = pictures_in(files, folder);
  std::vector<std::string> unnamed;
  for (const auto& name : there)
    if (!known.contains(name)) unnamed.push_back(name);
  if (!unnamed.empty())
    return fail(Code::invalid_input, "{} names {} of the {} pictures in {}; it lacks {}", table,
                there.size() - unnamed.size(), there.size(), folder, first_of(unnamed))
        .with_remedy(remedy);
  return {};
}

Result<void> check_class(const std::string& table, const std::string& file, std::int64_t label,
                         std::int64_t classes) {
  if (label >= 0 && (classes == 0 || label < classes)) return {};
  if (classes == 0)
    return fail(Code::invalid_input, "{} says that {} is of class {}", table, file, label);
  return fail(Code::invalid_input,
              "{} says that {} is of class {}, and the model's classes are 0 to {}", table, file,
              label, classes - 1)
      .with_remedy("are they labels of another model?");
}

Result<DataSet> from_table(World& world, const std::string& folder, const std::string& table,
                           const DataWanted& wanted) {
  world.goal = fmt::format("read {}", table);
  const auto truth = SLIPWAY_TRY(
      Truth::read(world.files, table, static_cast<std::size_t>(wanted.classes), wanted.recipe));
  if (wanted.says_offset && !truth.has_names())
    world.note("--label-offset has no effect: {} has class numbers, and names no label", table);
  DataSet out;
  out.source = base_name(table);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& row : truth.rows()) {
    if (!seen.insert(row.file).second)
      return fail(Code::invalid_input, "{} names {} twice", table, row.file);
    SLIPWAY_TRY(check_class(table, row.file, row.label, wanted.classes));
    names.push_back(row.file);
    out.pictures.push_back(join(folder, row.file));
    out.classes.push_back(row.label);
  }
  SLIPWAY_TRY(check_names(world.files, folder, table, names));
  return out;
}

/// Which class each folder stands for: its name is a number or a label; or their order is that of
/// the classes.
Result<std::vector<int>> classes_of(const std::vector<std::string>& names, const std::string& path,
                                    const DataWanted& wanted) {
  std::vector<int> out;
  for (const auto& name : names)
    if (const auto is = class_of(name, wanted.recipe)) out.push_back(*is);
  if (out.size() == names.size()) return out;
  const auto count = static_cast<std::int64_t>(names.size());
  const bool has_background = count == wanted.classes - 1;
  if (wanted.classes != 0 && count != wanted.classes && !has_background)
    return fail(Code::invalid_input, "{} has {} folders, and the model {} classes", path, count,
                wanted.classes)
        .with_remedy(
            "folders named by class number or label, or a labels.csv with the columns file and "
            "label");
  out.clear();
  for (int i = 0; i < count; ++i) out.push_back(i + (has_background ? 1 : 0));
  return out;
}

/// A folder per class. The first picture of each, then the second of each: the first of them are of
/// all classes.
Result<DataSet> from_folders(World& world, const std::string& path, const DataWanted& wanted) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> pictures;
  std::size_t most = 0;
  for (const auto& name : SLIPWAY_TRY(world.files.list(path))) {
    const auto folder = join(path, name);
    if (world.files.kind(folder) != Files::Kind::folder) continue;
    auto found = pictures_in(world.files, folder);
    if (found.empty()) continue;
    most = std::max(most, found.size());
    names.push_back(name);
    pictures.push_back(std::move(found));
  }
  if (names.empty())
    return fail(Code::not_found, "nobody says what the pictures in {} show", path)
        .with_remedy("a labels.csv with the columns file and label, or a folder per class");
  const auto classes = SLIPWAY_TRY(classes_of(names, path, wanted));
  DataSet out;
  out.source = "folders of classes";
  for (std::size_t i = 0; i < names.size(); ++i)
    SLIPWAY_TRY(check_class(path, "folder " + names[i], classes[i], wanted.classes));
  for (std::size_t k = 0; k < most; ++k) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (k >= pictures[i].size()) continue;
      out.pictures.push_back(join(join(path, names[i]), pictures[i][k]));
      out.classes.push_back(classes[i]);
    }
  }
  return out;
}

Result<DataSet> for_classifier(World& world, const std::string& path, const DataWanted& wanted) {
  if (!wanted.truth.empty()) return from_table(world, path, wanted.truth, wanted);
  const auto table = join(path, "labels.csv");
  if (world.files.kind(table) == Files::Kind::file) return from_table(world, path, table, wanted);
  // As torchvision unpacks it.
  const auto val = join(path, "val");
  const bool is_above =
      pictures_in(world.files, path).empty() && world.files.kind(val) == Files::Kind::folder;
  return from_folders(world, is_above ? val : path, wanted);
}

/// The one JSON file here or in annotations/; of several the one that is called instances_….
Result<std::string> annotations_in(const Files& files, const std::string& path) {
  std::vector<std::string> found;
  for (const auto& folder : {path, join(path, "annotations")}) {
    const auto names = files.list(folder);
    if (!names) continue;
    for (const auto& name : *names)
      if (extension(name) == "json") found.push_back(join(folder, name));
  }
  if (found.size() > 1) {
    std::vector<std::string> instances;
    for (const auto& file : found)
      if (base_name(file).starts_with("instances_")) instances.push_back(file);
    if (instances.size() != 1)
      return fail(Code::invalid_input, "{} has several files of annotations: {}", path,
                  first_of(found))
          .with_remedy("--truth F says which");
    return instances[0];
  }
  return found.empty() ? std::string() : found[0];
}

Result<DataSet> from_coco(World& world, const std::string& path, const std::string& file) {
  world.goal = fmt::format("read {}", file);
  auto truth = SLIPWAY_TRY(read_coco(world.files, file));
  DataSet out;
  out.source = base_name(file);
  std::map<std::int64_t, std::size_t> places;
  // "instances_val2017.json" is about the folder val2017.
  const auto name = stem(file);
  const auto part = std::string(name.substr(name.find('_') == name.npos ? 0 : name.find('_') + 1));
  std::vector<std::string> missing;
  for (const auto& image : truth.images) {
    std::string there;
    for (const auto& folder : {path, join(path, part), join(path, "images")})
      if (there.empty() && world.files.kind(join(folder, image.file)) == Files::Kind::file)
        there = join(folder, image.file);
    if (there.empty()) missing.push_back(image.file);
    places[image.id] = out.pictures.size();
    out.pictures.push_back(there);
    out.images.push_back(image.id);
  }
  if (!missing.empty())
    return fail(Code::invalid_input, "{} names {} pictures, of which {} there: {}", file,
                truth.images.size(), are_not(missing), first_of(missing))
        .with_remedy(fmt::format("they are looked for in {0}, {0}/{1} and {0}/images", path, part));
  out.boxes.resize(out.pictures.size());
  for (const auto& box : truth.boxes) out.boxes[places.at(box.image)].push_back(box);
  out.categories = std::move(truth.categories);
  return out;
}

/// boxes.csv: file, label, left, top, right, bottom in pixels; a row for each thing.
Result<DataSet> from_boxes(World& world, const std::string& path, const std::string& file,
                           const Recipe& recipe) {
  world.goal = fmt::format("read {}", file);
  const auto bytes = SLIPWAY_TRY(world.files.read(file));
  const auto csv = SLIPWAY_TRY(parse_csv(as_text(bytes)).during("reading {}", file));
  std::vector<std::size_t> columns;
  for (const auto* name : {"file", "label", "left", "top", "right", "bottom"}) {
    const auto column = csv.find(name);
    if (!column) return fail(Code::invalid_input, "{} has no column {}", file, name);
    columns.push_back(*column);
  }
  DataSet out;
  out.source = base_name(file);
  const auto names = pictures_in(world.files, path);
  std::map<std::string, std::size_t> places;
  for (const auto& name : names) {
    places[name] = out.pictures.size();
    out.images.push_back(static_cast<std::int64_t>(out.pictures.size()));
    out.pictures.push_back(join(path, name));
  }
  out.boxes.resize(out.pictures.size());
  std::size_t line = 1;
  for (const auto& row : csv.rows) {
    ++line;
    const auto place = places.find(row[columns[0]]);
    if (place == places.end())
      return fail(Code::invalid_input, "{}, line {}: there is no picture {} in {}", file, line,
                  row[columns[0]], path);
    const auto label = class_of(row[columns[1]], recipe);
    double corners[4] = {};
    bool fits = label.has_value();
    for (std::size_t i = 0; i < 4; ++i)
      fits = fits && convert(row[columns[i + 2]], corners[i]).ok();
    if (!fits || corners[2] < corners[0] || corners[3] < corners[1])
      return fail(Code::invalid_input, "{}, line {}: no label and four corners in pixels", file,
                  line);
    measure::TrueBox box;
    box.image = static_cast<std::int64_t>(place->second);
    box.category = *label;
    box.left = corners[0];
    box.top = corners[1];
    box.width = corners[2] - corners[0];
    box.height = corners[3] - corners[1];
    box.area = box.width * box.height;
    out.boxes[place->second].push_back(box);
  }
  return out;
}

Result<DataSet> for_detector(World& world, const std::string& path, const DataWanted& wanted) {
  auto file = wanted.truth.empty() ? SLIPWAY_TRY(annotations_in(world.files, path)) : wanted.truth;
  const auto table = join(path, "boxes.csv");
  if (file.empty() && world.files.kind(table) == Files::Kind::file) file = table;
  if (file.empty())
    return fail(Code::not_found, "nobody says where things are in the pictures of {}", path)
        .with_remedy(
            "COCO's annotations as .json in it or in its folder annotations, or a boxes.csv with "
            "the columns file, label, left, top, right, bottom");
  if (extension(file) == "json") return from_coco(world, path, file);
  return from_boxes(world, path, file, wanted.recipe);
}

Result<DataSet> for_segmenter(World& world, const std::string& path, const DataWanted& wanted) {
  const auto masks = wanted.truth.empty() ? join(path, "masks") : wanted.truth;
  const auto names = pictures_in(world.files, path);
  DataSet out;
  out.source = fmt::format("{}/", base_name(masks));
  std::vector<std::string> missing;
  for (const auto& name : names) {
    const auto mask = join(masks, fmt::format("{}.png", stem(name)));
    if (world.files.kind(mask) != Files::Kind::file) missing.push_back(mask);
    out.pictures.push_back(join(path, name));
    out.masks.push_back(mask);
  }
  if (!missing.empty())
    return fail(missing.size() == names.size() ? Code::not_found : Code::invalid_input,
                "{} of {} pictures have no mask: there is no {}", missing.size(), names.size(),
                first_of(missing))
        .with_remedy("a PNG of classes for each picture, in the folder masks");
  // White says that there is something, labels.csv what it is.
  out.things.resize(names.size());
  const auto table = join(path, "labels.csv");
  if (wanted.classes == 2) {
    std::ranges::fill(out.things, 1);
  } else if (world.files.kind(table) == Files::Kind::file) {
    // Where no mask is white nobody asks for it.
    const auto truth = Truth::read(world.files, table, 0, wanted.recipe);
    for (std::size_t i = 0; truth && i < names.size(); ++i)
      if (const auto label = truth->of(names[i])) out.things[i] = *label + 1;
  }
  return out;
}

}  // namespace

std::string short_name(const DataSet& data, std::size_t picture) {
  const auto& path = data.pictures[picture];
  const auto prefix = join(data.folder, "");
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

Task task_of_data(const Files& files, const std::string& path) {
  const auto has = [&](const char* name, Files::Kind kind) {
    return files.kind(join(path, name)) == kind;
  };
  if (has("labels.csv", Files::Kind::file)) return Task::classify;
  if (has("boxes.csv", Files::Kind::file) || has("annotations", Files::Kind::folder))
    return Task::detect;
  if (has("masks", Files::Kind::folder)) return Task::segment;
  return Task::classify;
}

Result<DataSet> open_data_set(World& world, const std::string& path, const DataWanted& wanted) {
  world.goal = fmt::format("read {}", path);
  auto folder = path;
  if (wanted.task == Task::classify && wanted.truth.empty() && is_imagenet(world.files, path))
    folder = SLIPWAY_TRY(unpack_imagenet(world, path));
  if (world.files.kind(folder) == Files::Kind::absent)
    return fail(Code::not_found, "no such folder: {}", folder);
  if (world.files.kind(folder) == Files::Kind::file)
    return fail(Code::invalid_input, "{} is a file; a folder with pictures is needed", folder);
  auto out = SLIPWAY_TRY(wanted.task == Task::detect    ? for_detector(world, folder, wanted)
                         : wanted.task == Task::segment ? for_segmenter(world, folder, wanted)
                                                        : for_classifier(world, folder, wanted));
  if (out.pictures.empty())
    return fail(Code::not_found, "there is no picture in {}", path).with_remedy(kEnds);
  out.folder = folder;
  return out;
}

}  // namespace slipway::cli
