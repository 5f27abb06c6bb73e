#include "engine/refusal.h"

#include <cstdarg>
#include <cstdio>

namespace slipway::engine {

Refusal refuse(Refusal::Kind kind, const char* format, ...) {
  Refusal out;
  out.kind = kind;
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(out.text, sizeof out.text, format, values);
  va_end(values);
  return out;
}

}  // namespace slipway::engine
