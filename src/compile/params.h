#pragma once
// Writing deploy.params (engine/params.h reads it).

#include "base/bytes.h"
#include "compile/compiler.h"
#include "engine/params.h"

namespace slipway::compile {

/// The bytes of deploy.params, for the processor that it was compiled for.
///
/// Errors  unsupported: a tensor of over 8 dimensions
Result<Bytes> write_params(const Compiled& compiled);

/// The number of the field `processor` for "x86_64" or "aarch64".
[[nodiscard]] std::optional<engine::Processor> processor_from(std::string_view name);
[[nodiscard]] std::string_view name_of(engine::Processor processor);

}  // namespace slipway::compile
