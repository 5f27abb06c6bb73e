#include "zoo/list.h"

#include "base/file.h"
#include "formats/format.h"

// The bytes of zoo/signs.tflite, put into the binary by the assembler (cmake/slipway_embed.cmake).
extern "C" {
extern const std::byte slipway_embedded_signs[];
extern const std::byte slipway_embedded_signs_end[];
}

namespace slipway::zoo {

/// A new model is one line here and one file in zoo/.
std::span<const Model> models() {
  static const Model kModels[] = {
      {"signs",
       "signs.tflite",
       "which of the traffic signs of 'zoo images signs' a picture shows",
       {slipway_embedded_signs, slipway_embedded_signs_end}},
  };
  return kModels;
}

const Model* find_model(std::string_view name) {
  for (const auto& model : models()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

Result<Graph> read(const Model& model) {
  MemoryFiles files;
  const std::string path(model.file);
  SLIPWAY_TRY(files.write(path, model.bytes));
  return read_model(files, path);
}

}  // namespace slipway::zoo
