#include "ops/case.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "ir/interpret.h"

namespace slipway {
namespace {

bool is_constant(const Case& test, std::size_t i) {
  return std::find(test.constants.begin(), test.constants.end(), i) != test.constants.end();
}

}  // namespace

Result<Graph> to_graph(const Case& test) {
  Graph graph;
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const auto& input = test.inputs[i];
    if (!input) {
      inputs.push_back(kNoValue);
    } else if (is_constant(test, i)) {
      inputs.push_back(graph.add_constant(fmt::format("c{}", i), *input));
    } else {
      inputs.push_back(graph.add_input(fmt::format("x{}", i), input->type()));
    }
  }
  if (test.types.empty()) {
    graph.set_outputs(SLIPWAY_TRY(graph.add_all(test.op, std::move(inputs), "y")));
    return graph;
  }
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < test.types.size(); ++i)
    outputs.push_back({fmt::format("y{}", i), test.types[i]});
  graph.set_outputs(SLIPWAY_TRY(graph.add_typed(test.op, std::move(inputs), std::move(outputs))));
  return graph;
}

std::vector<Tensor> run_time_inputs(const Case& test) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    if (test.inputs[i] && !is_constant(test, i)) inputs.push_back(*test.inputs[i]);
  }
  return inputs;
}

Result<std::vector<Tensor>> expected_outputs(const Case& test, const Graph& graph) {
  if (!test.outputs.empty()) return test.outputs;
  return interpret(graph, run_time_inputs(test));
}

std::string difference(const Tensor& is, const Tensor& should, double tolerance) {
  if (is.dtype() != should.dtype() || is.shape() != should.shape()) {
    return fmt::format("{}{} instead of {}{}", name_of(is.dtype()), is.shape().text(),
                       name_of(should.dtype()), should.shape().text());
  }
  const auto a = to_doubles(is);
  const auto b = to_doubles(should);
  double range = 0;
  for (const double x : b) range = std::isfinite(x) ? std::max(range, std::abs(x)) : range;
  const double allowed = is_float(is.dtype()) ? tolerance * range : 0;
  std::size_t wrong = 0;
  std::string first;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same =
        a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) || std::abs(a[i] - b[i]) <= allowed;
    if (!same && wrong++ == 0) first = fmt::format("element {} is {} instead of {}", i, a[i], b[i]);
  }
  return wrong == 0 ? std::string()
                    : fmt::format("{} of {} elements differ: {}", wrong, a.size(), first);
}

Tensor f32(Shape shape, const std::vector<float>& values) {
  return Tensor::of(std::move(shape), values);
}

Tensor i32(Shape shape, const std::vector<std::int32_t>& values) {
  return Tensor::of(std::move(shape), values);
}

Tensor i64(Shape shape, const std::vector<std::int64_t>& values) {
  return Tensor::of(std::move(shape), values);
}

Tensor random_tensor(const TensorType& type, std::uint64_t seed) {
  Random random(seed);
  TensorBuilder builder(type);
  visit(type.dtype, [&]<class T>(T) {
    for (auto& x : builder.values<T>()) {
      if constexpr (std::is_same_v<T, bool>) {
        x = random.integer(0, 1) == 1;
      } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
        x = static_cast<T>(
            random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
      } else if constexpr (std::is_integral_v<T>) {
        x = static_cast<T>(random.integer(std::is_unsigned_v<T> ? 0 : -1000, 1000));
      } else {
        x = T(random.real(-2, 2));
      }
    }
  });
  return std::move(builder).build();
}

Tensor random_f32(Shape shape, std::uint64_t seed) {
  return random_tensor({DType::f32, std::move(shape), {}}, seed);
}

}  // namespace slipway
