#include "cli/spelling.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "engine/pool.h"

namespace slipway::cli {
namespace {

/// Theirs and ours. "MODEL" is the argument; an empty name has no effect here.
struct Renamed {
  std::string_view theirs;
  std::string_view ours;
  bool takes_value = true;
  bool is_benchmark_app = false;
};

constexpr std::array kRenamed = {
    // run_model.sh
    Renamed{"--min-test-duration", "--min-duration"},
    Renamed{"--max-test-duration", "--max-duration"},
    Renamed{"--arch", "MODEL"},
    Renamed{"--ipex", ""},
    Renamed{"--amp", ""},
    Renamed{"--jit", ""},
    Renamed{"--proxy", ""},
    Renamed{"--platform", ""},
    Renamed{"--print-frequency", ""},
    Renamed{"--multi-tile", "", false},
    // benchmark_app
    Renamed{"-m", "MODEL", true, true},
    Renamed{"-i", "--data", true, true},
    Renamed{"-d", "--device", true, true},
    Renamed{"-b", "--batch-size", true, true},
    Renamed{"-t", "--min-duration", true, true},
    Renamed{"-niter", "-n", true, true},
    Renamed{"-nireq", "--streams", true, true},
    Renamed{"-nstreams", "--streams", true, true},
    Renamed{"-nthreads", "--threads", true, true},
    Renamed{"-hint", "hint", true, true},
    Renamed{"-api", "api", true, true},
    Renamed{"-pin", "pin", true, true},
    Renamed{"-pc", "--profile", false, true},
    Renamed{"-report_type", "report", true, true},
    Renamed{"-report_folder", "--output-dir", true, true},
    Renamed{"-json_stats", "", false, true},
    Renamed{"-infer_precision", "--precision", true, true},
    Renamed{"-latency_percentile", "--percentiles", true, true},
    Renamed{"-shape", "--shape", true, true},
    Renamed{"-no_warmup", "--warmup", false, true},
};

struct Variable {
  std::string_view name;
  std::string_view ours;
};

constexpr std::array kVariables = {
    Variable{"MODEL_NAME", "MODEL"},
    Variable{"BATCH_SIZE", "--batch-size"},
    Variable{"DATASET_DIR", "--data"},
    Variable{"DUMMY", "--dummy"},
    Variable{"LOAD_PATH", "--load"},
    Variable{"SAVE_PATH", "--save"},
    Variable{"MAX_TEST_DURATION", "--max-duration"},
    Variable{"MIN_TEST_DURATION", "--min-duration"},
    Variable{"NUM_INPUTS", "--num-inputs"},
    Variable{"NUM_IMAGES", "--num-inputs"},
    Variable{"NUM_ITERATIONS", "-n"},
    Variable{"OUTPUT_DIR", "--output-dir"},
    Variable{"PRECISION", "--precision"},
    Variable{"STREAMS", "--streams"},
    Variable{"SOCKET", "--socket"},
    Variable{"IPEX", ""},
    Variable{"AMP", ""},
    Variable{"JIT", ""},
    Variable{"PLATFORM", ""},
};

/// Theirs for words that we spell in another way.
std::string our_value(std::string_view flag, const std::string& value) {
  static const std::map<std::string_view, std::string> kPrecisions = {
      {"bp16", "bf16"}, {"f32", "fp32"}, {"f16", "fp16"}};
  if (flag != "--precision") return value;
  const auto at = kPrecisions.find(value);
  return at == kPrecisions.end() ? value : at->second;
}

bool is_zero(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0.") == std::string::npos;
}

class Speller {
 public:
  Speller(const World& world, std::span<const Option> options, int cores)
      : world_(world), options_(options), cores_(cores) {}

  Result<Spelled> run(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--") {
        out_.words.insert(out_.words.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                          words.end());
        break;
      }
      const auto equals = words[i].find('=');
      const auto name = words[i].substr(0, equals);
      const auto theirs = std::ranges::find(kRenamed, name, &Renamed::theirs);
      if (theirs == kRenamed.end()) {
        keep(words, i);
        continue;
      }
      std::string value;
      if (theirs->takes_value) {
        if (equals != std::string::npos) {
          value = words[i].substr(equals + 1);
        } else if (theirs->ours.empty() &&
                   (i + 1 == words.size() || words[i + 1].starts_with('-'))) {
          // What has no effect may stand without its value: the next flag is none.
        } else if (++i < words.size()) {
          value = words[i];
        } else {
          return fail(Code::invalid_input, "{} needs a value", name);
        }
      }
      is_benchmark_app_ = is_benchmark_app_ || theirs->is_benchmark_app;
      SLIPWAY_TRY(translate(*theirs, value));
    }
    add_hints();
    // benchmark_app measures on random numbers where it is given no -i.
    if (is_benchmark_app_ && !has("--data") && !has("--dummy")) add("--dummy", {});
    add_variables();
    if (!model_.empty()) out_.words.insert(out_.words.begin(), model_);
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Option* find(std::string_view flag) const {
    const auto at = std::ranges::find_if(options_, [&](const Option& option) {
      if (option.kind == Option::Kind::argument) return false;
      const std::string all = "," + option.names + ",";
      return all.find("," + std::string(flag) + ",") != std::string::npos;
    });
    return at == options_.end() ? nullptr : &*at;
  }

  [[nodiscard]] bool has(std::string_view flag) const {
    const auto* option = find(flag);
    return option != nullptr && given_.contains(option->names);
  }

  /// One of our words, and the value that belongs to it.
  void keep(const std::vector<std::string>& words, std::size_t& i) {
    const auto& word = words[i];
    const auto equals = word.find('=');
    const auto* option = word.starts_with('-') ? find(word.substr(0, equals)) : nullptr;
    if (option == nullptr) {
      if (!word.starts_with('-')) has_model_ = true;
      out_.words.push_back(word);
      return;
    }
    given_.insert(option->names);
    const auto name = word.substr(0, equals);
    if (option->kind != Option::Kind::value) {
      out_.words.push_back(word);
    } else if (equals != std::string::npos) {
      out_.words.push_back(name + "=" + our_value(name, word.substr(equals + 1)));
    } else {
      out_.words.push_back(word);
      if (i + 1 < words.size()) out_.words.push_back(our_value(name, words[++i]));
    }
  }

  Result<void> translate(const Renamed& theirs, const std::string& value) {
    const auto wrong = [&](std::string_view right) {
      return fail(Code::invalid_input, "{} takes {}, not '{}'", theirs.theirs, right, value);
    };
    if (theirs.ours.empty()) {
      out_.no_effect.emplace_back(theirs.theirs);
    } else if (theirs.ours == "MODEL") {
      model_ = value;
    } else if (theirs.ours == "hint") {
      static const std::set<std::string_view> kThroughput = {"throughput", "tput", "ctput",
                                                             "cumulative_throughput"};
      if (value != "latency" && value != "none" && !kThroughput.contains(value))
        return wrong("latency, throughput or none");
      hint_ = kThroughput.contains(value) ? "throughput" : value;
    } else if (theirs.ours == "api") {
      if (value != "sync" && value != "async") return wrong("sync or async");
      is_sync_ = value == "sync";
    } else if (theirs.ours == "pin") {
      static const std::map<std::string_view, std::string> kPins = {
          {"YES", "yes"}, {"NO", "no"}, {"NUMA", "auto"}, {"HYBRID_AWARE", "auto"}};
      const auto at = kPins.find(value);
      if (at == kPins.end()) return wrong("YES, NO, NUMA or HYBRID_AWARE");
      add("--pin", at->second);
    } else if (theirs.ours == "report") {
      if (value != "no_counters") add("--profile", {});
    } else if (theirs.theirs == "-no_warmup") {
      add("--warmup", "0");
    } else if (theirs.theirs == "-nireq") {
      requests_ = value;  // -nstreams says more
    } else {
      add(theirs.ours, value);
    }
    return {};
  }

  /// What nobody said in numbers.
  void add_hints() {
    if (is_sync_ && !has("--streams")) add("--streams", "1");
    if (!requests_.empty() && !has("--streams")) add("--streams", requests_);
    if (hint_ == "latency") {
      if (!has("--streams")) add("--streams", "1");
      if (!has("--threads")) add("--threads", "0");
    } else if (hint_ == "throughput") {
      if (!has("--streams")) add("--streams", std::to_string(cores_));
      if (!has("--threads")) add("--threads", "0");
    }
  }

  void add_variables() {
    // A flag that says what is measured on wins over a variable that says otherwise.
    const bool is_decided = has("--dummy") || has("--data");
    for (const auto& [name, ours] : kVariables) {
      const auto value = world_.variable(name);
      if (value.empty()) continue;
      if (ours.empty()) {
        out_.no_effect.emplace_back(name);
        continue;
      }
      if (ours == "MODEL") {
        if (has_model_ || !model_.empty() || has("--load")) continue;
        model_ = value;
      } else {
        if (has(ours)) continue;
        if ((ours == "--data" || ours == "--dummy") && is_decided) continue;
        if (ours == "--dummy" && (value == "no" || value == "0")) continue;
        if (find(ours) == nullptr) {
          out_.no_effect.emplace_back(name);
          continue;
        }
        if (ours == "--max-duration" && is_zero(value)) continue;  // theirs: no limit
        add(ours, ours == "--dummy" ? std::string() : value);
      }
      out_.from_outside.push_back(fmt::format("{}={}", name, value));
    }
  }

  void add(std::string_view flag, const std::string& value) {
    const auto* option = find(flag);
    if (option == nullptr) {
      out_.no_effect.emplace_back(flag);
      return;
    }
    if (flag == "--max-duration" && is_zero(value)) return;
    given_.insert(option->names);
    out_.words.emplace_back(flag);
    if (option->kind == Option::Kind::value) out_.words.push_back(our_value(flag, value));
  }

  const World& world_;
  std::span<const Option> options_;
  int cores_;
  Spelled out_;
  std::set<std::string> given_;  // names of options
  std::string model_;
  bool has_model_ = false;
  bool is_benchmark_app_ = false;
  bool is_sync_ = false;
  std::string hint_;
  std::string requests_;
};

}  // namespace

Result<Spelled> spelled(const World& world, const std::vector<std::string>& words,
                        std::span<const Option> options, int cores) {
  return Speller(world, options, cores).run(words);
}

std::string blame_variable(const World& world, const std::vector<std::string>& words,
                           const std::string& message) {
  const auto flag = message.substr(0, message.find_first_of(" :"));
  const auto is_typed = [&](std::string_view ours) {
    return std::ranges::any_of(words, [&](const std::string& word) {
      const std::string_view name = std::string_view(word).substr(0, word.find('='));
      const auto theirs = std::ranges::find(kRenamed, name, &Renamed::theirs);
      return name == flag || name == ours ||
             (theirs != kRenamed.end() && theirs->ours == ours && !ours.empty());
    });
  };
  for (const auto& [name, ours] : kVariables) {
    const bool is_number = ours == "-n";  // the only one with two names
    const bool is_meant = ours == flag || (is_number && flag == "--inferences");
    const auto value = world.variable(name);
    if (!is_meant || value.empty() || is_typed(ours) || (is_number && is_typed("--inferences")))
      continue;
    return fmt::format("the variable {} says '{}': {}", name, value, message);
  }
  return message;
}

Result<std::vector<std::string>> Spelling::translate(World& world, const Options& options,
                                                     const std::vector<std::string>& words) {
  spelled_ = SLIPWAY_TRY(spelled(world, words, options.all(), engine::usable_cores()));
  return spelled_.words;
}

void Spelling::note(World& world) const {
  if (!spelled_.from_outside.empty())
    world.note("from the environment: {}", fmt::join(spelled_.from_outside, " "));
  if (!spelled_.no_effect.empty())
    world.note("without effect here: {}", fmt::join(spelled_.no_effect, " "));
}

}  // namespace slipway::cli
