#pragma once
// The flags and arguments of one command, described once: parsed, explained and completed from
// here. CLI11 does the parsing, seen by options.cc alone.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slipway::cli {

/// One flag or argument.
struct Option {
  enum class Kind : std::uint8_t { flag, value, argument };

  Kind kind = Kind::flag;
  std::string names;  // "-q,--quiet"; for arguments "MODEL"
  std::string value;  // what stands behind the flag, "N"; empty for flags and arguments
  std::string help;
  std::vector<std::string> choices;  // all words it takes, where there are few
  bool is_required = false;
  bool is_repeated = false;
  bool takes_file = false;  // for completion

  /// What stood on the command line becomes the command's value.
  std::function<Result<void>(const std::vector<std::string>&)> set;

  /// "--quiet" of "-q,--quiet".
  [[nodiscard]] std::string_view long_name() const;
};

/// Text as a number, or what would have been right, in words ("a whole number").
Result<void> convert(const std::string& text, std::string& into);
Result<void> convert(const std::string& text, int& into);
Result<void> convert(const std::string& text, std::uint64_t& into);
Result<void> convert(const std::string& text, double& into);

/// "500ms", "2m", "1h", "1.5s"; a bare number is seconds.
Result<void> convert(const std::string& text, std::chrono::nanoseconds& into);

class Options {
 public:
  /// A switch: there or not.
  void flag(std::string names, bool& into, std::string help);

  /// A flag with a value behind it.
  template <class T>
  Option& value(std::string names, std::string value, T& into, std::string help) {
    return add({.kind = Option::Kind::value,
                .names = std::move(names),
                .value = std::move(value),
                .help = std::move(help),
                .choices = {},
                .set = [&into](const auto& words) { return convert(words.back(), into); }});
  }

  /// A flag with a value; absent where it is not given.
  template <class T>
  Option& value(std::string names, std::string value, std::optional<T>& into, std::string help) {
    return add(
        {.kind = Option::Kind::value,
         .names = std::move(names),
         .value = std::move(value),
         .help = std::move(help),
         .choices = {},
         .set = [&into](const auto& words) { return convert(words.back(), into.emplace()); }});
  }

  /// A flag with one of a few words behind it.
  Option& choice(std::string names, std::optional<std::string>& into,
                 std::vector<std::string> choices, std::string help);

  /// A flag with a value, any number of times.
  Option& repeated(std::string names, std::string value, std::vector<std::string>& into,
                   std::string help);

  /// An argument that must be there.
  Option& argument(std::string name, std::string& into, std::string help);

  /// One or more arguments; the last of the line.
  Option& arguments(std::string name, std::vector<std::string>& into, std::string help);

  [[nodiscard]] std::span<const Option> all() const { return options_; }

  /// Fills in the values.
  ///
  /// Errors  invalid_input: a flag that is not there (naming the nearest), a value that is missing
  ///         or wrong, an argument too many or too few
  Result<void> parse(const std::vector<std::string>& words) const;

 private:
  Option& add(Option option);

  std::vector<Option> options_;
};

}  // namespace slipway::cli
