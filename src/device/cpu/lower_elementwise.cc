// Functions of elements: bytes by tables, floats by kernels.

#include <algorithm>
#include <cmath>
#include <limits>

#include "device/cpu/loops.h"
#include "device/cpu/lower_lookups.h"
#include "device/cpu/rules.h"
#include "engine/elementwise_steps.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/rectifier.h"
#include "ops/elementwise/unary.h"
#include "ops/normalize/statistics.h"
#include "ops/quant/quantize.h"

namespace slipway::cpu {
namespace {

using kernels::BinaryF32Kind;
using kernels::UnaryF32Kind;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Unary {
  UnaryF32Kind kind;
  float a = 0;
  float b = 0;
};

struct NamedUnary {
  std::string_view op;
  Unary function;
};

constexpr NamedUnary kUnary[] = {
    {"Abs", {UnaryF32Kind::abs}},
    {"Acos", {UnaryF32Kind::acos}},
    {"Acosh", {UnaryF32Kind::acosh}},
    {"Asin", {UnaryF32Kind::asin}},
    {"Asinh", {UnaryF32Kind::asinh}},
    {"Atan", {UnaryF32Kind::atan}},
    {"Atanh", {UnaryF32Kind::atanh}},
    {"Ceil", {UnaryF32Kind::ceil}},
    {"Cos", {UnaryF32Kind::cos}},
    {"Cosh", {UnaryF32Kind::cosh}},
    {"Erf", {UnaryF32Kind::erf}},
    {"Exp", {UnaryF32Kind::exp}},
    {"Floor", {UnaryF32Kind::floor}},
    {"HardSwish", {UnaryF32Kind::hard_swish}},
    {"Log", {UnaryF32Kind::log}},
    {"Mish", {UnaryF32Kind::mish}},
    {"Neg", {UnaryF32Kind::neg}},
    {"Reciprocal", {UnaryF32Kind::reciprocal}},
    {"Relu", {UnaryF32Kind::clip, 0, kInfinity}},
    {"Relu0To1", {UnaryF32Kind::clip, 0, 1}},
    {"Relu6", {UnaryF32Kind::clip, 0, 6}},
    {"ReluN1To1", {UnaryF32Kind::clip, -1, 1}},
    {"Round", {UnaryF32Kind::round}},
    {"Rsqrt", {UnaryF32Kind::rsqrt}},
    {"Sigmoid", {UnaryF32Kind::sigmoid}},
    {"Sign", {UnaryF32Kind::sign}},
    {"Sin", {UnaryF32Kind::sin}},
    {"Sinh", {UnaryF32Kind::sinh}},
    {"Softplus", {UnaryF32Kind::softplus}},
    {"Softsign", {UnaryF32Kind::softsign}},
    {"Sqrt", {UnaryF32Kind::sqrt}},
    {"Square", {UnaryF32Kind::square}},
    {"Tan", {UnaryF32Kind::tan}},
    {"Tanh", {UnaryF32Kind::tanh}},
};

/// The function of an op with numbers of its own, if it is a T.
template <class T>
bool is_curve(const AnyOp& op, UnaryF32Kind kind, std::optional<Unary>& out) {
  const auto* curve = op.as<T>();
  if (curve != nullptr) out = {kind, curve->alpha, curve->beta};
  return curve != nullptr;
}

std::optional<Unary> unary_of(const AnyOp& op) {
  const auto found = std::ranges::find(kUnary, op.name(), &NamedUnary::op);
  if (found != std::end(kUnary)) return found->function;
  if (const auto* leaky = op.as<ops::LeakyRelu>()) return Unary{UnaryF32Kind::leaky, leaky->slope};
  if (const auto* gelu = op.as<ops::Gelu>())
    return Unary{gelu->approximate ? UnaryF32Kind::gelu_tanh : UnaryF32Kind::gelu};
  std::optional<Unary> out;
  const bool found_curve = is_curve<ops::Celu>(op, UnaryF32Kind::celu, out) ||
                           is_curve<ops::Elu>(op, UnaryF32Kind::elu, out) ||
                           is_curve<ops::HardSigmoid>(op, UnaryF32Kind::hard_sigmoid, out) ||
                           is_curve<ops::Selu>(op, UnaryF32Kind::selu, out) ||
                           is_curve<ops::Shrink>(op, UnaryF32Kind::shrink, out) ||
                           is_curve<ops::Swish>(op, UnaryF32Kind::swish, out) ||
                           is_curve<ops::ThresholdedRelu>(op, UnaryF32Kind::threshold, out);
  return found_curve ? out : std::nullopt;
}

struct Binary {
  BinaryF32Kind kind;
  Activation activation = Activation::none;
};

/// The function of an arithmetic op, if it is a T.
template <class T>
bool is_arithmetic(const AnyOp& op, BinaryF32Kind kind, std::optional<Binary>& out) {
  const auto* arithmetic = op.as<T>();
  if (arithmetic != nullptr) out = {kind, arithmetic->activation};
  return arithmetic != nullptr;
}

std::optional<Binary> binary_of(const AnyOp& op) {
  if (op.is<ops::PRelu>()) return Binary{BinaryF32Kind::slope};
  std::optional<Binary> out;
  const bool found =
      is_arithmetic<ops::Add>(op, BinaryF32Kind::add, out) ||
      is_arithmetic<ops::Atan2>(op, BinaryF32Kind::arctangent, out) ||
      is_arithmetic<ops::Div>(op, BinaryF32Kind::divide, out) ||
      is_arithmetic<ops::FloorDiv>(op, BinaryF32Kind::floored_quotient, out) ||
      is_arithmetic<ops::FloorMod>(op, BinaryF32Kind::floored_remainder, out) ||
      is_arithmetic<ops::Fmod>(op, BinaryF32Kind::remainder, out) ||
      is_arithmetic<ops::Maximum>(op, BinaryF32Kind::maximum, out) ||
      is_arithmetic<ops::Minimum>(op, BinaryF32Kind::minimum, out) ||
      is_arithmetic<ops::Mul>(op, BinaryF32Kind::multiply, out) ||
      is_arithmetic<ops::Pow>(op, BinaryF32Kind::power, out) ||
      is_arithmetic<ops::SquaredDifference>(op, BinaryF32Kind::squared_difference, out) ||
      is_arithmetic<ops::Sub>(op, BinaryF32Kind::subtract, out);
  return found ? out : std::nullopt;
}

void add_unary(Lowering& lowering, const Unary& function, std::int64_t count,
               const engine::Place& in, const engine::Place& out, std::string_view op) {
  engine::UnaryF32Step step;
  step.count = count;
  step.unit_elements = unit_rows(sizeof(float));
  step.kind = function.kind;
  step.a = function.a;
  step.b = function.b;
  step.in = in;
  step.out = out;
  step.header.units =
      static_cast<std::uint32_t>((count + step.unit_elements - 1) / step.unit_elements);
  add_newest(lowering, step, engine::StepKind::unary_f32, kernels::unary_f32_variants(),
             fmt::format("{} of {} floats", op, count));
}

void add_binary(Lowering& lowering, const Binary& function, engine::Loops loops,
                const engine::Place& a, const engine::Place& b, const engine::Place& out,
                std::string_view op) {
  engine::BinaryF32Step step;
  step.loops = loops;
  step.header.units = cut(step.loops, sizeof(float));
  step.kind = function.kind;
  const auto range = range_of(function.activation);
  step.low = range.low;
  step.high = range.high;
  step.a = a;
  step.b = b;
  step.out = out;
  std::string dims;
  for (int i = 0; i < loops.rank; ++i) dims += fmt::format("{}{}", i > 0 ? "x" : "", loops.dims[i]);
  add_newest(lowering, step, engine::StepKind::binary_f32, kernels::binary_f32_variants(),
             fmt::format("{} of {} floats", op, dims));
}

/// A constant of few channels that every pixel meets anew is laid out for several pixels in a row:
/// loops over three elements cost more than what they compute.
void repeat(Lowering& lowering, engine::Loops& loops, int input, engine::Place& constant) {
  constexpr std::int64_t kShort = 64;
  constexpr std::int64_t kLong = 512;
  const int last = loops.rank - 1;
  const std::int64_t count = loops.dims[last];
  if (last < 1 || count >= kShort || constant.space != engine::Space::constants) return;
  const int other = 1 - input;
  const bool fits = loops.steps[input][last] == 1 && loops.steps[input][last - 1] == 0 &&
                    loops.steps[other][last] == 1 && loops.steps[other][last - 1] == count;
  if (!fits) return;
  std::int64_t times = kLong / count;
  while (loops.dims[last - 1] % times != 0) --times;
  if (times == 1) return;
  const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
  const auto rows = lowering.plan().add_constants(bytes * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) {
    auto* to = lowering.plan().constants_at(rows) + static_cast<std::size_t>(i) * bytes;
    std::copy_n(lowering.plan().constants_at(constant), bytes, to);
  }
  constant = rows;
  loops.dims[last - 1] /= times;
  loops.dims[last] *= times;
  loops.steps[other][last - 1] *= times;
}

Result<void> lower_binary(Lowering& lowering, ValueId y, const Binary& function) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const Shape shapes[] = {graph.type(node.inputs[0]).shape, graph.type(node.inputs[1]).shape};
  auto loops = SLIPWAY_TRY(loops_of(graph.type(y).shape, shapes));
  auto a = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  auto b = SLIPWAY_TRY(lowering.place(node.inputs[1]));
  repeat(lowering, loops, 1, b);
  repeat(lowering, loops, 0, a);
  add_binary(lowering, function, loops, a, b, lowering.make_room(y), node.op.name());
  return {};
}

struct NamedComparison {
  std::string_view op;
  engine::Comparison comparison;
  bool swapped = false;
};

constexpr NamedComparison kComparisons[] = {
    {"Equal", engine::Comparison::equal},
    {"Greater", engine::Comparison::less, true},
    {"GreaterOrEqual", engine::Comparison::less_or_equal, true},
    {"Less", engine::Comparison::less},
    {"LessOrEqual", engine::Comparison::less_or_equal},
    {"NotEqual", engine::Comparison::not_equal},
};

Result<void> lower_comparison(Lowering& lowering, ValueId y, const NamedComparison& named) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const ValueId a = node.inputs[named.swapped ? 1 : 0];
  const ValueId b = node.inputs[named.swapped ? 0 : 1];
  const Shape shapes[] = {graph.type(a).shape, graph.type(b).shape};
  engine::CompareF32Step step;
  step.loops = SLIPWAY_TRY(loops_of(graph.type(y).shape, shapes));
  step.header.units = cut(step.loops, sizeof(float));
  step.comparison = named.comparison;
  step.a = SLIPWAY_TRY(lowering.place(a));
  step.b = SLIPWAY_TRY(lowering.place(b));
  step.out = lowering.make_room(y);
  lowering.plan().add(step, engine::StepKind::compare_f32, "",
                      fmt::format("{} of {} floats", named.op, graph.type(y).shape.text()));
  return {};
}

Result<void> lower_floats(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  for (const auto id : node.inputs) {
    if (id.exists() && graph.type(id).dtype != DType::f32)
      return fail(Code::unsupported, "{} of {}", node.op.name(), graph.type(id).text());
  }
  if (const auto function = unary_of(node.op)) {
    const auto in = SLIPWAY_TRY(lowering.place(node.inputs[0]));
    add_unary(lowering, *function, graph.type(y).shape.elements(), in, lowering.make_room(y),
              node.op.name());
    return {};
  }
  if (const auto function = binary_of(node.op)) return lower_binary(lowering, y, *function);
  const auto found = std::ranges::find(kComparisons, node.op.name(), &NamedComparison::op);
  if (found != std::end(kComparisons)) return lower_comparison(lowering, y, *found);
  if (node.op.is<ops::Quantize>()) return lower_floats_to_bytes(lowering, y);
  return fail(Code::unsupported, "no kernel takes {} of floats", node.op.name());
}

Result<void> lower_select(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  std::vector<Shape> shapes;
  for (const auto id : node.inputs) shapes.push_back(graph.type(id).shape);
  engine::SelectStep step;
  step.loops = SLIPWAY_TRY(loops_of(graph.type(y).shape, shapes));
  step.element_bytes = static_cast<std::int32_t>(size_of(graph.type(y).dtype));
  step.header.units = cut(step.loops, step.element_bytes);
  step.condition = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  step.a = SLIPWAY_TRY(lowering.place(node.inputs[1]));
  step.b = SLIPWAY_TRY(lowering.place(node.inputs[2]));
  step.out = lowering.make_room(y);
  lowering.plan().add(step, engine::StepKind::select, "", graph.type(y).shape.text());
  return {};
}

Result<void> lower_bytes(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  std::size_t known = 0;
  for (const auto id : node.inputs) known += !id.exists() || graph.known(id) != nullptr ? 1 : 0;
  if (known + 1 == node.inputs.size()) {
    auto done = lower_lookup(lowering, y);
    if (done || node.inputs.size() != 2) return done;
  }
  return lower_lookup2(lowering, y);
}

}  // namespace

Result<void> lower_elementwise(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  if (node.op.is<ops::Select>()) return lower_select(lowering, y);
  // What decides is what is not known before running: exponents, scales and ranges usually are.
  bool bytes = false;
  for (const auto id : node.inputs)
    bytes =
        bytes || (id.exists() && graph.known(id) == nullptr && size_of(graph.type(id).dtype) == 1);
  return bytes ? lower_bytes(lowering, y) : lower_floats(lowering, y);
}

Result<void> lower_batch_normalization(Lowering& lowering, ValueId y) {
  const auto& graph = lowering.graph();
  const auto& node = graph.node(y);
  const auto& type = graph.type(y);
  if (type.dtype != DType::f32) return fail(Code::unsupported, "statistics of {}", type.text());
  std::vector<std::vector<double>> numbers;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const auto* known = graph.known(node.inputs[i]);
    if (known == nullptr) return fail(Code::unsupported, "statistics that are not constant");
    numbers.push_back(to_doubles(*known));
  }
  const double epsilon = node.op.as<ops::BatchNormalization>()->epsilon;
  const auto channels = static_cast<std::size_t>(type.shape.back(0));
  auto scale = lowering.plan().add_constants(channels * sizeof(float));
  auto bias = lowering.plan().add_constants(channels * sizeof(float));
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = numbers[0][c] / std::sqrt(numbers[3][c] + epsilon);
    const auto put = [&](const engine::Place& place, double value) {
      reinterpret_cast<float*>(lowering.plan().constants_at(place))[c] = static_cast<float>(value);
    };
    put(scale, factor);
    put(bias, numbers[1][c] - numbers[2][c] * factor);
  }
  const Shape shapes[] = {type.shape, Shape{type.shape.back(0)}};
  const auto x = SLIPWAY_TRY(lowering.place(node.inputs[0]));
  const auto out = lowering.make_room(y);
  auto loops = SLIPWAY_TRY(loops_of(type.shape, shapes));
  auto again = loops;
  repeat(lowering, loops, 1, scale);
  repeat(lowering, again, 1, bias);
  add_binary(lowering, {BinaryF32Kind::multiply}, loops, x, scale, out, "Mul");
  add_binary(lowering, {BinaryF32Kind::add}, again, out, bias, out, "Add");
  return {};
}

}  // namespace slipway::cpu
