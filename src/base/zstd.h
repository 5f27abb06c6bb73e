#pragma once
// Bytes made smaller and whole again. The library behind it is zstd, seen by zstd.cc alone.

#include "base/bytes.h"
#include "base/result.h"

namespace slipway {

/// One frame, with a checksum, as `zstd -d` reads it.
[[nodiscard]] Bytes zstd_compress(BytesView bytes);

/// Errors  corrupt: no frame of zstd, damaged or cut; unsupported: over `limit` bytes
[[nodiscard]] Result<Bytes> zstd_decompress(BytesView bytes, std::size_t limit);

}  // namespace slipway
