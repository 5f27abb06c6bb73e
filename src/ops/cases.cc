#include "ops/cases.h"

namespace slipway {

std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
      {"conv", ops::conv_cases},
      {"conv_transpose", ops::conv_transpose_cases},
      {"fully_connected", ops::fully_connected_cases},
      {"pool", ops::pool_cases},
  };
  return kLists;
}

}  // namespace slipway
