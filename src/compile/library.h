#pragma once
// The libraries that this program carries for deployments: what becomes deploy.so.

#include "base/bytes.h"
#include "engine/params.h"

namespace slipway::compile {

/// The library for a kind of processor; empty where this program was built without it.
[[nodiscard]] BytesView library_for(engine::Processor processor);

}  // namespace slipway::compile
