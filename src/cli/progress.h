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
  using Words = std::function<std::string(const std::string& left)>;

  /// `words` is given what is left, ", about 3 s left" or nothing.
  void show(double part, const Words& words);

  World& world_;
  std::string what_;
  std::size_t total_;
  Clock::Time start_;
  Clock::Time next_;
  bool shown_ = false;
};

}  // namespace slipway::cli
