#pragma once
// From a model to everything that a deployment holds, in memory.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compile/floats.h"
#include "compile/islands.h"
#include "compile/targets.h"
#include "device/cpu/tune.h"
#include "engine/params.h"
#include "ir/graph.h"
#include "ir/recipe.h"

namespace slipway::compile {

/// How the numbers of an input or output follow each other.
enum class TensorLayout : std::uint8_t {
  flat,  // no picture
  nhwc,
  nchw,
};

[[nodiscard]] std::string_view name_of(TensorLayout layout);
[[nodiscard]] std::optional<TensorLayout> layout_from(std::string_view name);

/// An input or output.
struct TensorSpec {
  std::string name;
  TensorType type;
  TensorLayout layout = TensorLayout::flat;
};

struct CompileOptions {
  kernels::Isa isa = kernels::Isa::portable;  // the newest that may be used, of the processor's
  engine::Processor processor = engine::kProcessor;
  bool portable = false;  // a plan for each instruction set up to that one, not for it alone
  /// Nothing: bfloat16 or half floats where they are faster and change no output by more than
  /// `most_rounding`.
  std::optional<cpu::Precision> precision = std::nullopt;
  double most_rounding = kMostRounding;
  /// In what arithmetic a quantized network computes, and its reference with it. Nothing: integers
  /// as the kernels, beside a reference that is the model's own text.
  std::optional<Target> target = std::nullopt;
  int threads = 1;                  // that `run` uses where it is not told
  std::uint64_t seed = 1;           // of the inputs that the reference is computed for
  std::vector<Tensor> inputs = {};  // in place of seeded ones; one for each, or none
  /// Which candidate each layer of the rewritten graph takes with an instruction set; none: the
  /// first of each.
  std::function<Result<cpu::Chosen>(const Graph&, kernels::Isa, cpu::Precision)> choose = {};
  /// Told now and then: what is being done, and how far it is.
  std::function<void(std::string_view what, std::size_t done, std::size_t total)> progress = {};
};

/// The plan for processors with an instruction set.
struct Variant {
  kernels::Isa isa = kernels::Isa::portable;
  cpu::BuiltPlan plan;
  cpu::Choices choices;  // of the plan's questions, those that somebody answered
  Floats floats = {};
  /// How far each output may be from its reference: what the passes change there, and a thousandth
  /// of the largest number for floats, which kernels add in another order.
  std::vector<double> tolerance = {};
};

struct Compiled {
  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::optional<Recipe> recipe;
  engine::Processor processor = engine::kProcessor;
  int threads = 1;
  std::optional<Target> target;
  Graph graph = {};               // that the passes left
  Islands islands = {};           // what computes in floats all the same
  std::vector<Variant> variants;  // the newest first; one unless it is portable
  std::vector<Tensor> sample;     // an input for each
  std::vector<Tensor> reference;  // what the interpreter makes of them
};

/// A model as steps, without a reference to compare with.
struct Planned {
  Graph graph;  // that the passes left
  cpu::BuiltPlan plan;
  Floats floats;
  Islands islands = {};
};

/// Errors  unsupported: what cpu::lower says
Result<Planned> plan(const Graph& graph, const CompileOptions& options);

/// What compile() makes, without the sample, the reference and the tolerances: for who measures it
/// and does not compare. The interpreter does not run.
///
/// Errors  those of plan()
Result<Compiled> compile_unproven(const Graph& graph, const CompileOptions& options);

/// Errors  those of plan(), and of the interpreter
Result<Compiled> compile(const Graph& graph, const CompileOptions& options);

}  // namespace slipway::compile
