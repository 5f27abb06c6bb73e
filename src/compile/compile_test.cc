// Deployments from the graph to the folder and back.

#include <cstring>

#include "base/sha256.h"
#include "compile/archive.h"
#include "compile/library.h"
#include "compile/reopen.h"
#include "compile/runner.h"
#include "ops/testing.h"

namespace slipway::compile {
namespace {

// A picture with its channels first, one product, a mean, a dense layer.
constexpr auto kNetwork = R"(
  x: f32[1,2,4,3] = Input
  xq: u8[1,2,4,3] q(0.03125, 128) = Quantize(x) {halves_to_even=true}
  xt: u8[1,4,3,2] q(0.03125, 128) = Transpose(xq) {perm=[0,2,3,1]}
  w: i8[1,1,2,4] q(0.02, 0) = Constant [11,-20,33,-44,55,-66,77,-88]
  p: u8[1,4,3,4] q(0.05, 120) = Conv(xt, w) {rounding=real_even}
  pf: f32[1,4,3,4] = Dequantize(p)
  m: f32[1,4] = ReduceMean(pf) {axes=[1,2]}
  mq: u8[1,4] q(0.023, 120) = Quantize(m) {halves_to_even=true}
  mf: f32[1,4] = Dequantize(mq)
  v: i8[4,3] q(0.02, 0) = Constant [1,-2,3,-4,5,-6,7,-8,9,-10,11,-12]
  vf: f32[4,3] = Dequantize(v)
  y: f32[1,3] = FullyConnected(mf, vf)
  return y, p
)";

constexpr std::string_view kLibrary = "a library";

Package packaged() {
  const auto compiled = compile(graph_of(kNetwork), {});
  EXPECT_TRUE(compiled) << compiled.error().message;
  auto out = package(*compiled,
                     {.model = "net.onnx", .flags = {"--seed 1"}, .machine = "m", .version = "1"},
                     as_bytes(kLibrary));
  EXPECT_TRUE(out);
  return *std::move(out);
}

Deployment deployment() {
  auto out = read_package(packaged());
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

Mapping changed(const Mapping& content, std::size_t at) {
  auto bytes = std::make_shared<Bytes>(content.bytes().begin(), content.bytes().end());
  (*bytes)[at] ^= std::byte{1};
  const BytesView view = *bytes;
  return Mapping(std::move(bytes), view);
}

std::string refusal(Package files) {
  const auto read = read_package(std::move(files));
  if (read) return "";
  EXPECT_TRUE(read.error().code == Code::corrupt || read.error().code == Code::unsupported);
  return read.error().message;
}

TEST(Compile, RunsAsTheInterpreterDoes) {
  const auto net = deployment();
  for (const int threads : {1, 2}) {
    auto runner = Runner::open(net, threads);
    ASSERT_TRUE(runner) << runner.error().message;
    ASSERT_TRUE(runner->set_input(0, net.sample[0]));
    ASSERT_TRUE(runner->run());
    const Tensor y = runner->output(0);
    const auto is = y.values<float>();
    const auto should = net.reference[0].values<float>();
    for (std::size_t i = 0; i < is.size(); ++i)
      EXPECT_NEAR(is[i], should[i], net.plans[0].tolerance[0]);
    EXPECT_EQ(runner->output(1), net.reference[1]);
    const auto steps = runner->profile();
    ASSERT_TRUE(steps);
    EXPECT_GE(steps->size(), 4U);
  }
}

TEST(Compile, WithoutAReferenceItRunsTheSameFromMemory) {
  const auto proven = deployment();
  const auto compiled = compile_unproven(graph_of(kNetwork), {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  EXPECT_TRUE(compiled->reference.empty());
  const auto net = in_memory(*compiled);
  ASSERT_TRUE(net) << net.error().message;
  EXPECT_EQ(as_text(net->find("deploy.params")->bytes()),
            as_text(proven.find("deploy.params")->bytes()));
  EXPECT_EQ(net->plans[0].isa, proven.plans[0].isa);
  auto runner = Runner::open(*net, 1);
  ASSERT_TRUE(runner) << runner.error().message;
  ASSERT_TRUE(runner->set_input(0, proven.sample[0]));
  ASSERT_TRUE(runner->run());
  EXPECT_EQ(runner->output(1), proven.reference[1]);
  EXPECT_EQ(runner->kernels().size(), compiled->variants[0].plan.notes.size());
  EXPECT_TRUE(runner->kernels()[0].starts_with("quantize_picture portable"));
}

TEST(Reopen, ComputesTheSameFromAnotherPlace) {
  const auto rival = [] {
    auto net = deployment();
    auto runner = Runner::open(net, 1);
    SLIPWAY_CHECK(runner.ok());
    auto inputs = net.sample;
    return Rival{std::move(net), std::move(runner).value(), std::move(inputs)};
  };
  auto a = rival();
  auto b = rival();
  for (std::int64_t round = 0; round < 4; ++round) {
    const auto before =
        *a.deployment.find("deploy.params");  // which keeps its bytes where they are
    ASSERT_TRUE(reopen(a, b, round));
    const auto after = a.deployment.find("deploy.params")->bytes();
    EXPECT_NE(after.data(), before.bytes().data());
    EXPECT_EQ(as_text(after), as_text(before.bytes()));
    for (auto* side : {&a, &b}) {
      ASSERT_TRUE(side->runner.run());
      EXPECT_EQ(side->runner.output(1), side->deployment.reference[1]);
    }
  }
}

TEST(Compile, KeepsWhatInputsAndOutputsAre) {
  const auto net = deployment();
  ASSERT_EQ(net.inputs.size(), 1U);
  ASSERT_EQ(net.outputs.size(), 2U);
  EXPECT_EQ(net.inputs[0].name, "x");
  EXPECT_EQ(net.inputs[0].layout, TensorLayout::nchw);
  EXPECT_EQ(net.outputs[0].layout, TensorLayout::flat);
  EXPECT_EQ(net.outputs[1].layout, TensorLayout::nhwc);
  EXPECT_EQ(net.outputs[1].type.text(), "u8[1,4,3,4] q(0.05, 120)");
  EXPECT_EQ(net.plans[0].tolerance[1], 0);
}

// The seed's form: flat float32, channels last.
TEST(Compile, WritesPicturesChannelsLast) {
  const auto net = deployment();
  const auto stored = net.find("input0.bin")->bytes();
  const auto first = net.sample[0].values<float>();
  float pixel[2];
  std::memcpy(pixel, stored.data() + 5 * sizeof pixel, sizeof pixel);
  EXPECT_EQ(pixel[0], first[5]);
  EXPECT_EQ(pixel[1], first[12 + 5]);
  EXPECT_EQ(net.find("ref_result_1.raw")->bytes().size(), 48U);
  EXPECT_EQ(net.find("ref_result_1.bin")->bytes().size(), 4 * 48U);
}

constexpr auto kFloats = R"(
  x: f32[1,64,64,160] = Input
  w: f32[1,1,160,160] = Constant
  y: f32[1,64,64,160] = Conv(x, w)
  return y
)";

constexpr auto kFewFloats = R"(
  x: f32[1,4,4,8] = Input
  w: f32[1,1,8,8] = Constant
  y: f32[1,4,4,8] = Conv(x, w)
  return y
)";

class CompileBf16 : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::runs_here(kernels::Isa::bf16_512))
      GTEST_SKIP() << "this processor has no products of bfloat16";
  }
};

TEST_F(CompileBf16, TakesBfloat16WhereItIsFasterAndNearEnough) {
  const auto graph = with_random(graph_of(kFloats), {"w"});
  CompileOptions options{.isa = kernels::Isa::bf16_512};
  const auto rounded = plan(graph, options);
  ASSERT_TRUE(rounded) << rounded.error().message;
  EXPECT_EQ(rounded->floats.precision, cpu::Precision::bf16);
  EXPECT_GT(rounded->floats.rounding.value_or(0), 1e-4);
  EXPECT_LT(rounded->floats.rounding.value_or(1), kMostRounding);
  options.most_rounding = 1e-5;
  const auto exact = plan(graph, options);
  ASSERT_TRUE(exact) << exact.error().message;
  EXPECT_EQ(exact->floats.precision, cpu::Precision::fp32);
  EXPECT_EQ(exact->floats.rounding, rounded->floats.rounding) << "why not";
  EXPECT_EQ(precision_of(exact->plan), cpu::Precision::fp32);
  options.precision = cpu::Precision::bf16;
  EXPECT_EQ(precision_of(plan(graph, options)->plan), cpu::Precision::bf16)
      << "who asks for it gets it";
}

// Where a window of each channel alone may not read rounded numbers, products still round theirs.
TEST_F(CompileBf16, RoundsLessWhereThatIsNeeded) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,64,64,160] = Input
    w: f32[1,1,160,160] = Constant
    a: f32[1,64,64,160] = Conv(x, w)
    v: f32[3,3,1,160] = Constant
    d: f32[1,62,62,160] = Conv(a, v) {group=160}
    y: f32[1,62,62,160] = Conv(d, w)
    return y)"),
                                 {"w", "v"});
  CompileOptions options{.isa = kernels::Isa::bf16_512};
  const auto first = plan(graph, options);
  ASSERT_TRUE(first) << first.error().message;
  options.most_rounding = *first->floats.rounding * 0.99;
  const auto second = plan(graph, options);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->floats.precision, cpu::Precision::bf16);
  EXPECT_LT(*second->floats.rounding, *first->floats.rounding);
  EXPECT_EQ(precision_of(second->plan), cpu::Precision::bf16);
}

// The one before an output of a small range moves it furthest.
TEST_F(CompileBf16, SomeLayersRoundWhereNotAllMay) {
  const auto graph = with_random(graph_of(R"(
    x: f32[1,64,64,160] = Input
    w: f32[1,1,160,160] = Constant
    a: f32[1,64,64,160] = Conv(x, w)
    v: f32[1,1,160,192] = Constant
    b: f32[1,64,64,192] = Conv(a, v)
    u: f32[1,1,192,160] = Constant
    y: f32[1,64,64,160] = Conv(b, u)
    return y)"),
                                 {"w", "v", "u"});
  CompileOptions options{.isa = kernels::Isa::bf16_512};
  const auto all = plan(graph, options);
  ASSERT_TRUE(all) << all.error().message;
  std::size_t looked_at = 0;
  options.progress = [&](std::string_view, std::size_t, std::size_t total) { looked_at = total; };
  options.most_rounding = *all->floats.rounding * 0.9;
  const auto some = plan(graph, options);
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(looked_at, 6U) << "three layers, twice";
  EXPECT_EQ(some->floats.precision, cpu::Precision::bf16);
  EXPECT_LE(*some->floats.rounding, options.most_rounding);
  int exact = 0;
  int rounded = 0;
  const auto& header = some->plan.header();
  for (const auto* step = begin(header); step != end(header); step = next(step)) {
    exact += step->kind == engine::StepKind::product_f32 ? 1 : 0;
    rounded += step->kind == engine::StepKind::product_bf16 ? 1 : 0;
  }
  EXPECT_EQ(exact + rounded, 3);
  EXPECT_GE(exact, 1);
  EXPECT_GE(rounded, 1);
}

TEST(Compile, KeepsTheFloatsOfQuantizedAndSmallNetworks) {
  EXPECT_EQ(to_try(graph_of(kNetwork), kernels::Isa::fp16_512), cpu::Precision::fp32);
  EXPECT_EQ(to_try(graph_of(kFloats), kernels::Isa::avx2), cpu::Precision::fp32);
  EXPECT_EQ(to_try(graph_of(kFewFloats), kernels::Isa::fp16_512), cpu::Precision::fp32);
}

TEST(Compile, GivesTheSameBytesEachTime) {
  const auto a = packaged();
  const auto b = packaged();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(sha256(a[i].content.bytes()), sha256(b[i].content.bytes())) << a[i].name;
  }
}

TEST(Compile, SaysWhichNodeNoKernelTakes) {
  const auto compiled =
      compile(graph_of("x: f32[?,4] = Input\ny: f32[?,4] = Relu(x)\nreturn y\n"), {});
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().code, Code::unsupported);
}

TEST(Package, AFlippedByteInAnyFileIsNamed) {
  const auto files = packaged();
  for (std::size_t f = 0; f < files.size(); ++f) {
    const auto size = files[f].content.bytes().size();
    for (std::size_t at = 0; at < size; at += 1 + size / 97) {
      auto broken = files;
      broken[f].content = changed(files[f].content, at);
      const auto words = refusal(broken);
      EXPECT_NE(words.find(files[f].name), std::string::npos) << words << " at " << at;
    }
  }
}

TEST(Package, AMissingFileIsNamed) {
  const auto files = packaged();
  for (std::size_t f = 0; f < files.size(); ++f) {
    auto fewer = files;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(f));
    EXPECT_EQ(refusal(fewer), files[f].name + " is missing");
  }
}

TEST(Package, AnArchiveGivesTheFilesBack) {
  const auto files = packaged();
  for (const auto* name : {"a/net.tar.zst", "net.tar.gz", "net.tgz", "net.tar"}) {
    ASSERT_TRUE(is_archive_name(name));
    const auto bytes = write_archive(files, name);
    ASSERT_TRUE(bytes) << bytes.error().message;
    auto back = read_archive(*bytes);
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(back->size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ((*back)[i].name, files[i].name);
      EXPECT_TRUE(std::ranges::equal((*back)[i].content.bytes(), files[i].content.bytes()));
    }
    const auto net = read_package(*std::move(back));
    ASSERT_TRUE(net);
    EXPECT_TRUE(Runner::open(*net, 1));
    // Cut short it is an error, never a smaller deployment.
    const auto half = read_archive(BytesView(*bytes).first(bytes->size() / 2));
    if (half) EXPECT_NE(refusal(*half), "");
  }
  EXPECT_FALSE(is_archive_name("net.zip"));
  EXPECT_FALSE(read_archive(as_bytes("no archive")));
}

TEST(Package, AFolderIsWrittenOnceUnlessToldOtherwise) {
  MemoryFiles files;
  const auto package = packaged();
  ASSERT_TRUE(check_room(files, "d", false));
  ASSERT_TRUE(write_folder(files, "d", package));
  EXPECT_TRUE(is_deployment(files, "d"));
  const auto again = check_room(files, "d", false);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "the folder d holds a deployment already");
  EXPECT_TRUE(check_room(files, "d", true));
  ASSERT_TRUE(files.write("d/notes.txt", as_bytes("mine")));
  const auto mine = check_room(files, "d", true);
  ASSERT_FALSE(mine);
  EXPECT_EQ(mine.error().message,
            "the folder d holds other things, which would be lost: notes.txt");
  auto back = read_folder(files, "d");
  ASSERT_TRUE(back);
  EXPECT_TRUE(read_package(*std::move(back)));
}

TEST(Package, OtherProcessorsDeploymentsAreRefused) {
  const auto other = engine::kProcessor == engine::Processor::x86_64 ? engine::Processor::aarch64
                                                                     : engine::Processor::x86_64;
  const auto compiled = compile(graph_of(kNetwork), {.processor = other});
  ASSERT_TRUE(compiled);
  const auto files = package(*compiled, {}, as_bytes(kLibrary));
  ASSERT_TRUE(files);
  const auto net = read_package(*files);
  ASSERT_TRUE(net);
  const auto runner = Runner::open(*net, 1);
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, Code::unsupported);
  EXPECT_NE(runner.error().message.find("it was compiled for"), std::string::npos);
}

TEST(Compile, PlansForArmProcessorsHaveTheirKernels) {
  for (const auto isa : {kernels::Isa::neon, kernels::Isa::dotprod}) {
    const auto compiled =
        compile(graph_of(kNetwork), {.isa = isa, .processor = engine::Processor::aarch64});
    ASSERT_TRUE(compiled) << compiled.error().message;
    ASSERT_EQ(compiled->variants.size(), 1U);
    EXPECT_EQ(compiled->variants[0].isa, isa);
    const auto is_product = [&](const cpu::StepNote& note) {
      return note.kernel == fmt::format("product_u8 {}", kernels::name_of(isa));
    };
    EXPECT_TRUE(std::ranges::any_of(compiled->variants[0].plan.notes, is_product));
  }
}

TEST(Compile, HalfFloatsAreForWhoAsksOrCanMeasureThem) {
  const auto graph = with_random(graph_of(kFloats), {"w"});
  CompileOptions options{.isa = kernels::Isa::fp16, .processor = engine::Processor::aarch64};
  const auto exact = compile(graph, options);
  ASSERT_TRUE(exact) << exact.error().message;
  if (!kernels::runs_here(options.isa)) {
    EXPECT_EQ(exact->variants[0].floats.precision, cpu::Precision::fp32);
  }
  options.precision = cpu::Precision::fp16;
  const auto halves = compile(graph, options);
  ASSERT_TRUE(halves) << halves.error().message;
  const auto& variant = halves->variants[0];
  EXPECT_EQ(variant.floats.precision, cpu::Precision::fp16);
  EXPECT_EQ(precision_of(variant.plan), cpu::Precision::fp16);
  EXPECT_LT(variant.plan.constants.size(), exact->variants[0].plan.constants.size() * 3 / 5);
  if (!kernels::runs_here(options.isa)) {
    EXPECT_EQ(variant.floats.rounding, std::nullopt) << "nobody could measure it";
  }
}

TEST(Package, ThisProgramCarriesTheLibrary) {
  EXPECT_TRUE(as_text(library_for(engine::kProcessor))
                  .starts_with("\x7f"
                               "ELF"));
  EXPECT_LE(library_for(engine::kProcessor).size(), 3U << 20U);
}

}  // namespace
}  // namespace slipway::compile
