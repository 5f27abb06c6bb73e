#include "cli/app.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include "base/suggest.h"
#include "cli/error.h"
#include "cli/help.h"
#include "cli/list.h"

namespace slipway::cli {
namespace {

Error unknown_command(World& world, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  const bool noun = is_noun(words[0]);
  for (const auto& command : all_commands()) {
    names.emplace_back(command.name);
    const auto space = command.name.find(' ');
    if (!noun && space != std::string_view::npos) names.emplace_back(command.name.substr(0, space));
  }
  const std::string given = noun && words.size() > 1 ? words[0] + " " + words[1] : words[0];
  const auto nearest = suggest(given, names);
  const std::string list = noun ? "slipway help " + words[0] : "slipway help";
  auto error = given.starts_with('-') ? world.usage("there is no flag {}", given)
                                      : world.usage("there is no command '{}'", given);
  if (nearest.empty()) return std::move(error).with_remedy(list);
  return std::move(error).with_remedy("slipway " + nearest);
}

Result<int> run_command(World& world, const Command& command, std::vector<std::string> words) {
  words.erase(words.begin(),
              words.begin() + 1 + std::count(command.name.begin(), command.name.end(), ' '));
  const auto typed_words = words;
  const auto verb = command.make();
  Options options;
  bool help = false;
  describe(command, *verb, world, help, options);
  const auto dashes = std::find(words.begin(), words.end(), "--");
  const bool asks = std::any_of(words.begin(), dashes,
                                [](const auto& word) { return word == "--help" || word == "-h"; });
  if (asks) {
    world.print("{}", help_of(command, world));
    return 0;
  }
  auto translated = verb->translate(world, options, std::move(words));
  auto parsed = translated ? options.parse(*translated) : Result<void>(translated.error());
  auto done = parsed ? verb->run(world) : Result<int>(std::move(parsed).error());
  if (!parsed) {
    world.is_usage_error = true;
    done = std::move(done).error().with_remedy(usage_line(command, options) + "   (" +
                                               "slipway help " + std::string(command.name) +
                                               " explains it)");
  }
  if (!done && world.is_usage_error)
    done.error().message = verb->blamed(world, typed_words, done.error().message);
  return done;
}

Result<int> dispatch(World& world, std::vector<std::string> words) {
  // Common flags may stand in front: slipway --json inspect net.tflite
  const auto is_common = [](const std::string& word) {
    return word == "--json" || word == "-q" || word == "--quiet" || word == "-v" ||
           word == "--verbose";
  };
  const auto first = std::find_if_not(words.begin(), words.end(), is_common);
  std::rotate(words.begin(), first, words.end());

  if (first == words.begin() && words.empty()) {
    world.print("{}", overview(world));
    return 0;
  }
  if (words[0] == "--version") words[0] = "version";
  if (words[0] == "--help" || words[0] == "-h") words[0] = "help";
  // "devices" alone lists them: there is nothing else that it could mean.
  if (words[0] == "devices" && (words.size() == 1 || words[1] == "--json"))
    words.insert(words.begin() + 1, "list");
  if (const auto* command = find_command(words)) return run_command(world, *command, words);
  const bool only_noun = words.size() == 1 || words[1] == "--help" || words[1] == "-h";
  if (is_noun(words[0]) && only_noun) {
    world.print("{}", overview_of(words[0], world));
    return 0;
  }
  return unknown_command(world, words);
}

/// The command line as it was typed, for the error's first line.
std::string typed(const std::vector<std::string>& words) {
  std::string out = "slipway";
  for (const auto& word : words) {
    const bool plain = word.find_first_of(" '\"\\$*?") == std::string::npos && !word.empty();
    out += " " + (plain ? word : "'" + word + "'");
  }
  return out;
}

}  // namespace

int run_app(World& world, const std::vector<std::string>& words) {
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  world.words = words;
  try {
    auto status = dispatch(world, words);
    if (status) return *status;
    if (world.goal.empty() || world.is_usage_error)
      world.goal = fmt::format("carry out '{}'", typed(words));
    print_error(world, status.error(), json);
    return exit_status(status.error().code, world.is_usage_error);
  } catch (const std::exception& problem) {
    world.goal = fmt::format("carry out '{}'", typed(words));
    print_error(world,
                fail(Code::internal, "{}", problem.what())
                    .with_remedy("this is a bug in slipway: please report it with this command"),
                json);
    return exit_status(Code::internal, false);
  }
}

int finish(World& world, int status) {
  const bool lost = std::fflush(world.out) != 0 || std::ferror(world.out) != 0;
  if (!lost) return status;
  const int reason = errno;
  if (reason == EPIPE) return 128 + SIGPIPE;  // the reader has seen enough
  world.goal = "write the result";
  print_error(world, fail(Code::unavailable, "stdout: {}", std::strerror(reason)),  // NOLINT: one
              world.json);                                                          // thread
  return exit_status(Code::unavailable, false);
}

}  // namespace slipway::cli
