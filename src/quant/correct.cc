#include "quant/correct.h"

#include "quant/members.h"
#include "quant/quality.h"

namespace slipway::quant {

Result<ErrorGraph> error_graph(const Graph& graph, const Points& points, const Scheme& scheme) {
  Copy copy(graph);
  ErrorGraph out;
  std::vector<ValueId> outputs;
  std::map<ValueId, ValueId> rounded;
  for (std::int32_t n = 0; n < std::ssize(graph.nodes()); ++n) {
    const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
    if (node.op.is<Input>() || node.outputs[0].known) continue;
    std::vector<ValueId> inputs;
    for (const auto id : node.inputs) inputs.push_back(copy.of(id));
    const auto made = SLIPWAY_TRY(copy.add(node, inputs));
    for (std::int32_t slot = 0; slot < std::ssize(made); ++slot)
      copy.set({n, slot}, made[static_cast<std::size_t>(slot)]);
    const auto layer = scheme.layers.find(n);
    if (layer == scheme.layers.end()) continue;

    auto& to = copy.graph();
    const auto& name = node.outputs[0].name;
    const auto op = without_activation(node.op);
    const auto should = op == node.op ? made[0] : SLIPWAY_TRY(to.add(op, inputs, name + "/before"));
    const ValueId x = node.inputs[0];
    if (!rounded.contains(x)) {
      const auto& steps = scheme.steps[points.group_of.at(x)];
      rounded[x] = SLIPWAY_TRY(through_bytes(to, inputs[0], steps, graph.value(x).name));
    }
    const auto& [weights, bias] = layer->second;
    std::vector<ValueId> operands = {rounded.at(x)};
    operands.push_back(to.add_constant(name + "/weights", dequantized(weights)));
    if (bias) operands.push_back(to.add_constant(name + "/bias", dequantized(*bias)));
    outputs.push_back(should);
    outputs.push_back(SLIPWAY_TRY(to.add(op, std::move(operands), name + "/rounded")));
    out.layers.push_back(n);
  }
  copy.graph().set_outputs(std::move(outputs));
  out.graph = std::move(copy.graph());
  return out;
}

void LayerErrors::add(const Tensor& should, const Tensor& is) {
  const auto outputs = static_cast<std::size_t>(should.shape().back(0));
  sums_.resize(outputs, 0);
  squares_.resize(outputs, 0);
  const auto x = should.values<float>();
  const auto y = is.values<float>();
  if (outputs == 0) return;
  for (std::size_t i = 0; i < x.size(); i += outputs) {
    for (std::size_t o = 0; o < outputs; ++o) {
      const double value = static_cast<double>(x[i + o]);
      const double error = static_cast<double>(y[i + o]) - value;
      sums_[o] += error;
      squares_[o] += error * error;
      signal_ += value * value;
    }
  }
  count_ += static_cast<std::int64_t>(x.size() / outputs);
}

std::vector<float> LayerErrors::means() const {
  std::vector<float> out;
  for (const double sum : sums_)
    out.push_back(count_ == 0 ? 0 : static_cast<float>(sum / static_cast<double>(count_)));
  return out;
}

double LayerErrors::sqnr_db(bool corrected) const {
  double noise = 0;
  for (std::size_t o = 0; o < sums_.size(); ++o) {
    const double mean = corrected && count_ > 0 ? sums_[o] / static_cast<double>(count_) : 0;
    noise += squares_[o] - mean * sums_[o];
  }
  return decibels(signal_, noise > 0 ? noise : 0);
}

Json LayerErrors::to_json() const {
  Json out;
  out.set("count", count_);
  out.set("signal", signal_);
  Json sums(Json::Array{});
  Json squares(Json::Array{});
  for (const double sum : sums_) sums.push(sum);
  for (const double square : squares_) squares.push(square);
  out.set("sums", std::move(sums));
  out.set("squares", std::move(squares));
  return out;
}

Result<LayerErrors> LayerErrors::from_json(const Json& json) {
  const Members members(json, "the differences of a layer");
  const auto* sums = SLIPWAY_TRY(members.list("sums"));
  const auto* squares = SLIPWAY_TRY(members.list("squares"));
  if (sums->size() != squares->size())
    return fail(Code::corrupt, "the differences of a layer are not whole");
  LayerErrors out;
  out.count_ = SLIPWAY_TRY(members.whole("count"));
  out.signal_ = SLIPWAY_TRY(members.real("signal"));
  for (const auto& sum : *sums) out.sums_.push_back(SLIPWAY_TRY(sum.number()));
  for (const auto& square : *squares) out.squares_.push_back(SLIPWAY_TRY(square.number()));
  return out;
}

Tensor corrected_bias(const Tensor* bias, const LayerErrors& errors) {
  auto values = errors.means();
  for (std::size_t o = 0; o < values.size(); ++o)
    values[o] = (bias == nullptr ? 0 : bias->values<float>()[o]) - values[o];
  return Tensor::of<float>({std::ssize(values)}, values);
}

}  // namespace slipway::quant
