#include "measure/peaks.h"

#include <gtest/gtest.h>

namespace slipway::measure {
namespace {

TEST(Peaks, AreThoseOfInstructionsThatThisProcessorHas) {
  Stopwatch watch;
  const auto peaks = measure_peaks(watch, 0.01);
  for (const auto& peak : peaks) {
    EXPECT_TRUE(kernels::runs_here(peak.isa)) << peak.name;
    EXPECT_GT(peak.gops, 1) << peak.name;
  }
  EXPECT_EQ(peaks.empty(), !kernels::runs_here(kernels::Isa::avx2));
}

// The first cache is at least as fast as what does not fit into the second.
TEST(Peaks, ReadingIsSlowerWhereItDoesNotFit) {
  Stopwatch watch;
  const auto isa = kernels::newest_here();
  const double near = measure_reading(watch, isa, std::size_t{1} << 14U, 0.05);
  const double far = measure_reading(watch, isa, std::size_t{1} << 28U, 0.2);
  EXPECT_GT(near, far);
  EXPECT_GT(far, 0.1);
}

}  // namespace
}  // namespace slipway::measure
