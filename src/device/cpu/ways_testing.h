#pragma once
// Networks lowered for several instruction sets, and their plans beside the interpreter.

#include "device/cpu/lower.h"
#include "device/cpu/stream.h"
#include "device/cpu/testing.h"
#include "ops/case.h"
#include "ops/testing.h"

namespace slipway::cpu {

/// Constants named w… are small random numbers, so that errors do not grow from layer to layer.
inline Graph with_weights(Graph graph) {
  std::uint64_t seed = 7;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    auto value = graph.value({n, 0});
    if (!value.name.starts_with('w')) continue;
    auto numbers = random_tensor(value.type, seed++);
    if (value.type.dtype == DType::f32) {
      const auto& shape = value.type.shape;
      const auto count = static_cast<float>(shape.elements() / shape.back(0));
      TensorBuilder builder(value.type);
      std::ranges::transform(numbers.values<float>(), builder.values<float>().begin(),
                             [&](float x) { return x / std::sqrt(count); });
      numbers = std::move(builder).build();
    }
    value.known = std::move(numbers);
    graph.replace_op({n, 0}, Constant{*value.known});
    graph.set_output({n, 0}, value);
  }
  return graph;
}

struct Way {
  LowerOptions options;
  double tolerance = 1e-5;  // of the range of outputs of floats
};

inline std::vector<Way> ways() {
  std::vector<Way> out;
  using kernels::Isa;
  for (const auto isa : {Isa::portable, Isa::avx2, Isa::vnni512, Isa::amx})
    if (kernels::runs_here(isa)) out.push_back({{isa}});
  for (const auto isa : {Isa::bf16_512, Isa::amx})
    if (kernels::runs_here(isa)) out.push_back({{isa, {}, Precision::bf16}, 0.05});
  for (const auto isa : {Isa::fp16_512, Isa::fp16})
    if (kernels::runs_here(isa)) out.push_back({{isa, {}, Precision::fp16}, 0.05});
  return out;
}

/// The plan as the interpreter computes it: units together, one by one backwards, and shared by
/// threads.
inline void expect_right(const Graph& graph, const BuiltPlan& plan, double tolerance) {
  const auto inputs = inputs_for(graph, 1);
  const auto should = interpret(graph, inputs);
  ASSERT_TRUE(should) << should.error().message;
  const auto compare = [&](const std::vector<Tensor>& is, std::string_view how) {
    for (std::size_t i = 0; i < is.size(); ++i)
      EXPECT_EQ(difference(is[i], (*should)[i], tolerance), "") << "output " << i << ", " << how;
  };
  compare(run(plan, graph, inputs), "together");
  compare(run(plan, graph, inputs, Order::backwards), "backwards");
  Stream stream(graph, plan, 3);
  stream.set_inputs(inputs);
  stream.run();
  compare(stream.outputs(), "by threads");
  std::vector<double> least;
  stream.run(SystemClock(), least);
  compare(stream.outputs(), "by threads that meet after each step");
  EXPECT_EQ(least.size(), plan.notes.size());
  EXPECT_TRUE(std::ranges::all_of(least, [](double one) { return one < 60; })) << "seconds";
}

/// Steps that move elements. Copies of inputs for kernels that read whole vectors are none.
inline std::int64_t copies_of(const BuiltPlan& plan) {
  return std::ranges::count_if(plan.notes, [](const StepNote& note) {
    return note.kernel.starts_with("move") || note.kernel.starts_with("runs");
  });
}

}  // namespace slipway::cpu
