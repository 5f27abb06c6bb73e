#include "cli/truth.h"

#include "base/csv.h"
#include "ir/fields.h"

namespace slipway::cli {

Result<Truth> Truth::read(const Files& files, const std::string& path, std::size_t classes) {
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
  for (const auto& row : csv.rows) {
    SLIPWAY_TRY(field::parse(row[*label], truth.classes_[row[*file]]).during("reading {}", path));
  }
  return truth;
}

std::optional<int> Truth::of(const std::string& picture) const {
  const auto found = classes_.find(base_name(picture));
  if (found == classes_.end()) return std::nullopt;
  return found->second;
}

}  // namespace slipway::cli
