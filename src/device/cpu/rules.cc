#include "device/cpu/rules.h"

namespace slipway::cpu {

std::span<const Rule> rules() {
  static constexpr Rule kRules[] = {
      {"Add", lower_add, add_claims},
      {"Conv", lower_conv},
      {"ConvTranspose", lower_conv_transpose},
      {"FullyConnected", lower_dense, dense_claims},
      {"Quantize", lower_quantize, quantize_claims},
      {"Reshape", lower_reshape},
      {"Transpose", lower_transpose, transpose_claims},
  };
  return kRules;
}

}  // namespace slipway::cpu
