#include "device/cpu/float_products.h"

#include "base/check.h"

namespace slipway::cpu {
namespace {

/// Packs weights for a kernel of products and cuts the work into units.
template <class Variant, class Pack>
void set_product(Lowering& lowering, engine::ProductF32Step& step, const ProductInput& input,
                 const Weights& weights, const Variant& variant, const ProductChoice& choice,
                 const Numbers& numbers, const Pack& pack) {
  step.header.variant = choice.variant;
  step.shape = {static_cast<int>(weights.outputs), input.segments, input.segment_elements};
  step.panels = lowering.plan().add_constants(kernels::packed_bytes(variant, step.shape));
  pack(variant, step.shape, weights.values.data(),
       weights.bias.empty() ? nullptr : weights.bias.data(),
       lowering.plan().constants_at(step.panels));
  const auto residual = step.rows.residual_pixel;
  step.rows = input.rows;
  step.rows.residual_pixel = residual;
  step.a = input.a;
  if constexpr (requires { variant.takes_lines; })
    if (variant.takes_lines) join_lines(step.rows, false);
  cut(step.rows, row_elements(step.rows, weights.rows) * numbers.in_bytes(), step.shape.n,
      weights.rows * (choice.numbers == ProductNumbers::own ? 4 : 2), variant.panel,
      choice.cache_bytes);
  step.header.units = static_cast<std::uint32_t>(units_of(step.rows, step.shape.n));
}

}  // namespace

Result<Constants> constants_of(const Graph& graph, const Node& node) {
  const auto& x = graph.type(node.inputs[0]);
  if (x.dtype != DType::f32) return fail(Code::unsupported, "activations {}", x.text());
  const auto* weights = graph.known(node.inputs[1]);
  if (weights != nullptr && weights->type().quant)
    return fail(Code::unsupported, "floats that are quantized on the fly for weights of bytes");
  if (weights == nullptr || weights->dtype() != DType::f32)
    return fail(Code::unsupported, "weights that are not constant floats");
  const bool has_bias = node.inputs.size() > 2 && node.inputs[2].exists();
  const auto* bias = has_bias ? graph.known(node.inputs[2]) : nullptr;
  if (has_bias && (bias == nullptr || bias->dtype() != DType::f32))
    return fail(Code::unsupported, "a bias that is not constant floats");
  Constants out;
  out.weights = weights->values<float>();
  if (bias != nullptr) out.bias = bias->values<float>();
  if (out.weights.empty()) return fail(Code::unsupported, "weights of nothing");
  return out;
}

Weights columns_of(const Constants& constants, std::int64_t all, std::int64_t first,
                   std::int64_t count) {
  Weights out;
  out.rows = std::ssize(constants.weights) / all;
  out.outputs = count;
  for (std::int64_t k = 0; k < out.rows; ++k) {
    const auto row = constants.weights.subspan(static_cast<std::size_t>(k * all + first),
                                               static_cast<std::size_t>(count));
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  if (!constants.bias.empty()) {
    const auto part =
        constants.bias.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    out.bias.assign(part.begin(), part.end());
  }
  return out;
}

Product product_of(Lowering& lowering, const ProductInput& input, const Weights& weights,
                   const Ending& ending, const Numbers& numbers, const ProductChoice& choice) {
  Product out;
  auto& step = out.step.product;
  step.adds = ending.residual ? 1 : 0;
  if (ending.residual) {
    step.residual = ending.residual->at;
    step.rows.residual_pixel = ending.residual->stride;
  }
  set_range(step, ending.activation);
  out.words = fmt::format("{} x {} x {}{}{}", input.pixels(), weights.rows, weights.outputs,
                          ending.residual ? ", added" : "", numbers.words());
  SLIPWAY_CHECK(choice.numbers == ProductNumbers::bf16 || !numbers.rounded());
  const auto set = [&](const auto& variants, const auto& pack) {
    const auto& variant = variants[choice.variant];
    set_product(lowering, step, input, weights, variant, choice, numbers, pack);
    out.isa = kernels::name_of(variant.isa);
    if constexpr (requires { kernels::workspace_bytes(variant, step.shape, 0, 0); }) {
      const auto stride = static_cast<std::ptrdiff_t>(step.rows.stride_x) * step.rows.channels;
      out.workspace = [variant, shape = step.shape, stride](int pixels) {
        return kernels::workspace_bytes(variant, shape, pixels, stride);
      };
    }
  };
  if (choice.numbers == ProductNumbers::own) {
    set(kernels::gemm_f32_variants(), kernels::pack_gemm_f32);
  } else if (choice.numbers == ProductNumbers::fp16) {
    set(kernels::gemm_f16_variants(), kernels::pack_gemm_f16);
  } else {
    set(kernels::gemm_bf16_variants(), kernels::pack_gemm_bf16);
    out.step.rounded_a = numbers.in ? 1 : 0;
    out.step.rounded_c = numbers.out ? 1 : 0;
    out.step.rounded_residual = numbers.residual ? 1 : 0;
    if (numbers.in) out.workspace = nullptr;
  }
  return out;
}

void add_product(Lowering& lowering, const ProductInput& input, const Weights& weights,
                 const engine::Place& c, const Ending& ending, const Numbers& numbers,
                 const ProductChoice& choice) {
  auto product = product_of(lowering, input, weights, ending, numbers, choice);
  auto& step = product.step.product;
  step.c = c;
  const auto add = [&](const auto& whole, engine::StepKind kind) {
    lowering.plan().add(whole, kind, product.isa, product.words);
  };
  // For a pixel more than a unit has: what several units need together is then no more than theirs.
  const auto set_own = [&](auto& whole) {
    if (product.workspace)
      set_workspace(lowering, whole, product.workspace(step.rows.unit_pixels + 1),
                    step.header.units);
  };
  if (choice.numbers == ProductNumbers::own) return add(step, engine::StepKind::product_f32);
  if (choice.numbers == ProductNumbers::fp16) {
    engine::ProductF16Step half;
    half.product = step;
    set_own(half);
    return add(half, engine::StepKind::product_f16);
  }
  set_own(product.step);
  add(product.step, engine::StepKind::product_bf16);
}

std::vector<std::string> float_candidates(const Lowering& lowering) {
  auto out = product_candidates(kernels::gemm_f32_variants(), lowering.isa());
  const auto newest = [&](const auto& variants) {
    return candidates(variants, lowering.isa()).front() + std::string(kRounded);
  };
  // What holds until somebody measures. On Emerald Rapids dot products of bfloat16 run at half of
  // the rate of floats, half floats at twice of it; a matrix unit is faster than both.
  if (lowering.halves()) out.insert(out.begin(), newest(kernels::gemm_f16_variants()));
  const bool first = !lowering.halves() || kernels::includes(lowering.isa(), kernels::Isa::amx);
  if (lowering.rounds())
    out.insert(first ? out.begin() : out.end(), newest(kernels::gemm_bf16_variants()));
  return out;
}

ProductChoice float_choice(std::string_view name) {
  if (name.ends_with(kByRows)) name.remove_suffix(kByRows.size());
  if (name.ends_with(kGathered)) {
    auto choice = float_choice(name.substr(0, name.size() - kGathered.size()));
    choice.gathers = true;
    return choice;
  }
  if (!name.ends_with(kRounded)) return product_choice(kernels::gemm_f32_variants(), name);
  name.remove_suffix(kRounded.size());
  auto choice = product_choice(kernels::gemm_f16_variants(), name);
  choice.numbers = ProductNumbers::fp16;
  if (choice.variant != 0) return choice;
  choice = product_choice(kernels::gemm_bf16_variants(), name);
  choice.numbers = ProductNumbers::bf16;
  return choice;
}

std::string asked(const Lowering& lowering, const std::string& layer) {
  const auto precision = lowering.precision();
  return layer + (has_bf16(precision) ? ", or bf16" : "") +
         (has_fp16(precision) ? ", or fp16" : "");
}

ProductChoice choose_product(Lowering& lowering, ValueId node, const std::string& layer) {
  return float_choice(lowering.choose(node, asked(lowering, layer), float_candidates(lowering)));
}

bool will_round(const Lowering& lowering, const std::string& layer) {
  if (!lowering.rounds()) return false;
  const auto name = lowering.chosen(asked(lowering, layer), float_candidates(lowering));
  return float_choice(name).numbers == ProductNumbers::bf16;
}

engine::Place moved(engine::Place place, std::int64_t elements, std::int64_t element_bytes) {
  return engine::moved(place, elements * element_bytes);
}

}  // namespace slipway::cpu
