#include "engine/step_places.h"

#include "engine/picture_steps.h"
#include "engine/product_steps.h"

namespace slipway::engine {

StepPlaces places_of(StepKind kind) {
  switch (kind) {
    case StepKind::product_u8:
      return {4,
              {offsetof(ProductU8Step, a), offsetof(ProductU8Step, panels),
               offsetof(ProductU8Step, c), offsetof(ProductU8Step, residual)}};
    case StepKind::depthwise_u8:
      return {4,
              {offsetof(DepthwiseU8Step, in), offsetof(DepthwiseU8Step, out),
               offsetof(DepthwiseU8Step, outside_row), offsetof(DepthwiseU8Step, panels)}};
    case StepKind::border:
      return {2, {offsetof(BorderStep, in), offsetof(BorderStep, out)}};
    case StepKind::quantize_picture:
      return {2, {offsetof(QuantizePictureStep, in), offsetof(QuantizePictureStep, out)}};
    case StepKind::mean_u8:
      return {2, {offsetof(MeanU8Step, in), offsetof(MeanU8Step, out)}};
    default:
      return {};
  }
}

}  // namespace slipway::engine
