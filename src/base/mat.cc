#include "base/mat.h"

#include <algorithm>
#include <array>

#include <zlib.h>

namespace slipway {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

/// Types of data.
enum Mi : std::uint32_t {
  kInt8 = 1,
  kUint8 = 2,
  kInt16 = 3,
  kUint16 = 4,
  kInt32 = 5,
  kUint32 = 6,
  kSingle = 7,
  kDouble = 9,
  kInt64 = 12,
  kUint64 = 13,
  kMatrix = 14,
  kCompressed = 15,
  kUtf8 = 16,
};

/// Classes of arrays.
enum Mx : std::uint32_t { kCell = 1, kStruct = 2, kChar = 4, kFirstNumber = 6, kLastNumber = 15 };

struct Element {
  std::uint32_t type = 0;
  BytesView bytes;
};

/// The next element with the padding behind it, which a compressed one lacks.
Result<Element> next(ByteReader& reader) {
  const auto word = SLIPWAY_TRY(reader.number<std::uint32_t>());
  if (word >> 16U != 0) {  // small: four bytes in place of the count
    const std::size_t size = word >> 16U;
    if (size > 4) return fail(Code::corrupt, "a small element of {} bytes", size);
    const auto bytes = SLIPWAY_TRY(reader.take(4));
    return Element{word & 0xFFFFU, bytes.first(size)};
  }
  const std::size_t size = SLIPWAY_TRY(reader.number<std::uint32_t>());
  Element out{word, SLIPWAY_TRY(reader.take(size))};
  if (word != kCompressed)
    SLIPWAY_TRY(reader.take(std::min((8 - size % 8) % 8, reader.remaining())));
  return out;
}

template <class T>
Result<std::vector<double>> numbers_as(BytesView bytes) {
  std::vector<double> out;
  ByteReader reader(bytes);
  while (reader.remaining() >= sizeof(T))
    out.push_back(static_cast<double>(SLIPWAY_TRY(reader.number<T>())));
  return out;
}

Result<std::vector<double>> numbers_of(const Element& element) {
  switch (element.type) {
    case kInt8:
      return numbers_as<std::int8_t>(element.bytes);
    case kUint8:
    case kUtf8:
      return numbers_as<std::uint8_t>(element.bytes);
    case kInt16:
      return numbers_as<std::int16_t>(element.bytes);
    case kUint16:
      return numbers_as<std::uint16_t>(element.bytes);
    case kInt32:
      return numbers_as<std::int32_t>(element.bytes);
    case kUint32:
      return numbers_as<std::uint32_t>(element.bytes);
    case kSingle:
      return numbers_as<float>(element.bytes);
    case kDouble:
      return numbers_as<double>(element.bytes);
    case kInt64:
      return numbers_as<std::int64_t>(element.bytes);
    case kUint64:
      return numbers_as<std::uint64_t>(element.bytes);
    default:
      return fail(Code::corrupt, "an element of type {} where numbers are expected", element.type);
  }
}

/// Text of one row; what is not ASCII becomes '?', for names alone are looked for.
std::string text_of(const std::vector<double>& characters) {
  std::string out;
  for (const double c : characters) out += c > 0 && c < 128 ? static_cast<char>(c) : '?';
  return out;
}

/// Names of fields, each as long as the longest, filled with zeros.
std::vector<std::string> names_of(std::string_view text, std::size_t length) {
  std::vector<std::string> out;
  while (length > 0 && text.size() >= length) {
    const auto name = text.substr(0, length);
    out.emplace_back(name.substr(0, name.find('\0')));
    text.remove_prefix(length);
  }
  return out;
}

Result<MatValue> matrix(BytesView bytes, int depth);

Result<MatValue> next_matrix(ByteReader& reader, int depth) {
  const auto element = SLIPWAY_TRY(next(reader));
  if (element.type != kMatrix)
    return fail(Code::corrupt, "an element of type {} where an array is expected", element.type);
  return matrix(element.bytes, depth);
}

/// The elements of a struct or cell of `count`, each with these fields.
Result<void> read_elements(ByteReader& reader, std::size_t count,
                           const std::vector<std::string>& names, int depth, MatValue& out) {
  constexpr std::size_t kLeast = 8;  // bytes of a value
  if (names.empty()) return {};
  if (count > reader.remaining() / kLeast / names.size())
    return fail(Code::corrupt, "{} elements in {} bytes", count, reader.remaining());
  for (std::size_t i = 0; i < count; ++i) {
    auto& fields = out.elements.emplace_back();
    for (const auto& name : names) {
      fields.push_back(SLIPWAY_TRY(next_matrix(reader, depth + 1)));
      fields.back().name = name;
    }
  }
  return {};
}

Result<MatValue> matrix(BytesView bytes, int depth) {
  MatValue out;
  if (bytes.empty()) return out;
  if (depth > kDeepest) return fail(Code::corrupt, "arrays are nested over {} deep", kDeepest);
  ByteReader reader(bytes);
  const auto flags = SLIPWAY_TRY(numbers_of(SLIPWAY_TRY(next(reader))));
  constexpr double kMostFlags = 0xFFFFFFFF;
  if (flags.empty() || !(flags[0] >= 0 && flags[0] <= kMostFlags))
    return fail(Code::corrupt, "an array without flags");
  const auto kind = static_cast<std::uint32_t>(flags[0]) & 0xFFU;
  std::size_t count = 1;
  for (const double dim : SLIPWAY_TRY(numbers_of(SLIPWAY_TRY(next(reader))))) {
    if (!(dim >= 0 && dim < 1e9)) return fail(Code::corrupt, "an array has a size of {}", dim);
    out.dims.push_back(static_cast<std::int64_t>(dim));
    // A product that is too large is one of elements that are not there.
    count = std::min<std::size_t>(count * static_cast<std::size_t>(dim), kMostBytes);
  }
  out.name = as_text(SLIPWAY_TRY(next(reader)).bytes);
  if (kind == kStruct) {
    const auto length = SLIPWAY_TRY(numbers_of(SLIPWAY_TRY(next(reader))));
    const auto names = SLIPWAY_TRY(next(reader));
    if (length.size() != 1 || !(length[0] > 0 && length[0] < 1e6))
      return fail(Code::corrupt, "a struct without a length of its names");
    SLIPWAY_TRY(read_elements(reader, count,
                              names_of(as_text(names.bytes), static_cast<std::size_t>(length[0])),
                              depth, out));
  } else if (kind == kCell) {
    SLIPWAY_TRY(read_elements(reader, count, {""}, depth, out));
  } else if (kind == kChar) {
    out.text = text_of(SLIPWAY_TRY(numbers_of(SLIPWAY_TRY(next(reader)))));
  } else if (kind >= kFirstNumber && kind <= kLastNumber) {
    out.numbers = SLIPWAY_TRY(numbers_of(SLIPWAY_TRY(next(reader))));
  }
  return out;
}

/// What zlib packed.
class Inflater {
 public:
  Inflater() { is_open_ = inflateInit(&stream_) == Z_OK; }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() {
    if (is_open_) inflateEnd(&stream_);
  }

  Result<Bytes> run(BytesView packed) {
    if (!is_open_) return fail(Code::unavailable, "no memory to unpack with");
    std::vector<Bytef> in;  // zlib wants what it only reads to be writable
    for (const auto byte : packed) in.push_back(std::to_integer<Bytef>(byte));
    stream_.next_in = in.data();
    stream_.avail_in = static_cast<uInt>(in.size());
    Bytes out;
    std::array<Bytef, std::size_t{1} << 16U> chunk = {};
    while (true) {
      stream_.next_out = chunk.data();
      stream_.avail_out = static_cast<uInt>(chunk.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END)
        return fail(Code::corrupt, "what is compressed in it is damaged");
      const auto made = std::as_bytes(std::span(chunk).first(chunk.size() - stream_.avail_out));
      out.insert(out.end(), made.begin(), made.end());
      if (out.size() > kMostBytes)
        return fail(Code::invalid_input, "it has over 64 MiB when it is unpacked");
      if (status == Z_STREAM_END) return out;
      if (made.empty()) return fail(Code::corrupt, "what is compressed in it ends early");
    }
  }

 private:
  z_stream stream_ = {};
  bool is_open_ = false;
};

}  // namespace

const MatValue* MatValue::field(std::size_t element, std::string_view field_name) const {
  if (element >= elements.size()) return nullptr;
  const auto& fields = elements[element];
  const auto found = std::ranges::find(fields, field_name, &MatValue::name);
  return found == fields.end() ? nullptr : &*found;
}

Result<std::vector<MatValue>> parse_mat(BytesView bytes) {
  constexpr std::size_t kHeader = 128;
  constexpr std::size_t kVersion = 124;
  if (bytes.size() < kHeader ||
      as_text(bytes.subspan(kVersion, 4)) != std::string_view("\0\1IM", 4))
    return fail(Code::unsupported, "it is no MATLAB file of version 5, little-endian");
  ByteReader reader(bytes);
  SLIPWAY_TRY(reader.seek(kHeader));
  std::vector<MatValue> out;
  while (reader.remaining() > 0) {
    const auto element = SLIPWAY_TRY(next(reader));
    if (element.type == kMatrix) {
      out.push_back(SLIPWAY_TRY(matrix(element.bytes, 0)));
    } else if (element.type == kCompressed) {
      const auto unpacked = SLIPWAY_TRY(Inflater().run(element.bytes));
      ByteReader inner(unpacked);
      out.push_back(SLIPWAY_TRY(next_matrix(inner, 0)));
    }
  }
  return out;
}

}  // namespace slipway
