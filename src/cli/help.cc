#include "cli/help.h"

#include <algorithm>

#include "cli/list.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

constexpr std::size_t kWidth = 88;

struct Heading {
  Group group;
  std::string_view title;
};

constexpr Heading kHeadings[] = {{Group::pictures, "Ask a model about pictures"},
                                 {Group::models, "Look into models, run them, compare them"},
                                 {Group::machine, "This machine and this program"}};

/// Text in lines of kWidth columns, each behind `indent` spaces; the first one too.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto length = columns_of(word);
    if (column > indent && column + 1 + length > kWidth) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out += std::string(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
  }
  return out;
}

/// "  names    help" with the help wrapped beside the names.
std::string entry(const std::string& names, const std::string& help, std::size_t names_width) {
  const std::size_t indent = 2 + names_width + 2;
  const auto length = columns_of(names);
  std::string text = wrapped(help, indent);
  if (length > names_width) return fmt::format("  {}\n{}\n", names, text);
  text.replace(0, indent, fmt::format("  {}{}", names, std::string(names_width - length + 2, ' ')));
  return text + "\n";
}

/// "-q, --quiet", "    --top K"
std::string names_text(const Option& option) {
  if (option.kind == Option::Kind::argument) return option.names + (option.is_repeated ? "…" : "");
  std::string text;
  const auto comma = option.names.find(',');
  if (comma == std::string::npos) {
    text = (option.names.starts_with("--") ? "    " : "") + option.names;
  } else {
    text = option.names.substr(0, comma) + ", " + option.names.substr(comma + 1);
  }
  if (!option.value.empty()) text += " " + option.value;
  return text;
}

std::string section(const World& world, std::string_view title,
                    const std::vector<const Option*>& options) {
  if (options.empty()) return {};
  std::size_t width = 0;
  for (const auto* option : options) {
    const auto length = columns_of(names_text(*option));
    if (length <= 30) width = std::max(width, length);
  }
  std::string out = fmt::format("\n{}\n", world.bold(title));
  for (const auto* option : options) out += entry(names_text(*option), option->help, width);
  return out;
}

std::string listed(const World& world, std::string_view title,
                   const std::vector<const Command*>& commands) {
  std::string out = fmt::format("\n{}\n", world.bold(title));
  for (const auto* command : commands)
    out += entry(std::string(command->name), std::string(command->summary), 12);
  return out;
}

std::vector<const Option*> pick(const Options& options, bool arguments) {
  std::vector<const Option*> out;
  for (const auto& option : options.all()) {
    if ((option.kind == Option::Kind::argument) == arguments) out.push_back(&option);
  }
  return out;
}

class HelpVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.arguments("COMMAND", command_, "the command to explain").is_required = false;
    options.flag("--markdown", markdown_, "the whole reference, as in docs/commands.md");
  }

  Result<int> run(World& world) override {
    if (markdown_) {
      world.print("{}", reference(world));
    } else if (command_.empty()) {
      world.print("{}", overview(world));
    } else if (const auto* command = find_command(command_)) {
      world.print("{}", help_of(*command, world));
    } else if (is_noun(command_[0])) {
      world.print("{}", overview_of(command_[0], world));
    } else {
      return world.usage("there is no command '{}'", command_[0])
          .with_remedy("slipway help   lists them");
    }
    return 0;
  }

 private:
  std::vector<std::string> command_;
  bool markdown_ = false;
};

}  // namespace

void describe(const Command& command, Verb& verb, World& world, bool& help, Options& options) {
  verb.describe(options);
  if (command.data == Data::json)
    options.flag("--json", world.json, "one JSON document on stdout; errors as JSON on stderr");
  options.flag("-q,--quiet", world.quiet, "no notes and no progress");
  options.flag("-v,--verbose", world.verbose, "say more of what is being done");
  options.flag("-h,--help", help, "this text");
}

std::string overview(const World& world) {
  std::string out =
      "slipway: look into trained networks, run them, and compare what comes out\n\n"
      "Usage: slipway COMMAND … [--help]\n";
  for (const auto& heading : kHeadings) {
    std::vector<const Command*> commands;
    for (const auto& command : all_commands()) {
      if (command.group == heading.group) commands.push_back(&command);
    }
    out += listed(world, heading.title, commands);
  }
  out += fmt::format(
      "\n{}\n"
      "  slipway zoo images signs --count 5 --seed 1 -o pictures\n"
      "  slipway classify signs pictures\n"
      "\n'slipway help COMMAND' explains one command, with examples.\n",
      world.bold("Try"));
  return out;
}

std::string overview_of(std::string_view noun, const World& world) {
  std::vector<const Command*> commands;
  for (const auto& command : all_commands()) {
    if (command.name.starts_with(std::string(noun) + " ")) commands.push_back(&command);
  }
  return fmt::format("Usage: slipway {} COMMAND …\n{}\n'slipway help {} COMMAND' explains one.\n",
                     noun, listed(world, "Commands", commands), noun);
}

std::string usage_line(const Command& command, const Options& options) {
  std::string line = fmt::format("slipway {}", command.name);
  for (const auto* option : pick(options, true)) {
    line += option->is_required ? fmt::format(" {}", names_text(*option))
                                : fmt::format(" [{}]", names_text(*option));
  }
  for (const auto* option : pick(options, false)) {
    if (!option->is_required) continue;
    line += fmt::format(" {} {}", option->names.substr(0, option->names.find(',')), option->value);
  }
  return line + " [flags]";
}

std::string help_of(const Command& command, World& world) {
  const auto verb = command.make();
  Options options;
  bool help = false;
  describe(command, *verb, world, help, options);
  std::string summary(command.summary);
  summary[0] = static_cast<char>(summary[0] - 'a' + 'A');
  std::string out = fmt::format("{}\n\nUsage: {}\n", summary, usage_line(command, options));
  if (!command.story.empty()) out += "\n" + wrapped(command.story, 0) + "\n";
  out += section(world, "Arguments", pick(options, true));
  out += section(world, "Flags", pick(options, false));
  out += fmt::format("\n{}\n", world.bold("Examples"));
  for (const auto& example : command.examples) {
    out += fmt::format("  slipway {}\n{}\n", example.line, wrapped(example.meaning, 6));
  }
  return out;
}

std::string reference(World& world) {
  std::string out =
      "# Commands\n\n"
      "Written by `slipway help --markdown`; a test compares the two.\n\n"
      "Results go to stdout, everything else to stderr. `--json` puts one JSON document on stdout, "
      "and errors as JSON on stderr. Colours only on a terminal, and not where `NO_COLOR` is "
      "set.\n\n"
      "A MODEL is a file; a folder that holds exactly one model; a path without its extension; or "
      "the name of a zoo model, in this order.\n\n"
      "| Exit status | When |\n|---|---|\n"
      "| 0 | done |\n"
      "| 1 | the thing that was checked failed: past `--tolerance` |\n"
      "| 2 | the command line is wrong |\n"
      "| 3 | a file that was given is broken, missing or not supported |\n"
      "| 4 | the machine: no such device or program, disk full, no permission to write, somebody "
      "else writes there |\n"
      "| 70 | a bug in slipway |\n"
      "| 128+n | ended by signal n |\n";
  const World plain{.clock = world.clock,
                    .files = world.files,
                    .entropy = world.entropy,
                    .out = world.out,
                    .err = world.err,
                    .search_path = {},
                    .goal = {}};
  World copy = plain;
  for (const auto& command : all_commands()) {
    out += fmt::format("\n## {}\n\n```\n{}```\n", command.name, help_of(command, copy));
  }
  return out;
}

Command help_command() {
  return {.name = "help",
          .group = Group::machine,
          .summary = "explain a command",
          .story = {},
          .examples = {{"help classify", "flags and examples of classify"},
                       {"help zoo make", "the same for a command of two words"}},
          .make = make_verb<HelpVerb>};
}

}  // namespace slipway::cli
