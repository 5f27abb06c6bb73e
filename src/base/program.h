#pragma once
// The door to other programs, with a twin that only remembers.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace slipway {

/// What a program that ended left behind.
struct ProgramResult {
  int status = 0;  // its exit status; 128 + n where signal n ended it
  Bytes out;       // what it wrote to its stdout
  Bytes err;       // and to its stderr
};

class Programs {
 public:
  virtual ~Programs() = default;

  /// Runs the program at `path` with these arguments, no shell between, and gives it `input`.
  ///
  /// Errors  not_found: it cannot be started; timeout: it did not end in time and was ended;
  ///         unsupported: it writes over 1 GB
  virtual Result<ProgramResult> run(const std::string& path,
                                    const std::vector<std::string>& arguments, BytesView input,
                                    std::chrono::milliseconds limit) const = 0;

  /// Starts a program that runs beside this one, and returns when it has written its first line.
  /// When the last copy of what is returned goes, its input ends, which is to end it; it is ended
  /// where it goes on for `limit`. What it writes is not read, and Ctrl-C is not for it.
  ///
  /// Errors  not_found: it cannot be started; unavailable: it ended before it wrote a line, with
  ///         what it said on stderr; timeout: it wrote none in time
  [[nodiscard]] virtual Result<std::shared_ptr<const void>> start(
      const std::string& path, const std::vector<std::string>& arguments,
      std::chrono::milliseconds limit) const = 0;
};

class SystemPrograms final : public Programs {
 public:
  Result<ProgramResult> run(const std::string& path, const std::vector<std::string>& arguments,
                            BytesView input, std::chrono::milliseconds limit) const override;
  [[nodiscard]] Result<std::shared_ptr<const void>> start(
      const std::string& path, const std::vector<std::string>& arguments,
      std::chrono::milliseconds limit) const override;
};

/// The twin: each path has an answer ready.
class FakePrograms final : public Programs {
 public:
  Result<ProgramResult> run(const std::string& path, const std::vector<std::string>& arguments,
                            BytesView input, std::chrono::milliseconds limit) const override;

  /// As if it ran, where there is an answer.
  [[nodiscard]] Result<std::shared_ptr<const void>> start(
      const std::string& path, const std::vector<std::string>& arguments,
      std::chrono::milliseconds limit) const override;

  std::map<std::string, ProgramResult> answers;
};

}  // namespace slipway
