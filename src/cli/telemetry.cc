#include <utility>

#include <poll.h>
#include <unistd.h>

#include "cli/bench_telemetry.h"
#include "cli/stop.h"
#include "cli/verbs.h"
#include "measure/telemetry/list.h"
#include "measure/telemetry/serve.h"

namespace slipway::cli {
namespace {

using std::chrono::nanoseconds;

// For an answer: twice the 5 s of nvidia-smi, and more.
constexpr std::chrono::milliseconds kLimit{12'000};

void describe_socket(Options& options, std::string& into) {
  options.value("--socket", "S", into, "the sampler's socket: a path of 107 bytes at most")
      .takes_file = true;
}

Result<void> write_files(World& world, const std::string& folder, const std::string& csv,
                         const Json& document) {
  SLIPWAY_TRY(world.files.write(join(folder, "telemetry.csv"), as_bytes(csv)));
  return world.files.write(join(folder, "telemetry.json"), as_bytes(document.text() + "\n"));
}

/// Whether nobody holds the other end of standard input any more.
bool stdin_ended() {
  pollfd in = {STDIN_FILENO, POLLIN, 0};
  return ::poll(&in, 1, 0) > 0;
}

class TelemetryRunVerb final : public Verb {
 public:
  void describe(Options& options) override {
    describe_socket(options, socket_);
    options.value("--duration", "T", duration_,
                  "without --socket: record so long (default: until Ctrl-C)");
    options.value("--interval", "T", interval_, "between two samples (default: 100ms)");
    options.repeated("--source", "NAME", sources_,
                     "procfs, nvidia-smi or none; any number of times (default: all)");
    options
        .value("-o,--output-dir", "DIR", folder_,
               "write telemetry.csv and telemetry.json there when a recording ends")
        .takes_file = true;
    options.flag("--with-stdin", with_stdin_, "end when standard input ends");
  }

  Result<int> run(World& world) override {
    constexpr nanoseconds kLeast = std::chrono::milliseconds(1);
    if (interval_ < kLeast) return world.usage("--interval takes 1ms at least");
    if (!socket_.empty() && duration_)
      return world.usage("--duration is for a sampler without --socket");
    if (duration_ && duration_->count() == 0) return world.usage("--duration takes more than 0");
    const measure::Doors doors{world.files, world.programs, world.search_path};
    auto made = measure::make_sources(doors, sources_);
    if (!made) world.is_usage_error = true;
    measure::Recorder recorder(world.clock, SLIPWAY_TRY(std::move(made)), interval_);
    return socket_.empty() ? record(world, recorder) : serve(world, recorder);
  }

 private:
  Result<int> record(World& world, measure::Recorder& recorder) {
    const StopAsked stop(world);
    measure::record(world.clock, recorder, duration_.value_or(nanoseconds(0)),
                    [&] { return stop.signal() != 0 || (with_stdin_ && stdin_ended()); });
    const auto document = measure::to_json(recorder.recording());
    if (!folder_.empty())
      SLIPWAY_TRY(write_files(world, folder_, measure::to_csv(recorder.recording()), document));
    if (world.json) {
      world.print(document);
    } else {
      world.print("{}", telemetry_table(world, document));
    }
    return duration_ && stop.signal() != 0 ? stopped_status(stop.signal()) : 0;
  }

  Result<int> serve(World& world, measure::Recorder& recorder) {
    world.goal = fmt::format("sample at {}", socket_);
    const auto listener = SLIPWAY_TRY(measure::Listener::open(world.files, socket_));
    world.print("listening at {}\n", socket_);
    std::fflush(world.out);
    const StopAsked stop(world);
    const auto is_over = [&] { return stop.signal() != 0 || (with_stdin_ && stdin_ended()); };
    SLIPWAY_TRY(measure::serve(listener, recorder, is_over,
                               [&](const measure::Recording& recording) -> Result<void> {
                                 if (folder_.empty()) return {};
                                 return write_files(world, folder_, measure::to_csv(recording),
                                                    measure::to_json(recording));
                               }));
    return stop.signal() != 0 ? stopped_status(stop.signal()) : 0;
  }

  std::string socket_;
  std::optional<nanoseconds> duration_;
  nanoseconds interval_ = std::chrono::milliseconds(100);
  std::vector<std::string> sources_;
  std::string folder_;
  bool with_stdin_ = false;
};

/// `start` and `kill`: a word for the sampler, whose answer has nothing in it.
class TellVerb : public Verb {
 public:
  TellVerb(std::string word, std::string done) : word_(std::move(word)), done_(std::move(done)) {}

  void describe(Options& options) override { describe_socket(options, socket_); }

  Result<int> run(World& world) override {
    if (socket_.empty()) return world.usage("telemetry {} needs --socket", word_);
    world.goal = fmt::format("{} the sampler at {}", word_, socket_);
    SLIPWAY_TRY(measure::ask(socket_, word_, kLimit));
    world.detail("{}", done_);
    return 0;
  }

 private:
  std::string word_;
  std::string done_;
  std::string socket_;
};

class TelemetryStartVerb final : public TellVerb {
 public:
  TelemetryStartVerb() : TellVerb("start", "it records") {}
};

class TelemetryKillVerb final : public TellVerb {
 public:
  TelemetryKillVerb() : TellVerb("kill", "it has ended") {}
};

class TelemetryStopVerb final : public Verb {
 public:
  void describe(Options& options) override {
    describe_socket(options, socket_);
    options.value("-o,--output-dir", "DIR", folder_, "write telemetry.csv and telemetry.json there")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    if (socket_.empty()) return world.usage("telemetry stop needs --socket");
    world.goal = fmt::format("stop the sampler at {}", socket_);
    const auto said = SLIPWAY_TRY(measure::ask(socket_, "stop", kLimit));
    const auto document = SLIPWAY_TRY(parse_json(said));
    if (!folder_.empty())
      SLIPWAY_TRY(
          write_files(world, folder_, SLIPWAY_TRY(measure::ask(socket_, "csv", kLimit)), document));
    if (world.json) {
      world.print(document);
    } else {
      world.print("{}", telemetry_table(world, document));
    }
    return 0;
  }

 private:
  std::string socket_;
  std::string folder_;
};

}  // namespace

Command telemetry_run_command() {
  return {.name = "telemetry run",
          .group = Group::machine,
          .summary = "sample processors, memory, energy and GPUs, now or when told to",
          .story =
              "With --socket it waits, and records from 'telemetry start' to 'telemetry stop', "
              "which 'bench --socket' sends around the measured part. Without, it records at once. "
              "Needs no root: sensors that are not there, or closed to this user, are listed as "
              "missing, and are no column of the table.",
          .examples = {{"telemetry run --duration 10s", "ten seconds from now on"},
                       {"telemetry run --socket /tmp/t -o out &", "a sampler that waits"},
                       {"telemetry run --duration 1m --source procfs --json",
                        "all that is known, for a script"}},
          .data = Data::json,
          .make = make_verb<TelemetryRunVerb>};
}

Command telemetry_start_command() {
  return {.name = "telemetry start",
          .group = Group::machine,
          .summary = "make a sampler record",
          .story = "",
          .examples = {{"telemetry start --socket /tmp/t", "what it recorded before is forgotten"},
                       {"telemetry start --socket /tmp/t -v", "and says that it does"}},
          .data = Data::none,
          .make = make_verb<TelemetryStartVerb>};
}

Command telemetry_stop_command() {
  return {
      .name = "telemetry stop",
      .group = Group::machine,
      .summary = "end a recording and show it",
      .story = "The sampler goes on, and can be started again.",
      .examples = {{"telemetry stop --socket /tmp/t", "average, least and most of each sensor"},
                   {"telemetry stop --socket /tmp/t -o out --json", "all of it, and the samples"}},
      .data = Data::json,
      .make = make_verb<TelemetryStopVerb>};
}

Command telemetry_kill_command() {
  return {.name = "telemetry kill",
          .group = Group::machine,
          .summary = "end a sampler",
          .story = "What it records is written to its --output-dir first.",
          .examples = {{"telemetry kill --socket /tmp/t", "its socket goes with it"},
                       {"telemetry kill --socket /tmp/t -v", "and says that it is gone"}},
          .data = Data::none,
          .make = make_verb<TelemetryKillVerb>};
}

}  // namespace slipway::cli
