// Slipway's own model files: what is written reads back the same, and damage is told by name.

#include "formats/native/native.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bad_input.h"
#include "base/sha256.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/list.h"

namespace slipway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<Graph> read_back(BytesView bytes) {
  const MemoryFiles files;
  return native_format.read({files, "net.slipway", bytes});
}

/// Written, read, compared, and written again.
void expect_round_trip(const Graph& graph) {
  const auto bytes = native_format.write(graph);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_TRUE(native_format.can_read(*bytes));
  const auto again = read_back(*bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(verify(*again));
  EXPECT_TRUE(*again == graph) << to_text(*again).substr(0, 2000);
  const auto twice = native_format.write(*again);
  ASSERT_TRUE(twice);
  EXPECT_TRUE(*twice == *bytes) << "other bytes the second time";
}

Graph small_graph() {
  const auto graph = parse_graph(
      "graph \"two \\\"layers\\\"\"\n"
      "meta licence \"Apache-2.0\\nsecond line\"\n"
      "recipe {\"mean\":[128],\"std\":[0.1],\"labels\":[\"a\",\"b\\nc\"]}\n"
      "picture: u8[1,4,4,3] q(0.0078125, 128) = Input\n"
      "\"the filter\": u8[3,3,3,2] q(0.5, 130) = Constant\n"
      "bias: i32[2] = Constant [10,-10]\n"
      "conv: u8[1,2,2,2] q(0.25, 120) = Conv(picture, \"the filter\", bias) {stride=[2,2], "
      "padding=same_upper}\n"
      "big: f32[1,2,2,2,5] = Constant\n"
      "return conv, big\n",
      all_ops());
  SLIPWAY_CHECK(graph);
  return *graph;
}

/// The bytes of small_graph() as a file, and where its constants begin.
struct SmallFile {
  Bytes bytes;
  std::size_t filter = 0;
  std::size_t big = 0;
};

SmallFile small_file() {
  SmallFile file{.bytes = *native_format.write(small_graph())};
  file.big = file.bytes.size() - 160;
  file.filter = file.big - 64;
  return file;
}

std::string error_of(BytesView bytes) {
  const auto graph = read_back(bytes);
  EXPECT_FALSE(graph);
  if (graph) return {};
  EXPECT_TRUE(graph.error().code == Code::corrupt || graph.error().code == Code::unsupported)
      << name_of(graph.error().code);
  return graph.error().message;
}

TEST(Native, ASmallGraphReadsBackTheSame) { expect_round_trip(small_graph()); }

TEST(Native, TheHeadOfTheFileIsForPeople) {
  const auto text = std::string(as_text(small_file().bytes));
  EXPECT_THAT(text, StartsWith("slipway model 1\ntext "));
  EXPECT_THAT(text, HasSubstr("\nconstant 0 54 "));
  EXPECT_THAT(text, HasSubstr("\nconstant 1 160 "));
  EXPECT_THAT(text, HasSubstr("\n\ngraph \"two \\\"layers\\\"\"\n"));
  EXPECT_THAT(text, HasSubstr("= Constant @1\n"));
}

TEST(Native, NotANumberKeepsItsBits) {
  TensorBuilder builder({.dtype = DType::f32, .shape = {4}});
  const std::uint32_t bits[] = {0x7FC00001, 0xFFC12345, 0x7F800000, 0x80000000};
  std::memcpy(builder.bytes().data(), bits, sizeof bits);
  Graph graph;
  const auto x = graph.add_input("x", {.dtype = DType::f32, .shape = {4}});
  graph.set_outputs({x, graph.add_constant("strange", std::move(builder).build())});
  expect_round_trip(graph);
}

TEST(Native, EveryTypeOfElementReadsBack) {
  Graph graph;
  std::vector<ValueId> outputs = {graph.add_input("x", {.dtype = DType::f32, .shape = {1}})};
  for (const auto dtype :
       {DType::f32, DType::f16, DType::bf16, DType::f64, DType::i8, DType::u8, DType::i16,
        DType::u16, DType::i32, DType::u32, DType::i64, DType::u64, DType::boolean}) {
    for (const std::int64_t count : {0, 1, 16, 17, 100}) {
      TensorBuilder builder({.dtype = dtype, .shape = {count}});
      std::uint8_t next = 1;
      for (auto& byte : builder.bytes())
        byte = std::byte{next = static_cast<std::uint8_t>(next * 7)};
      outputs.push_back(graph.add_constant(fmt::format("{}_{}", name_of(dtype), count),
                                           std::move(builder).build()));
    }
  }
  graph.set_outputs(outputs);
  expect_round_trip(graph);
}

TEST(Native, ADamagedConstantIsNamed) {
  auto file = small_file();
  file.bytes[file.big + 77] ^= std::byte{1};
  EXPECT_EQ(error_of(file.bytes),
            "constant @1, big: f32[1,2,2,2,5] is damaged: its bytes do not have the checksum in "
            "the header");
  file = small_file();
  file.bytes[file.filter] ^= std::byte{0x80};
  EXPECT_THAT(error_of(file.bytes), StartsWith("constant @0, \"the filter\": u8[3,3,3,2]"));
}

TEST(Native, EveryDamagedByteIsFound) {
  const auto file = small_file();
  for (std::size_t i = 0; i < file.bytes.size(); ++i) {
    auto damaged = file.bytes;
    damaged[i] ^= std::byte{4};
    if (!native_format.can_read(damaged)) continue;
    EXPECT_FALSE(read_back(damaged)) << "byte " << i;
  }
}

TEST(Native, EveryCutIsFound) {
  const auto file = small_file();
  for (std::size_t size = 14; size < file.bytes.size(); ++size) {
    EXPECT_FALSE(read_back(BytesView(file.bytes).first(size))) << size;
  }
  EXPECT_EQ(error_of(BytesView(file.bytes).first(file.big + 10)),
            "the file ends within constant @1, big: f32[1,2,2,2,5]: 10 of 160 bytes are there");
}

TEST(Native, BytesBehindTheEndAreRefused) {
  auto file = small_file();
  file.bytes.push_back(std::byte{0});
  EXPECT_EQ(error_of(file.bytes), "1 bytes follow behind the last constant");
}

TEST(Native, AnotherVersionIsRefusedByItsNumber) {
  const auto graph = read_back(bytes_of("slipway model 2\n"));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, Code::unsupported);
  EXPECT_THAT(graph.error().message, HasSubstr("version 2 of the format"));
}

TEST(Native, NonsenseInTheHeaderIsToldAsItStands) {
  EXPECT_THAT(error_of(bytes_of("slipway model 1\n")), HasSubstr("header does not end"));
  EXPECT_THAT(error_of(bytes_of("slipway model one\n")), HasSubstr("'slipway model one'"));
  EXPECT_THAT(error_of(bytes_of("slipway model 1\ntext 5 abc\n\n")), HasSubstr("text 5 abc"));
  const auto digits = sha256({});
  EXPECT_THAT(error_of(bytes_of("slipway model 1\ntext 99999999999999999999 " + digits + "\n\n")),
              HasSubstr("where 'text SIZE SHA256' belongs"));
  EXPECT_THAT(error_of(bytes_of("slipway model 1\ntext 18446744073709551615 " + digits + "\n\n")),
              HasSubstr("the file ends within the text"));
  EXPECT_THAT(
      error_of(bytes_of("slipway model 1\ntext 0 " + digits + "\nconstant 1 0 " + digits + "\n\n")),
      HasSubstr("where 'constant 0 SIZE SHA256' belongs"));
}

// ---- What the program says ----------------------------------------------------------------------

/// What `slipway inspect` makes of these bytes, or "(read)".
std::string refusal(BytesView bytes) {
  const TemporaryFolder folder;
  return words_of(run_slipway({"inspect", "--summary", folder.write("net.slipway", bytes)}));
}

/// A file of this text and of constants of these sizes, all of it right.
std::string file_of(const std::string& text, const std::vector<std::size_t>& constants = {}) {
  auto out = fmt::format("slipway model 1\ntext {} {}\n", text.size(), sha256(as_bytes(text)));
  for (std::size_t i = 0; i < constants.size(); ++i)
    out += fmt::format("constant {} {} {}\n", i, constants[i], sha256(Bytes(constants[i])));
  out += "\n" + text;
  for (const auto size : constants) out.append((64 - out.size() % 64) % 64 + size, '\0');
  return out;
}

std::string refusal(const std::string& file) { return refusal(as_bytes(file)); }

TEST(BadNative, DamageIsOneClearError) {
  auto file = small_file();
  EXPECT_EQ(refusal(file.bytes), "(read)");
  EXPECT_THAT(refusal(BytesView(file.bytes).first(file.big + 10)),
              HasSubstr("the file ends within constant @1, big"));
  file.bytes[file.big] ^= std::byte{1};
  EXPECT_THAT(refusal(file.bytes), HasSubstr("constant @1, big: f32[1,2,2,2,5] is damaged"));
  const auto whole = file_of("graph \"a\"\nx: f32[1] = Input\nreturn x\n");
  EXPECT_EQ(refusal(whole), "(read)");
  for (std::size_t size = 14; size < whole.size(); size += 11)
    EXPECT_NE(refusal(whole.substr(0, size)), "(read)") << size;
}

TEST(BadNative, SizesThatCannotBe) {
  const auto text = std::string("graph \"a\"\nx: f32[1] = Input\nreturn x\n");
  const auto sum = sha256(as_bytes(text));
  for (const char* const size : {"18446744073709551615", "9223372036854775807", "4000000000000"}) {
    EXPECT_THAT(refusal(fmt::format("slipway model 1\ntext {} {}\n\n{}", size, sum, text)),
                HasSubstr("the file ends within the text"));
    EXPECT_THAT(refusal(fmt::format("slipway model 1\ntext {} {}\nconstant 0 {} {}\n\n{}",
                                    text.size(), sum, size, sum, text)),
                HasSubstr("the file ends"));
  }
  EXPECT_THAT(refusal(fmt::format("slipway model 1\ntext -1 {}\n\n{}", sum, text)),
              HasSubstr("where 'text SIZE SHA256' belongs"));
}

TEST(BadNative, GraphsThatContradictThemselves) {
  const auto said = [](const std::string& lines, const std::vector<std::size_t>& constants = {}) {
    return refusal(file_of("graph \"a\"\nx: f32[1,4] = Input\n" + lines, constants));
  };
  EXPECT_EQ(said("y: f32[1,4] = Relu(x)\nreturn y\n"), "(read)");
  EXPECT_THAT(said("y: f32[1,4] = Relu(z)\nz: f32[1,4] = Relu(y)\nreturn y\n"), HasSubstr("'z'"));
  EXPECT_THAT(said("x: f32[1,4] = Relu(x)\nreturn x\n"), HasSubstr("'x'"));
  EXPECT_THAT(said("y: f32[1,4] = Relux(x)\nreturn y\n"), HasSubstr("Relux"));
  EXPECT_THAT(said("y: f32[1,5] = Relu(x)\nreturn y\n"), HasSubstr("[1,5]"));
  EXPECT_THAT(said("return nothing\n"), HasSubstr("nothing"));
  EXPECT_THAT(said("w: f32[5] = Constant @0\nreturn w\n", {16}), HasSubstr("w"));
  EXPECT_THAT(said("w: f32[4] = Constant @7\nreturn w\n", {16}), HasSubstr("@7"));
  EXPECT_THAT(said("w: f32[1073741824,1073741824,1073741824] = Constant @0\nreturn w\n", {16}),
              HasSubstr("elements"));
  EXPECT_NE(said("w: f32[-4] = Constant @0\nreturn w\n", {16}), "(read)");
}

TEST(LargeNative, ManyNodesAndConstantsAreRead) {
  std::string chain = "graph \"a\"\nv0: f32[1,4] = Input\n";
  for (int i = 0; i < 100'000; ++i) chain += fmt::format("v{}: f32[1,4] = Relu(v{})\n", i + 1, i);
  EXPECT_EQ(refusal(file_of(chain + "return v100000\n")), "(read)");

  constexpr std::size_t kCount = 20'000;
  std::string many = "graph \"a\"\nv0: f32[17] = Input\n";
  for (std::size_t i = 0; i < kCount; ++i) {
    many += fmt::format("w{}: f32[17] = Constant @{}\nv{}: f32[17] = Add(v{}, w{})\n", i, i, i + 1,
                        i, i);
  }
  EXPECT_EQ(refusal(file_of(many + fmt::format("return v{}\n", kCount),
                            std::vector<std::size_t>(kCount, 68))),
            "(read)");
}

TEST(LargeNative, ATextOfOneLineOrOfBracketsIsRefused) {
  const std::string open(4'000'000, '(');
  EXPECT_NE(refusal(file_of("graph \"a\"\ny: f32[1] = Relu" + open + "\nreturn y\n")), "(read)");
  const std::string nested(4'000'000, '[');
  EXPECT_NE(refusal(file_of("graph \"a\"\ny: f32[1] = Pad(y) {a=" + nested + "}\nreturn y\n")),
            "(read)");
  EXPECT_NE(refusal(file_of("graph \"a\"\nrecipe " + nested + "\nreturn y\n")), "(read)");
}

/// The folder with real models, or "" where there is none.
std::string test_data() {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  return given == nullptr ? "../shared" : given;
}

/// All files below `folder` that are models.
void collect(const Files& files, const std::string& folder, std::vector<std::string>& paths) {
  const auto names = files.list(folder);
  if (!names) return;
  for (const auto& name : *names) {
    const auto path = join(folder, name);
    if (files.kind(path) == Files::Kind::folder) collect(files, path, paths);
    for (const auto& format : all_formats()) {
      if (extension(name) == format.extension) paths.push_back(path);
    }
  }
}

TEST(Native, TheModelOfTheZooReadsBackTheSame) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto graph = read_model(files, "zoo/signs.tflite");
  ASSERT_TRUE(graph) << graph.error().message;
  expect_round_trip(*graph);
}

TEST(Native, RealModelsReadBackTheSame) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  std::vector<std::string> paths;
  collect(files, test_data() + "/models", paths);
  if (paths.empty()) GTEST_SKIP() << "no models: set SLIPWAY_TESTDATA";
  std::size_t read = 0;
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    const auto graph = read_model(files, path);
    if (!graph) continue;  // what an importer refuses is another test's matter
    expect_round_trip(*graph);
    ++read;
  }
  EXPECT_GE(read, 10U);
}

}  // namespace
}  // namespace slipway
