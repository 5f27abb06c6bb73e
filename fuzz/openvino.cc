// OpenVINO models, XML and weights in one input: what is read keeps the graph's promises, prints as
// text that reads back, and, where it is small, runs or refuses.
//
// The XML ends at the first byte of 0; the weights follow, and repeat so that a short input can
// still fill a filter.

#include "formats/openvino/openvino.h"

#include <algorithm>

#include "graph_property.h"
#include "ir/verify.h"

namespace slipway {
namespace {

constexpr std::size_t kWeights = 1 << 14;

/// The rest of the input, again and again.
Bytes weights_of(BytesView rest) {
  Bytes weights;
  while (!rest.empty() && weights.size() < kWeights) {
    const auto count = std::min(rest.size(), kWeights - weights.size());
    weights.insert(weights.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return weights;
}

}  // namespace
}  // namespace slipway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto all = std::as_bytes(std::span{data, size});
  const auto end = std::min(as_text(all).find('\0'), all.size());
  const auto xml = all.first(end);
  if (!openvino_format.can_read(xml)) return 0;
  MemoryFiles files;
  SLIPWAY_CHECK(files.write("x.bin", weights_of(all.subspan(std::min(end + 1, all.size())))));
  const auto graph = openvino_format.read({files, "x.xml", xml});
  if (!graph || !verify(*graph)) return 0;
  check_graph(*graph);
  return 0;
}

#if defined(SLIPWAY_LIBFUZZER)
// Half of the time the bytes are changed blindly, as libFuzzer does; the other half one of the
// quoted or bracketed texts becomes another number or layer type.

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace slipway {
namespace {

/// The beginnings and ends of what stands between quotes, or between tags.
std::vector<std::pair<std::size_t, std::size_t>> texts_of(std::string_view xml) {
  std::vector<std::pair<std::size_t, std::size_t>> texts;
  for (std::size_t at = 0; at < xml.size(); ++at) {
    const char end = xml[at] == '"' ? '"' : xml[at] == '>' ? '<' : '\0';
    if (end == '\0') continue;
    const auto stop = xml.find(end, at + 1);
    if (stop == std::string_view::npos) break;
    if (stop > at + 1) texts.emplace_back(at + 1, stop);
    at = end == '"' ? stop : stop - 1;
  }
  return texts;
}

constexpr std::string_view kTexts[] = {"0",
                                       "1",
                                       "2",
                                       "3",
                                       "4",
                                       "5",
                                       "6",
                                       "7",
                                       "8",
                                       "16",
                                       "-1",
                                       "-2",
                                       "64",
                                       "255",
                                       "65536",
                                       "2147483647",
                                       "4294967296",
                                       "9223372036854775807",
                                       "1e30",
                                       "nan",
                                       "0.5",
                                       "1,1",
                                       "0,0",
                                       "2,2",
                                       "1,2,3,4",
                                       "0,2,3,1",
                                       "",
                                       "true",
                                       "same_upper",
                                       "valid",
                                       "ceil",
                                       "max",
                                       "min",
                                       "scales",
                                       "f16",
                                       "i64",
                                       "i32",
                                       "u8",
                                       "boolean",
                                       "blocks_first",
                                       "depth_first",
                                       "numpy",
                                       "explicit",
                                       "edge",
                                       "reflect",
                                       "opset1",
                                       "opset5",
                                       "opset8",
                                       "Add",
                                       "AvgPool",
                                       "BatchNormInference",
                                       "Broadcast",
                                       "Clamp",
                                       "Concat",
                                       "Const",
                                       "Convert",
                                       "Convolution",
                                       "ConvolutionBackpropData",
                                       "Crop",
                                       "Deconvolution",
                                       "DepthToSpace",
                                       "DetectionOutput",
                                       "Divide",
                                       "Eltwise",
                                       "Elu",
                                       "FakeQuantize",
                                       "Flatten",
                                       "FullyConnected",
                                       "GRN",
                                       "Gather",
                                       "GatherND",
                                       "GroupConvolution",
                                       "GroupConvolutionBackpropData",
                                       "Interp",
                                       "Interpolate",
                                       "LRN",
                                       "LogSoftmax",
                                       "MVN",
                                       "MatMul",
                                       "MaxPool",
                                       "Mish",
                                       "Mod",
                                       "Normalize",
                                       "NormalizeL2",
                                       "PReLU",
                                       "Pad",
                                       "Parameter",
                                       "Permute",
                                       "Pooling",
                                       "Power",
                                       "PriorBox",
                                       "PriorBoxClustered",
                                       "Range",
                                       "ReLU",
                                       "ReduceL2",
                                       "ReduceMean",
                                       "RegionYolo",
                                       "ReorgYolo",
                                       "Resample",
                                       "Reshape",
                                       "ScaleShift",
                                       "Select",
                                       "ShapeOf",
                                       "ShuffleChannels",
                                       "Slice",
                                       "SoftMax",
                                       "SpaceToDepth",
                                       "Split",
                                       "Squeeze",
                                       "StridedSlice",
                                       "Swish",
                                       "Tile",
                                       "TopK",
                                       "Transpose",
                                       "Unsqueeze",
                                       "VariadicSplit"};

}  // namespace
}  // namespace slipway

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace slipway;
  const auto all = as_text(std::as_bytes(std::span{data, size}));
  const auto xml = all.substr(0, std::min(all.find('\0'), all.size()));
  const auto texts = texts_of(xml);
  if (seed % 2 == 0 || texts.empty()) return LLVMFuzzerMutate(data, size, max_size);
  const std::uint64_t random = (std::uint64_t{seed} + 1) * 6364136223846793005U;
  const auto [begin, end] = texts[(random >> 33U) % texts.size()];
  const auto text = kTexts[(random >> 20U) % std::size(kTexts)];
  const auto changed =
      std::string(all.substr(0, begin)) + std::string(text) + std::string(all.substr(end));
  if (changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(changed.begin(), changed.end(), reinterpret_cast<char*>(data));
  return changed.size();
}
#endif
