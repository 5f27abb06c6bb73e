#include "cli/compare_runs.h"

#include <algorithm>
#include <utility>

#include "base/json_merge.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;

/// "3%" or "3": 0.03.
Result<double> parse_percentage(std::string text) {
  if (text.ends_with('%')) text.pop_back();
  while (text.ends_with(' ')) text.pop_back();
  double percents = 0;
  if (!convert(text, percents) || !(percents >= 0) || percents > 1e6)
    return fail(Code::invalid_input, "takes a percentage from 0 on, like 3%");
  return percents / 100;
}

class CompareRunsVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options
        .arguments("RUN", runs_,
                   "two models or deployments, which take turns; or two results: files of 'bench "
                   "--json', or folders of its --output-dir. One, with --check")
        .takes_file = true;
    options
        .value("--check", "BASELINE.json", baseline_,
               "compare the one RUN with this result, and fail where it is slower by more than "
               "--max-regress (default then: 3%)")
        .takes_file = true;
    output_.describe(options);
    options
        .value("--merge", "F.json", merged_,
               "write what both results say as one document; names with values of different types "
               "are an error")
        .takes_file = true;
    options.value("--rounds", "N", rounds_, "rounds of four turns, A B B A (default: 20)");
    options.value("--turn", "T", turn_, "measure at least so long in each turn (default: 50ms)");
    options.value("--threads", "N", settings_.threads,
                  "threads of each (default: 1, or what compile was told)");
    options.value("--batch-size", "N", settings_.batch,
                  "pictures in an inference, where a model leaves that open (default: 1)");
    options.value("--seed", "N", settings_.seed, "of the random inputs (default: 1)");
    compile_flags_.describe_for_here(options);
    model_flags_.describe(options);
  }

  Result<int> run(World& world) override {
    SLIPWAY_TRY(check_flags(world));
    const auto first = baseline_ ? *baseline_ : runs_[0];
    const auto second = baseline_ ? runs_[0] : runs_[1];
    for (const auto& path : {first, second}) {
      const bool is_result = extension(path) == "json" || (baseline_ && path == first);
      if (!is_result || world.files.kind(path) != Files::Kind::absent) continue;
      world.goal = fmt::format("read {}", path);
      return fail(Code::not_found, "there is no such file")
          .with_remedy(fmt::format("slipway bench MODEL --dummy --json > {}", path));
    }
    world.goal = fmt::format("compare {} with {}", first, second);
    const bool a_recorded = is_recorded_run(world.files, first);
    const bool b_recorded = is_recorded_run(world.files, second);
    if (a_recorded != b_recorded || (baseline_ && !a_recorded))
      return world
          .usage("{} is no recorded result, and one can only be compared with another",
                 a_recorded ? second : first)
          .with_remedy(fmt::format("slipway bench {} --dummy --json > result.json",
                                   a_recorded ? second : first));
    if (merged_ && !a_recorded) return world.usage("--merge is for recorded results");
    auto compared = a_recorded ? compare_recorded(world, first, second)
                               : compare_in_turns(world, first, second, compile_flags_,
                                                  model_flags_, settings_);
    auto report = SLIPWAY_TRY(std::move(compared));
    report.gate = output_.gate();
    if (baseline_ && !report.gate) report.gate = Gate{};
    return output_.write(world, report);
  }

 private:
  Result<void> check_flags(World& world) {
    constexpr int kMostRounds = 10'000;
    constexpr int kMostThreads = 256;
    if (baseline_ && runs_.size() != 1) return world.usage("--check compares one RUN with it");
    if (!baseline_ && runs_.size() != 2)
      return world.usage("compare-runs takes two runs, or one with --check");
    SLIPWAY_TRY(output_.check(world));
    if (rounds_ < measure::kLeastRounds || rounds_ > kMostRounds)
      return world.usage("--rounds takes a number from {} to {}, not {}", measure::kLeastRounds,
                         kMostRounds, rounds_);
    if (settings_.threads && (*settings_.threads < 1 || *settings_.threads > kMostThreads))
      return world.usage("--threads takes a number from 1 to {}, not {}", kMostThreads,
                         *settings_.threads);
    if (settings_.batch && *settings_.batch < 1)
      return world.usage("--batch-size takes a number from 1 on, not {}", *settings_.batch);
    settings_.turns.rounds = rounds_;
    settings_.turns.at_least = turn_;
    return {};
  }

  Result<RunsReport> compare_recorded(World& world, const std::string& a, const std::string& b) {
    const auto first = SLIPWAY_TRY(read_recorded_run(world.files, a));
    const auto second = SLIPWAY_TRY(read_recorded_run(world.files, b));
    if (merged_) {
      const auto both = SLIPWAY_TRY(merge(first.document, second.document));
      SLIPWAY_TRY(world.files.write(*merged_, as_bytes(both.text() + "\n")));
    }
    constexpr double kNsPerMs = 1e6;
    RunsReport out;
    out.a = {first.path, static_cast<double>(first.median.value) / kNsPerMs, first.document};
    out.b = {second.path, static_cast<double>(second.median.value) / kNsPerMs, second.document};
    out.versus = measure::versus_of_runs(first.median, second.median);
    out.settings = setting_differences(first.document, second.document);
    out.environment = environment_differences(first.document, second.document);
    world.note(
        "the results were recorded at different times: what changes between two runs is not in "
        "the interval. 'slipway compare-runs' of both models lets them take turns");
    // Two models are what one wants to compare, two ways of measuring are not.
    const auto way =
        std::ranges::find_if(out.settings, [](const auto& row) { return row.name != "model"; });
    if (way != out.settings.end())
      world.note("they were not measured in the same way: {} is {} and {}", way->name, way->a,
                 way->b);
    for (const auto* run : {&first, &second})
      if (!run->noise.empty() && run->noise != "clean")
        world.note("the machine was not quiet when {} was measured: {}", run->path, run->noise);
    return out;
  }

  std::vector<std::string> runs_;
  std::optional<std::string> baseline_;
  std::optional<std::string> merged_;
  int rounds_ = 20;
  nanoseconds turn_ = std::chrono::milliseconds(50);
  RunsOutput output_;
  TurnSettings settings_;
  CompileFlags compile_flags_;
  ModelFlags model_flags_;
};

}  // namespace

void RunsOutput::describe(Options& options) {
  options.value("--max-regress", "P", max_regress_,
                "exit status 1 where the second is slower for certain, and by more than this: 3%");
  options.flag("--github", github_, "print the verdict as an annotation of GitHub Actions, too");
  options
      .value("--summary", "F.md", summary_,
             "write the comparison as Markdown, for $GITHUB_STEP_SUMMARY")
      .takes_file = true;
  options.value("--junit", "F.xml", junit_, "write it as a test case in JUnit's XML").takes_file =
      true;
}

Result<void> RunsOutput::check(World& world) {
  if (github_ && world.json)
    return world.usage("--github and --json both want standard output")
        .with_remedy("--summary F.md beside --json");
  if (!max_regress_) return {};
  auto part = parse_percentage(*max_regress_);
  if (!part) return world.usage("--max-regress {}", part.error().message);
  gate_ = Gate{*part};
  return {};
}

Result<int> RunsOutput::write(World& world, const RunsReport& report) const {
  if (summary_) SLIPWAY_TRY(world.files.write(*summary_, as_bytes(to_markdown(report))));
  if (junit_) SLIPWAY_TRY(world.files.write(*junit_, as_bytes(to_junit(report))));
  if (world.json) {
    world.print(to_json(report));
  } else {
    print_runs(world, report);
  }
  if (github_) world.print("{}", to_annotation(report));
  return report.has_regressed() ? 1 : 0;
}

Command compare_runs_command() {
  return {.name = "compare-runs",
          .group = Group::models,
          .summary = "say which of two is faster, and how sure that is",
          .story =
              "Two models or deployments take turns, A B B A, so that what the machine does "
              "meanwhile weighs on both. 'faster' and 'slower' are said where the 95 % interval of "
              "the ratio of their medians excludes 1. Recorded results are compared by the "
              "intervals of their medians.",
          .examples = {{"compare-runs net.onnx net_int8.onnx", "both compiled in memory"},
                       {"compare-runs old_deploy new_deploy --max-regress 3%",
                        "exit status 1 where the new one is slower"},
                       {"compare-runs --check baseline.json now.json --junit report.xml --github",
                        "results that 'bench --json' printed, in CI"}},
          .data = Data::json,
          .make = make_verb<CompareRunsVerb>};
}

}  // namespace slipway::cli
