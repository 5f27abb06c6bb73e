#include "formats/openvino/node.h"

#include <algorithm>
#include <numeric>

#include "formats/layout.h"
#include "ops/quant/quantize.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice.h"

namespace slipway::formats {
namespace {

bool is_half(std::string_view text) { return text == "f16" || text == "FP16" || text == "bf16"; }

/// The element type in the weights file: half floats as they are.
Result<DType> stored_dtype(std::string_view text) {
  if (text == "bf16") return DType::bf16;
  if (is_half(text)) return DType::f16;
  return ir_dtype(text);
}

}  // namespace

std::vector<std::int64_t> moved_axis(std::size_t rank, std::size_t from, std::size_t to) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  const auto at = [&](std::size_t i) { return perm.begin() + static_cast<std::ptrdiff_t>(i); };
  if (from < to) std::rotate(at(from), at(from + 1), at(to + 1));
  if (to < from) std::rotate(at(to), at(from), at(from + 1));
  return perm;
}

Result<DType> ir_dtype(std::string_view text) {
  struct Name {
    std::string_view element_type;
    std::string_view precision;
    DType dtype;
  };

  static constexpr Name kNames[] = {
      {"f32", "FP32", DType::f32},        {"f16", "FP16", DType::f32}, {"bf16", "BF16", DType::f32},
      {"f64", "FP64", DType::f64},        {"i8", "I8", DType::i8},     {"u8", "U8", DType::u8},
      {"i16", "I16", DType::i16},         {"u16", "U16", DType::u16},  {"i32", "I32", DType::i32},
      {"u32", "U32", DType::u32},         {"i64", "I64", DType::i64},  {"u64", "U64", DType::u64},
      {"boolean", "BOOL", DType::boolean}};
  for (const auto& name : kNames) {
    if (text == name.element_type || text == name.precision) return name.dtype;
  }
  return fail(Code::unsupported, "the element type '{}'", text);
}

IrWeights::IrWeights(const Files& files, const std::string& path, ImportBudget& budget)
    : files_(files), path_(join(parent(path), fmt::format("{}.bin", stem(path)))), budget_(budget) {
  if (parent(path) == "." && !path.starts_with("./")) path_ = fmt::format("{}.bin", stem(path));
}

Result<BytesView> IrWeights::bytes(const IrBlob& blob) {
  if (!mapping_) {
    auto mapped = files_.map(path_);
    if (!mapped && mapped.error().code == Code::not_found) {
      return fail(Code::invalid_input, "the weights file {} is missing", path_)
          .with_remedy("put the .bin file beside the .xml, under the same name");
    }
    mapping_ = SLIPWAY_TRY(std::move(mapped));
    budget_.add_file(mapping_->bytes().size());
  }
  const auto all = mapping_->bytes();
  if (blob.offset > all.size() || blob.size > all.size() - blob.offset) {
    return fail(Code::corrupt, "{} has {} bytes; {} are wanted from {} on", path_, all.size(),
                blob.size, blob.offset)
        .with_remedy("it is cut short or belongs to another .xml: fetch both again");
  }
  return all.subspan(blob.offset, blob.size);
}

Result<Tensor> IrWeights::tensor(const IrBlob& blob, std::string_view element_type,
                                 const Shape& shape) {
  const auto stored = SLIPWAY_TRY(stored_dtype(element_type));
  if (!shape.is_known()) return fail(Code::corrupt, "weights of shape {}", shape.text());
  const TensorType type{stored, shape, {}};
  // A single number may have a longer part of the file to itself.
  if (static_cast<std::uint64_t>(type.bytes()) != blob.size) {
    return fail(Code::corrupt, "{} bytes of weights for {}{}", blob.size, name_of(stored),
                shape.text());
  }
  const std::tuple key(blob.offset, blob.size, stored);
  const auto found = made_.find(key);
  if (found != made_.end()) {
    return found->second.as({found->second.dtype(), shape, {}});
  }
  const auto view = SLIPWAY_TRY(bytes(blob));
  const bool half = is_half(element_type);
  SLIPWAY_TRY(budget_.spend(view.size() * (half ? 2 : 1)));
  auto made = SLIPWAY_TRY(Tensor::make(type, view));
  if (half) made = dequantized(made);
  made_.emplace(key, made);
  return made;
}

Result<ValueId> IrNode::input(std::size_t i) const {
  if (!has(i)) return fail(Code::invalid_input, "no edge leads to input {}", i);
  return inputs_[i];
}

Result<std::vector<ValueId>> IrNode::inputs() const {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < inputs_.size(); ++i) all.push_back(SLIPWAY_TRY(input(i)));
  return all;
}

Result<std::vector<std::int64_t>> IrNode::integers(std::size_t i) const {
  const auto* tensor = known(SLIPWAY_TRY(input(i)));
  if (tensor == nullptr) return fail(Code::unsupported, "input {} must be a constant here", i);
  return to_integers(*tensor);
}

Result<std::vector<float>> IrNode::numbers(std::size_t i) const {
  const auto* tensor = known(SLIPWAY_TRY(input(i)));
  if (tensor == nullptr) return fail(Code::unsupported, "input {} must be a constant here", i);
  const auto values = to_doubles(*tensor);
  return std::vector<float>(values.begin(), values.end());
}

Result<std::vector<std::int64_t>> IrNode::known_dims(ValueId id) const {
  const auto& shape = type(id).shape;
  if (!shape.is_known())
    return fail(Code::unsupported, "the shape {} must be known here", shape.text());
  return std::vector<std::int64_t>(shape.begin(), shape.end());
}

const std::string* IrNode::attribute(std::string_view name) {
  asked_.emplace(name);
  const auto found = layer_.data.find(name);
  return found == layer_.data.end() ? nullptr : &found->second;
}

Result<void> IrNode::check_attributes() const {
  // What the tools that write the files note for themselves.
  static constexpr std::string_view kNotes[] = {"PrimitivesPriority", "originalLayersNames"};
  for (const auto& [name, value] : layer_.data) {
    if (asked_.contains(name) || std::ranges::find(kNotes, name) != std::end(kNotes)) continue;
    return fail(Code::unsupported, "the attribute {}='{}' of layer '{}' ({}) is not known",
                name.substr(0, 100), value.substr(0, 100), layer_.name, layer_.type);
  }
  return {};
}

Result<std::int64_t> IrNode::integer(std::string_view name, std::int64_t fallback) {
  const auto* found = attribute(name);
  if (found == nullptr) return fallback;
  return ir_integer(*found).during("attribute '{}'", name);
}

Result<float> IrNode::number(std::string_view name, float fallback) {
  const auto* found = attribute(name);
  if (found == nullptr) return fallback;
  return ir_number(*found).during("attribute '{}'", name);
}

Result<bool> IrNode::flag(std::string_view name, bool fallback) {
  const auto* found = attribute(name);
  if (found == nullptr) return fallback;
  const auto& value = *found;
  if (value == "true" || value == "True" || value == "1") return true;
  if (value == "false" || value == "False" || value == "0" || value.empty()) return false;
  return fail(Code::corrupt, "the attribute '{}' is '{}', neither true nor false", name, value);
}

std::string IrNode::text(std::string_view name, std::string_view fallback) {
  const auto* found = attribute(name);
  return found == nullptr ? std::string(fallback) : *found;
}

Result<std::vector<std::int64_t>> IrNode::integer_list(std::string_view name,
                                                       std::vector<std::int64_t> fallback) {
  const auto* found = attribute(name);
  if (found == nullptr) return fallback;
  return ir_integers(*found).during("attribute '{}'", name);
}

Result<std::vector<float>> IrNode::number_list(std::string_view name) {
  const auto* found = attribute(name);
  if (found == nullptr) return std::vector<float>();
  return ir_numbers(*found).during("attribute '{}'", name);
}

Result<Padding> IrNode::padding() {
  const auto kind = text("auto_pad", "explicit");
  if (kind == "explicit" || kind == "notset" || kind.empty()) return Padding::given;
  if (kind == "same_upper") return Padding::same_upper;
  if (kind == "same_lower") return Padding::same_lower;
  if (kind == "valid") return Padding::valid;
  return fail(Code::corrupt, "auto_pad is '{}'", kind);
}

bool IrNode::has_blob(std::string_view name) const {
  return std::ranges::any_of(layer_.blobs, [&](const IrBlob& blob) { return blob.name == name; });
}

Result<std::int64_t> IrNode::blob_elements(std::string_view name) const {
  const auto found = std::ranges::find(layer_.blobs, name, &IrBlob::name);
  if (found == layer_.blobs.end()) return fail(Code::corrupt, "the layer has no {}", name);
  return static_cast<std::int64_t>(found->size) / (is_half(layer_.precision) ? 2 : 4);
}

Result<ValueId> IrNode::blob(std::string_view name, const Shape& shape) {
  const auto found = std::ranges::find(layer_.blobs, name, &IrBlob::name);
  if (found == layer_.blobs.end()) return fail(Code::corrupt, "the layer has no {}", name);
  return constant(name, SLIPWAY_TRY(import_.weights.tensor(*found, layer_.precision, shape)));
}

Result<void> IrNode::emit(const AnyOp& op, std::vector<ValueId> node_inputs) {
  if (outputs_.size() <= 1) {
    return alias(SLIPWAY_TRY(
        add_folded(import_.graph, op, std::move(node_inputs), layer_.name, import_.budget)));
  }
  const auto made = SLIPWAY_TRY(import_.graph.add_all(op, std::move(node_inputs), layer_.name));
  if (made.size() < outputs_.size()) {
    return fail(Code::unsupported, "{} outputs are asked for, there are {}", outputs_.size(),
                made.size());
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) SLIPWAY_TRY(alias(i, made[i]));
  return {};
}

Result<ValueId> IrNode::helper(const AnyOp& op, std::vector<ValueId> node_inputs,
                               std::string_view purpose) {
  return add_folded(import_.graph, op, std::move(node_inputs),
                    fmt::format("{}/{}", layer_.name, purpose), import_.budget);
}

Result<std::vector<ValueId>> IrNode::helper_all(const AnyOp& op, std::vector<ValueId> node_inputs,
                                                std::string_view purpose) {
  return import_.graph.add_all(op, std::move(node_inputs),
                               fmt::format("{}/{}", layer_.name, purpose));
}

ValueId IrNode::constant(std::string_view purpose, Tensor value) {
  return import_.graph.add_constant(fmt::format("{}/{}", layer_.name, purpose), std::move(value));
}

ValueId IrNode::constant(std::string_view purpose, float value) {
  return constant(purpose, Tensor::of(Shape{}, std::vector<float>{value}));
}

ValueId IrNode::constant(std::string_view purpose, const std::vector<std::int64_t>& values) {
  return constant(purpose, Tensor::of(Shape{static_cast<std::int64_t>(values.size())}, values));
}

Result<void> IrNode::alias(std::size_t i, ValueId value) {
  if (i >= outputs_.size()) {
    return fail(Code::corrupt, "the layer has no output {}", i);
  }
  const auto& stated = layer_.outputs[i].dims;
  const auto& shape = type(value).shape;
  // A scalar has no dimensions in the newer files, and one of 1 in the older.
  const bool scalar = import_.legacy && shape.is_known() && shape.elements() == 1;
  bool fits = stated.size() == shape.rank() || scalar;
  for (std::size_t d = 0; fits && !scalar && d < stated.size(); ++d)
    fits = stated[d] < 0 || shape[d] == Shape::kUnknown || stated[d] == shape[d];
  if (!fits) {
    return fail(Code::invalid_input, "output {} is {}, the file says [{}]", i, shape.text(),
                fmt::join(stated, ","));
  }
  outputs_[i] = value;
  return {};
}

Result<ValueId> IrNode::slice(ValueId x, ValueId begin, ValueId end, std::int64_t axis) {
  const auto axes = constant("axis", std::vector<std::int64_t>{axis});
  return helper(ops::Slice{}, {x, begin, end, axes}, "slice");
}

Result<ValueId> IrNode::per_channel(ValueId list, ValueId x) {
  const auto& shape = type(list).shape;
  const auto rank = type(x).shape.rank();
  if (shape.rank() != 1 || rank < 2 || shape[0] == 1) return list;
  std::vector<std::int64_t> dims(rank, 1);
  dims[1] = -1;
  return helper(ops::Reshape{}, {list, constant("channel_shape", dims)}, "per_channel");
}

bool IrNode::has_channels_last(ValueId value) const {
  if (type(value).shape.rank() <= 2 || known(value) != nullptr) return true;
  return find_channels_last(import_.graph, import_.channels_last, value).exists();
}

Result<ValueId> IrNode::channels_last(ValueId value) {
  return make_channels_last(import_.graph, import_.channels_last, value, import_.budget);
}

Result<ValueId> IrNode::channels_first(ValueId value) {
  const auto rank = type(value).shape.rank();
  if (rank <= 2) return value;
  const auto moved =
      SLIPWAY_TRY(helper(ops::Transpose{channels_to_first(rank)}, {value}, "channels_first"));
  import_.channels_last.emplace(moved, value);
  return moved;
}

Result<void> IrNode::emit_channels_last(const AnyOp& op, std::vector<ValueId> node_inputs) {
  const auto inner = SLIPWAY_TRY(
      add_folded(import_.graph, op, std::move(node_inputs), layer_.name, import_.budget));
  return alias(SLIPWAY_TRY(channels_first(inner)));
}

bool IrNode::all_last(std::span<const ValueId> node_inputs) const {
  std::size_t rank = 0;
  bool computed = false;
  for (const auto id : node_inputs) {
    rank = std::max(rank, type(id).shape.rank());
    computed = computed || (type(id).shape.rank() > 2 && known(id) == nullptr);
  }
  return rank > 2 && computed && std::ranges::all_of(node_inputs, [&](ValueId id) {
           const auto& shape = type(id).shape;
           const bool one = shape.is_known() && shape.elements() == 1;
           return has_channels_last(id) && (shape.rank() == rank || (one && shape.rank() <= 1));
         });
}

Result<ValueId> IrNode::elementwise(const AnyOp& op, std::vector<ValueId> node_inputs,
                                    std::string_view purpose) {
  if (!all_last(node_inputs)) return helper(op, std::move(node_inputs), purpose);
  for (auto& id : node_inputs) id = SLIPWAY_TRY(channels_last(id));
  return channels_first(SLIPWAY_TRY(helper(op, std::move(node_inputs), purpose)));
}

Result<void> IrNode::emit_elementwise(const AnyOp& op, std::vector<ValueId> node_inputs) {
  if (!all_last(node_inputs)) return emit(op, std::move(node_inputs));
  for (auto& id : node_inputs) id = SLIPWAY_TRY(channels_last(id));
  return emit_channels_last(op, std::move(node_inputs));
}

}  // namespace slipway::formats
