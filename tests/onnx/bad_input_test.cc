// ONNX files that are broken, wrong or hostile: each gives one clear error of the program, in
// little time and memory.

#include "bad_input.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

std::string text_of(const pb::ModelProto& proto) { return proto.SerializeAsString(); }

/// A folder with the model m/net.onnx and what it may and may not read.
class Home : public TemporaryFolder {
 public:
  explicit Home(std::string_view model) {
    (void)write("m/net.onnx", as_bytes(model));
    (void)write("m/short.bin", Bytes(8));
    (void)write("secret", Bytes(4096));
  }

  /// What the program makes of the model.
  [[nodiscard]] Outcome inspect(std::vector<std::string> flags = {"--summary"}) const {
    flags.insert(flags.begin(), {"inspect", *this / "m/net.onnx"});
    return run_slipway(flags);
  }
};

/// What the program says, or "(read)".
std::string refusal(std::string_view model) { return words_of(Home(model).inspect()); }

std::string refusal(const pb::ModelProto& proto) { return refusal(text_of(proto)); }

TEST(BadOnnx, AGoodOneIsRead) {
  auto good = model();
  add_node(good, "Relu", {"x"}, "y");
  EXPECT_EQ(refusal(good), "(read)");
}

TEST(BadOnnx, CutShortAnywhereIsAnError) {
  auto good = model();
  add_weights(good, "w", {4, 3, 3, 3});
  add_node(good, "Conv", {"x", "w"}, "y");
  const auto whole = text_of(good);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 50 + 1)
    EXPECT_NE(refusal(std::string_view(whole).substr(0, size)), "(read)") << size;
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
  EXPECT_EQ(refusal(shuffled), "(read)");
}

TEST(BadOnnx, ConvolutionsOfNothingAreRefused) {
  for (const std::int64_t group : {0, -1, 2}) {
    auto bad = model();
    add_weights(bad, "w", {4, 3, 3, 3});
    set_integer(add_node(bad, "Conv", {"x", "w"}, "y"), "group", group);
    EXPECT_NE(refusal(bad), "(read)") << group;
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
  for (const char* const place : {"../secret", "/secret", "../m/../secret", "../../etc/passwd",
                                  "../../../../../../etc/passwd", "/etc/passwd", ""}) {
    auto bad = model();
    set_external(add_weights(bad, "w", {4}), place, 16);
    add_node(bad, "Relu", {"w"}, "y");
    EXPECT_THAT(refusal(bad), HasSubstr("initializer 'w'")) << place;
  }
}

TEST(BadOnnx, WeightsThatAreNotThereAreRefused) {
  const auto with = [](const std::string& offset, const std::string& length) {
    auto bad = model();
    auto& weights = add_weights(bad, "w", {4});
    set_external(weights, "short.bin", 16);
    weights.mutable_external_data(1)->set_value(length);
    auto* entry = weights.add_external_data();
    entry->set_key("offset");
    entry->set_value(offset);
    add_node(bad, "Relu", {"w"}, "y");
    return refusal(bad);
  };
  EXPECT_THAT(with("0", "16"), HasSubstr("ends at byte 8"));
  for (const char* const offset : {"-1", "-16", "4", "9223372036854775807", "18446744073709551615",
                                   "99999999999999999999", "x"})
    EXPECT_THAT(with(offset, "16"), HasSubstr("initializer 'w'")) << offset;
  for (const char* const length : {"-16", "8", "17", "18446744073709551615", "y"})
    EXPECT_THAT(with("0", length), HasSubstr("initializer 'w'")) << length;
}

TEST(BadOnnx, LinksOutOfTheFolderNeedLeave) {
  auto linked = model();
  set_external(add_weights(linked, "w", {4}), "w.bin", 16);
  add_node(linked, "Relu", {"w"}, "y");
  const Home home(text_of(linked));
  const auto blob = home.write("cache/blob", Bytes(16));
  std::filesystem::create_symlink(blob, home / "m/w.bin");
  const auto refused = home.inspect();
  expect_refused(refused, Code::invalid_input, "lies outside the model's folder");
  EXPECT_THAT(refused.message, HasSubstr("--allow-external"));
  EXPECT_EQ(words_of(home.inspect({"--allow-external", home / "cache"})), "(read)");
}

// ---- Large ------------------------------------------------------------------------------------

/// x -> op -> op -> ... -> y
pb::ModelProto chain(int count, std::span<const char* const> ops) {
  auto out = model();
  const auto name = [&](int i) { return i == 0 ? "x" : i == count ? "y" : fmt::format("t{}", i); };
  for (int i = 0; i < count; ++i)
    add_node(out, ops[static_cast<std::size_t>(i) % ops.size()], {name(i)}, name(i + 1));
  return out;
}

TEST(LargeOnnx, ChainsOf100000NodesAreRead) {
  const char* const relu[] = {"Relu"};
  const char* const both[] = {"Identity", "Relu"};
  const char* const identity[] = {"Identity"};
  for (const std::span<const char* const> ops :
       {std::span<const char* const>(relu), std::span<const char* const>(both),
        std::span<const char* const>(identity)}) {
    const Home home(text_of(chain(100'000, ops)));
    EXPECT_EQ(words_of(home.inspect()), "(read)");
    EXPECT_EQ(words_of(home.inspect({"--csv"})), "(read)");
  }
}

TEST(LargeOnnx, ItsNodesMayStandInAnyOrder) {
  const char* const relu[] = {"Relu"};
  auto reversed = chain(100'000, relu);
  auto& nodes = *reversed.mutable_graph()->mutable_node();
  for (int i = 0; i < nodes.size() / 2; ++i) nodes.SwapElements(i, nodes.size() - 1 - i);
  EXPECT_EQ(refusal(reversed), "(read)");
}

TEST(LargeOnnx, EmptyMessagesByTheMillion) {
  // Two bytes each in the file: a field of the graph, of length 0.
  for (const char field : {'\x0a', '\x2a', '\x5a', '\x62', '\x6a'}) {  // nodes, weights, values
    std::string graph;
    for (int i = 0; i < 1'000'000; ++i) graph += {field, '\0'};
    const auto words = refusal("\x08\x08\x42\x02\x10\x11\x3a\x80\x89\x7a" + graph);
    EXPECT_NE(words, "(read)");
  }
  std::string nodes;
  for (int i = 0; i < 8'000'000; ++i) nodes += {'\x0a', '\0'};
  EXPECT_THAT(refusal("\x08\x08\x42\x02\x10\x11\x3a\x80\xc8\xd0\x07" + nodes),
              HasSubstr("far more memory than it has bytes"));
}

// ---- Within itself ----------------------------------------------------------------------------

/// If in If in …, as bytes: so deep that protobuf would not write it.
std::string nested(int depth) {
  const auto field = [](int number, const std::string& inside) {
    std::string out(1, static_cast<char>(number << 3 | 2));
    for (auto size = inside.size(); true; size >>= 7U) {
      out += static_cast<char>((size & 127U) | (size > 127 ? 128U : 0U));
      if (size <= 127) break;
    }
    return out + inside;
  };
  const auto output = field(12, field(1, "y"));
  auto graph = field(1, field(4, "Relu") + field(1, "x") + field(2, "y")) + output;
  for (int i = 0; i < depth; ++i) {
    std::string branches;
    for (const char* const name : {"then_branch", "else_branch"}) {
      const auto body = name[0] == 't' ? graph : std::string();
      branches += field(5, field(1, name) + field(6, body) + "\xa0\x01\x05");
    }
    graph = field(1, field(1, "x") + field(2, "y") + field(4, "If") + branches) + output;
  }
  return "\x08\x08\x42\x02\x10\x11" + field(7, graph);
}

TEST(BadOnnx, BodiesWithinBodiesDoNotEndTheStack) {
  EXPECT_NE(refusal(nested(20)), "(read)");
  EXPECT_THAT(refusal(nested(60)), HasSubstr("graphs within graphs"));
  EXPECT_THAT(refusal(nested(10'000)), HasSubstr("graphs within graphs"));
}

/// A function of the domain "f" that calls others one after the other.
void add_function(pb::ModelProto& model, const std::string& name,
                  const std::vector<std::string>& calls) {
  auto& function = *model.add_functions();
  function.set_name(name);
  function.set_domain("f");
  function.add_input("x");
  function.add_output("y");
  auto* set = function.add_opset_import();
  set->set_domain("");
  set->set_version(17);
  std::string at = "x";
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto& node = *function.add_node();
    node.set_op_type(calls[i]);
    node.set_domain(calls[i] == "Relu" ? "" : "f");
    node.add_input(at);
    at = i + 1 == calls.size() ? "y" : fmt::format("t{}", i);
    node.add_output(at);
  }
}

TEST(BadOnnx, FunctionsThatCallThemselvesAreRefused) {
  auto bad = model();
  add_node(bad, "A", {"x"}, "y").set_domain("f");
  add_function(bad, "A", {"Relu", "B"});
  add_function(bad, "B", {"A"});
  EXPECT_THAT(refusal(bad), HasSubstr("the function 'A' calls itself"));
}

TEST(BadOnnx, FunctionsThatDoubleAreRefused) {
  auto bad = model();
  add_node(bad, "F29", {"x"}, "y").set_domain("f");
  add_function(bad, "F0", {"Relu"});
  for (int i = 1; i < 30; ++i) {
    const auto below = fmt::format("F{}", i - 1);
    add_function(bad, fmt::format("F{}", i), {below, below});
  }
  EXPECT_THAT(refusal(bad), HasSubstr("far more memory than it has bytes"));
}

}  // namespace
}  // namespace slipway
