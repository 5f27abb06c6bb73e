#include "base/sha256.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace slipway {

std::string sha256(BytesView bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  // An empty span may have no address, which the library takes for a mistake.
  const auto* data = bytes.empty() ? digest.data() : octets(bytes).data();
  SLIPWAY_CHECK(EVP_Digest(data, bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  SLIPWAY_CHECK(size == digest.size());
  std::string text;
  for (const auto byte : digest) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace slipway
