// Deployments for the other kind of processor, run by an emulator of it: their kernels give what
// the reference interpreter does.

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "base/program.h"
#include "compile/compiler.h"
#include "compile/library.h"
#include "compile/package.h"
#include "device/cpu/distance.h"
#include "ops/quant/fake_quantize.h"
#include "ops/quant/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/testing.h"
#include "passes/blocks.h"

namespace slipway::compile {
namespace {

using kernels::Isa;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kArm = engine::Processor::aarch64;

// More than a panel of channels and less than two, windows of several sizes, sums and a mean.
constexpr auto kBytes = R"(
  x: f32[1,3,11,9] = Input
  xq: u8[1,3,11,9] q(0.03125, 128) = Quantize(x) {halves_to_even=true}
  xt: u8[1,11,9,3] q(0.03125, 128) = Transpose(xq) {perm=[0,2,3,1]}
  w1: i8[3,3,3,20] q(0.02, 0) = Constant
  b1: i32[20] = Constant
  a: u8[1,6,5,20] q(0.3, 11) = Conv(xt, w1, b1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], activation=relu6, rounding=real_even}
  w2: i8[3,3,1,20] q(0.03, 0) = Constant
  d: u8[1,6,5,20] q(0.5, 100) = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1], group=20, rounding=real_even}
  w3: i8[1,1,20,20] q(0.01, 0) = Constant
  p: u8[1,6,5,20] q(0.7, 90) = Conv(d, w3) {rounding=real_even}
  r: u8[1,6,5,20] q(0.9, 80) = Add(a, p) {rounding=real_even}
  w5: i8[3,3,20,24] q(0.01, 0) = Constant
  s: u8[1,6,5,24] q(1.1, 60) = Conv(r, w5) {pad_begin=[1,1], pad_end=[1,1], rounding=real_even, activation=relu}
  f: f32[1,6,5,24] = Dequantize(s)
  m: f32[1,24] = ReduceMean(f) {axes=[1,2]}
  y: u8[1,24] q(0.5, 90) = Quantize(m) {halves_to_even=true}
  return y, s
)";

// TensorFlow Lite's arithmetic: weights with a zero point, one scale per tensor.
constexpr auto kIntegers = R"(
  x: u8[1,9,7,5] q(0.03, 120) = Input
  w1: u8[3,3,5,24] q(0.02, 100) = Constant
  b1: i32[24] = Constant
  a: u8[1,9,7,24] q(0.4, 0) = Conv(x, w1, b1) {pad_begin=[1,1], pad_end=[1,1], activation=relu6}
  w2: u8[5,5,1,24] q(0.01, 9) = Constant
  d: u8[1,9,7,24] q(0.9, 100) = Conv(a, w2) {pad_begin=[2,2], pad_end=[2,2], group=24}
  w3: i8[1,1,24,24] q(0.03, 0) = Constant
  p: u8[1,9,7,24] q(3, 90) = Conv(d, w3)
  r: u8[1,9,7,24] q(2.5, 80) = Add(a, p) {activation=relu}
  w4: u8[3,3,1,24] q(0.004, 120) = Constant
  y: u8[1,5,4,24] q(0.001, 70) = Conv(r, w4) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=24}
  return y
)";

constexpr auto kFloats = R"(
  x: f32[1,11,9,4] = Input
  w1: f32[3,5,4,20] = Constant
  b1: f32[20] = Constant
  a: f32[1,6,5,20] = Conv(x, w1, b1) {stride=[2,2], pad_begin=[1,2], pad_end=[1,2], activation=relu}
  w2: f32[3,3,20,20] = Constant
  g: f32[1,6,5,20] = Conv(a, w2) {pad_begin=[1,1], pad_end=[1,1]}
  r: f32[1,6,5,20] = Add(g, a) {activation=relu6}
  w3: f32[1,1,20,20] = Constant
  p: f32[1,6,5,20] = Conv(r, w3, b1)
  w4: f32[3,3,1,20] = Constant
  d: f32[1,3,3,20] = Conv(p, w4, b1) {stride=[2,2], pad_begin=[1,1], pad_end=[1,1], group=20}
  y: f32[1,3,3,20] = Sigmoid(d)
  return y
)";

/// The same without the end that makes steps of what lies far from zero.
Graph floats_before_the_end() {
  std::string text = kFloats;
  text.resize(text.find("  y: f32"));
  return with_random(graph_of(text + "  return d\n"), {"w1", "b1", "w2", "w3", "w4"});
}

std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

/// The kernels of a run, and its outputs.
struct Ran {
  std::string isa;
  std::vector<std::string> kernels;
  std::vector<Tensor> outputs;
};

class OtherProcessor : public testing::Test {
 protected:
  void SetUp() override {
    if (engine::kProcessor == kArm || library_for(kArm).empty() ||
        shell("command -v qemu-aarch64 clang-16 ld.lld-16").status != 0)
      GTEST_SKIP() << "the packages of the group cross are not here";
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("other_processor_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("deploy.so", library_for(kArm));
    const auto made = shell(
        "clang-16 --target=aarch64-linux-gnu --ld-path=\"$(command -v ld.lld-16)\" -Iinclude "
        "tests/other_processor/check.c " +
        path("deploy.so") + " -o " + path("check"));
    ASSERT_EQ(made.status, 0) << text_of(made.err);
  }

  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static ProgramResult shell(const std::string& line) {
    auto out = SystemPrograms().run("/bin/sh", {"-c", line}, {}, std::chrono::minutes(2));
    EXPECT_TRUE(out) << out.error().message;
    return out ? *std::move(out) : ProgramResult{};
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  void write(const std::string& name, BytesView bytes) const {
    std::ofstream(path(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  /// One plan of a deployment on a processor that the emulator knows; isa "": the newest.
  Ran run(const Compiled& compiled, const std::string& processor, const std::string& isa) {
    Ran out;
    const auto files = package(compiled, {}, library_for(kArm));
    EXPECT_TRUE(files);
    for (const auto& file : *files) write(file.name, file.content.bytes());
    std::string line = "LD_LIBRARY_PATH=" + folder_.string() + " qemu-aarch64 -cpu " + processor +
                       " -L /usr/aarch64-linux-gnu " + path("check") + " " + folder_.string() +
                       " '" + isa + "'";
    for (std::size_t i = 0; i < compiled.sample.size(); ++i) {
      write("in" + std::to_string(i), compiled.sample[i].bytes());
      line += " " + path("in" + std::to_string(i));
    }
    const auto ended = shell(line);
    EXPECT_EQ(ended.status, 0) << text_of(ended.err);
    std::istringstream said(text_of(ended.out));
    std::getline(said, out.isa);
    for (std::string kernel; std::getline(said, kernel);) out.kernels.push_back(kernel);
    for (std::size_t i = 0; i < compiled.outputs.size(); ++i) {
      TensorBuilder builder(compiled.outputs[i].type);
      auto bytes = builder.bytes();
      std::ifstream(path("is" + std::to_string(i)), std::ios::binary)
          .read(reinterpret_cast<char*>(bytes.data()), std::ssize(bytes));
      out.outputs.push_back(std::move(builder).build());
    }
    return out;
  }

  std::filesystem::path folder_;
};

Compiled compiled(const Graph& graph, CompileOptions options) {
  options.processor = kArm;
  auto out = compile(graph, options);
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

/// No output is further from its reference than a plan may be, and `more`.
void expect_reference(const Ran& ran, const Compiled& net, Isa isa, double more = 0) {
  const auto plan = std::ranges::find(net.variants, isa, &Variant::isa);
  ASSERT_NE(plan, net.variants.end());
  for (std::size_t i = 0; i < net.reference.size(); ++i) {
    const auto should = to_doubles(dequantized(net.reference[i]));
    const auto is = to_doubles(dequantized(ran.outputs[i]));
    for (std::size_t k = 0; k < should.size(); ++k) {
      if (std::isnan(should[k]) && std::isnan(is[k])) continue;
      if (should[k] == is[k]) continue;
      ASSERT_NEAR(is[k], should[k], plan->tolerance[i] + more)
          << name_of(isa) << ", element " << k << " of " << net.outputs[i].name;
    }
  }
}

TEST_F(OtherProcessor, GivesEveryByteOfQuantizedNetworks) {
  for (const auto& graph : {with_random(graph_of(kBytes), {"w1", "w2", "w3", "w5"}),
                            with_random(graph_of(kIntegers), {"w1", "b1", "w2", "w3", "w4"})}) {
    for (const auto isa : {Isa::neon, Isa::dotprod}) {
      const auto net = compiled(graph, {.isa = isa});
      const auto ran = run(net, "max", "");
      EXPECT_EQ(ran.isa, name_of(isa));
      EXPECT_THAT(ran.kernels, Contains(StartsWith(fmt::format("product_u8 {},", name_of(isa)))));
      EXPECT_THAT(ran.kernels, Contains(StartsWith(fmt::format("depthwise_u8 {},", name_of(isa)))));
      for (std::size_t i = 0; i < net.reference.size(); ++i)
        EXPECT_EQ(ran.outputs[i], net.reference[i]) << name_of(isa);
    }
  }
}

TEST_F(OtherProcessor, FloatsAreNearTheReference) {
  const auto graph = with_random(graph_of(kFloats), {"w1", "b1", "w2", "w3", "w4"});
  for (const std::string with : {"", " winograd2", " winograd4", " 64K"}) {
    CompileOptions options{.isa = Isa::neon};
    options.choose = [&](const Graph& lowered, Isa isa,
                         cpu::Precision precision) -> Result<cpu::Chosen> {
      const auto plan = SLIPWAY_TRY(cpu::lower(lowered, {isa, {}, precision}));
      cpu::Chosen out;
      for (const auto& question : plan.questions)
        for (const auto& candidate : question.candidates)
          if (!with.empty() && candidate.ends_with(with)) out.best[question.layer] = candidate;
      return out;
    };
    const auto net = compiled(graph, options);
    const auto ran = run(net, "max", "");
    expect_reference(ran, net, Isa::neon);
    EXPECT_THAT(ran.kernels, Contains(StartsWith("product_f32 neon,")));
    EXPECT_THAT(ran.kernels, Contains(StartsWith("depthwise_f32 neon,")));
    if (with.starts_with(" winograd"))
      EXPECT_THAT(ran.kernels, Contains(StartsWith("winograd_f32 neon,")));
  }
}

TEST_F(OtherProcessor, ProductsOfHalfFloatsAreThoseOfPlainCodeBitByBit) {
  const auto made = shell(
      "cd src/kernels && clang-16 --target=aarch64-linux-gnu --ld-path=\"$(command -v ld.lld-16)\" "
      "-std=c++20 -O2 -ffp-contract=off -fno-exceptions -fno-rtti -march=armv8.2-a+dotprod+fp16 "
      "-I.. -nostdlib++ gemm_f16.cc gemm_f16_fp16.cc isa.cc ../../tests/other_processor/halves.cc "
      "-o " +
      path("halves"));
  ASSERT_EQ(made.status, 0) << text_of(made.err);
  const auto ran = shell("qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu " + path("halves"));
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(text_of(ran.out), "160 products are the same\n") << text_of(ran.err);
}

TEST_F(OtherProcessor, HalfFloatsAreNearTheReference) {
  const auto graph = floats_before_the_end();
  const auto net = compiled(graph, {.isa = Isa::fp16, .precision = cpu::Precision::fp16});
  EXPECT_EQ(net.variants[0].floats.precision, cpu::Precision::fp16);
  const auto ran = run(net, "max", "");
  expect_reference(ran, net, Isa::fp16);
  EXPECT_LT(cpu::range_share(ran.outputs[0], net.reference[0]), kMostRounding);
  EXPECT_THAT(ran.kernels, Contains(StartsWith("product_f16 fp16,")));
  EXPECT_THAT(ran.kernels, Each(Not(StartsWith("product_f32"))));
}

TEST_F(OtherProcessor, HalfFloatsAreOneOfSeveralPlans) {
  const auto graph = floats_before_the_end();
  CompileOptions options{.isa = Isa::fp16, .portable = true};
  const auto isas = [](const Compiled& net) {
    std::vector<Isa> out;
    for (const auto& variant : net.variants) out.push_back(variant.isa);
    return out;
  };
  EXPECT_THAT(isas(compiled(graph, options)), ElementsAre(Isa::neon)) << "nobody asked";
  options.precision = cpu::Precision::fp16;
  const auto net = compiled(graph, options);
  EXPECT_THAT(isas(net), ElementsAre(Isa::fp16, Isa::neon));
  const auto newer = run(net, "cortex-a76", "");
  EXPECT_EQ(newer.isa, "fp16");
  EXPECT_THAT(newer.kernels, Contains(StartsWith("product_f16 fp16,")));
  expect_reference(newer, net, Isa::fp16);
  const auto older = run(net, "cortex-a53", "");
  EXPECT_EQ(older.isa, "neon");
  EXPECT_THAT(older.kernels, Each(Not(HasSubstr("f16"))));
  expect_reference(older, net, Isa::neon);
}

TEST_F(OtherProcessor, TheNewestPlanThatAProcessorHasRuns) {
  const auto net = compiled(with_random(graph_of(kBytes), {"w1", "w2", "w3", "w5"}),
                            {.isa = Isa::dotprod, .portable = true});
  std::vector<Isa> isas;
  for (const auto& variant : net.variants) isas.push_back(variant.isa);
  EXPECT_THAT(isas, ElementsAre(Isa::dotprod, Isa::neon));
  EXPECT_EQ(run(net, "cortex-a76", "").isa, "dotprod");
  const auto older = run(net, "cortex-a53", "");
  EXPECT_EQ(older.isa, "neon");
  EXPECT_THAT(older.kernels, Each(Not(HasSubstr("dotprod"))));
  EXPECT_EQ(older.outputs, net.reference);
}

/// What floats that lie in the middle of two steps may make of the blocks' outputs, whose steps are
/// no larger and whose weights make nothing larger: a mean of bytes, summed in another order, is
/// rounded to the other one.
double step_of(const Graph& graph) {
  const auto has = [&](auto is) { return std::ranges::any_of(graph.nodes(), is); };
  const bool takes_means = has([](const Node& node) { return node.op.is<ops::ReduceMean>(); });
  const bool rounds = has([](const Node& node) {
    return node.op.is<ops::FakeQuantize>() || node.op.is<ops::Quantize>();
  });
  return takes_means && rounds ? 0.05 : 0;
}

TEST_F(OtherProcessor, RandomNetworksComputeTheirReferences) {
  int networks = 0;
  for (std::uint64_t seed = 1; networks < 20; ++seed) {
    SCOPED_TRACE(seed);
    CompileOptions options{.isa = Isa::fp16, .processor = kArm, .portable = true};
    options.precision = cpu::Precision::fp16;
    const auto graph = random_blocks(seed);
    const auto net = compile(graph, options);
    if (!net) {
      ASSERT_EQ(net.error().code, Code::unsupported) << net.error().message;
      continue;
    }
    ++networks;
    for (const auto& variant : net->variants)
      expect_reference(run(*net, "max", std::string(name_of(variant.isa))), *net, variant.isa,
                       step_of(graph));
  }
}

}  // namespace
}  // namespace slipway::compile
