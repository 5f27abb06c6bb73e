#include "compile/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compile/probe.h"
#include "passes/pipeline.h"
#include "quant/partners.h"
#include "quant/points.h"

namespace slipway::compile {
namespace {

constexpr std::size_t kForScales = 16;  // pictures; scales hardly change with more

std::span<const float> numbers(const Tensor& tensor) { return tensor.values<float>(); }

std::size_t channels_of(const TensorType& type) {
  return type.shape.rank() == 0 ? 1 : static_cast<std::size_t>(type.shape.back(0));
}

/// The weights of a layer, which are the second input of those that have them.
std::optional<Tensor> weights_of(const Graph& graph, ValueId id) {
  const auto& node = graph.node(id);
  if (node.inputs.size() < 2 || !node.inputs[1].exists()) return std::nullopt;
  const auto name = node.op.name();
  if (name != "Conv" && name != "FullyConnected" && name != "ConvTranspose") return std::nullopt;
  const auto* known = graph.known(node.inputs[1]);
  if (known != nullptr) return dequantized(*known);
  // Weights that a node dequantizes.
  const auto& before = graph.node(node.inputs[1]);
  if (before.op.name() != "Dequantize" || before.inputs.size() != 1) return std::nullopt;
  const auto* integers = graph.known(before.inputs[0]);
  return integers == nullptr ? std::nullopt : std::optional(dequantized(*integers));
}

Result<void> check_outputs(const Graph& a, const Graph& b) {
  if (a.outputs().size() != b.outputs().size())
    return fail(Code::invalid_input, "the first network has {} outputs, the second one {}",
                a.outputs().size(), b.outputs().size())
        .with_remedy("compare a network with what became of it");
  for (std::size_t i = 0; i < a.outputs().size(); ++i) {
    const auto x = a.outputs()[i];
    const auto y = b.outputs()[i];
    if (a.type(x).shape == b.type(y).shape) continue;
    return fail(Code::invalid_input,
                "output {} is '{}' {} in the first network and '{}' {} in the "
                "second one",
                i, a.value(x).name, a.type(x).shape.text(), b.value(y).name, b.type(y).shape.text())
        .with_remedy("compare a network with what became of it");
  }
  return {};
}

/// What is as long for every picture has as many numbers here; other outputs (boxes that were
/// found) may not.
Result<void> check_sizes(const Graph& a, ValueId id, const Tensor& x, const Tensor& y) {
  if (x.elements() == y.elements()) return {};
  return fail(Code::unsupported,
              "output '{}' has {} numbers in the first network and {} in the second one, and "
              "nothing "
              "says which belong together",
              a.value(id).name, x.elements(), y.elements())
      .with_remedy("compare networks without what picks boxes");
}

class Comparing {
 public:
  Comparing(const Pictures& pictures, const ComparisonOptions& options)
      : pictures_(pictures), options_(options) {}

  Result<Comparison> run(const Graph& a, const Graph& b) {
    SLIPWAY_TRY(check_outputs(a, b));
    given_ = b;
    a_ = a;
    SLIPWAY_TRY(passes::run_pipeline(a_));
    SLIPWAY_TRY(quant::prepare(a_));
    b_ = options_.run_second ? b : SLIPWAY_TRY(for_target(b, options_.target));
    find_values();
    const Probe::Options how{.isa = options_.isa, .threads = options_.threads};
    auto left = SLIPWAY_TRY(Probe::make(a_, values_a_, how));
    // Of a deployment there are outputs alone, and nothing to make.
    auto right =
        SLIPWAY_TRY(Probe::make(b_, options_.run_second ? std::vector<ValueId>() : values_b_, how));
    if (options_.slow && left.why_slow()) options_.slow("first", *left.why_slow());
    if (options_.slow && !options_.run_second && right.why_slow())
      options_.slow("second", *right.why_slow());
    SLIPWAY_TRY(find_scales(left, right));
    SLIPWAY_TRY(look(left, right, "comparing", pictures_.count,
                     [&](std::size_t number, const auto& x, const auto& y) -> Result<void> {
                       return add(number, x, y);
                     }));
    return std::move(out_);
  }

 private:
  using Visit = std::function<Result<void>(std::size_t, const std::vector<Tensor>&,
                                           const std::vector<Tensor>&)>;

  void find_values() {
    auto matched = options_.run_second ? quant::Matched() : quant::match_layers(a_, b_);
    out_.only_a = std::move(matched.only_a);
    out_.only_b = std::move(matched.only_b);
    for (const auto& [a, b, name] : matched.layers) {
      values_a_.push_back(a);
      values_b_.push_back(b);
      out_.layers.push_back({.name = name,
                             .op = std::string(a_.node(a).op.name()),
                             .other_op = std::string(b_.node(b).op.name()),
                             .type = b_.type(b),
                             .values = {},
                             .weights = weights_of(a_, a),
                             .other_weights = weights_of(b_, b)});
    }
    for (std::size_t i = 0; i < a_.outputs().size(); ++i) {
      // Compared by their numbers, whatever they are called.
      std::erase(out_.only_a, a_.value(a_.outputs()[i]).name);
      const auto name = quant::root_name(b_.value(b_.outputs()[i]).name);
      std::erase_if(out_.only_b,
                    [&](const auto& other) { return quant::root_name(other) == name; });
      values_a_.push_back(a_.outputs()[i]);
      values_b_.push_back(b_.outputs()[i]);
      out_.outputs.push_back({a_.value(a_.outputs()[i]).name, {}});
    }
    if (!a_.outputs().empty() && is_scores(a_.type(a_.outputs()[0]))) {
      const auto classes = static_cast<std::size_t>(a_.type(a_.outputs()[0]).shape.elements());
      out_.agreement = Agreement{.classes = classes, .k = std::min(Agreement::kMost, classes)};
    }
  }

  /// Channels of layers inside may have been brought to one size; outputs may not.
  Result<void> find_scales(Probe& left, Probe& right) {
    std::vector<quant::ChannelScales> found(values_a_.size());
    SLIPWAY_TRY(look(left, right, "finding scales", kForScales,
                     [&](std::size_t, const auto& x, const auto& y) -> Result<void> {
                       for (std::size_t i = 0; i < found.size(); ++i) {
                         SLIPWAY_TRY(check_sizes(a_, values_a_[i], x[i], y[i]));
                         found[i].add(numbers(dequantized(x[i])), numbers(dequantized(y[i])),
                                      channels_of(x[i].type()));
                       }
                       return {};
                     }));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto channels = channels_of(a_.type(values_a_[i]));
      const auto [low, high] = found[i].range();
      const bool inside = i < out_.layers.size() &&
                          std::ranges::find(a_.outputs(), values_a_[i]) == a_.outputs().end();
      values_of(i) = {channels, inside ? found[i].scales() : std::vector<float>(), low, high};
    }
    return {};
  }

  Result<void> add(std::size_t number, const std::vector<Tensor>& x, const std::vector<Tensor>& y) {
    out_.used.push_back(number);
    for (std::size_t i = 0; i < x.size(); ++i) {
      SLIPWAY_TRY(check_sizes(a_, values_a_[i], x[i], y[i]));
      values_of(i).add(numbers(dequantized(x[i])), numbers(dequantized(y[i])));
    }
    const auto first = out_.layers.size();
    if (first >= x.size()) return {};
    if (out_.agreement) agree(numbers(dequantized(x[first])), numbers(dequantized(y[first])));
    return options_.seen ? options_.seen(number, x[first], y[first]) : Result<void>();
  }

  void agree(std::span<const float> x, std::span<const float> y) {
    auto& agreement = *out_.agreement;
    const auto best = likeliest(x, 1)[0];
    const auto others = likeliest(y, agreement.k);
    if (others[0] == best) ++agreement.first;
    if (std::ranges::find(others, best) != others.end()) ++agreement.among;
  }

  quant::Compared& values_of(std::size_t i) {
    return i < out_.layers.size() ? out_.layers[i].values
                                  : out_.outputs[i - out_.layers.size()].values;
  }

  /// Shows each usable picture, of the first `most`, to `visit`.
  Result<void> look(Probe& left, Probe& right, std::string_view what, std::size_t most,
                    const Visit& visit) {
    const auto total = std::min(pictures_.count, most);
    for (std::size_t i = 0; i < total; ++i) {
      if (options_.progress) options_.progress(what, i, total);
      if (options_.stop && options_.stop()) return fail(Code::cancelled, "it was asked to stop");
      if (out_.lost.contains(i)) continue;
      const auto inputs = pictures_.read(i);
      if (!inputs) {
        SLIPWAY_TRY(lose(i, inputs.error()));
        continue;
      }
      const auto others = SLIPWAY_TRY(options_.read_second ? options_.read_second(i)
                                                           : as_inputs_of(given_, *inputs));
      const auto x = SLIPWAY_TRY(left.run(*inputs).during("running the first network"));
      const auto y =
          SLIPWAY_TRY((options_.run_second ? options_.run_second(others) : right.run(others))
                          .during("running the second network"));
      SLIPWAY_TRY(visit(i, x, y));
    }
    const bool all = total == pictures_.count;
    if (!all || out_.lost.size() < total) return {};
    if (first_error_) return *first_error_;
    return fail(Code::invalid_input, "no picture can be used");
  }

  Result<void> lose(std::size_t number, const Error& error) {
    if (error.code == Code::internal) return error;
    if (!first_error_) first_error_ = error;
    out_.lost.emplace(number, error.message);
    pictures_.lost(number, error);
    return {};
  }

  const Pictures& pictures_;
  const ComparisonOptions& options_;
  Graph given_;  // b before the passes
  Graph a_;
  Graph b_;
  std::vector<ValueId> values_a_;  // of layers, then outputs
  std::vector<ValueId> values_b_;
  std::optional<Error> first_error_;
  Comparison out_;
};

}  // namespace

bool is_scores(const TensorType& type) {
  const auto& shape = type.shape;
  if (type.dtype != DType::f32 && !type.quant) return false;
  if (!shape.is_known() || shape.rank() == 0 || shape.elements() < 2) return false;
  std::int64_t longest = 0;
  for (const auto dim : shape) longest = std::max(longest, dim);
  return shape.elements() == longest;
}

std::vector<std::size_t> likeliest(std::span<const float> scores, std::size_t most) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  // Not-a-number is below all others, or there would be no order.
  const auto score = [&](std::size_t i) {
    return std::isnan(scores[i]) ? -std::numeric_limits<float>::infinity() : scores[i];
  };
  const auto before = [&](std::size_t x, std::size_t y) {
    return score(x) != score(y) ? score(x) > score(y) : x < y;
  };
  most = std::min(most, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most), before);
  order.resize(most);
  return order;
}

Result<Comparison> compare_networks(const Graph& a, const Graph& b, const Pictures& pictures,
                                    const ComparisonOptions& options) {
  return Comparing(pictures, options).run(a, b);
}

Result<std::vector<Tensor>> as_inputs_of(const Graph& b, const std::vector<Tensor>& inputs) {
  if (b.inputs().size() != inputs.size()) {
    return fail(Code::invalid_input, "one model has {} inputs, the other {}", inputs.size(),
                b.inputs().size());
  }
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& type = b.type(b.inputs()[i]);
    const auto& have = inputs[i].type();
    if (have.dtype == type.dtype && have.quant == type.quant) {
      out.push_back(inputs[i]);
      continue;
    }
    const Tensor real = dequantized(inputs[i]);
    if (type.dtype == DType::f32 && real.dtype() == DType::f32) {
      out.push_back(real);
      continue;
    }
    const bool byte = type.dtype == DType::u8 || type.dtype == DType::i8;
    if (!byte || !type.quant || real.dtype() != DType::f32) {
      return fail(Code::unsupported, "input {} is {} in one model and {} in the other", i,
                  have.text(), type.text());
    }
    TensorBuilder builder({type.dtype, inputs[i].shape(), type.quant});
    const int low = type.dtype == DType::u8 ? 0 : -128;
    const auto from = real.values<float>();
    const auto bytes = builder.bytes();
    for (std::size_t k = 0; k < from.size(); ++k) {
      const float q = std::round(from[k] / type.quant->scale[0]) +
                      static_cast<float>(type.quant->zero_point[0]);
      const int integer =
          static_cast<int>(std::clamp(q, static_cast<float>(low), static_cast<float>(low + 255)));
      bytes[k] = static_cast<std::byte>(integer & 0xFF);
    }
    out.push_back(std::move(builder).build());
  }
  return out;
}

}  // namespace slipway::compile
