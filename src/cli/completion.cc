#include <algorithm>

#include "cli/help.h"
#include "cli/list.h"
#include "cli/verbs.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

/// What may stand behind a command: its flags, and the words some of them take.
struct Words {
  std::string command;
  std::string flags;  // separated by spaces

  struct Value {
    std::string flag;
    std::string choices;
    bool file = false;
  };

  std::vector<Value> values;  // flags that take one
  std::string arguments;      // words for arguments
  bool files = false;         // whether a file may be an argument, too
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<Words> all_words(World& world) {
  std::string models;
  for (const auto& model : zoo::models())
    models += (models.empty() ? "" : " ") + std::string(model.name);
  std::vector<Words> out;
  for (const auto& command : all_commands()) {
    const auto verb = command.make();
    Options options;
    bool help = false;
    World plain = world;  // the flags are bound to it, and nothing is parsed
    describe(command, *verb, plain, help, options);
    Words words{.command = std::string(command.name),
                .flags = {},
                .values = {},
                .arguments = {},
                .files = false};
    for (const auto& option : options.all()) {
      if (option.kind == Option::Kind::argument) {
        words.arguments += joined(option.choices);
        words.files = words.files || option.takes_file;
        if (option.names == "MODEL") words.arguments += models;
        continue;
      }
      words.flags += fmt::format("{}{}", words.flags.empty() ? "" : " ", option.long_name());
      if (option.kind == Option::Kind::value)
        words.values.push_back(
            {std::string(option.long_name()), joined(option.choices), option.takes_file});
    }
    out.push_back(std::move(words));
  }
  return out;
}

/// The first words of all commands, and the second ones of each noun.
std::vector<std::string> first_words() {
  std::vector<std::string> out;
  for (const auto& command : all_commands()) {
    std::string word(command.name.substr(0, command.name.find(' ')));
    if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(std::move(word));
  }
  return out;
}

std::string second_words(const std::string& noun) {
  std::vector<std::string> out;
  for (const auto& command : all_commands()) {
    if (command.name.starts_with(noun + " "))
      out.emplace_back(command.name.substr(noun.size() + 1));
  }
  return joined(out);
}

/// The function both shells use: bash as it is, zsh through bashcompinit.
std::string script(World& world) {
  std::string out =
      "_slipway() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb flags= "
      "words= files=yes\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  out += fmt::format("    COMPREPLY=($(compgen -W '{} --help --version' -- \"$cur\"))\n",
                     joined(first_words()));
  out += "    return\n  fi\n  verb=${COMP_WORDS[1]}\n  case $verb in\n";
  for (const auto& word : first_words()) {
    if (!is_noun(word)) continue;
    out += fmt::format(
        "    {}) if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        COMPREPLY=($(compgen -W '{} --help' -- \"$cur\")); return\n"
        "      fi\n"
        "      verb=\"$verb ${{COMP_WORDS[2]}}\" ;;\n",
        word, second_words(word));
  }
  out += fmt::format("    help) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return ;;\n  esac\n",
                     joined(first_words()));
  out += "  case \"$verb $prev\" in\n";
  for (const auto& words : all_words(world)) {
    for (const auto& [flag, choices, file] : words.values) {
      out += fmt::format("    '{} {}') ", words.command, flag);
      if (!choices.empty()) {
        out += fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return ;;\n", choices);
      } else {
        out += file ? "COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n" : "return ;;\n";
      }
    }
  }
  out += "  esac\n  case $verb in\n";
  for (const auto& words : all_words(world)) {
    out += fmt::format("    '{}') flags='{}' words='{}' files={} ;;\n", words.command, words.flags,
                       words.arguments, words.files ? "yes" : "no");
  }
  return out +
         "  esac\n"
         "  case $cur in\n"
         "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "      [ $files = no ] || COMPREPLY+=($(compgen -f -- \"$cur\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _slipway slipway\n";
}

class CompletionVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options.argument("SHELL", shell_, "bash or zsh").choices = {"bash", "zsh"};
  }

  Result<int> run(World& world) override {
    world.print("# Completion of slipway for {0}, written by 'slipway completion {0}'.\n", shell_);
    if (shell_ == "zsh")
      world.print(
          "autoload -U +X compinit && compinit\n"
          "autoload -U +X bashcompinit && bashcompinit\n");
    world.print("{}", script(world));
    return 0;
  }

 private:
  std::string shell_;
};

}  // namespace

Command completion_command() {
  return {.name = "completion",
          .group = Group::machine,
          .summary = "print what makes the shell complete slipway's commands and flags",
          .story = {},
          .examples = {{"completion bash > ~/.local/share/bash-completion/completions/slipway",
                        "for bash, from the next shell on"},
                       {"completion zsh >> ~/.zshrc", "for zsh"}},
          .make = make_verb<CompletionVerb>};
}

}  // namespace slipway::cli
