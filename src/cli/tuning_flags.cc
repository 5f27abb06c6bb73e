#include "cli/tuning_flags.h"

#include "cli/progress.h"
#include "device/cpu/tuning_file.h"

namespace slipway::cli {
namespace {

/// How much time each choice of --tune spends.
cpu::TuneOptions budget_of(std::string_view tune) {
  cpu::TuneOptions out;
  out.seconds = tune == "full" ? 300 : 15;
  out.most_per_candidate = tune == "full" ? 0.5 : 0.03;
  return out;
}

/// What a file has; nothing where there is none.
Result<cpu::Tuning> read(const Files& files, const std::string& path) {
  if (files.kind(path) == Files::Kind::absent) return cpu::Tuning{};
  const auto bytes = SLIPWAY_TRY(files.read(path));
  return cpu::parse_tuning(as_text(bytes)).during("{}", path);
}

/// "t.json" -> "t.avx2.json"
std::string file_of(const std::string& path, kernels::Isa isa) {
  constexpr std::string_view kEnd = ".json";
  const auto stem = path.ends_with(kEnd) ? path.substr(0, path.size() - kEnd.size()) : path;
  return fmt::format("{}.{}{}", stem, kernels::name_of(isa), kEnd);
}

}  // namespace

void TuningFlags::describe(Options& options) {
  options.choice("--tune", tune_, {"quick", "full", "none"},
                 "how long kernels are measured on this machine to choose among them (default: "
                 "quick, some seconds once per kind of layer); results differ in speed, and in the "
                 "last digits of floats");
  options
      .value("--tuning-file", "F.json", file_,
             "where measurements are kept (default: one file per processor below ~/.cache); the "
             "same file gives the same deployment")
      .takes_file = true;
}

std::string TuningFlags::words() const {
  std::string out;
  if (tune_) out += "--tune " + *tune_;
  if (file_) out += (out.empty() ? "--tuning-file " : " --tuning-file ") + *file_;
  return out;
}

Result<cpu::Chosen> TuningFlags::choose(World& world, const Graph& graph, kernels::Isa isa,
                                        cpu::Precision precision, const TuningShare& share) const {
  const auto machine =
      fmt::format("{}, at most {}", cpu::this_machine(world.files), kernels::name_of(isa));
  const bool kept = file_.has_value() || !world.cache_home.empty();
  const auto path = file_ ? share.each_its_file ? file_of(*file_, isa) : *file_
                          : cpu::cache_path(world.cache_home, machine);
  cpu::Tuning tuning;
  if (kept) {
    auto before = read(world.files, path);
    if (!before && file_) return std::move(before).error();
    if (before) tuning = std::move(before).value();  // a broken cache is measured anew
  }
  if (tuning.machine.empty()) tuning.machine = machine;
  if (tuning.machine != machine) {
    world.note("{} was measured on another machine: its choices are taken as they are", path);
    return tuning.chosen();
  }
  // Nothing is measured of kernels that cannot run here, nor of plain code for whatever has none.
  if (!kernels::runs_here(isa) || (share.each_its_file && isa == kernels::Isa::portable))
    return tuning.chosen();
  const auto tune = tune_.value_or("quick");
  cpu::LowerOptions lowering{isa, tuning.choices(), precision};
  if (tune == "none") return tuning.chosen();
  if (tune == "full") lowering.choices.clear();  // what was measured in a hurry is measured again
  auto options = budget_of(tune);
  options.seconds /= share.of;
  std::optional<Progress> progress;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (total == 0) return;
    if (!progress) progress.emplace(world, "measuring kernels", total);
    progress->at(done);
  };
  const auto measured = SLIPWAY_TRY(cpu::tune(graph, lowering, options, world.clock));
  if (measured.empty()) return tuning.chosen();
  tuning.add(measured);
  if (kept) {
    const auto text = cpu::text_of(tuning);
    const auto written = world.files.write(path, as_bytes(text));
    if (!written && file_) return written.error();
    if (!written) world.note("the measurements are not kept: {}", written.error().message);
  }
  return tuning.chosen();
}

}  // namespace slipway::cli
