// What everybody who opens the page relies on; tests/cli/compare_page opens it in a browser.

#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "cli/compare_document.h"

namespace slipway::cli {
namespace {

std::string page_style() {
  std::ifstream in("src/cli/pages/page_style.css");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Relative luminance of "#rrggbb", as WCAG 2 has it.
double luminance(const std::string& color) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(color.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const double x = luminance(a);
  const double y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

std::map<std::string, std::string> colors_behind(const std::string& page, const std::string& mark) {
  const auto begin = page.find(mark);
  const auto text = page.substr(begin, page.find("}", begin) - begin);
  std::map<std::string, std::string> out;
  const std::regex color("--([a-z0-9-]+): (#[0-9a-f]{6})");
  for (std::sregex_iterator at(text.begin(), text.end(), color), end; at != end; ++at)
    out[(*at)[1]] = (*at)[2];
  return out;
}

TEST(ComparePage, EveryTextCanBeReadInBothSchemes) {
  const auto page = page_style();
  for (const std::string scheme : {":root {\n  --page", "(prefers-color-scheme: dark) {"}) {
    auto colors = colors_behind(page, scheme);
    ASSERT_EQ(colors.size(), 21U) << scheme;
    for (const auto& text : {"ink", "soft", "link", "poor", "acceptable", "good", "very-good", "s0",
                             "s1", "s2", "s3", "s4", "s5", "s6", "s7"})
      for (const auto& ground : {"page", "card"})
        EXPECT_GE(contrast(colors.at(text), colors.at(ground)), 4.5)
            << text << " on " << ground << " behind " << scheme;
    for (const auto& line : {"first", "second", "focus"})
      EXPECT_GE(contrast(colors.at(line), colors.at("card")), 3) << line << " behind " << scheme;
  }
}

TEST(ComparePage, AsksForNothingElse) {
  Json document;
  document.set("a", "net");
  const auto page = compare_page(document);
  EXPECT_EQ(page.find("@DATA@"), std::string::npos);
  EXPECT_EQ(page.find("@CHART@"), std::string::npos);
  EXPECT_EQ(page.find("@STYLE@"), std::string::npos);
  EXPECT_EQ(page.find("@FRAME@"), std::string::npos);
  EXPECT_NE(page.find("Chart.js v"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const auto* word : {"src=\"", "@import", "url("})
    EXPECT_EQ(page.find(word), std::string::npos) << word;
}

TEST(ComparePage, NoNameEndsTheScriptThatItStandsIn) {
  Json document;
  document.set("a", "</script><script>alert(1)</script>");
  const auto page = compare_page(document);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("\\u003c/script>\\u003cscript>alert(1)"), std::string::npos);
}

}  // namespace
}  // namespace slipway::cli
