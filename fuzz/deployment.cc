// deploy.params of people who know how to make checksums: what opens describes itself.

#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "engine/params.h"
#include "slipway/slipway.h"

namespace {

using slipway::engine::ParamsHeader;

/// Makes everything right that a forger would.
void seal(std::byte* bytes, std::size_t size) {
  ParamsHeader header;
  std::memcpy(&header, bytes, sizeof header);
  header.magic = slipway::engine::kParamsMagic;
  header.version = slipway::engine::kParamsVersion;
  header.processor = slipway::engine::kProcessor;
  header.isa = 0;
  std::memcpy(header.engine, slipway::engine::engine_id(), sizeof header.engine);
  header.file_bytes = size;
  header.body = slipway::engine::checksum(bytes + sizeof header, size - sizeof header);
  std::memcpy(bytes, &header, sizeof header);
  header.header = slipway::engine::checksum(bytes, sizeof header - sizeof header.header);
  std::memcpy(bytes, &header, sizeof header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < sizeof(ParamsHeader)) return 0;
  auto* bytes = static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64));
  std::memcpy(bytes, data, size);
  seal(bytes, size);
  slipway_deployment* net = nullptr;
  if (slipway_open_memory(bytes, size, &net) == SLIPWAY_OK) {
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
  std::free(bytes);
  return 0;
}
