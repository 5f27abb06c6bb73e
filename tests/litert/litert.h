#pragma once
// LiteRT's reference kernels as an oracle, and models of one operator to ask it about.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "formats/tflite/schema.h"
#include "oracle/oracle.h"
#include "tensor/tensor.h"

namespace slipway::litert {

using oracle::Question;

/// A tensor of a one-operator model: computed or given at run time, or a constant.
struct Operand {
  TensorType type;
  std::optional<Tensor> constant;

  Operand(TensorType t) : type(std::move(t)) {}  // NOLINT: operands are listed

  Operand(Tensor value) : type(value.type()), constant(std::move(value)) {}  // NOLINT

  Operand(TensorType t, Tensor value) : type(std::move(t)), constant(std::move(value)) {}
};

/// A model of one operator, as a converter would write it.
struct OneOp {
  tflite::BuiltinOperator op{};
  tflite::BuiltinOptions options_type = tflite::BuiltinOptions_NONE;
  std::function<flatbuffers::Offset<void>(flatbuffers::FlatBufferBuilder&)> options = {};
  std::vector<std::optional<Operand>> inputs;  // nothing where an optional one is left out
  std::vector<TensorType> outputs;
  int version = 1;
  std::string custom_code = {};
  std::vector<std::uint8_t> custom_options = {};
};

/// The bytes of the model's file.
Bytes to_tflite(const OneOp& op);

/// A question about `op` with these run-time inputs.
Question question(std::string name, const OneOp& op, std::vector<Tensor> inputs);

/// Runs each question with our importer and interpreter and with LiteRT, and expects equal
/// outputs: integers and bools bit for bit, floats within `tolerance` of the output's range.
/// Skips the test where there are no peers.
void expect_equal(const std::vector<Question>& questions, double tolerance = 1e-5);

}  // namespace slipway::litert
