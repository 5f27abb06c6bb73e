#include "ir/recipe.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include <fmt/ranges.h>

#include "base/json.h"

namespace slipway {
namespace {

/// An enum value and its name in the text.
template <class E>
struct Word {
  std::string_view name;
  E value;
};

constexpr Word<ResizeMethod> kResizeMethods[] = {
    {"nearest", ResizeMethod::nearest},
    {"nearest_asymmetric", ResizeMethod::nearest_asymmetric},
    {"bilinear", ResizeMethod::bilinear},
    {"bilinear_asymmetric", ResizeMethod::bilinear_asymmetric},
    {"bilinear_align_corners", ResizeMethod::bilinear_align_corners},
    {"area", ResizeMethod::area},
    {"bilinear_antialias", ResizeMethod::bilinear_antialias},
};
constexpr Word<Fit> kFits[] = {
    {"crop", Fit::crop}, {"stretch", Fit::stretch}, {"letterbox", Fit::letterbox}};
constexpr Word<ColorOrder> kColorOrders[] = {
    {"rgb", ColorOrder::rgb}, {"bgr", ColorOrder::bgr}, {"gray", ColorOrder::gray}};
constexpr Word<Layout> kLayouts[] = {{"nhwc", Layout::nhwc}, {"nchw", Layout::nchw}};
constexpr Word<Task> kTasks[] = {{"none", Task::none},
                                 {"classify", Task::classify},
                                 {"detect", Task::detect},
                                 {"segment", Task::segment}};
constexpr Word<Scores> kScores[] = {{"probabilities", Scores::probabilities},
                                    {"logits", Scores::logits}};
constexpr Word<BoxFormat> kBoxFormats[] = {
    {"tflite_postprocess", BoxFormat::tflite_postprocess},
    {"detection_output", BoxFormat::detection_output},
    {"corners_with_scores", BoxFormat::corners_with_scores},
};

std::span<const Word<ResizeMethod>> words(ResizeMethod) { return kResizeMethods; }

std::span<const Word<Fit>> words(Fit) { return kFits; }

std::span<const Word<ColorOrder>> words(ColorOrder) { return kColorOrders; }

std::span<const Word<Layout>> words(Layout) { return kLayouts; }

std::span<const Word<Task>> words(Task) { return kTasks; }

std::span<const Word<Scores>> words(Scores) { return kScores; }

std::span<const Word<BoxFormat>> words(BoxFormat) { return kBoxFormats; }

/// The double with the same shortest decimal text, so that 0.1F is written as 0.1.
double as_written(float value) {
  const std::string text = fmt::format("{}", value);
  double out = value;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

template <class E>
  requires std::is_enum_v<E>
Result<void> read(const Json& json, E& out) {
  std::vector<std::string_view> known;
  for (const auto& word : words(E{})) {
    if (json.string() != nullptr && *json.string() == word.name) {
      out = word.value;
      return {};
    }
    known.push_back(word.name);
  }
  return fail(Code::invalid_input, "{} is none of {}", json.text(0), fmt::join(known, ", "));
}

Result<void> read(const Json& json, float& out) {
  const auto number = json.number();
  if (!number) return fail(Code::invalid_input, "{} is not a number", json.text(0));
  if (std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max())) {
    return fail(Code::invalid_input, "{} is too large", json.text(0));
  }
  out = static_cast<float>(*number);
  return {};
}

template <class I>
  requires std::is_integral_v<I>
Result<void> read(const Json& json, I& out) {
  using Limits = std::numeric_limits<I>;
  const auto* number = json.integer();
  if (number == nullptr || *number < Limits::min() || *number > Limits::max()) {
    return fail(Code::invalid_input, "{} is not an integer in {}..{}", json.text(0), Limits::min(),
                Limits::max());
  }
  out = static_cast<I>(*number);
  return {};
}

Result<void> read(const Json& json, std::string& out) {
  if (json.string() == nullptr) {
    return fail(Code::invalid_input, "{} is not a string", json.text(0));
  }
  out = *json.string();
  return {};
}

/// A list; one value alone is a list of one.
template <class T>
Result<void> read(const Json& json, std::vector<T>& out) {
  std::vector<T> values;
  const Json::Array one = {json};
  for (const Json& element : json.array() != nullptr ? *json.array() : one) {
    SLIPWAY_TRY(read(element, values.emplace_back()));
  }
  out = std::move(values);
  return {};
}

template <class E>
  requires std::is_enum_v<E>
Json write(E value) {
  for (const auto& word : words(E{})) {
    if (word.value == value) return word.name;
  }
  broken_promise("an enum value without a name", __FILE__, __LINE__);
}

Json write(float value) { return as_written(value); }

template <class I>
  requires std::is_integral_v<I>
Json write(I value) {
  return value;
}

Json write(const std::string& value) { return value; }

template <class T>
Json write(const std::vector<T>& values) {
  Json::Array out;
  for (const T& value : values) out.push_back(write(value));
  return out;
}

/// One member of the text: its name, and how it goes in and out of a Recipe.
struct Member {
  std::string_view name;
  Result<void> (*read)(const Json&, Recipe&);
  Json (*write)(const Recipe&);
};

template <auto kField>
constexpr Member member(std::string_view name) {
  return {name, [](const Json& json, Recipe& recipe) { return read(json, recipe.*kField); },
          [](const Recipe& recipe) { return write(recipe.*kField); }};
}

/// The whole format, in the order in which it is written.
constexpr Member kMembers[] = {
    member<&Recipe::fit>("fit"),
    member<&Recipe::crop_ratio>("crop_ratio"),
    member<&Recipe::resize>("resize"),
    member<&Recipe::pad_value>("pad_value"),
    member<&Recipe::color>("color"),
    member<&Recipe::layout>("layout"),
    member<&Recipe::mean>("mean"),
    member<&Recipe::std>("std"),
    member<&Recipe::task>("task"),
    member<&Recipe::scores>("scores"),
    member<&Recipe::boxes>("boxes"),
    member<&Recipe::score_threshold>("score_threshold"),
    member<&Recipe::iou_threshold>("iou_threshold"),
    member<&Recipe::label_offset>("label_offset"),
    member<&Recipe::labels>("labels"),
};

const Member* find_member(std::string_view name) {
  for (const Member& member : kMembers) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

Result<void> check_threshold(std::string_view name, float value) {
  if (value >= 0 && value <= 1) return {};
  return fail(Code::invalid_input, "recipe: a {} of {} is outside [0, 1]", name, value);
}

Result<void> check_channels(std::string_view name, const std::vector<float>& values) {
  if (values.size() != 1 && values.size() != 3) {
    return fail(Code::invalid_input, "recipe: {} has {} values, not 1 or 3", name, values.size());
  }
  for (const float value : values) {
    if (!std::isfinite(value)) return fail(Code::invalid_input, "recipe: a {} of {}", name, value);
  }
  return {};
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view json, Recipe base) {
  const auto root = parse_json(json);
  if (!root) return fail(Code::invalid_input, "recipe: {}", root.error().message);
  if (root->object() == nullptr) return fail(Code::invalid_input, "recipe: not a JSON object");
  for (const auto& [name, value] : *root->object()) {
    const Member* member = find_member(name);
    if (member == nullptr) {
      std::vector<std::string_view> known;
      for (const Member& each : kMembers) known.push_back(each.name);
      return fail(Code::invalid_input, "recipe: nobody knows the member \"{}\"", name)
          .with_remedy(fmt::format("members are {}", fmt::join(known, ", ")));
    }
    const auto done = member->read(value, base);
    if (!done) {
      return fail(Code::invalid_input, "recipe: member \"{}\": {}", name, done.error().message);
    }
  }
  SLIPWAY_TRY(check(base));
  return base;
}

std::string to_text(const Recipe& recipe) {
  Json out;
  for (const Member& member : kMembers) out.set(std::string(member.name), member.write(recipe));
  return out.text();
}

Result<void> check(const Recipe& recipe) {
  if (!(recipe.crop_ratio > 0 && recipe.crop_ratio <= 1)) {
    return fail(Code::invalid_input, "recipe: a crop ratio of {} is outside (0, 1]",
                recipe.crop_ratio);
  }
  SLIPWAY_TRY(check_threshold("score_threshold", recipe.score_threshold));
  SLIPWAY_TRY(check_threshold("iou_threshold", recipe.iou_threshold));
  SLIPWAY_TRY(check_channels("mean", recipe.mean));
  SLIPWAY_TRY(check_channels("std", recipe.std));
  for (const auto* list : {&recipe.mean, &recipe.std}) {
    for (const float value : *list) {
      if (!std::isfinite(value))
        return fail(Code::invalid_input, "recipe: {} in mean or std", value);
    }
  }
  for (const float value : recipe.std) {
    if (value == 0) return fail(Code::invalid_input, "recipe: a std of 0");
  }
  return {};
}

}  // namespace slipway
