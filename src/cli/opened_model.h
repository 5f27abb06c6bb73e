#pragma once
// A model or a deployment that is ready to be measured.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/compile_flags.h"
#include "cli/model_flags.h"
#include "cli/profile.h"
#include "cli/world.h"
#include "compile/package.h"
#include "compile/runner.h"

namespace slipway::cli {

/// How it is opened; what is referred to must outlive that.
struct Opening {
  const CompileFlags& compile_flags;
  const ModelFlags& model_flags;
  Unknown unknown = Unknown::refused;  // shapes for inputs that it does not have
  std::optional<int> batch = {};       // pictures in an inference, where that is open
  std::optional<int> threads = {};     // nothing: 1, or what the deployment says
  std::uint64_t seed = 1;
  std::optional<std::string> save = {};  // compile to this deployment, and open that
  bool knows_work = false;

  /// Called with what it takes and gives, the batch being known, before it is compiled.
  std::function<Result<void>(const Graph& signature)> look = {};
};

struct OpenedModel {
  std::string path;  // as it was found
  compile::Deployment deployment;
  std::optional<compile::Runner> runner;  // its first session, until somebody takes it
  std::optional<double> read_ms = {};     // the model's file; nothing for a deployment
  std::optional<double> compile_ms = {};
  double load_ms = 0;
  std::int64_t session_bytes = 0;   // of memory that each takes; 0 of a deployment: nobody knows
  std::vector<StepWork> work = {};  // of each step; none where nobody asked, and for a deployment
  std::int64_t batch = 1;           // 1 of other tensors than pictures, where none was given
};

/// Opens a deployment, or reads and compiles a model.
///
/// Errors  those of load_model, load_deployment, compile and Runner::open; invalid_input: a batch
///         that is not open
Result<OpenedModel> open_to_measure(World& world, const std::string& argument,
                                    const Opening& opening);

}  // namespace slipway::cli
