#include "ops/cases.h"

namespace slipway {

std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
      {"conv", ops::conv_cases},     {"elementwise", ops::elementwise_cases},
      {"matmul", ops::matmul_cases}, {"normalize", ops::normalize_cases},
      {"quant", ops::quant_cases},   {"reduce", ops::reduce_cases},
  };
  return kLists;
}

}  // namespace slipway
