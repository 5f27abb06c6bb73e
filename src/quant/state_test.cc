#include "quant/state.h"

#include <vector>

#include <gtest/gtest.h>

namespace slipway::quant {
namespace {

State some() {
  State state;
  state.key = "a key";
  state.settings = "mse";
  state.phase = Phase::errors;
  state.next = 7;
  state.lost.emplace(3, "it is \"broken\"");
  state.maxima = {{1.5F, 0.1F}, {}};
  state.seen.resize(2);
  state.seen[0].add(std::vector{0.1F, -3.7F, 1e-9F});
  state.tried.resize(3);
  state.tried[2].add(std::vector{3.0F}, std::vector{2.5F});
  state.errors.resize(1);
  state.errors[0].add(Tensor::of<float>({1, 2}, {0.1F, 0.2F}),
                      Tensor::of<float>({1, 2}, {0.3F, 0}));
  state.draft = state.errors;
  state.flips = {{}, {0x80, 0x3F}};
  state.rounded = state.errors;
  state.choice.drops[0] = {};
  state.choice.drops[5].add(3, 4, 4);
  state.choice.alone.resize(2);
  state.choice.alone[1].add(std::vector{0.3F, 0.7F}, std::vector{0.25F, 0.75F});
  state.choice.order = {1, 0};
  state.quality.resize(1);
  state.quality[0].add(std::vector{0.1F, 0.9F}, std::vector{0.2F, 0.8F});
  return state;
}

TEST(State, ReadsBackAsItWas) {
  const auto again = parse_state(to_text(some()));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(*again == some());
}

TEST(State, ThatIsNoneIsRefusedInASentence) {
  for (const auto* text : {"", "{}", "[1]", R"({"version":3})", R"({"version":4,"key":"k"})"}) {
    const auto state = parse_state(text);
    ASSERT_FALSE(state) << text;
    EXPECT_EQ(state.error().code, Code::corrupt) << text;
  }
  auto text = to_text(some());
  text.resize(text.size() / 2);
  EXPECT_FALSE(parse_state(text));
}

}  // namespace
}  // namespace slipway::quant
