#pragma once
// The table of contents of the test cases: one function per x_cases.cc.

#include "ops/case.h"

namespace slipway::ops {

Cases conv_cases();
Cases conv_transpose_cases();
Cases fully_connected_cases();
Cases pool_cases();

}  // namespace slipway::ops
