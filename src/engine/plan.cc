#include "engine/plan.h"

#include <cstring>

#include "engine/steps.h"

namespace slipway::engine {

void run(const PlanHeader& plan, const Bases& bases) {
  const auto* at = reinterpret_cast<const std::byte*>(&plan + 1);
  const std::byte* const end = at + plan.step_bytes;
  while (at != end) {
    const auto* header = reinterpret_cast<const StepHeader*>(at);
    switch (header->kind) {
      case StepKind::gemm_u8:
        run(*reinterpret_cast<const GemmU8Step*>(at), bases);
        break;
      case StepKind::conv_u8:
        run(*reinterpret_cast<const ConvU8Step*>(at), bases);
        break;
      case StepKind::depthwise_u8:
        run(*reinterpret_cast<const DepthwiseU8Step*>(at), bases);
        break;
      case StepKind::quantize_picture:
        run(*reinterpret_cast<const QuantizePictureStep*>(at), bases);
        break;
      case StepKind::mean_u8:
        run(*reinterpret_cast<const MeanU8Step*>(at), bases);
        break;
    }
    at += header->bytes;
  }
}

}  // namespace slipway::engine
