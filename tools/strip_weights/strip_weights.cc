// strip_weights MODEL.tflite OUT.tflite: the same network without its large constants and its
// names, for seeds of the fuzz targets. What is taken out becomes an input of the graph, so that
// every operator still finds what it reads.

#include <cstdio>
#include <string>

#include "base/file.h"
#include "schema_generated.h"

using namespace slipway;

namespace {

constexpr std::size_t kKeptBytes = 256;

void strip(tflite::ModelT& model) {
  for (auto& graph : model.subgraphs) {
    for (std::size_t i = 0; i < graph->tensors.size(); ++i) {
      auto& tensor = *graph->tensors[i];
      tensor.name = "t" + std::to_string(i);
      if (tensor.quantization) {
        tensor.quantization->min.clear();
        tensor.quantization->max.clear();
      }
      if (tensor.buffer >= model.buffers.size()) continue;
      if (model.buffers[tensor.buffer]->data.size() <= kKeptBytes) continue;
      tensor.buffer = 0;
      graph->inputs.push_back(static_cast<std::int32_t>(i));
    }
  }
  for (auto& buffer : model.buffers) {
    if (buffer->data.size() > kKeptBytes) buffer->data.clear();
  }
  model.metadata.clear();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "strip_weights MODEL.tflite OUT.tflite\n");
    return 2;
  }
  slipway::SystemEntropy entropy;
  slipway::SystemFiles files(entropy);
  const auto bytes = files.read(argv[1]);
  if (!bytes) {
    std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
    return 1;
  }
  const auto data = slipway::octets(*bytes);
  flatbuffers::Verifier verifier(data.data(), data.size(), 64, 16'000'000);
  if (!tflite::VerifyModelBuffer(verifier)) {
    std::fprintf(stderr, "%s is no TensorFlow Lite model\n", argv[1]);
    return 1;
  }
  const auto model = tflite::UnPackModel(data.data());
  strip(*model);
  flatbuffers::FlatBufferBuilder builder;
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, model.get()));
  const auto out = std::as_bytes(std::span{builder.GetBufferPointer(), builder.GetSize()});
  const auto written = files.write(argv[2], out);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 1;
}
