#include "cli/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include "base/suggest.h"

namespace slipway::cli {
namespace {

template <class T>
Result<void> from_text(const std::string& text, T& into, std::string_view kind) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (problem == std::errc() && end == text.data() + text.size()) return {};
  return fail(Code::invalid_input, "{}", kind);
}

/// "--lables" of "--lables=x.txt".
std::string_view flag_of(std::string_view word) { return word.substr(0, word.find('=')); }

Error unknown_flag(std::string_view word, std::span<const Option> options) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    if (option.kind == Option::Kind::argument) continue;
    for (const auto& name : CLI::detail::split_names(option.names)) names.push_back(name);
  }
  auto error = fail(Code::invalid_input, "there is no flag {}", flag_of(word));
  const auto nearest = suggest(flag_of(word), names);
  return nearest.empty() ? error : std::move(error).with_remedy(nearest);
}

Error too_many(const std::string& word, std::span<const Option> options) {
  std::string expected;
  for (const auto& option : options) {
    if (option.kind == Option::Kind::argument) expected += " " + option.names;
  }
  if (expected.empty()) return fail(Code::invalid_input, "'{}' is one argument too many", word);
  return fail(Code::invalid_input, "'{}' is one argument too many after{}", word, expected);
}

}  // namespace

std::string_view Option::long_name() const {
  const std::string_view all = names;
  const auto at = all.rfind("--");
  return at == std::string_view::npos ? all : all.substr(at);
}

Result<void> convert(const std::string& text, std::string& into) {
  into = text;
  return {};
}

Result<void> convert(const std::string& text, int& into) {
  return from_text(text, into, "a whole number");
}

Result<void> convert(const std::string& text, std::uint64_t& into) {
  return from_text(text, into, "a whole number from 0");
}

Result<void> convert(const std::string& text, double& into) {
  return from_text(text, into, "a number");
}

Result<void> convert(const std::string& text, std::chrono::nanoseconds& into) {
  constexpr double kMost = 1e9;  // seconds; some 30 years
  double number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  const std::string unit(problem == std::errc() ? end : last, last);
  const std::map<std::string, double> seconds = {
      {"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"µs", 1e-6}, {"m", 60}, {"h", 3600}};
  const auto at = seconds.find(unit);
  const bool fits =
      problem == std::errc() && at != seconds.end() && number >= 0 && number * at->second <= kMost;
  if (!fits) return fail(Code::invalid_input, "a duration like 10s, 500ms, 50us, 2m or 1h");
  into = std::chrono::nanoseconds(std::llround(number * at->second * 1e9));
  return {};
}

Option& Options::add(Option option) { return options_.emplace_back(std::move(option)); }

void Options::flag(std::string names, bool& into, std::string help) {
  add({.names = std::move(names),
       .value = {},
       .help = std::move(help),
       .choices = {},
       .set = [&into](const auto&) -> Result<void> {
         into = true;
         return {};
       }});
}

Option& Options::choice(std::string names, std::optional<std::string>& into,
                        std::vector<std::string> choices, std::string help) {
  constexpr std::size_t kShort = 24;
  std::string value = fmt::format("{}", fmt::join(choices, "|"));
  if (value.size() > kShort) {
    help += fmt::format(": {}", fmt::join(choices, ", "));
    value = "WORD";
  }
  return add({.kind = Option::Kind::value,
              .names = std::move(names),
              .value = value,
              .help = std::move(help),
              .choices = std::move(choices),
              .set = [&into](const auto& words) { return convert(words.back(), into.emplace()); }});
}

Option& Options::repeated(std::string names, std::string value, std::vector<std::string>& into,
                          std::string help) {
  return add({.kind = Option::Kind::value,
              .names = std::move(names),
              .value = std::move(value),
              .help = std::move(help),
              .choices = {},
              .is_repeated = true,
              .set = [&into](const auto& words) -> Result<void> {
                into = words;
                return {};
              }});
}

Option& Options::argument(std::string name, std::string& into, std::string help) {
  return add({.kind = Option::Kind::argument,
              .names = std::move(name),
              .value = {},
              .help = std::move(help),
              .choices = {},
              .is_required = true,
              .set = [&into](const auto& words) { return convert(words.back(), into); }});
}

Option& Options::arguments(std::string name, std::vector<std::string>& into, std::string help) {
  return add({.kind = Option::Kind::argument,
              .names = std::move(name),
              .value = {},
              .help = std::move(help),
              .choices = {},
              .is_required = true,
              .is_repeated = true,
              .set = [&into](const auto& words) -> Result<void> {
                into = words;
                return {};
              }});
}

namespace {

/// The words of each option, as CLI11 sorts them.
struct Sorted {
  std::map<const Option*, std::vector<std::string>> words;
  std::map<const Option*, std::string> arguments;
  std::map<const Option*, bool> flags;
  std::vector<std::string> rest;
};

Result<Sorted> sort(std::vector<std::string> words, std::span<const Option> options) {
  Sorted sorted;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const auto& option : options) {
    if (option.kind == Option::Kind::flag) {
      app.add_flag(option.names, sorted.flags[&option]);
      continue;
    }
    if (option.kind == Option::Kind::argument && !option.is_repeated) {
      app.add_option(option.names, sorted.arguments[&option]);
      continue;
    }
    auto* added = app.add_option(option.names, sorted.words[&option]);
    if (option.kind == Option::Kind::value) added->allow_extra_args(false);
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(words);
  } catch (const CLI::ParseError& problem) {
    const std::string_view text = problem.what();
    for (const auto& option : options) {
      if (option.kind == Option::Kind::argument || !text.starts_with(option.long_name())) continue;
      if (option.value.empty())
        return fail(Code::invalid_input, "{} takes no value", option.long_name());
      return fail(Code::invalid_input, "{} needs a value: {} {}", option.long_name(),
                  option.long_name(), option.value);
    }
    return fail(Code::invalid_input, "{}", text);
  }
  for (const auto& [option, word] : sorted.arguments) {
    if (app.count(option->names) > 0) sorted.words[option] = {word};
  }
  sorted.rest = app.remaining();
  return sorted;
}

}  // namespace

Result<void> Options::parse(const std::vector<std::string>& words) const {
  auto sorted = SLIPWAY_TRY(sort(words, options_));
  for (const auto& word : sorted.rest) {
    if (word.starts_with('-') && word != "--" && word != "-") return unknown_flag(word, options_);
  }
  for (const auto& word : sorted.rest) {
    if (word != "--") return too_many(word, options_);
  }
  for (const auto& option : options_) {
    const auto& given = sorted.words[&option];
    if (option.kind == Option::Kind::flag) {
      if (sorted.flags[&option]) SLIPWAY_TRY(option.set({}));
      continue;
    }
    if (given.empty()) {
      if (!option.is_required) continue;
      const auto name = option.kind == Option::Kind::argument ? option.names : option.long_name();
      return fail(Code::invalid_input, "{} is missing: {}", name, option.help);
    }
    if (!option.choices.empty() && std::find(option.choices.begin(), option.choices.end(),
                                             given.back()) == option.choices.end()) {
      const auto nearest = suggest(given.back(), option.choices);
      const bool flag = option.kind == Option::Kind::value && !nearest.empty();
      return fail(Code::invalid_input, "{} takes one of {}, not '{}'", option.long_name(),
                  fmt::join(option.choices, ", "), given.back())
          .with_remedy(flag ? fmt::format("{} {}", option.long_name(), nearest) : nearest);
    }
    if (auto set = option.set(given); !set) {
      return fail(Code::invalid_input, "{} takes {}, not '{}'", option.long_name(),
                  set.error().message, given.back());
    }
  }
  return {};
}

}  // namespace slipway::cli
