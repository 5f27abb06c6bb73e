#include "ops/cases.h"

namespace slipway {

std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
      // clang-format off: one list per line, alphabetical
      {"choose", ops::choose_cases},
      {"conv", ops::conv_cases},
      {"conv_transpose", ops::conv_transpose_cases},
      {"detect", ops::detect_cases},
      {"elementwise", ops::elementwise_cases},
      {"fake_quantize", ops::fake_quantize_cases},
      {"fully_connected", ops::fully_connected_cases},
      {"index", ops::index_cases},
      {"matmul", ops::matmul_cases},
      {"normalize", ops::normalize_cases},
      {"pool", ops::pool_cases},
      {"proposal", ops::proposal_cases},
      {"quant", ops::quant_cases},
      {"reduce", ops::reduce_cases},
      {"region_pool", ops::region_pool_cases},
      {"resize", ops::resize_cases},
      {"shape", ops::shape_cases},
      {"ssd", ops::ssd_cases},
      // clang-format on
  };
  return kLists;
}

}  // namespace slipway
