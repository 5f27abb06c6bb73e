#pragma once
// What a command is: a row with a name, a summary and examples, and an object that parses and runs.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "cli/world.h"

namespace slipway::cli {

/// A command while it is being carried out: it describes its flags, then runs with their values.
class Verb {
 public:
  virtual ~Verb() = default;

  virtual void describe(Options& options) = 0;

  /// The words of the command line as this command's own, before they are parsed: for commands
  /// that understand those of other tools, too.
  ///
  /// Errors  of usage
  virtual Result<std::vector<std::string>> translate(World& /*world*/, const Options& /*options*/,
                                                     std::vector<std::string> words) {
    return words;
  }

  /// What is wrong with words of the command line, `typed`, in other words: for commands that take
  /// what they are not told from elsewhere.
  [[nodiscard]] virtual std::string blamed(const World& /*world*/,
                                           const std::vector<std::string>& /*typed*/,
                                           const std::string& message) const {
    return message;
  }

  /// The exit status: 0 done, 1 the thing that was checked failed.
  virtual Result<int> run(World& world) = 0;
};

struct Example {
  std::string_view line;     // without "slipway"
  std::string_view meaning;  // what it does
};

/// The groups of the overview, in its order.
enum class Group : std::uint8_t { pictures, models, machine };

/// Whether a command has --json.
enum class Data : std::uint8_t { none, json };

/// A row of the list of commands. Help, completion and docs/commands.md come from it.
struct Command {
  std::string_view name;  // "classify", "zoo list"
  Group group = Group::models;
  std::string_view summary;  // one line, a verb first, no full stop
  std::string_view story;    // a paragraph for --help; may be empty
  std::vector<Example> examples;
  Data data = Data::none;
  std::unique_ptr<Verb> (*make)() = nullptr;
};

template <class V>
std::unique_ptr<Verb> make_verb() {
  return std::make_unique<V>();
}

}  // namespace slipway::cli
