#include "kernels/isa.h"

#include <gtest/gtest.h>

namespace slipway::kernels {
namespace {

TEST(Isa, HasOneNameEach) {
  for (int i = 0; i < kIsaCount; ++i)
    EXPECT_EQ(isa_named(name_of(static_cast<Isa>(i))), static_cast<Isa>(i));
  EXPECT_EQ(isa_named("avx1024"), std::nullopt);
}

TEST(Isa, IncludesWhatEveryProcessorThatHasItRuns) {
  EXPECT_TRUE(includes(Isa::bf16_512, Isa::vnni512));
  EXPECT_TRUE(includes(Isa::avx_vnni, Isa::avx2));
  EXPECT_TRUE(includes(Isa::dotprod, Isa::neon));
  EXPECT_FALSE(includes(Isa::vnni512, Isa::avx_vnni));  // Zen 4 has no AVX-VNNI
  EXPECT_FALSE(includes(Isa::avx512, Isa::vnni512));
  EXPECT_FALSE(includes(Isa::neon, Isa::avx2));
  for (int i = 0; i < kIsaCount; ++i) {
    const auto isa = static_cast<Isa>(i);
    EXPECT_TRUE(includes(isa, Isa::portable));
    for (int k = 0; k < kIsaCount; ++k) {
      const auto other = static_cast<Isa>(k);
      if (runs_here(isa) && includes(isa, other)) EXPECT_TRUE(runs_here(other)) << name_of(other);
    }
  }
  EXPECT_TRUE(is_built(newest_here()));
}

}  // namespace
}  // namespace slipway::kernels
