#pragma once
// Why a deploy.params cannot be used, in words that need no memory.

#include <cstdint>

namespace slipway::engine {

struct Refusal {
  enum class Kind : std::uint8_t { none, corrupt, unsupported, invalid_input } kind = Kind::none;
  char text[256] = {};

  explicit operator bool() const { return kind != Kind::none; }
};

[[gnu::format(printf, 2, 3)]] Refusal refuse(Refusal::Kind kind, const char* format, ...);

}  // namespace slipway::engine
