#pragma once
// What a file is that no format of ours can read, and what to type to get one that can be read.

#include <optional>
#include <string>

#include "base/file.h"

namespace slipway {

struct Guess {
  std::string what;    // "it is a TorchScript module"
  std::string remedy;  // a line to type, or a sentence; empty where nothing is known to help
};

/// From the bytes where they tell, else from the name. `path` also fills in the line to type.
[[nodiscard]] Guess guess_file(const std::string& path, BytesView bytes);

/// A folder that is one model of other people: a SavedModel, a CoreML package.
[[nodiscard]] std::optional<Guess> guess_folder(const Files& files, const std::string& folder);

/// Whether the bytes are those of an ONNX model: its first two fields, the number of the IR version
/// and the name of the producer or another one. TensorFlow's SavedModel and CoreML begin alike.
[[nodiscard]] bool looks_like_onnx(BytesView bytes);

}  // namespace slipway
