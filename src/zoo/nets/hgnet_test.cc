#include "zoo/nets/hgnet.h"

#include <gmock/gmock.h>

namespace slipway::zoo {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPlain = R"({
  "stem_stride": 4, "base_ch": 16, "post_upsample_layers": ["conv7x7"],
  "hourglasses": [{
    "downsample_blocks": [{"layers": ["conv3x3", "conv5x5"], "ch_expansion_factor": 1.5},
                          {"layers": [{"op": "conv3x3"}], "ch_expansion_factor": 2}],
    "skip_blocks": [{"layers": []}],
    "upsample_blocks": [{"layers": ["conv3x3"]}]}]})";

// As Archai writes it: lists are longer than what counts.
constexpr const char* kArchai = R"({
  "stem_stride": 4, "base_ch": 16, "nan": 0,
  "hourglasses": {"_config_type": "config_list", "_share_arch": false, "_repeat_times": 1,
    "_configs": {"0": {
      "downsample_blocks": {"_config_type": "config_list", "_share_arch": false,
        "_repeat_times": 2, "_configs": {
          "0": {"layers": {"_config_type": "config_list", "_share_arch": false,
                 "_repeat_times": 2, "_configs": {"0": {"op": "conv3x3"}, "1": {"op": "conv5x5"},
                 "2": {"op": "bla"}}}, "ch_expansion_factor": 1.5},
          "1": {"layers": {"_config_type": "config_list", "_share_arch": false,
                 "_repeat_times": 1, "_configs": {"0": {"op": "conv3x3"}}},
                 "ch_expansion_factor": 2.0}}},
      "skip_blocks": {"_config_type": "config_list", "_share_arch": false, "_repeat_times": 1,
        "_configs": {"0": {"layers": {"_repeat_times": 0, "_configs": {}}}}},
      "upsample_blocks": {"_config_type": "config_list", "_share_arch": true, "_repeat_times": 1,
        "_configs": {"0": {"layers": {"_repeat_times": 1, "_configs": {"0": {"op": "conv3x3"}}}}}}
    }}},
  "post_upsample_layers": {"_repeat_times": 1, "_configs": {"0": {"op": "conv7x7"}}}})";

const HgnetArch kSmall{
    .stem_stride = 4,
    .base_channels = 16,
    .hourglasses = {{.down = {{{3, 5}, 1.5}, {{3}, 2}}, .skip = {{}}, .up = {{3}}}},
    .post = {7}};

NetSpec spec(std::int64_t size) {
  return {.seed = 1, .size = size, .classes = 18, .batch = 1, .layout = Layout::nhwc};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  SLIPWAY_CHECK(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& json) {
  const auto arch = parse_hgnet(json);
  return arch ? std::string() : arch.error().message;
}

TEST(Hgnet, ReadsBothWaysToWriteItDown) {
  const auto plain = parse_hgnet(kPlain);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(*plain, kSmall);
  const auto archai = parse_hgnet(kArchai);
  ASSERT_TRUE(archai) << archai.error().message;
  EXPECT_EQ(*archai, kSmall);
}

TEST(Hgnet, SharesTheFirstWhereTheTreeSaysSo) {
  const auto arch = parse_hgnet(replaced(
      kPlain, R"(["conv7x7"])",
      R"({"_share_arch": true, "_repeat_times": 3, "_configs": {"0": {"op": "conv5x5"}, "1": {"op": "conv3x3"}}})"));
  ASSERT_TRUE(arch) << arch.error().message;
  EXPECT_EQ(arch->post, HgnetArch::Layers({5, 5, 5}));
}

TEST(Hgnet, SaysWhatIsWrongWithATree) {
  EXPECT_THAT(refusal("{"), HasSubstr("JSON"));
  EXPECT_EQ(refusal("{}"), "there is no 'stem_stride'");
  EXPECT_EQ(refusal(replaced(kPlain, "16", "0")), "'base_ch' is no whole number from 1 to 4096");
  EXPECT_EQ(refusal(replaced(kPlain, "conv5x5", "conv5x3")),
            "'conv5x3' is no layer such as conv3x3, conv5x5 or conv7x7");
  EXPECT_EQ(refusal(replaced(kPlain, "1.5", "0")),
            "'ch_expansion_factor' is 0, it may be up to 16");
  EXPECT_EQ(refusal(replaced(kPlain, R"([{"layers": []}])", "[]")),
            "2 downsample blocks need 1 skip blocks and as many upsample blocks, not 0 and 1");
  EXPECT_EQ(refusal(replaced(kPlain, R"([{"layers": ["conv3x3"]}])", R"([{"layers": []}])")),
            "'layers' has no layer");
}

// Counted by hand: the convolutions at an eighth, a quarter and the whole of 64 pixels, and four
// multiply-accumulates for each element that an enlargement reads.
TEST(Hgnet, IsTheNetworkOfItsTree) {
  const auto graph = make_hgnet(spec(64), kSmall);
  ASSERT_TRUE(graph) << graph.error().message;
  const std::int64_t eighth = 8 * 8;
  const std::int64_t quarter = 16 * 16;
  const std::int64_t whole = 64 * 64;
  const std::int64_t convs = quarter * (9 * 3 * 16 + 9 * 16 * 24 + 25 * 24 * 24) +  // stem, down 1
                             eighth * (9 * 24 * 48) +                               // down 2
                             quarter * (9 * 48 * 24 + 24 * 16) +                    // up 1, project
                             whole * (49 * 16 * 16 + 16 * 18);                      // post, head
  EXPECT_EQ(cost_of(*graph).macs, convs + 4 * (eighth * 48 + quarter * 16));
  EXPECT_EQ(graph->type(graph->outputs()[0]).text(), "f32[1,64,64,18]");
}

TEST(Hgnet, WantsSizesThatHalveEvenly) {
  const auto graph = make_hgnet(spec(72), kSmall);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message,
            "a size of 72; with a stem of stride 4 and 2 blocks it must be a multiple of 16");
  EXPECT_TRUE(make_hgnet(spec(48), kSmall));
}

TEST(Hgnet, RefusesBlocksWithoutChannels) {
  auto arch = kSmall;
  arch.hourglasses[0].down[0].expansion = 0.01;
  const auto graph = make_hgnet(spec(64), arch);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message, "block 1 of hourglass1 has no channels left");
}

TEST(Hgnet, RefusesNetworksWithoutEnd) {
  auto arch = kSmall;
  arch.base_channels = 4096;
  arch.hourglasses[0].down = {{{31}, 16}, {{31}, 16}};
  const auto graph = make_hgnet(spec(64), arch);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, Code::unsupported);
}

}  // namespace
}  // namespace slipway::zoo
