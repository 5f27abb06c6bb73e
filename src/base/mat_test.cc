#include "base/mat.h"

#include <algorithm>
#include <limits>
#include <span>

#include <gtest/gtest.h>

#include "base/file.h"

namespace slipway {
namespace {

/// What scipy.io.savemat wrote: three synsets, of which the third has the others below it.
Bytes seed(const std::string& name) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  auto bytes = files.read("fuzz/seeds/mat/" + name);
  EXPECT_TRUE(bytes.ok());
  return bytes ? *std::move(bytes) : Bytes();
}

class MatFiles : public testing::TestWithParam<const char*> {};

TEST_P(MatFiles, AreReadAsTheyWereWritten) {
  const auto values = parse_mat(seed(GetParam()));
  ASSERT_TRUE(values.ok()) << values.error().message;
  ASSERT_EQ(values->size(), 1U);
  const auto& synsets = (*values)[0];
  EXPECT_EQ(synsets.name, "synsets");
  ASSERT_EQ(synsets.elements.size(), 3U);
  EXPECT_EQ(synsets.field(0, "ILSVRC2012_ID")->numbers, std::vector{1.0});
  EXPECT_EQ(synsets.field(0, "WNID")->text, "n02");
  EXPECT_EQ(synsets.field(2, "words")->text, "all");
  EXPECT_EQ(synsets.field(2, "children")->numbers, (std::vector{1.0, 2.0}));
  EXPECT_EQ(synsets.field(2, "nothing"), nullptr);
  EXPECT_EQ(synsets.field(3, "WNID"), nullptr);
}

TEST_P(MatFiles, CutShortAreErrors) {
  const auto whole = seed(GetParam());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == 128) continue;  // a header without variables is a file
    EXPECT_FALSE(parse_mat(BytesView(whole).first(size)).ok()) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(All, MatFiles, testing::Values("small.mat", "packed.mat"));

TEST(Mat, FlagsThatAreNoFlagsAreAnError) {
  for (const double flags : {1e300, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    auto bytes = seed("small.mat");
    ASSERT_GT(bytes.size(), 152U);
    bytes[136] = std::byte{9};  // double, where there were two numbers of 32 bits
    std::ranges::copy(std::as_bytes(std::span(&flags, 1)), bytes.begin() + 144);
    const auto values = parse_mat(bytes);
    ASSERT_FALSE(values.ok());
    EXPECT_EQ(values.error().message, "an array without flags");
  }
}

TEST(Mat, SaysWhatIsNoMatFile) {
  const auto values = parse_mat(as_bytes(std::string(200, 'x')));
  ASSERT_FALSE(values.ok());
  EXPECT_EQ(values.error().code, Code::unsupported);
}

}  // namespace
}  // namespace slipway
