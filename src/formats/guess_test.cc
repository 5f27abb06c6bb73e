#include "formats/guess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway {
namespace {

using testing::HasSubstr;
using namespace std::string_view_literals;

/// A zip archive with empty files of these names: as much of it as tells what it is.
std::string zip(const std::vector<std::string>& names) {
  std::string files;
  std::string directory;
  for (const auto& name : names) {
    const auto size = std::string{static_cast<char>(name.size()), '\0'};
    files += "PK\x03\x04" + std::string(22, '\0') + size + std::string(2, '\0') + name;
    directory += "PK\x01\x02" + std::string(24, '\0') + size + std::string(16, '\0') + name;
  }
  return files + directory + "PK\x05\x06" + std::string(18, '\0');
}

struct Example {
  std::string path;
  std::string bytes;
  std::string what;
  std::string remedy;  // a part of it
};

/// The first bytes of one file of each kind, as the programs that write them do.
std::vector<Example> examples() {
  const auto block = "\x08\x00\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv;
  return {
      {"a.tflite", "", "it is empty", "fetch it again"},
      {"a.tflite", "<!DOCTYPE html><html>", "an HTML page", "fetch it again"},
      {"a.tflite", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs"},
      {"dir/net.pt", zip({"net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"}),
       "a TorchScript module", "torch.jit.load('dir/net.pt')"},
      {"net.pt2", zip({"net/archive_format", "net/models/model.json"}), "torch.export",
       "torch.export.load('net.pt2')"},
      {"net.pt", zip({"net/data.pkl", "net/data/0"}), "a PyTorch file",
       "torch.onnx.export(m, torch.zeros(1, 3, 224, 224), 'net.onnx')"},
      {"net.pth", std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv),
       "of the kind before 1.6", "torch.load('net.pth'"},
      {"net.pt", std::string("\x80\x02}q\x00X\x05\x00\x00\x00"sv), "pickled PyTorch", "torch.load"},
      {"net.joblib", std::string("\x80\x04\x95\x10\x00"sv), "a Python pickle", "export"},
      {"w.safetensors", std::string("\x08\x00\x00\x00\x00\x00\x00\x00{\"a\":{} }"sv),
       "a safetensors file", "torch.onnx.export"},
      {"net.h5", "\x89HDF\r\n\x1a\n", "an HDF5 file, perhaps a Keras model",
       "tf.keras.models.load_model('net.h5')"},
      {"net.keras", zip({"metadata.json", "config.json", "model.weights.h5"}), "a Keras model",
       "'net.tflite'"},
      {"saved_model.pb", std::string("\x08\x01\x12\x80\x10\x0a\x05"sv), "a TensorFlow SavedModel",
       "from_saved_model"},
      {"net.mlmodel", std::string("\x08\x04\x12\x30\x0a\x10"sv), "a CoreML model", "export"},
      {"frozen.pb", std::string("\x0a\x1c\x0a\x05image\x12\x0bPlaceholder"sv), "a TensorFlow graph",
       "tf2onnx.convert --graphdef frozen.pb"},
      {"net.ckpt.index", "anything\x57\xfb\x80\x8b\x24\x75\x47\xdb", "a TensorFlow checkpoint",
       "--checkpoint net.ckpt.meta"},
      {"checkpoint", "model_checkpoint_path: \"net\"\n", "the list of a TensorFlow checkpoint",
       "tf2onnx"},
      {"net.caffemodel", std::string("\x0a\x07LeNet-5\xA2\x06\x20\x0a\x04"sv), "a Caffe model",
       "mo --input_model net.caffemodel"},
      {"old.caffemodel", std::string("\x0a\x07LeNet-5\x12\x20\x22\x04"sv), "a Caffe model", "mo "},
      {"net.prototxt", "name: \"LeNet\"\nlayer {\n  name: \"data\"\n", "a Caffe network without",
       "mo --input_model net.caffemodel"},
      {"Net.mlpackage.zip", zip({"Manifest.json", "Data/com.apple.CoreML/model.mlmodel"}),
       "a CoreML package", "export"},
      {"net.param", "7767517\n75 83\nInput data 0 1 data\n", "an ncnn network", "export"},
      {"net.param.bin", std::string("\xdd\x85\x76\x00\x4b\x00"sv), "ncnn network in binary form",
       "export"},
      {"net.mnn", std::string("\x20\x00\x00\x00\x00\x00"sv), "named like an MNN model", "export"},
      {"inference.pdmodel", "\x0a\x30" + std::string(block) + "\x1a\x10", "a PaddlePaddle model",
       "ovc inference.pdmodel"},
      {"net-symbol.json", "{\n  \"nodes\": [],\n  \"arg_nodes\": [0]\n}", "an MXNet network",
       "mx.onnx"},
      {"net-0000.params", std::string("\x12\x01\x00\x00\x00\x00\x00\x00\x00"sv),
       "the weights of an MXNet model", "mx.onnx"},
      {"net.pte",
       std::string("\x30\x00\x00\x00"
                   "ET12\x00\x00"sv),
       "ExecuTorch", "made from"},
      {"net.engine", std::string("ptrt\x00\x00\x00\x00"sv), "a TensorRT engine", "made from"},
      {"net.blob", "<?xml version=\"1.0\"?><compiled_model name=\"\">", "compiled by OpenVINO",
       "made from"},
      {"net.gguf", std::string("GGUF\x03\x00\x00\x00"sv), "a GGUF file", "language models"},
      {"net.ort", std::string("\x18\x00\x00\x00ORTM\x00"sv), "ONNX Runtime model", ".onnx file"},
      {"net.onnxtxt", "<\n  ir_version: 8,\n  opset_import: [\"\" : 15]\n>\ngraph (", "as text",
       "onnx.load('net.onnxtxt'"},
      {"model.json", "{\"format\": \"layers-model\", \"modelTopology\": {}}", "TensorFlow.js",
       "tensorflowjs_converter"},
      {"net.json", "{\"class_name\": \"Functional\", \"config\": {}}", "a Keras network without",
       "load_model"},
      {"yolo.cfg", "# comment\n\n[net]\nbatch=1\n", "a Darknet network", "export"},
      {"yolo.weights", std::string("\x00\x00\x00\x00\x02\x00\x00\x00"sv),
       "named like the weights of", "export"},
      {"net.rknn", std::string("RKNN\x00\x00\x00\x00"sv), "RKNN", "made from"},
      {"graph.nnef", "version 1.0;\n\ngraph Net(in) -> (out)\n{", "an NNEF network", "export"},
      {"a.dat", std::string("\x4E\xEF\x01\x00"sv), "a tensor of an NNEF model", "export"},
      {"net.dlc", zip({"model", "dlc.metadata"}), "SNPE", "made from"},
      {"x.npy", "\x93NUMPY\x01", "a NumPy array", "--input x.npy"},
      {"x.npz", zip({"a.npy"}), "a NumPy archive", ""},
      {"cat.jpg", "\xFF\xD8\xFF\xE0", "a picture", "slipway classify MODEL cat.jpg"},
      {"cat.png", "\x89PNG\r\n", "a picture", ""},
      {"cat.webp", std::string("RIFF\x10\x00\x00\x00WEBP"sv), "a picture", ""},
      {"net.zip", zip({"net/labels.txt", "net/net.tflite"}), "a zip archive with a model in it",
       "unzip net.zip"},
      {"net.zip", zip({"labels.txt"}), "a zip archive", "unzip net.zip"},
      {"net.tflite.gz", "\x1f\x8b\x08", "packed with gzip", "gunzip net.tflite.gz"},
      {"net.xz",
       "\xFD"
       "7zXZ",
       "packed with xz", "unxz net.xz"},
      {"net.bz2", "BZh9", "packed with bzip2", "bunzip2"},
      {"net.zst", "\x28\xB5\x2F\xFD", "packed with zstd", "unzstd"},
      {"net.7z", "7z\xBC\xAF\x27\x1C", "7-Zip", "7z x"},
      {"net.rar", "Rar!\x1a\x07", "RAR", "unpack"},
      {"net.tar", std::string(257, 'a') + "ustar", "a tar archive", "tar xf net.tar"},
      {"net.so",
       "\x7f"
       "ELF\x02",
       "a program or a library", "made from"},
      {"net.bin", std::string("\x01\x02\x03\x04", 4), "named like weights without a network",
       "beside it"},
  };
}

TEST(Guess, EachKindIsToldByItsFirstBytes) {
  for (const auto& example : examples()) {
    SCOPED_TRACE(example.path);
    const auto guess = guess_file(example.path, as_bytes(example.bytes));
    EXPECT_THAT(guess.what, HasSubstr(example.what));
    EXPECT_THAT(guess.remedy, HasSubstr(example.remedy));
  }
}

TEST(Guess, ShortBeginningsOfEachKindAreSurvived) {
  for (const auto& example : examples()) {
    for (std::size_t size = 0; size < std::min<std::size_t>(example.bytes.size(), 80); ++size)
      EXPECT_FALSE(guess_file("x", as_bytes(example.bytes).first(size)).what.empty());
  }
}

TEST(Guess, WhatNobodyKnowsIsSaidToBeUnknown) {
  const auto guess = guess_file("x", as_bytes("hello"));
  EXPECT_THAT(guess.what, HasSubstr("no model format that is known here"));
  EXPECT_EQ(guess.remedy, "");
}

TEST(Guess, APathThatAShellWouldReadOtherwiseIsNotPutIntoALineToType) {
  const auto guess = guess_file("my net'; rm -r x.gz", as_bytes("\x1f\x8b\x08"));
  EXPECT_THAT(guess.remedy, HasSubstr("gunzip MODEL"));
}

TEST(Guess, OnnxIsToldFromWhatBeginsAlike) {
  EXPECT_TRUE(looks_like_onnx(as_bytes("\x08\x07\x12\x07pytorch")));
  EXPECT_TRUE(looks_like_onnx(as_bytes("\x08\x03:\x10\x0a")));
  EXPECT_FALSE(looks_like_onnx(as_bytes("\x08\x01\x12\x20\x0a\x05")));  // a SavedModel
  EXPECT_FALSE(looks_like_onnx(as_bytes("\x08\x04\x12\x20\x0a\x10")));  // CoreML
  EXPECT_FALSE(looks_like_onnx({}));
}

TEST(Guess, FoldersOfOtherProgramsAreNamed) {
  MemoryFiles files;
  ASSERT_TRUE(files.write("net/saved_model.pb", as_bytes("x")));
  ASSERT_TRUE(files.write("Net.mlpackage/Manifest.json", as_bytes("{}")));
  ASSERT_TRUE(files.write("other/readme", as_bytes("x")));
  const auto saved = guess_folder(files, "net/");
  ASSERT_TRUE(saved);
  EXPECT_THAT(saved->what, HasSubstr("SavedModel"));
  EXPECT_THAT(saved->remedy, HasSubstr("from_saved_model('net')"));
  ASSERT_TRUE(guess_folder(files, "Net.mlpackage"));
  EXPECT_THAT(guess_folder(files, "Net.mlpackage")->what, HasSubstr("CoreML"));
  EXPECT_FALSE(guess_folder(files, "other"));
}

}  // namespace
}  // namespace slipway
