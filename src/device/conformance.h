#pragma once
// Whether a device keeps its word: every case of every op, run on it and compared.

#include <span>
#include <string>
#include <vector>

#include "device/device.h"
#include "ops/case.h"

namespace slipway {

enum class Outcome : std::uint8_t {
  pass,
  refused,  // with a reason, and compile agrees
  wrong,    // another result than the op's definition
  error,    // no result, or a rule of device.h broken
};
template <>
inline constexpr auto kEnumNames<Outcome> =
    std::to_array<std::string_view>({"pass", "refused", "wrong", "error"});

/// What came of one case.
struct CaseVerdict {
  std::string op;
  std::string name;
  Outcome verdict = Outcome::pass;
  std::string words;  // the reason, the difference or the failure; empty for a pass
};

struct ConformanceReport {
  std::vector<CaseVerdict> cases;
  int passed = 0;
  int refused = 0;
  int wrong = 0;
  int errors = 0;

  /// Nothing wrong, no error, and at least one case that ran.
  [[nodiscard]] bool conforms() const { return wrong == 0 && errors == 0 && passed > 0; }
};

/// Runs the cases of these lists on the device. Refusals must have reasons and compile must agree
/// with them; results must be those of the ops' definitions within each case's tolerance (integers
/// bit for bit), twice the same; inputs that do not fit must be refused. Cases that their op
/// itself refuses are left out.
[[nodiscard]] ConformanceReport check_conformance(Device& device,
                                                  std::span<const CaseList> lists = all_cases());

/// The report for people: what went wrong, then why what was refused was, then the counts.
[[nodiscard]] std::string to_text(const ConformanceReport& report);

}  // namespace slipway
