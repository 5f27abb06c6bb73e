#pragma once
// The sampler beside a measurement: told when the measured part begins and ends.

#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/world.h"

namespace slipway::cli {

class BenchTelemetry {
 public:
  BenchTelemetry() = default;
  BenchTelemetry(const BenchTelemetry&) = delete;
  BenchTelemetry& operator=(const BenchTelemetry&) = delete;
  ~BenchTelemetry();

  void describe(Options& options);

  [[nodiscard]] bool is_asked() const { return !socket_.empty(); }

  /// Starts a sampler where none listens. Nothing to do where telemetry was not asked for.
  ///
  /// Errors  invalid_input: no place for a socket; conflict: the sampler records for somebody else;
  ///         unavailable: it cannot be started
  Result<void> prepare(World& world);

  // Of the measured part. What goes wrong from here on is remembered, and the measurement stands.
  void begin();
  void end();

  /// Null: not asked for. Else `socket`, `lost` (null, or what happened to the sampler), and, where
  /// it is not lost, what measure::to_json(Recording) says.
  [[nodiscard]] Json json() const;

  /// The rows as CSV; nothing where there are none.
  [[nodiscard]] const std::optional<std::string>& csv() const { return csv_; }

  /// Lines behind the table of results, and a note where the sampler was lost.
  void print(World& world) const;

 private:
  void lose(const Error& error);

  std::string socket_;
  std::shared_ptr<const void> own_;  // the sampler that was started here
  bool is_recording_ = false;
  std::optional<std::string> lost_;
  std::optional<Json> said_;
  std::optional<std::string> csv_;
};

/// Average, least and most of each sensor as a table, and what is missing.
[[nodiscard]] std::string telemetry_table(const World& world, const Json& recording);

}  // namespace slipway::cli
