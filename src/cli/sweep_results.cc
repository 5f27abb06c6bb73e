#include "cli/sweep_results.h"

#include <algorithm>
#include <set>

#include "base/csv.h"
#include "cli/table.h"

namespace slipway::cli {
namespace {

using State = RowOutcome::State;

std::string line_of(const std::vector<std::string>& cells) {
  std::string out;
  for (const auto& cell : cells) out += (out.empty() ? "" : ",") + csv_cell(cell);
  // An empty first cell leaves no comma to tell that something follows.
  if (!cells.empty() && cells[0].empty() && cells.size() > 1) out = "," + out;
  return out + "\n";
}

void flatten(const std::string& name, const Json& value,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (const auto* object = value.object()) {
    for (const auto& [member, inner] : *object)
      flatten(name.empty() ? member : name + "." + member, inner, out);
    return;
  }
  if (value.array() != nullptr) return;
  out.emplace_back(name, value.is_null()             ? std::string()
                         : value.string() != nullptr ? *value.string()
                                                     : value.text(0));
}

std::string number_at(const Json& document, std::string_view outer, std::string_view inner,
                      int decimals) {
  const auto* at = document.find(outer);
  if (at != nullptr && !inner.empty()) at = at->find(inner);
  if (at == nullptr) return "";
  const auto number = at->number();
  return number ? fmt::format("{:.{}f}", *number, decimals) : "n/a";
}

Result<Json> read_json(const Files& files, const std::string& path) {
  const auto bytes = SLIPWAY_TRY(files.read(path));
  return parse_json(as_text(bytes)).during("reading {}", path);
}

/// Whether what --slo wants was reached, as far as it wants something.
bool keeps_slo(const Json& result) {
  const auto* scenario = result.find("scenario");
  const auto* slo = scenario == nullptr ? nullptr : scenario->find("slo");
  const auto* kept = slo == nullptr ? nullptr : slo->find("kept");
  return kept == nullptr || *kept != Json(false);
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::open:
      return "not measured";
    case State::passed:
      return "passed";
    case State::failed:
      break;
  }
  return "failed";
}

std::optional<RowOutcome> failed_row(const Json& document) {
  const auto* status = document.find("exit_status");
  const auto* reason = document.find("reason");
  if (status == nullptr || status->integer() == nullptr || reason == nullptr ||
      reason->string() == nullptr)
    return {};
  return RowOutcome{State::failed, static_cast<int>(*status->integer()), *reason->string(), {}};
}

Result<RowOutcome> outcome_of(const Files& files, const SweepRow& row) {
  RowOutcome out;
  const auto result = join(row.folder, "result.v1.json");
  if (files.kind(result) == Files::Kind::file) {
    auto document = SLIPWAY_TRY(read_json(files, result));
    const auto* ended = document.find("ended");
    if (ended == nullptr || *ended != Json("stopped")) {
      out.state = keeps_slo(document) ? State::passed : State::failed;
      if (out.state == State::failed) {
        out.exit_status = 1;
        out.reason = "--slo was not kept";
      }
      out.result = std::move(document);
      return out;
    }
  }
  const auto failed = join(row.folder, "failed.json");
  if (files.kind(failed) != Files::Kind::file) return out;
  const auto document = SLIPWAY_TRY(read_json(files, failed));
  auto row_failed = failed_row(document);
  if (!row_failed) return fail(Code::corrupt, "{} is not as it was written", failed);
  return *std::move(row_failed);
}

std::vector<std::pair<std::string, std::string>> flattened(const Json& document) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!document.is_null()) flatten("", document, out);
  return out;
}

std::string summary_csv(const SweepProfile& profile, const std::vector<RowOutcome>& outcomes) {
  std::vector<std::string> names;
  std::set<std::string> known;
  std::vector<std::vector<std::pair<std::string, std::string>>> figures;
  for (const auto& outcome : outcomes) {
    auto& row = figures.emplace_back(flattened(outcome.result));
    std::erase_if(row, [](const auto& cell) { return cell.first.starts_with("fingerprint."); });
    for (const auto& [name, text] : row)
      if (known.insert(name).second) names.push_back(name);
  }
  std::vector<std::string> header = {"test"};
  header.insert(header.end(), profile.columns.begin(), profile.columns.end());
  header.insert(header.end(), {"verdict", "exit_status", "reason"});
  for (const auto& name : names) header.push_back("result." + name);
  std::string out = line_of(header);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    std::vector<std::string> cells = {std::to_string(profile.rows[i].number)};
    for (const auto& cell : profile.rows[i].cells) cells.push_back(cell.second);
    cells.emplace_back(name_of(outcomes[i].state));
    cells.push_back(std::to_string(outcomes[i].exit_status));
    cells.push_back(outcomes[i].reason);
    for (const auto& name : names) {
      const auto at =
          std::ranges::find_if(figures[i], [&](const auto& cell) { return cell.first == name; });
      cells.push_back(at == figures[i].end() ? "" : at->second);
    }
    out += line_of(cells);
  }
  return out;
}

std::string verdict_table(const World& world, const SweepProfile& profile,
                          const std::vector<RowOutcome>& outcomes) {
  std::vector<Column> columns = {{"test", Align::right}};
  for (const auto& column : profile.columns) columns.push_back({column, Align::right});
  columns[1].align = Align::left;
  columns.push_back({"img/s", Align::right});
  columns.push_back({"mean ms", Align::right});
  columns.push_back({"p99 ms", Align::right});
  columns.push_back({"verdict", Align::left, Shrink::end});
  Table table(std::move(columns));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& outcome = outcomes[i];
    std::vector<std::string> cells = {std::to_string(profile.rows[i].number)};
    for (const auto& cell : profile.rows[i].cells) cells.push_back(cell.second);
    cells.push_back(number_at(outcome.result, "throughput_img_s", "", 2));
    cells.push_back(number_at(outcome.result, "latency_ms", "mean", 3));
    cells.push_back(number_at(outcome.result, "latency_ms", "p99", 3));
    cells.push_back(outcome.reason.empty()
                        ? std::string(name_of(outcome.state))
                        : fmt::format("{}: {}", name_of(outcome.state), outcome.reason));
    table.row(std::move(cells));
  }
  return table.text(world.terminal.out_columns, world.terminal.color);
}

Json to_json(const SweepProfile& profile, const std::vector<RowOutcome>& outcomes) {
  Json rows(Json::Array{});
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Json row;
    row.set("test", profile.rows[i].number);
    Json cells(Json::Object{});
    for (const auto& [name, text] : profile.rows[i].cells) cells.set(name, text);
    row.set("cells", std::move(cells));
    row.set("folder", profile.rows[i].folder);
    row.set("verdict", name_of(outcomes[i].state));
    row.set("exit_status", outcomes[i].exit_status);
    row.set("reason", outcomes[i].reason.empty() ? Json() : Json(outcomes[i].reason));
    for (const auto* name : {"throughput_img_s", "latency_ms", "samples"}) {
      const auto* value = outcomes[i].result.find(name);
      row.set(name, value == nullptr ? Json() : *value);
    }
    rows.push(std::move(row));
  }
  return rows;
}

}  // namespace slipway::cli
