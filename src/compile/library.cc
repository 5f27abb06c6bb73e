#include "compile/library.h"

extern "C" {
extern const std::byte slipway_embedded_deploy[];
extern const std::byte slipway_embedded_deploy_end[];
#if defined(SLIPWAY_OTHER_ARCH)
extern const std::byte slipway_embedded_deploy_other[];
extern const std::byte slipway_embedded_deploy_other_end[];
#endif
}

namespace slipway::compile {

BytesView library_for(engine::Processor processor) {
  if (processor == engine::kProcessor)
    return {slipway_embedded_deploy, slipway_embedded_deploy_end};
#if defined(SLIPWAY_OTHER_ARCH)
  return {slipway_embedded_deploy_other, slipway_embedded_deploy_other_end};
#else
  return {};
#endif
}

}  // namespace slipway::compile
