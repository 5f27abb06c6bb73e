#include "measure/sample_log.h"

#include <algorithm>
#include <new>

#include "base/json.h"
#include "base/zstd.h"

namespace slipway::measure {
namespace {

constexpr std::size_t kLongest = 10;  // bytes of one number
constexpr std::size_t kLimit = std::size_t{1} << 30U;
constexpr std::string_view kFormat = "slipway.samples";

/// Writes a number, and says how many bytes it took: kLongest at most.
std::size_t put(std::byte* out, std::uint64_t value) {
  constexpr std::uint64_t kSeven = 0x7F;
  std::size_t size = 0;
  while (value > kSeven) {
    out[size++] = static_cast<std::byte>((value & kSeven) | 0x80U);
    value >>= 7U;
  }
  out[size++] = static_cast<std::byte>(value);
  return size;
}

std::uint64_t zigzag(std::int64_t x) {
  return (static_cast<std::uint64_t>(x) << 1U) ^ static_cast<std::uint64_t>(x >> 63);
}

std::int64_t unzigzag(std::uint64_t x) {
  return static_cast<std::int64_t>(x >> 1U) ^ -static_cast<std::int64_t>(x & 1U);
}

/// The next number of `rest`, which loses it.
Result<std::uint64_t> take(BytesView& rest) {
  std::uint64_t out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) return fail(Code::corrupt, "the samples end in the middle of a number");
    const auto byte = std::to_integer<std::uint64_t>(rest[0]);
    rest = rest.subspan(1);
    out |= (byte & 0x7FU) << shift;
    if (byte < 0x80) return out;
  }
  return fail(Code::corrupt, "a sample has more than 64 bits");
}

Result<std::int64_t> count_of(const Json& row, std::string_view name) {
  const auto* member = row.find(name);
  const auto* count = member == nullptr ? nullptr : member->integer();
  if (count == nullptr || *count < 0) return fail(Code::corrupt, "the samples have no '{}'", name);
  return *count;
}

}  // namespace

SampleLog::SampleLog(std::size_t streams, std::size_t bytes)
    : streams_(std::max<std::size_t>(streams, 1)),
      most_(bytes / streams_ / alignof(Stream) * alignof(Stream)),
      memory_(streams_ * (sizeof(Stream) + most_)) {
  for (std::size_t i = 0; i < streams_; ++i)
    ::new (memory_.data() + i * (sizeof(Stream) + most_)) Stream{};
}

SampleLog::Stream& SampleLog::at(std::size_t stream) const {
  SLIPWAY_CHECK(stream < streams_);
  auto* place = memory_.data() + stream * (sizeof(Stream) + most_);
  return *std::launder(reinterpret_cast<Stream*>(place));  // NOLINT: made there
}

std::byte* SampleLog::bytes_of(std::size_t stream) const {
  return memory_.data() + stream * (sizeof(Stream) + most_) + sizeof(Stream);
}

std::span<const Span> SampleLog::spans(std::size_t stream) const {
  const auto& own = at(stream);
  return {own.spans, own.span_count};
}

void SampleLog::add(std::size_t stream, Clock::Time begin, Clock::Time end) {
  auto& own = at(stream);
  const auto ns = (end - begin).count();
  ++own.samples;
  if (own.span_count < kSpans) own.spans[own.span_count++] = {begin, end};
  // What follows a sample that is missing is missing, too.
  if (own.kept + 1 != own.samples || own.used + kLongest > most_) return;
  own.used += put(bytes_of(stream) + own.used, zigzag(ns - own.last));
  own.last = ns;
  ++own.kept;
}

Bytes SampleLog::packed() const {
  Json rows(Json::Array{});
  for (std::size_t i = 0; i < streams_; ++i) {
    Json row;
    row.set("samples", at(i).samples);
    row.set("kept", at(i).kept);
    row.set("bytes", at(i).used);
    rows.push(std::move(row));
  }
  Json header;
  header.set("format", kFormat);
  header.set("version", 1);
  header.set("unit", "ns");
  header.set("streams", std::move(rows));
  const auto line = header.text(0) + "\n";
  const auto text = as_bytes(line);
  Bytes all(text.begin(), text.end());
  for (std::size_t i = 0; i < streams_; ++i)
    all.insert(all.end(), bytes_of(i), bytes_of(i) + at(i).used);
  return zstd_compress(all);
}

Result<std::vector<LoggedStream>> read_samples(BytesView packed) {
  const auto bytes = SLIPWAY_TRY(zstd_decompress(packed, kLimit));
  const auto text = as_text(bytes);
  const auto end = text.find('\n');
  if (end == text.npos) return fail(Code::corrupt, "the samples have no header");
  const auto header = SLIPWAY_TRY(parse_json(text.substr(0, end)));
  const auto* format = header.find("format");
  const auto* rows = header.find("streams");
  if (format == nullptr || *format != Json(kFormat) || rows == nullptr || rows->array() == nullptr)
    return fail(Code::corrupt, "these are no samples");
  BytesView rest = BytesView(bytes).subspan(end + 1);
  std::vector<LoggedStream> out;
  for (const auto& row : *rows->array()) {
    LoggedStream stream;
    stream.samples = SLIPWAY_TRY(count_of(row, "samples"));
    const auto kept = SLIPWAY_TRY(count_of(row, "kept"));
    const auto size = static_cast<std::uint64_t>(SLIPWAY_TRY(count_of(row, "bytes")));
    if (size > rest.size()) return fail(Code::corrupt, "the samples are cut short");
    auto own = rest.first(size);
    rest = rest.subspan(size);
    std::uint64_t last = 0;
    for (std::int64_t i = 0; i < kept; ++i) {
      last += static_cast<std::uint64_t>(unzigzag(SLIPWAY_TRY(take(own))));
      stream.latencies.push_back(static_cast<std::int64_t>(last));
    }
    if (!own.empty()) return fail(Code::corrupt, "there are more samples than the header says");
    out.push_back(std::move(stream));
  }
  if (!rest.empty()) return fail(Code::corrupt, "there are more samples than the header says");
  return out;
}

}  // namespace slipway::measure
