#include "base/system_fields.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(SystemFields, TakesTheFirstOfEachName) {
  MemoryFiles files;
  ASSERT_TRUE(files.write("/proc/cpuinfo", as_bytes("processor\t: 0\n"
                                                    "model name\t: Some CPU: fast\n"
                                                    "power management:\n"
                                                    "no field\n\n"
                                                    "processor\t: 1\n")));
  const auto fields = system_fields(files, "/proc/cpuinfo");
  EXPECT_EQ(fields.size(), 3U);
  EXPECT_EQ(value_of(fields, "processor"), "0");
  EXPECT_EQ(value_of(fields, "model name"), "Some CPU: fast");
  EXPECT_EQ(value_of(fields, "power management"), "");
  EXPECT_EQ(value_of(fields, "no field"), "");
}

TEST(SystemFields, AreNoneWithoutTheFile) {
  EXPECT_TRUE(system_fields(MemoryFiles(), "/proc/cpuinfo").empty());
}

}  // namespace
}  // namespace slipway
