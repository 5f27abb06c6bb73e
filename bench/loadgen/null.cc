// How many queries a second MLPerf's LoadGen issues to a system that answers at once.
//
// usage: null SECONDS        (queries a second of single stream, with LoadGen's overhead)
//
// It is built beside LoadGen's own sources, which the Python package brings (LOADGEN is where its
// archive was unpacked):
//   g++ -std=c++17 -O3 -DNDEBUG -I$LOADGEN bench/loadgen/null.cc $LOADGEN/*.cc
//     $LOADGEN/generated/*.cc -lpthread -o null

#include <cstdlib>
#include <string>
#include <vector>

#include <loadgen.h>
#include <query_sample_library.h>
#include <system_under_test.h>
#include <test_settings.h>

namespace {

class Null final : public mlperf::SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }

  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    for (const auto& sample : samples) {
      mlperf::QuerySampleResponse response{sample.id, 0, 0};
      mlperf::QuerySamplesComplete(&response, 1);
    }
  }

  void FlushQueries() override {}

 private:
  std::string name_ = "null";
};

class NoLibrary final : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }

  size_t TotalSampleCount() override { return 1024; }

  size_t PerformanceSampleCount() override { return 1024; }

  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "none";
};

}  // namespace

int main(int count, char** words) {
  const double seconds = count > 1 ? std::atof(words[1]) : 3;
  Null null;
  NoLibrary library;
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::SingleStream;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.min_duration_ms = static_cast<uint64_t>(seconds * 1000);
  settings.min_query_count = 1000;
  settings.single_stream_expected_latency_ns = 500;  // so many queries are made in front
  mlperf::LogSettings log;
  log.enable_trace = false;
  log.log_output.outdir = ".";
  mlperf::StartTest(&null, &library, settings, log);
  return 0;
}
