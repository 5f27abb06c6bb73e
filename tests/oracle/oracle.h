#pragma once
// Other people's tools as oracles: models and inputs go into a folder, a Python of the private
// environment runs them, the outputs come back.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "ir/graph.h"
#include "tensor/tensor.h"

namespace slipway::oracle {

/// The Python of the private environment with the peers, or nothing where it was never made.
std::optional<std::string> peers_python();

/// Where models and data for tests lie: SLIPWAY_TESTDATA or ../shared. It may not exist.
std::string test_data();

/// A program in tests/oracle/ and what its model files are called.
struct Peer {
  std::string_view script;     // "litert.py"
  std::string_view extension;  // "tflite"
  std::string_view more = {};  // of a second file that the model has: "bin"
};

inline constexpr Peer kLiteRt = {"litert.py", "tflite"};
inline constexpr Peer kOnnxRuntime = {"onnxruntime_peer.py", "onnx"};
inline constexpr Peer kOpenVino = {"openvino_peer.py", "xml", "bin"};

/// One question: a model file and its inputs. An empty model means the one of the question before.
struct Question {
  std::string name;
  Bytes model;
  std::vector<Tensor> inputs;
  Bytes more = {};  // the model's second file
};

struct Answer {
  std::vector<Tensor> outputs;
  std::string error;  // the peer's words where it refused
};

/// Asks all questions of one process. Needs peers_python().
std::vector<Answer> ask(const Peer& peer, const std::vector<Question>& questions);

/// Inputs for a graph: uniform over all values of integers, normal for floats; seeded.
std::vector<Tensor> random_inputs(const Graph& graph, std::uint64_t seed);

/// How far apart two outputs are.
struct Apart {
  bool comparable = true;  // equal types and shapes
  double range_share = 0;  // the largest difference over the largest magnitude of `should`
  double steps = 0;        // the largest difference
  double within_one = 1;   // the part of the elements that are at most 1 apart
};

Apart apart(const Tensor& is, const Tensor& should);

}  // namespace slipway::oracle
