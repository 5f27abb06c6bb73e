#pragma once
// Functions of floats, element by element.

#include "engine/loops.h"
#include "engine/plan.h"
#include "kernels/binary_f32.h"
#include "kernels/unary_f32.h"

namespace slipway::engine {

/// out = f(in). A unit is `unit_elements`. `out` may be `in`.
struct UnaryF32Step {
  StepHeader header;
  std::int64_t count = 0;
  std::int64_t unit_elements = 0;
  kernels::UnaryF32Kind kind = kernels::UnaryF32Kind::clip;
  float a = 0;
  float b = 0;
  std::int32_t reserved = 0;
  Place in;
  Place out;
};

/// out = f(a, b), between low and high. `out` may be an input that does not broadcast.
struct BinaryF32Step {
  StepHeader header;
  Loops loops;
  kernels::BinaryF32Kind kind = kernels::BinaryF32Kind::add;
  float low = 0;
  float high = 0;
  std::int32_t reserved = 0;
  Place a;
  Place b;
  Place out;
};

enum class Comparison : std::uint32_t { equal, not_equal, less, less_or_equal };

/// out = a OP b as a byte, for floats.
struct CompareF32Step {
  StepHeader header;
  Loops loops;
  Comparison comparison = Comparison::equal;
  std::int32_t reserved = 0;
  Place a;
  Place b;
  Place out;
};

/// out = a where the byte is not 0, b elsewhere; elements of 1, 2, 4 or 8 bytes.
struct SelectStep {
  StepHeader header;
  Loops loops;
  std::int32_t element_bytes = 1;
  std::int32_t reserved = 0;
  Place condition;
  Place a;
  Place b;
  Place out;
};

void run(const UnaryF32Step& step, const Bases& bases, int first, int last);
void run(const BinaryF32Step& step, const Bases& bases, int first, int last);
void run(const CompareF32Step& step, const Bases& bases, int first, int last);
void run(const SelectStep& step, const Bases& bases, int first, int last);

}  // namespace slipway::engine
