#pragma once
// Pages that commands write: one file with all that it needs.

#include <string>
#include <string_view>

#include "base/json.h"

namespace slipway::cli {

/// `page` (a template of pages/) with the document in place of @DATA@, the common style of @STYLE@,
/// the common functions of @FRAME@ and Chart.js of @CHART@. Each mark stands in it once.
[[nodiscard]] std::string make_page(std::string_view page, const Json& document);

}  // namespace slipway::cli
