#include "base/sha256.h"

#include <array>
#include <string_view>

#include <openssl/evp.h>

namespace slipway {

std::string sha256(BytesView bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  // An empty span may have no address, which the library takes for a mistake.
  const auto* data = bytes.empty() ? digest.data() : octets(bytes).data();
  SLIPWAY_CHECK(EVP_Digest(data, bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  SLIPWAY_CHECK(size == digest.size());
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace slipway
