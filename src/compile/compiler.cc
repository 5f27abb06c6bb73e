#include "compile/compiler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "compile/near_enough.h"
#include "ir/interpret.h"
#include "ops/case.h"
#include "ops/shape/reshape.h"
#include "passes/pipeline.h"

namespace slipway::compile {
namespace {

constexpr std::array<std::string_view, 3> kLayouts = {"flat", "nhwc", "nchw"};

const ops::Transpose* transpose_at(const Graph& graph, ValueId id) {
  return graph.node(id).op.as<ops::Transpose>();
}

/// Pictures are channels last inside; who wants them otherwise has a transposition next to them.
TensorLayout layout_of_input(const Graph& graph, ValueId input) {
  if (graph.type(input).shape.rank() != 4) return TensorLayout::flat;
  const std::vector<std::int64_t> to_last = {0, 2, 3, 1};
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
    const auto* transpose = node.op.as<ops::Transpose>();
    if (transpose == nullptr || !std::ranges::equal(transpose->perm, to_last)) continue;
    // Perhaps behind a conversion of the numbers.
    auto from = node.inputs[0];
    while (from != input && !graph.node(from).inputs.empty() &&
           graph.type(graph.node(from).inputs[0]).shape == graph.type(from).shape)
      from = graph.node(from).inputs[0];
    if (from == input) return TensorLayout::nchw;
  }
  return TensorLayout::nhwc;
}

TensorLayout layout_of_output(const Graph& graph, ValueId output) {
  if (graph.type(output).shape.rank() != 4) return TensorLayout::flat;
  const std::vector<std::int64_t> to_first = {0, 3, 1, 2};
  for (auto at = output;;) {
    if (const auto* transpose = transpose_at(graph, at);
        transpose != nullptr && std::ranges::equal(transpose->perm, to_first))
      return TensorLayout::nchw;
    const auto& inputs = graph.node(at).inputs;
    const bool converts = !inputs.empty() && graph.type(inputs[0]).shape == graph.type(at).shape;
    if (!converts) return TensorLayout::nhwc;
    at = inputs[0];
  }
}

/// The largest difference of two elements, as real numbers.
double largest_difference(const Tensor& a, const Tensor& b) {
  const auto x = to_doubles(dequantized(a));
  const auto y = to_doubles(dequantized(b));
  double out = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isfinite(x[i]) && std::isfinite(y[i])) out = std::max(out, std::abs(x[i] - y[i]));
  return out;
}

double tolerance_of(const Tensor& reference, const Tensor& rewritten, bool rounded) {
  // Floats are added in another order; with 8 bits of fraction each layer adds errors of 2^-9, and
  // sums in half floats do about half of that.
  const double part = rounded ? 5e-2 : 1e-3;
  double largest = 0;
  if (is_float(reference.dtype())) {
    for (const double x : to_doubles(reference))
      if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  }
  return largest * part + largest_difference(reference, rewritten);
}

Result<std::vector<Tensor>> reference_of(const Graph& graph, std::span<const Tensor> inputs,
                                         const CompileOptions& options) {
  InterpretOptions interpreting;
  interpreting.observe = [&](ValueId id, const Tensor&) {
    if (options.progress)
      options.progress("computing the reference", static_cast<std::size_t>(id.node),
                       graph.nodes().size());
  };
  return interpret(graph, inputs, interpreting).during("computing the reference outputs");
}

Result<Graph> rewrite(Graph graph, const CompileOptions& options) {
  const auto passes = passes::pipeline().size();
  std::size_t passed = 0;
  passes::RunOptions running;
  running.observe = [&](const passes::PassRun&, const Graph&) {
    if (options.progress) options.progress("rewriting", ++passed, passes);
  };
  if (options.target == Target::interpreter) {
    graph = SLIPWAY_TRY(float_reference(graph));
    running.without = integer_passes();
  }
  SLIPWAY_TRY(passes::run_pipeline(graph, running));
  return graph;
}

Result<cpu::Chosen> choices_for(const Graph& rewritten, kernels::Isa isa, cpu::Precision precision,
                                const CompileOptions& options) {
  if (!options.choose) return cpu::Chosen{};
  return options.choose(rewritten, isa, precision);
}

Result<Variant> variant_of(const Graph& rewritten, const cpu::LowerOptions& lowering) {
  Variant out{lowering.isa, SLIPWAY_TRY(cpu::lower(rewritten, lowering))};
  for (const auto& question : out.plan.questions)
    if (const auto at = lowering.choices.find(question.layer); at != lowering.choices.end())
      out.choices.insert(*at);
  return out;
}

/// With rounded floats.
Result<Variant> rounded_variant(const Graph& rewritten, const cpu::LowerOptions& lowering) {
  auto out = SLIPWAY_TRY(variant_of(rewritten, lowering));
  out.floats.tried = precision_of(out.plan);
  return out;
}

/// What rounds less than all of `rounded`, made with `all`, and is slower: nothing is stored as
/// bfloat16 that others than products see a difference of; else some layers are in floats, with
/// either kind of storing. Nothing where none of it is near enough.
Result<std::optional<Variant>> nearer_variant(const Graph& rewritten, const cpu::LowerOptions& all,
                                              const cpu::ExactWays& exact, const Variant& rounded,
                                              const RoundingMeter& meter,
                                              const CompileOptions& options) {
  const auto find = [&](const cpu::LowerOptions& lowering, double moves, std::string_view what) {
    return near_enough(rewritten, meter, lowering, moves, exact, options.most_rounding,
                       [&](std::size_t done, std::size_t total) {
                         if (options.progress) options.progress(what, done, total);
                       });
  };
  auto same = all;
  same.stored = cpu::Stored::same;
  std::optional<NearEnough> of_same;
  if (auto variant = SLIPWAY_TRY(rounded_variant(rewritten, same));
      variant.plan.plan != rounded.plan.plan) {
    const double moves = SLIPWAY_TRY(meter.measure(same));
    variant.floats.rounding = moves;
    if (moves <= options.most_rounding) return std::optional(std::move(variant));
    of_same = SLIPWAY_TRY(find(same, moves, "finding layers that may round"));
  }
  auto found = SLIPWAY_TRY(
      find(all, *rounded.floats.rounding, "finding layers that may round and be stored so"));
  auto lowering = all;
  // What windows of each channel gain by being stored so is not in `kept`.
  if (of_same && (!found || found->kept < of_same->kept / 2)) {
    lowering = std::move(same);
    found = std::move(of_same);
  }
  if (!found) return std::optional<Variant>();
  lowering.choices = std::move(found->choices);
  auto out = SLIPWAY_TRY(rounded_variant(rewritten, lowering));
  out.floats.rounding = found->rounding;
  return std::optional(std::move(out));
}

/// With rounded floats where that was asked for, or is faster and near enough.
Result<Variant> variant_for(const Graph& rewritten, kernels::Isa isa,
                            const CompileOptions& options) {
  const bool asked = options.precision.has_value();
  const auto precision = options.precision.value_or(to_try(rewritten, isa));
  const auto ways = SLIPWAY_TRY(choices_for(rewritten, isa, precision, options));
  const cpu::LowerOptions lowering{isa, ways.best, precision};
  if (precision == cpu::Precision::fp32) return variant_of(rewritten, lowering);
  auto rounded = SLIPWAY_TRY(rounded_variant(rewritten, lowering));
  if (rounded.floats.tried == cpu::Precision::fp32) return rounded;
  if (kernels::runs_here(isa)) {  // else nobody can tell how near it is
    const auto meter =
        SLIPWAY_TRY(RoundingMeter::make(rewritten, isa, options.inputs, options.seed));
    rounded.floats.rounding = SLIPWAY_TRY(meter.measure(lowering));
    if (*rounded.floats.rounding > options.most_rounding) {
      auto nearer =
          SLIPWAY_TRY(nearer_variant(rewritten, lowering, ways.exact, rounded, meter, options));
      if (nearer) rounded = std::move(*nearer);
    }
  }
  if (asked || rounded.floats.rounding.value_or(1) <= options.most_rounding) {
    rounded.floats.precision = rounded.floats.tried;
    return rounded;
  }
  const auto exactly = SLIPWAY_TRY(choices_for(rewritten, isa, cpu::Precision::fp32, options)).best;
  auto exact = SLIPWAY_TRY(variant_of(rewritten, {isa, exactly, cpu::Precision::fp32}));
  exact.floats.tried = rounded.floats.tried;
  exact.floats.rounding = rounded.floats.rounding;
  return exact;
}

bool asks_the_same(const cpu::Question& a, const cpu::Question& b) {
  return a.layer == b.layer && a.candidates == b.candidates;
}

/// The plan for a newer instruction set than that of `older`, whose choices hold wherever the
/// candidates are the same: where all are, nothing is measured again, and where nothing can be
/// measured here they are the best that is known.
Result<Variant> variant_above(const Variant& older, const Graph& rewritten, kernels::Isa isa,
                              CompileOptions options) {
  const bool rounds_floats =
      options.precision != cpu::Precision::fp32 && to_try(rewritten, isa) != cpu::Precision::fp32;
  if (!options.choose || rounds_floats) return variant_for(rewritten, isa, options);
  const auto precision = options.precision.value_or(cpu::Precision::fp32);
  auto plan = SLIPWAY_TRY(cpu::lower(rewritten, {isa, older.choices, precision}));
  if (std::ranges::equal(plan.questions, older.plan.questions, asks_the_same))
    return Variant{isa, std::move(plan), older.choices, older.floats};
  cpu::Choices known;
  for (const auto& question : plan.questions) {
    const auto at = older.choices.find(question.layer);
    const bool same = std::ranges::any_of(older.plan.questions, [&](const cpu::Question& before) {
      return asks_the_same(before, question);
    });
    if (same && at != older.choices.end()) known.insert(*at);
  }
  options.choose = [known, choose = options.choose](const Graph& graph, kernels::Isa newer,
                                                    cpu::Precision numbers) -> Result<cpu::Chosen> {
    auto ways = SLIPWAY_TRY(choose(graph, newer, numbers));
    ways.best.insert(known.begin(), known.end());
    return ways;
  };
  return variant_for(rewritten, isa, options);
}

/// From the oldest instruction set on; one that changes nothing is left to the plan that processors
/// with it run anyway.
Result<std::vector<Variant>> variants_of(const Graph& rewritten, const CompileOptions& options) {
  std::vector<Variant> out;
  // What every processor of the kind has needs no plan for those without it.
  const auto oldest = std::min(options.isa, kernels::common_to(options.processor));
  for (int i = 0; options.portable && i < kernels::kIsaCount; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::belongs_to(isa, options.processor) || isa < oldest || isa > options.isa) continue;
    // Half floats are for who asks for them, or can see how fast and how near they are.
    const bool adds_halves = isa == kernels::half_floats_of(options.processor);
    if (adds_halves && options.precision != cpu::Precision::fp16 && !kernels::runs_here(isa))
      continue;
    const auto older = std::ranges::find_if(
        out, [&](const Variant& before) { return kernels::includes(isa, before.isa); });
    // Nothing tells here how near floats in a matrix unit are: rounded ones for vectors stay.
    if (isa == kernels::Isa::amx && !kernels::runs_here(isa) && older != out.end() &&
        older->floats.precision != cpu::Precision::fp32)
      continue;
    auto variant = SLIPWAY_TRY(older == out.end() ? variant_for(rewritten, isa, options)
                                                  : variant_above(*older, rewritten, isa, options));
    const bool changes = older == out.end() || older->plan.plan != variant.plan.plan ||
                         older->plan.constants != variant.plan.constants;
    if (changes) out.insert(out.begin(), std::move(variant));
  }
  if (!options.portable) out.push_back(SLIPWAY_TRY(variant_for(rewritten, options.isa, options)));
  return out;
}

/// compile_unproven() of a graph and what the passes left of it.
Result<Compiled> compiled_from(const Graph& graph, const Graph& rewritten,
                               const CompileOptions& options) {
  Compiled out;
  out.name = graph.name;
  out.recipe = graph.recipe;
  out.processor = options.processor;
  out.threads = options.threads;
  out.target = options.target;
  for (const auto id : graph.inputs())
    out.inputs.push_back({graph.value(id).name, graph.type(id), layout_of_input(graph, id)});
  for (const auto id : graph.outputs())
    out.outputs.push_back({graph.value(id).name, graph.type(id), layout_of_output(graph, id)});
  out.variants = SLIPWAY_TRY(variants_of(rewritten, options));
  out.graph = rewritten;
  out.islands = float_islands(rewritten, out.variants.at(0).plan.notes);
  return out;
}

}  // namespace

std::string_view name_of(TensorLayout layout) { return kLayouts[static_cast<std::size_t>(layout)]; }

std::optional<TensorLayout> layout_from(std::string_view name) {
  const auto at = std::ranges::find(kLayouts, name);
  if (at == kLayouts.end()) return std::nullopt;
  return static_cast<TensorLayout>(at - kLayouts.begin());
}

Result<Planned> plan(const Graph& graph, const CompileOptions& options) {
  auto rewritten = SLIPWAY_TRY(rewrite(graph, options));
  auto variant = SLIPWAY_TRY(variant_for(rewritten, options.isa, options));
  auto islands = float_islands(rewritten, variant.plan.notes);
  return Planned{std::move(rewritten), std::move(variant.plan), variant.floats, std::move(islands)};
}

Result<Compiled> compile_unproven(const Graph& graph, const CompileOptions& options) {
  const auto rewritten = SLIPWAY_TRY(rewrite(graph, options));
  return compiled_from(graph, rewritten, options);
}

Result<Compiled> compile(const Graph& graph, const CompileOptions& options) {
  const auto rewritten = SLIPWAY_TRY(rewrite(graph, options));
  auto out = SLIPWAY_TRY(compiled_from(graph, rewritten, options));
  out.sample = options.inputs;
  for (std::size_t i = out.sample.size(); i < out.inputs.size(); ++i)
    out.sample.push_back(random_tensor(out.inputs[i].type, options.seed + i));
  const auto after = SLIPWAY_TRY(reference_of(rewritten, out.sample, options));
  out.reference = options.target ? after : SLIPWAY_TRY(reference_of(graph, out.sample, options));
  for (auto& variant : out.variants) {
    const bool rounded = variant.floats.precision != cpu::Precision::fp32;
    for (std::size_t i = 0; i < after.size(); ++i)
      variant.tolerance.push_back(tolerance_of(out.reference[i], after[i], rounded));
    const bool steps = options.target == Target::interpreter;
    if (!(rounded || steps) || !kernels::runs_here(variant.isa)) continue;
    // Where an op picks, rounding may make it pick another one, and where floats become bytes
    // another order of sums may reach another step: as far as it does so here.
    const auto is = outputs_of(rewritten, variant.plan, out.sample);
    for (std::size_t i = 0; i < is.size(); ++i)
      variant.tolerance[i] += largest_difference(out.reference[i], is[i]);
  }
  return out;
}

}  // namespace slipway::compile
