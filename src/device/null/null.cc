// Copy this folder to write a device, then add its line to device/list.cc.

#include "device/null/null.h"

#include "device/part.h"
#include "ir/interpret.h"

namespace slipway {
namespace {

class NullProgram final : public Program {
 public:
  explicit NullProgram(const Graph& graph) : graph_(graph) {}

  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) override {
    SLIPWAY_TRY(check_inputs(graph_, inputs));
    std::vector<Tensor> outputs;
    for (const auto id : graph_.outputs()) {
      const auto& type = graph_.type(id);
      std::vector<std::int64_t> dims;  // what only the data would tell is 1: there is no data
      for (const auto dim : type.shape) dims.push_back(dim == Shape::kUnknown ? 1 : dim);
      outputs.push_back(TensorBuilder(type.with_shape(SLIPWAY_TRY(Shape::make(dims)))).build());
    }
    return outputs;
  }

 private:
  Graph graph_;
};

/// Accepts every graph, computes zeros, takes no time.
class NullDevice final : public Device {
 public:
  [[nodiscard]] std::string name() const override { return "NULL"; }

  [[nodiscard]] std::string description() const override {
    return "does nothing: every output is zeros";
  }

  [[nodiscard]] std::optional<std::string> refuses(const Graph&, const Node&) const override {
    return std::nullopt;
  }

  [[nodiscard]] double estimate_seconds(const Graph&) const override { return 0; }

  Result<std::unique_ptr<Program>> compile(const Graph& part) override {
    SLIPWAY_TRY(check_accepted(*this, part));
    return std::unique_ptr<Program>(std::make_unique<NullProgram>(part));
  }
};

}  // namespace

std::unique_ptr<Device> make_null_device() { return std::make_unique<NullDevice>(); }

}  // namespace slipway
