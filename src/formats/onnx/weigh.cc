#include "formats/onnx/weigh.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace slipway::formats {
namespace {

using Stream = google::protobuf::io::CodedInputStream;

/// The messages of onnx.proto; plain ones hold no others.
enum class Kind : std::uint8_t {
  none,
  plain,
  model,
  graph,
  node,
  attribute,
  function,
  training,
  value,
  type,
  tensor_type,
  element_type,  // of sequences and optional values
  map_type,
  shape,
  tensor,
  sparse,
  annotation,
};

struct Field {
  Kind kind;
  int number;
  Kind holds;
};

constexpr Field kFields[] = {
    {Kind::model, 7, Kind::graph},       {Kind::model, 8, Kind::plain},
    {Kind::model, 14, Kind::plain},      {Kind::model, 20, Kind::training},
    {Kind::model, 25, Kind::function},   {Kind::graph, 1, Kind::node},
    {Kind::graph, 5, Kind::tensor},      {Kind::graph, 11, Kind::value},
    {Kind::graph, 12, Kind::value},      {Kind::graph, 13, Kind::value},
    {Kind::graph, 14, Kind::annotation}, {Kind::graph, 15, Kind::sparse},
    {Kind::graph, 16, Kind::plain},      {Kind::node, 5, Kind::attribute},
    {Kind::node, 9, Kind::plain},        {Kind::attribute, 5, Kind::tensor},
    {Kind::attribute, 6, Kind::graph},   {Kind::attribute, 10, Kind::tensor},
    {Kind::attribute, 11, Kind::graph},  {Kind::attribute, 14, Kind::type},
    {Kind::attribute, 15, Kind::type},   {Kind::attribute, 22, Kind::sparse},
    {Kind::attribute, 23, Kind::sparse}, {Kind::function, 7, Kind::node},
    {Kind::function, 9, Kind::plain},    {Kind::function, 11, Kind::attribute},
    {Kind::function, 12, Kind::value},   {Kind::function, 14, Kind::plain},
    {Kind::training, 1, Kind::graph},    {Kind::training, 2, Kind::graph},
    {Kind::training, 3, Kind::plain},    {Kind::training, 4, Kind::plain},
    {Kind::value, 2, Kind::type},        {Kind::value, 4, Kind::plain},
    {Kind::type, 1, Kind::tensor_type},  {Kind::type, 4, Kind::element_type},
    {Kind::type, 5, Kind::map_type},     {Kind::type, 8, Kind::tensor_type},
    {Kind::type, 9, Kind::element_type}, {Kind::tensor_type, 2, Kind::shape},
    {Kind::element_type, 1, Kind::type}, {Kind::map_type, 2, Kind::type},
    {Kind::shape, 1, Kind::plain},       {Kind::tensor, 3, Kind::plain},
    {Kind::tensor, 13, Kind::plain},     {Kind::tensor, 16, Kind::plain},
    {Kind::sparse, 1, Kind::tensor},     {Kind::sparse, 2, Kind::tensor},
    {Kind::annotation, 2, Kind::plain},
};

Kind held_by(Kind kind, int number) {
  for (const auto& field : kFields) {
    if (field.kind == kind && field.number == number) return field.holds;
  }
  return Kind::none;
}

class Weigher {
 public:
  explicit Weigher(std::size_t file_bytes) : left_((std::size_t{256} << 20U) + 8 * file_bytes) {}

  Result<bool> weigh(Stream& stream, Kind kind, int depth) {
    using Wire = google::protobuf::internal::WireFormatLite;
    if (depth >= kOnnxNesting) {
      return fail(Code::unsupported, "graphs within graphs, over {} deep", kOnnxNesting / 3)
          .with_remedy("export the model with plainer control flow");
    }
    while (const auto tag = stream.ReadTag()) {
      if (Wire::GetTagWireType(tag) != Wire::WIRETYPE_LENGTH_DELIMITED) {
        if (!Wire::SkipField(&stream, tag)) return false;
        continue;
      }
      int size = 0;
      if (!stream.ReadVarintSizeAsInt(&size)) return false;
      const auto inner = held_by(kind, Wire::GetTagFieldNumber(tag));
      const auto weight = inner == Kind::none ? kTextBytes : kMessageBytes;
      if (weight > left_)
        return fail(Code::unsupported, "the file asks for far more memory than it has bytes");
      left_ -= weight;
      if (inner == Kind::none) {
        if (!stream.Skip(size)) return false;
        continue;
      }
      const auto limit = stream.PushLimit(size);
      if (!SLIPWAY_TRY(weigh(stream, inner, depth + 1))) return false;
      if (stream.BytesUntilLimit() != 0) return false;
      stream.PopLimit(limit);
    }
    return true;
  }

 private:
  static constexpr std::size_t kMessageBytes = 150;
  static constexpr std::size_t kTextBytes = 40;

  std::size_t left_;
};

}  // namespace

Result<bool> weigh_onnx(BytesView file) {
  const auto bytes = octets(file);
  Stream stream(bytes.data(), static_cast<int>(bytes.size()));
  return Weigher(bytes.size()).weigh(stream, Kind::model, 0);
}

}  // namespace slipway::formats
