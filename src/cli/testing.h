#pragma once
// What tests of commands share.

#include <cstdio>
#include <string>

#include "cli/world.h"

namespace slipway::cli {

/// Doors in memory, and what was printed. `isa`: what SLIPWAY_ISA says.
class Twin {
 public:
  explicit Twin(std::string isa = {})
      : out_(std::tmpfile()),
        err_(std::tmpfile()),
        world{.clock = clock,
              .files = files,
              .entropy = entropy,
              .out = out_,
              .err = err_,
              .search_path = {},
              .isa = std::move(isa),
              .cache_home = {},
              .goal = {}} {}

  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;

  ~Twin() {
    std::fclose(out_);
    std::fclose(err_);
  }

  [[nodiscard]] std::string out() const { return read(out_); }

  [[nodiscard]] std::string err() const { return read(err_); }

  FakeClock clock;
  MemoryFiles files;
  SeededEntropy entropy{1};

 private:
  static std::string read(std::FILE* file) {
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
  }

  std::FILE* out_;
  std::FILE* err_;

 public:
  World world;
};

}  // namespace slipway::cli
