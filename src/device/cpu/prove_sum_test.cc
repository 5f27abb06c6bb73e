#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/random.h"
#include "device/cpu/prove.h"
#include "ops/testing.h"

namespace slipway::cpu {
namespace {

/// The byte that the interpreter gives.
std::uint8_t interpreted(const Graph& graph, std::uint8_t a, std::uint8_t b) {
  const std::array<std::uint8_t, 2> values = {a, b};
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < 2; ++i)
    inputs.push_back(
        *Tensor::make(graph.type(graph.inputs()[i]), std::as_bytes(std::span(&values[i], 1))));
  return (*interpret(graph, inputs))[0].values<std::uint8_t>()[0];
}

TEST(ChooseSum, GivesTheBytesOfTheInterpreterInEveryArithmetic) {
  Random random(8);
  int tables = 0;
  int all = 0;
  for (int i = 0; i < 24; ++i) {
    const bool even = i % 4 == 0;
    const auto graph = graph_of(fmt::format(
        "a: u8[1] q({}, {}) = Input\nb: u8[1] q({}, {}) = Input\n"
        "y: u8[1] q({}, {}) = {}(a, b) {{rounding={}, activation={}}}\nreturn y\n",
        random.real(0.01F, 0.1F), random.integer(0, 255), random.real(0.01F, 0.1F),
        random.integer(0, 255), random.real(0.02F, 0.2F), random.integer(0, 255),
        i % 3 == 0 ? "Sub" : "Add", even ? "real_even" : "twice", i % 5 == 0 ? "relu" : "none"));
    const auto& node = graph.nodes().back();
    for (const std::size_t own : {0U, 1U}) {
      const auto sum = choose_sum(graph, node, own);
      ASSERT_TRUE(sum) << sum.error().message;
      EXPECT_EQ(sum->table.size(), sum->addition.table ? kernels::kTableBytes : 0U);
      tables += even ? 0 : sum->addition.table ? 1 : 0;
      all += even ? 0 : 1;
      if (even) EXPECT_FALSE(sum->addition.table);
      for (int k = 0; k < 500; ++k) {
        const auto a = static_cast<std::uint8_t>(random.integer(0, 255));
        const auto b = static_cast<std::uint8_t>(random.integer(0, 255));
        const auto mine = own == 0 ? a : b;
        const auto other = own == 0 ? b : a;
        const int is = sum->addition.table ? sum->table[mine * std::size_t{256} + other]
                                           : add(mine, other, sum->addition);
        ASSERT_EQ(is, interpreted(graph, a, b)) << int{a} << " and " << int{b};
      }
    }
  }
  EXPECT_LE(tables, all / 2) << "of " << all;
  RecordProperty("tables", tables);
  RecordProperty("all", all);
}

TEST(ChooseSum, NamesWhatItDoesNotTake) {
  const auto refused = [](std::string_view text) {
    const auto graph = graph_of(text);
    const auto sum = choose_sum(graph, graph.nodes().back(), 0);
    EXPECT_FALSE(sum);
    return sum ? std::string() : sum.error().message;
  };
  EXPECT_EQ(refused("a: f32[1] = Input\ny: f32[1] = Add(a, a)\nreturn y\n"), "a sum of f32[1]");
  EXPECT_EQ(refused("a: u8[1] q(1, 0) = Input\ny: u8[1] q(1, 0) = Mul(a, a)\nreturn y\n"),
            "'Mul' as a sum");
}

}  // namespace
}  // namespace slipway::cpu
