#include "cli/page.h"

#include "base/check.h"

extern "C" {
extern const char slipway_embedded_page_style[];  // src/cli/pages/page_style.css
extern const char slipway_embedded_page_style_end[];
extern const char slipway_embedded_page_frame[];  // src/cli/pages/page_frame.js
extern const char slipway_embedded_page_frame_end[];
extern const char slipway_embedded_chart[];  // Chart.js
extern const char slipway_embedded_chart_end[];
}

namespace slipway::cli {
namespace {

void replace(std::string& text, std::string_view mark, std::string_view by) {
  const auto at = text.find(mark);
  SLIPWAY_CHECK(at != std::string::npos);
  text.replace(at, mark.size(), by);
}

/// Text that may stand in a script: no name ends the one that the data stand in.
std::string data_of(const Json& document) {
  std::string out;
  for (const char c : document.text(0)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string make_page(std::string_view page, const Json& document) {
  std::string out(page);
  // The data last: what looks like a mark in them stays.
  replace(out, "@CHART@", {slipway_embedded_chart, slipway_embedded_chart_end});
  replace(out, "@FRAME@", {slipway_embedded_page_frame, slipway_embedded_page_frame_end});
  replace(out, "@STYLE@", {slipway_embedded_page_style, slipway_embedded_page_style_end});
  replace(out, "@DATA@", data_of(document));
  return out;
}

}  // namespace slipway::cli
