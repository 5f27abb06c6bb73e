#include "formats/layout.h"

#include <algorithm>
#include <numeric>

#include "ops/shape/reshape.h"

namespace slipway::formats {

std::vector<std::int64_t> channels_to_last(std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return perm;
}

std::vector<std::int64_t> channels_to_first(std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  std::rotate(perm.begin() + 1, perm.end() - 1, perm.end());
  return perm;
}

ValueId find_channels_last(const Graph& graph, const ChannelsLast& twins, ValueId value) {
  const auto found = twins.find(value);
  if (found != twins.end()) return found->second;
  const auto* moved = graph.node(value).op.as<ops::Transpose>();
  const auto rank = graph.type(value).shape.rank();
  const bool is_way_back = moved != nullptr && moved->perm == channels_to_first(rank);
  return is_way_back ? graph.node(value).inputs[0] : kNoValue;
}

Result<ValueId> make_channels_last(Graph& graph, ChannelsLast& twins, ValueId value,
                                   ImportBudget& budget) {
  if (!value.exists()) return value;
  const auto rank = graph.type(value).shape.rank();
  if (rank <= 2) return value;
  const auto known = find_channels_last(graph, twins, value);
  if (known.exists()) return known;
  const auto name = fmt::format("{}/channels_last", graph.value(value).name);
  const auto twin =
      SLIPWAY_TRY(add_folded(graph, ops::Transpose{channels_to_last(rank)}, {value}, name, budget));
  twins.emplace(value, twin);
  return twin;
}

}  // namespace slipway::formats
