#pragma once
// Promises we make to ourselves. User input must never reach one: that is what Result is for.

#include <cstdio>
#include <cstdlib>

namespace slipway {

/// Prints where a promise was broken and ends the process.
[[noreturn]] inline void broken_promise(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "internal: %s does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace slipway

/// On in every build: a wrong process that stops is better than one that goes on.
#define SLIPWAY_CHECK(condition)                                                 \
  do {                                                                           \
    if (!(condition)) ::slipway::broken_promise(#condition, __FILE__, __LINE__); \
  } while (false)
