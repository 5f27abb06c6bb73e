#include "cli/coco_truth.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json.h"

namespace slipway::cli {
namespace {

Result<const Json::Array*> list_of(const Json& document, std::string_view name) {
  const auto* list = document.find(name);
  if (list == nullptr || list->array() == nullptr)
    return fail(Code::corrupt, "it has no list '{}'", name);
  return list->array();
}

Result<std::int64_t> integer_of(const Json& row, std::string_view name) {
  const auto* value = row.find(name);
  if (value == nullptr || value->integer() == nullptr)
    return fail(Code::corrupt, "{} where a whole number '{}' is expected",
                value == nullptr ? "nothing" : value->text(0), name);
  return *value->integer();
}

Result<std::string> text_of(const Json& row, std::string_view name) {
  const auto* value = row.find(name);
  if (value == nullptr || value->string() == nullptr)
    return fail(Code::corrupt, "{} where a text '{}' is expected",
                value == nullptr ? "nothing" : value->text(0), name);
  return *value->string();
}

Result<measure::TrueBox> box_of(const Json& row) {
  measure::TrueBox out;
  out.image = SLIPWAY_TRY(integer_of(row, "image_id"));
  out.category = SLIPWAY_TRY(integer_of(row, "category_id"));
  const auto* corners = row.find("bbox");
  if (corners == nullptr || corners->array() == nullptr || corners->array()->size() != 4)
    return fail(Code::corrupt, "no 'bbox' of four numbers");
  double* into[] = {&out.left, &out.top, &out.width, &out.height};
  for (std::size_t i = 0; i < 4; ++i) *into[i] = SLIPWAY_TRY((*corners->array())[i].number());
  out.area = out.width * out.height;
  if (const auto* area = row.find("area")) out.area = SLIPWAY_TRY(area->number());
  if (const auto* crowd = row.find("iscrowd"))
    out.crowd = crowd->integer() != nullptr && *crowd->integer() != 0;
  return out;
}

Result<CocoTruth> parse(std::string_view text) {
  const auto document = SLIPWAY_TRY(parse_json(text));
  CocoTruth out;
  std::set<std::int64_t> images;
  for (const auto& row : *SLIPWAY_TRY(list_of(document, "images"))) {
    CocoTruth::Image image;
    image.id = SLIPWAY_TRY(integer_of(row, "id"));
    image.file = SLIPWAY_TRY(text_of(row, "file_name"));
    if (!images.insert(image.id).second)
      return fail(Code::corrupt, "it has image {} twice", image.id);
    out.images.push_back(std::move(image));
  }
  std::set<std::int64_t> categories;
  for (const auto& row : *SLIPWAY_TRY(list_of(document, "categories"))) {
    CocoTruth::Category category;
    category.id = SLIPWAY_TRY(integer_of(row, "id"));
    category.name = SLIPWAY_TRY(text_of(row, "name"));
    categories.insert(category.id);
    out.categories.push_back(std::move(category));
  }
  std::size_t number = 0;
  for (const auto& row : *SLIPWAY_TRY(list_of(document, "annotations"))) {
    ++number;
    auto box = SLIPWAY_TRY(box_of(row).during("reading annotation {}", number));
    if (!images.contains(box.image) || !categories.contains(box.category))
      return fail(Code::corrupt, "annotation {} names {} {}, which the file does not have", number,
                  images.contains(box.image) ? "category" : "image",
                  images.contains(box.image) ? box.category : box.image);
    out.boxes.push_back(box);
  }
  std::ranges::stable_sort(out.images, {}, &CocoTruth::Image::id);
  return out;
}

}  // namespace

Result<CocoTruth> read_coco(const Files& files, const std::string& path) {
  const auto bytes = SLIPWAY_TRY(files.read(path));
  return parse(as_text(bytes)).during("reading {}", path);
}

}  // namespace slipway::cli
