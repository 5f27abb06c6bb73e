#include "engine/step_places.h"

#include <cstddef>

#include "engine/elementwise_steps.h"
#include "engine/lookup_steps.h"
#include "engine/move_steps.h"
#include "engine/picture_steps.h"
#include "engine/product_steps.h"

namespace slipway::engine {

StepPlaces places_of(StepKind kind) {
  switch (kind) {
    case StepKind::product_u8:
      return {4,
              {offsetof(ProductU8Step, a), offsetof(ProductU8Step, panels),
               offsetof(ProductU8Step, c), offsetof(ProductU8Step, residual)}};
    case StepKind::product_f32:
      return {4,
              {offsetof(ProductF32Step, a), offsetof(ProductF32Step, panels),
               offsetof(ProductF32Step, c), offsetof(ProductF32Step, residual)}};
    case StepKind::depthwise_u8:
      return {4,
              {offsetof(DepthwiseU8Step, in), offsetof(DepthwiseU8Step, out),
               offsetof(DepthwiseU8Step, outside_row), offsetof(DepthwiseU8Step, panels)}};
    case StepKind::depthwise_f32:
      return {3,
              {offsetof(DepthwiseF32Step, in), offsetof(DepthwiseF32Step, out),
               offsetof(DepthwiseF32Step, panels)}};
    case StepKind::border:
      return {2, {offsetof(BorderStep, in), offsetof(BorderStep, out)}};
    case StepKind::quantize_picture:
      return {2, {offsetof(QuantizePictureStep, in), offsetof(QuantizePictureStep, out)}};
    case StepKind::mean_u8:
      return {2, {offsetof(MeanU8Step, in), offsetof(MeanU8Step, out)}};
    case StepKind::move:
      return {2, {offsetof(MoveStep, in), offsetof(MoveStep, out)}};
    case StepKind::runs:
      return {3, {offsetof(RunsStep, table), offsetof(RunsStep, in), offsetof(RunsStep, out)}};
    case StepKind::lookup:
      return {3,
              {offsetof(LookupStep, table), offsetof(LookupStep, in), offsetof(LookupStep, out)}};
    case StepKind::lookup2:
      return {4,
              {offsetof(Lookup2Step, table), offsetof(Lookup2Step, a), offsetof(Lookup2Step, b),
               offsetof(Lookup2Step, out)}};
    case StepKind::unary_f32:
      return {2, {offsetof(UnaryF32Step, in), offsetof(UnaryF32Step, out)}};
    case StepKind::binary_f32:
      return {
          3,
          {offsetof(BinaryF32Step, a), offsetof(BinaryF32Step, b), offsetof(BinaryF32Step, out)}};
    case StepKind::compare_f32:
      return {3,
              {offsetof(CompareF32Step, a), offsetof(CompareF32Step, b),
               offsetof(CompareF32Step, out)}};
    case StepKind::select:
      return {4,
              {offsetof(SelectStep, condition), offsetof(SelectStep, a), offsetof(SelectStep, b),
               offsetof(SelectStep, out)}};
    default:
      return {};
  }
}

}  // namespace slipway::engine
