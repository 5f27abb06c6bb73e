#include "cli/sweep_profile.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "base/suggest.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/spelling.h"
#include "cli/verbs.h"

extern "C" {
extern const char slipway_embedded_c100[];
extern const char slipway_embedded_c100_end[];
}

namespace slipway::cli {
namespace {

constexpr const char* kCarried = "c100.bf16.csv";

/// Flags of bench that take a value.
std::vector<std::string> bench_flags() {
  const auto verb = bench_command().make();
  Options options;
  verb->describe(options);
  std::vector<std::string> out;
  for (const auto& option : options.all())
    if (option.kind == Option::Kind::value) out.emplace_back(option.long_name());
  return out;
}

/// The flags that a column becomes; none for one that only labels.
std::vector<std::string> flags_of(const std::string& column,
                                  const std::vector<std::string>& known) {
  if (column == "model_name" || column == "model") return {"MODEL"};
  if (column == "test_duration") return {"--min-duration", "--max-duration"};
  std::string flag = "--" + column;
  std::ranges::replace(flag, '_', '-');
  if (std::ranges::find(known, flag) == known.end()) return {};
  return {flag};
}

/// All names of columns that mean something.
std::vector<std::string> columns_of(const std::vector<std::string>& flags) {
  std::vector<std::string> out = {"model_name", "model", "test_duration"};
  for (const auto& flag : flags) {
    auto name = flag.substr(flag.find_first_not_of('-'));
    std::ranges::replace(name, '-', '_');
    out.push_back(std::move(name));
  }
  return out;
}

/// What is wrong with the words that `words_of` gives for a row of the first row, where each has
/// something that is.
template <class WordsOf>
std::optional<Error> wrong_in_each(const World& world, const SweepProfile& profile,
                                   const WordsOf& words_of) {
  const auto command = bench_command();
  std::optional<Error> first;
  for (const auto& row : profile.rows) {
    World own = world;  // what the words would set is nothing to us
    const auto verb = command.make();
    Options options;
    bool help = false;
    describe(command, *verb, own, help, options);
    auto ours = verb->translate(own, options, words_of(row));
    auto parsed = ours ? options.parse(*ours) : Result<void>(std::move(ours).error());
    if (parsed) return {};
    if (!first) first = std::move(parsed).error();
  }
  if (first && first->remedy.empty()) first->remedy = "slipway help bench";
  return first;
}

double seconds_of(const std::string& text) {
  std::chrono::nanoseconds time{};
  return convert(text, time) ? std::chrono::duration<double>(time).count() : 0;
}

}  // namespace

Result<void> check_pattern(World& world, const SweepProfile& profile, std::size_t count) {
  World alone = world;
  alone.variables.clear();
  const auto of_pattern = [&](const SweepRow& row) {
    std::vector<std::string> words = {"MODEL"};
    words.insert(words.end(), row.words.end() - static_cast<std::ptrdiff_t>(count),
                 row.words.end());
    return words;
  };
  if (const auto wrong = wrong_in_each(alone, profile, of_pattern))
    return world.usage("behind '--': {}", wrong->message).with_remedy(wrong->remedy);
  // A variable is for each row, too, whose own words come before it.
  const auto whole = [](const SweepRow& row) {
    return std::vector(row.words.begin() + 1, row.words.end());
  };
  if (const auto wrong = wrong_in_each(world, profile, whole)) {
    const auto blamed = blame_variable(world, profile.rows.front().words, wrong->message);
    if (blamed != wrong->message) return world.usage("{}", blamed).with_remedy(wrong->remedy);
  }
  return {};
}

bool has_flag(std::span<const std::string> words, std::span<const std::string_view> names) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    const auto name = std::string_view(word).substr(0, word.find('='));
    return std::ranges::find(names, name) != names.end();
  });
}

Result<std::string> profile_text(World& world, const std::string& path) {
  world.goal = fmt::format("read {}", path);
  if (world.files.kind(path) == Files::Kind::absent && base_name(path) == kCarried) {
    if (path != kCarried) world.note("{} is not there: the one that slipway carries is", path);
    return std::string(slipway_embedded_c100, slipway_embedded_c100_end);
  }
  auto bytes = world.files.read(path);
  if (!bytes)
    return std::move(bytes).error().with_remedy(
        fmt::format("slipway sweep {}   (a profile that slipway carries)", kCarried));
  return std::string(as_text(*bytes));
}

Result<std::string> filled_in(std::string_view text,
                              std::span<const std::pair<std::string, std::string>> values) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out += c;
      ++i;
      continue;
    }
    if (c == '}') return fail(Code::invalid_input, "'{}' has a }} without {{", text);
    if (c != '{') {
      out += c;
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string_view::npos)
      return fail(Code::invalid_input, "'{}' has a {{ without }}", text);
    const auto name = text.substr(i + 1, end - i - 1);
    const auto value = std::ranges::find_if(values, [&](const auto& v) { return v.first == name; });
    if (value == values.end()) {
      std::string names;
      for (const auto& each : values) names += (names.empty() ? "" : ", ") + each.first;
      return fail(Code::invalid_input, "there is no column '{}'", name)
          .with_remedy("one of " + names);
    }
    out += value->second;
    i = end;
  }
  return out;
}

Result<SweepProfile> parse_profile(std::string text, std::span<const std::string> pattern,
                                   const std::string& out, bool dummy) {
  const auto table = SLIPWAY_TRY(parse_csv(text));
  SweepProfile profile{std::move(text), table.columns, {}, {}};
  const auto known = bench_flags();
  dummy = dummy && !table.find("data");
  std::string all;
  for (const auto& word : pattern) all += word + " ";
  constexpr std::string_view kModel[] = {"--load", "-m", "--arch"};
  bool has_model = has_flag(pattern, kModel);
  for (const auto& column : table.columns) {
    const auto flags = flags_of(column, known);
    has_model = has_model || flags == std::vector<std::string>{"MODEL"};
    if (!flags.empty() || all.find("{" + column + "}") != all.npos) continue;
    // Words of which a flag's is the beginning, or short ones, name rows as often as they are
    // slips.
    const auto nearest = suggest(column, columns_of(known));
    constexpr std::size_t kShortest = 5;
    if (!nearest.empty() && column.size() >= kShortest && !nearest.starts_with(column))
      return fail(Code::invalid_input, "there is no column '{}', and no word of the command has it",
                  column)
          .with_remedy(nearest);
    profile.labels.push_back(column);
  }
  if (!has_model)
    return fail(Code::invalid_input, "the profile has no column 'model_name'")
        .with_remedy("model_name,batch_size,num_inputs,streams,test_duration,precision");
  if (table.rows.empty()) return fail(Code::invalid_input, "the profile has no rows");
  for (const auto& cells : table.rows) {
    SweepRow row;
    row.number = static_cast<int>(profile.rows.size()) + 1;
    row.folder = join(out, fmt::format("test_{}", row.number));
    std::vector<std::string> flags;
    std::string model;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& column = table.columns[i];
      row.cells.emplace_back(column, cells[i]);
      if (cells[i].empty()) continue;
      if (column == "test_duration" || column == "min_duration") row.seconds = seconds_of(cells[i]);
      for (const auto& flag : flags_of(column, known)) {
        if (flag == "MODEL") {
          model = cells[i];
        } else {
          flags.push_back(flag + "=" + cells[i]);
        }
      }
    }
    auto values = row.cells;
    values.emplace_back("output_dir", row.folder);
    values.emplace_back("row", std::to_string(row.number));
    row.words = {"bench"};
    if (!model.empty()) row.words.push_back(model);
    if (dummy) row.words.emplace_back("--dummy");
    row.words.insert(row.words.end(), flags.begin(), flags.end());
    row.words.push_back("--output-dir=" + row.folder);
    for (const auto& word : pattern) row.words.push_back(SLIPWAY_TRY(filled_in(word, values)));
    profile.rows.push_back(std::move(row));
  }
  return profile;
}

}  // namespace slipway::cli
