#pragma once
// Functions of bytes as tables: of one byte for each channel, or of two; and what is computed
// where a table would be slower.

#include "engine/loops.h"
#include "engine/plan.h"

namespace slipway::engine {

/// out[r, c, i] = table[c][in[r, c, i]], elements of 1, 2, 4 or 8 bytes. A unit is `unit_rows` of
/// r. The variant is of lookup_u8, where one table has bytes.
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

/// out = (in - zero) * scale, floats. A unit is `unit_elements`.
struct DequantizeStep {
  StepHeader header;
  std::int64_t count = 0;
  std::int64_t unit_elements = 0;
  float scale = 1;
  std::int32_t zero = 0;
  Place in;
  Place out;
};

/// out = (in - mean) / std, floats, for each channel of pictures: kernels::NormalizeU8. They lie in
/// larger ones, with zeros around them. A unit is a row of the output.
struct NormalizeStep {
  StepHeader header;
  std::int32_t height = 0;
  std::int32_t row = 0;  // elements
  std::int32_t out_height = 0;
  std::int32_t out_row = 0;
  std::int32_t pad_top = 0;
  std::int32_t pad_left = 0;  // elements
  std::uint32_t divides = 0;  // whether any std is not 1
  std::uint32_t reserved = 0;
  Place mean;
  Place std;
  Place in;
  Place out;
};

void run(const LookupStep& step, const Bases& bases, int first, int last);
void run(const Lookup2Step& step, const Bases& bases, int first, int last);
void run(const DequantizeStep& step, const Bases& bases, int first, int last);
void run(const NormalizeStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
