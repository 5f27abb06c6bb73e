#pragma once
// The XML of an OpenVINO model as plain data. The library that parses it is seen by document.cc.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace slipway::formats {

/// One end of an edge: an input or output of a layer.
struct IrPort {
  std::int64_t id = 0;
  std::vector<std::int64_t> dims;  // -1 where only running tells
  std::string precision;           // "FP32", "I64"; empty in version 3
  std::string name;                // the first of its names, or empty
};

/// A part of the weights file.
struct IrBlob {
  std::string name;  // "weights", "biases", "custom"
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct IrLayer {
  std::int64_t id = 0;
  std::string name;
  std::string type;
  std::string version;    // of the operator set: "opset1"; empty in version 3
  std::string precision;  // of the weights, in version 3
  std::map<std::string, std::string, std::less<>> data;
  std::vector<IrPort> inputs;
  std::vector<IrPort> outputs;
  std::vector<IrBlob> blobs;
};

struct IrEdge {
  std::int64_t from_layer = 0;
  std::int64_t from_port = 0;
  std::int64_t to_layer = 0;
  std::int64_t to_port = 0;
};

struct IrDocument {
  std::string name;
  std::int64_t version = 0;
  std::vector<IrLayer> layers;
  std::vector<IrEdge> edges;
  std::map<std::string, std::string, std::less<>> notes;  // "meta_data/MO_version" and its like
};

/// Errors  corrupt: no XML, no <net>, a layer without id or type, or a number that is none;
///         unsupported: a file over 32 MB
Result<IrDocument> parse_ir(BytesView bytes);

/// The whole of `text` as a number, spaces around it aside.
///
/// Errors  corrupt: it is none, or too large
Result<std::int64_t> ir_integer(std::string_view text);
Result<float> ir_number(std::string_view text);

/// The numbers of a list with commas; an empty text is an empty list.
Result<std::vector<std::int64_t>> ir_integers(std::string_view text);
Result<std::vector<float>> ir_numbers(std::string_view text);

}  // namespace slipway::formats
