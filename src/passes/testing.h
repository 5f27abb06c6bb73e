#pragma once
// What the tests of passes share.

#include "ir/verify.h"
#include "ops/testing.h"
#include "passes/passes.h"

namespace slipway::passes {

/// The graph after the pass, which must leave a graph that verifies and that a second run leaves as
/// it is.
inline Graph passed(Pass pass, const Graph& before) {
  Graph after = before;
  const auto changed = pass(after);
  EXPECT_TRUE(changed) << changed.error().message;
  const auto verified = verify(after);
  EXPECT_TRUE(verified) << verified.error().message;
  Graph again = after;
  const auto more = pass(again);
  EXPECT_TRUE(more && !*more && again == after) << "a second run changes more";
  return after;
}

}  // namespace slipway::passes
