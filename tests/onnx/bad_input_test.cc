// ONNX files that are broken, wrong or hostile: each gives one clear error.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/format.h"
#include "formats/onnx/proto.h"

namespace slipway {
namespace {

using testing::HasSubstr;
namespace pb = ::onnx;

void add_input(pb::ModelProto& model, const std::string& name, std::vector<std::int64_t> dims) {
  auto* input = model.mutable_graph()->add_input();
  input->set_name(name);
  auto* type = input->mutable_type()->mutable_tensor_type();
  type->set_elem_type(pb::TensorProto::FLOAT);
  type->mutable_shape();
  for (const auto dim : dims) type->mutable_shape()->add_dim()->set_dim_value(dim);
}

pb::NodeProto& add_node(pb::ModelProto& model, const std::string& op,
                        std::vector<std::string> inputs, const std::string& output) {
  auto& node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  for (const auto& name : inputs) node.add_input(name);
  node.add_output(output);
  return node;
}

void set_integer(pb::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(pb::AttributeProto::INT);
  attribute.set_i(value);
}

/// Numbers of 0 without a byte in the file where `external` names another.
pb::TensorProto& add_weights(pb::ModelProto& model, const std::string& name,
                             std::vector<std::int64_t> dims) {
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(pb::TensorProto::FLOAT);
  std::int64_t count = 1;
  for (const auto dim : dims) {
    tensor.add_dims(dim);
    count = dim > 0 && dim < 1000 ? count * dim : 0;
  }
  for (std::int64_t i = 0; i < count; ++i) tensor.add_float_data(0);
  return tensor;
}

void set_external(pb::TensorProto& tensor, const std::string& location, std::uint64_t length) {
  tensor.clear_float_data();
  tensor.set_data_location(pb::TensorProto::EXTERNAL);
  const auto put = [&](const std::string& key, const std::string& value) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  };
  put("location", location);
  put("length", std::to_string(length));
}

/// x[1,3,8,8] and an output y that the test's nodes compute.
pb::ModelProto model() {
  pb::ModelProto out;
  out.set_ir_version(8);
  auto* set = out.add_opset_import();
  set->set_domain("");
  set->set_version(17);
  add_input(out, "x", {1, 3, 8, 8});
  out.mutable_graph()->add_output()->set_name("y");
  return out;
}

Bytes bytes_of(const pb::ModelProto& proto) {
  const auto text = proto.SerializeAsString();
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

std::string words_of(const Error& error) {
  std::string words = fmt::format("{}: {}", name_of(error.code), error.message);
  for (const auto& line : error.trail) words += " / " + line;
  return words;
}

/// What reading the model says, or "read".
std::string refusal(const Bytes& bytes) {
  MemoryFiles files;
  EXPECT_TRUE(files.write("m/net.onnx", bytes));
  EXPECT_TRUE(files.write("m/short.bin", Bytes(8)));
  EXPECT_TRUE(files.write("secret", Bytes(4096)));
  const auto graph = read_model(files, "m/net.onnx");
  return graph ? "read" : words_of(graph.error());
}

std::string refusal(const pb::ModelProto& proto) { return refusal(bytes_of(proto)); }

TEST(BadOnnx, AGoodOneIsRead) {
  auto good = model();
  add_node(good, "Relu", {"x"}, "y");
  EXPECT_EQ(refusal(good), "read");
}

TEST(BadOnnx, CutShortAnywhereIsAnError) {
  auto good = model();
  add_weights(good, "w", {4, 3, 3, 3});
  add_node(good, "Conv", {"x", "w"}, "y");
  const auto whole = bytes_of(good);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 50 + 1) {
    const auto words = refusal(Bytes(whole.begin(), whole.begin() + static_cast<int>(size)));
    EXPECT_NE(words, "read") << size;
    EXPECT_EQ(words.find("internal"), std::string::npos) << words;
  }
}

TEST(BadOnnx, NamesAreComputedOnceAndBeforeTheyAreRead) {
  auto cycle = model();
  add_node(cycle, "Add", {"x", "b"}, "a");
  add_node(cycle, "Relu", {"a"}, "b");
  add_node(cycle, "Relu", {"b"}, "y");
  EXPECT_THAT(refusal(cycle), HasSubstr("a cycle"));

  auto twice = model();
  add_node(twice, "Relu", {"x"}, "y");
  add_node(twice, "Tanh", {"x"}, "y");
  EXPECT_THAT(refusal(twice), HasSubstr("two values are named 'y'"));

  auto missing = model();
  add_node(missing, "Conv", {"x", "w"}, "y");
  EXPECT_THAT(refusal(missing), HasSubstr("input 'w' is neither given nor computed"));

  auto never = model();
  EXPECT_THAT(refusal(never), HasSubstr("the output 'y' is never computed"));
}

TEST(BadOnnx, NodesOutOfOrderArePutInOrder) {
  auto shuffled = model();
  add_node(shuffled, "Relu", {"a"}, "y");
  add_node(shuffled, "Tanh", {"x"}, "a");
  EXPECT_EQ(refusal(shuffled), "read");
}

TEST(BadOnnx, ConvolutionsOfNothingAreRefused) {
  for (const std::int64_t group : {0, -1, 2}) {
    auto bad = model();
    add_weights(bad, "w", {4, 3, 3, 3});
    set_integer(add_node(bad, "Conv", {"x", "w"}, "y"), "group", group);
    EXPECT_NE(refusal(bad), "read") << group;
  }
}

TEST(BadOnnx, ShapesThatOverflowAreRefused) {
  auto huge = model();
  add_input(huge, "h", {1LL << 40, 1LL << 40});
  add_node(huge, "Relu", {"h"}, "y");
  EXPECT_THAT(refusal(huge), HasSubstr("input 'h'"));

  auto weights = model();
  add_weights(weights, "w", {1LL << 31, 1LL << 31});
  add_node(weights, "Relu", {"w"}, "y");
  EXPECT_THAT(refusal(weights), HasSubstr("initializer 'w'"));
}

TEST(BadOnnx, AttributesThatNobodyKnowsAreRefused) {
  auto bad = model();
  set_integer(add_node(bad, "Relu", {"x"}, "y"), "leak", 1);
  EXPECT_THAT(refusal(bad), HasSubstr("the attribute 'leak'"));
}

TEST(BadOnnx, OperatorsThatNobodyKnowsAreNamedWithTheNearest) {
  auto bad = model();
  add_node(bad, "Relux", {"x"}, "y").set_name("n7");
  EXPECT_THAT(refusal(bad), HasSubstr("Relux"));
  EXPECT_THAT(refusal(bad), HasSubstr("n7"));
}

TEST(BadOnnx, VersionsThatAreNewerAreRefused) {
  auto newer = model();
  newer.mutable_opset_import(0)->set_version(99);
  EXPECT_THAT(refusal(newer), HasSubstr("the file uses opset 99"));
}

TEST(BadOnnx, WeightsOutsideOfTheFolderAreRefused) {
  for (const char* const place : {"../secret", "/secret", "../m/../secret"}) {
    auto bad = model();
    set_external(add_weights(bad, "w", {4}), place, 16);
    add_node(bad, "Relu", {"w"}, "y");
    EXPECT_NE(refusal(bad), "read") << place;
  }
  auto beyond = model();
  set_external(add_weights(beyond, "w", {4}), "short.bin", 16);
  add_node(beyond, "Relu", {"w"}, "y");
  EXPECT_THAT(refusal(beyond), HasSubstr("ends at byte 8"));
}

TEST(BadOnnx, LinksOutOfTheFolderNeedLeave) {
  SystemEntropy entropy;
  SystemFiles files(entropy);
  const auto home =
      std::filesystem::temp_directory_path() / fmt::format("slipway-onnx-{:x}", entropy.next());
  auto linked = model();
  set_external(add_weights(linked, "w", {4}), "w.bin", 16);
  add_node(linked, "Relu", {"w"}, "y");
  ASSERT_TRUE(files.write((home / "model/net.onnx").string(), bytes_of(linked)));
  ASSERT_TRUE(files.write((home / "cache/blob").string(), Bytes(16)));
  std::filesystem::create_symlink(home / "cache/blob", home / "model/w.bin");

  const auto path = (home / "model/net.onnx").string();
  const auto refused = read_model(files, path);
  ASSERT_FALSE(refused);
  EXPECT_THAT(words_of(refused.error()), HasSubstr("lies outside the model's folder"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("--allow-external"));
  const std::string allowed[] = {(home / "cache").string()};
  EXPECT_TRUE(read_model(files, path, allowed));
  std::filesystem::remove_all(home);
}

TEST(BadOnnx, BodiesWithinBodiesDoNotEndTheStack) {
  pb::GraphProto body;
  body.add_output()->set_name("y");
  auto* leaf = body.add_node();
  leaf->set_op_type("Relu");
  leaf->add_input("x");
  leaf->add_output("y");
  for (int depth = 0; depth < 60; ++depth) {
    pb::GraphProto outer;
    auto* node = outer.add_node();
    node->set_op_type("If");
    node->add_input("x");
    node->add_output("y");
    for (const char* const name : {"then_branch", "else_branch"}) {
      auto* attribute = node->add_attribute();
      attribute->set_name(name);
      attribute->set_type(pb::AttributeProto::GRAPH);
      if (name[0] == 't') *attribute->mutable_g() = body;
    }
    outer.add_output()->set_name("y");
    body = std::move(outer);
  }
  auto deep = model();
  *deep.mutable_graph()->add_node() = body.node(0);
  EXPECT_NE(refusal(deep), "read");
}

}  // namespace
}  // namespace slipway
