#include "cli/truth.h"

#include <algorithm>

#include "base/csv.h"
#include "ir/fields.h"

namespace slipway::cli {

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
    int& into = truth.classes_[row[*file]];
    if (field::parse(row[*label], into)) continue;
    const auto name = std::find(recipe.labels.begin(), recipe.labels.end(), row[*label]);
    if (name == recipe.labels.end()) {
      return fail(Code::invalid_input,
                  "{}, line {}: '{}' is neither a class number nor one of the model's labels", path,
                  line, row[*label]);
    }
    into = static_cast<int>(name - recipe.labels.begin()) - recipe.label_offset;
  }
  return truth;
}

std::optional<int> Truth::of(const std::string& picture) const {
  const auto found = classes_.find(base_name(picture));
  if (found == classes_.end()) return std::nullopt;
  return found->second;
}

}  // namespace slipway::cli
