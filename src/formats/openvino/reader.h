#pragma once
// Reads one OpenVINO model: XML and weights.

#include <map>
#include <utility>
#include <vector>

#include "formats/format.h"
#include "formats/openvino/node.h"

namespace slipway::formats {

class IrReader {
 public:
  IrReader(const IrDocument& document, const ModelFile& file);

  /// Errors  those of Format::read
  Result<Graph> read();

 private:
  /// An output of a layer, by place in `layers` and place among its outputs.
  struct Source {
    std::size_t layer;
    std::size_t output;
  };

  Result<void> check_version() const;
  Result<void> index_layers();
  Result<void> connect();
  [[nodiscard]] Result<std::vector<std::size_t>> in_order() const;
  Result<void> add_layer(std::size_t at);
  Result<void> add_input(const IrLayer& layer, std::vector<ValueId>& made);
  Result<void> add_constant(const IrLayer& layer, std::vector<ValueId>& made);
  Result<void> set_outputs();

  [[nodiscard]] ValueId value(const Source& source) const {
    return values_[source.layer][source.output];
  }

  [[nodiscard]] std::string name_of(const Source& source) const;

  const IrDocument& document_;
  Graph graph_;
  ImportBudget budget_;
  IrWeights weights_;
  IrImport import_;
  std::map<std::int64_t, std::size_t> by_id_;
  std::vector<std::vector<std::optional<Source>>> sources_;  // of each layer's inputs
  std::vector<std::vector<bool>> used_;                      // of each layer's outputs
  std::vector<std::vector<ValueId>> values_;                 // of each layer's outputs
};

}  // namespace slipway::formats
