// Every case of every op: on the interpreter, through the text and back.

#include <gtest/gtest.h>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/case.h"
#include "ops/list.h"

namespace slipway {
namespace {

class OpCases : public testing::TestWithParam<CaseList> {};

TEST_P(OpCases, ComputeWhatTheyShould) {
  for (const auto& test : GetParam().make()) {
    SCOPED_TRACE(test.name);
    const auto graph = to_graph(test);
    if (!test.refuses.empty()) {
      ASSERT_FALSE(graph);
      EXPECT_NE(graph.error().message.find(test.refuses), std::string::npos)
          << graph.error().message;
      continue;
    }
    ASSERT_TRUE(graph) << graph.error().message;
    const auto valid = verify(*graph);
    ASSERT_TRUE(valid) << valid.error().message;
    const auto is = interpret(*graph, run_time_inputs(test));
    ASSERT_TRUE(is) << is.error().message;
    const auto should = expected_outputs(test, *graph);
    ASSERT_EQ(is->size(), should->size());
    for (std::size_t i = 0; i < is->size(); ++i)
      EXPECT_EQ(difference((*is)[i], (*should)[i], test.tolerance), "");
  }
}

TEST_P(OpCases, SurviveTheText) {
  for (const auto& test : GetParam().make()) {
    if (!test.refuses.empty()) continue;
    SCOPED_TRACE(test.name);
    const auto graph = to_graph(test);
    ASSERT_TRUE(graph);
    std::vector<Tensor> blobs;
    const auto text = to_text(*graph, &blobs);
    const auto parsed = parse_graph(text, all_ops(), blobs);
    ASSERT_TRUE(parsed) << parsed.error().message << "\n" << text;
    EXPECT_TRUE(*parsed == *graph) << text;
    EXPECT_GE(cost_of(*graph).macs, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(, OpCases, testing::ValuesIn(all_cases().begin(), all_cases().end()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace slipway
