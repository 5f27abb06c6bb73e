#include "cli/error.h"

#include <csignal>

#include <fmt/format.h>

namespace slipway::cli {

int exit_status(Code code, bool is_usage) {
  if (is_usage) return 2;
  switch (code) {
    case Code::invalid_input:
    case Code::unsupported:
    case Code::not_found:
    case Code::corrupt:
      return 3;
    case Code::conflict:
    case Code::unavailable:
    case Code::timeout:
      return 4;
    case Code::cancelled:
      return 128 + SIGINT;
    case Code::internal:
      return 70;
  }
  return 70;
}

namespace {

/// The message without the path that the first line names already.
std::string cause(const std::string& goal, const std::string& message) {
  const bool reads = goal.starts_with("read ");
  if (!reads && !goal.starts_with("write ")) return message;
  const std::string path = goal.substr(reads ? 5 : 6);
  if (message == "no such file: " + path) return "there is no such file";
  if (message == "no permission to open " + path) return "there is no permission to open it";
  const std::string again = "cannot write " + path + ": ";
  if (message.starts_with(again)) return message.substr(again.size());
  if (message.starts_with(path + " ")) return "it" + message.substr(path.size());
  if (message.starts_with(path + ", line ")) return message.substr(path.size() + 2);
  return message;
}

}  // namespace

void print_error(World& world, const Error& error, bool json) {
  const auto code = world.is_usage_error ? "usage" : name_of(error.code);
  const auto message = cause(world.goal, error.message);
  if (json) {
    Json inside;
    inside.set("code", code);
    inside.set("message", message);
    Json trail(Json::Array{});
    trail.push("cannot " + world.goal);
    for (auto at = error.trail.rbegin(); at != error.trail.rend(); ++at) trail.push(*at);
    inside.set("trail", std::move(trail));
    inside.set("remedy", error.remedy);
    Json document;
    document.set("error", std::move(inside));
    fmt::print(world.err, "{}\n", document.text());
    return;
  }
  // The first line says it already where the outermost step is the goal itself.
  const bool reads = world.goal.starts_with("read ");
  constexpr std::ptrdiff_t kFirst = 3;
  constexpr std::ptrdiff_t kLast = 2;
  std::string because;
  for (auto at = error.trail.rbegin(); at != error.trail.rend(); ++at) {
    const bool said =
        at == error.trail.rbegin() && reads && at->starts_with("reading " + world.goal.substr(5));
    const auto left = error.trail.rend() - at;
    if (at - error.trail.rbegin() == kFirst && left > kLast + 1) {
      because += fmt::format("({} steps further in) ", left - kLast);
      at += left - kLast;
    }
    if (!said) because += *at + ": ";
  }
  because += message;
  fmt::print(world.err, "error: cannot {}\n  because {}   [{}]\n", world.goal, because, code);
  if (!error.remedy.empty()) fmt::print(world.err, "  try     {}\n", error.remedy);
  if (error.code == Code::internal)
    fmt::print(world.err, "  at      {}:{}\n", error.where.file_name(), error.where.line());
}

}  // namespace slipway::cli
