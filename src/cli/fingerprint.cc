#include "cli/fingerprint.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "base/sha256.h"
#include "base/system_fields.h"
#include "cli/machine.h"

namespace slipway::cli {
namespace {

/// What in the environment changes what is measured, or how.
constexpr std::array kVariables = {
    "SLIPWAY_ISA", "OMP_NUM_THREADS",   "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "LD_PRELOAD",
    "MODEL_NAME",  "BATCH_SIZE",        "NUM_INPUTS",       "STREAMS",        "PRECISION",
    "DUMMY",       "MIN_TEST_DURATION", "MAX_TEST_DURATION"};

Json file_text(const World& world, const std::string& path) {
  const auto bytes = world.files.read(path);
  if (!bytes) return {};
  auto text = as_text(*bytes);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
  return text.empty() ? Json() : Json(text);
}

Json field(const World& world, const std::string& path, std::string_view name) {
  auto text = value_of(system_fields(world.files, path), name);
  return text.empty() ? Json() : Json(std::move(text));
}

/// "Debian GNU/Linux 12 (bookworm)".
Json system_name(const World& world) {
  const auto bytes = world.files.read("/etc/os-release");
  if (!bytes) return {};
  std::istringstream lines{std::string(as_text(*bytes))};
  constexpr std::string_view kName = "PRETTY_NAME=";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kName)) continue;
    line.erase(0, kName.size());
    std::erase(line, '"');
    return line;
  }
  return {};
}

Json mitigations(const World& world) {
  const std::string folder = "/sys/devices/system/cpu/vulnerabilities";
  const auto names = world.files.list(folder);
  if (!names) return {};
  Json out(Json::Object{});
  for (const auto& name : *names) out.set(name, file_text(world, join(folder, name)));
  return out;
}

Json caches(const World& world) {
  Json out(Json::Array{});
  for (int i = 0; i < 8; ++i) {
    const auto folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}", i);
    const auto size = file_text(world, join(folder, "size"));
    if (size.is_null()) break;
    Json row;
    row.set("level", file_text(world, join(folder, "level")));
    row.set("type", file_text(world, join(folder, "type")));
    row.set("size", size);
    out.push(std::move(row));
  }
  return out.array()->empty() ? Json() : out;
}

bool has_flag(const Json& flags, std::string_view name) {
  if (flags.string() == nullptr) return false;
  std::istringstream words{*flags.string()};
  for (std::string word; words >> word;)
    if (word == name) return true;
  return false;
}

Json container(const World& world) {
  const auto there = [&](const char* path) {
    return world.files.kind(path) != Files::Kind::absent;
  };
  if (there("/.dockerenv")) return "docker";
  if (there("/run/.containerenv")) return "podman";
  return {};
}

Json limits(const World& world) {
  Json out;
  out.set("cpu", file_text(world, "/sys/fs/cgroup/cpu.max"));
  out.set("memory", file_text(world, "/sys/fs/cgroup/memory.max"));
  out.set("cores_allowed", field(world, "/proc/self/status", "Cpus_allowed_list"));
  return out;
}

}  // namespace

std::string path_text(const std::string& path, Redact redact) {
  if (redact == Redact::no) return path;
  // "--output-dir=/home/me/out" keeps its flag.
  const auto sign = path.starts_with('-') ? path.find('=') : std::string::npos;
  const auto begin = sign == std::string::npos ? 0 : sign + 1;
  return path.substr(0, begin) + std::string(base_name(std::string_view(path).substr(begin)));
}

std::string without_folders(std::string_view text, const std::vector<std::string>& known) {
  constexpr std::string_view kBetween = " \t\n\r,;:=|'\"`()[]{}<>";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    std::size_t size = 0;
    for (const auto& path : known)
      if (rest.starts_with(path)) size = std::max(size, path.size());
    // A file in a folder that is known goes on behind it.
    const auto end = std::min(text.find_first_of(kBetween, at + size), text.size());
    const auto word = text.substr(at, end - at);
    const bool is_path = size > 0 || word.starts_with('/');
    out += is_path && word.size() > 1 ? base_name(word) : word;
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

Json variables_json(const World& world, Redact redact) {
  Json out(Json::Object{});
  for (const auto* name : kVariables) {
    const auto at = world.variables.find(name);
    if (at == world.variables.end()) continue;
    out.set(name,
            redact == Redact::no ? at->second : path_text(without_folders(at->second), redact));
  }
  return out;
}

Json fingerprint_json(const World& world, Redact redact) {
  const std::string dmi = "/sys/class/dmi/id";
  const std::string cpufreq = "/sys/devices/system/cpu/cpu0/cpufreq";
  const std::string cpuinfo = "/proc/cpuinfo";
  auto flags = field(world, cpuinfo, "flags");
  if (flags.is_null()) flags = field(world, cpuinfo, "Features");
  // What stays: the digest is made of it.
  Json machine;
  machine.set("cpu", machine_name(world.files));
  machine.set("microcode", field(world, cpuinfo, "microcode"));
  machine.set("cpu_flags", flags);
  machine.set("cores_online", file_text(world, "/sys/devices/system/cpu/online"));
  machine.set("smt", file_text(world, "/sys/devices/system/cpu/smt/control"));
  machine.set("numa_nodes", file_text(world, "/sys/devices/system/node/online"));
  machine.set("caches", caches(world));
  machine.set("memory", field(world, "/proc/meminfo", "MemTotal"));
  machine.set("board_vendor", file_text(world, join(dmi, "board_vendor")));
  machine.set("board", file_text(world, join(dmi, "board_name")));
  machine.set("product", file_text(world, join(dmi, "product_name")));
  machine.set("firmware", file_text(world, join(dmi, "bios_version")));
  machine.set("virtual_machine", flags.is_null() ? Json() : Json(has_flag(flags, "hypervisor")));
  machine.set("container", container(world));
  machine.set("os", system_name(world));
  machine.set("kernel", file_text(world, "/proc/sys/kernel/osrelease"));
  machine.set("governor", file_text(world, join(cpufreq, "scaling_governor")));
  machine.set("frequency_max_khz", file_text(world, join(cpufreq, "cpuinfo_max_freq")));
  machine.set("no_turbo", file_text(world, "/sys/devices/system/cpu/intel_pstate/no_turbo"));
  machine.set("huge_pages", file_text(world, "/sys/kernel/mm/transparent_hugepage/enabled"));
  machine.set("clock_source",
              file_text(world, "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  machine.set("mitigations", mitigations(world));
  const auto text = machine.text(0);

  Json out;
  out.set("digest", sha256(std::as_bytes(std::span(text))));
  out.set("redacted", redact == Redact::yes);
  const auto personal = [&](Json value) {
    return redact == Redact::yes ? Json() : std::move(value);
  };
  out.set("host", personal(file_text(world, "/proc/sys/kernel/hostname")));
  const auto user = world.variable("USER");
  out.set("user", personal(user.empty() ? Json() : Json(user)));
  out.set("kernel_command_line", personal(file_text(world, "/proc/cmdline")));
  out.set("machine", std::move(machine));
  out.set("limits", limits(world));
  out.set("variables", variables_json(world, redact));
  return out;
}

}  // namespace slipway::cli
