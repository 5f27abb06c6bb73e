#pragma once
// Two networks on the same pictures, layer by layer: what quantizing has changed, and where.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compile/quantizer.h"
#include "compile/targets.h"
#include "quant/compared.h"

namespace slipway::compile {

struct ComparisonOptions {
  kernels::Isa isa = kernels::Isa::portable;
  int threads = 1;                         // 0: one per core
  Target target = Target::interpreter_hw;  // of the second network

  /// Told before each picture: what it is looked at for, and how many there are.
  std::function<void(std::string_view what, std::size_t done, std::size_t total)> progress = {};

  /// Asked before each picture.
  std::function<bool()> stop = {};

  /// Told once, before the first picture: which side no kernels compute, and why.
  std::function<void(std::string_view side, const std::string& why)> slow = {};

  /// The second network's inputs for a picture, where they are not the numbers of the first one's.
  std::function<Result<std::vector<Tensor>>(std::size_t)> read_second = {};

  /// What runs the second network, where that is no graph but a deployment: `b` has its inputs and
  /// outputs, and nothing between.
  std::function<Result<std::vector<Tensor>>(const std::vector<Tensor>&)> run_second = {};

  /// Told of the first output of both for each picture.
  std::function<Result<void>(std::size_t picture, const Tensor& a, const Tensor& b)> seen = {};
};

/// A value that both networks have.
struct ComparedLayer {
  std::string name;
  std::string op;
  std::string other_op;
  TensorType type;  // in the second network
  quant::Compared values;
  /// Weights of both, where the layer has them and they are known.
  std::optional<Tensor> weights = std::nullopt;
  std::optional<Tensor> other_weights = std::nullopt;
};

struct ComparedOutput {
  std::string name;
  quant::Compared values;
};

/// On how many pictures both say the same.
struct Agreement {
  static constexpr std::size_t kMost = 5;

  std::size_t classes = 0;
  std::int64_t first = 0;  // the likeliest class is the same
  std::int64_t among = 0;  // the likeliest class of the first network is among the `k` of the other
  std::size_t k = kMost;   // fewer where there are not so many classes
};

struct Comparison {
  std::vector<ComparedLayer> layers;  // in the order of the first network
  std::vector<ComparedOutput> outputs;
  std::vector<std::string> only_a;  // layers without a partner
  std::vector<std::string> only_b;
  std::optional<Agreement> agreement;  // where the first output is a score for each class
  std::vector<std::size_t> used;       // the numbers of pictures that were compared
  std::map<std::size_t, std::string> lost;
};

/// Whether an output has one score for each class of one picture: [1,N], perhaps with ones between.
[[nodiscard]] bool is_scores(const TensorType& type);

/// The classes by their scores, the likeliest first, of those that come first where scores are
/// equal.
[[nodiscard]] std::vector<std::size_t> likeliest(std::span<const float> scores, std::size_t most);

/// Runs `a` and `b` on each picture with kernels of this processor, one picture at a time: what it
/// keeps does not grow with their number but for the pictures' numbers. The pictures are inputs of
/// `a`; where `b` takes integers, those that are nearest.
///
/// Errors  invalid_input: networks whose inputs or outputs are not alike, no picture can be used
///         (the first one's error); cancelled: `stop` said so; unsupported: outputs
///         of two sizes; those of `seen`
Result<Comparison> compare_networks(const Graph& a, const Graph& b, const Pictures& pictures,
                                    const ComparisonOptions& options);

/// The real numbers behind `inputs` of one network as inputs of `b`.
///
/// Errors  invalid_input: as many or such shapes it does not take; unsupported: such types
Result<std::vector<Tensor>> as_inputs_of(const Graph& b, const std::vector<Tensor>& inputs);

}  // namespace slipway::compile
