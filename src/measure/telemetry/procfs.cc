#include "measure/telemetry/procfs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <sstream>

#include "base/system_fields.h"

namespace slipway::measure {
namespace {

using Value = std::optional<double>;
using Read = std::function<Value(Clock::Time now)>;

std::optional<double> number_in(std::string_view text) {
  double out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc()) return std::nullopt;
  return out;
}

std::string text_at(const Files& files, const std::string& path) {
  const auto bytes = files.read(path);
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

Value number_at(const Files& files, const std::string& path) {
  return number_in(text_at(files, path));
}

std::vector<std::string> names_in(const Files& files, const std::string& folder) {
  return files.list(folder).ok() ? *files.list(folder) : std::vector<std::string>();
}

/// How a counter grows, in a second.
class Rate {
 public:
  Value operator()(Clock::Time now, const Value& count) {
    const auto last = std::exchange(count_, count);
    const auto since = std::exchange(at_, now);
    const auto seconds = std::chrono::duration<double>(now - since).count();
    if (!last || !count || seconds <= 0 || *count < *last) return std::nullopt;
    return (*count - *last) / seconds;
  }

 private:
  Value count_;
  Clock::Time at_;
};

/// The first line of /proc/stat: how all processors spent their time, in ticks.
struct Ticks {
  double all = 0;
  double idle = 0;
  double steal = 0;
};

std::optional<Ticks> ticks_of(const Files& files) {
  std::istringstream words(text_at(files, "/proc/stat"));
  std::string name;
  std::array<double, 8> ticks = {};  // user nice system idle io irq soft_irq steal
  if (!(words >> name) || name != "cpu") return std::nullopt;
  Ticks out;
  for (auto& count : ticks) {
    if (!(words >> count)) return std::nullopt;
    out.all += count;
  }
  out.idle = ticks[3] + ticks[4];
  out.steal = ticks[7];
  return out;
}

/// The part of the time that `of` gives for two readings, in percent.
Read share(const Files& files, std::function<double(const Ticks&)> of) {
  return [&files, of = std::move(of), last = std::optional<Ticks>()](Clock::Time) mutable -> Value {
    const auto now = ticks_of(files);
    const auto before = std::exchange(last, now);
    if (!now || !before || now->all <= before->all) return std::nullopt;
    const double part = (of(*now) - of(*before)) / (now->all - before->all);
    return std::clamp(part, 0.0, 1.0) * 100;
  };
}

Read mean_of(const Files& files, std::vector<std::string> paths, double scale) {
  return [&files, paths = std::move(paths), scale](Clock::Time) -> Value {
    double sum = 0;
    double count = 0;
    for (const auto& path : paths) {
      const auto value = number_at(files, path);
      if (!value) continue;
      sum += *value * scale;
      ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / count;
  };
}

Read highest_of(const Files& files, std::vector<std::string> paths, double scale) {
  return [&files, paths = std::move(paths), scale](Clock::Time) -> Value {
    Value out;
    for (const auto& path : paths)
      if (const auto value = number_at(files, path))
        out = std::max(out.value_or(*value * scale), *value * scale);
    return out;
  };
}

std::vector<std::string> frequency_paths(const Files& files) {
  std::vector<std::string> out;
  for (const auto& name : names_in(files, "/sys/devices/system/cpu")) {
    const auto path = "/sys/devices/system/cpu/" + name + "/cpufreq/scaling_cur_freq";
    if (name.starts_with("cpu") && number_at(files, path)) out.push_back(path);
  }
  return out;
}

/// Sensors of processors: those of their drivers, or of the zone that is called after the package.
std::vector<std::string> temperature_paths(const Files& files) {
  std::vector<std::string> out;
  for (const auto& name : names_in(files, "/sys/class/hwmon")) {
    const auto folder = "/sys/class/hwmon/" + name;
    const auto driver = text_at(files, folder + "/name");
    const bool is_cpu = driver.starts_with("coretemp") || driver.starts_with("k10temp") ||
                        driver.starts_with("zenpower") || driver.starts_with("cpu_thermal");
    if (!is_cpu) continue;
    for (const auto& file : names_in(files, folder))
      if (file.starts_with("temp") && file.ends_with("_input") &&
          number_at(files, join(folder, file)))
        out.push_back(join(folder, file));
  }
  if (!out.empty()) return out;
  for (const auto& name : names_in(files, "/sys/class/thermal")) {
    const auto folder = "/sys/class/thermal/" + name;
    const auto type = text_at(files, folder + "/type");
    const bool is_cpu = type.starts_with("x86_pkg_temp") || type.starts_with("cpu");
    if (is_cpu && number_at(files, folder + "/temp")) out.push_back(folder + "/temp");
  }
  return out;
}

/// A meter of energy in microjoules, which begins again behind its range.
struct Meter {
  std::string path;
  double range = 0;
  Value last = std::nullopt;
  double sum = 0;
};

/// The packages; what lies below them (cores, memory) is in their energy.
std::vector<Meter> meters_of(const Files& files, bool& is_closed) {
  std::vector<Meter> out;
  for (const auto& name : names_in(files, "/sys/class/powercap")) {
    const auto folder = "/sys/class/powercap/" + name;
    const bool is_package = std::count(name.begin(), name.end(), ':') == 1;
    if (!is_package || !text_at(files, folder + "/name").starts_with("package")) continue;
    const auto path = folder + "/energy_uj";
    if (number_at(files, path)) {
      out.push_back({path, number_at(files, folder + "/max_energy_range_uj").value_or(0)});
    } else {
      is_closed = true;
    }
  }
  return out;
}

Read power_of(const Files& files, std::vector<Meter> meters) {
  return [&files, meters = std::move(meters), rate = Rate()](Clock::Time now) mutable -> Value {
    constexpr double kMicro = 1e-6;
    double joules = 0;
    bool all = true;
    for (auto& meter : meters) {
      const auto count = number_at(files, meter.path);
      if (count && meter.last)
        meter.sum += *count - *meter.last + (*count < *meter.last ? meter.range : 0);
      meter.last = count;
      all &= count.has_value();
      joules += meter.sum * kMicro;
    }
    return rate(now, all ? Value(joules) : std::nullopt);
  };
}

Value switches_of(const Files& files) {
  std::istringstream lines(text_at(files, "/proc/stat"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("ctxt ")) return number_in(std::string_view(line).substr(5));
  return std::nullopt;
}

Value memory_of(const Files& files) {
  constexpr double kKibPerMib = 1024;
  const auto fields = system_fields(files, "/proc/meminfo");
  const auto total = number_in(value_of(fields, "MemTotal"));
  const auto available = number_in(value_of(fields, "MemAvailable"));
  if (!total || !available) return std::nullopt;
  return (*total - *available) / kKibPerMib;
}

class Procfs final : public Source {
 public:
  explicit Procfs(const Files& files) {
    const bool has_ticks = ticks_of(files).has_value();
    const char* no_ticks = "/proc/stat does not tell it";
    add("cpu_load", "%", has_ticks, no_ticks,
        share(files, [](const Ticks& is) { return is.all - is.idle - is.steal; }));
    add("cpu_steal", "%", has_ticks, no_ticks,
        share(files, [](const Ticks& is) { return is.steal; }));
    auto frequencies = frequency_paths(files);
    const bool has_frequency = !frequencies.empty();
    add("cpu_frequency", "MHz", has_frequency, "the system has no cpufreq",
        mean_of(files, std::move(frequencies), 1e-3));
    auto temperatures = temperature_paths(files);
    const bool has_temperature = !temperatures.empty();
    add("cpu_temperature", "°C", has_temperature,
        "no sensor of a processor in /sys/class/hwmon or /sys/class/thermal",
        highest_of(files, std::move(temperatures), 1e-3));
    add("memory_used", "MiB", memory_of(files).has_value(), "/proc/meminfo does not tell it",
        [&files](Clock::Time) { return memory_of(files); });
    add("context_switches", "1/s", switches_of(files).has_value(), no_ticks,
        [&files, rate = Rate()](Clock::Time now) mutable { return rate(now, switches_of(files)); });
    bool is_closed = false;
    auto meters = meters_of(files, is_closed);
    const bool has_meter = !meters.empty();
    add("cpu_power", "W", has_meter,
        is_closed ? "its meter in /sys/class/powercap may not be read by this user"
                  : "the machine has no meter of energy in /sys/class/powercap",
        power_of(files, std::move(meters)));
    fresh_ = reads_;
  }

  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }

  [[nodiscard]] const std::vector<Missing>& missing() const override { return missing_; }

  void forget() override { reads_ = fresh_; }

  [[nodiscard]] std::vector<std::optional<double>> sample(Clock::Time now) override {
    std::vector<std::optional<double>> out;
    for (auto& read : reads_) out.push_back(read(now));
    return out;
  }

 private:
  void add(std::string name, std::string unit, bool is_here, std::string why, Read read) {
    if (!is_here) {
      missing_.push_back({std::move(name), std::move(why)});
      return;
    }
    channels_.push_back({std::move(name), std::move(unit)});
    reads_.push_back(std::move(read));
  }

  std::vector<Channel> channels_;
  std::vector<Missing> missing_;
  std::vector<Read> reads_;
  std::vector<Read> fresh_;  // the same, which have not read anything
};

}  // namespace

std::unique_ptr<Source> make_procfs(const Doors& doors) {
  return std::make_unique<Procfs>(doors.files);
}

}  // namespace slipway::measure
