// Files that are broken, wrong or hostile: each gives one clear error, in little time and memory.

#include "bad_input.h"

#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/format.h"
#include "tflite_file.h"

namespace slipway {
namespace {

Outcome read_bytes(const Bytes& bytes) {
  MemoryFiles files;
  SLIPWAY_CHECK(files.write("model.tflite", bytes));
  return measured([&] { return read_model(files, "model.tflite"); });
}

// ---- Models to be broken ------------------------------------------------------------------------

FileOperator add(std::int32_t a, std::int32_t b, std::int32_t y) {
  return {.op = tflite::BuiltinOperator_ADD,
          .inputs = {a, b},
          .outputs = {y},
          .options_type = tflite::BuiltinOptions_AddOptions,
          .options = [](auto& b2) { return tflite::CreateAddOptions(b2).Union(); }};
}

/// y = x + x + ... , `count` times, on two floats.
FileModel chain(int count, bool same_names = false) {
  FileModel model;
  model.tensors.push_back({.shape = {2}, .name = "x"});
  for (int i = 0; i < count; ++i) {
    model.tensors.push_back({.shape = {2}, .name = same_names ? "t" : fmt::format("t{}", i)});
    model.operators.push_back(add(i, 0, i + 1));
  }
  model.inputs = {0};
  model.outputs = {count};
  return model;
}

/// A convolution of 1 x 4 x 4 x 1 by a filter of one element.
FileModel conv(std::int32_t stride) {
  const float one = 1;
  const auto bytes = std::as_bytes(std::span(&one, 1));
  FileModel model;
  model.tensors = {{.shape = {1, 4, 4, 1}, .name = "x"},
                   {.shape = {1, 1, 1, 1}, .buffer = 1, .name = "w"},
                   {.shape = {1, 4, 4, 1}, .name = "y"}};
  model.buffers.emplace_back(bytes.begin(), bytes.end());
  model.operators = {
      {.op = tflite::BuiltinOperator_CONV_2D,
       .inputs = {0, 1},
       .outputs = {2},
       .options_type = tflite::BuiltinOptions_Conv2DOptions,
       .options = [stride](auto& b) {
         return tflite::CreateConv2DOptions(b, tflite::Padding_SAME, stride, stride).Union();
       }}};
  model.inputs = {0};
  model.outputs = {2};
  return model;
}

FileModel changed(FileModel model, const std::function<void(FileModel&)>& change) {
  change(model);
  return model;
}

FileModel quantized(std::vector<float> scale, std::vector<std::int64_t> zero_point) {
  return changed(chain(1), [&](FileModel& m) {
    for (auto& t : m.tensors) {
      t.type = tflite::TensorType_UINT8;
      t.scale = {0.5F};
      t.zero_point = {128};
    }
    m.tensors[0].scale = std::move(scale);
    m.tensors[0].zero_point = std::move(zero_point);
  });
}

struct BadModel {
  const char* name;
  FileModel model;
  Code code;
  const char* words;
};

std::vector<BadModel> bad_models() {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto with = [](const std::function<void(FileModel&)>& change) {
    return changed(chain(3), change);
  };
  return {
      {"no operators, no output", {}, Code::invalid_input, "no output"},
      {"a cycle", with([](auto& m) {
         m.operators[0].inputs = {2, 0};
       }),
       Code::invalid_input, "before it is computed"},
      {"an operator that reads itself", with([](auto& m) {
         m.operators[1].inputs = {2, 0};
       }),
       Code::invalid_input, "before it is computed"},
      {"computed twice", with([](auto& m) { m.operators[1].outputs = {1}; }), Code::invalid_input,
       "computed twice"},
      {"a stride of 0", conv(0), Code::invalid_input, "stride is 0"},
      {"a negative stride", conv(-1), Code::invalid_input, "stride is -1"},
      {"a negative dimension", with([](auto& m) { m.tensors[0].shape = {-2}; }),
       Code::invalid_input, "negative"},
      {"2^62 elements", with([](auto& m) {
         m.tensors[0].shape = {1 << 30, 1 << 30, 4};
       }),
       Code::invalid_input, "over 2^40 elements"},
      {"20 dimensions",
       with([](auto& m) { m.tensors[0].shape = std::vector<std::int32_t>(20, 1); }),
       Code::invalid_input, "20 dimensions"},
      {"a constant of 2^40 elements in 4 bytes",
       changed(conv(1),
               [](auto& m) {
                 m.tensors[1].shape = {1 << 20, 1, 1, 1 << 20};
               }),
       Code::invalid_input, ""},
      {"an operator that nobody knows",
       with([](auto& m) { m.operators[0].op = static_cast<tflite::BuiltinOperator>(9999); }),
       Code::unsupported, "operator 9999"},
      {"a custom operator that nobody knows", with([](auto& m) {
         m.operators[0].op = tflite::BuiltinOperator_CUSTOM;
         m.operators[0].custom_code = "Frobnicate";
       }),
       Code::unsupported, "Frobnicate"},
      {"a custom operator with a misspelt name", with([](auto& m) {
         m.operators[0].op = tflite::BuiltinOperator_CUSTOM;
         m.operators[0].custom_code = "TFLite_DetectionPostProcess";
       }),
       Code::unsupported, "the nearest is 'TFLite_Detection_PostProcess'"},
      {"a tensor index past the end", with([](auto& m) { m.operators[0].outputs = {999}; }),
       Code::corrupt, "999"},
      {"an input index past the end", with([](auto& m) { m.inputs = {999}; }), Code::corrupt,
       "999"},
      {"a negative tensor index", with([](auto& m) { m.operators[0].outputs = {-7}; }),
       Code::corrupt, "-7"},
      {"an output that nobody computes", with([](auto& m) { m.outputs = {999}; }),
       Code::invalid_input, "never computed"},
      {"a buffer index past the end", with([](auto& m) { m.tensors[1].buffer = 77; }),
       Code::corrupt, "there is no buffer 77"},
      {"an absent input that is needed", with([](auto& m) {
         m.operators[0].inputs = {0, -1};
       }),
       Code::invalid_input, ""},
      {"an operator without inputs", with([](auto& m) { m.operators[0].inputs = {}; }),
       Code::invalid_input, ""},
      {"three outputs", with([](auto& m) {
         m.operators[0].outputs = {1, 1, 1};
       }),
       Code::invalid_input, "outputs"},
      {"a scale of not-a-number", quantized({kNan}, {0}), Code::invalid_input, "scale of nan"},
      {"a scale of infinity", quantized({kInfinity}, {0}), Code::invalid_input, "scale of inf"},
      {"a scale of 0", quantized({0}, {0}), Code::invalid_input, "scale of 0"},
      {"a negative scale", quantized({-1}, {0}), Code::invalid_input, "scale of -1"},
      {"a scale too many", quantized({1, 1, 1}, {0, 0, 0}), Code::invalid_input, "3 scales"},
      {"a zero point of 2^40", quantized({1}, {std::int64_t{1} << 40U}), Code::invalid_input,
       "zero point"},
      {"texts as elements", with([](auto& m) { m.tensors[0].type = tflite::TensorType_STRING; }),
       Code::unsupported, "STRING"},
      {"elements of an unknown type",
       with([](auto& m) { m.tensors[0].type = static_cast<tflite::TensorType>(99); }),
       Code::unsupported, "unknown"},
      {"a bias of another length",
       changed(conv(1),
               [](auto& m) {
                 m.tensors.push_back({.shape = {7}, .buffer = 2, .name = "b"});
                 m.buffers.emplace_back(28);
                 m.operators[0].inputs.push_back(3);
               }),
       Code::invalid_input, ""},
  };
}

class BadModels : public testing::TestWithParam<BadModel> {};

TEST_P(BadModels, GiveOneClearError) {
  const auto bytes = to_bytes(GetParam().model);
  keep_model(std::string("bad_") + GetParam().name, bytes);
  expect_refused(read_bytes(bytes), GetParam().code, GetParam().words);
}

std::string name_of_case(const testing::TestParamInfo<BadModel>& info) {
  std::string out;
  for (const char c : std::string(info.param.name)) out += std::isalnum(c) != 0 ? c : '_';
  return out;
}

INSTANTIATE_TEST_SUITE_P(, BadModels, testing::ValuesIn(bad_models()), name_of_case);

// ---- Files that are no models -----------------------------------------------------------------

TEST(BadFiles, TheIdentifierAloneIsNoModel) {
  expect_refused(read_bytes(bytes_of(std::string("\0\0\0\x08TFL3", 8))), Code::corrupt,
                 "damaged or cut short");
}

// What the program says to files that are none of ours, whatever their names promise.

class BadFilesByName : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::string path() const { return folder_ / name(); }

  [[nodiscard]] static std::string name() { return fmt::format("model.{}", GetParam()); }

  [[nodiscard]] Outcome inspect(std::string_view bytes) const {
    return run_slipway({"inspect", folder_.write(name(), as_bytes(bytes))});
  }

  TemporaryFolder folder_;
};

TEST_P(BadFilesByName, TextsPagesAndNothing) {
  expect_refused(inspect(""), Code::unsupported, "it is empty");
  expect_refused(inspect("<!DOCTYPE html><html><title>404</title></html>"), Code::unsupported,
                 "HTML page");
  expect_refused(inspect("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
                 Code::unsupported, "Git LFS");
  expect_refused(inspect("Dear reader,\n\nthis is no model.\n"), Code::unsupported,
                 "no model format that is known here");
  expect_refused(inspect(std::string(100'000, '\0')), Code::unsupported, "");
}

TEST_P(BadFilesByName, FoldersLinksPipesAndDevices) {
  std::filesystem::create_directory(path());
  expect_refused(run_slipway({"inspect", path()}), Code::not_found, "there is no model in the");
  std::filesystem::remove(path());
  expect_refused(run_slipway({"inspect", path()}), Code::not_found, "there is no file");
  const auto linked = [&](const char* target) {
    std::filesystem::remove(path());
    std::filesystem::create_symlink(target, path());
    return run_slipway({"inspect", path()});
  };
  expect_refused(linked("nowhere"), Code::not_found, "a link to nowhere, which is not there");
  expect_refused(linked(name().c_str()), Code::invalid_input, "a link that leads in a circle");
  expect_refused(linked("/dev/zero"), Code::invalid_input, "it is a device, not a file");
  expect_refused(linked("/dev/full"), Code::invalid_input, "it is a device, not a file");
  std::filesystem::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  expect_refused(run_slipway({"inspect", path()}), Code::invalid_input,
                 "a pipe to which nobody writes");
}

TEST_P(BadFilesByName, WithoutPermission) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto secret = folder_.write(name(), to_bytes(chain(1)));
  std::filesystem::permissions(secret, std::filesystem::perms{0});
  const auto outcome = measured([&]() -> Result<Graph> {
    // Root may read everything: the child becomes nobody.
    if (geteuid() == 0 && setuid(65534) != 0) return fail(Code::internal, "setuid");
    return read_model(files, secret);
  });
  expect_refused(outcome, Code::invalid_input, secret);
}

INSTANTIATE_TEST_SUITE_P(, BadFilesByName, testing::Values("onnx", "slipway", "tflite", "xml"),
                         [](const auto& test) { return std::string(test.param); });

/// A model as converters write it, cut short at 50 places.
TEST(BadFiles, CutShortIsAlwaysAnErrorNeverACrash) {
  auto whole = to_bytes(chain(40));
  ASSERT_TRUE(read_bytes(whole).ok);
  for (std::size_t i = 0; i < 50; ++i) {
    const auto cut = whole.size() * i / 50;
    SCOPED_TRACE(cut);
    const Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    expect_refused(read_bytes(bytes), cut < 8 ? Code::unsupported : Code::corrupt, "");
  }
}

TEST(BadFiles, ARealModelCutShortIsAlwaysAnError) {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  const auto path = fmt::format("{}/models/tflite/kws_int8.tflite", given ? given : "../shared");
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto whole = files.read(path);
  if (!whole) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  for (std::size_t i = 0; i < 50; ++i) {
    const auto cut = whole->size() * i / 50;
    SCOPED_TRACE(cut);
    const Bytes bytes(whole->begin(), whole->begin() + static_cast<std::ptrdiff_t>(cut));
    expect_refused(read_bytes(bytes), cut < 8 ? Code::unsupported : Code::corrupt, "");
  }
}

// ---- Large, and right -----------------------------------------------------------------------

TEST(LargeFiles, AChainOf100000NodesIsRead) {
  const auto outcome = read_bytes(to_bytes(chain(100'000)));
  expect_cheap(outcome);
  EXPECT_TRUE(outcome.ok) << outcome.message;
}

/// `count` tensors of one buffer: a file may name the same bytes as often as it likes.
FileModel many_of_one_buffer(int count) {
  auto model = chain(1);
  model.buffers.emplace_back(std::size_t{1} << 20U);
  for (int i = 0; i < count; ++i)
    model.tensors.push_back({.shape = {1 << 18}, .buffer = 1, .name = "w"});
  return model;
}

TEST(LargeFiles, TensorsOfOneBufferShareIt) {
  const auto outcome = read_bytes(to_bytes(many_of_one_buffer(10'000)));  // 10 GB if they did not
  expect_cheap(outcome);
  EXPECT_TRUE(outcome.ok) << outcome.message;
}

TEST(LargeFiles, FiltersThatAreCopiedTooOftenAreRefused) {
  auto model = conv(1);
  model.tensors[1].shape = {1 << 18, 1, 1, 1};
  model.buffers[1].resize(std::size_t{1} << 20U);
  const auto first = model.operators[0];
  for (int i = 0; i < 1000; ++i) {
    auto op = first;
    op.outputs = {static_cast<std::int32_t>(model.tensors.size())};
    model.tensors.push_back({.shape = {1, 4, 4, 1 << 18}, .name = "y"});
    model.operators.push_back(op);
  }
  expect_refused(read_bytes(to_bytes(model)), Code::unsupported, "more memory than it has bytes");
}

TEST(LargeFiles, SmallConstantsThatGrowAreRefused) {
  auto model = chain(1);
  model.buffers.emplace_back(512);  // 128 floats, added as a row and as a column
  model.tensors.push_back({.shape = {128, 1}, .buffer = 1, .name = "row"});
  model.tensors.push_back({.shape = {1, 128}, .buffer = 1, .name = "column"});
  for (int i = 0; i < 20'000; ++i) {
    const auto y = static_cast<std::int32_t>(model.tensors.size());
    model.operators.push_back(add(2, 3, y));
    model.tensors.push_back({.shape = {128, 128}, .name = "y"});
  }
  expect_refused(read_bytes(to_bytes(model)), Code::unsupported, "more memory than it has bytes");
}

TEST(LargeFiles, NamesThatAreAllTheSameCostNoMore) {
  const auto outcome = read_bytes(to_bytes(chain(100'000, true)));
  expect_cheap(outcome);
  EXPECT_TRUE(outcome.ok) << outcome.message;
}

}  // namespace
}  // namespace slipway
