#include "measure/telemetry/procfs.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/telemetry/list.h"

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void put(MemoryFiles& files, const std::string& path, const std::string& text) {
  ASSERT_TRUE(files.write(path, as_bytes(text)));
}

std::vector<std::string> names_of(const std::vector<Missing>& missing) {
  std::vector<std::string> out;
  for (const auto& sensor : missing) out.push_back(sensor.name);
  return out;
}

/// What a source says of a channel: nothing where there is no such channel, or no value.
std::optional<double> value_of(const Source& source, const std::vector<std::optional<double>>& all,
                               std::string_view name) {
  for (std::size_t i = 0; i < source.channels().size(); ++i)
    if (source.channels()[i].name == name) return all.at(i);
  return std::nullopt;
}

TEST(Procfs, SaysWhatChangedSinceTheSampleBefore) {
  MemoryFiles files;
  put(files, "/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\nctxt 1000\n");
  put(files, "/proc/meminfo", "MemTotal:  4096000 kB\nMemAvailable:  1024000 kB\n");
  put(files, "/sys/class/powercap/intel-rapl:0/name", "package-0\n");
  put(files, "/sys/class/powercap/intel-rapl:0/energy_uj", "9000000\n");
  put(files, "/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "10000000\n");
  put(files, "/sys/class/powercap/intel-rapl:0:0/name", "core\n");
  put(files, "/sys/class/powercap/intel-rapl:0:0/energy_uj", "1\n");
  put(files, "/sys/class/hwmon/hwmon0/name", "nvme\n");
  put(files, "/sys/class/hwmon/hwmon0/temp1_input", "90000\n");
  put(files, "/sys/class/hwmon/hwmon1/name", "k10temp\n");
  put(files, "/sys/class/hwmon/hwmon1/temp1_input", "61500\n");
  put(files, "/sys/class/hwmon/hwmon1/temp3_input", "63250\n");
  for (const auto* cpu : {"0", "1"})
    put(files, fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", cpu),
        *cpu == '0' ? "2000000\n" : "3000000\n");
  const auto source = make_procfs({.files = files, .search_path = {}});
  EXPECT_THAT(source->missing(), IsEmpty());

  const auto first = source->sample(Clock::Time(1s));
  EXPECT_FALSE(value_of(*source, first, "cpu_load"));
  EXPECT_FALSE(value_of(*source, first, "context_switches"));
  EXPECT_FALSE(value_of(*source, first, "cpu_power"));
  EXPECT_EQ(value_of(*source, first, "cpu_frequency"), 2500);
  EXPECT_EQ(value_of(*source, first, "cpu_temperature"), 63.25);
  EXPECT_EQ(value_of(*source, first, "memory_used"), 3000);

  put(files, "/proc/stat", "cpu  130 0 100 860 0 0 0 10 0 0\nctxt 1500\n");
  put(files, "/sys/class/powercap/intel-rapl:0/energy_uj", "4000000\n");  // behind its range
  const auto second = source->sample(Clock::Time(1500ms));
  EXPECT_EQ(value_of(*source, second, "cpu_load"), 30);
  EXPECT_EQ(value_of(*source, second, "cpu_steal"), 10);
  EXPECT_EQ(value_of(*source, second, "context_switches"), 1000);
  EXPECT_DOUBLE_EQ(*value_of(*source, second, "cpu_power"), 10);
}

TEST(Procfs, ASecondRecordingKnowsNothingOfTheFirst) {
  MemoryFiles files;
  put(files, "/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\nctxt 1000\n");
  put(files, "/sys/class/powercap/intel-rapl:0/name", "package-0\n");
  put(files, "/sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n");
  const auto source = make_procfs({.files = files, .search_path = {}});
  static_cast<void>(source->sample(Clock::Time(1s)));
  put(files, "/proc/stat", "cpu  200 0 100 800 0 0 0 0 0 0\nctxt 2000\n");
  put(files, "/sys/class/powercap/intel-rapl:0/energy_uj", "9000000\n");
  source->forget();
  const auto first = source->sample(Clock::Time(2s));
  for (const auto* name : {"cpu_load", "cpu_steal", "context_switches", "cpu_power"})
    EXPECT_FALSE(value_of(*source, first, name)) << name;
  put(files, "/proc/stat", "cpu  200 0 100 900 0 0 0 0 0 0\nctxt 2500\n");
  put(files, "/sys/class/powercap/intel-rapl:0/energy_uj", "9500000\n");
  const auto second = source->sample(Clock::Time(3s));
  EXPECT_EQ(value_of(*source, second, "cpu_load"), 0);
  EXPECT_EQ(value_of(*source, second, "context_switches"), 500);
  EXPECT_DOUBLE_EQ(*value_of(*source, second, "cpu_power"), 0.5);
}

TEST(Procfs, WhatIsNotThereIsMissingAndNoChannel) {
  MemoryFiles files;
  put(files, "/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\nctxt 1000\n");
  put(files, "/sys/class/powercap/intel-rapl:0/name", "package-0\n");  // and its meter is closed
  const auto source = make_procfs({.files = files, .search_path = {}});
  EXPECT_THAT(names_of(source->missing()),
              ElementsAre("cpu_frequency", "cpu_temperature", "memory_used", "cpu_power"));
  EXPECT_THAT(source->missing().back().why, HasSubstr("may not be read by this user"));
  EXPECT_EQ(source->channels().size(), 3U);
}

TEST(Procfs, ASensorThatFallsSilentGivesNothing) {
  MemoryFiles files;
  const std::string path = "/sys/class/thermal/thermal_zone0/";
  put(files, path + "type", "x86_pkg_temp\n");
  put(files, path + "temp", "40000\n");
  const auto source = make_procfs({.files = files, .search_path = {}});
  EXPECT_EQ(value_of(*source, source->sample(Clock::Time(1s)), "cpu_temperature"), 40);
  put(files, path + "temp", "\n");
  EXPECT_EQ(value_of(*source, source->sample(Clock::Time(2s)), "cpu_temperature"), std::nullopt);
}

TEST(NvidiaSmi, GivesWhatTheProgramSaysAndMissesWhatItDoesNot) {
  MemoryFiles files;
  put(files, "/opt/bin/nvidia-smi", "");
  FakePrograms programs;
  const auto said = as_bytes("37, 1980, 41, 1024, 310.55\n0, 345, 30, 4, [N/A]\n");
  programs.answers["/opt/bin/nvidia-smi"] = {0, Bytes(said.begin(), said.end()), {}};
  const auto source =
      make_sources({files, &programs, "/usr/bin:/opt/bin"}, std::vector<std::string>{"nvidia-smi"});
  ASSERT_TRUE(source);
  auto& gpus = *source->at(0);
  EXPECT_THAT(names_of(gpus.missing()), ElementsAre("gpu1_power"));
  const auto values = gpus.sample(Clock::Time(1s));
  EXPECT_EQ(value_of(gpus, values, "gpu0_load"), 37);
  EXPECT_EQ(value_of(gpus, values, "gpu0_power"), 310.55);
  EXPECT_EQ(value_of(gpus, values, "gpu1_frequency"), 345);
  const auto bad = as_bytes("NVIDIA-SMI has failed\n");
  programs.answers["/opt/bin/nvidia-smi"] = {9, Bytes(bad.begin(), bad.end()), {}};
  EXPECT_EQ(value_of(gpus, gpus.sample(Clock::Time(2s)), "gpu0_load"), std::nullopt);
}

TEST(NvidiaSmi, WithoutItsProgramTheGpuIsMissing) {
  MemoryFiles files;
  const FakePrograms programs;
  const auto source =
      make_sources({files, &programs, "/usr/bin"}, std::vector<std::string>{"nvidia-smi"});
  ASSERT_TRUE(source);
  EXPECT_THAT(source->at(0)->channels(), IsEmpty());
  EXPECT_THAT(source->at(0)->missing(), ElementsAre(Missing{"gpu", "nvidia-smi is not installed"}));
}

/// What each source promises, on this machine.
class Sources : public testing::TestWithParam<std::string> {};

TEST_P(Sources, KeepTheirChannelsAndNeverInventAValue) {
  SeededEntropy entropy(1);
  const SystemFiles files(entropy);
  const SystemPrograms programs;
  const SystemClock clock;
  const auto made = make_sources({files, &programs, "/usr/bin"}, std::vector{GetParam()});
  ASSERT_TRUE(made);
  auto& source = *made->at(0);
  const auto channels = source.channels();
  for (int i = 0; i < 2; ++i) {
    const auto values = source.sample(clock.now());
    EXPECT_EQ(values.size(), channels.size());
    for (const auto& value : values) EXPECT_TRUE(!value || std::isfinite(*value));
  }
  EXPECT_EQ(source.channels(), channels);
  for (const auto& missing : source.missing()) {
    EXPECT_FALSE(missing.why.empty()) << missing.name;
    for (const auto& channel : channels) EXPECT_NE(channel.name, missing.name);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Sources, testing::Values("none", "nvidia-smi", "procfs"));

TEST(Sources, AreNamedWhereOneIsNotThere) {
  const MemoryFiles files;
  const auto made =
      make_sources({.files = files, .search_path = {}}, std::vector<std::string>{"x"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "there is no telemetry source 'x'");
  EXPECT_EQ(made.error().remedy, "none, nvidia-smi, procfs");
}

}  // namespace
}  // namespace slipway::measure
