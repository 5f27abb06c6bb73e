// What each step has to do.

#include "cli/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/testing.h"
#include "zoo/list.h"

namespace slipway::cli {
namespace {

compile::Compiled compiled_signs() {
  auto graph = zoo::read(*zoo::find_model("signs"));
  EXPECT_TRUE(graph) << graph.error().message;
  auto compiled = compile::compile_unproven(*graph, {});
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *std::move(compiled);
}

TEST(Profile, StepsHaveAllTheWorkOfTheGraph) {
  const auto compiled = compiled_signs();
  const auto work = work_of(compiled);
  ASSERT_EQ(work.size(), compiled.variants[0].plan.notes.size());
  std::int64_t operations = 0;
  for (const auto& step : work) {
    operations += step.operations;
    EXPECT_GE(step.bytes, step.operations > 0 ? 1 : 0);
  }
  const auto cost = cost_of(compiled.graph);
  EXPECT_EQ(operations, 2 * cost.macs + cost.ops);
}

TEST(Profile, WhoMultipliesHasTheMultiplications) {
  const auto compiled = compiled_signs();
  const auto work = work_of(compiled);
  std::int64_t in_products = 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const std::string_view kernel = compiled.variants[0].plan.notes[i].kernel;
    if (kernel.starts_with("product_") || kernel.starts_with("depthwise_"))
      in_products += work[i].operations;
  }
  EXPECT_GE(in_products, 2 * cost_of(compiled.graph).macs);
}

TEST(Profile, FiguresThatNobodyKnowsAreNull) {
  const std::vector<ProfiledStep> steps = {{"a", "product_u8 avx2", 2.0, 4000.0, 100.0, 0.5},
                                           {"b", "pool portable", 1.0, {}, {}, {}}};
  const auto json = profile_json(steps);
  EXPECT_DOUBLE_EQ((*json.array())[0].find("gops")->number().value(), 2.0);
  EXPECT_DOUBLE_EQ((*json.array())[0].find("roofline_percent")->number().value(), 25.0);
  EXPECT_TRUE((*json.array())[1].find("gops")->is_null());
  Twin twin;
  EXPECT_THAT(profile_table(twin.world, steps), testing::HasSubstr("n/a"));
}

}  // namespace
}  // namespace slipway::cli
