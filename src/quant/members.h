#pragma once
// Members of JSON that was written here and is read back.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/json.h"

namespace slipway::quant {

/// The members of `json`, an object that errors call `what`: "a histogram".
///
/// Errors  corrupt: a member that is missing, of another kind, or outside of its limits
class Members {
 public:
  Members(const Json& json, std::string_view what) : json_(json), what_(what) {}

  [[nodiscard]] Result<std::int64_t> whole(
      std::string_view name, std::int64_t low = std::numeric_limits<std::int64_t>::min(),
      std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;

  [[nodiscard]] Result<double> real(std::string_view name) const;

  [[nodiscard]] Result<std::string> text(std::string_view name) const;

  /// Never nullptr.
  [[nodiscard]] Result<const Json::Array*> list(std::string_view name) const;

 private:
  [[nodiscard]] Error missing(std::string_view name, std::string_view kind) const;

  const Json& json_;
  std::string_view what_;
};

}  // namespace slipway::quant
