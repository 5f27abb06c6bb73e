#include "formats/tflite/metadata.h"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "metadata_generated.h"

namespace slipway::formats {
namespace {

constexpr std::string_view kBufferName = "TFLITE_METADATA";

/// The bytes of the model's metadata entry of that name; empty where there is none.
BytesView find_entry(const tflite::Model& model, std::string_view name) {
  if (model.metadata() == nullptr || model.buffers() == nullptr) return {};
  for (const auto* entry : *model.metadata()) {
    if (entry->name() == nullptr || entry->name()->string_view() != name) continue;
    if (entry->buffer() >= model.buffers()->size()) return {};
    const auto* data = model.buffers()->Get(entry->buffer())->data();
    return data == nullptr ? BytesView() : std::as_bytes(std::span{data->data(), data->size()});
  }
  return {};
}

/// The metadata's own flatbuffer, verified, or nullptr.
const tflite::ModelMetadata* find_metadata(const tflite::Model& model) {
  const auto bytes = octets(find_entry(model, kBufferName));
  if (bytes.empty()) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), 64, 100'000);
  if (!tflite::VerifyModelMetadataBuffer(verifier)) return nullptr;
  return tflite::GetModelMetadata(bytes.data());
}

/// One file out of the zip archive that stands behind the flatbuffer.
std::optional<std::string> unzip(BytesView file, std::string_view name) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), file.data(), file.size()) != ARCHIVE_OK)
    return std::nullopt;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr || name != path) continue;
    std::string text;
    char chunk[4096];
    while (text.size() <= ImportBudget::kMaxMetadataBytes) {
      const auto count = archive_read_data(zip.get(), chunk, sizeof chunk);
      if (count < 0) return std::nullopt;
      if (count == 0) return text;
      text.append(chunk, static_cast<std::size_t>(count));
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    while (line.ends_with('\r')) line.remove_suffix(1);
    out.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void read_normalization(const tflite::TensorMetadata& input, RecipeHints& hints) {
  if (input.process_units() == nullptr) return;
  for (const auto* unit : *input.process_units()) {
    const auto* options = unit->options_as_NormalizationOptions();
    if (options == nullptr || options->mean() == nullptr || options->std() == nullptr) continue;
    hints.mean.assign(options->mean()->begin(), options->mean()->end());
    hints.std.assign(options->std()->begin(), options->std()->end());
  }
}

/// Whether the output names a file of labels, which is then read if it can be.
bool read_labels(const tflite::TensorMetadata& output, BytesView file, RecipeHints& hints) {
  if (output.associated_files() == nullptr) return false;
  for (const auto* associated : *output.associated_files()) {
    const bool labels = associated->type() == tflite::AssociatedFileType_TENSOR_AXIS_LABELS ||
                        associated->type() == tflite::AssociatedFileType_TENSOR_VALUE_LABELS;
    if (!labels || associated->name() == nullptr) continue;
    const auto text = unzip(file, associated->name()->string_view());
    if (text) hints.labels = lines(*text);
    return true;
  }
  return false;
}

}  // namespace

Result<void> read_recipe(const tflite::Model& model, Graph& graph) {
  const auto text = as_text(find_entry(model, kRecipeKey));
  if (text.empty()) return {};
  return add_stated_recipe(graph, text);
}

RecipeHints read_metadata(const tflite::Model& model, BytesView file, Graph& graph) {
  RecipeHints hints;
  const auto* metadata = find_metadata(model);
  if (metadata == nullptr) return hints;
  const auto keep = [&](const char* key, const flatbuffers::String* text) {
    if (text != nullptr && text->size() > 0) graph.metadata[key] = text->str();
  };
  keep("name", metadata->name());
  keep("description", metadata->description());
  keep("version", metadata->version());
  keep("author", metadata->author());
  keep("license", metadata->license());
  if (metadata->subgraph_metadata() == nullptr || metadata->subgraph_metadata()->size() == 0)
    return hints;
  const auto* subgraph = metadata->subgraph_metadata()->Get(0);
  const auto* inputs = subgraph->input_tensor_metadata();
  const auto* outputs = subgraph->output_tensor_metadata();
  if (inputs != nullptr && inputs->size() > 0) read_normalization(*inputs->Get(0), hints);
  if (outputs != nullptr) {
    // The archive is searched once: a file with many outputs must not make it a habit.
    for (const auto* output : *outputs) {
      if (read_labels(*output, file, hints)) break;
    }
  }
  return hints;
}

}  // namespace slipway::formats
