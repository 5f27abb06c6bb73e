// docs/operators.md names every operator that is read, and no other.

#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/onnx/node.h"

namespace slipway {
namespace {

TEST(Operators, ThePageNamesExactlyWhatIsRead) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto page = files.read("docs/operators.md");
  ASSERT_TRUE(page);
  const std::string text(as_text(*page));
  std::set<std::string> named;
  const std::regex name("`([A-Za-z.]*[A-Za-z0-9]+)`");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
    named.insert((*at)[1]);
  std::set<std::string> read = {"If", "Loop"};  // resolved by the reader itself
  for (const auto& row : formats::onnx_converters()) {
    read.insert(row.domain.empty() ? std::string(row.name)
                                   : fmt::format("{}.{}", row.domain, row.name));
  }
  EXPECT_EQ(named, read);
}

}  // namespace
}  // namespace slipway
