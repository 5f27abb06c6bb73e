#pragma once
// The table of contents of the test cases: one function per x_cases.cc.

#include "ops/case.h"

namespace slipway::ops {

Cases conv_cases();
Cases elementwise_cases();
Cases matmul_cases();
Cases normalize_cases();
Cases quant_cases();
Cases reduce_cases();

}  // namespace slipway::ops
