#include "quant/members.h"

namespace slipway::quant {

Result<std::int64_t> Members::whole(std::string_view name, std::int64_t low,
                                    std::int64_t high) const {
  const auto* member = json_.find(name);
  const auto* number = member == nullptr ? nullptr : member->integer();
  if (number == nullptr || *number < low || *number > high) return missing(name, "such number");
  return *number;
}

Result<double> Members::real(std::string_view name) const {
  if (const auto* member = json_.find(name))
    if (const auto number = member->number()) return *number;
  return missing(name, "number");
}

Result<std::string> Members::text(std::string_view name) const {
  const auto* member = json_.find(name);
  const auto* text = member == nullptr ? nullptr : member->string();
  if (text == nullptr) return missing(name, "text");
  return *text;
}

Result<const Json::Array*> Members::list(std::string_view name) const {
  const auto* member = json_.find(name);
  const auto* list = member == nullptr ? nullptr : member->array();
  if (list == nullptr) return missing(name, "list");
  return list;
}

Error Members::missing(std::string_view name, std::string_view kind) const {
  return fail(Code::corrupt, "the '{}' of {} is missing or no {}", name, what_, kind);
}

}  // namespace slipway::quant
