// The examples on the pages of docs/formats are read by the code they describe.

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"
#include "ops/list.h"

namespace slipway {
namespace {

/// The first block of code of that language on a page.
std::string block(const std::string& page, const std::string& language) {
  std::ifstream in(page);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string mark = "```" + language + "\n";
  const auto start = text.find(mark);
  if (start == std::string::npos) return {};
  const auto from = start + mark.size();
  return text.substr(from, text.find("```", from) - from);
}

TEST(Pages, TheGraphOnThePageIsReadAndPrintedAgain) {
  const auto text = block("docs/formats/ir_text.md", "slipway");
  ASSERT_FALSE(text.empty());
  const auto graph = parse_graph(text, all_ops());
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_TRUE(verify(*graph));
  const auto printed = to_text(*graph);
  // Comments go, and a recipe is written with all its members; every other line comes back.
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const auto end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    if (!line.starts_with('#') && !line.starts_with("recipe "))
      EXPECT_NE(printed.find(line + "\n"), std::string::npos) << line << "\nin\n" << printed;
    at = end + 1;
  }
  EXPECT_GT(lines, 8U);
  const auto again = parse_graph(printed, all_ops());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_text(*again), printed);
}

}  // namespace
}  // namespace slipway
