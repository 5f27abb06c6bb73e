#pragma once
// Running a deployment through the interface that it has for everybody, slipway.h.

#include <memory>
#include <string>
#include <vector>

#include "compile/package.h"
#include "slipway/slipway.h"

namespace slipway::compile {

/// What slipway.h says, as an error of ours.
[[nodiscard]] Error error_of(slipway_status status);

class Runner {
 public:
  /// A session of the deployment, whose bytes stay mapped as long as this lives. `isa` names one of
  /// its plans; empty: the first that this processor runs.
  ///
  /// Errors  corrupt, unsupported: what slipway_open says; invalid_input: no such plan;
  ///         unavailable: no memory or threads
  static Result<Runner> open(const Deployment& deployment, int threads,
                             const std::string& isa = "");

  /// The instruction set of the plan that runs.
  [[nodiscard]] std::string isa() const { return slipway_isa(deployment_.get()); }

  [[nodiscard]] int threads() const { return slipway_session_threads(session_.get()); }

  /// Errors  invalid_input: another type or shape than the deployment's
  Result<void> set_input(std::size_t index, const Tensor& tensor);

  Result<void> run();

  [[nodiscard]] Tensor output(std::size_t index) const;

  /// What computes each step: "product_u8 avx2, 16 x 2 x 4".
  [[nodiscard]] std::vector<std::string> kernels() const;

  struct Step {
    std::string name;
    std::string kernel;
    double time_us = 0;
  };

  /// One run, measured step by step.
  Result<std::vector<Step>> profile();

 private:
  Runner() = default;

  struct Close {
    void operator()(slipway_deployment* deployment) const { slipway_close(deployment); }

    void operator()(slipway_session* session) const { slipway_session_destroy(session); }
  };

  Mapping params_;
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
  std::unique_ptr<slipway_deployment, Close> deployment_;
  std::unique_ptr<slipway_session, Close> session_;
};

}  // namespace slipway::compile
