#include "cli/profile.h"

#include <algorithm>
#include <map>
#include <set>

#include "cli/table.h"
#include "measure/peaks.h"
#include "measure/versus.h"

namespace slipway::cli {
namespace {

constexpr int kRuns = 30;
constexpr int kLeastRuns = 3;
constexpr std::chrono::seconds kTime{1};
constexpr double kPeakSeconds = 0.05;     // for each kind of arithmetic
constexpr double kReadingSeconds = 0.02;  // for each size of block

bool multiplies(std::string_view kernel) {
  return kernel.starts_with("product_") || kernel.starts_with("depthwise_") ||
         kernel.starts_with("winograd_");
}

/// The step of each node; -1 for inputs and constants, and what belongs to none.
std::vector<int> steps_of(const Graph& graph, const std::vector<cpu::StepNote>& notes) {
  std::map<std::string, int> named;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const auto [at, fresh] = named.emplace(notes[i].node, static_cast<int>(i));
    // Of several steps of one layer the one that multiplies has its work.
    if (!fresh && multiplies(notes[i].kernel)) at->second = static_cast<int>(i);
  }
  const auto nodes = graph.nodes();
  std::vector<int> out(nodes.size(), -1);
  const auto is_work = [&](std::size_t n) {
    return !nodes[n].op.is<Input>() && !nodes[n].op.is<Constant>();
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!is_work(n)) continue;
    for (const auto& value : nodes[n].outputs)
      if (const auto at = named.find(value.name); at != named.end()) out[n] = at->second;
  }
  for (std::size_t n = nodes.size(); n-- > 0;) {
    if (out[n] < 0 || !is_work(n)) continue;
    for (const auto id : nodes[n].inputs)
      if (id.exists() && is_work(static_cast<std::size_t>(id.node)))
        if (auto& step = out[static_cast<std::size_t>(id.node)]; step < 0) step = out[n];
  }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (out[n] >= 0 || !is_work(n)) continue;
    for (const auto id : nodes[n].inputs)
      if (id.exists()) out[n] = std::max(out[n], out[static_cast<std::size_t>(id.node)]);
  }
  return out;
}

std::int64_t bytes_of(const TensorType& type) { return type.is_known() ? type.bytes() : 0; }

/// Several layers in one step: what it multiplies stands in its words where it is bfloat16.
bool is_chain(std::string_view kernel) { return kernel.starts_with("chain "); }

/// What a kernel multiplies, by its name; nothing for one that does not.
std::optional<measure::Numbers> numbers_of(std::string_view kernel) {
  if (is_chain(kernel) && kernel.find("bf16") != kernel.npos) return measure::Numbers::bf16;
  if (!multiplies(kernel)) return std::nullopt;
  const auto kind = kernel.substr(0, kernel.find(' '));
  if (kind.ends_with("_u8")) return measure::Numbers::bytes;
  if (kind.ends_with("_bf16")) return measure::Numbers::bf16;
  if (kind.ends_with("_f16")) return measure::Numbers::halves;
  return measure::Numbers::floats;
}

/// What the processor can do at most, of one thread.
class Roof {
 public:
  explicit Roof(kernels::Isa isa)
      : isa_(isa), peaks_(measure::measure_peaks(watch_, kPeakSeconds)) {
    constexpr std::int64_t kMost = std::int64_t{1} << 26U;
    for (std::int64_t size = std::int64_t{1} << 14U; size <= kMost; size *= 2)
      reading_.push_back({size, measure::measure_reading(
                                    watch_, isa, static_cast<std::size_t>(size), kReadingSeconds) *
                                    1e3});
  }

  /// The least microseconds for so much work on some threads; nothing where no peak is known.
  [[nodiscard]] std::optional<double> least_us(const StepWork& work, std::string_view kernel,
                                               int threads) const {
    // At the speed of a block that is as large, and hot.
    auto block = std::ranges::find_if(
        reading_, [&](const Reading& reading) { return reading.size >= work.bytes; });
    if (block == reading_.end()) --block;
    double least = static_cast<double>(work.bytes) / (block->bytes_per_us * threads);
    if (const auto numbers = numbers_of(kernel)) {
      double gops = 0;
      for (const auto& peak : peaks_)
        if (peak.numbers == *numbers && kernels::includes(isa_, peak.isa))
          gops = std::max(gops, peak.gops);
      if (gops == 0) return std::nullopt;
      least = std::max(least, static_cast<double>(work.operations) / (gops * 1e3 * threads));
    } else if (is_chain(kernel)) {
      return std::nullopt;
    }
    return least > 0 ? std::optional(least) : std::nullopt;
  }

 private:
  struct Reading {
    std::int64_t size;
    double bytes_per_us;
  };

  kernels::Isa isa_;
  measure::Stopwatch watch_;
  std::vector<measure::Peak> peaks_;
  std::vector<Reading> reading_;  // the smallest block first
};

std::optional<double> gops_of(const ProfiledStep& step) {
  if (!step.operations || step.time_us <= 0) return std::nullopt;
  return *step.operations / step.time_us * 1e-3;
}

std::optional<double> part_of_roof(const ProfiledStep& step) {
  if (!step.roof_us || step.time_us <= 0) return std::nullopt;
  return *step.roof_us / step.time_us;
}

Json or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

}  // namespace

std::vector<StepWork> work_of(const compile::Compiled& compiled) {
  const auto& graph = compiled.graph;
  const auto& notes = compiled.variants.at(0).plan.notes;
  const auto steps = steps_of(graph, notes);
  const auto nodes = graph.nodes();
  const auto step_of = [&](ValueId id) { return steps[static_cast<std::size_t>(id.node)]; };
  std::vector<StepWork> out(notes.size());
  std::set<std::pair<int, ValueId>> counted;
  enum class Use { reads, writes };
  const auto count = [&](int step, ValueId id, Use use) {
    if (!counted.emplace(step, id).second) return;
    const auto& note = notes[static_cast<std::size_t>(step)];
    const bool is_constant = graph.node(id).op.is<Constant>();
    const bool halved = is_constant         ? note.kernel.starts_with("product_bf16")
                        : use == Use::reads ? note.words.find("from bf16") != std::string::npos
                                            : note.words.find("to bf16") != std::string::npos;
    const bool is_float = graph.type(id).dtype == DType::f32;
    out[static_cast<std::size_t>(step)].bytes +=
        bytes_of(graph.type(id)) / (halved && is_float ? 2 : 1);
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const int step = steps[n];
    if (step < 0) continue;
    const auto cost = cost_of(graph, nodes[n]);
    out[static_cast<std::size_t>(step)].operations += 2 * cost.macs + cost.ops;
    for (const auto id : nodes[n].inputs) {
      if (!id.exists() || step_of(id) == step) continue;
      count(step, id, Use::reads);
      if (step_of(id) >= 0) count(step_of(id), id, Use::writes);
    }
  }
  for (const auto id : graph.outputs())
    if (step_of(id) >= 0) count(step_of(id), id, Use::writes);
  return out;
}

Result<std::vector<ProfiledStep>> profile_of(World& world, compile::Runner& runner,
                                             const std::vector<StepWork>& work) {
  std::vector<std::vector<double>> times;
  std::vector<ProfiledStep> out;
  const auto start = world.clock.now();
  for (int run = 0; run < kRuns; ++run) {
    if (run >= kLeastRuns && world.clock.now() - start > kTime) break;
    const auto steps = SLIPWAY_TRY(runner.profile());
    times.resize(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      times[i].push_back(steps[i].time_us);
      if (run == 0) out.push_back({steps[i].name, steps[i].kernel, 0, {}, {}, {}});
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].time_us = measure::median_of(times[i]);
  if (work.size() != out.size()) return out;  // a deployment came without its graph
  const auto isa = kernels::isa_named(runner.isa()).value_or(kernels::Isa::portable);
  const Roof roof(isa);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (work[i].bytes == 0) continue;  // a step of a layer whose work another one has
    out[i].operations = static_cast<double>(work[i].operations);
    out[i].bytes = static_cast<double>(work[i].bytes);
    out[i].roof_us = roof.least_us(work[i], out[i].kernel, runner.threads());
  }
  return out;
}

std::string profile_table(const World& world, const std::vector<ProfiledStep>& steps) {
  double total = 0;
  for (const auto& step : steps) total += step.time_us;
  Table table({{"step", Align::left, Shrink::names},
               {"µs", Align::right},
               {"share", Align::right},
               {"GOP/s", Align::right},
               {"of roof", Align::right},
               {"bytes", Align::right},
               {"kernel", Align::left, Shrink::end}});
  for (const auto& step : steps) {
    const auto gops = gops_of(step);
    const auto part = part_of_roof(step);
    table.row({step.name, fmt::format("{:.1f}", step.time_us),
               percent_text(total > 0 ? step.time_us / total : 0),
               gops ? fmt::format("{:.1f}", *gops) : "n/a", part ? percent_text(*part) : "n/a",
               step.bytes ? bytes_text(static_cast<std::int64_t>(*step.bytes)) : "n/a",
               step.kernel});
  }
  return table.text(world.terminal.out_columns, world.terminal.color);
}

Json profile_json(const std::vector<ProfiledStep>& steps) {
  Json out(Json::Array{});
  for (const auto& step : steps) {
    Json row;
    row.set("name", step.name);
    row.set("kernel", step.kernel);
    row.set("time_us", step.time_us);
    row.set("gops", or_null(gops_of(step)));
    const auto part = part_of_roof(step);
    row.set("roofline_percent", part ? Json(*part * 100) : Json());
    row.set("operations", or_null(step.operations));
    row.set("bytes", or_null(step.bytes));
    out.push(std::move(row));
  }
  return out;
}

}  // namespace slipway::cli
