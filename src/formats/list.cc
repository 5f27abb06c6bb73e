// The table of contents of formats/, and how a file finds its format.

#include "formats/format.h"
#include "formats/onnx/onnx.h"
#include "formats/openvino/openvino.h"
#include "formats/tflite/tflite.h"
#include "ir/verify.h"

namespace slipway {
namespace {

/// What a file is that no format of ours can read, and what to do about it.
struct Guess {
  std::string_view what;
  std::string_view remedy = {};
};

Guess guess(BytesView bytes) {
  const auto text = as_text(bytes).substr(0, 4096);
  const auto starts = [&](std::string_view magic) { return text.starts_with(magic); };
  const auto holds = [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  constexpr std::string_view kAgain = "fetch it again, with the link of the file itself";
  constexpr std::string_view kExport =
      "export the network as ONNX (.onnx) or TensorFlow Lite (.tflite)";
  if (text.empty()) return {"it is empty", kAgain};
  if (holds("<html") || holds("<!DOCTYPE html") || holds("<!doctype html")) {
    return {"it is an HTML page, perhaps a download that failed", kAgain};
  }
  if (starts("version https://git-lfs")) return {"it is a Git LFS pointer", "git lfs pull"};
  if (starts("\x89HDF")) return {"it is an HDF5 file, perhaps a Keras model", kExport};
  if (starts("PK\x03\x04")) return {"it is a zip archive, perhaps a PyTorch model", kExport};
  if (starts("\x1f\x8b")) return {"it is packed with gzip", "unpack it first: gunzip"};
  if (starts("\xFF\xD8\xFF") || starts("\x89PNG")) return {"it is a picture, not a model"};
  return {"its first bytes are those of no model format that is known here"};
}

}  // namespace

std::span<const Format> all_formats() {
  static const Format kFormats[] = {
      onnx_format,
      openvino_format,
      tflite_format,
  };
  return kFormats;
}

Result<Graph> read_model(const Files& files, const std::string& path) {
  const Bytes bytes = SLIPWAY_TRY(files.read(path));
  for (const auto& format : all_formats()) {
    if (!format.can_read(bytes)) continue;
    auto graph = SLIPWAY_TRY(
        format.read({files, path, bytes}).during("reading {} as {}", path, format.name));
    SLIPWAY_TRY(verify(graph).during("checking {}", path));
    return graph;
  }
  const auto seen = guess(bytes);
  std::string remedy(seen.remedy);
  if (remedy.empty()) {
    for (const auto& format : all_formats()) {
      remedy += fmt::format(
          "{}{}", remedy.empty() ? "give a model in one of these formats: " : ", ", format.name);
    }
  }
  return fail(Code::unsupported, "{}", seen.what).with_remedy(std::move(remedy));
}

}  // namespace slipway
