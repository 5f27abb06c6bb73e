#include "base/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kLimit = seconds(20);

TEST(Programs, GiveBackWhatTheyAreGivenHoweverMuchItIs) {
  const Bytes input(std::size_t{3} << 20U, std::byte{'x'});
  const auto result = SystemPrograms().run("/bin/cat", {}, input, kLimit);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, 0);
  EXPECT_TRUE(result->out == input);
}

TEST(Programs, AnswerWithTheirStatusAndWhatTheySayAboutIt) {
  const auto result =
      SystemPrograms().run("/bin/sh", {"-c", "echo out; echo err >&2; exit 7"}, {}, kLimit);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 7);
  EXPECT_EQ(as_text(result->out), "out\n");
  EXPECT_EQ(as_text(result->err), "err\n");
}

TEST(Programs, MayLeaveTheirInputUnread) {
  const Bytes input(std::size_t{3} << 20U, std::byte{'x'});
  const auto result = SystemPrograms().run("/bin/true", {}, input, kLimit);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 0);
}

TEST(Programs, GetTheirArgumentsAsTheyAre) {
  const auto result = SystemPrograms().run("/bin/echo", {"$HOME; `ls`", "*"}, {}, kLimit);
  ASSERT_TRUE(result);
  EXPECT_EQ(as_text(result->out), "$HOME; `ls` *\n");
}

TEST(Programs, ThatDoNotEndAreEnded) {
  const auto result = SystemPrograms().run("/bin/sleep", {"1000"}, {}, milliseconds(200));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::timeout);
  EXPECT_THAT(result.error().message, testing::HasSubstr("0.2 seconds"));
}

TEST(Programs, ThatAreNotThereAreNamed) {
  const auto result = SystemPrograms().run("/no/such/program", {}, {}, kLimit);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::not_found);
  EXPECT_THAT(result.error().message, testing::HasSubstr("/no/such/program"));
}

TEST(Programs, ThatRunBesideEndWithTheirInput) {
  auto beside = SystemPrograms().start("/bin/sh", {"-c", "echo ready; exec cat"}, kLimit);
  ASSERT_TRUE(beside) << beside.error().message;
  beside->reset();  // returns when cat has ended, long before the limit
}

TEST(Programs, ThatGoOnBesideAreEnded) {
  auto beside =
      SystemPrograms().start("/bin/sh", {"-c", "echo ready; exec sleep 1000"}, milliseconds(500));
  ASSERT_TRUE(beside) << beside.error().message;
  beside->reset();
}

TEST(Programs, ThatEndBeforeTheyRunBesideSayWhy) {
  const auto beside = SystemPrograms().start("/bin/sh", {"-c", "echo no sensors >&2"}, kLimit);
  ASSERT_FALSE(beside);
  EXPECT_EQ(beside.error().code, Code::unavailable);
  EXPECT_THAT(beside.error().message, testing::HasSubstr("no sensors"));
}

TEST(Programs, ThatSayNothingBesideAreEnded) {
  const auto beside = SystemPrograms().start("/bin/sleep", {"1000"}, milliseconds(200));
  ASSERT_FALSE(beside);
  EXPECT_EQ(beside.error().code, Code::timeout);
}

}  // namespace
}  // namespace slipway
