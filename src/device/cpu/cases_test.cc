// Every test case of every op as a network of its own: refused with a reason, or computed as the
// interpreter computes it.

#include <iostream>
#include <map>

#include "device/cpu/lower.h"
#include "device/cpu/testing.h"
#include "ops/case.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

/// What the lowering does with a case, on one instruction set.
struct Verdict {
  bool taken = false;
  std::string words;  // why it was refused, or what is wrong
};

Verdict judge(const Case& test, const Graph& graph, kernels::Isa isa) {
  const auto plan = lower(graph, {isa});
  if (!plan) {
    EXPECT_EQ(plan.error().code, Code::unsupported) << plan.error().message;
    EXPECT_NE(plan.error().message, "");
    return {false, plan.error().message};
  }
  const auto should = expected_outputs(test, graph);
  if (!should) return {false, "the case itself: " + should.error().message};
  std::string words;
  for (const auto order : {Order::together, Order::backwards}) {
    const auto is = run(*plan, graph, run_time_inputs(test), order);
    for (std::size_t i = 0; i < is.size() && words.empty(); ++i)
      words = difference(is[i], (*should)[i], test.tolerance);
  }
  return {true, words};
}

class CpuCases : public testing::TestWithParam<kernels::Isa> {};

TEST_P(CpuCases, AreRefusedOrComputedAsTheOpSays) {
  if (!kernels::runs_here(GetParam()))
    GTEST_SKIP() << "this processor has no " << kernels::name_of(GetParam());
  int taken = 0;
  int refused = 0;
  std::map<std::string, int> reasons;
  for (const auto& list : all_cases()) {
    for (const auto& test : list.make()) {
      if (!test.refuses.empty()) continue;
      const auto graph = to_graph(test);
      if (!graph) continue;
      SCOPED_TRACE(fmt::format("{}: {}", test.op.name(), test.name));
      const auto verdict = judge(test, *graph, GetParam());
      if (verdict.taken) {
        ++taken;
        EXPECT_EQ(verdict.words, "");
      } else {
        ++refused;
        ++reasons[fmt::format("{}: {}", test.op.name(), verdict.words)];
      }
    }
  }
  for (const auto& [reason, count] : reasons) std::cout << count << "  " << reason << "\n";
  std::cout << taken << " cases taken, " << refused << " refused\n";
  EXPECT_GT(taken, 40);
}

INSTANTIATE_TEST_SUITE_P(All, CpuCases,
                         testing::Values(kernels::Isa::portable, kernels::Isa::avx2,
                                         kernels::Isa::avx512, kernels::Isa::bf16_512),
                         [](const auto& test) {
                           return std::string(kernels::name_of(test.param));
                         });

}  // namespace
}  // namespace slipway::cpu
