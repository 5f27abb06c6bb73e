#pragma once
// Ctrl-C in the middle of much work: what is done is still written.

#include "cli/world.h"

namespace slipway::cli {

/// While it lives, SIGINT and SIGTERM only ask to stop; a second one ends the program at once.
class StopAsked {
 public:
  explicit StopAsked(World& world) : world_(world) {
    if (world_.catch_signals != nullptr) world_.catch_signals(true);
  }

  StopAsked(const StopAsked&) = delete;
  StopAsked& operator=(const StopAsked&) = delete;

  ~StopAsked() {
    if (world_.catch_signals != nullptr) world_.catch_signals(false);
  }

  /// The signal that asked, or 0.
  [[nodiscard]] int signal() const { return world_.caught != nullptr ? *world_.caught : 0; }

 private:
  World& world_;
};

/// What a shell reports for a program that a signal ended.
[[nodiscard]] inline int stopped_status(int signal) { return 128 + signal; }

}  // namespace slipway::cli
