// What `bench --scenario` found out, for people and as JSON.

#include <algorithm>

#include "cli/bench_scenario.h"

namespace slipway::cli {
namespace {

using measure::Scenario;

constexpr double kNsPerMs = 1e6;
constexpr double kNsPerUs = 1e3;

double ms_of(std::int64_t ns) { return static_cast<double>(ns) / kNsPerMs; }

std::string time_text(double ns) {
  if (ns >= 1e9) return fmt::format("{:.3f} s", ns / 1e9);
  return ns < kNsPerMs ? fmt::format("{:.3f} µs", ns / kNsPerUs)
                       : fmt::format("{:.3f} ms", ns / kNsPerMs);
}

Json summary_json(const measure::Summary& summary) {
  Json out;
  out.set("samples", summary.count);
  out.set("mean", summary.mean / kNsPerMs);
  out.set("min", ms_of(summary.min));
  out.set("max", ms_of(summary.max));
  for (const auto& percentile : summary.percentiles)
    out.set("p" + text_of(percentile.percent),
            percentile.ns ? Json(ms_of(percentile.ns->value)) : Json());
  return out;
}

Json rules_json(const ScenarioReport& report) {
  const auto& verdict = report.verdict;
  Json out;
  out.set("valid", verdict.valid() && !report.grows);
  out.set("min_duration_met", verdict.long_enough);
  out.set("min_queries_met", verdict.enough_queries);
  out.set("bound_met", report.slo ? Json(verdict.bound_kept) : Json());
  out.set("early_stopping_met",
          report.scenario == Scenario::offline ? Json() : Json(verdict.early_stopping));
  out.set("percent", static_cast<double>(report.rules.percent.thousandths) / 1e3);
  out.set("early_stopping_needs", verdict.needs > 0 ? Json(verdict.needs) : Json());
  out.set("early_stopping_estimate_ms",
          verdict.estimate ? Json(ms_of(verdict.estimate->ns)) : Json());
  return out;
}

Json slo_json(const ScenarioReport& report) {
  Json out;
  out.set("percent", static_cast<double>(report.slo->percent.thousandths) / 1e3);
  out.set("bound_ms", ms_of(report.slo->bound.count()));
  out.set("kept", report.is_kept());
  out.set("over", report.over);
  return out;
}

Json peak_json(const measure::HighestRate& peak) {
  Json out;
  out.set("rate", peak.rate ? Json(*peak.rate) : Json());
  Json probes(Json::Array{});
  for (const auto& probe : peak.probes) {
    Json row;
    row.set("rate", probe.rate);
    row.set("kept", probe.is_kept);
    row.set("whole", probe.is_whole);
    row.set("queries", probe.queries);
    row.set("over", probe.over);
    row.set("queue_grows", probe.grows);
    probes.push(std::move(row));
  }
  out.set("tried", std::move(probes));
  return out;
}

/// What of LoadGen's rules was not met, in words; empty where all was.
std::string unmet(const ScenarioReport& report) {
  const auto& verdict = report.verdict;
  std::string out;
  const auto add = [&](const std::string& words) { out += (out.empty() ? "" : "; ") + words; };
  if (!verdict.long_enough) add("too short");
  if (!verdict.enough_queries) add(fmt::format("less than {} queries", report.rules.queries));
  if (report.grows) add("the queue grows");
  if (!verdict.bound_kept) add(fmt::format("p{} is over its bound", text_of(report.rules.percent)));
  if (!verdict.early_stopping)
    add(fmt::format("p{} of {} queries with {} over it would need {}",
                    text_of(report.rules.percent), report.queries, report.over, verdict.needs));
  return out;
}

std::string arrivals_text(const ScenarioReport& report) {
  if (report.scenario == Scenario::multi)
    return fmt::format(", {} inferences a query", report.samples_per_query);
  if (report.scenario != Scenario::server) return "";
  if (report.rate == 0) return ", as the trace says";
  return fmt::format(", {} at {:.2f}/s", report.arrivals, report.rate);
}

}  // namespace

Json to_json(const ScenarioReport& report) {
  const bool is_server = report.scenario == Scenario::server;
  Json out;
  out.set("name", std::string(measure::name_of(report.scenario)));
  out.set("closed_loop", !is_server && report.scenario != Scenario::offline);
  if (report.scenario == Scenario::concurrency) return out;
  if (report.scenario == Scenario::multi) out.set("samples_per_query", report.samples_per_query);
  if (is_server) {
    out.set("arrivals", report.arrivals);
    out.set("rate", report.rate > 0 ? Json(report.rate) : Json());
  }
  out.set("queries", report.queries);
  out.set("duration_ms", ms_of(report.duration.count()));
  out.set("service_ms", report.service ? summary_json(*report.service) : Json());
  if (is_server) {
    out.set("late_ms", report.late ? summary_json(*report.late) : Json());
    out.set("queue_grows", report.grows);
  }
  out.set("loadgen_rules", rules_json(report));
  if (report.slo) out.set("slo", slo_json(report));
  if (report.peak) out.set("peak", peak_json(*report.peak));
  return out;
}

void print_table(World& world, const ScenarioReport& report) {
  world.print("scenario    {}{}\n", measure::name_of(report.scenario), arrivals_text(report));
  if (report.service)
    world.print("inference   {} on average, without waiting\n", time_text(report.service->mean));
  const auto& verdict = report.verdict;
  if (verdict.estimate)
    world.print("p{:<10} at most {}, 99 % sure (early stopping)\n", text_of(report.rules.percent),
                time_text(static_cast<double>(verdict.estimate->ns)));
  if (report.grows)
    world.print(
        "queue       grows: more comes than is answered, and latencies are those of so long a run "
        "alone\n");
  const auto missing = unmet(report);
  world.print("rules       {} (of LoadGen)\n", missing.empty() ? "valid" : "not valid: " + missing);
  if (report.slo) {
    world.print("slo         p{} within {}: {}, {} of {} queries over\n",
                text_of(report.slo->percent),
                time_text(static_cast<double>(report.slo->bound.count())),
                report.is_kept() ? "kept" : "not kept", report.over, report.queries);
  }
  if (report.peak) {
    const auto tried = report.peak->probes.size();
    if (report.peak->rate) {
      world.print("peak        {:.2f} queries/s ({} rates tried)\n", *report.peak->rate, tried);
    } else if (tried == 0) {
      world.print("peak        none: stopped before a rate was tried\n");
    } else {
      world.print("peak        none: no rate of {} keeps it\n", tried);
    }
  }
}

}  // namespace slipway::cli
