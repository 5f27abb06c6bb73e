// The house rules that are checked. Each message names the place and what to do about it.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

// ---- The tables -------------------------------------------------------------------------------

/// Who may know whom: a folder of src/ and what its files may include besides themselves. Arrows
/// are transitive; an entry that is one header ends there. A folder inside a folder has its own
/// arrows in addition to those of the outer one.
const std::map<std::string, std::vector<std::string>> kArrows = {
    {"base", {}},
    {"tensor", {"base"}},
    {"ir", {"tensor"}},
    {"ops", {"ir"}},
    {"formats", {"ops"}},
    {"passes", {"ops"}},
    {"quant", {"ops"}},
    {"train", {"ops"}},
    {"kernels", {}},
    {"engine", {"kernels"}},
    {"device", {"ir"}},
    {"device/conformance", {"ops"}},
    {"device/cpu", {"engine", "ops"}},
    {"device/remote", {"farm/client"}},
    {"compile", {"passes", "quant", "device", "engine"}},
    {"runtime", {"compile", "device"}},
    {"vision", {"tensor", "ir/recipe.h"}},
    {"zoo", {"vision", "formats"}},
    {"farm", {"base"}},
    {"farm/client", {"base"}},
    {"measure", {"runtime", "vision"}},
    {"search", {"measure", "train", "farm"}},
    {"cli",
     {"compile", "search", "measure", "runtime", "zoo", "formats", "vision", "device/conformance"}},
};

/// Libraries that one place wraps: the beginning of the include, where it may stand.
const std::map<std::string, std::string> kWrapped = {
    {"nlohmann/", "src/base/json.cc"}, {"openssl/", "src/base/"},     {"zstd.h", "src/base/zstd"},
    {"spdlog/", "src/base/log.cc"},    {"zlib.h", "src/base/mat.cc"}, {"CLI/", "src/cli/"},
};

/// Text that must not stand in code (comments and literals do not count).
struct Ban {
  std::string needle;   // looked for first, because it is fast
  std::string pattern;  // then this expression
  std::function<bool(const std::string& path)> where;
  std::string advice;
};

bool is_header(const std::string& path) { return path.ends_with(".h") || path.ends_with(".hpp"); }

bool everywhere(const std::string&) { return true; }

/// The engine goes into deployments and knows nothing of base/: it has a door to time of its own.
bool outside_base(const std::string& path) {
  return path.starts_with("src/") && !path.starts_with("src/base/") &&
         path != "src/engine/clock.cc";
}

bool outside_tests(const std::string& path) {
  return path.starts_with("src/") && !path.ends_with("_test.cc");
}

bool in_formats(const std::string& path) {
  return path.starts_with("src/formats/") && !path.ends_with("_test.cc");
}

const std::vector<Ban> kBans = {
    {"assert", R"(\bassert\s*\()", everywhere,
     "use SLIPWAY_CHECK for a promise, Result for what users give"},
    {"std::cout", R"(std::cout)", outside_tests, "print through the stream you were given"},
    {"using", R"(^\s*using\s+namespace\b)", is_header, "write the names out in headers"},
    {"DISABLED_", R"(\bDISABLED_)", everywhere, "mend the test or delete it"},
    {"now", R"(_clock::now\b)", outside_base, "take a Clock (base/clock.h)"},
    {"time", R"(\b(gettimeofday|clock_gettime|timespec_get|std::time)\s*\()", outside_base,
     "take a Clock (base/clock.h)"},
    {"rand", R"(\b(s?rand|[dlm]rand48|getrandom)\s*\(|\brandom_device\b)", outside_base,
     "take a Random or an Entropy (base/random.h)"},
    {"mt19937", R"(\bmt19937)", outside_base, "take a Random (base/random.h)"},
    // clang leaks the members in front of it when it returns from the middle of an initialiser.
    {"SLIPWAY_TRY", R"((^\s*|[{,] )\.\w+ = SLIPWAY_TRY|\{std::move\(\w+\), .*SLIPWAY_TRY)",
     everywhere, "take the value before the braces begin"},
    {"reinterpret_cast", R"(\breinterpret_cast\b)", in_formats,
     "read through ByteReader or octets() (base/bytes.h)"},
    {"mem", R"(\bmem(cpy|move|set)\s*\()", in_formats, "read through ByteReader (base/bytes.h)"},
    {"data()", R"(\bdata\(\)\s*(\+|-(?!>)|\[))", in_formats,
     "cut a subspan, or read through ByteReader (base/bytes.h)"},
    {"*", R"(\b(byte|void|float|double|u?int(8|16|32|64)_t)\s*\*\s*(const\s+)?\w+\s*(=|\+|,|;|\)))",
     in_formats, "hold a span: BytesView, or ByteReader (base/bytes.h)"},
};

/// Folders whose files are entered into a list by hand: each name must stand in each list.
struct List {
  std::string folder;
  std::string pattern;             // of the path below the folder; group 1 is the name to look for
  std::vector<std::string> lists;  // files of the folder
};

const std::vector<List> kLists = {
    {"src/formats", R"(([^/]+)/[^/]+\.h)", {"list.cc"}},
    {"src/passes", R"((?!pipeline|runner|turn\.)(\w+)(?!_test)\.cc)", {"passes.h", "pipeline.cc"}},
    {"src/device", R"((\w+)/\1\.h)", {"list.cc"}},
    {"src/measure/telemetry", R"((?!list|recorder|serve|socket)(\w+)(?!_test)\.h)", {"list.cc"}},
    {"src/search", R"((?!list|pareto)(\w+)(?!_test)\.cc)", {"list.cc"}},
};

constexpr int kLongFile = 400;

// ---- Reading the tree -------------------------------------------------------------------------

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Files below `folder` with one of the endings, sorted; nothing where there is no such folder.
std::vector<std::string> files(const std::string& folder, const std::vector<std::string>& endings) {
  std::vector<std::string> out;
  if (!fs::exists(folder)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_normal().generic_string();
    for (const auto& ending : endings) {
      if (entry.is_regular_file() && path.ends_with(ending)) out.push_back(path);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> sources() {
  std::vector<std::string> out;
  for (const char* folder : {"src", "include", "tests", "fuzz", "tools", "examples", "bench"}) {
    const auto found = files(folder, {".h", ".hpp", ".cc", ".c"});
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

/// The text with comments and literals blanked out, so that lines keep their numbers.
std::string code_of(const std::string& text) {
  std::string out = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
    return std::min(to, out.size());
  };
  const auto behind = [&](std::string_view end, std::size_t from) {
    const auto at = text.find(end, from);
    return at == std::string::npos ? text.size() : at + end.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with("//")) {
      i = blank(i, std::min(text.find('\n', i), text.size()));
    } else if (rest.starts_with("/*")) {
      i = blank(i, behind("*/", i + 2));
    } else if (rest.starts_with("R\"")) {
      const std::string delimiter(rest.substr(2, rest.find('(') - 2));
      i = blank(i, behind(")" + delimiter + "\"", i + 2));
    } else if (rest.starts_with('"') ||
               (rest.starts_with('\'') && (i == 0 || std::isalnum(text[i - 1]) == 0))) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != rest[0] && text[end] != '\n') {
        end += text[end] == '\\' ? 2 : 1;
      }
      i = blank(i, end + 1);
    } else {
      ++i;
    }
  }
  return out;
}

void expect_none(const std::vector<std::string>& problems) {
  std::string all;
  for (const auto& problem : problems) all += "\n" + problem;
  EXPECT_TRUE(problems.empty()) << all;
}

std::string place(const std::string& path, std::size_t line) {
  return path + ":" + std::to_string(line + 1) + ": ";
}

// ---- Who includes whom ------------------------------------------------------------------------

/// The longest folder of kArrows that `path` (below src/) lies in, or nothing.
std::string room_of(const std::string& path) {
  std::string best;
  for (const auto& [room, arrows] : kArrows) {
    const bool inside = path.starts_with(room + "/") || path.starts_with(room + ".");
    if (inside && room.size() > best.size()) best = room;
  }
  return best;
}

void reach(const std::string& room, std::set<std::string>& seen) {
  if (!seen.insert(room).second) return;
  const auto found = kArrows.find(room);
  if (found == kArrows.end()) return;  // one header
  for (const auto& next : found->second) reach(next, seen);
}

/// A test, or what tests share.
bool is_for_tests(const std::string& path) {
  return path.ends_with("_test.cc") || path.ends_with("testing.h");
}

bool may_include(const std::string& from, const std::string& header) {
  const std::string top = from.substr(0, from.find('/'));
  if (top == "cli" || header.starts_with(top + "/") || header.starts_with("slipway/")) return true;
  if (is_for_tests(from) && header.starts_with("base/")) return true;  // seeded numbers
  std::set<std::string> rooms;
  reach(room_of(from), rooms);
  reach(top, rooms);
  return std::any_of(rooms.begin(), rooms.end(), [&](const std::string& room) {
    return header == room || header.starts_with(room + "/") || header.starts_with(room + ".");
  });
}

/// What is wrong with including `header` in `path`, or nothing.
std::string include_problem(const std::string& path, const std::string& header, bool quoted) {
  for (const auto& [library, owner] : kWrapped) {
    if (header.starts_with(library) && !path.starts_with(owner)) {
      return "<" + header + "> is included in " + owner + " alone";
    }
  }
  const bool generated = header.ends_with("_generated.h") || header.ends_with(".pb.h");
  if (!quoted || generated || !path.starts_with("src/")) return "";
  if (header.find('/') == std::string::npos) return "write the path from src/: \"" + header + "\"";
  const std::string from = path.substr(4);
  if (is_for_tests(header) && !is_for_tests(from)) return header + " is for tests";
  if (may_include(from, header)) return "";
  return from.substr(0, from.find('/')) + " may not include " + header +
         ": move the code, or change kArrows in tests/tidy_test.cc and say why";
}

TEST(Tidy, IncludesFollowTheArrows) {
  static const std::regex include(R"re(^\s*#\s*include\s+(["<])([^">]+)[">])re");
  std::vector<std::string> problems;
  for (const auto& path : sources()) {
    const auto lines = lines_of(read(path));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (lines[i].find("include") == std::string::npos) continue;
      if (!std::regex_search(lines[i], match, include)) continue;
      const auto problem = include_problem(path, match[2], match[1] == "\"");
      if (!problem.empty()) problems.push_back(place(path, i) + problem);
    }
  }
  expect_none(problems);
}

TEST(Tidy, EveryFolderHasArrows) {
  std::vector<std::string> problems;
  for (const auto& entry : fs::directory_iterator("src")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && kArrows.count(name) == 0) {
      problems.push_back(place("src/" + name, 0) + "add it to kArrows in tests/tidy_test.cc");
    }
  }
  expect_none(problems);
}

TEST(Tidy, TheArrowsMeanWhatTheySay) {
  EXPECT_TRUE(may_include("formats/tflite/read.cc", "tensor/shape.h"));
  EXPECT_TRUE(may_include("device/conformance.cc", "ops/list.h"));
  EXPECT_TRUE(may_include("device/cpu/plan.cc", "kernels/gemm.h"));
  EXPECT_TRUE(may_include("vision/prepare.cc", "ir/recipe.h"));
  EXPECT_TRUE(may_include("cli/main.cc", "engine/plan.h"));
  EXPECT_FALSE(may_include("formats/tflite/read.cc", "vision/picture.h"));
  EXPECT_FALSE(may_include("vision/prepare.cc", "ir/graph.h"));
  EXPECT_FALSE(may_include("device/reference/reference.cc", "ops/list.h"));
  EXPECT_FALSE(may_include("kernels/gemm.cc", "base/check.h"));
  EXPECT_TRUE(may_include("kernels/gemm_test.cc", "base/random.h"));
  EXPECT_TRUE(may_include("kernels/testing.h", "base/random.h"));
  EXPECT_EQ(include_problem("src/kernels/gemm_test.cc", "kernels/testing.h", true), "");
  EXPECT_NE(include_problem("src/kernels/gemm.cc", "kernels/testing.h", true), "");
  EXPECT_FALSE(may_include("farm/scheduler.cc", "tensor/tensor.h"));
}

// ---- What stands in the code ------------------------------------------------------------------

TEST(Tidy, NothingBannedStandsInTheCode) {
  std::vector<std::regex> patterns;
  patterns.reserve(kBans.size());
  for (const auto& ban : kBans) patterns.emplace_back(ban.pattern);
  // The one pointer sum that std::from_chars asks for.
  static const std::regex whole_range(R"((\w+)\.data\(\) \+ \1\.size\(\))");
  std::vector<std::string> problems;
  for (const auto& path : sources()) {
    const auto lines = lines_of(code_of(read(path)));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (std::size_t b = 0; b < kBans.size(); ++b) {
        const auto& ban = kBans[b];
        if (lines[i].find(ban.needle) == std::string::npos || !ban.where(path)) continue;
        const auto line = std::regex_replace(lines[i], whole_range, "");
        std::smatch match;
        if (std::regex_search(line, match, patterns[b])) {
          problems.push_back(place(path, i) + "'" + match.str() + "': " + ban.advice);
        }
      }
    }
  }
  expect_none(problems);
}

TEST(Tidy, CommentsAndLiteralsAreNotCode) {
  EXPECT_EQ(code_of("a // b\nc /* d\n e */ f"), "a     \nc     \n      f");
  EXPECT_EQ(code_of("f(\"r()\", 'a') 1'000"), "f(     ,    ) 1'000");
  EXPECT_EQ(code_of("R\"x(\n r() )x\" y"), "    \n         y");
}

TEST(Tidy, NothingIsLeftForLater) {
  const std::string mark = std::string("TO") + "DO";
  std::vector<std::string> problems;
  for (const auto& path : sources()) {
    const auto lines = lines_of(read(path));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].find(mark) != std::string::npos) {
        problems.push_back(place(path, i) + "do it now, or write it into the tracker");
      }
    }
  }
  expect_none(problems);
}

TEST(Tidy, HeadersBeginWithPragmaOnceAndStayLight) {
  static const std::regex heavy(R"(#include <(iostream|regex|filesystem)>)");
  std::vector<std::string> problems;
  for (const auto& path : sources()) {
    if (!is_header(path)) continue;
    const auto lines = lines_of(read(path));
    if (lines.empty() || lines[0] != "#pragma once") {
      problems.push_back(place(path, 0) + "the first line of a header is #pragma once");
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (std::regex_search(lines[i], heavy)) {
        problems.push_back(place(path, i) + "include it in the .cc file");
      }
    }
  }
  expect_none(problems);
}

// ---- Lists, documents, advice -----------------------------------------------------------------

TEST(Tidy, EveryFileStandsInItsList) {
  std::vector<std::string> problems;
  for (const auto& list : kLists) {
    const std::regex pattern(list.pattern);
    for (const auto& name : list.lists) {
      const std::string list_path = list.folder + "/" + name;
      if (!fs::exists(list_path)) continue;
      const std::string text = read(list_path);
      for (const auto& path : files(list.folder, {".h", ".cc"})) {
        std::smatch match;
        const std::string below = path.substr(list.folder.size() + 1);
        if (path.ends_with("_test.cc") || !std::regex_match(below, match, pattern)) continue;
        if (text.find(match[1].str()) == std::string::npos) {
          problems.push_back(place(path, 0) + "'" + match[1].str() + "' is missing in " +
                             list_path);
        }
      }
    }
  }
  expect_none(problems);
}

// An op is named after its struct: struct Conv has kName = "Conv" and the entry ops::Conv.
TEST(Tidy, EveryOpStandsInTheList) {
  static const std::regex name(R"re(kName = "(\w+)")re");
  const std::string list = read("src/ops/list.cc");
  std::vector<std::string> problems;
  for (const auto& path : files("src/ops", {".h"})) {
    const auto lines = lines_of(read(path));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(lines[i], match, name)) continue;
      if (list.find("ops::" + match[1].str() + ">") == std::string::npos) {
        problems.push_back(place(path, i) + "add ops::" + match[1].str() + " to src/ops/list.cc");
      }
    }
  }
  expect_none(problems);
}

std::vector<std::string> documents() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(".")) {
    if (entry.path().extension() == ".md") out.push_back(entry.path().filename().string());
  }
  for (const char* folder :
       {"docs", "src", "examples", "zoo", "bench", "tests", "fuzz", "tools", "web"}) {
    const auto found = files(folder, {".md"});
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

/// Whether `target`, written in the document `path`, is elsewhere or exists.
bool leads_somewhere(const std::string& path, const std::string& target) {
  if (target.starts_with('#') || target.find(':') != std::string::npos) return true;
  return fs::exists(fs::path(path).parent_path() / target.substr(0, target.find('#')));
}

TEST(Tidy, LinksLeadSomewhere) {
  static const std::regex link(R"(\]\(([^)\s]+)[^)]*\))");
  static const std::regex code("`[^`]*`");
  std::vector<std::string> problems;
  for (const auto& path : documents()) {
    const auto lines = lines_of(read(path));
    bool in_code = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].starts_with("```")) in_code = !in_code;
      if (in_code) continue;
      const auto line = std::regex_replace(lines[i], code, "");
      for (std::sregex_iterator at(line.begin(), line.end(), link), end; at != end; ++at) {
        const std::string target = (*at)[1];
        if (!leads_somewhere(path, target)) {
          problems.push_back(place(path, i) + "no such file: " + target);
        }
      }
    }
  }
  expect_none(problems);
}

TEST(Tidy, DecisionsHaveTheirFiveParts) {
  std::vector<std::string> problems;
  for (const auto& path : files("docs/decisions", {".md"})) {
    const std::string text = read(path);
    for (const char* part :
         {"Status", "Context", "Decision", "What we give up", "When to look again"}) {
      if (text.find(std::string("## ") + part) == std::string::npos) {
        problems.push_back(place(path, 0) + "the part '## " + part + "' is missing");
      }
    }
  }
  expect_none(problems);
}

TEST(Tidy, LongFilesAreNamed) {
  for (const auto& path : sources()) {
    const auto count = lines_of(read(path)).size();
    if (count > kLongFile && !path.ends_with("_test.cc")) {
      std::printf("advice: %s has %zu lines; under %d reads better\n", path.c_str(), count,
                  kLongFile);
    }
  }
}

}  // namespace
