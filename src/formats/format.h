#pragma once
// The seam between files and graphs: one row per format that models come in.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "ir/graph.h"

namespace slipway {

/// A model file that is being read. Formats in several files find the others beside `path`.
struct ModelFile {
  const Files& files;
  std::string path;
  BytesView bytes;
  std::span<const std::string> external_folders = {};  // beside its own, where weights may lie
};

/// A model as bytes. What one file cannot hold lies in a second one beside it; else that is empty.
struct ModelBytes {
  Bytes file;
  Bytes beside;
};

/// One format of model files.
struct Format {
  std::string_view name;       // for messages: "TensorFlow Lite"
  std::string_view extension;  // without dot

  /// Whether these bytes look like this format; decided from the bytes alone.
  bool (*can_read)(BytesView bytes);

  /// Errors  corrupt: the bytes break the format's rules; unsupported: an operator or type that we
  ///         do not have, by name; invalid_input: a model that contradicts itself
  Result<Graph> (*read)(const ModelFile& file);

  /// The bytes of a file of this format, or nullptr where we only read it.
  ///
  /// Errors  unsupported: an op that the format cannot say, by name
  Result<Bytes> (*write)(const Graph& graph) = nullptr;

  /// The same for models that are too large for one file, or nullptr where none are: weights lie in
  /// a second file of the name `beside`, in the same folder.
  Result<ModelBytes> (*write_beside)(const Graph& graph, const std::string& beside) = nullptr;
};

[[nodiscard]] std::span<const Format> all_formats();

/// Reads a model of any format, recognised by its bytes, and verifies it. A model without a recipe
/// gets the default one for its kind. Its weights lie in its folder or in one of
/// `external_folders`.
///
/// Errors  not_found, invalid_input: the file cannot be read; unsupported: no format we read, with
///         what it seems to be; and those of Format::read
Result<Graph> read_model(const Files& files, const std::string& path,
                         std::span<const std::string> external_folders = {});

/// Writes a model, and where one file holds too little, its weights into `path`.data. Returns what
/// was written, the model last: it never speaks of weights that are not there.
///
/// Errors  those of Format::write and Files::write
Result<std::vector<std::string>> write_model(Files& files, const Format& format, const Graph& graph,
                                             const std::string& path);

}  // namespace slipway
