#include "formats/guess.h"

#include <algorithm>

#include "formats/format.h"

namespace slipway {
namespace {

using namespace std::string_view_literals;

/// A file as its rows see it.
struct Seen {
  std::string_view head;            // its first bytes
  BytesView bytes;                  // all of them
  std::string extension;            // of its name
  std::vector<std::string> packed;  // names of what is inside, of a zip archive

  [[nodiscard]] bool starts(std::string_view magic) const { return head.starts_with(magic); }

  [[nodiscard]] bool has_at(std::size_t offset, std::string_view magic) const {
    return head.size() >= offset && head.substr(offset).starts_with(magic);
  }

  [[nodiscard]] bool holds(std::string_view part) const {
    return head.find(part) != std::string_view::npos;
  }

  /// Whether something of that name, or ending in it, is packed inside.
  [[nodiscard]] bool packs(std::string_view end) const {
    return std::ranges::any_of(packed, [&](const auto& name) { return name.ends_with(end); });
  }

  [[nodiscard]] bool packs_folder(std::string_view part) const {
    return std::ranges::any_of(
        packed, [&](const auto& name) { return name.find(part) != std::string::npos; });
  }
};

/// {0} in a remedy is the path, {1} the path without its extension.
struct Row {
  bool (*is)(const Seen& seen);
  std::string_view what;
  std::string_view remedy;
};

constexpr auto kAgain = "fetch it again, with the link of the file itself"sv;
constexpr auto kCompiled = "give the model that it was made from"sv;
constexpr auto kSource =
    "export the network as ONNX or TensorFlow Lite, with the program that it was trained in"sv;
constexpr auto kTorch =
    "python -c \"import torch; m = torch.load('{0}', weights_only=False).eval(); "
    "torch.onnx.export(m, torch.zeros(1, 3, 224, 224), '{1}.onnx')\"   (a whole module; weights "
    "alone must be put into their network first)"sv;
constexpr auto kTorchScript =
    "python -c \"import torch; m = torch.jit.load('{0}').eval(); "
    "torch.onnx.export(m, torch.zeros(1, 3, 224, 224), '{1}.onnx')\""sv;
constexpr auto kTorchExport =
    "python -c \"import torch; m = torch.export.load('{0}'); "
    "torch.onnx.export(m, (), '{1}.onnx')\""sv;
constexpr auto kKeras =
    "python -c \"import tensorflow as tf; m = tf.keras.models.load_model('{0}'); "
    "open('{1}.tflite', 'wb').write(tf.lite.TFLiteConverter.from_keras_model(m).convert())\""sv;
constexpr auto kSavedModel =
    "python -c \"import tensorflow as tf; open('{1}.tflite', 'wb').write("
    "tf.lite.TFLiteConverter.from_saved_model('{0}').convert())\""sv;
constexpr auto kGraphDef =
    "python -m tf2onnx.convert --graphdef {0} --inputs INPUT:0 --outputs OUTPUT:0 "
    "--output {1}.onnx"sv;
constexpr auto kCheckpoint =
    "python -m tf2onnx.convert --checkpoint {1}.meta --inputs INPUT:0 --outputs OUTPUT:0 "
    "--output {1}.onnx"sv;
constexpr auto kCaffe = "mo --input_model {1}.caffemodel   (OpenVINO up to 2022.3)"sv;
constexpr auto kMxnet =
    "python -c \"import mxnet as mx; mx.onnx.export_model('{1}-symbol.json', '{1}-0000.params', "
    "[(1, 3, 224, 224)], 'float32', '{1}.onnx')\""sv;
constexpr auto kTfjs =
    "tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras_saved_model "
    "{0} {1}"sv;
constexpr auto kOnnxText =
    "python -c \"import onnx; onnx.save(onnx.load('{0}', format='onnxtxt'), '{1}.onnx')\""sv;

bool is_text(std::string_view head) {
  return std::ranges::none_of(head, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
  });
}

/// A number as protobuf writes it, in at most five bytes; nothing where there is none.
std::optional<std::size_t> varint(std::string_view text, std::size_t& at) {
  std::size_t value = 0;
  for (unsigned shift = 0; shift < 35 && at < text.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(text[at++]);
    value |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// The first byte inside the message of field 2 in "\x08 VERSION \x12 SIZE ...": how ONNX,
/// SavedModel and CoreML all begin. -1 where the file does not begin so.
int first_of_second_field(const Seen& seen) {
  if (!seen.starts("\x08"sv)) return -1;
  std::size_t at = 1;
  if (!varint(seen.head, at) || at >= seen.head.size() || seen.head[at++] != '\x12') return -1;
  const auto size = varint(seen.head, at);
  if (!size || *size == 0 || at >= seen.head.size()) return -1;
  return static_cast<unsigned char>(seen.head[at]);
}

/// A list of nodes, each with a name and then an operator: "\x0a SIZE \x0a SIZE name \x12".
bool is_graph_def(const Seen& seen) {
  std::size_t at = 1;
  if (!seen.starts("\x0a"sv) || !varint(seen.head, at)) return false;
  if (at >= seen.head.size() || seen.head[at++] != '\x0a') return false;
  const auto size = varint(seen.head, at);
  if (!size || *size == 0 || *size >= seen.head.size() - std::min(at, seen.head.size()))
    return false;
  return is_text(seen.head.substr(at, *size)) && seen.head[at + *size] == '\x12';
}

/// A name and then a layer (field 100, or 2 in the first version) or an input (3).
bool is_caffe_model(const Seen& seen) {
  std::size_t at = 1;
  if (!seen.starts("\x0a"sv)) return false;
  const auto size = varint(seen.head, at);
  if (!size || *size == 0 || *size >= seen.head.size() - std::min(at, seen.head.size()))
    return false;
  const auto rest = seen.head.substr(at + *size);
  const bool layer =
      rest.starts_with("\xA2\x06"sv) || rest.starts_with("\x12"sv) || rest.starts_with("\x1A"sv);
  return is_text(seen.head.substr(at, *size)) && layer;
}

/// A program whose first block has number 0 and no parent, which is -1 in ten bytes.
bool is_paddle(const Seen& seen) {
  std::size_t at = 1;
  return seen.starts("\x0a"sv) && varint(seen.head, at) &&
         seen.has_at(at, "\x08\x00\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
}

/// The length of a JSON text in 8 bytes, then that text.
bool is_safetensors(const Seen& seen) {
  ByteReader reader(seen.bytes);
  const auto length = reader.number<std::uint64_t>();
  return length && *length <= reader.remaining() && seen.has_at(8, "{\""sv);
}

/// TensorFlow's tables end in a number of LevelDB's.
bool is_checkpoint(const Seen& seen) {
  return as_text(seen.bytes).ends_with("\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv);
}

bool is_archived_model(const Seen& seen) {
  return std::ranges::any_of(all_formats(), [&](const Format& format) {
    return seen.packs(fmt::format(".{}", format.extension));
  });
}

bool is_json(const Seen& seen) {
  const auto first = seen.head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && seen.head[first] == '{';
}

/// The first line that is neither empty nor a comment begins with `word`.
bool begins_with(const Seen& seen, std::string_view word) {
  std::string_view rest = seen.head;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#')
      return line.substr(first).starts_with(word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// The order matters: what is told by more comes first.
constexpr Row kRows[] = {
    {[](const Seen& s) { return s.bytes.empty(); }, "it is empty", kAgain},
    {[](const Seen& s) {
       return s.holds("<html") || s.holds("<!DOCTYPE html") || s.holds("<!doctype html");
     },
     "it is an HTML page, perhaps a download that failed", kAgain},
    {[](const Seen& s) { return s.starts("version https://git-lfs"); }, "it is a Git LFS pointer",
     "git lfs pull"},
    // Zip archives.
    {[](const Seen& s) { return s.packs("constants.pkl") && s.packs_folder("/code/"); },
     "it is a TorchScript module", kTorchScript},
    {[](const Seen& s) {
       return s.packs("serialized_exported_program.json") || s.packs("models/model.json");
     },
     "it is a program of torch.export", kTorchExport},
    {[](const Seen& s) { return s.packs("data.pkl"); }, "it is a PyTorch file", kTorch},
    {[](const Seen& s) { return s.packs("model.weights.h5") || s.packs("metadata.json"); },
     "it is a Keras model", kKeras},
    {[](const Seen& s) { return s.packs("dlc.metadata"); }, "it is a Qualcomm SNPE model",
     kCompiled},
    {[](const Seen& s) { return s.packs(".npy"); }, "it is a NumPy archive, not a model", ""},
    {[](const Seen& s) { return s.packs("saved_model.pb"); },
     "it is a TensorFlow SavedModel in a zip archive", "unzip {0}   (then give the folder)"},
    {[](const Seen& s) { return s.packs("Manifest.json") && s.packs(".mlmodel"); },
     "it is a CoreML package", kSource},
    {is_archived_model, "it is a zip archive with a model in it", "unzip {0}"},
    {[](const Seen& s) { return s.starts("PK\x03\x04"); }, "it is a zip archive",
     "unpack it first: unzip {0}"},
    // First bytes.
    {[](const Seen& s) {
       return s.starts("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50"sv);
     },
     "it is a PyTorch file of the kind before 1.6", kTorch},
    {[](const Seen& s) {
       return s.starts("\x80") && s.head.size() > 1 && s.head[1] >= 2 && s.head[1] <= 5 &&
              (s.holds("torch") || s.extension == "pt" || s.extension == "pth");
     },
     "it is a pickled PyTorch object", kTorch},
    {[](const Seen& s) {
       return s.starts("\x80") && s.head.size() > 1 && s.head[1] >= 2 && s.head[1] <= 5;
     },
     "it is a Python pickle (joblib, scikit-learn), which only running code can read", kSource},
    {is_safetensors, "it is a safetensors file: weights without a network",
     "load them into their network, then torch.onnx.export(network.eval(), "
     "torch.zeros(1, 3, 224, 224), '{1}.onnx')"},
    {[](const Seen& s) { return s.starts("\x89HDF\r\n\x1a\n"); },
     "it is an HDF5 file, perhaps a Keras model", kKeras},
    {[](const Seen& s) { return s.has_at(4, "ORTM"); }, "it is an ONNX Runtime model (.ort)",
     "give the .onnx file that it was made from"},
    {[](const Seen& s) { return s.has_at(4, "ET") && s.has_at(7, "") && s.head[6] == '1'; },
     "it is a PyTorch ExecuTorch program", kCompiled},
    {[](const Seen& s) { return s.starts("ptrt") || s.starts("ftrt"); }, "it is a TensorRT engine",
     kCompiled},
    {[](const Seen& s) { return s.holds("<compiled_blob") || s.holds("<compiled_model"); },
     "it is a network compiled by OpenVINO", kCompiled},
    {[](const Seen& s) { return s.starts("RKNN") || s.starts("CYPTRKNN"); },
     "it is a Rockchip RKNN model", kCompiled},
    {[](const Seen& s) { return s.starts("GGUF"); }, "it is a GGUF file, a language model",
     "language models are not among what is read here"},
    {[](const Seen& s) { return s.starts("\x93NUMPY"); }, "it is a NumPy array, not a model",
     "slipway run MODEL --input {0}"},
    {[](const Seen& s) { return s.starts("\x12\x01\x00\x00\x00\x00\x00\x00"sv); },
     "it is the weights of an MXNet model", kMxnet},
    {[](const Seen& s) { return s.starts("7767517\n") || s.starts("7767517\r\n"); },
     "it is an ncnn network", kSource},
    {[](const Seen& s) { return s.starts("\xdd\x85\x76\x00"sv); },
     "it is an ncnn network in binary form", kSource},
    {[](const Seen& s) { return s.starts("\x4E\xEF"); }, "it is a tensor of an NNEF model",
     kSource},
    {[](const Seen& s) {
       return s.starts(
           "\x7f"
           "ELF");
     },
     "it is a program or a library, perhaps a compiled model", kCompiled},
    {[](const Seen& s) { return s.starts("ML\xEFR"); }, "it is MLIR bytecode", kSource},
    {[](const Seen& s) {
       return s.starts("\xFF\xD8\xFF") || s.starts("\x89PNG") || s.starts("GIF8") ||
              (s.starts("BM") && s.extension == "bmp") || s.starts("II*\0"sv) ||
              (s.starts("RIFF") && s.has_at(8, "WEBP"));
     },
     "it is a picture, not a model", "slipway classify MODEL {0}"},
    {[](const Seen& s) { return s.starts("\x1f\x8b"); }, "it is packed with gzip",
     "unpack it first: gunzip {0}   (a .tar.gz: tar xf {0})"},
    {[](const Seen& s) {
       return s.starts(
           "\xFD"
           "7zXZ");
     },
     "it is packed with xz", "unpack it first: unxz {0}"},
    {[](const Seen& s) { return s.starts("BZh"); }, "it is packed with bzip2",
     "unpack it first: bunzip2 {0}"},
    {[](const Seen& s) { return s.starts("\x28\xB5\x2F\xFD"); }, "it is packed with zstd",
     "unpack it first: unzstd {0}"},
    {[](const Seen& s) { return s.starts("7z\xBC\xAF\x27\x1C"); }, "it is a 7-Zip archive",
     "unpack it first: 7z x {0}"},
    {[](const Seen& s) { return s.starts("Rar!\x1a"); }, "it is a RAR archive", "unpack it first"},
    {[](const Seen& s) { return s.has_at(257, "ustar"); }, "it is a tar archive",
     "unpack it first: tar xf {0}"},
    {is_checkpoint, "it is a TensorFlow checkpoint: weights without a network", kCheckpoint},
    // Protocol buffers have no first bytes of their own, only their first fields.
    {[](const Seen& s) { return s.starts("\x08\x01"sv) && first_of_second_field(s) == '\x0a'; },
     "it is a TensorFlow SavedModel",
     "give TensorFlow its folder: python -c \"import tensorflow as "
     "tf; open('{1}.tflite', 'wb').write(tf.lite.TFLiteConverter.from_saved_model('FOLDER')"
     ".convert())\""},
    {[](const Seen& s) { return first_of_second_field(s) == '\x0a'; }, "it is a CoreML model",
     kSource},
    {is_paddle, "it is a PaddlePaddle model", "ovc {0}   (gives an OpenVINO model)"},
    {is_graph_def, "it is a TensorFlow graph (GraphDef)", kGraphDef},
    {is_caffe_model, "it is a Caffe model", kCaffe},
    // Texts.
    {[](const Seen& s) { return is_json(s) && s.holds("\"arg_nodes\""); }, "it is an MXNet network",
     kMxnet},
    {[](const Seen& s) {
       return is_json(s) && (s.holds("\"modelTopology\"") || s.holds("\"weightsManifest\""));
     },
     "it is a TensorFlow.js model", kTfjs},
    {[](const Seen& s) { return is_json(s) && s.holds("\"class_name\"") && s.holds("\"config\""); },
     "it is a Keras network without its weights", kKeras},
    {[](const Seen& s) { return is_text(s.head) && s.holds("ir_version") && s.holds("graph"); },
     "it is an ONNX model as text", kOnnxText},
    {[](const Seen& s) { return is_text(s.head) && s.holds("ir_version:") && begins_with(s, "<"); },
     "it is an ONNX model as text", kOnnxText},
    {[](const Seen& s) { return is_text(s.head) && begins_with(s, "saved_model_schema_version"); },
     "it is a TensorFlow SavedModel as text", kSavedModel},
    {[](const Seen& s) { return is_text(s.head) && begins_with(s, "node {"); },
     "it is a TensorFlow graph as text", kGraphDef},
    {[](const Seen& s) { return is_text(s.head) && begins_with(s, "model_checkpoint_path"); },
     "it is the list of a TensorFlow checkpoint", kCheckpoint},
    {[](const Seen& s) {
       return is_text(s.head) && (s.holds("layer {") || s.holds("layers {") || s.holds("layer{") ||
                                  s.holds("layers{"));
     },
     "it is a Caffe network without its weights", kCaffe},
    {[](const Seen& s) { return begins_with(s, "[net]") || begins_with(s, "[network]"); },
     "it is a Darknet network", kSource},
    {[](const Seen& s) {
       return is_text(s.head) && begins_with(s, "version ") && s.holds("graph ") && s.holds("->");
     },
     "it is an NNEF network", kSource},
    // Nothing in the bytes tells these; their names do.
    {[](const Seen& s) { return s.extension == "mnn"; }, "it is named like an MNN model", kSource},
    {[](const Seen& s) { return s.extension == "weights"; },
     "it is named like the weights of a Darknet network", kSource},
    {[](const Seen& s) { return s.extension == "pdiparams"; },
     "it is named like the weights of a PaddlePaddle model", "ovc {1}.pdmodel"},
    {[](const Seen& s) { return s.extension == "blob"; }, "it is named like a compiled network",
     kCompiled},
    {[](const Seen& s) { return s.extension == "engine" || s.extension == "plan"; },
     "it is named like a TensorRT engine", kCompiled},
    {[](const Seen& s) { return s.extension == "bin"; },
     "it is named like weights without a network", "give the file of the network beside it"},
    {[](const Seen& s) { return s.extension == "data"; },
     "it is named like the weights of another file", "give the file of the network beside it"},
};

/// The names in the directory at the end of a zip archive.
std::vector<std::string> names_in_zip(BytesView bytes) {
  constexpr std::size_t kMostBytes = std::size_t{4} << 20U;
  constexpr std::size_t kMostNames = 10'000;
  constexpr std::size_t kHeader = 46;
  constexpr auto kMagic = "PK\x01\x02"sv;
  auto text = as_text(bytes);
  if (!text.starts_with("PK\x03\x04")) return {};
  text = text.substr(text.size() - std::min(text.size(), kMostBytes));
  std::vector<std::string> names;
  for (auto at = text.find(kMagic); at != std::string_view::npos && names.size() < kMostNames;
       at = text.find(kMagic, at + 1)) {
    const auto entry = text.substr(at);
    if (entry.size() < kHeader) break;
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(entry[28])) +
                        (static_cast<std::size_t>(static_cast<unsigned char>(entry[29])) << 8U);
    names.emplace_back(entry.substr(kHeader, length));
  }
  return names;
}

/// The path as it may stand in a line to type, or a word for it.
std::string typed(const std::string& path, std::string_view otherwise) {
  constexpr auto kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+:@%-"sv;
  const bool plain = path.find_first_not_of(kPlain) == std::string::npos;
  return plain && !path.empty() && path[0] != '-' ? path : std::string(otherwise);
}

std::string filled(std::string_view remedy, const std::string& path) {
  const auto ending = extension(path);
  const auto bare = ending.empty() ? path : path.substr(0, path.size() - ending.size() - 1);
  std::string out;
  for (std::size_t i = 0; i < remedy.size(); ++i) {
    if (remedy.substr(i).starts_with("{0}")) {
      out += typed(path, "MODEL");
      i += 2;
    } else if (remedy.substr(i).starts_with("{1}")) {
      out += typed(bare, "model");
      i += 2;
    } else {
      out += remedy[i];
    }
  }
  return out;
}

/// What lies in a folder that is a model.
struct FolderRow {
  std::string_view member;
  std::string_view what;
  std::string_view remedy;
};

constexpr FolderRow kFolders[] = {
    {"saved_model.pb", "the folder is a TensorFlow SavedModel", kSavedModel},
    {"Manifest.json", "the folder is a CoreML package", kSource},
    {"checkpoint", "the folder is a TensorFlow checkpoint", kCheckpoint},
    {"__model__", "the folder is a PaddlePaddle model",
     "paddle2onnx --model_dir {0} --save_file {1}.onnx"},
    {"model.safetensors", "the folder holds weights without a network", kSource},
    {"pytorch_model.bin", "the folder holds PyTorch weights without a network", kSource},
    {"model.json", "the folder is a TensorFlow.js model",
     "tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras_saved_model "
     "{0}/model.json {1}-keras"},
    {"graph.nnef", "the folder is an NNEF model", kSource},
};

}  // namespace

bool looks_like_onnx(BytesView bytes) {
  const Seen seen{
      .head = as_text(bytes).substr(0, 64), .bytes = bytes, .extension = {}, .packed = {}};
  constexpr auto kNextFields = "\x12\x1a\x22\x28\x32\x3a\x42\x72\xa2\xca"sv;
  if (seen.head.size() < 3 || seen.head[0] != '\x08' || seen.head[1] < 1 || seen.head[1] > 31)
    return false;
  return kNextFields.find(seen.head[2]) != std::string_view::npos &&
         first_of_second_field(seen) != '\x0a';
}

Guess guess_file(const std::string& path, BytesView bytes) {
  constexpr std::size_t kHead = 8192;
  const Seen seen{.head = as_text(bytes).substr(0, kHead),
                  .bytes = bytes,
                  .extension = extension(path),
                  .packed = names_in_zip(bytes)};
  for (const auto& row : kRows) {
    if (row.is(seen)) return {std::string(row.what), filled(row.remedy, path)};
  }
  return {"its first bytes are those of no model format that is known here", {}};
}

std::optional<Guess> guess_folder(const Files& files, const std::string& folder) {
  for (const auto& row : kFolders) {
    if (files.kind(join(folder, row.member)) != Files::Kind::file) continue;
    auto path = folder;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return Guess{std::string(row.what), filled(row.remedy, path)};
  }
  return std::nullopt;
}

}  // namespace slipway
