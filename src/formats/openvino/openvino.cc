#include "formats/openvino/openvino.h"

#include "formats/openvino/reader.h"

namespace slipway {
namespace formats {
namespace {

/// XML whose root, behind what may stand in front of it, is <net …>.
bool can_read(BytesView bytes) {
  const auto text = as_text(bytes).substr(0, 4096);
  const auto at = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (at == std::string_view::npos || text[at] != '<') return false;
  const auto net = text.find("<net");
  return net != std::string_view::npos && net + 4 < text.size() &&
         (text[net + 4] == ' ' || text[net + 4] == '>' || text[net + 4] == '\n' ||
          text[net + 4] == '\t' || text[net + 4] == '/');
}

Result<Graph> read(const ModelFile& file) {
  const auto document = SLIPWAY_TRY(parse_ir(file.bytes));
  return IrReader(document, file).read();
}

}  // namespace
}  // namespace formats

const Format openvino_format = {"OpenVINO", "xml", formats::can_read, formats::read};

}  // namespace slipway
