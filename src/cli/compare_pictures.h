#pragma once
// compare --data: what quantizing has changed in a network, layer by layer, on pictures.

#include <optional>
#include <string>

#include "cli/deployment_arg.h"
#include "cli/model_arg.h"
#include "cli/recipe_flags.h"

namespace slipway::cli {

struct ComparePictures {
  std::string a;  // as on the command line
  std::string b;
  std::string data;  // a folder of pictures, or a list of them
  std::string html;  // the page to write, if any
  int threads = 0;
  std::optional<double> tolerance;
  std::optional<std::string> target;
  RecipeFlags recipe;
};

/// Whether `html` can be the name of a page.
///
/// Errors  invalid_input
Result<void> check_page_name(World& world, const std::string& html);

/// The second network: a model, or a deployment, whose outputs alone are compared.
struct SecondNetwork {
  LoadedModel model;  // of a deployment what goes in and comes out
  std::optional<LoadedDeployment> deployment = std::nullopt;
};

/// Prints how far both are apart, and writes the page.
///
/// Returns 0; 1 where an output is poor or over the tolerance; 128 + n where signal n asked to
/// stop. Errors  those of compare_networks; not_found: no pictures; those of Files::write
Result<int> compare_on_pictures(World& world, LoadedModel a, SecondNetwork b,
                                const ComparePictures& how);

}  // namespace slipway::cli
