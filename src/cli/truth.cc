#include "cli/truth.h"

#include <algorithm>

#include "base/csv.h"
#include "ir/fields.h"

namespace slipway::cli {

std::optional<int> class_of(const std::string& text, const Recipe& recipe) {
  int number = 0;
  if (field::parse(text, number)) return number;
  const auto name = std::find(recipe.labels.begin(), recipe.labels.end(), text);
  if (name == recipe.labels.end()) return std::nullopt;
  return static_cast<int>(name - recipe.labels.begin()) - recipe.label_offset;
}

Result<Truth> Truth::read(const Files& files, const std::string& path, std::size_t classes,
                          const Recipe& recipe) {
  const auto bytes = SLIPWAY_TRY(files.read(path));
  const auto csv = SLIPWAY_TRY(parse_csv(as_text(bytes)).during("reading {}", path));
  const auto file = csv.find("file");
  const auto exact = csv.find(fmt::format("label_{}", classes));
  const auto label = exact ? exact : csv.find("label");
  if (!file || !label) {
    return fail(Code::invalid_input, "{} has no column {}", path,
                !file ? std::string("file") : fmt::format("label or label_{}", classes));
  }
  Truth truth;
  std::size_t line = 1;
  for (const auto& row : csv.rows) {
    ++line;
    const auto is = class_of(row[*label], recipe);
    if (!is) {
      return fail(Code::invalid_input,
                  "{}, line {}: '{}' is neither a class number nor one of the model's labels", path,
                  line, row[*label]);
    }
    int number = 0;
    truth.has_names_ = truth.has_names_ || !field::parse(row[*label], number);
    truth.classes_[row[*file]] = *is;
    truth.rows_.push_back({row[*file], *is});
  }
  return truth;
}

std::optional<int> Truth::of(const std::string& picture) const {
  const auto found = classes_.find(base_name(picture));
  if (found == classes_.end()) return std::nullopt;
  return found->second;
}

}  // namespace slipway::cli
