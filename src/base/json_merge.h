#pragma once
// Joining documents that say different things about one run.

#include "base/json.h"

namespace slipway {

/// What both say: members that one has alone come from it, objects in both are joined, and for all
/// else, lists included, the first is right. Null is no value: the other's is taken. Integers and
/// real numbers are one type.
///
/// Errors  conflict: values of different types have the same name; with its path, "latency_ms.p50"
Result<Json> merge(const Json& first, const Json& second);

}  // namespace slipway
