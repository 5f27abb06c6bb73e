#include "engine/plan.h"

#include "engine/detect_steps.h"
#include "engine/elementwise_steps.h"
#include "engine/head_steps.h"
#include "engine/lookup_steps.h"
#include "engine/move_steps.h"
#include "engine/picture_steps.h"
#include "engine/pool.h"
#include "engine/product_steps.h"
#include "engine/reduce_steps.h"

namespace slipway::engine {
namespace {

template <class Step>
void run_step(const StepHeader& step, const Bases& bases, int first, int last) {
  run(reinterpret_cast<const Step&>(step), bases, first, last);
}

template <class Step>
constexpr StepRow row(const char* name) {
  static_assert(sizeof(Step) % 8 == 0);
  return {name, sizeof(Step), run_step<Step>};
}

}  // namespace

const StepRow* row_of(StepKind kind) {
  static constexpr StepRow kRows[] = {
      row<ProductU8Step>("product_u8"),
      row<ProductF32Step>("product_f32"),
      row<DepthwiseU8Step>("depthwise_u8"),
      row<DepthwiseF32Step>("depthwise_f32"),
      row<BorderStep>("border"),
      row<QuantizePictureStep>("quantize_picture"),
      row<MeanU8Step>("mean_u8"),
      row<MoveStep>("move"),
      row<RunsStep>("runs"),
      row<LookupStep>("lookup"),
      row<Lookup2Step>("lookup2"),
      row<UnaryF32Step>("unary_f32"),
      row<BinaryF32Step>("binary_f32"),
      row<CompareF32Step>("compare_f32"),
      row<SelectStep>("select"),
      row<PoolStep>("pool"),
      row<ReduceStep>("reduce"),
      row<ArgStep>("arg"),
      row<SoftmaxF32Step>("softmax_f32"),
      row<SoftmaxBytesStep>("softmax_bytes"),
      row<ResizeStep>("resize"),
      row<ResampleStep>("resample"),
      row<QuantizeStep>("quantize"),
      row<DetectStep>("detect"),
      row<DetectionOutputStep>("detection_output"),
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
