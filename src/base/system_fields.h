#pragma once
// Files in which the system says what it has, a line for each thing: "model name : AMD EPYC 9B14".

#include <functional>
#include <map>
#include <string>

#include "base/file.h"

namespace slipway {

using SystemFields = std::map<std::string, std::string, std::less<>>;

/// The values behind "name :", the first of each name; none where there is no such file.
[[nodiscard]] SystemFields system_fields(const Files& files, const std::string& path);

/// The value of a name; empty where there is none.
[[nodiscard]] std::string value_of(const SystemFields& fields, std::string_view name);

}  // namespace slipway
