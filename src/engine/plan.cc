#include "engine/plan.h"

#include <cstddef>

#include "engine/chain_step.h"
#include "engine/detect_steps.h"
#include "engine/dynamic_steps.h"
#include "engine/elementwise_steps.h"
#include "engine/head_steps.h"
#include "engine/lookup_steps.h"
#include "engine/move_steps.h"
#include "engine/picture_steps.h"
#include "engine/planar_step.h"
#include "engine/pool.h"
#include "engine/product_steps.h"
#include "engine/reduce_steps.h"
#include "engine/winograd_step.h"

namespace slipway::engine {
namespace {

template <class Step>
void run_step(const StepHeader& step, const Bases& bases, int first, int last) {
  run(reinterpret_cast<const Step&>(step), bases, first, last);
}

template <class Step, class... Places>
constexpr StepRow row(const char* name, Places... places) {
  static_assert(sizeof(Step) % 8 == 0);
  return {name, sizeof(Step), run_step<Step>, {static_cast<std::uint16_t>(places)...}};
}

/// In pieces, where a piece costs what its units cost. Those of a Winograd step read all weights
/// or transform all inputs each, those of a chain compute rows that another one has, windows of
/// each channel read the rows around theirs, and the matrix unit is set up for each.
Pool::Parts parts_of(const StepHeader& step) {
  using enum Pool::Parts;
  const auto with = [](kernels::Isa isa) { return isa == kernels::Isa::amx ? whole : in_pieces; };
  switch (step.kind) {
    case StepKind::winograd_f32:
    case StepKind::winograd_u8:
    case StepKind::chain:
    case StepKind::depthwise_f32:
    case StepKind::depthwise_u8:
      return whole;
    case StepKind::product_u8:
      return with(kernels::gemm_u8_variants()[step.variant].isa);
    case StepKind::product_bf16:
      return with(kernels::gemm_bf16_variants()[step.variant].isa);
    default:
      return in_pieces;
  }
}

/// A step, as threads share it.
struct Shared {
  const StepHeader& step;
  const StepRow& row;
  const Bases& bases;
};

void share(const StepHeader& step, const Bases& bases, Pool::Member& member) {
  Shared shared{step, *row_of(step.kind), bases};
  member.share(
      static_cast<int>(step.units),
      [](void* context, int first, int last) {
        const auto& all = *static_cast<Shared*>(context);
        all.row.run(all.step, all.bases, first, last);
      },
      &shared, parts_of(step));
}

/// Steps up to another one.
struct Steps {
  const StepHeader* first;
  const StepHeader* end;
  const Bases& bases;
  AfterStep after;
};

/// Whether a step has something for more than one thread.
bool are_shared(const Steps& steps) {
  for (const auto* step = steps.first; step != steps.end; step = next(step))
    if (step->units > 1) return true;
  return false;
}

void run_alone(const Steps& steps) {
  for (const auto* step = steps.first; step != steps.end; step = next(step)) {
    row_of(step->kind)->run(*step, steps.bases, 0, static_cast<int>(step->units));
    if (steps.after.call != nullptr) steps.after.call(steps.after.context);
  }
}

void run_as(Pool::Member& member, const Steps& steps) {
  for (const auto* step = steps.first; step != steps.end; step = next(step)) {
    share(*step, steps.bases, member);
    if (steps.after.call == nullptr) continue;
    member.meet();
    if (member.number() == 0) steps.after.call(steps.after.context);
    member.meet();  // nobody begins the next one while the caller looks at the clock
  }
}

void run_steps(Steps steps, Pool* pool) {
  if (pool == nullptr || pool->threads() == 1 || !are_shared(steps)) return run_alone(steps);
  pool->run([](void* of, Pool::Member& member) { run_as(member, *static_cast<Steps*>(of)); },
            &steps);
}

}  // namespace

// Where the places of a structure are.
#define AT2(S, A, B) offsetof(S, A), offsetof(S, B)
#define AT3(S, A, B, C) AT2(S, A, B), offsetof(S, C)
#define AT4(S, A, B, C, D) AT3(S, A, B, C), offsetof(S, D)
#define AT5(S, A, B, C, D, E) AT4(S, A, B, C, D), offsetof(S, E)

const StepRow* row_of(StepKind kind) {
  static constexpr StepRow kRows[] = {
      row<ProductU8Step>("product_u8", AT5(ProductU8Step, a, panels, c, residual, workspace)),
      row<ProductF32Step>("product_f32", AT4(ProductF32Step, a, panels, c, residual)),
      row<DepthwiseU8Step>("depthwise_u8", AT4(DepthwiseU8Step, in, out, outside_row, panels)),
      row<DepthwiseF32Step>("depthwise_f32", AT3(DepthwiseF32Step, in, out, panels)),
      row<BorderStep>("border", AT2(BorderStep, in, out)),
      row<QuantizePictureStep>("quantize_picture", AT2(QuantizePictureStep, in, out)),
      row<MeanU8Step>("mean_u8", AT2(MeanU8Step, in, out)),
      row<MoveStep>("move", AT2(MoveStep, in, out)),
      row<RunsStep>("runs", AT3(RunsStep, table, in, out)),
      row<LookupStep>("lookup", AT3(LookupStep, table, in, out)),
      row<Lookup2Step>("lookup2", AT4(Lookup2Step, table, a, b, out)),
      row<UnaryF32Step>("unary_f32", AT2(UnaryF32Step, in, out)),
      row<BinaryF32Step>("binary_f32", AT3(BinaryF32Step, a, b, out)),
      row<CompareF32Step>("compare_f32", AT3(CompareF32Step, a, b, out)),
      row<SelectStep>("select", AT4(SelectStep, condition, a, b, out)),
      row<WinogradF32Step>("winograd_f32",
                           AT5(WinogradF32Step, out, panels, workspace, residual, in[0]),
                           AT3(WinogradF32Step, in[1], in[2], in[3])),
      row<PoolStep>("pool", AT2(PoolStep, in, out)),
      row<ReduceStep>("reduce", AT2(ReduceStep, in, out)),
      row<ArgStep>("arg", AT2(ArgStep, in, out)),
      row<ProductBf16Step>("product_bf16", AT5(ProductBf16Step, product.a, product.panels,
                                               product.c, product.residual, workspace)),
      row<SoftmaxF32Step>("softmax_f32", AT2(SoftmaxF32Step, in, out)),
      row<SoftmaxBytesStep>("softmax_bytes", AT3(SoftmaxBytesStep, table, in, out)),
      row<ResizeStep>("resize", AT4(ResizeStep, rows, columns, in, out)),
      row<ResampleStep>("resample", AT4(ResampleStep, begins, taps, in, out)),
      row<QuantizeStep>("quantize", AT2(QuantizeStep, in, out)),
      row<DetectStep>("detect", AT5(DetectStep, codes, scores, anchors, scratch, out_boxes),
                      AT3(DetectStep, out_classes, out_scores, out_count)),
      row<DetectionOutputStep>(
          "detection_output",
          AT5(DetectionOutputStep, boxes, scores, prior_boxes, arm_scores, arm_boxes),
          AT2(DetectionOutputStep, scratch, out)),
      row<DequantizeStep>("dequantize", AT2(DequantizeStep, in, out)),
      row<WinogradU8Step>("winograd_u8", AT3(WinogradU8Step, out, panels, workspace),
                          AT4(WinogradU8Step, in[0], in[1], in[2], in[3])),
      row<PlanarStep>("planar", AT4(PlanarStep, in, weights, bias, out)),
      row<DynamicQuantizeStep>("dynamic_quantize", AT3(DynamicQuantizeStep, in, out, scales)),
      row<ScaleSumsStep>("scale_sums", AT3(ScaleSumsStep, c, scales, constants)),
      row<NormalizeStep>("normalize", AT4(NormalizeStep, mean, std, in, out)),
      row<ProductF16Step>("product_f16", AT5(ProductF16Step, product.a, product.panels, product.c,
                                             product.residual, workspace)),
      row<ChainStep>("chain", AT5(ChainStep, workspace, product.product.a, product.product.panels,
                                  depthwise.out, depthwise.panels)),
  };
  const auto at = static_cast<std::size_t>(kind);
  return at < sizeof(kRows) / sizeof(kRows[0]) ? &kRows[at] : nullptr;
}

void run(const PlanHeader& plan, const Bases& bases, Pool* pool, AfterStep after) {
  run_steps({begin(plan), end(plan), bases, after}, pool);
}

void run(const StepHeader& step, const Bases& bases, Pool* pool) {
  run_steps({&step, next(&step), bases, {}}, pool);
}

}  // namespace slipway::engine
