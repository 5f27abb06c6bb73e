#pragma once
// SHA-256: what tells whether bytes are still those that were written.

#include <string>

#include "base/bytes.h"

namespace slipway {

/// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits, as sha256sum prints it.
[[nodiscard]] std::string sha256(BytesView bytes);

}  // namespace slipway
