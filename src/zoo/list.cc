#include "zoo/list.h"

#include "base/file.h"
#include "formats/format.h"
#include "zoo/nets/nets.h"

// The bytes of zoo/signs.tflite, put into the binary by the assembler (cmake/slipway_embed.cmake).
extern "C" {
extern const std::byte slipway_embedded_signs[];
extern const std::byte slipway_embedded_signs_end[];
}

namespace slipway::zoo {
namespace {

constexpr NetKind kFbnet{.size = 224, .size_step = 1, .classes = 1000, .make = make_fbnetc_100};
constexpr NetKind kHgnet{
    .size = 256, .size_step = 1, .classes = 18, .has_arch = true, .make = make_hgnet};
constexpr NetKind kMobileNet{
    .size = 224, .size_step = 1, .classes = 1000, .make = make_mobilenet_v2};
constexpr NetKind kResNet{.size = 224, .size_step = 1, .classes = 1000, .make = make_resnet50};
constexpr NetKind kSsd{
    .size = 300, .size_step = 1, .classes = 3, .has_raw_heads = true, .make = make_ssd300};
constexpr NetKind kUnet{.size = 256, .size_step = 8, .classes = 18, .make = make_unet256};

}  // namespace

/// A new model is one line here, and one file in zoo/ or one in src/zoo/nets/.
std::span<const Model> models() {
  static const Model kModels[] = {
      {.name = "fbnetc_100",
       .summary = "FBNet-C: 1000 classes, for phones",
       .input = "f32[1,3,224,224]",
       .parameters = 5'550'016,
       .macs = 384'960'160,
       .kind = &kFbnet},
      {.name = "hgnet",
       .summary = "an hourglass that segments faces into 18 classes",
       .input = "f32[1,3,256,256]",
       .parameters = 545'065,
       .macs = 1'821'444'096,
       .kind = &kHgnet},
      {.name = "mobilenet_v2",
       .summary = "MobileNetV2 1.0: 1000 classes, depthwise convolutions",
       .input = "f32[1,3,224,224]",
       .parameters = 3'487'816,
       .macs = 300'774'272,
       .kind = &kMobileNet},
      {.name = "resnet50",
       .summary = "ResNet-50 v1.5: 1000 classes, dense convolutions",
       .input = "f32[1,3,224,224]",
       .parameters = 25'530'472,
       .macs = 4'089'184'256,
       .kind = &kResNet},
      {.name = "signs",
       .summary = "which of the traffic signs of 'zoo images signs' a picture shows",
       .input = "f32[1,64,64,3]",
       .parameters = 53'976,
       .macs = 3'494'400,
       .file = "signs.tflite",
       .bytes = {slipway_embedded_signs, slipway_embedded_signs_end}},
      {.name = "ssd300",
       .summary = "a detector: MobileNetV2 0.5, six maps, 3 classes",
       .input = "f32[1,3,300,300]",
       .parameters = 568'996,
       .macs = 162'572'336,
       .kind = &kSsd},
      {.name = "unet256",
       .summary = "a U-Net: 18 classes for every pixel",
       .input = "f32[1,3,256,256]",
       .parameters = 487'586,
       .macs = 2'689'597'440,
       .kind = &kUnet},
  };
  return kModels;
}

const Model* find_model(std::string_view name) {
  for (const auto& model : models()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

Result<Graph> make(const Model& model, const NetOptions& options) {
  if (!model.is_made())
    return fail(Code::invalid_input, "{} is a trained model, it is as it is", model.name);
  return model.kind->make(SLIPWAY_TRY(complete(options, *model.kind)));
}

Result<Graph> read(const Model& model) {
  if (model.is_made()) return make(model, {});
  MemoryFiles files;
  const std::string path(model.file);
  SLIPWAY_TRY(files.write(path, model.bytes));
  return read_model(files, path);
}

}  // namespace slipway::zoo
