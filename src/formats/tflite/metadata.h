#pragma once
// What a TensorFlow Lite file says about itself beside its operators.

#include "formats/import.h"
#include "formats/tflite/schema.h"
#include "ir/graph.h"

namespace slipway::formats {

/// Reads the model's metadata: normalisation of the input, labels from the zip archive behind the
/// flatbuffer, name, author and licence into graph.metadata. What is broken there is left out: it
/// describes the network but is no part of it.
RecipeHints read_metadata(const tflite::Model& model, BytesView file, Graph& graph);

/// Lets the recipe that the file may carry in the metadata entry "slipway.recipe" overrule what is
/// in graph.recipe.
///
/// Errors  those of parse_recipe
Result<void> read_recipe(const tflite::Model& model, Graph& graph);

}  // namespace slipway::formats
