#include "ops/cases.h"

namespace slipway {

std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
      {"conv", ops::conv_cases},
      {"detect", ops::detect_cases},
      {"index", ops::index_cases},
      {"resize", ops::resize_cases},
      {"shape", ops::shape_cases},
  };
  return kLists;
}

}  // namespace slipway
