#include "engine/plan.h"

#include <cstddef>

#include "engine/elementwise_steps.h"
#include "engine/lookup_steps.h"
#include "engine/move_steps.h"
#include "engine/picture_steps.h"
#include "engine/pool.h"
#include "engine/product_steps.h"
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

}  // namespace

const StepRow* row_of(StepKind kind) {
  static constexpr StepRow kRows[] = {
      row<ProductU8Step>("product_u8", offsetof(ProductU8Step, a), offsetof(ProductU8Step, panels),
                         offsetof(ProductU8Step, c), offsetof(ProductU8Step, residual)),
      row<ProductF32Step>("product_f32", offsetof(ProductF32Step, a),
                          offsetof(ProductF32Step, panels), offsetof(ProductF32Step, c),
                          offsetof(ProductF32Step, residual)),
      row<DepthwiseU8Step>("depthwise_u8", offsetof(DepthwiseU8Step, in),
                           offsetof(DepthwiseU8Step, out), offsetof(DepthwiseU8Step, outside_row),
                           offsetof(DepthwiseU8Step, panels)),
      row<DepthwiseF32Step>("depthwise_f32", offsetof(DepthwiseF32Step, in),
                            offsetof(DepthwiseF32Step, out), offsetof(DepthwiseF32Step, panels)),
      row<BorderStep>("border", offsetof(BorderStep, in), offsetof(BorderStep, out)),
      row<QuantizePictureStep>("quantize_picture", offsetof(QuantizePictureStep, in),
                               offsetof(QuantizePictureStep, out)),
      row<MeanU8Step>("mean_u8", offsetof(MeanU8Step, in), offsetof(MeanU8Step, out)),
      row<MoveStep>("move", offsetof(MoveStep, in), offsetof(MoveStep, out)),
      row<RunsStep>("runs", offsetof(RunsStep, table), offsetof(RunsStep, in),
                    offsetof(RunsStep, out)),
      row<LookupStep>("lookup", offsetof(LookupStep, table), offsetof(LookupStep, in),
                      offsetof(LookupStep, out)),
      row<Lookup2Step>("lookup2", offsetof(Lookup2Step, table), offsetof(Lookup2Step, a),
                       offsetof(Lookup2Step, b), offsetof(Lookup2Step, out)),
      row<UnaryF32Step>("unary_f32", offsetof(UnaryF32Step, in), offsetof(UnaryF32Step, out)),
      row<BinaryF32Step>("binary_f32", offsetof(BinaryF32Step, a), offsetof(BinaryF32Step, b),
                         offsetof(BinaryF32Step, out)),
      row<CompareF32Step>("compare_f32", offsetof(CompareF32Step, a), offsetof(CompareF32Step, b),
                          offsetof(CompareF32Step, out)),
      row<SelectStep>("select", offsetof(SelectStep, condition), offsetof(SelectStep, a),
                      offsetof(SelectStep, b), offsetof(SelectStep, out)),
      row<WinogradF32Step>("winograd_f32", offsetof(WinogradF32Step, in),
                           offsetof(WinogradF32Step, out), offsetof(WinogradF32Step, panels),
                           offsetof(WinogradF32Step, workspace),
                           offsetof(WinogradF32Step, residual)),
  };
  const auto at = static_cast<std::size_t>(kind);
  return at < sizeof(kRows) / sizeof(kRows[0]) ? &kRows[at] : nullptr;
}

void run(const StepHeader& step, const Bases& bases, Pool* pool) {
  const auto& row = *row_of(step.kind);
  const auto units = static_cast<int>(step.units);
  if (pool == nullptr || units == 1) return row.run(step, bases, 0, units);

  struct Shared {
    const StepRow& row;
    const StepHeader& step;
    const Bases& bases;
  } shared{row, step, bases};

  pool->run(
      units,
      [](void* context, int first, int last) {
        const auto& all = *static_cast<Shared*>(context);
        if (first < last) all.row.run(all.step, all.bases, first, last);
      },
      &shared);
}

void run(const PlanHeader& plan, const Bases& bases, Pool* pool) {
  if (pool != nullptr) pool->step_aside();
  for (const auto* step = begin(plan); step != end(plan); step = next(step))
    run(*step, bases, pool);
}

}  // namespace slipway::engine
