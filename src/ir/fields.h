#pragma once
// The fields of an op, described once: printing, parsing, comparing and the manual come from here.

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "tensor/dtype.h"

namespace slipway {

/// One field: the name in the text and the member behind it.
template <class Op, class T>
struct Field {
  std::string_view name;
  T Op::*member;
};
template <class Op, class T>
Field(const char*, T Op::*) -> Field<Op, T>;

/// An enum that the text can name: specialise kEnumNames with the names in the enum's order.
template <class E>
inline constexpr auto kEnumNames = nullptr;

template <class E>
concept NamedEnum =
    std::is_enum_v<E> && !std::same_as<decltype(kEnumNames<E>), const std::nullptr_t>;

template <NamedEnum E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  return kEnumNames<E>[static_cast<std::size_t>(value)];
}

// How each type of field is written. Lists are in brackets, texts in quotes, the rest is bare.
namespace field {

inline std::string print(bool x) { return x ? "true" : "false"; }

inline std::string print(std::integral auto x) { return fmt::to_string(x); }

inline std::string print(float x) { return fmt::format("{}", x); }

inline std::string print(DType x) { return std::string(name_of(x)); }

std::string print(const std::string& x);

template <NamedEnum E>
std::string print(E x) {
  return std::string(name_of(x));
}

template <class List>
  requires requires(const List& list) { std::span{list}; }
std::string print(const List& list) {
  std::string out = "[";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    out += print(list[i]);
  }
  return out + "]";
}

/// Errors of every parse: invalid_input, the text is not of the field's type.
Result<void> parse(std::string_view text, bool& out);
Result<void> parse(std::string_view text, float& out);
Result<void> parse(std::string_view text, DType& out);
Result<void> parse(std::string_view text, std::string& out);

template <std::integral T>
  requires(!std::same_as<T, bool>)
Result<void> parse(std::string_view text, T& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return fail(Code::invalid_input, "'{}' is no whole number, or too large", text);
  }
  return {};
}

template <NamedEnum E>
Result<void> parse(std::string_view text, E& out) {
  for (std::size_t i = 0; i < std::size(kEnumNames<E>); ++i) {
    if (kEnumNames<E>[i] == text) {
      out = static_cast<E>(i);
      return {};
    }
  }
  return fail(Code::invalid_input, "'{}' is none of {}", text, fmt::join(kEnumNames<E>, " "));
}

/// The items of "[a,b,c]", split at the commas of the outermost level.
Result<std::vector<std::string_view>> items(std::string_view text);

template <class T>
Result<void> parse(std::string_view text, std::vector<T>& out) {
  out.clear();
  for (const auto item : SLIPWAY_TRY(items(text))) {
    T value{};
    SLIPWAY_TRY(parse(item, value));
    out.push_back(std::move(value));
  }
  return {};
}

template <class T, std::size_t N>
Result<void> parse(std::string_view text, std::array<T, N>& out) {
  const auto found = SLIPWAY_TRY(items(text));
  if (found.size() != N) return fail(Code::invalid_input, "'{}' must have {} items", text, N);
  for (std::size_t i = 0; i < N; ++i) SLIPWAY_TRY(parse(found[i], out[i]));
  return {};
}

}  // namespace field

/// A field as the text has it.
struct FieldText {
  std::string name;
  std::string value;
};

/// The fields of `op` that differ from a fresh one, in the order of kFields.
template <class Op>
std::vector<FieldText> print_fields(const Op& op) {
  std::vector<FieldText> out;
  [[maybe_unused]] static const Op fresh{};  // unused by an op without fields
  std::apply(
      [&](const auto&... f) {
        ((op.*f.member == fresh.*f.member
              ? void()
              : out.push_back({std::string(f.name), field::print(op.*f.member)})),
         ...);
      },
      Op::kFields);
  return out;
}

/// An op from its fields; those that are left out keep their defaults.
///
/// Errors  invalid_input: a field the op does not have, or a text that is not of its type
template <class Op>
Result<Op> parse_fields(std::span<const FieldText> fields) {
  Op op{};
  for (const auto& given : fields) {
    bool known = false;
    Result<void> parsed;
    std::apply(
        [&](const auto&... f) {
          ((f.name == given.name
                ? (known = true, parsed = field::parse(given.value, op.*f.member), void())
                : void()),
           ...);
        },
        Op::kFields);
    if (!known) return fail(Code::invalid_input, "{} has no field '{}'", Op::kName, given.name);
    SLIPWAY_TRY(std::move(parsed).during("field '{}' of {}", given.name, Op::kName));
  }
  return op;
}

}  // namespace slipway
