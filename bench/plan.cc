// A network of 8-bit integers as a plan of kernels: whether its integers are those of the
// interpreter, how long one run takes, and where the time goes.
//
// usage: plan [--isa NAME] [--threads N] [--steps] MODEL [SECONDS]

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include <fmt/core.h>

#include "base/clock.h"
#include "device/cpu/lower.h"
#include "engine/pool.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"

namespace slipway::bench {
namespace {

struct Freed {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};

using Aligned = std::unique_ptr<std::byte, Freed>;

Aligned aligned(std::size_t bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20U;
  const std::size_t size = (bytes + kHugePage) / kHugePage * kHugePage;
  return Aligned(static_cast<std::byte*>(std::aligned_alloc(kHugePage, size)));
}

/// A plan with everything that one stream of it needs.
class Stream {
 public:
  Stream(const Graph& graph, const cpu::BuiltPlan& plan, const std::vector<Tensor>& inputs,
         int threads)
      : plan_(plan),
        pool_(threads == 1 ? nullptr : engine::Pool::make(threads)),
        constants_(aligned(plan.constants.size())),
        arena_(aligned(plan.arena_bytes)) {
    std::copy(plan.constants.begin(), plan.constants.end(), constants_.get());
    for (const auto& input : inputs) inputs_.push_back(input.bytes().data());
    for (const auto id : graph.outputs()) outputs_.emplace_back(graph.type(id));
    for (auto& output : outputs_) rooms_.push_back(output.bytes().data());
  }

  void run(const engine::PlanHeader& plan) const {
    engine::run(plan, {constants_.get(), arena_.get(), inputs_.data(), rooms_.data()}, pool_.get());
  }

  void run() const { run(plan_.header()); }

  std::vector<Tensor> outputs() && {
    std::vector<Tensor> out;
    for (auto& output : outputs_) out.push_back(std::move(output).build());
    return out;
  }

 private:
  struct Dropped {
    void operator()(engine::Pool* pool) const { engine::Pool::drop(pool); }
  };

  const cpu::BuiltPlan& plan_;
  std::unique_ptr<engine::Pool, Dropped> pool_;
  Aligned constants_;
  Aligned arena_;
  std::vector<const std::byte*> inputs_;
  std::vector<TensorBuilder> outputs_;
  std::vector<std::byte*> rooms_;
};

/// Milliseconds of each run, sorted.
template <class Run>
std::vector<double> times_of(double seconds, const Run& run) {
  const SystemClock clock;
  std::vector<double> times;
  for (const auto start = clock.now(); milliseconds(start, clock.now()) < seconds * 1e3;) {
    const auto before = clock.now();
    run();
    times.push_back(milliseconds(before, clock.now()));
  }
  std::ranges::sort(times);
  return times;
}

/// Each step alone, again and again: its constants are warm.
void print_steps(const cpu::BuiltPlan& plan, const Stream& stream, double seconds) {
  auto note = plan.notes.begin();
  for (const auto* at = begin(plan.header()); at != end(plan.header()); at = next(at), ++note) {
    std::vector<std::uint64_t> one((sizeof(engine::PlanHeader) + at->bytes) / 8);
    auto header = plan.header();
    header.step_bytes = at->bytes;
    std::memcpy(one.data(), &header, sizeof(header));
    std::memcpy(one.data() + sizeof(header) / 8, at, at->bytes);
    const auto times = times_of(seconds / 50, [&] {
      stream.run(*reinterpret_cast<const engine::PlanHeader*>(one.data()));
    });
    fmt::print("  {:<24} {:<36} {:8.1f} us\n", note->kernel, note->words, times.front() * 1e3);
  }
}

struct Options {
  kernels::Isa isa = kernels::Isa::portable;
  bool steps = false;
  int threads = 1;
  double seconds = 1;
};

Result<void> measure(const std::string& path, const Options& options) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const SystemClock clock;
  auto graph = SLIPWAY_TRY(read_model(files, path));
  const auto began = clock.now();
  SLIPWAY_TRY(passes::run_pipeline(graph));
  const auto passed = clock.now();
  const auto plan = SLIPWAY_TRY(cpu::lower(graph, {options.isa}));
  const auto lowered = clock.now();
  const auto inputs = oracle::random_inputs(graph, 1);
  Stream stream(graph, plan, inputs, options.threads);
  stream.run();
  const auto times = times_of(options.seconds, [&] { stream.run(); });
  const auto at = [&](double part) {
    return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
  };
  fmt::print(
      "{{\"med_ms\": {:.4f}, \"p10\": {:.4f}, \"p90\": {:.4f}, \"n\": {}, \"isa\": \"{}\", "
      "\"passes_ms\": {:.1f}, \"lower_ms\": {:.1f}, \"constants_kb\": {}, \"arena_kb\": {}}}\n",
      at(0.5), at(0.1), at(0.9), times.size(), name_of(options.isa), milliseconds(began, passed),
      milliseconds(passed, lowered), plan.constants.size() / 1024, plan.arena_bytes / 1024);
  if (options.steps) print_steps(plan, stream, options.seconds);
  const auto is = std::move(stream).outputs();
  const auto should = SLIPWAY_TRY(interpret(graph, inputs));
  for (std::size_t i = 0; i < is.size(); ++i) {
    const auto apart = oracle::apart(is[i], should[i]);
    fmt::print(stderr, "output {}: at most {:.2g} of the range from the interpreter\n", i,
               apart.range_share);
    if (!(apart.range_share <= 1e-5)) return fail(Code::internal, "output {} differs", i);
  }
  return {};
}

int run(std::vector<std::string> words) {
  constexpr auto kUsage = "usage: plan [--isa NAME] [--threads N] [--steps] MODEL [SECONDS]\n";
  Options options;
  for (int i = 0; i < kernels::kIsaCount; ++i)
    if (runs_here(static_cast<kernels::Isa>(i))) options.isa = static_cast<kernels::Isa>(i);
  while (!words.empty() && words[0].starts_with("--")) {
    const auto flag = words[0];
    words.erase(words.begin());
    if (flag == "--steps") {
      options.steps = true;
      continue;
    }
    const auto word = words.empty() ? std::string() : words[0];
    bool known = false;
    if (flag == "--threads") {
      options.threads = std::atoi(word.c_str());
      known = options.threads > 0;
    }
    for (int i = 0; flag == "--isa" && i < kernels::kIsaCount; ++i) {
      if (name_of(static_cast<kernels::Isa>(i)) != word) continue;
      options.isa = static_cast<kernels::Isa>(i);
      known = true;
    }
    if (!known) {
      fmt::print(stderr, "{} '{}'?\n{}", flag, word, kUsage);
      return 2;
    }
    words.erase(words.begin());
  }
  if (words.empty()) {
    fmt::print(stderr, kUsage);
    return 2;
  }
  if (words.size() > 1) options.seconds = std::stod(words[1]);
  const auto done = measure(words[0], options);
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().message);
  for (const auto& step : done.error().trail) fmt::print(stderr, "  in {}\n", step);
  return 1;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
