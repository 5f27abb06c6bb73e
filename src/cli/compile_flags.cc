#include "cli/compile_flags.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "cli/model_flags.h"
#include "compile/params.h"
#include "ir/reshape_inputs.h"

namespace slipway::cli {
namespace {

using kernels::Isa;

/// How many plans there may be whose kernels this processor can measure.
int measured_here(const compile::CompileOptions& options) {
  int count = 0;
  for (int i = 0; i < kernels::kIsaCount; ++i) {
    const auto isa = static_cast<Isa>(i);
    if (isa <= options.isa && isa != Isa::portable && kernels::runs_here(isa)) ++count;
  }
  return options.portable ? std::max(count, 1) : 1;
}

/// Errors  unsupported: no plan may have half floats
Result<void> check_halves(World& world, const compile::CompileOptions& options) {
  const auto needs = kernels::half_floats_of(options.processor);
  if (options.portable ? needs <= options.isa : kernels::includes(options.isa, needs)) return {};
  world.goal = "compile in fp16";
  const bool other = options.processor != engine::kProcessor;
  const bool has = other || options.portable || kernels::runs_here(needs);
  return fail(Code::unsupported, "{} has no arithmetic in fp16: that needs {}",
              has ? name_of(options.isa) : "this processor", name_of(needs))
      .with_remedy(has ? fmt::format("--isa {}", name_of(needs)) : "leave out --precision fp16");
}

std::string_view other_arch() {
  return compile::name_of(engine::kProcessor == engine::Processor::x86_64
                              ? engine::Processor::aarch64
                              : engine::Processor::x86_64);
}

}  // namespace

std::vector<std::string> isa_names() {
  std::vector<std::string> out;
  for (int i = 0; i < kernels::kIsaCount; ++i) out.emplace_back(name_of(static_cast<Isa>(i)));
  return out;
}

void CompileFlags::describe(Options& options) {
  options.choice("--host-arch", arch_, {"x86_64", "aarch64"},
                 "the kind of processor that it runs on (default: this one's); kernels for another "
                 "kind are not measured, but taken as a --tuning-file from there says");
  describe_for_here(options);
}

void CompileFlags::describe_for_here(Options& options) {
  options.choice("--isa", isa_, isa_names(),
                 "the newest instruction set to use (default: SLIPWAY_ISA, or the newest that "
                 "this machine has; with another --host-arch what all of its kind have: neon)");
  options.choice(
      "--precision", precision_, {"auto", "fp32", "bf16", "fp16"},
      "in what floats are computed; bf16 rounds the operands of products where that is "
      "faster, fp16 computes them in half floats on processors that can (default: auto, "
      "either where this processor gains by it and no output changes by more than 1 % of "
      "its range on random inputs)");
  tuning_.describe(options);
}

Result<void> CompileFlags::apply(World& world, compile::CompileOptions& options) const {
  if (arch_) options.processor = compile::processor_from(*arch_).value();
  options.isa = SLIPWAY_TRY(choose_isa(world, options.processor, options.portable));
  if (precision_ == "fp32") options.precision = cpu::Precision::fp32;
  if (precision_ == "bf16") options.precision = cpu::Precision::bf16;
  if (precision_ == "fp16") {
    options.precision = cpu::Precision::fp16;
    SLIPWAY_TRY(check_halves(world, options));
  }
  if (options.processor != engine::kProcessor && tuning_.asks())
    world.note("nothing is measured for {}: this processor has none of its kernels",
               compile::name_of(options.processor));
  options.choose = [this, &world, portable = options.portable, share = measured_here(options)](
                       const Graph& lowered, Isa isa, cpu::Precision precision) {
    return tuning_.choose(world, lowered, isa, precision, {portable, share});
  };
  return {};
}

std::vector<std::string> CompileFlags::words(const World& world) const {
  std::vector<std::string> out;
  if (isa_) out.push_back("--isa " + *isa_);
  if (!isa_ && !world.isa.empty()) out.push_back("SLIPWAY_ISA=" + world.isa);
  if (precision_) out.push_back("--precision " + *precision_);
  if (const auto words = tuning_.words(); !words.empty()) out.push_back(words);
  if (arch_) out.push_back("--host-arch " + *arch_);
  return out;
}

Result<Isa> CompileFlags::choose_isa(World& world, engine::Processor processor,
                                     bool portable) const {
  const auto wanted = isa_.value_or(world.isa);
  const bool other = processor != engine::kProcessor;
  if (wanted.empty() && portable) return static_cast<Isa>(kernels::kIsaCount - 1);
  if (wanted.empty()) return other ? kernels::common_to(processor) : kernels::newest_here();
  const auto isa = kernels::isa_named(wanted);
  if (!isa)
    return world.usage("SLIPWAY_ISA is '{}'; it takes {}", wanted, fmt::join(isa_names(), ", "));
  // Of one plan for here the candidates are told apart by running them.
  const bool fits = portable || other ? kernels::belongs_to(*isa, processor) : runs_here(*isa);
  if (!fits) {
    world.goal = fmt::format("compile for {}", wanted);
    const auto whose = other ? fmt::format("{} processors have", compile::name_of(processor))
                             : std::string("this processor has");
    const bool elsewhere = !other && !kernels::is_built(*isa);
    return fail(Code::unsupported, "{} no {}", whose, wanted)
        .with_remedy(
            elsewhere ? fmt::format("--host-arch {} is for processors that have it", other_arch())
            : isa_    ? "leave out --isa"
                      : "leave SLIPWAY_ISA out of the environment, or say --isa");
  }
  return *isa;
}

Result<Isa> isa_here(World& world) {
  compile::CompileOptions options;
  SLIPWAY_TRY(CompileFlags().apply(world, options));
  return options.isa;
}

std::string words_of(const compile::Floats& floats) {
  if (!floats.rounding) return "";
  const double percent = *floats.rounding * 100;
  const auto tried =
      floats.tried == cpu::Precision::mixed ? "bf16 and fp16" : name_of(floats.tried);
  if (floats.precision == cpu::Precision::fp32)
    return fmt::format("floats in fp32: {} would change outputs by {:.2g} % of their range", tried,
                       percent);
  return fmt::format(
      "floats in {}: outputs change by {:.2g} % of their range at most (--precision fp32: not)",
      tried, percent);
}

Result<void> close_batches(Graph& graph, std::int64_t batch) {
  std::vector<InputShape> shapes;
  for (const auto id : graph.inputs()) {
    SLIPWAY_TRY(check_is_known(graph, id));
    const auto& value = graph.value(id);
    if (value.type.is_known()) continue;
    std::vector<std::int64_t> dims(value.type.shape.begin(), value.type.shape.end());
    std::ranges::replace(dims, Shape::kUnknown, batch);
    auto shape = SLIPWAY_TRY(Shape::make(dims));
    shapes.push_back({value.name, std::move(shape)});
  }
  if (!shapes.empty()) SLIPWAY_TRY(set_input_shapes(graph, shapes));
  return {};
}

}  // namespace slipway::cli
