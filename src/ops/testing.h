#pragma once
// What tests of changed graphs share: graphs as text, inputs for them, and whether two compute the
// same.

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ops/case.h"
#include "ops/list.h"

namespace slipway {

inline Graph graph_of(std::string_view text) {
  auto graph = parse_graph(text, all_ops());
  EXPECT_TRUE(graph) << graph.error().message;
  return std::move(graph).value();
}

/// Floats from -4 to 4 and bytes of all values, for each input.
inline std::vector<Tensor> inputs_for(const Graph& graph, std::uint64_t seed) {
  Random random(seed);
  std::vector<Tensor> inputs;
  for (const auto id : graph.inputs()) {
    TensorBuilder builder(graph.type(id));
    if (graph.type(id).dtype == DType::f32) {
      for (float& x : builder.values<float>()) x = random.real(-4, 4);
    } else {
      for (auto& x : builder.bytes()) x = static_cast<std::byte>(random.integer(0, 255));
    }
    inputs.push_back(std::move(builder).build());
  }
  return inputs;
}

/// Outputs of both on a random input, equal in every bit.
inline void expect_same_outputs(const Graph& before, const Graph& after) {
  const auto inputs = inputs_for(before, 1);
  const auto a = interpret(before, inputs);
  const auto b = interpret(after, inputs);
  ASSERT_TRUE(a) << a.error().message;
  ASSERT_TRUE(b) << b.error().message;
  ASSERT_EQ(a->size(), b->size());
  for (std::size_t i = 0; i < a->size(); ++i) EXPECT_EQ((*a)[i], (*b)[i]) << "output " << i;
}

/// Outputs of both on a random input, apart by at most `share` of the largest magnitude.
inline void expect_near_outputs(const Graph& before, const Graph& after, double share) {
  const auto inputs = inputs_for(before, 1);
  const auto a = interpret(before, inputs);
  const auto b = interpret(after, inputs);
  ASSERT_TRUE(a) << a.error().message;
  ASSERT_TRUE(b) << b.error().message;
  ASSERT_EQ(a->size(), b->size());
  for (std::size_t i = 0; i < a->size(); ++i) {
    ASSERT_EQ((*a)[i].type(), (*b)[i].type());
    const auto should = to_doubles((*a)[i]);
    const auto is = to_doubles((*b)[i]);
    double range = 0;
    for (const double x : should) range = std::max(range, std::abs(x));
    for (std::size_t k = 0; k < is.size(); ++k)
      ASSERT_NEAR(is[k], should[k], share * range) << "output " << i << ", element " << k;
  }
}

/// The graph with random numbers in place of the constants with these names.
inline Graph with_random(Graph graph, std::initializer_list<std::string_view> names) {
  std::uint64_t seed = 7;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    auto value = graph.value({n, 0});
    if (std::ranges::find(names, value.name) == names.end()) continue;
    value.known = random_tensor(value.type, seed++);
    graph.replace_op({n, 0}, Constant{*value.known});
    graph.set_output({n, 0}, value);
  }
  return graph;
}

/// The names of the operations in their order, constants and inputs left out.
inline std::string ops_of(const Graph& graph) {
  std::string out;
  for (const auto& node : graph.nodes()) {
    if (node.op.is<Constant>() || node.op.is<Input>()) continue;
    out += std::string(out.empty() ? "" : " ") + std::string(node.op.name());
  }
  return out;
}

}  // namespace slipway
