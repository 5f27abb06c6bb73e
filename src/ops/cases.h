#pragma once
// The table of contents of the test cases: one function per x_cases.cc.

#include "ops/case.h"

namespace slipway::ops {

Cases choose_cases();
Cases conv_cases();
Cases conv_transpose_cases();
Cases detect_cases();
Cases elementwise_cases();
Cases fake_quantize_cases();
Cases fully_connected_cases();
Cases index_cases();
Cases matmul_cases();
Cases normalize_cases();
Cases pool_cases();
Cases proposal_cases();
Cases quant_cases();
Cases reduce_cases();
Cases region_pool_cases();
Cases resize_cases();
Cases shape_cases();
Cases ssd_cases();

}  // namespace slipway::ops
