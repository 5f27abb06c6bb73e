#include "cli/pinning.h"

#include <fmt/ranges.h>

namespace slipway::cli {

void Pinning::describe(Options& options) {
  options.choice("--pin", flag_, {"auto", "yes", "no"},
                 "keep each stream and its threads on processors of their own (default: auto: "
                 "several streams, where there is one for each thread)");
}

Result<std::vector<measure::Cpus>> Pinning::places(World& world, int streams, int threads) const {
  const bool must = flag_ == "yes";
  if (flag_ == "no" || (streams == 1 && !must)) return std::vector<measure::Cpus>();
  const auto usable = measure::usable_cpus();
  auto out = measure::shared_out(usable, streams, threads);
  if (out.empty()) {
    if (!must) return out;
    return world
        .usage("--pin yes wants a processor for each of {} threads, and there are {}",
               streams * threads, usable.size())
        .with_remedy("fewer --streams or --threads, or --pin no");
  }
  if (measure::Pinned(out[0]).is_kept()) return out;
  if (must)
    return fail(Code::unavailable, "the system does not let threads be pinned")
        .with_remedy("--pin no");
  return std::vector<measure::Cpus>();
}

std::string text_of(const std::vector<measure::Cpus>& places) {
  std::vector<std::string> all;
  for (const auto& cpus : places) all.push_back(fmt::format("{}", fmt::join(cpus, " ")));
  return fmt::format("{}", fmt::join(all, " | "));
}

Json to_json(const std::vector<measure::Cpus>& places) {
  if (places.empty()) return {};
  Json out(Json::Array{});
  for (const auto& cpus : places) {
    Json row(Json::Array{});
    for (const int cpu : cpus) row.push(cpu);
    out.push(std::move(row));
  }
  return out;
}

}  // namespace slipway::cli
