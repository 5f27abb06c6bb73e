#include "base/json_merge.h"

namespace slipway {
namespace {

std::string_view type_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.boolean() != nullptr) return "true or false";
  if (value.string() != nullptr) return "a text";
  if (value.array() != nullptr) return "a list";
  if (value.object() != nullptr) return "an object";
  return "a number";
}

Result<Json> merge_at(const Json& first, const Json& second, const std::string& path) {
  if (second.is_null()) return first;
  if (first.is_null()) return second;
  if (type_of(first) != type_of(second))
    return fail(Code::conflict, "{} is {} in the first and {} in the second",
                path.empty() ? "the document" : path, type_of(first), type_of(second));
  if (first.object() == nullptr) return first;
  Json out(Json::Object{});
  for (const auto& [name, value] : *first.object()) {
    const auto* other = second.find(name);
    auto both = other == nullptr ? Result<Json>(value)
                                 : merge_at(value, *other, path.empty() ? name : path + "." + name);
    out.set(name, SLIPWAY_TRY(std::move(both)));
  }
  for (const auto& [name, value] : *second.object())
    if (first.find(name) == nullptr) out.set(name, value);
  return out;
}

}  // namespace

Result<Json> merge(const Json& first, const Json& second) { return merge_at(first, second, ""); }

}  // namespace slipway
