#include "formats/native/native.h"

#include <algorithm>

#include "base/sha256.h"
#include "ir/text.h"
#include "ops/list.h"

namespace slipway {
namespace {

constexpr std::string_view kMagic = "slipway model ";
constexpr int kVersion = 1;
constexpr std::size_t kAlignment = 64;  // a cache line, and any vector register
constexpr std::size_t kDigits = 64;     // of a SHA-256

std::size_t aligned(std::size_t position) {
  return (position + kAlignment - 1) / kAlignment * kAlignment;
}

/// One part of the file as its header announces it.
struct Part {
  std::size_t bytes = 0;
  std::string_view checksum;
};

struct Header {
  Part text;
  std::vector<Part> constants;
};

/// The lines of the header, one by one.
class Lines {
 public:
  explicit Lines(ByteReader& reader) : reader_(reader) {}

  /// The next line without its end.
  ///
  /// Errors  corrupt: there is none, or none of a sensible length
  Result<std::string_view> next() {
    constexpr std::size_t kLongest = 200;
    const auto rest = as_text(reader_.all()).substr(reader_.position(), kLongest);
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return fail(Code::corrupt, "the header does not end");
    SLIPWAY_TRY(reader_.take(end + 1));
    return rest.substr(0, end);
  }

 private:
  ByteReader& reader_;
};

/// "WORD SIZE SHA256", the form of all lines of the header but the first and the last.
Result<Part> parse_part(std::string_view line, std::string_view word) {
  const auto wrong = [&] {
    return fail(Code::corrupt, "the header has '{}' where '{} SIZE SHA256' belongs", line, word);
  };
  if (!line.starts_with(word) || !line.substr(word.size()).starts_with(' ')) return wrong();
  const auto rest = line.substr(word.size() + 1);
  const auto space = rest.find(' ');
  if (space == std::string_view::npos) return wrong();
  Part part;
  if (!field::parse(rest.substr(0, space), part.bytes)) return wrong();
  part.checksum = rest.substr(space + 1);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (part.checksum.size() != kDigits || !std::ranges::all_of(part.checksum, is_digit))
    return wrong();
  return part;
}

Result<Header> parse_header(ByteReader& reader) {
  Lines lines(reader);
  const auto first = SLIPWAY_TRY(lines.next());
  int version = 0;
  if (!first.starts_with(kMagic) || !field::parse(first.substr(kMagic.size()), version))
    return fail(Code::corrupt, "the first line is '{}', not '{}{}'", first, kMagic, kVersion);
  if (version != kVersion) {
    return fail(Code::unsupported, "the file has version {} of the format, this program reads {}",
                version, kVersion)
        .with_remedy("write it again with this program, or read it with a newer one");
  }
  Header header;
  header.text = SLIPWAY_TRY(parse_part(SLIPWAY_TRY(lines.next()), "text"));
  for (;;) {
    const auto line = SLIPWAY_TRY(lines.next());
    if (line.empty()) return header;
    header.constants.push_back(
        SLIPWAY_TRY(parse_part(line, fmt::format("constant {}", header.constants.size()))));
  }
}

/// What the text calls constant `index`. Damage is told before the text is parsed, so that a large
/// model with a broken byte says so at once.
std::string name_of_constant(std::string_view text, std::size_t index) {
  const auto end = fmt::format(" = Constant @{}\n", index);
  const auto at = text.find(end);
  if (at == std::string_view::npos) return fmt::format("@{}", index);
  const auto start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return fmt::format("@{}, {}", index, text.substr(start, at - start));
}

/// The bytes of one part, which must be those that were written. `name` is asked for only where
/// something is wrong: it is looked for in the whole text.
template <class Name>
Result<BytesView> take_part(ByteReader& reader, const Part& part, const Name& name) {
  if (part.bytes > reader.remaining()) {
    return fail(Code::corrupt, "the file ends within {}: {} of {} bytes are there", name(),
                reader.remaining(), part.bytes);
  }
  const auto bytes = SLIPWAY_TRY(reader.take(part.bytes));
  if (sha256(bytes) != part.checksum) {
    return fail(Code::corrupt, "{} is damaged: its bytes do not have the checksum in the header",
                name());
  }
  return bytes;
}

template <class Name>
Result<void> skip_padding(ByteReader& reader, const Name& name) {
  const auto count = aligned(reader.position()) - reader.position();
  if (count > reader.remaining()) return fail(Code::corrupt, "the file ends before {}", name());
  const auto padding = SLIPWAY_TRY(reader.take(count));
  if (std::ranges::any_of(padding, [](std::byte b) { return b != std::byte{0}; }))
    return fail(Code::corrupt, "the bytes in front of {} are not 0", name());
  return {};
}

bool can_read(BytesView bytes) { return as_text(bytes).starts_with(kMagic); }

Result<Graph> read(const ModelFile& file) {
  ByteReader reader(file.bytes);
  const auto header = SLIPWAY_TRY(parse_header(reader));
  const auto text = as_text(SLIPWAY_TRY(take_part(reader, header.text, [] { return "the text"; })));
  std::vector<Tensor> constants;
  for (const auto& part : header.constants) {
    const auto name = [&] { return "constant " + name_of_constant(text, constants.size()); };
    SLIPWAY_TRY(skip_padding(reader, name));
    const auto bytes = SLIPWAY_TRY(take_part(reader, part, name));
    // The text says later what the bytes stand for.
    const auto count = static_cast<std::int64_t>(bytes.size());
    constants.push_back(SLIPWAY_TRY(Tensor::make({.dtype = DType::u8, .shape = {count}}, bytes)));
  }
  if (reader.remaining() != 0)
    return fail(Code::corrupt, "{} bytes follow behind the last constant", reader.remaining());
  return parse_graph(text, all_ops(), constants);
}

Result<Bytes> write(const Graph& graph) {
  std::vector<Tensor> constants;
  const auto text = to_text(graph, &constants);
  auto head =
      fmt::format("{}{}\ntext {} {}\n", kMagic, kVersion, text.size(), sha256(as_bytes(text)));
  for (std::size_t i = 0; i < constants.size(); ++i) {
    const auto bytes = constants[i].bytes();
    head += fmt::format("constant {} {} {}\n", i, bytes.size(), sha256(bytes));
  }
  head += "\n";
  std::size_t size = head.size() + text.size();
  for (const auto& constant : constants) size = aligned(size) + constant.bytes().size();
  Bytes out;
  out.reserve(size);
  const auto append = [&](BytesView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  append(as_bytes(head));
  append(as_bytes(text));
  for (const auto& constant : constants) {
    out.resize(aligned(out.size()));
    append(constant.bytes());
  }
  return out;
}

}  // namespace

const Format native_format = {
    .name = "Slipway", .extension = "slipway", .can_read = can_read, .read = read, .write = write};

}  // namespace slipway
