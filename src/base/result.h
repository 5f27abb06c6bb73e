#pragma once
// How a function says that it could not do its work for reasons outside itself.

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"

namespace slipway {

/// Why something failed. One code per thing a caller could do about it; nothing finer.
enum class Code : std::uint8_t {
  invalid_input,  // what we were given is wrong: the giver must change it
  unsupported,    // correct, but not possible on this device or version: choose another
  not_found,
  conflict,     // somebody else holds or changed it: read again, then retry
  unavailable,  // not now: retry later
  timeout,
  corrupt,  // bytes failed their check
  cancelled,
  internal,  // our bug
};

/// The code's name as users and the JSON output see it, for instance "invalid_input".
[[nodiscard]] std::string_view name_of(Code code);

/// A failure and the trail of what was being attempted, innermost first.
struct Error {
  Code code;
  std::string message;
  std::vector<std::string> trail;
  std::source_location where;
  std::string remedy;  // what to do about it, a command or a sentence; may be empty

  /// The same error with a remedy, unless one that lies closer to the cause is there already.
  [[nodiscard]] Error with_remedy(std::string text) && {
    if (remedy.empty()) remedy = std::move(text);
    return std::move(*this);
  }
};

/// A value or an Error. The compiler warns when a Result is dropped unread.
template <class T>
class [[nodiscard]] Result {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  Result()
    requires std::is_void_v<T>
  = default;

  Result(Value value) : state_(std::move(value)) {}  // NOLINT: `return x;` should work

  Result(Error error) : state_(std::move(error)) {}  // NOLINT: `return fail(...);` should work

  [[nodiscard]] bool ok() const { return std::holds_alternative<Value>(state_); }

  explicit operator bool() const { return ok(); }

  Value& value() & {
    SLIPWAY_CHECK(ok());
    return *std::get_if<Value>(&state_);
  }

  Value&& value() && {
    SLIPWAY_CHECK(ok());
    return std::move(*std::get_if<Value>(&state_));
  }

  const Value& value() const& {
    SLIPWAY_CHECK(ok());
    return *std::get_if<Value>(&state_);
  }

  Value* operator->() { return &value(); }

  const Value* operator->() const { return &value(); }

  Value& operator*() & { return value(); }

  const Value& operator*() const& { return value(); }

  Error& error() & {
    SLIPWAY_CHECK(!ok());
    return *std::get_if<Error>(&state_);
  }

  Error&& error() && {
    SLIPWAY_CHECK(!ok());
    return std::move(*std::get_if<Error>(&state_));
  }

  const Error& error() const& {
    SLIPWAY_CHECK(!ok());
    return *std::get_if<Error>(&state_);
  }

  /// Adds one line of trail to a failure; leaves a success alone.
  template <class... Args>
  Result during(fmt::format_string<Args...> text, Args&&... args) && {
    if (!ok()) error().trail.push_back(fmt::format(text, std::forward<Args>(args)...));
    return std::move(*this);
  }

 private:
  std::variant<Value, Error> state_;
};

/// A format string that remembers the line it was written on.
template <class... Args>
struct Text {
  template <class S>
  consteval Text(const S& text,
                 std::source_location line = std::source_location::current())  // NOLINT
      : format(text), where(line) {}

  fmt::format_string<Args...> format;
  std::source_location where;
};

/// Makes an Error:  return fail(Code::unsupported, "{} cannot run {}", device, op);
template <class... Args>
Error fail(Code code, std::type_identity_t<Text<Args...>> text, Args&&... args) {
  return {code, fmt::format(text.format, std::forward<Args>(args)...), {}, text.where, {}};
}

}  // namespace slipway

// NOLINTBEGIN(bugprone-macro-parentheses): `name` is declared, which parentheses would forbid.
#define SLIPWAY_TRY_NAMED(result, name)          \
  __extension__({                                \
    auto name = (result);                        \
    if (!(name)) return std::move(name).error(); \
    std::move(name).value();                     \
  })
// NOLINTEND(bugprone-macro-parentheses)
#define SLIPWAY_TRY_NUMBERED(result, number) SLIPWAY_TRY_NAMED(result, slipway_try_##number)
#define SLIPWAY_TRY_EXPANDED(result, number) SLIPWAY_TRY_NUMBERED(result, number)

/// The value of `result`, or leave this function with its Error. May be nested.
#define SLIPWAY_TRY(result) SLIPWAY_TRY_EXPANDED(result, __COUNTER__)
