#include "kernels/isa.h"

#include <gtest/gtest.h>

#include "kernels/testing.h"

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
  EXPECT_TRUE(includes(Isa::fp16_512, Isa::bf16_512));
  EXPECT_TRUE(includes(Isa::fp16, Isa::dotprod));
  EXPECT_TRUE(includes(Isa::fp16, Isa::neon));
  EXPECT_TRUE(includes(Isa::amx, Isa::fp16_512));
  EXPECT_FALSE(includes(Isa::amx, Isa::avx_vnni));
  EXPECT_FALSE(includes(Isa::bf16_512, Isa::fp16_512));
  EXPECT_FALSE(includes(Isa::fp16, Isa::fp16_512));
  EXPECT_FALSE(includes(Isa::fp16, Isa::avx2));
  EXPECT_FALSE(includes(Isa::vnni512, Isa::avx_vnni));  // Zen 4 has no AVX-VNNI
  EXPECT_FALSE(includes(Isa::avx512, Isa::vnni512));
  EXPECT_FALSE(includes(Isa::neon, Isa::avx2));
  for (int i = 0; i < kIsaCount; ++i) {
    const auto isa = static_cast<Isa>(i);
    EXPECT_TRUE(includes(isa, Isa::portable));
    for (int k = 0; k < kIsaCount; ++k) {
      const auto other = static_cast<Isa>(k);
      if (runs_here(isa) && includes(isa, other)) {
        EXPECT_TRUE(runs_here(other)) << name_of(other);
      }
    }
  }
  EXPECT_TRUE(is_built(newest_here()));
}

TEST(Isa, BelongsToOneKindOfProcessor) {
  for (int i = 1; i < kIsaCount; ++i) {
    const auto isa = static_cast<Isa>(i);
    EXPECT_NE(belongs_to(isa, Processor::x86_64), belongs_to(isa, Processor::aarch64));
    for (int k = 1; k < kIsaCount; ++k) {
      const auto other = static_cast<Isa>(k);
      if (includes(isa, other)) {
        EXPECT_EQ(is_built(isa), is_built(other)) << name_of(other);
      }
    }
  }
  EXPECT_TRUE(belongs_to(Isa::portable, Processor::x86_64));
  EXPECT_TRUE(belongs_to(Isa::portable, Processor::aarch64));
  EXPECT_TRUE(belongs_to(Isa::neon, Processor::aarch64));
}

}  // namespace
}  // namespace slipway::kernels
