#include "ir/reshape_inputs.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "ir/rewrite.h"

namespace slipway {
namespace {

std::string names_of_inputs(const Graph& graph) {
  std::vector<std::string> names;
  for (const auto id : graph.inputs()) {
    names.push_back(fmt::format("{} {}", graph.value(id).name, graph.type(id).shape.text()));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool fits(const Shape& is, const Shape& wanted) {
  if (is.rank() != wanted.rank()) return false;
  for (std::size_t i = 0; i < is.rank(); ++i) {
    if (is[i] != Shape::kUnknown && is[i] != wanted[i]) return false;
  }
  return true;
}

}  // namespace

Result<void> set_input_shapes(Graph& graph, const std::vector<InputShape>& shapes) {
  Graph changed = graph;  // a failure leaves the old one
  for (const auto& [name, shape] : shapes) {
    const auto inputs = changed.inputs();
    const auto at =
        std::ranges::find_if(inputs, [&](ValueId id) { return changed.value(id).name == name; });
    if (at == inputs.end()) {
      return fail(Code::not_found, "the model has no input '{}'; it has {}", name,
                  names_of_inputs(changed));
    }
    Value value = changed.value(*at);
    if (!fits(value.type.shape, shape) || !shape.is_known()) {
      return fail(Code::invalid_input, "the input '{}' is {}, which cannot become {}", name,
                  value.type.shape.text(), shape.text());
    }
    value.type.shape = shape;
    changed.set_output(*at, std::move(value));
  }
  SLIPWAY_TRY(Rewriter(changed).finish());
  graph = std::move(changed);
  return {};
}

bool is_open(const Shape& shape, bool batch) {
  for (std::size_t i = batch ? 0 : 1; i < shape.rank(); ++i) {
    if (shape[i] == Shape::kUnknown) return true;
  }
  return false;
}

Shape filled(const Shape& shape) {
  constexpr std::int64_t kPixels = 224;
  std::vector<std::int64_t> dims(shape.begin(), shape.end());
  const auto is_channels = [](std::int64_t dim) { return dim == 1 || dim == 3 || dim == 4; };
  const bool picture = dims.size() == 4;
  const std::size_t channels = picture && is_channels(dims[3]) && !is_channels(dims[1]) ? 3 : 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] != Shape::kUnknown) continue;
    dims[i] = !picture || i == 0 ? 1 : i == channels ? 3 : kPixels;
  }
  auto made = Shape::make(dims);
  return made ? *std::move(made) : shape;
}

}  // namespace slipway
