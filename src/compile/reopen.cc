#include "compile/reopen.h"

#include <utility>

namespace slipway::compile {
namespace {

Result<void> reopen(Rival& rival) {
  // What was there is freed behind this, so that nothing comes to lie where it lay.
  const auto old = std::exchange(rival.deployment.files, {});
  for (const auto& file : old)
    rival.deployment.files.push_back({file.name, file.name == "deploy.params"
                                                     ? aligned_copy(file.content.bytes())
                                                     : file.content});
  auto runner =
      SLIPWAY_TRY(Runner::open(rival.deployment, rival.runner.threads(), rival.runner.isa()));
  for (std::size_t i = 0; i < rival.inputs.size(); ++i)
    SLIPWAY_TRY(runner.set_input(i, rival.inputs[i]));
  rival.runner = std::move(runner);
  return {};
}

}  // namespace

Result<void> reopen(Rival& a, Rival& b, std::int64_t round) {
  const bool b_first = round / 2 % 2 == 1;
  SLIPWAY_TRY(reopen(b_first ? b : a));
  return reopen(b_first ? a : b);
}

}  // namespace slipway::compile
