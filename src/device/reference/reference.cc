#include "device/reference/reference.h"

#include "ir/interpret.h"

namespace slipway {
namespace {

class ReferenceProgram final : public Program {
 public:
  explicit ReferenceProgram(Graph graph) : graph_(std::move(graph)) {}

  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) override {
    return interpret(graph_, inputs);
  }

 private:
  Graph graph_;
};

class ReferenceDevice final : public Device {
 public:
  [[nodiscard]] std::string name() const override { return "REF"; }

  [[nodiscard]] std::string description() const override {
    return "the reference interpreter: every operator by its definition, slowly";
  }

  [[nodiscard]] std::optional<std::string> refuses(const Graph&, const Node&) const override {
    return std::nullopt;
  }

  /// A rough figure of plain loops on one core of any machine.
  [[nodiscard]] double estimate_seconds(const Graph& part) const override {
    const Cost cost = cost_of(part);
    return static_cast<double>(cost.macs) / 3e8 + static_cast<double>(cost.ops) / 1e8;
  }

  Result<std::unique_ptr<Program>> compile(const Graph& part) override {
    return std::unique_ptr<Program>(std::make_unique<ReferenceProgram>(part));
  }
};

}  // namespace

std::unique_ptr<Device> make_reference_device() { return std::make_unique<ReferenceDevice>(); }

}  // namespace slipway
