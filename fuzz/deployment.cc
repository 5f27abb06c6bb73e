// deploy.params of people who know how to make checksums: what opens describes itself, whichever of
// its plans is asked for.

#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "engine/params.h"
#include "engine/variants.h"
#include "slipway/slipway.h"

namespace {

using slipway::engine::checksum;
using slipway::engine::ParamsHeader;
using slipway::engine::PartRecord;

/// The checksums of the parts of a file with variants; how many bytes are in front of them.
std::size_t seal_parts(std::byte* bytes, std::size_t size, const ParamsHeader& header) {
  if (header.front < sizeof header || header.front > size) return size;
  const auto& table = header.plan;
  if (!slipway::engine::lies_inside(table, header.front, sizeof(PartRecord))) return header.front;
  for (std::size_t at = 0; at < table.bytes && table.offset >= sizeof header;
       at += sizeof(PartRecord)) {
    PartRecord part;
    std::memcpy(&part, bytes + table.offset + at, sizeof part);
    if (!slipway::engine::lies_inside(part.bytes, size, 1)) continue;
    part.checksum = checksum(bytes + part.bytes.offset, part.bytes.bytes);
    std::memcpy(bytes + table.offset + at, &part, sizeof part);
  }
  return header.front;
}

/// Makes everything right that a forger would.
void seal(std::byte* bytes, std::size_t size) {
  ParamsHeader header;
  std::memcpy(&header, bytes, sizeof header);
  header.magic = slipway::engine::kParamsMagic;
  const bool has_variants = header.version == slipway::engine::kVariantsVersion;
  if (!has_variants) header.version = slipway::engine::kParamsVersion;
  header.processor = slipway::engine::kProcessor;
  header.isa = 0;
  std::memcpy(header.engine, slipway::engine::engine_id(), sizeof header.engine);
  header.file_bytes = size;
  const std::size_t front = has_variants ? seal_parts(bytes, size, header) : size;
  header.body = checksum(bytes + sizeof header, front - sizeof header);
  std::memcpy(bytes, &header, sizeof header);
  header.header = checksum(bytes, sizeof header - sizeof header.header);
  std::memcpy(bytes, &header, sizeof header);
}

void open(const std::byte* bytes, std::size_t size, const char* isa) {
  slipway_deployment* net = nullptr;
  const slipway_open_options options = {sizeof options, isa};
  if (slipway_open_memory_with(bytes, size, &options, &net) == SLIPWAY_OK) {
    SLIPWAY_CHECK(isa == nullptr || std::strcmp(slipway_isa(net), isa) == 0);
    std::size_t letters = 0;
    for (std::int32_t i = 0; i < slipway_input_count(net); ++i) {
      slipway_tensor_info info;
      SLIPWAY_CHECK(slipway_input_info(net, i, &info) == SLIPWAY_OK);
      letters += std::strlen(info.name);
      for (std::int32_t k = 0; k < info.scale_count; ++k) letters += info.zero_points[k] != 0;
    }
    SLIPWAY_CHECK(letters <= size * (1 + static_cast<std::size_t>(slipway_input_count(net))));
  } else {
    SLIPWAY_CHECK(std::strlen(slipway_error()) > 0);
  }
  slipway_close(net);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < sizeof(ParamsHeader)) return 0;
  auto* bytes = static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64));
  std::memcpy(bytes, data, size);
  seal(bytes, size);
  open(bytes, size, nullptr);
  open(bytes, size, "portable");
  std::free(bytes);
  return 0;
}
