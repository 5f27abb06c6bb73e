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

void print_error(World& world, const Error& error, bool json) {
  if (json) {
    Json inside;
    inside.set("code", name_of(error.code));
    inside.set("message", error.message);
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
  std::string because;
  for (auto at = error.trail.rbegin(); at != error.trail.rend(); ++at) {
    const bool said =
        at == error.trail.rbegin() && reads && at->starts_with("reading " + world.goal.substr(5));
    if (!said) because += *at + ": ";
  }
  because += error.message;
  const auto code = world.is_usage_error ? "usage" : name_of(error.code);
  fmt::print(world.err, "error: cannot {}\n  because {}   [{}]\n", world.goal, because, code);
  if (!error.remedy.empty()) fmt::print(world.err, "  try     {}\n", error.remedy);
  if (error.code == Code::internal)
    fmt::print(world.err, "  at      {}:{}\n", error.where.file_name(), error.where.line());
}

}  // namespace slipway::cli
