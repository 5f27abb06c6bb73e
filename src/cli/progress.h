#pragma once
// How far a long piece of work is: one moving line on a terminal, a line now and then elsewhere.

#include <functional>
#include <string>

#include "cli/world.h"

namespace slipway::cli {

/// Silent for the first two seconds, and with --quiet. Its line is gone when it ends.
class Progress {
 public:
  /// `what` is said in front: "classifying".
  Progress(World& world, std::string what, std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `done` of `total` are done. `more` is said behind, with the part in per cent in front.
  void at(std::size_t done, const std::function<std::string()>& more = {});

  /// So much is done, 0 to 1, where nothing is counted. `more` is said behind.
  void at_part(double part, const std::function<std::string()>& more = {});

 private:
  /// Whether it is time to say something: it is asked often, between two inferences.
  [[nodiscard]] bool is_due() const { return !world_.quiet && world_.clock.now() >= next_; }

  /// What is left when so much is done, ", about 3 s left", or nothing.
  [[nodiscard]] std::string left(double part) const;

  void show(const std::string& text);

  World& world_;
  std::string what_;
  std::size_t total_;
  Clock::Time start_;
  Clock::Time next_;
  bool shown_ = false;
};

}  // namespace slipway::cli
