// Our rules against LoadGen's: it runs, what it logged of each query goes through our code, and
// what it said must come out.

#include "measure/loadgen.h"

#include <array>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "oracle/oracle.h"

namespace slipway::measure {
namespace {

/// How many runs: a quarter of each scenario. The campaign asks for more.
int runs() {
  const char* given = std::getenv("SLIPWAY_LOADGEN_RUNS");  // NOLINT: one thread
  return given != nullptr ? std::atoi(given) : 20;          // NOLINT: ours
}

std::int64_t integer(const Json& json, std::string_view name) {
  return *json.find(name)->integer();
}

bool boolean(const Json& json, std::string_view name) { return *json.find(name)->boolean(); }

Scenario scenario_of(const Json& asked) {
  const auto& name = *asked.find("scenario")->string();
  if (name == "SingleStream") return Scenario::single;
  if (name == "MultiStream") return Scenario::multi;
  return name == "Server" ? Scenario::server : Scenario::offline;
}

LoadgenRules rules_of(const Json& asked, const Json& said) {
  LoadgenRules out{.scenario = scenario_of(asked)};
  out.percent = {std::llround(*asked.find("percentile")->number() * 1e5)};
  out.at_least = std::chrono::milliseconds(integer(asked, "min_duration_ms"));
  out.queries = integer(asked, "min_query_count");
  if (out.scenario == Scenario::offline) out.queries = integer(said, "wanted_samples");
  out.at_most_each = std::chrono::nanoseconds(integer(asked, "bound_ns"));
  return out;
}

/// How often each was seen, for nothing is proven where all runs are alike.
struct Seen {
  int valid = 0;
  int invalid = 0;
  int estimates = 0;
  int percentiles = 0;
  int over = 0;
};

void compare_statistics(const Samples& latencies, const Json& said, Seen& seen) {
  EXPECT_EQ(latencies.min(), integer(said, "min"));
  EXPECT_EQ(latencies.max(), integer(said, "max"));
  EXPECT_NEAR(latencies.mean(), *said.find("mean")->number(), 1);
  for (const std::int64_t thousandths : {50'000, 90'000, 95'000, 97'000, 99'000, 99'900}) {
    const std::array rank = {rank_of(latencies.count(), {thousandths})};
    const auto name = fmt::format("{:.2f}", static_cast<double>(thousandths) / 1e3);
    EXPECT_EQ(latencies.at(rank)[0], integer(*said.find("percentiles"), name)) << name;
    ++seen.percentiles;
  }
}

void compare_verdict(const LoadgenVerdict& is, const LoadgenRun& run, const Json& said,
                     bool is_server, Seen& seen) {
  EXPECT_EQ(is.long_enough, boolean(said, "long_enough")) << run.duration.count();
  EXPECT_EQ(is.enough_queries, boolean(said, "enough_queries")) << run.queries;
  EXPECT_EQ(is.early_stopping, boolean(said, "early_stopping"));
  EXPECT_EQ(is.bound_kept, boolean(said, "bound_kept")) << run.over;
  EXPECT_EQ(is.valid(), boolean(said, "valid"));
  ++(is.valid() ? seen.valid : seen.invalid);
  if (!is_server) {
    EXPECT_EQ(is.estimate.has_value(), !said.find("estimate")->is_null());
  }
  if (is.estimate && !is_server) {
    EXPECT_EQ(is.estimate->ns, integer(said, "estimate"));
    EXPECT_EQ(is.estimate->discarded, integer(said, "discarded"));
    ++seen.estimates;
  }
  if (!said.find("needs")->is_null()) {
    EXPECT_EQ(is.needs, integer(said, "needs"));
  }
  if (!said.find("more")->is_null()) {
    EXPECT_EQ(is.needs - run.queries, integer(said, "more"));
  }
}

void compare(const Json& logged, Seen& seen) {
  const auto& said = *logged.find("said");
  const auto rules = rules_of(*logged.find("asked"), said);
  Samples latencies;
  LoadgenRun run;
  for (const auto& each : *logged.find("latencies")->array()) {
    latencies.add(*each.integer());
    ++run.queries;
    run.over += *each.integer() > rules.at_most_each.count();
  }
  run.duration = std::chrono::nanoseconds(integer(logged, "duration"));
  if (rules.scenario == Scenario::server) {
    EXPECT_EQ(run.over, integer(said, "over"));
    seen.over += run.over > 0;
  }
  compare_statistics(latencies, said, seen);
  compare_verdict(verdict_of(rules, run, latencies), run, said, rules.scenario == Scenario::server,
                  seen);
}

TEST(Loadgen, SaysTheSameOfWhatItLogged) {
  const auto python = oracle::peers_python();
  if (!python) GTEST_SKIP() << "no private Python environment: ./dev peers";
  SystemEntropy entropy;
  SystemFiles files(entropy);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("slipway-loadgen-{:x}", entropy.next());
  std::filesystem::create_directories(folder);
  const auto seed = entropy.next() % 1'000'000;
  const auto command = fmt::format("{} tests/oracle/loadgen.py {} {} {} >{}/log 2>&1", *python,
                                   folder.string(), runs(), seed, folder.string());
  ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: the command is ours
  Seen seen;
  for (int k = 0; k < runs(); ++k) {
    SCOPED_TRACE(fmt::format("run {} of seed {}", k, seed));
    const auto text = files.read(fmt::format("{}/{}.json", folder.string(), k));
    ASSERT_TRUE(text);
    const auto logged = parse_json(as_text(*text));
    ASSERT_TRUE(logged);
    compare(*logged, seen);
  }
  EXPECT_GT(seen.valid, 0);
  EXPECT_GT(seen.invalid, 0);
  EXPECT_GT(seen.estimates, 0);
  fmt::print(
      "seed {}: {} runs, {} valid, {} invalid; {} percentiles, {} estimates, {} with queries "
      "over\n",
      seed, runs(), seen.valid, seen.invalid, seen.percentiles, seen.estimates, seen.over);
  if (!HasFailure()) std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace slipway::measure
