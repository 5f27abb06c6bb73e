#pragma once
// The door to other programs, with a twin that only remembers.

#include <chrono>
#include <map>
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
};

class SystemPrograms final : public Programs {
 public:
  Result<ProgramResult> run(const std::string& path, const std::vector<std::string>& arguments,
                            BytesView input, std::chrono::milliseconds limit) const override;
};

/// The twin: each path has an answer ready.
class FakePrograms final : public Programs {
 public:
  Result<ProgramResult> run(const std::string& path, const std::vector<std::string>& arguments,
                            BytesView input, std::chrono::milliseconds limit) const override;

  std::map<std::string, ProgramResult> answers;
};

}  // namespace slipway
