#pragma once
// Models of one ONNX operator, and ONNX Runtime to ask about them.

#include <gtest/gtest.h>

#include "base/random.h"
#include "formats/onnx/onnx.h"
#include "formats/onnx/proto.h"
#include "formats/onnx/tensor.h"
#include "ir/interpret.h"
#include "oracle/oracle.h"

namespace slipway::onnx_test {

using oracle::Question;

/// An input: given while running, or a constant of the file, or left out.
struct Operand {
  std::optional<Tensor> value = std::nullopt;
  bool constant = false;
};

inline Operand given(Tensor value) { return {std::move(value), false}; }

inline Operand constant(Tensor value) { return {std::move(value), true}; }

using Attributes = std::map<std::string, std::vector<std::int64_t>>;

struct OneOp {
  std::string op;
  std::string domain = {};
  int opset = 13;
  std::vector<Operand> inputs;
  DType output = DType::f32;
  Attributes lists = {};                          // attributes that are lists
  std::map<std::string, std::int64_t> ints = {};  // attributes that are one number
};

inline void set_type(::onnx::ValueInfoProto& info, const std::string& name, DType dtype,
                     const Shape* shape) {
  info.set_name(name);
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(formats::onnx_data_type(dtype));
  if (shape == nullptr) return;
  type->mutable_shape();
  for (const auto dim : *shape) type->mutable_shape()->add_dim()->set_dim_value(dim);
}

/// A question about the operator, with the inputs that are not constants.
inline Question question(std::string name, const OneOp& op) {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  auto* own = model.add_opset_import();
  own->set_domain("");
  own->set_version(op.opset);
  if (!op.domain.empty()) {
    auto* other = model.add_opset_import();
    other->set_domain(op.domain);
    other->set_version(1);
  }
  auto& graph = *model.mutable_graph();
  graph.set_name("one");
  auto& node = *graph.add_node();
  node.set_op_type(op.op);
  node.set_domain(op.domain);
  Question question{std::move(name), {}, {}};
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const auto& input = op.inputs[i];
    const auto label = input.value ? fmt::format("x{}", i) : std::string();
    node.add_input(label);
    if (!input.value) continue;
    if (!input.constant) {
      set_type(*graph.add_input(), label, input.value->dtype(), &input.value->shape());
      question.inputs.push_back(*input.value);
      continue;
    }
    auto& tensor = *graph.add_initializer();
    tensor.set_name(label);
    tensor.set_data_type(formats::onnx_data_type(input.value->dtype()));
    for (const auto dim : input.value->shape()) tensor.add_dims(dim);
    const auto bytes = input.value->bytes();
    tensor.set_raw_data(bytes.data(), bytes.size());
  }
  node.add_output("y");
  set_type(*graph.add_output(), "y", op.output, nullptr);
  for (const auto& [key, list] : op.lists) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(key);
    attribute.set_type(::onnx::AttributeProto::INTS);
    for (const auto number : list) attribute.add_ints(number);
  }
  for (const auto& [key, number] : op.ints) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(key);
    attribute.set_type(::onnx::AttributeProto::INT);
    attribute.set_i(number);
  }
  const auto text = model.SerializeAsString();
  const auto bytes = as_bytes(text);
  question.model.assign(bytes.begin(), bytes.end());
  return question;
}

/// How far our outputs and ONNX Runtime's may be apart, and how often.
struct Allowed {
  double steps = 0;        // of integers; of floats: share of the range
  double share_apart = 1;  // of the elements, that may be apart at all
};

/// Runs each question with our importer and interpreter and with ONNX Runtime. Skips the test where
/// there are no peers.
inline void expect_equal(const std::vector<Question>& questions, const Allowed& allowed = {}) {
  if (!oracle::peers_python()) GTEST_SKIP() << "no peers: ./dev peers makes them";
  const MemoryFiles files;
  const auto answers = oracle::ask(oracle::kOnnxRuntime, questions);
  for (std::size_t k = 0; k < questions.size(); ++k) {
    const auto& q = questions[k];
    SCOPED_TRACE(q.name);
    if (!answers[k].error.empty()) {
      ADD_FAILURE() << "ONNX Runtime refuses this case: " << answers[k].error;
      continue;
    }
    const auto graph = onnx_format.read({files, q.name, q.model});
    if (!graph) {
      ADD_FAILURE() << graph.error().message;
      continue;
    }
    const auto is = interpret(*graph, q.inputs);
    if (!is) {
      ADD_FAILURE() << is.error().message;
      continue;
    }
    ASSERT_EQ(is->size(), answers[k].outputs.size());
    for (std::size_t i = 0; i < is->size(); ++i) {
      const auto& should = answers[k].outputs[i];
      ASSERT_EQ((*is)[i].shape().text(), should.shape().text());
      ASSERT_EQ(name_of((*is)[i].dtype()), name_of(should.dtype()));
      const auto a = to_doubles((*is)[i]);
      const auto b = to_doubles(should);
      double range = 1;
      if (is_float(should.dtype())) {
        range = 1e-9;
        for (const double x : b) range = std::max(range, std::abs(x));
      }
      std::size_t differ = 0;
      double worst = 0;
      for (std::size_t at = 0; at < a.size(); ++at) {
        if (a[at] != b[at]) ++differ;
        worst = std::max(worst, std::abs(a[at] - b[at]) / range);
      }
      EXPECT_LE(worst, allowed.steps) << differ << " of " << a.size() << " differ";
      EXPECT_LE(static_cast<double>(differ), allowed.share_apart * static_cast<double>(a.size()));
    }
  }
}

/// Uniform elements: all values of 8-bit types, -2..2 for floats, a few thousand for others.
inline Tensor random_numbers(Random& random, DType dtype, Shape shape) {
  TensorBuilder builder({dtype, std::move(shape), {}});
  visit(dtype, [&]<class T>(T) {
    for (auto& x : builder.values<T>()) {
      if constexpr (std::is_integral_v<T> && sizeof(T) == 1) {
        x = static_cast<T>(random.integer(std::is_same_v<T, std::int8_t> ? -128 : 0,
                                          std::is_same_v<T, std::int8_t> ? 127 : 255));
      } else if constexpr (std::is_integral_v<T>) {
        x = static_cast<T>(random.integer(std::is_unsigned_v<T> ? 0 : -3000, 3000));
      } else {
        x = T(random.real(-2.0F, 2.0F));
      }
    }
  });
  return std::move(builder).build();
}

inline Tensor number(float x) { return Tensor::of<float>({}, {x}); }

inline Tensor zero_point(DType dtype, std::int64_t x) {
  if (dtype == DType::i8) return Tensor::of<std::int8_t>({}, {static_cast<std::int8_t>(x)});
  return Tensor::of<std::uint8_t>({}, {static_cast<std::uint8_t>(x)});
}

}  // namespace slipway::onnx_test
