// Steps are written to files as they lie in memory: a byte that no member owns would be what was
// there before, and no two deployments of a model would be equal.

#include <cstring>
#include <new>

#include <gtest/gtest.h>

#include "engine/chain_step.h"
#include "engine/detect_steps.h"
#include "engine/dynamic_steps.h"
#include "engine/elementwise_steps.h"
#include "engine/head_steps.h"
#include "engine/lookup_steps.h"
#include "engine/move_steps.h"
#include "engine/picture_steps.h"
#include "engine/planar_step.h"
#include "engine/product_steps.h"
#include "engine/reduce_steps.h"
#include "engine/winograd_step.h"

namespace slipway::engine {
namespace {

template <class Step>
struct Padding : testing::Test {};

using Steps =
    testing::Types<ProductU8Step, ProductF32Step, ProductBf16Step, ProductF16Step, DepthwiseU8Step,
                   DepthwiseF32Step, BorderStep, QuantizePictureStep, MeanU8Step, MoveStep,
                   RunsStep, LookupStep, Lookup2Step, UnaryF32Step, BinaryF32Step, CompareF32Step,
                   SelectStep, PoolStep, ReduceStep, ArgStep, WinogradF32Step, WinogradU8Step,
                   DetectStep, DetectionOutputStep, SoftmaxF32Step, SoftmaxBytesStep, ResizeStep,
                   ResampleStep, QuantizeStep, DequantizeStep, PlanarStep, DynamicQuantizeStep,
                   ScaleSumsStep, NormalizeStep, ChainStep>;
TYPED_TEST_SUITE(Padding, Steps);

TYPED_TEST(Padding, AMemberOwnsEveryByte) {
  alignas(64) std::byte a[sizeof(TypeParam)];
  alignas(64) std::byte b[sizeof(TypeParam)];
  std::memset(a, 0xAA, sizeof a);
  std::memset(b, 0x55, sizeof b);
  ::new (static_cast<void*>(a)) TypeParam;
  ::new (static_cast<void*>(b)) TypeParam;
  for (std::size_t i = 0; i < sizeof a; ++i) EXPECT_EQ(a[i], b[i]) << "byte " << i;
}

}  // namespace
}  // namespace slipway::engine
