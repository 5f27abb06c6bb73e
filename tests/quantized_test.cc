// What `quantize` makes runs in integers from end to end, and gives the same bits as our file and
// as the file for others, and on every instruction set.

#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "compile/library.h"
#include "compile/package.h"
#include "compile/quantizer.h"
#include "compile/runner.h"
#include "formats/format.h"
#include "ops/testing.h"
#include "oracle/oracle.h"
#include "passes/pipeline.h"

namespace slipway {
namespace {

Graph net() {
  return with_random(graph_of(R"(
    x: f32[1,16,16,3] = Input
    w1: f32[3,3,3,16] = Constant
    b1: f32[16] = Constant
    c1: f32[1,8,8,16] = Conv(x, w1, b1) {padding=same_upper, stride=[2,2], activation=relu6}
    w2: f32[3,3,1,16] = Constant
    c2: f32[1,8,8,16] = Conv(c1, w2) {padding=same_upper, group=16, activation=relu}
    w3: f32[1,1,16,16] = Constant
    c3: f32[1,8,8,16] = Conv(c2, w3)
    a: f32[1,8,8,16] = Add(c3, c1) {activation=relu}
    p: f32[1,4,4,16] = MaxPool(a) {kernel=[2,2], stride=[2,2]}
    w4: f32[1,1,16,24] = Constant
    c4: f32[1,4,4,24] = Conv(p, w4)
    s: f32[1,4,4,24] = HardSwish(c4)
    m: f32[1,24] = ReduceMean(s) {axes=[1,2]}
    w5: f32[24,10] = Constant
    b5: f32[10] = Constant
    y: f32[1,10] = FullyConnected(m, w5, b5)
    return y
  )"),
                     {"w1", "b1", "w2", "w3", "w4", "w5", "b5"});
}

Graph quantized(const Graph& graph, std::size_t count) {
  compile::Pictures pictures;
  pictures.count = count;
  pictures.read = [&](std::size_t i) -> Result<std::vector<Tensor>> {
    return inputs_for(graph, 50 + i);
  };
  auto out = compile::quantize(graph, pictures, {});
  EXPECT_TRUE(out) << out.error().message;
  return out->graph;
}

/// The graph after a trip through a file of that name.
Graph through_file(const Graph& graph, const std::string& name) {
  MemoryFiles files;
  for (const auto& format : all_formats()) {
    if (format.write == nullptr || !name.ends_with(format.extension)) continue;
    const auto written = write_model(files, format, graph, name);
    EXPECT_TRUE(written) << written.error().message;
  }
  auto back = read_model(files, name);
  EXPECT_TRUE(back) << back.error().message;
  return *std::move(back);
}

/// What a deployment for `isa` computes, as its files are read again.
std::vector<Tensor> deployed(const Graph& graph, kernels::Isa isa, const Tensor& input) {
  const auto compiled = compile::compile(graph, {.isa = isa});
  EXPECT_TRUE(compiled) << compiled.error().message;
  auto files = compile::package(*compiled, {}, compile::library_for(compiled->processor));
  EXPECT_TRUE(files) << files.error().message;
  const auto read = compile::read_package(*std::move(files));
  EXPECT_TRUE(read) << read.error().message;
  auto runner = compile::Runner::open(*read, 1);
  EXPECT_TRUE(runner) << runner.error().message;
  EXPECT_TRUE(runner->set_input(0, input));
  EXPECT_TRUE(runner->run());
  return {runner->output(0)};
}

/// Files are the same network in every bit, and so are their deployments. The last layer gives
/// floats: the interpreter adds up products that are rounded each, a step integers that are exact,
/// of which it makes a float at the end. 64 products are apart by 64 roundings at most, of 2^-24.
void expect_one_result(const Graph& made, const std::vector<Tensor>& inputs) {
  constexpr double kApart = 64.0 / (1 << 24);
  auto integers = made;
  ASSERT_TRUE(passes::run_pipeline(integers));
  const auto should = interpret(integers, inputs);
  ASSERT_TRUE(should) << should.error().message;
  std::map<kernels::Isa, Tensor> first;
  for (const auto* name : {"net.onnx", "net.slipway"}) {
    const auto graph = through_file(made, name);
    auto passed = graph;
    ASSERT_TRUE(passes::run_pipeline(passed));
    const auto is = interpret(passed, inputs);
    ASSERT_TRUE(is) << is.error().message;
    EXPECT_TRUE((*is)[0] == (*should)[0]) << name;
    for (int i = 0; i < kernels::kIsaCount; ++i) {
      const auto isa = static_cast<kernels::Isa>(i);
      if (!kernels::runs_here(isa)) continue;
      const auto got = deployed(graph, isa, inputs[0])[0];
      EXPECT_LE(oracle::apart(got, (*should)[0]).range_share, kApart)
          << name << " " << kernels::name_of(isa);
      EXPECT_TRUE(first.emplace(isa, got).first->second == got)
          << name << " " << kernels::name_of(isa);
    }
  }
}

TEST(Quantized, FilesAndDeploymentsGiveTheSameBits) {
  const auto graph = net();
  expect_one_result(quantized(graph, 8), inputs_for(graph, 3));
}

TEST(Quantized, StepsComputeInIntegersFromEndToEnd) {
  const auto made = quantized(net(), 8);
  const auto planned = compile::plan(through_file(made, "net.onnx"), {});
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->islands.quantized);
  for (const auto& node : planned->islands.nodes) ADD_FAILURE() << words_of(node);
  EXPECT_EQ(planned->islands.share(), 0);
  for (const auto& note : planned->plan.notes)
    for (const auto* floats : {"_f32", "_bf16", "_f16", "reduce"})
      EXPECT_EQ(note.kernel.find(floats), std::string::npos) << note.node << " " << note.kernel;
}

TEST(Quantized, OfRealModelsToo) {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  const std::string data = given == nullptr ? "../shared" : given;
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto path = data + "/models/onnx/resnet8_cifar10.onnx";
  if (files.kind(path) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  auto graph = read_model(files, path);
  ASSERT_TRUE(graph) << graph.error().message;
  // Softmax is computed in floats, whose last bits are the processor's.
  const auto softmax = graph->outputs()[0];
  ASSERT_EQ(graph->node(softmax).op.name(), "Softmax");
  graph->set_outputs({graph->node(softmax).inputs[0]});
  expect_one_result(quantized(*graph, 4), inputs_for(*graph, 3));
}

TEST(Quantized, RealModelsOfIntegersCompileForBothTargets) {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  const std::string data = given == nullptr ? "../shared" : given;
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  for (const auto* name : {"resnet8_cifar10_int8", "kws_int8", "mobilenet_v1_0.25_224_quant"}) {
    const auto path = fmt::format("{}/models/tflite/{}.tflite", data, name);
    if (files.kind(path) == Files::Kind::absent) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
    const auto graph = read_model(files, path);
    ASSERT_TRUE(graph) << graph.error().message;
    for (const auto target : {compile::Target::interpreter, compile::Target::interpreter_hw}) {
      SCOPED_TRACE(fmt::format("{} {}", name, name_of(target)));
      const auto compiled = compile::compile(*graph, {.target = target});
      ASSERT_TRUE(compiled) << compiled.error().message;
      const auto& variant = compiled->variants.at(0);
      const bool floats = target == compile::Target::interpreter;
      EXPECT_EQ(std::ranges::any_of(variant.plan.notes,
                                    [](const auto& note) {
                                      return note.kernel.starts_with("product_f32") ||
                                             note.kernel.starts_with("depthwise_f32");
                                    }),
                floats);
      if (!floats) EXPECT_EQ(variant.tolerance[0], 0);
    }
  }
}

}  // namespace
}  // namespace slipway
