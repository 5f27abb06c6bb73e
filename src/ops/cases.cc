#include "ops/cases.h"

namespace slipway {

std::span<const CaseList> all_cases() {
  static constexpr CaseList kLists[] = {
      {"conv", ops::conv_cases},
  };
  return kLists;
}

}  // namespace slipway
