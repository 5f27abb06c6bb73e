#include "formats/onnx/tensor.h"

#include <algorithm>
#include <charconv>

namespace slipway::formats {
namespace {

using Proto = ::onnx::TensorProto;

// Newer than the onnx.proto that we read with.
constexpr int kUint4 = 21;
constexpr int kInt4 = 22;

struct TypeName {
  int type;
  std::string_view name;
};

constexpr TypeName kRefused[] = {
    {Proto::STRING, "strings"},
    {Proto::COMPLEX64, "complex numbers"},
    {Proto::COMPLEX128, "complex numbers"},
    {17, "8-bit floats (float8e4m3fn)"},
    {18, "8-bit floats (float8e4m3fnuz)"},
    {19, "8-bit floats (float8e5m2)"},
    {20, "8-bit floats (float8e5m2fnuz)"},
    {23, "4-bit floats (float4e2m1)"},
    {24, "8-bit floats (float8e8m0)"},
    {25, "2-bit integers (uint2)"},
    {26, "2-bit integers (int2)"},
};

struct TypeRow {
  int type;
  DType dtype;
};

constexpr TypeRow kTypes[] = {
    {Proto::FLOAT, DType::f32},    {Proto::FLOAT16, DType::f16}, {Proto::BFLOAT16, DType::bf16},
    {Proto::DOUBLE, DType::f64},   {Proto::INT8, DType::i8},     {Proto::UINT8, DType::u8},
    {Proto::INT16, DType::i16},    {Proto::UINT16, DType::u16},  {Proto::INT32, DType::i32},
    {Proto::UINT32, DType::u32},   {Proto::INT64, DType::i64},   {Proto::UINT64, DType::u64},
    {Proto::BOOL, DType::boolean},
};

/// The bit patterns that the narrow types keep in int32_data.
template <class T>
T narrow(std::int32_t number) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    T out;
    out.bits = static_cast<std::uint16_t>(number);
    return out;
  } else {
    return static_cast<T>(number);
  }
}

template <class T, class Numbers>
Result<Tensor> from_numbers(TensorType type, const Numbers& numbers) {
  if (numbers.size() != type.shape.elements()) {
    return fail(Code::corrupt, "{} numbers for a tensor of shape {}", numbers.size(),
                type.shape.text());
  }
  TensorBuilder builder(std::move(type));
  const auto out = builder.values<T>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto number = numbers.Get(static_cast<int>(i));
    if constexpr (std::is_same_v<std::decay_t<decltype(number)>, std::int32_t>) {
      out[i] = narrow<T>(number);
    } else {
      out[i] = static_cast<T>(number);
    }
  }
  return std::move(builder).build();
}

Result<Tensor> from_fields(TensorType type, const Proto& proto) {
  switch (type.dtype) {
    case DType::f32:
      return from_numbers<float>(std::move(type), proto.float_data());
    case DType::f64:
      return from_numbers<double>(std::move(type), proto.double_data());
    case DType::i64:
      return from_numbers<std::int64_t>(std::move(type), proto.int64_data());
    case DType::u32:
      return from_numbers<std::uint32_t>(std::move(type), proto.uint64_data());
    case DType::u64:
      return from_numbers<std::uint64_t>(std::move(type), proto.uint64_data());
    case DType::f16:
      return from_numbers<Half>(std::move(type), proto.int32_data());
    case DType::bf16:
      return from_numbers<BFloat16>(std::move(type), proto.int32_data());
    case DType::i8:
      return from_numbers<std::int8_t>(std::move(type), proto.int32_data());
    case DType::u8:
      return from_numbers<std::uint8_t>(std::move(type), proto.int32_data());
    case DType::i16:
      return from_numbers<std::int16_t>(std::move(type), proto.int32_data());
    case DType::u16:
      return from_numbers<std::uint16_t>(std::move(type), proto.int32_data());
    case DType::i32:
      return from_numbers<std::int32_t>(std::move(type), proto.int32_data());
    case DType::boolean:
      return from_numbers<bool>(std::move(type), proto.int32_data());
  }
  return fail(Code::internal, "a type without a row");
}

/// Numbers of 4 bits, the first in the lower half of a byte.
Result<Tensor> from_nibbles(TensorType type, BytesView bytes, bool is_signed) {
  const auto count = static_cast<std::size_t>(type.shape.elements());
  if (bytes.size() != count / 2 + count % 2)
    return fail(Code::corrupt, "{} bytes for {} 4-bit numbers", bytes.size(), count);
  TensorBuilder builder(std::move(type));
  const auto out = builder.bytes();
  for (std::size_t i = 0; i < count; ++i) {
    const int nibble = (std::to_integer<int>(bytes[i / 2]) >> (i % 2 == 0 ? 0 : 4)) & 15;
    out[i] = static_cast<std::byte>(is_signed && nibble >= 8 ? nibble - 16 : nibble);
  }
  return std::move(builder).build();
}

Result<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end)
    return fail(Code::corrupt, "external data at '{}', which is no number", text);
  return number;
}

}  // namespace

Result<DType> onnx_dtype(int data_type) {
  for (const auto& row : kTypes) {
    if (row.type == data_type) return row.dtype;
  }
  if (data_type == kUint4) return DType::u8;  // unpacked while reading
  if (data_type == kInt4) return DType::i8;
  for (const auto& [type, name] : kRefused) {
    if (type == data_type) return fail(Code::unsupported, "tensors of {}", name);
  }
  return fail(Code::corrupt, "there is no element type {}", data_type);
}

bool is_four_bits(int data_type) { return data_type == kUint4 || data_type == kInt4; }

int onnx_data_type(DType dtype) {
  for (const auto& row : kTypes) {
    if (row.dtype == dtype) return row.type;
  }
  return Proto::UNDEFINED;
}

Result<TensorType> onnx_type(const ::onnx::TypeProto& type) {
  if (type.has_sequence_type()) return fail(Code::unsupported, "a sequence of tensors");
  if (type.has_map_type()) return fail(Code::unsupported, "a map");
  if (type.has_optional_type()) return fail(Code::unsupported, "an optional value");
  if (type.has_sparse_tensor_type()) return fail(Code::unsupported, "a sparse tensor");
  if (!type.has_tensor_type()) return fail(Code::invalid_input, "no type is stated");
  const auto& tensor = type.tensor_type();
  if (!tensor.has_shape())
    return fail(Code::unsupported, "the number of dimensions is not stated")
        .with_remedy("export the model with the shapes of its inputs");
  std::vector<std::int64_t> dims;
  if (tensor.shape().dim_size() > static_cast<int>(Shape::kMaxRank))
    return fail(Code::unsupported, "{} dimensions", tensor.shape().dim_size());
  for (const auto& dim : tensor.shape().dim()) {
    const auto value = dim.has_dim_value() ? dim.dim_value() : -1;
    if (value < -1) return fail(Code::invalid_input, "dimension {} is negative", value);
    dims.push_back(value == -1 ? Shape::kUnknown : value);
  }
  const auto dtype = SLIPWAY_TRY(onnx_dtype(tensor.elem_type()));
  return TensorType{dtype, SLIPWAY_TRY(Shape::make(dims)), {}};
}

Result<std::string> ExternalData::locate(const std::string& location) const {
  if (location.empty()) return fail(Code::corrupt, "external data without a location");
  const auto path = SLIPWAY_TRY(file_.files.resolve(join(parent(file_.path), location))
                                    .during("finding the external data '{}'", location));
  std::vector<std::string> folders = {parent(file_.path)};
  folders.insert(folders.end(), file_.external_folders.begin(), file_.external_folders.end());
  for (const auto& folder : folders) {
    const auto home = file_.files.resolve(folder);
    if (!home) continue;
    const bool inside = *home == "." ? !path.starts_with('/') && !path.starts_with("..")
                                     : path.starts_with(join(*home, ""));
    if (inside) return path;
  }
  return fail(Code::invalid_input, "the external data '{}' lies outside the model's folder",
              location)
      .with_remedy(fmt::format("if you trust it: --allow-external {}", parent(path)));
}

Result<BytesView> ExternalData::bytes(const ::onnx::TensorProto& tensor) {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = SLIPWAY_TRY(number_of(entry.value()));
    if (entry.key() == "length") length = SLIPWAY_TRY(number_of(entry.value()));
  }
  auto found = files_.find(location);
  if (found == files_.end()) {
    const auto path = SLIPWAY_TRY(locate(location));
    auto read = SLIPWAY_TRY(file_.files.read(path));
    budget_.add_file(read.size());
    found = files_.emplace(location, std::move(read)).first;
  }
  const BytesView all = found->second;
  if (offset > all.size() || length.value_or(0) > all.size() - offset) {
    return fail(Code::corrupt, "the external data '{}' ends at byte {}, before the {} at {}",
                location, all.size(), length.value_or(0), offset);
  }
  return all.subspan(offset, length.value_or(all.size() - offset));
}

Result<Tensor> onnx_tensor(const ::onnx::TensorProto& proto, ExternalData* external) {
  TensorType type;
  type.dtype = SLIPWAY_TRY(onnx_dtype(proto.data_type()));
  const std::vector<std::int64_t> dims(proto.dims().begin(), proto.dims().end());
  for (const auto dim : dims) {
    if (dim < 0) return fail(Code::invalid_input, "dimension {} is negative", dim);
  }
  type.shape = SLIPWAY_TRY(Shape::make(dims));
  if (proto.has_segment()) return fail(Code::unsupported, "a tensor in segments");
  BytesView bytes = as_bytes(proto.raw_data());
  const bool outside = proto.data_location() == Proto::EXTERNAL;
  if (outside) {
    if (external == nullptr) return fail(Code::unsupported, "external data here");
    bytes = SLIPWAY_TRY(external->bytes(proto));
  }
  if (is_four_bits(proto.data_type())) {
    Bytes pairs;  // each number of int32_data is a byte of two
    if (!outside && !proto.has_raw_data()) {
      for (const auto pair : proto.int32_data()) pairs.push_back(static_cast<std::byte>(pair));
      bytes = pairs;
    }
    return from_nibbles(std::move(type), bytes, proto.data_type() == kInt4);
  }
  if (outside || proto.has_raw_data()) {
    if (static_cast<std::int64_t>(bytes.size()) != type.bytes()) {
      return fail(Code::corrupt, "{} bytes for a tensor {} of {} bytes", bytes.size(), type.text(),
                  type.bytes());
    }
    return Tensor::make(std::move(type), bytes);
  }
  return from_fields(std::move(type), proto);
}

}  // namespace slipway::formats
