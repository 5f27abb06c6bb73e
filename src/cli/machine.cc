#include "cli/machine.h"

#include <charconv>
#include <sstream>

#include "base/system_fields.h"
#include "cli/version_info.h"
#include "engine/params.h"
#include "engine/pool.h"

namespace slipway::cli {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#elif defined(__GNUC__)
constexpr const char* kCompiler = "gcc " __VERSION__;
#else
constexpr const char* kCompiler = "unknown compiler";
#endif

/// The first line of a file of the system, or null.
Json line_of(const Files& files, const std::string& path) {
  const auto bytes = files.read(path);
  if (!bytes) return {};
  const auto text = as_text(*bytes);
  const auto line = text.substr(0, text.find('\n'));
  return line.empty() ? Json() : Json(line);
}

/// How many things wanted to run on average in the last minute, or null.
Json load_of(const Files& files) {
  const auto line = line_of(files, "/proc/loadavg");
  double load = 0;
  const auto* text = line.string();
  if (text == nullptr) return {};
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), load);
  return problem == std::errc() ? Json(load) : Json();
}

Json memory_of(const Files& files) {
  std::istringstream words{value_of(system_fields(files, "/proc/meminfo"), "MemTotal")};
  std::int64_t kilobytes = 0;
  words >> kilobytes;
  return kilobytes > 0 ? Json(kilobytes * 1024) : Json();
}

}  // namespace

std::string machine_name(const Files& files) {
  const auto name = value_of(system_fields(files, "/proc/cpuinfo"), "model name");
  return name.empty() ? "unknown" : name;
}

std::string compiler_name() {
  const std::string_view name = kCompiler;
  return std::string(name.substr(0, name.find_last_not_of(' ') + 1));
}

Json environment_json(const Files& files) {
  const std::string_view commit = SLIPWAY_COMMIT;
  const auto cpu = system_fields(files, "/proc/cpuinfo");
  const auto value = [&](std::string_view name) {
    const auto text = value_of(cpu, name);
    return text.empty() ? Json() : Json(text);
  };
  Json out;
  out.set("cpu", machine_name(files));
  out.set("microcode", value("microcode"));
  out.set("cores", engine::usable_cores());
  out.set("memory_bytes", memory_of(files));
  out.set("governor", line_of(files, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  out.set("kernel", line_of(files, "/proc/sys/kernel/osrelease"));
  out.set("load_average", load_of(files));
  out.set("version", SLIPWAY_VERSION);
  out.set("commit", commit.empty() ? Json() : Json(commit));
  out.set("compiler", compiler_name());
  out.set("engine", engine::engine_id());
  return out;
}

}  // namespace slipway::cli
