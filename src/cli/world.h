#pragma once
// What a command may touch: the doors to the machine, and the two streams it talks to.

#include <concepts>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/program.h"
#include "base/random.h"
#include "base/result.h"

namespace slipway::cli {

/// What the streams are connected to. No terminal: no colours, nothing cut, no moving line.
struct Terminal {
  int out_columns = 0;  // 0: stdout is no terminal
  int err_columns = 0;  // 0: stderr is no terminal
  bool color = false;   // stdout is a terminal and NO_COLOR is not set
};

/// The doors, built by main() and by tests, and the flags that every command has.
struct World {
  const Clock& clock;
  Files& files;
  Entropy& entropy;
  std::FILE* out;  // results
  std::FILE* err;  // talk
  Terminal terminal = {};
  std::string search_path;  // where programs lie, as in PATH

  std::string isa;         // what SLIPWAY_ISA says; empty: nothing
  std::string cache_home;  // where programs keep what they can make again; empty: nowhere

  /// What the environment says: benchmarks take settings from there.
  std::map<std::string, std::string, std::less<>> variables = {};

  /// All that print and note say is appended to it, too.
  std::string* log = nullptr;

  /// Carries out `work` in a process of its own, which ends when this one does, and gives its exit
  /// status, 128 + n for a signal n; nullptr where everything is one process.
  int (*apart)(const std::function<int()>& work) = nullptr;

  /// Other programs; nullptr where none may run.
  const Programs* programs = nullptr;

  /// Whether SIGINT and SIGTERM are caught from now on; `caught` then holds the one that came.
  void (*catch_signals)(bool on) = nullptr;
  const volatile std::sig_atomic_t* caught = nullptr;

  bool json = false;
  bool quiet = false;
  bool verbose = false;

  std::vector<std::string> words = {};  // the command line, without "slipway"

  std::string goal;             // what is being attempted, for errors: "read net.tflite"
  bool is_usage_error = false;  // the last error was about the command line itself

  /// A result, onto stdout.
  template <class... Args>
  void print(fmt::format_string<Args...> text, Args&&... args) {
    put(out, fmt::format(text, std::forward<Args>(args)...));
  }

  /// One document, onto stdout.
  template <std::same_as<Json> Document>
  void print(const Document& document) {
    put(out, document.text() + "\n");
  }

  /// Something worth knowing that is no result, onto stderr; not with --quiet.
  template <class... Args>
  void note(fmt::format_string<Args...> text, Args&&... args) {
    if (!quiet) put(err, "note: " + fmt::format(text, std::forward<Args>(args)...) + "\n");
  }

  /// Only with --verbose.
  template <class... Args>
  void detail(fmt::format_string<Args...> text, Args&&... args) {
    if (verbose) put(err, fmt::format(text, std::forward<Args>(args)...) + "\n");
  }

  /// An error about flags and arguments: exit status 2 instead of 3.
  template <class... Args>
  Error usage(std::type_identity_t<Text<Args...>> text, Args&&... args) {
    is_usage_error = true;
    return {Code::invalid_input,
            fmt::format(text.format, std::forward<Args>(args)...),
            {},
            text.where,
            {}};
  }

  /// The value of a variable of the environment; empty where there is none.
  [[nodiscard]] std::string variable(std::string_view name) const {
    const auto at = variables.find(name);
    return at == variables.end() ? std::string() : at->second;
  }

  /// `text` in bold where stdout shows that.
  [[nodiscard]] std::string bold(std::string_view text) const {
    return terminal.color ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
  }

 private:
  void put(std::FILE* stream, const std::string& text) const {
    if (log != nullptr) *log += text;
    // A stream that takes no more says so when it is flushed at the end.
    std::fwrite(text.data(), 1, text.size(), stream);
  }
};

}  // namespace slipway::cli
