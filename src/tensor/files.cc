#include "tensor/files.h"

#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/ranges.h>

namespace slipway {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

/// NumPy's name of an element type without its byte order: "f4", "u1", "b1".
std::string numpy_name(DType dtype) {
  if (dtype == DType::boolean) return "b1";
  const char kind = is_float(dtype) ? 'f' : name_of(dtype)[0];
  return fmt::format("{}{}", kind, size_of(dtype));
}

std::optional<DType> from_numpy_name(std::string_view name) {
  for (const DType dtype : kAllDTypes) {
    if (dtype != DType::bf16 && numpy_name(dtype) == name) return dtype;
  }
  return std::nullopt;
}

/// The text behind "'key':" in the header's dictionary, up to its end.
Result<std::string_view> entry(std::string_view header, std::string_view key) {
  const auto at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return fail(Code::corrupt, "the .npy header has no '{}'", key);
  auto rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

Result<Shape> parse_shape(std::string_view text) {
  const auto end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos) {
    return fail(Code::corrupt, "the .npy header's shape is no tuple");
  }
  text = text.substr(1, end - 1);
  std::vector<std::int64_t> dims;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.empty()) break;
    std::int64_t dim = -1;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), dim);
    if (parsed.ec != std::errc() || dim < 0)
      return fail(Code::corrupt, "the .npy header's shape is broken");
    dims.push_back(dim);
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  }
  return Shape::make(dims);
}

/// Column-major elements, last dimension slowest, put into row-major order.
Tensor from_column_major(const TensorType& type, BytesView data) {
  TensorBuilder out(type);
  const auto size = static_cast<std::size_t>(size_of(type.dtype));
  const auto& shape = type.shape;
  std::vector<std::int64_t> index(shape.rank(), 0);
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    std::int64_t from = 0;
    for (std::size_t axis = shape.rank(); axis-- > 0;) from = from * shape[axis] + index[axis];
    std::memcpy(out.bytes().subspan(static_cast<std::size_t>(i) * size).data(),
                data.subspan(static_cast<std::size_t>(from) * size).data(), size);
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return std::move(out).build();
}

}  // namespace

Result<Tensor> from_npy(BytesView bytes) {
  ByteReader reader(bytes);
  const auto magic = SLIPWAY_TRY(reader.take(kMagic.size()));
  if (as_text(magic) != kMagic) return fail(Code::corrupt, "not a .npy file");
  const auto major = SLIPWAY_TRY(reader.number<std::uint8_t>());
  if (major < 1 || major > 3) return fail(Code::unsupported, "a .npy file of version {}", major);
  SLIPWAY_TRY(reader.number<std::uint8_t>());
  std::size_t length = 0;
  if (major == 1) {
    length = SLIPWAY_TRY(reader.number<std::uint16_t>());
  } else {
    length = SLIPWAY_TRY(reader.number<std::uint32_t>());
  }
  const auto header = as_text(SLIPWAY_TRY(reader.take(length)));

  const auto descr = SLIPWAY_TRY(entry(header, "descr"));
  const auto end = descr.find('\'', 1);
  if (!descr.starts_with('\'') || end == std::string_view::npos || end < 3) {
    return fail(Code::unsupported, "a .npy file of records");
  }
  const auto name = descr.substr(1, end - 1);
  const auto dtype = from_numpy_name(name.substr(1));
  if (!dtype || (name[0] == '>' && size_of(*dtype) > 1)) {
    return fail(Code::unsupported, "a .npy file of element type '{}'", name);
  }
  const bool column_major = SLIPWAY_TRY(entry(header, "fortran_order")).starts_with("True");
  const TensorType type{*dtype, SLIPWAY_TRY(parse_shape(SLIPWAY_TRY(entry(header, "shape")))), {}};
  const auto data = SLIPWAY_TRY(reader.take(static_cast<std::size_t>(type.bytes())));
  if (!column_major || type.shape.rank() < 2) return Tensor::make(type, data);
  return from_column_major(type, data);
}

Bytes to_npy(const Tensor& tensor) {
  if (tensor.dtype() == DType::bf16) return to_npy(dequantized(tensor));
  const auto dims = tensor.shape().dims();
  const std::string shape =
      fmt::format("({}{})", fmt::join(dims, ", "), dims.size() == 1 ? "," : "");
  std::string header =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': {}, }}",
                  size_of(tensor.dtype()) == 1 ? '|' : '<', numpy_name(tensor.dtype()), shape);
  const std::size_t prefix = kMagic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';

  Bytes out;
  const auto put = [&](BytesView part) { out.insert(out.end(), part.begin(), part.end()); };
  put(as_bytes(kMagic));
  const std::uint8_t version[2] = {1, 0};
  put(std::as_bytes(std::span{version}));
  const std::uint16_t length[1] = {static_cast<std::uint16_t>(header.size())};
  put(std::as_bytes(std::span{length}));
  put(as_bytes(header));
  put(tensor.bytes());
  return out;
}

}  // namespace slipway
