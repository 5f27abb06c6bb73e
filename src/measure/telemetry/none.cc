#include "measure/telemetry/none.h"

namespace slipway::measure {
namespace {

class None final : public Source {
 public:
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }

  [[nodiscard]] const std::vector<Missing>& missing() const override { return missing_; }

  [[nodiscard]] std::vector<std::optional<double>> sample(Clock::Time) override { return {}; }

 private:
  std::vector<Channel> channels_;
  std::vector<Missing> missing_;
};

}  // namespace

std::unique_ptr<Source> make_none(const Doors&) { return std::make_unique<None>(); }

}  // namespace slipway::measure
