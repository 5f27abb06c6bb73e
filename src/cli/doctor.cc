#include <algorithm>
#include <array>
#include <sstream>

#include "base/system_fields.h"
#include "cli/table.h"
#include "cli/tools.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

/// A program that makes something possible, and the package that brings it.
struct Tool {
  std::string_view program;
  std::string_view package;
  std::string_view use;
};

constexpr Tool kTools[] = {
    {"dot", "graphviz", "draws graphs for 'inspect --picture'"},
    {"gnuplot", "gnuplot-nox", "draws pictures for 'plot -o'"},
    {"jq", "jq", "picks values out of --json"},
};

/// Instruction sets that matter here, as /proc/cpuinfo names them, from old to new.
constexpr auto kInstructionSets = std::to_array<std::string_view>(
    {"sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni",
     "avx512_bf16", "avx512_fp16", "avx_vnni", "amx_int8", "amx_bf16", "asimd", "asimdhp",
     "asimddp", "i8mm", "sve"});

struct Cpu {
  std::string name;
  int threads = 0;
  std::vector<std::string> instruction_sets;
};

Cpu cpu_of(const Files& files) {
  Cpu cpu;
  const auto fields = system_fields(files, "/proc/cpuinfo");
  cpu.name = value_of(fields, "model name");
  if (cpu.name.empty()) cpu.name = "unknown";
  const auto bytes = files.read("/proc/cpuinfo");
  if (bytes) {
    std::istringstream lines{std::string(as_text(*bytes))};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("processor")) ++cpu.threads;
    }
  }
  const std::string flags = value_of(fields, "flags") + value_of(fields, "Features");
  std::istringstream words{flags};
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  for (const auto name : kInstructionSets) {
    if (std::find(all.begin(), all.end(), name) != all.end())
      cpu.instruction_sets.emplace_back(name);
  }
  return cpu;
}

/// Kilobytes of a line of /proc/meminfo, in bytes; 0 where it is not there.
std::int64_t memory_bytes(const Files& files, const std::string& name) {
  std::istringstream words{value_of(system_fields(files, "/proc/meminfo"), name)};
  std::int64_t kilobytes = 0;
  words >> kilobytes;
  return kilobytes * 1024;
}

class DoctorVerb final : public Verb {
 public:
  void describe(Options&) override {}

  Result<int> run(World& world) override {
    const auto cpu = cpu_of(world.files);
    const auto total = memory_bytes(world.files, "MemTotal");
    const auto available = memory_bytes(world.files, "MemAvailable");
    std::string isas;
    for (const auto& isa : cpu.instruction_sets) isas += (isas.empty() ? "" : " ") + isa;
    std::string packages;
    Json tools(Json::Array{});
    Table table({{"tool"}, {"where"}, {"what for", Align::left, Shrink::end}});
    for (const auto& tool : kTools) {
      const auto path = find_program(world, tool.program);
      Json row;
      row.set("program", tool.program);
      row.set("path", path.empty() ? Json() : Json(path));
      row.set("package", tool.package);
      tools.push(std::move(row));
      table.row(
          {std::string(tool.program), path.empty() ? "missing" : path, std::string(tool.use)});
      if (path.empty()) packages += " " + std::string(tool.package);
    }
    const std::string remedy =
        packages.empty() ? "" : "sudo apt-get install --no-install-recommends" + packages;
    if (world.json) {
      Json document;
      Json machine;
      machine.set("name", cpu.name);
      machine.set("threads", cpu.threads);
      Json sets(Json::Array{});
      for (const auto& isa : cpu.instruction_sets) sets.push(isa);
      machine.set("instruction_sets", std::move(sets));
      document.set("cpu", std::move(machine));
      document.set("memory_bytes", total);
      document.set("memory_available_bytes", available);
      document.set("tools", std::move(tools));
      document.set("remedy", remedy.empty() ? Json() : Json(remedy));
      world.print(document);
      return 0;
    }
    world.print("{:<20} {}, {} threads\n", "CPU", cpu.name, cpu.threads);
    world.print("{:<20} {}\n", "instruction sets", isas.empty() ? "none that matter here" : isas);
    world.print("{:<20} {}, of which {} free\n\n", "memory", bytes_text(total),
                bytes_text(available));
    world.print("{}\n", table.text(world.terminal.out_columns, world.terminal.color));
    if (remedy.empty()) {
      world.print("Nothing is missing.\n");
    } else {
      world.print(
          "Everything works without what is missing, but for what stands beside it.\n"
          "To add it:  {}\n",
          remedy);
    }
    return 0;
  }
};

}  // namespace

Command doctor_command() {
  return {.name = "doctor",
          .group = Group::machine,
          .summary = "say what this machine has, and what is missing",
          .story = "All tools that it names are optional.",
          .examples = {{"doctor", "the processor, the memory, the tools"},
                       {"doctor --json", "the same for a bug report"}},
          .data = Data::json,
          .make = make_verb<DoctorVerb>};
}

}  // namespace slipway::cli
