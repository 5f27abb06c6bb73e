#pragma once
// The real models and pictures that the programs here run over.

#include <string>
#include <vector>

#include "base/file.h"
#include "ir/graph.h"

namespace slipway::bench {

/// The folder SLIPWAY_TESTDATA, or "../shared".
[[nodiscard]] std::string test_data();

/// A TensorFlow Lite model of the test data by its name without extension, with the recipe that
/// its documentation states where the file says nothing.
Result<Graph> model(const Files& files, const std::string& name);

/// The names of all TensorFlow Lite models there.
Result<std::vector<std::string>> model_names(const Files& files);

}  // namespace slipway::bench
