#pragma once
// JSON as a plain value. The parser behind it is nlohmann-json, seen by json.cc alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace slipway {

/// One JSON value. Objects keep the order in which their members were written.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  // null

  Json(bool value) : value_(value) {}  // NOLINT: a value is

  Json(double value) : value_(value) {}  // NOLINT: written as

  Json(std::string value) : value_(std::move(value)) {}  // NOLINT: itself

  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT

  Json(const char* value) : value_(std::string(value)) {}  // NOLINT

  Json(Array value) : value_(std::move(value)) {}  // NOLINT

  Json(Object value) : value_(std::move(value)) {}  // NOLINT

  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  Json(T value) {  // NOLINT: a count over 2^63 - 1 becomes a real number
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }

  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }

  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }

  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&value_); }

  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&value_); }

  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&value_); }

  /// An integer or a real number, as a real number.
  [[nodiscard]] Result<double> number() const;

  /// The member of that name, or nullptr where there is none or this is no object.
  [[nodiscard]] const Json* find(std::string_view name) const;

  /// Adds a member; this becomes an object if it was null.
  Json& set(std::string name, Json value);

  /// Adds an element; this becomes an array if it was null.
  Json& push(Json value);

  /// One document. Numbers are the shortest text that reads back the same (a real number keeps its
  /// point: 1.0); a number that JSON cannot write (infinity, not-a-number) becomes null; `indent` 0
  /// writes one line.
  [[nodiscard]] std::string text(int indent = 2) const;

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Errors  corrupt: not JSON, nested over 100 deep, or an object that names a member twice
Result<Json> parse_json(std::string_view text);

}  // namespace slipway
