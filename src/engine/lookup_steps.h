#pragma once
// Functions of bytes as tables: of one byte for each channel, or of two.

#include "engine/loops.h"
#include "engine/plan.h"

namespace slipway::engine {

/// out[r, c, i] = table[c][in[r, c, i]], elements of 1, 2, 4 or 8 bytes. A unit is `unit_rows` of
/// r.
struct LookupStep {
  StepHeader header;
  std::int64_t rows = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
  std::int64_t unit_rows = 1;
  std::int32_t element_bytes = 1;
  std::int32_t reserved = 0;
  Place table;  // [channels][256] elements
  Place in;
  Place out;
};

/// out = table[a][b], elements of 1, 2, 4 or 8 bytes.
struct Lookup2Step {
  StepHeader header;
  Loops loops;
  std::int32_t element_bytes = 1;
  std::int32_t reserved = 0;
  Place table;  // [256][256] elements
  Place a;
  Place b;
  Place out;
};

void run(const LookupStep& step, const Bases& bases, int first, int last);
void run(const Lookup2Step& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
