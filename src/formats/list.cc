// The table of contents of formats/, and how a file finds its format.

#include "formats/format.h"
#include "formats/guess.h"
#include "formats/native/native.h"
#include "formats/onnx/onnx.h"
#include "formats/openvino/openvino.h"
#include "formats/tflite/tflite.h"
#include "ir/verify.h"

namespace slipway {

std::span<const Format> all_formats() {
  static const Format kFormats[] = {
      native_format,
      onnx_format,
      openvino_format,
      tflite_format,
  };
  return kFormats;
}

namespace {

/// What can be done about a file where nothing better is known.
std::string remedy_for(Code code) {
  if (code == Code::unsupported) return "docs/operators.md and docs/formats say what is read";
  if (code == Code::corrupt) return "fetch the file again, or make it again with what made it";
  return "export the model again with the tool that made it";
}

}  // namespace

Result<Graph> read_model(const Files& files, const std::string& path,
                         std::span<const std::string> external_folders) {
  const Bytes bytes = SLIPWAY_TRY(files.read(path));
  for (const auto& format : all_formats()) {
    if (!format.can_read(bytes)) continue;
    auto graph = format.read({files, path, bytes, external_folders});
    if (graph) {
      SLIPWAY_TRY(verify(*graph).during("checking {}", path));
      return graph;
    }
    if (graph.error().remedy.empty()) graph.error().remedy = remedy_for(graph.error().code);
    return std::move(graph).during("reading {} as {}", path, format.name);
  }
  const auto seen = guess_file(path, bytes);
  std::string remedy = seen.remedy;
  if (remedy.empty()) {
    for (const auto& format : all_formats()) {
      remedy += fmt::format(
          "{}{}", remedy.empty() ? "give a model in one of these formats: " : ", ", format.name);
    }
  }
  return fail(Code::unsupported, "{}", seen.what).with_remedy(std::move(remedy));
}

Result<std::vector<std::string>> write_model(Files& files, const Format& format, const Graph& graph,
                                             const std::string& path) {
  if (format.write_beside == nullptr) {
    SLIPWAY_TRY(files.write(path, SLIPWAY_TRY(format.write(graph))));
    return std::vector{path};
  }
  const auto beside = path + ".data";
  const auto name = beside.substr(beside.find_last_of('/') + 1);
  const auto bytes = SLIPWAY_TRY(format.write_beside(graph, name));
  if (!bytes.beside.empty()) SLIPWAY_TRY(files.write(beside, bytes.beside));
  SLIPWAY_TRY(files.write(path, bytes.file));
  return bytes.beside.empty() ? std::vector{path} : std::vector{beside, path};
}

}  // namespace slipway
