#pragma once
// What became of the rows of a sweep, and what is made of all of them together.

#include <optional>
#include <string>
#include <vector>

#include "cli/sweep_profile.h"

namespace slipway::cli {

struct RowOutcome {
  enum class State : std::uint8_t { open, passed, failed };

  State state = State::open;
  int exit_status = 0;
  std::string reason;  // why it failed, in one line
  Json result;         // its result.v1.json, where it measured to the end
};

[[nodiscard]] std::string_view name_of(RowOutcome::State state);

/// What the failed.json of a row says; nothing where it is none.
[[nodiscard]] std::optional<RowOutcome> failed_row(const Json& document);

/// What a row's folder says: passed where a whole result lies there that no signal cut short
/// and that keeps its --slo.
///
/// Errors  corrupt: a result that somebody changed
Result<RowOutcome> outcome_of(const Files& files, const SweepRow& row);

/// Names with dots and text, as they stand in a table; lists are left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> flattened(const Json& document);

/// A line for each row: the profile's cells, what became of it, and its figures; empty where a row
/// has none. The fingerprint is left out: it is in the file on the system.
[[nodiscard]] std::string summary_csv(const SweepProfile& profile,
                                      const std::vector<RowOutcome>& outcomes);

/// The same for people: cells, throughput, latency, verdict.
[[nodiscard]] std::string verdict_table(const World& world, const SweepProfile& profile,
                                        const std::vector<RowOutcome>& outcomes);

[[nodiscard]] Json to_json(const SweepProfile& profile, const std::vector<RowOutcome>& outcomes);

}  // namespace slipway::cli
