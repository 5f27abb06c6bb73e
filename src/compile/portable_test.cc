// Deployments with a plan for each of several instruction sets.

#include <cstring>

#include <gmock/gmock.h>

#include "base/sha256.h"
#include "compile/merge.h"
#include "compile/runner.h"
#include "ops/testing.h"

namespace slipway::compile {
namespace {

using engine::ParamsHeader;
using engine::PartRecord;
using testing::Contains;

// Integers and floats, so that every instruction set has something to change. The larger constant
// is the same for all of them.
constexpr auto kNetwork = R"(
  x: f32[1,4,3,8] = Input
  t: f32[1,4,3,8] = Constant
  s: f32[1,4,3,8] = Add(x, t)
  v: f32[1,1,8,16] = Constant
  c: f32[1,4,3,16] = Conv(s, v)
  q: u8[1,4,3,16] q(0.05, 128) = Quantize(c) {halves_to_even=true}
  w: i8[1,1,16,8] q(0.02, 0) = Constant
  y: u8[1,4,3,8] q(0.05, 120) = Conv(q, w) {rounding=real_even}
  return y
)";

constexpr auto kNewest = static_cast<kernels::Isa>(kernels::kIsaCount - 1);
constexpr auto kOldest = kernels::common_to(kernels::kProcessor);

Compiled compiled() {
  auto out =
      compile(with_random(graph_of(kNetwork), {"t", "v", "w"}), {.isa = kNewest, .portable = true});
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

Package packaged() {
  auto out = package(compiled(), {.model = "net.onnx", .machine = "m", .version = "1"},
                     as_bytes("a library"));
  EXPECT_TRUE(out);
  return *std::move(out);
}

Deployment deployment() {
  auto out = read_package(packaged());
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

std::vector<std::string> isas_of(const Deployment& net) {
  std::vector<std::string> out;
  for (const auto& plan : net.plans) out.push_back(plan.isa);
  return out;
}

std::vector<std::string> runnable(const Deployment& net) {
  std::vector<std::string> out;
  for (const auto& [isa, tolerance] : net.plans)
    if (kernels::runs_here(kernels::isa_named(isa).value())) out.push_back(isa);
  return out;
}

TEST(Portable, EachPlanComputesTheReference) {
  const auto net = deployment();
  EXPECT_THAT(isas_of(net), Contains(kernels::name_of(kOldest)));
  ASSERT_GT(net.plans.size(), 1U);
  for (const auto& isa : runnable(net)) {
    auto runner = Runner::open(net, 1, isa);
    ASSERT_TRUE(runner) << runner.error().message;
    EXPECT_EQ(runner->isa(), isa);
    ASSERT_TRUE(runner->set_input(0, net.sample[0]));
    ASSERT_TRUE(runner->run());
    EXPECT_EQ(difference(runner->output(0), net.reference[0], 0), "") << isa;
  }
}

TEST(Portable, TheNewestThatRunsHereIsTheFirst) {
  const auto net = deployment();
  const auto runner = Runner::open(net, 1);
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_EQ(runner->isa(), runnable(net).front());
  EXPECT_EQ(net.plans.back().isa, kernels::name_of(kOldest));
}

TEST(Portable, WhatItLacksIsNamed) {
  const auto net = deployment();
  const auto other = engine::kProcessor == engine::Processor::x86_64 ? "neon" : "avx2";
  const auto runner = Runner::open(net, 1, other);
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, Code::invalid_input);
  EXPECT_NE(runner.error().message.find(fmt::format("no plan for '{}'", other)), std::string::npos);
  for (const auto& [isa, tolerance] : net.plans) {
    if (kernels::runs_here(kernels::isa_named(isa).value())) continue;
    const auto lacking = Runner::open(net, 1, isa);
    ASSERT_FALSE(lacking);
    EXPECT_EQ(lacking.error().code, Code::unsupported);
  }
}

TEST(Portable, HasPlansForOneKindOfProcessor) {
  for (const auto processor : {engine::Processor::x86_64, engine::Processor::aarch64}) {
    const auto all = compile(with_random(graph_of(kNetwork), {"t", "v", "w"}),
                             {.isa = kNewest, .processor = processor, .portable = true});
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_GT(all->variants.size(), 1U);
    EXPECT_EQ(all->variants.back().isa, kernels::common_to(processor));
    for (const auto& variant : all->variants)
      EXPECT_TRUE(kernels::belongs_to(variant.isa, processor)) << kernels::name_of(variant.isa);
  }
}

TEST(Portable, GivesTheSameBytesEachTime) {
  const auto a = packaged();
  const auto b = packaged();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(sha256(a[i].content.bytes()), sha256(b[i].content.bytes())) << a[i].name;
}

// What is damaged is refused by those that read it, and by nobody else.
TEST(Portable, AFlippedByteIsSeenByThePlansThatNeedIt) {
  const auto net = deployment();
  const auto whole = net.find("deploy.params")->bytes();
  ParamsHeader header;
  std::memcpy(&header, whole.data(), sizeof header);
  ASSERT_EQ(header.version, engine::kVariantsVersion);
  std::vector<PartRecord> parts(header.plan.bytes / sizeof(PartRecord));
  std::memcpy(parts.data(), whole.data() + header.plan.offset, header.plan.bytes);
  ASSERT_GE(parts.size(), net.plans.size());
  const auto needs = [&](std::size_t variant, std::size_t at) {
    for (const auto& part : parts)
      if (at >= part.bytes.offset && at < part.bytes.offset + part.bytes.bytes)
        return (part.variants >> variant & 1U) != 0;
    return at < header.front;
  };
  const auto copy = aligned_copy(whole);
  auto* const bytes = const_cast<std::byte*>(copy.bytes().data());
  std::size_t spared = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < header.front ? 3 : 61) {
    bytes[at] ^= std::byte{4};
    for (std::size_t v = 0; v < net.plans.size(); ++v) {
      const auto isa = kernels::isa_named(net.plans[v].isa).value();
      if (!kernels::runs_here(isa)) continue;
      const slipway_open_options options = {sizeof options, net.plans[v].isa.c_str()};
      slipway_deployment* opened = nullptr;
      const auto status = slipway_open_memory_with(bytes, whole.size(), &options, &opened);
      EXPECT_EQ(status == SLIPWAY_OK, !needs(v, at)) << net.plans[v].isa << " at " << at;
      if (status == SLIPWAY_OK) ++spared;
      slipway_close(opened);
    }
    bytes[at] ^= std::byte{4};
  }
  EXPECT_GT(spared, 0U);
  // No byte belongs to nobody, and running a folder checks all of them.
  auto at = std::uint64_t{header.front};
  for (const auto& part : parts) {
    EXPECT_EQ(part.bytes.offset, at);
    EXPECT_NE(part.variants, 0U);
    at += part.bytes.bytes;
  }
  EXPECT_EQ(at, whole.size());
}

TEST(Portable, ConstantsThatAreEqualAreStoredOnce) {
  const auto all = compiled();
  const auto merged = merge(all.variants);
  std::size_t sum = 0;
  for (const auto& variant : all.variants) sum += variant.plan.constants.size();
  const std::size_t shared = 4 * 3 * 8 * sizeof(float);  // t
  EXPECT_LE(merged.constants.size() + (all.variants.size() - 1) * shared,
            sum + merged.groups.size() * 4096);
  const auto everybody = (std::uint64_t{1} << all.variants.size()) - 1;
  EXPECT_THAT(merged.groups, Contains(testing::Field(&Group::variants, testing::Eq(everybody))));
  for (const auto& group : merged.groups) EXPECT_EQ(group.offset % 4096, 0U);
}

TEST(Portable, WhatNoInstructionSetChangesHasOnePlan) {
  const auto graph = graph_of(
      "x: f32[1,6] = Input\nt: i64[2] = Constant [2,3]\n"
      "y: f32[2,3] = Reshape(x, t)\nreturn y\n");
  const auto copies = compile(graph, {.isa = kNewest, .portable = true});
  ASSERT_TRUE(copies) << copies.error().message;
  ASSERT_EQ(copies->variants.size(), 1U);
  EXPECT_EQ(copies->variants[0].isa, kOldest);
}

}  // namespace
}  // namespace slipway::compile
