#include <fmt/format.h>

#include "cli/machine.h"
#include "cli/verbs.h"
#include "cli/version_info.h"

namespace slipway::cli {
namespace {

class VersionVerb final : public Verb {
 public:
  void describe(Options&) override {}

  Result<int> run(World& world) override {
    const std::string_view commit = SLIPWAY_COMMIT;
    const auto compiler = compiler_name();
    if (world.json) {
      Json document;
      document.set("version", SLIPWAY_VERSION);
      document.set("commit", commit.empty() ? Json() : Json(commit));
      document.set("compiler", compiler);
      world.print(document);
      return 0;
    }
    world.print("slipway {}\n", SLIPWAY_VERSION);
    if (!commit.empty()) world.print("commit   {}\n", commit);
    world.print("compiler {}\n", compiler);
    return 0;
  }
};

}  // namespace

Command version_command() {
  return {.name = "version",
          .group = Group::machine,
          .summary = "print the version of this program",
          .story = {},
          .examples = {{"version", "the version, the commit and the compiler"},
                       {"version --json", "for a script"}},
          .data = Data::json,
          .make = make_verb<VersionVerb>};
}

}  // namespace slipway::cli
