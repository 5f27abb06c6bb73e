// The table of contents of formats/, and how a file finds its format.

#include "formats/format.h"
#include "formats/tflite/tflite.h"
#include "ir/verify.h"

namespace slipway {
namespace {

/// A guess at what a file is that no format of ours can read, for the message.
std::string_view guess(BytesView bytes) {
  const auto text = as_text(bytes).substr(0, 512);
  if (text.empty()) return "it is empty";
  const auto starts = [&](std::string_view magic) { return text.starts_with(magic); };
  if (text.find("<html") != std::string_view::npos ||
      text.find("<!DOCTYPE html") != std::string_view::npos ||
      text.find("<!doctype html") != std::string_view::npos) {
    return "it is an HTML page, perhaps a download that failed";
  }
  if (starts("version https://git-lfs"))
    return "it is a Git LFS pointer; fetch the file itself with git lfs pull";
  if (starts("PK\x03\x04")) return "it is a zip archive";
  if (starts("\x89HDF")) return "it is an HDF5 file, perhaps a Keras model";
  if (starts("\xFF\xD8\xFF") || starts("\x89PNG")) return "it is a picture";
  return "its first bytes are none that we know";
}

}  // namespace

std::span<const Format> all_formats() {
  static const Format kFormats[] = {
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
  std::string names;
  for (const auto& format : all_formats())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  return fail(Code::unsupported, "{} is no model: {}", path, guess(bytes))
      .with_remedy(fmt::format("give a model in one of these formats: {}", names));
}

}  // namespace slipway
