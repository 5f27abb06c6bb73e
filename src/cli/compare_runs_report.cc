#include "cli/compare_runs_report.h"

#include <algorithm>
#include <cmath>

#include "cli/table.h"

namespace slipway::cli {
namespace {

constexpr std::int64_t kSchema = 1;

std::string percent(double part) { return fmt::format("{:.1f} %", std::abs(part) * 100); }

Json differences_json(const std::vector<FieldDifference>& differences) {
  Json out(Json::Array{});
  for (const auto& difference : differences) {
    Json row;
    row.set("name", difference.name);
    row.set("a", difference.a);
    row.set("b", difference.b);
    out.push(std::move(row));
  }
  return out;
}

Json run_json(const ComparedRun& run) {
  Json out;
  out.set("name", run.name);
  out.set("median_ms", run.median_ms);
  return out;
}

/// Text between tags, or in an attribute.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML has no way to write the other control characters.
        if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

/// As GitHub wants the words of a workflow command; `property`: in front of the words.
std::string github(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool escapes = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += escapes ? fmt::format("%{:02X}", static_cast<int>(c)) : std::string(1, c);
  }
  return out;
}

/// A cell of Markdown's tables.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return out;
}

std::string ratio_text(const measure::Versus& versus) {
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", versus.ratio, versus.low, versus.high);
}

}  // namespace

std::string RunsReport::verdict() const {
  if (versus.is_slower()) return "B is slower";
  if (versus.is_faster()) return "B is faster";
  return "no difference";
}

std::string RunsReport::sentence() const {
  const double low = versus.low - 1;
  const double high = versus.high - 1;
  if (versus.is_slower())
    return fmt::format("B is slower, by {} to {}", percent(low), percent(high));
  if (versus.is_faster())
    return fmt::format("B is faster: it takes {} to {} less time", percent(high), percent(low));
  return fmt::format("no difference that can be told: B takes {} {} to {} {} time", percent(low),
                     low < 0 ? "less" : "more", percent(high), high < 0 ? "less" : "more");
}

bool RunsReport::has_regressed() const {
  return gate && versus.is_slower() && versus.ratio > 1 + gate->max_regress;
}

std::string RunsReport::gate_sentence() const {
  SLIPWAY_CHECK(gate.has_value());
  const auto limit = fmt::format("{:g} %", gate->max_regress * 100);
  if (has_regressed()) return fmt::format("{}: more than {} are too much", sentence(), limit);
  if (versus.high > 1 + gate->max_regress)
    return fmt::format("{}; more than {} cannot be excluded", sentence(), limit);
  if (versus.is_faster()) return sentence();
  return fmt::format("{}; that is within {}", sentence(), limit);
}

Json to_json(const RunsReport& report) {
  Json ratio;
  ratio.set("estimate", report.versus.ratio);
  ratio.set("low", report.versus.low);
  ratio.set("high", report.versus.high);
  Json out;
  out.set("schema", kSchema);
  out.set("a", run_json(report.a));
  out.set("b", run_json(report.b));
  out.set("ratio", std::move(ratio));
  out.set("confidence", 0.95);
  out.set("interleaved", report.is_interleaved);
  out.set("rounds", report.is_interleaved ? Json(report.versus.rounds) : Json());
  out.set("verdict", report.versus.is_slower()   ? "b_slower"
                     : report.versus.is_faster() ? "b_faster"
                                                 : "no_difference");
  out.set("words", report.sentence());
  out.set("setting_differences", differences_json(report.settings));
  out.set("environment_differences", differences_json(report.environment));
  out.set("noise", report.noise ? measure::to_json(*report.noise) : Json());
  Json gate;
  if (report.gate) {
    gate.set("max_regress", report.gate->max_regress);
    gate.set("passed", !report.has_regressed());
    gate.set("words", report.gate_sentence());
  }
  out.set("gate", std::move(gate));
  return out;
}

void print_runs(World& world, const RunsReport& report) {
  world.print("A         {}\n", report.a.name);
  world.print("B         {}\n", report.b.name);
  if (report.is_interleaved) {
    world.print("turns     {} rounds of A B B A\n", report.versus.rounds);
  } else {
    world.print("turns     none: recorded at different times\n");
  }
  world.print("median    A {:.6g} ms, B {:.6g} ms\n", report.a.median_ms, report.b.median_ms);
  world.print("B by A    {}, of the time\n", ratio_text(report.versus));
  world.print("verdict   {}\n", report.sentence());
  if (report.gate)
    world.print("gate      {}: {}\n", report.has_regressed() ? "not passed" : "passed",
                report.gate_sentence());
  if (report.noise) world.print("noise     {}\n", measure::text_of(*report.noise));
  auto rows = report.settings;
  rows.insert(rows.end(), report.environment.begin(), report.environment.end());
  if (rows.empty()) return;
  Table table({{"differs"}, {"A", Align::left, Shrink::end}, {"B", Align::left, Shrink::end}});
  for (const auto& row : rows) table.row({row.name, row.a, row.b});
  world.print("\n{}", table.text(world.terminal.out_columns, world.terminal.color));
}

std::string to_markdown(const RunsReport& report) {
  std::string out = fmt::format(
      "### slipway compare-runs: {}\n\n{}\n\n| | A | B |\n|---|---|---|\n| run | {} | {} |\n"
      "| median, ms | {:.6g} | {:.6g} |\n| B by A, with its 95 % interval | | {} |\n",
      report.has_regressed() ? "regressed" : report.verdict(),
      report.gate ? report.gate_sentence() : report.sentence(), cell(report.a.name),
      cell(report.b.name), report.a.median_ms, report.b.median_ms, ratio_text(report.versus));
  for (const auto* rows : {&report.settings, &report.environment})
    for (const auto& row : *rows)
      out += fmt::format("| {} | {} | {} |\n", cell(row.name), cell(row.a), cell(row.b));
  return out;
}

std::string to_annotation(const RunsReport& report) {
  const auto title = fmt::format("{} against {}", report.b.name, report.a.name);
  return fmt::format("::{} title={}::{}\n", report.has_regressed() ? "error" : "notice",
                     github(title, true),
                     github(report.gate ? report.gate_sentence() : report.sentence(), false));
}

std::string to_junit(const RunsReport& report) {
  const bool failed = report.has_regressed();
  const auto words = xml(report.gate ? report.gate_sentence() : report.sentence());
  const auto name = xml(fmt::format("{} against {}", report.b.name, report.a.name));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites tests=\"1\" failures=\"{}\">\n", failed ? 1 : 0);
  out += fmt::format(" <testsuite name=\"slipway compare-runs\" tests=\"1\" failures=\"{}\">\n",
                     failed ? 1 : 0);
  out += fmt::format("  <testcase classname=\"slipway.compare_runs\" name=\"{}\">\n", name);
  if (failed) out += fmt::format("   <failure message=\"{}\"/>\n", words);
  out += fmt::format("   <system-out>{}</system-out>\n", words);
  out += "  </testcase>\n </testsuite>\n</testsuites>\n";
  return out;
}

}  // namespace slipway::cli
