#include "measure/telemetry/nvidia_smi.h"

#include <array>
#include <charconv>
#include <sstream>

namespace slipway::measure {
namespace {

struct Query {
  const char* theirs;
  const char* ours;
  const char* unit;
};

constexpr std::array<Query, 5> kQueries = {{{"utilization.gpu", "load", "%"},
                                            {"clocks.sm", "frequency", "MHz"},
                                            {"temperature.gpu", "temperature", "°C"},
                                            {"memory.used", "memory_used", "MiB"},
                                            {"power.draw", "power", "W"}}};

using Row = std::vector<std::optional<double>>;  // kQueries.size() values

/// "[N/A]" and "[Not Supported]" are nothing.
std::optional<double> number_in(std::string_view cell) {
  cell.remove_prefix(std::min(cell.find_first_not_of(' '), cell.size()));
  double out = 0;
  const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), out);
  if (problem != std::errc()) return std::nullopt;
  return out;
}

/// A row for each GPU; none where what was said is something else.
std::vector<Row> parse(std::string_view text) {
  std::vector<Row> out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    Row row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(number_in(cell));
    if (row.size() != kQueries.size()) return {};
    out.push_back(std::move(row));
  }
  return out;
}

class NvidiaSmi final : public Source {
 public:
  explicit NvidiaSmi(const Doors& doors) : programs_(doors.programs), path_(found_in(doors)) {
    if (programs_ == nullptr || path_.empty()) {
      missing_.push_back({"gpu", programs_ == nullptr ? "other programs may not run here"
                                                      : "nvidia-smi is not installed"});
      return;
    }
    const auto rows = ask();
    if (rows.empty()) missing_.push_back({"gpu", "nvidia-smi finds no GPU"});
    for (std::size_t gpu = 0; gpu < rows.size(); ++gpu) add(gpu, rows[gpu]);
  }

  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }

  [[nodiscard]] const std::vector<Missing>& missing() const override { return missing_; }

  [[nodiscard]] std::chrono::nanoseconds interval() const override {
    return std::chrono::seconds(1);
  }

  [[nodiscard]] std::vector<std::optional<double>> sample(Clock::Time) override {
    std::vector<std::optional<double>> out(channels_.size());
    if (channels_.empty()) return out;
    const auto rows = ask();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const auto [gpu, query] = places_[i];
      if (gpu < rows.size()) out[i] = rows[gpu][query];
    }
    return out;
  }

 private:
  static std::string found_in(const Doors& doors) {
    std::istringstream folders(doors.search_path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      auto path = join(folder, "nvidia-smi");
      if (doors.files.kind(path) == Files::Kind::file) return path;
    }
    return {};
  }

  /// What a GPU tells now are its channels.
  void add(std::size_t gpu, const Row& row) {
    for (std::size_t i = 0; i < kQueries.size(); ++i) {
      auto name = fmt::format("gpu{}_{}", gpu, kQueries[i].ours);
      if (!row[i]) {
        missing_.push_back({std::move(name), "nvidia-smi does not tell it of this GPU"});
        continue;
      }
      channels_.push_back({std::move(name), kQueries[i].unit});
      places_.emplace_back(gpu, i);
    }
  }

  [[nodiscard]] std::vector<Row> ask() const {
    std::string fields;
    for (const auto& query : kQueries)
      fields += (fields.empty() ? "" : ",") + std::string(query.theirs);
    const auto said = programs_->run(
        path_, {"--query-gpu=" + fields, "--format=csv,noheader,nounits"}, {}, kLimit);
    if (!said || said->status != 0) return {};
    return parse(as_text(said->out));
  }

  static constexpr std::chrono::milliseconds kLimit{5'000};

  const Programs* programs_;
  std::string path_;
  std::vector<Channel> channels_;
  std::vector<Missing> missing_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // of channels: GPU and query
};

}  // namespace

std::unique_ptr<Source> make_nvidia_smi(const Doors& doors) {
  return std::make_unique<NvidiaSmi>(doors);
}

}  // namespace slipway::measure
