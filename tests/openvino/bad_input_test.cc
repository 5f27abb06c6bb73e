// OpenVINO models that are broken, wrong or hostile: each gives one clear error, in little time and
// memory.

#include "bad_input.h"

#include <filesystem>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/format.h"

namespace slipway {
namespace {

std::string port(int id, const std::vector<std::int64_t>& dims) {
  std::string text = fmt::format("<port id=\"{}\">", id);
  for (const auto dim : dims) text += fmt::format("<dim>{}</dim>", dim);
  return text + "</port>";
}

std::string layer(int id, const std::string& name, const std::string& type,
                  const std::string& inside) {
  return fmt::format(R"(<layer id="{}" name="{}" type="{}" version="opset1">{}</layer>)", id, name,
                     type, inside);
}

std::string edge(int from, int from_port, int to, int to_port) {
  return fmt::format(R"(<edge from-layer="{}" from-port="{}" to-layer="{}" to-port="{}"/>)", from,
                     from_port, to, to_port);
}

std::string net(const std::string& layers, const std::string& edges) {
  return fmt::format(
      R"(<?xml version="1.0"?><net name="n" version="11"><layers>{}</layers><edges>{}</edges></net>)",
      layers, edges);
}

std::string input(int id, const std::vector<std::int64_t>& dims) {
  return layer(id, "x", "Parameter",
               fmt::format(R"(<data shape="{}" element_type="f32"/><output>{}</output>)",
                           fmt::join(dims, ","), port(0, dims)));
}

std::string constant(int id, const std::vector<std::int64_t>& dims, std::int64_t offset,
                     std::int64_t size) {
  return layer(id, "w", "Const",
               fmt::format(R"(<data shape="{}" element_type="f32" offset="{}" size="{}"/>)"
                           R"(<output>{}</output>)",
                           fmt::join(dims, ","), offset, size, port(0, dims)));
}

std::string result(int id, const std::vector<std::int64_t>& dims) {
  return layer(id, "y", "Result", "<input>" + port(0, dims) + "</input>");
}

std::string relu(int id) {
  return layer(id, "r", "ReLU",
               "<input>" + port(0, {1, 4}) + "</input><output>" + port(1, {1, 4}) + "</output>");
}

/// A convolution of an input by a constant filter, with the window as given.
std::string convolution(const std::string& window) {
  return net(input(0, {1, 2, 4, 4}) + constant(1, {2, 2, 1, 1}, 0, 16) +
                 layer(2, "c", "Convolution",
                       window + "<input>" + port(0, {1, 2, 4, 4}) + port(1, {2, 2, 1, 1}) +
                           "</input><output>" + port(2, {1, 2, 4, 4}) + "</output>") +
                 result(3, {1, 2, 4, 4}),
             edge(0, 0, 2, 0) + edge(1, 0, 2, 1) + edge(2, 2, 3, 0));
}

constexpr const char* kWindow =
    R"(<data strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0" auto_pad="explicit"/>)";

Result<Graph> read(const std::string& xml, std::optional<std::size_t> weights = 64) {
  MemoryFiles files;
  SLIPWAY_CHECK(files.write("m.xml", as_bytes(xml)));
  if (weights) SLIPWAY_CHECK(files.write("m.bin", Bytes(*weights)));
  return read_model(files, "m.xml");
}

/// The message and where it happened, or "(read)".
std::string refusal(const std::string& xml, std::optional<std::size_t> weights = 64) {
  return words_of(measured([&] { return read(xml, weights); }));
}

using testing::HasSubstr;

TEST(BadOpenVino, AWholeModelIsRead) { EXPECT_EQ(refusal(convolution(kWindow)), "(read)"); }

TEST(BadOpenVino, NoModelAtAll) {
  EXPECT_THAT(refusal(""), HasSubstr("it is empty"));
  EXPECT_THAT(refusal("<net name=\"n\" version=\"11\">"), HasSubstr("breaks off or is damaged"));
  EXPECT_THAT(refusal("<net name=\"n\" version=\"11\"/>"), HasSubstr("no layers"));
  EXPECT_THAT(refusal("<net name=\"n\"></net>"), HasSubstr("no 'version'"));
  for (const int version : {0, 2, 4, 6, 9, 12, -11}) {
    const auto net = fmt::format("<net name=\"n\" version=\"{}\"></net>", version);
    EXPECT_THAT(refusal(net), HasSubstr("3, 10 and 11 are read"));
  }
  EXPECT_THAT(refusal("<!DOCTYPE html><html><body>404: not found</body></html>"),
              HasSubstr("it is an HTML page"));
  EXPECT_THAT(refusal("<?xml version=\"1.0\"?><project><net/></project>"), HasSubstr("no <net>"));
}

TEST(BadOpenVino, CutShortAnywhere) {
  const auto whole = convolution(kWindow);
  for (std::size_t size = 30; size < whole.size(); size += 97) {
    const auto graph = read(whole.substr(0, size));
    EXPECT_FALSE(graph) << size;
  }
}

TEST(BadOpenVino, WeightsThatAreMissingOrShort) {
  EXPECT_THAT(refusal(convolution(kWindow), std::nullopt), HasSubstr("m.bin is missing"));
  EXPECT_THAT(refusal(convolution(kWindow), 15),
              HasSubstr("m.bin has 15 bytes; 16 are wanted from 0 on"));
  const auto far = net(constant(0, {4}, INT64_MAX - 1, 16) + result(1, {4}), edge(0, 0, 1, 0));
  EXPECT_THAT(refusal(far), HasSubstr("m.bin has 64 bytes"));
  const auto other = net(constant(0, {4}, 0, 12) + result(1, {4}), edge(0, 0, 1, 0));
  EXPECT_THAT(refusal(other), HasSubstr("12 bytes of weights for f32[4]"));
}

TEST(BadOpenVino, ShapesThatOverflow) {
  const std::int64_t large = std::int64_t{1} << 32U;
  const auto product =
      net(constant(0, {large, large}, 0, 0) + result(1, {large, large}), edge(0, 0, 1, 0));
  EXPECT_THAT(refusal(product), HasSubstr("elements"));
  const auto negative = net(constant(0, {-4}, 0, 16) + result(1, {-4}), edge(0, 0, 1, 0));
  EXPECT_THAT(refusal(negative), HasSubstr("negative"));
}

TEST(BadOpenVino, GraphsThatAreNone) {
  const auto twice = net(input(0, {1, 4}) + input(0, {1, 4}), "");
  EXPECT_THAT(refusal(twice), HasSubstr("two layers have the id 0"));
  const auto cycle =
      net(relu(0) + relu(1) + result(2, {1, 4}), edge(0, 1, 1, 0) + edge(1, 1, 0, 0));
  EXPECT_THAT(refusal(cycle), HasSubstr("a cycle: the layer 'r' (ReLU) depends on itself"));
  const auto loose = net(input(0, {1, 4}) + relu(1) + result(2, {1, 4}), edge(1, 1, 2, 0));
  EXPECT_THAT(refusal(loose), HasSubstr("no edge leads to input 0 / layer 'r' (ReLU)"));
  const auto nowhere = net(input(0, {1, 4}), edge(0, 0, 7, 0));
  EXPECT_THAT(refusal(nowhere), HasSubstr("no such input"));
  const auto crowded = net(input(0, {1, 4}) + relu(1) + result(2, {1, 4}),
                           edge(0, 0, 1, 0) + edge(0, 0, 1, 0) + edge(1, 1, 2, 0));
  EXPECT_THAT(refusal(crowded), HasSubstr("two edges lead to port 0"));
}

// Names are for people: edges go by id.
TEST(BadOpenVino, NamesMayComeTwice) {
  const auto twins = net(input(0, {1, 4}) + relu(1) + relu(2) + result(3, {1, 4}),
                         edge(0, 0, 1, 0) + edge(1, 1, 2, 0) + edge(2, 1, 3, 0));
  EXPECT_EQ(refusal(twins), "(read)");
}

TEST(BadOpenVino, WeightsThatCannotBeRead) {
  MemoryFiles files;
  ASSERT_TRUE(files.write("m.xml", as_bytes(convolution(kWindow))));
  ASSERT_TRUE(files.write("m.bin/part", Bytes(64)));
  const auto graph = read_model(files, "m.xml");
  ASSERT_FALSE(graph);
  EXPECT_THAT(graph.error().message, HasSubstr("m.bin"));
}

TEST(BadOpenVino, AFolderNamedLikeAModel) {
  SystemEntropy entropy;
  SystemFiles files(entropy);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("slipway-{:x}.xml", entropy.next());
  std::filesystem::create_directories(folder);
  const auto graph = read_model(files, folder.string());
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(graph);
  EXPECT_NE(graph.error().code, Code::internal);
  EXPECT_THAT(graph.error().message, HasSubstr("slipway-"));
}

TEST(BadOpenVino, WindowsThatMeanNothing) {
  EXPECT_THAT(refusal(convolution(R"(<data strides="0,1"/>)")), HasSubstr("stride is 0"));
  EXPECT_THAT(refusal(convolution(R"(<data strides="1,x"/>)")),
              HasSubstr("'x' is no whole number"));
  EXPECT_THAT(refusal(convolution(R"(<data pads_begin="-1,0"/>)")), HasSubstr("pad_begin is -1"));
  const auto grouped = net(input(0, {1, 2, 4, 4}) + constant(1, {0, 2, 1, 1, 1}, 0, 0) +
                               layer(2, "c", "GroupConvolution",
                                     std::string(kWindow) + "<input>" + port(0, {1, 2, 4, 4}) +
                                         port(1, {0, 2, 1, 1, 1}) + "</input><output>" +
                                         port(2, {1, 2, 4, 4}) + "</output>") +
                               result(3, {1, 2, 4, 4}),
                           edge(0, 0, 2, 0) + edge(1, 0, 2, 1) + edge(2, 2, 3, 0));
  EXPECT_THAT(refusal(grouped), HasSubstr("layer 'c' (GroupConvolution)"));
}

TEST(BadOpenVino, ShapesThatContradictTheFile) {
  auto xml = convolution(kWindow);
  const std::string stated = "<port id=\"2\"><dim>1</dim><dim>2</dim>";
  xml.replace(xml.find(stated), stated.size(), "<port id=\"2\"><dim>1</dim><dim>3</dim>");
  EXPECT_THAT(refusal(xml), HasSubstr("output 0 is [1,2,4,4], the file says [1,3,4,4]"));
}

TEST(BadOpenVino, LayersThatAreNotKnownAreNamed) {
  const auto unknown = net(
      input(0, {1, 4}) +
          layer(1, "lstm", "LSTMSequence",
                "<input>" + port(0, {1, 4}) + "</input><output>" + port(1, {1, 4}) + "</output>") +
          result(2, {1, 4}),
      edge(0, 0, 1, 0) + edge(1, 1, 2, 0));
  EXPECT_THAT(refusal(unknown), HasSubstr("the operator 'LSTMSequence' of node 'lstm'"));
  EXPECT_THAT(refusal(unknown), HasSubstr("layer 'lstm'"));
}

TEST(BadOpenVino, AttributesThatAreNotKnownAreNamed) {
  auto xml = convolution(kWindow);
  const std::string window = "auto_pad=\"explicit\"";
  xml.replace(xml.find(window), window.size(), window + " shuffle=\"7\"");
  EXPECT_THAT(refusal(xml),
              HasSubstr("the attribute shuffle='7' of layer 'c' (Convolution) is not known"));
}

// Entities that the file defines itself stay as they stand: a billion laughs are nine letters.
TEST(BadOpenVino, EntitiesAreNotExpanded) {
  std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE net [<!ENTITY a \"laugh\">";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += fmt::format("<!ENTITY {} \"", c);
    for (int i = 0; i < 10; ++i) bomb += fmt::format("&{};", static_cast<char>(c - 1));
    bomb += "\">";
  }
  const auto xml = net(
      input(0, {1, 4}) +
          layer(1, "&j;", "&j;",
                "<input>" + port(0, {1, 4}) + "</input><output>" + port(1, {1, 4}) + "</output>") +
          result(2, {1, 4}),
      edge(0, 0, 1, 0) + edge(1, 1, 2, 0));
  const auto text = refusal(bomb + "]>" + xml.substr(xml.find("?>") + 2));
  EXPECT_THAT(text, HasSubstr("the operator '&j;' of node"));
}

TEST(BadOpenVino, NestingIsNotRecursion) {
  std::string deep = R"(<net name="n" version="11">)";
  const std::size_t depth = 1'000'000;
  for (std::size_t i = 0; i < depth; ++i) deep += "<a>";
  for (std::size_t i = 0; i < depth; ++i) deep += "</a>";
  EXPECT_THAT(refusal(deep + "</net>"), HasSubstr("no layers"));
  std::string open = R"(<net name="n" version="11"><rt_info>)";
  for (std::size_t i = 0; i < depth; ++i) open += "<a>";
  EXPECT_THAT(refusal(open), HasSubstr("breaks off or is damaged"));
}

}  // namespace
}  // namespace slipway
