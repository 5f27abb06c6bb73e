// Names and nodes of a file that is being written.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "formats/onnx/tensor.h"
#include "formats/onnx/write.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "ops/whole.h"

namespace slipway::formats {
namespace {

using Attribute = ::onnx::AttributeProto;

void set_attribute(std::string_view name, const OnnxValue& value, Attribute& out) {
  out.set_name(std::string(name));
  if (const auto* i = std::get_if<std::int64_t>(&value)) {
    out.set_type(Attribute::INT);
    out.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&value)) {
    out.set_type(Attribute::FLOAT);
    out.set_f(*f);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    out.set_type(Attribute::STRING);
    out.set_s(*s);
  } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&value)) {
    out.set_type(Attribute::INTS);
    for (const auto x : *ints) out.add_ints(x);
  } else if (const auto* floats = std::get_if<std::vector<float>>(&value)) {
    out.set_type(Attribute::FLOATS);
    for (const auto x : *floats) out.add_floats(x);
  } else if (const auto* strings = std::get_if<std::vector<std::string>>(&value)) {
    out.set_type(Attribute::STRINGS);
    for (const auto& x : *strings) out.add_strings(x);
  } else if (const auto* tensor = std::get_if<Tensor>(&value)) {
    out.set_type(Attribute::TENSOR);
    *out.mutable_t() = onnx_proto(*tensor, "");
  }
}

Tensor reshaped(const Tensor& tensor, Shape shape) {
  auto out = tensor.as({.dtype = tensor.dtype(), .shape = std::move(shape)});
  SLIPWAY_CHECK(out);
  return std::move(out).value();
}

/// The numbers of a tensor of one type as another.
Tensor converted(const Tensor& tensor, DType to) {
  if (tensor.dtype() == to) return reshaped(tensor, tensor.shape());
  TensorBuilder builder({.dtype = to, .shape = tensor.shape()});
  const auto numbers = to_doubles(tensor);
  visit(to, [&]<class T>(T) {
    const auto out = builder.values<T>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
        out[i] = T(static_cast<float>(numbers[i]));
      } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        out[i] = whole<T>(numbers[i]);  // the bound of an activation may lie outside of the type
      } else {
        out[i] = static_cast<T>(numbers[i]);
      }
    }
  });
  return std::move(builder).build();
}

}  // namespace

::onnx::TensorProto onnx_proto(const Tensor& value, const std::string& name) {
  ::onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(onnx_data_type(value.dtype()));
  for (const auto dim : value.shape()) proto.add_dims(dim);
  proto.set_raw_data(std::string(as_text(value.bytes())));
  return proto;
}

void set_onnx_type(const TensorType& type, ::onnx::TypeProto& proto) {
  auto& tensor = *proto.mutable_tensor_type();
  tensor.set_elem_type(onnx_data_type(type.dtype));
  auto& shape = *tensor.mutable_shape();
  for (const auto dim : type.shape) {
    auto* out = shape.add_dim();
    if (dim != Shape::kUnknown) out->set_dim_value(dim);
  }
}

Tensor transposed(const Tensor& tensor, const std::vector<std::int64_t>& perm) {
  const AnyOp op = ops::Transpose{perm};
  const std::optional<Known> known[] = {Known{tensor.type(), &tensor}};
  const auto types = op.infer(KnownInputs(known));
  SLIPWAY_CHECK(types);
  const std::optional<Tensor> inputs[] = {tensor};
  const TensorType outputs[] = {(*types)[0].type};
  EvalIo io(inputs, outputs);
  if (io.has_work()) SLIPWAY_CHECK(op.eval(io));
  return std::move(std::move(io).take()[0]);
}

std::vector<std::int64_t> first_of_last(std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  if (rank > 2) std::rotate(perm.begin() + 1, perm.end() - 1, perm.end());
  return perm;
}

std::vector<std::int64_t> last_of_first(std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  if (rank > 2) std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return perm;
}

DType computed_in(DType dtype) {
  switch (dtype) {
    case DType::f16:
    case DType::bf16:
      return DType::f32;
    case DType::i8:
    case DType::u8:
    case DType::i16:
    case DType::u16:
      return DType::i32;
    case DType::u32:
    case DType::u64:
      return DType::i64;
    default:
      return dtype;
  }
}

const Tensor* integers_behind(const Graph& graph, ValueId value) {
  if (!value.exists()) return nullptr;
  const auto& node = graph.node(value);
  if (!node.op.is<ops::Dequantize>() || node.inputs.size() != 1) return nullptr;
  const auto* constant = graph.node(node.inputs[0]).op.as<Constant>();
  if (constant == nullptr || !constant->value.type().quant) return nullptr;
  const auto dtype = constant->value.dtype();
  const bool has_operator = dtype == DType::i8 || dtype == DType::u8 || dtype == DType::i32;
  return has_operator ? &constant->value : nullptr;
}

// --- OnnxSpace -----------------------------------------------------------------------------------

std::string OnnxSpace::fresh(const std::string& wish) {
  std::string name = is_function() ? "t" : wish;
  if (!is_function() && taken_.insert(name).second) return name;
  int& suffix = suffixes_[name];
  std::string numbered;
  do numbered = fmt::format("{}{}{}", name, is_function() ? "" : "_", ++suffix);
  while (!taken_.insert(numbered).second);
  return numbered;
}

::onnx::NodeProto& OnnxSpace::add(std::string_view op_type, const std::vector<std::string>& inputs,
                                  const OnnxAttributes& attributes,
                                  const std::vector<std::string>& outputs) {
  auto& node = *nodes_.Add();
  node.set_op_type(std::string(op_type));
  for (const auto& name : inputs) node.add_input(name);
  for (const auto& name : outputs) node.add_output(name);
  for (const auto& [name, value] : attributes) set_attribute(name, value, *node.add_attribute());
  return node;
}

std::string OnnxSpace::constant(const Tensor& value, const std::string& wish) {
  std::string key;
  if (value.elements() <= 1 && !value.type().quant) {
    key = value.type().text() + std::string(as_text(value.bytes()));
    const auto found = shared_.find(key);
    if (found != shared_.end()) return found->second;
  }
  auto name = fresh(wish);
  if (is_function()) {
    add("Constant", {}, {{"value", value}}, {name});
  } else {
    *graph_->add_initializer() = onnx_proto(value, name);
    if (value.type().quant) scales.emplace(name, value.type());
  }
  if (!key.empty()) shared_.emplace(key, name);
  return name;
}

void OnnxSpace::rename(int begin, const std::string& from, const std::string& to) {
  for (int k = begin; k < nodes_.size(); ++k) {
    for (auto& name : *nodes_.Mutable(k)->mutable_input()) name = name == from ? to : name;
    for (auto& name : *nodes_.Mutable(k)->mutable_output()) name = name == from ? to : name;
  }
}

// --- OnnxWriter ----------------------------------------------------------------------------------

const TensorType& OnnxWriter::type_of(ValueId value) const {
  static const TensorType kNone{};
  if (!value.exists()) return kNone;
  const auto found = space_.types.find(value);
  return found != space_.types.end() ? found->second : graph_.type(value);
}

std::string OnnxWriter::title() const { return node_.outputs[0].name; }

Result<std::vector<std::int64_t>> OnnxWriter::integers(std::size_t i) const {
  if (known(i) == nullptr) {
    return fail(Code::unsupported, "its input {} is only known when the graph runs", i);
  }
  return to_integers(*known(i));
}

bool OnnxWriter::lies_first(std::size_t i) const {
  if (!has(i) || known(i) != nullptr) return false;
  const auto found = space_.names.find(node_.inputs[i]);
  return found != space_.names.end() && found->second.last.empty();
}

bool OnnxWriter::is_there_first(std::size_t i) {
  const auto found = space_.names.find(node_.inputs[i]);
  if (found != space_.names.end() && !found->second.first.empty()) return true;
  space_.wishes.erase(node_.inputs[i]);
  return false;
}

std::string OnnxWriter::dequantized(ValueId value, const std::vector<std::int64_t>& perm) {
  const auto& integers = *integers_behind(graph_, value);
  const auto& quant = *integers.type().quant;
  const auto shape = quant.per_axis() ? Shape{std::ssize(quant.scale)} : Shape();
  const auto plain = *integers.as({integers.dtype(), integers.shape()});
  const auto name = graph_.value(graph_.node(value).inputs[0]).name;
  std::vector<std::string> inputs = {space_.constant(transposed(plain, perm), name),
                                     constant(Tensor::of(shape, quant.scale))};
  const std::vector<double> zeros(quant.zero_point.begin(), quant.zero_point.end());
  inputs.push_back(constant(converted(Tensor::of(shape, zeros), integers.dtype())));
  OnnxAttributes attributes;
  if (quant.per_axis())
    attributes.emplace_back("axis", std::ranges::find(perm, quant.axis) - perm.begin());
  const auto floats = space_.fresh(graph_.value(value).name);
  space_.add("DequantizeLinear", inputs, attributes, {floats});
  return floats;
}

std::string OnnxWriter::last_of(ValueId value) {
  auto& names = space_.names[value];
  if (!names.last.empty()) return names.last;
  if (!in_function() && integers_behind(graph_, value) != nullptr) {
    std::vector<std::int64_t> perm(graph_.type(value).shape.rank());
    std::iota(perm.begin(), perm.end(), 0);
    auto name = dequantized(value, perm);
    return space_.names[value].last = std::move(name);
  }
  const auto& of_graph = graph_.value(value);
  if (of_graph.known) {
    names.last = space_.constant(*of_graph.known, of_graph.name);
  } else {
    SLIPWAY_CHECK(!names.first.empty());
    names.last = of_graph.name;
    space_.add("Transpose", {names.first}, {{"perm", last_of_first(of_graph.type.shape.rank())}},
               {names.last});
  }
  return names.last;
}

std::string OnnxWriter::first_of(ValueId value) {
  const auto& of_graph = graph_.value(value);
  const auto rank = of_graph.type.shape.rank();
  if (rank <= 2) return last_of(value);
  if (auto& names = space_.names[value]; !names.first.empty()) return names.first;
  const auto wished = space_.wishes.find(value);
  const bool is_wished = wished != space_.wishes.end() && !of_graph.known && !in_function();
  const auto wish = of_graph.name + "/channels_first";
  std::string name;
  if (of_graph.known && !in_function()) {
    name = space_.constant(transposed(*of_graph.known, first_of_last(rank)), wish);
  } else {
    const auto whole = last_of(value);
    name = is_wished ? wished->second : space_.fresh(wish);
    space_.add("Transpose", {whole}, {{"perm", first_of_last(rank)}}, {name});
  }
  return space_.names[value].first = name;
}

Result<void> OnnxWriter::check_inputs() const {
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (has(i) && !asked_.contains(i))
      return fail(Code::unsupported, "ONNX has no operator for {} with an input {}",
                  node_.op.name(), i);
  }
  return {};
}

std::string OnnxWriter::permuted(std::size_t i, const std::vector<std::int64_t>& perm) {
  asked_.insert(i);
  if (!in_function() && integers_behind(graph_, node_.inputs[i]) != nullptr)
    return dequantized(node_.inputs[i], perm);
  if (known(i) != nullptr && !in_function())
    return space_.constant(transposed(*known(i), perm), graph_.value(node_.inputs[i]).name);
  return transpose(last(i), perm);
}

std::string OnnxWriter::index(std::size_t i, int rank) {
  if (const auto* numbers = known(i)) {
    auto wide = converted(*numbers, DType::i64);
    if (rank >= 0 && static_cast<int>(wide.shape().rank()) != rank) {
      SLIPWAY_CHECK(rank == 1 || wide.elements() == 1);
      wide = reshaped(wide, rank == 0 ? Shape() : Shape{wide.elements()});
    }
    return constant(wide);
  }
  auto name = cast(last(i), type(i).dtype, DType::i64);
  if (rank >= 0 && static_cast<int>(type(i).shape.rank()) != rank)
    name = reshape(name, rank == 0 ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{-1});
  return name;
}

std::string OnnxWriter::add(std::string_view op_type, const std::vector<std::string>& inputs,
                            const OnnxAttributes& attributes) {
  return add_all(op_type, inputs, attributes, 1)[0];
}

std::vector<std::string> OnnxWriter::add_all(std::string_view op_type,
                                             const std::vector<std::string>& inputs,
                                             const OnnxAttributes& attributes,
                                             std::size_t outputs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i)
    names.push_back(space_.fresh(fmt::format("{}/{}", title(), op_type)));
  made_.insert(names.begin(), names.end());
  space_.add(op_type, inputs, attributes, names);
  return names;
}

std::string OnnxWriter::constant(const Tensor& value) {
  return space_.constant(value, title() + "/constant");
}

std::string OnnxWriter::number(DType dtype, double value) {
  return constant(converted(Tensor::of<double>({}, {value}), dtype));
}

std::string OnnxWriter::indices(const std::vector<std::int64_t>& values) {
  return constant(Tensor::of({static_cast<std::int64_t>(values.size())}, values));
}

std::string OnnxWriter::cast(const std::string& x, DType from, DType to) {
  return from == to ? x : add("Cast", {x}, {{"to", onnx_data_type(to)}});
}

std::string OnnxWriter::reduced(std::string_view op_type, const std::string& x,
                                const std::vector<std::int64_t>& axes, bool keep_dims) {
  const OnnxValue keep = std::int64_t{keep_dims ? 1 : 0};
  if (space_.opset >= 18 || op_type == "ReduceSum")
    return add(op_type, {x, indices(axes)}, {{"keepdims", keep}});
  return add(op_type, {x}, {{"axes", axes}, {"keepdims", keep}});
}

std::string OnnxWriter::reshape(const std::string& x, const std::vector<std::int64_t>& shape) {
  return add("Reshape", {x, indices(shape)});
}

std::string OnnxWriter::clamp(const std::string& x, DType dtype, float low, float high) {
  if (std::isinf(low) && std::isinf(high)) return x;
  if (low == 0 && std::isinf(high) && is_float(dtype)) return add("Relu", {x});
  std::vector<std::string> inputs = {x, ""};
  if (std::isfinite(low)) inputs[1] = number(dtype, static_cast<double>(low));
  if (std::isfinite(high)) inputs.push_back(number(dtype, static_cast<double>(high)));
  return add("Clip", inputs);
}

std::string OnnxWriter::clamp_to(const std::string& x, DType wide, DType narrow) {
  std::string y = x;
  visit(narrow, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) {
      const auto low = number(wide, static_cast<double>(std::numeric_limits<T>::lowest()));
      const auto high = number(wide, static_cast<double>(std::numeric_limits<T>::max()));
      y = add("Clip", {x, low, high});
    }
  });
  return y;
}

bool OnnxWriter::all_first() const {
  const auto rank = output_type(0).shape.rank();
  bool any = false;
  for (std::size_t i = 0; i < input_count(); ++i) {
    const auto& shape = type(i).shape;
    if (known(i) != nullptr) {
      if (shape.rank() > rank) return false;
      continue;
    }
    if (shape.rank() == 0) continue;
    const auto found = space_.names.find(node_.inputs[i]);
    if (shape.rank() != rank || found == space_.names.end() || found->second.first.empty())
      return false;
    any = any || lies_first(i);
  }
  return any && rank > 2;
}

std::string OnnxWriter::aligned_first(std::size_t i) {
  asked_.insert(i);
  const auto rank = output_type(0).shape.rank();
  const auto& shape = type(i).shape;
  if (shape.rank() == rank) return first(i);
  if (shape.rank() == 0) return last(i);
  std::vector<std::int64_t> dims(rank, 1);
  std::copy(shape.begin(), shape.end(), dims.end() - static_cast<std::ptrdiff_t>(shape.rank()));
  const auto whole = reshaped(*known(i), *Shape::make(dims));
  return space_.constant(transposed(whole, first_of_last(rank)),
                         graph_.value(node_.inputs[i]).name);
}

void OnnxWriter::elementwise(
    const std::function<std::string(const std::vector<std::string>&)>& build, bool cast_back) {
  const bool first = all_first();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < input_count(); ++i) {
    const DType dtype = type(i).dtype;
    names.push_back(cast(first ? aligned_first(i) : last(i), dtype, elementwise_in(dtype)));
  }
  auto name = build(names);
  if (cast_back) name = cast(name, elementwise_in(type(0).dtype), output_type(0).dtype);
  finish(0, name, first);
}

void OnnxWriter::finish(std::size_t i, const std::string& name, bool first) {
  const auto value = outputs_[i];
  const auto& of_graph = graph_.value(value);
  first = first && of_graph.type.shape.rank() > 2;
  auto& names = space_.names[value];
  std::string wish;
  if (in_function()) {
    wish = name;
  } else if (!first) {
    wish = of_graph.name;
  } else if (const auto wished = space_.wishes.find(value); wished != space_.wishes.end()) {
    wish = wished->second;
  } else {
    wish = space_.fresh(of_graph.name + "/channels_first");
  }
  // What was there before keeps its name.
  if (made_.contains(name)) {
    space_.rename(begin_, name, wish);
  } else {
    wish = name;
  }
  (first ? names.first : names.last) = wish;
}

}  // namespace slipway::formats
