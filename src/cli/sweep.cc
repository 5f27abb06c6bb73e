// Many measurements, one behind the other, from a table.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "base/sha256.h"
#include "cli/app.h"
#include "cli/fingerprint.h"
#include "cli/stop.h"
#include "cli/sweep_results.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

using State = RowOutcome::State;

/// A stream in a file of no name, for what a row prints.
class Caught {
 public:
  Caught() : file_(std::tmpfile()) {}

  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;

  ~Caught() {
    if (file_ != nullptr) std::fclose(file_);
  }

  [[nodiscard]] std::FILE* file() const { return file_; }

  [[nodiscard]] std::string text() const {
    std::rewind(file_);
    std::string out;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) out += static_cast<char>(c);
    return out;
  }

 private:
  std::FILE* file_;
};

/// What stands behind "because", or the last line.
std::string reason_in(const std::string& talk, int status) {
  constexpr std::string_view kBecause = "  because ";
  const auto at = talk.find(kBecause);
  if (at != std::string::npos) {
    const auto begin = at + kBecause.size();
    return talk.substr(begin, talk.find('\n', begin) - begin);
  }
  if (status > 128) return fmt::format("ended by signal {}", status - 128);
  return fmt::format("exit status {}", status);
}

BytesView view(std::string_view text) { return as_bytes(text); }

class SweepVerb final : public Verb {
 public:
  void describe(Options& options) override {
    auto& profile = options.argument(
        "PROFILE", profile_path_,
        "a table (CSV) with a row for each measurement; its columns are flags of bench: "
        "model_name, batch_size, num_inputs, streams, test_duration, precision and others");
    profile.takes_file = true;
    profile.is_required = false;
    options.value("--output-dir", "DIR", out_, "where the rows' folders and the summary go")
        .takes_file = true;
    options.flag("--retry-failed", retry_, "measure rows again that failed before");
    options.flag("--redact", redact_,
                 "leave names of host and user, and folders, out of the files");
  }

  Result<std::vector<std::string>> translate(World& world, const Options&,
                                             std::vector<std::string> words) override {
    // Where a script exports them, as for benchmark.sh.
    variable_profile_ = world.variable("PROFILE");
    variable_out_ = world.variable("OUTPUT_DIR");
    // What stands behind "--" is for bench.
    const auto dashes = std::ranges::find(words, "--");
    if (dashes != words.end()) pattern_.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
    return words;
  }

  Result<int> run(World& world) override {
    if (profile_path_.empty()) profile_path_ = variable_profile_;
    if (profile_path_.empty())
      return world.usage("PROFILE is missing: a table of measurements")
          .with_remedy("slipway sweep c100.bf16.csv --output-dir DIR");
    const auto out = out_.value_or(variable_out_);
    if (out.empty())
      return world.usage("nobody says where results go").with_remedy("--output-dir DIR");
    if (redact_) pattern_.emplace_back("--redact");
    constexpr std::string_view kData[] = {"--data", "-i"};
    const bool has_data = has_flag(pattern_, kData) || !world.variable("DATASET_DIR").empty();
    const auto profile = SLIPWAY_TRY(
        parse_profile(SLIPWAY_TRY(profile_text(world, profile_path_)), pattern_, out, !has_data));
    SLIPWAY_TRY(check_pattern(world, profile, pattern_.size()));
    for (const auto& label : profile.labels)
      world.note("the column '{}' is no flag of bench: it only names the row", label);
    world.goal = fmt::format("write to {}", out);
    SLIPWAY_TRY(world.files.check_room(out, kRoom));
    const auto lock = SLIPWAY_TRY(lock_of(world, out));
    SLIPWAY_TRY(begin(world, profile, out));
    std::vector<RowOutcome> outcomes;
    for (const auto& row : profile.rows)
      outcomes.push_back(SLIPWAY_TRY(outcome_of(world.files, row)));
    const StopAsked stop(world);
    SLIPWAY_TRY(measure_all(world, profile, outcomes, stop));
    return finish(world, profile, outcomes, out, stop.signal());
  }

 private:
  static constexpr std::size_t kRoom = 1U << 20U;

  /// Nobody else measures into the folder. A sweep that was killed a moment ago leaves a row that
  /// is about to end with it.
  static Result<std::shared_ptr<const void>> lock_of(World& world, const std::string& out) {
    constexpr int kTries = 200;
    constexpr std::chrono::milliseconds kPause(10);
    for (int i = 1;; ++i) {
      auto lock = world.files.lock(join(out, "sweep"));
      if (lock || lock.error().code != Code::conflict || i == kTries) return lock;
      std::this_thread::sleep_for(kPause);
    }
  }

  /// Writes what all rows share, or finds it there as this sweep would write it.
  Result<void> begin(World& world, const SweepProfile& profile, const std::string& out) const {
    Json state;
    state.set("format", "slipway.sweep");
    state.set("profile_sha256", sha256(view(profile.text)));
    Json words(Json::Array{});
    for (const auto& word : pattern_) words.push(path_text(word, redact()));
    state.set("words", std::move(words));
    auto variables = variables_json(world, redact());
    if (!variables.object()->empty()) state.set("variables", std::move(variables));
    const auto path = join(out, "sweep.json");
    if (world.files.kind(path) == Files::Kind::file) {
      const auto bytes = SLIPWAY_TRY(world.files.read(path));
      const auto before = SLIPWAY_TRY(parse_json(as_text(bytes)).during("reading {}", path));
      if (before == state) return {};
      return fail(Code::conflict,
                  "{} holds another sweep: its profile, its words or its variables differ", out)
          .with_remedy("--output-dir another folder");
    }
    const auto system = fingerprint_json(world, redact()).text() + "\n";
    const auto text = state.text() + "\n";
    const auto table = in_files(profile);
    const NamedBytes files[] = {{"profile.csv", view(table.text)},
                                {"sysinfo.json", view(system)},
                                {"sweep.json", view(text)}};
    return world.files.write_files(out, files, {});
  }

  Result<void> measure_all(World& world, const SweepProfile& profile,
                           std::vector<RowOutcome>& outcomes, const StopAsked& stop) const {
    const auto is_open = [&](std::size_t i) {
      return outcomes[i].state == State::open || (retry_ && outcomes[i].state == State::failed);
    };
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      if (is_open(i)) open.push_back(i);
    if (open.size() < outcomes.size())
      world.note("{} of {} rows are measured already", outcomes.size() - open.size(),
                 outcomes.size());
    const auto start = world.clock.now();
    double wanted = 0;  // seconds of measuring, of the rows done here
    for (std::size_t done = 0; done < open.size() && stop.signal() == 0; ++done) {
      const auto& row = profile.rows[open[done]];
      tell(world, profile, row, done, open, milliseconds(start, world.clock.now()) / 1e3 - wanted);
      SLIPWAY_TRY(measure_row(world, row));
      wanted += row.seconds;
      outcomes[open[done]] = SLIPWAY_TRY(outcome_of(world.files, row));
    }
    return {};
  }

  /// How far all rows are. `extra`: seconds that the rows so far took beside measuring.
  static void tell(World& world, const SweepProfile& profile, const SweepRow& row, std::size_t done,
                   const std::vector<std::size_t>& open, double extra) {
    if (world.quiet) return;
    double left = 0;
    for (std::size_t i = done; i < open.size(); ++i) left += profile.rows[open[i]].seconds;
    if (done > 0)
      left += extra / static_cast<double>(done) * static_cast<double>(open.size() - done);
    std::string cells;
    for (const auto& [name, text] : row.cells)
      cells += fmt::format(" {}{}", name == "model_name" ? "" : name + " ", text);
    fmt::print(world.err, "row {} of {}:{}{}\n", row.number, profile.rows.size(), cells,
               left > 0 ? fmt::format("   (about {} left)", ms_text(left * 1e3)) : "");
    std::fflush(world.err);
  }

  /// Runs a row in a process of its own. What it leaves behind is in its folder.
  Result<void> measure_row(World& world, const SweepRow& row) const {
    const Caught out;
    const Caught err;
    if (out.file() == nullptr || err.file() == nullptr)
      return fail(Code::unavailable, "no room for what a row prints");
    const auto work = [&] {
      World own = world;
      own.out = out.file();
      own.err = err.file();
      own.terminal = {};
      own.json = false;
      own.log = nullptr;
      own.is_usage_error = false;
      const int status = cli::finish(own, run_app(own, row.words));
      std::fflush(own.err);
      return status;
    };
    std::fflush(world.out);
    std::fflush(world.err);
    const int status = world.apart != nullptr ? world.apart(work) : work();
    if (status == 0) return {};
    if (world.caught != nullptr && *world.caught != 0) return {};  // stopped: measured again later
    const auto talk = redacted(row, err.text());
    Json failed;
    failed.set("exit_status", status);
    failed.set("reason", reason_in(talk, status));
    Json words(Json::Array{});
    for (const auto& word : row.words) words.push(path_text(word, redact()));
    failed.set("command", std::move(words));
    const auto text = failed.text() + "\n";
    const auto log = redacted(row, out.text()) + talk;
    const NamedBytes files[] = {{"output.log", view(log)}, {"failed.json", view(text)}};
    world.goal = fmt::format("write to {}", row.folder);
    return world.files.write_files(row.folder, files, {});
  }

  [[nodiscard]] Redact redact() const { return redact_ ? Redact::yes : Redact::no; }

  /// The table as it stands in files: of paths the last parts where --redact wants that.
  [[nodiscard]] SweepProfile in_files(SweepProfile profile) const {
    std::vector<std::string> known;
    for (auto& row : profile.rows) {
      for (auto& [column, text] : row.cells) {
        if (redact_ && text.find('/') != text.npos) known.push_back(text);
        text = path_text(text, redact());
      }
    }
    if (redact_) profile.text = without_folders(profile.text, known);
    return profile;
  }

  /// What a row printed, without the folders of its paths where --redact wants that.
  [[nodiscard]] std::string redacted(const SweepRow& row, std::string text) const {
    if (!redact_) return text;
    std::vector<std::string> known;
    for (const auto& word : row.words) {
      auto path = word.starts_with('-') ? word.substr(word.find('=') + 1) : word;
      if (path.find('/') != path.npos) known.push_back(std::move(path));
    }
    return without_folders(text, known);
  }

  Result<int> finish(World& world, const SweepProfile& profile,
                     const std::vector<RowOutcome>& outcomes, const std::string& out,
                     int signal) const {
    world.goal = fmt::format("write to {}", out);
    std::vector<std::string> names;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].state != State::passed) continue;
      const auto& row = profile.rows[i];
      const auto bytes = SLIPWAY_TRY(world.files.read(join(row.folder, "results.json")));
      auto document = SLIPWAY_TRY(parse_json(as_text(bytes)).during("reading {}", row.folder));
      Json cells(Json::Object{});
      for (const auto& [name, text] : row.cells) cells.set(name, path_text(text, redact()));
      document.set("test", std::move(cells));
      names.push_back(fmt::format("results_test_{}.json", row.number));
      texts.push_back(document.text() + "\n");
    }
    names.emplace_back("summary.csv");
    texts.push_back(summary_csv(in_files(profile), outcomes));
    std::vector<NamedBytes> files;
    for (std::size_t i = 0; i < names.size(); ++i) files.push_back({names[i], view(texts[i])});
    SLIPWAY_TRY(world.files.write_files(out, files, {}));
    const auto count = [&](State state) {
      return std::ranges::count(outcomes, state, &RowOutcome::state);
    };
    if (world.json) {
      Json document;
      document.set("passed", count(State::passed));
      document.set("failed", count(State::failed));
      document.set("not_measured", count(State::open));
      document.set("summary", join(out, "summary.csv"));
      document.set("rows", to_json(profile, outcomes));
      world.print(document);
    } else {
      world.print("{}\n", verdict_table(world, profile, outcomes));
      world.print("{} of {} rows passed", count(State::passed), outcomes.size());
      if (count(State::failed) > 0) world.print(", {} failed", count(State::failed));
      if (count(State::open) > 0) world.print(", {} not measured", count(State::open));
      world.print("; {}\n", join(out, "summary.csv"));
    }
    if (signal != 0) return stopped_status(signal);
    return count(State::passed) == std::ssize(outcomes) ? 0 : 1;
  }

  std::string profile_path_;
  std::vector<std::string> pattern_;
  std::optional<std::string> out_;
  bool retry_ = false;
  bool redact_ = false;
  std::string variable_profile_;
  std::string variable_out_;
};

}  // namespace

Command sweep_command() {
  return {.name = "sweep",
          .group = Group::models,
          .summary = "measure many models or settings, one for each row of a table",
          .story =
              "Each row becomes a folder test_1, test_2, ... as 'bench --output-dir' writes it, "
              "measured by a process of its own. A row that fails is marked and the sweep goes on. "
              "The same command again measures what is missing: a sweep may be stopped or killed "
              "at any time. Behind '--' stand more words of 'bench' for each row, with {column}, "
              "{output_dir} and {row} replaced. PROFILE and OUTPUT_DIR may come from the "
              "environment; other variables "
              "reach every row. A column that is no flag and in no word only names the row, unless "
              "its name is nearly that of a flag, which is an error. The profile c100.bf16.csv is "
              "carried by slipway.",
          .examples = {{"sweep c100.bf16.csv --output-dir out", "17 rows, a minute each"},
                       {"sweep mine.csv --output-dir out -- --threads {streams} --isa avx2",
                        "more flags for each row, with cells of it"}},
          .data = Data::json,
          .make = make_verb<SweepVerb>};
}

}  // namespace slipway::cli
