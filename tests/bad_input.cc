#include "bad_input.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif
constexpr double kMaxSeconds = kSanitized ? 20 : 1;
constexpr long kMaxMegabytes = kSanitized ? 8000 : 500;

/// What a child process printed, how it ended and what it took.
struct Child {
  std::string printed;
  int status = 0;
  rusage used = {};
};

/// Runs `work`, which is given a descriptor to print to and returns an exit status.
Child in_child(const std::function<int(int)>& work) {
  int ends[2] = {};
  SLIPWAY_CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  SLIPWAY_CHECK(child >= 0);
  if (child == 0) {
    close(ends[0]);
    _exit(work(ends[1]));
  }
  close(ends[1]);
  Child outcome;
  char text[4096];
  for (ssize_t size = 0; (size = read(ends[0], text, sizeof text)) > 0;)
    outcome.printed.append(text, static_cast<std::size_t>(size));
  close(ends[0]);
  SLIPWAY_CHECK(wait4(child, &outcome.status, 0, &outcome.used) == child);
  return outcome;
}

Outcome measures_of(const Child& child) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  Outcome outcome;
  outcome.ended = WIFEXITED(child.status);
  outcome.seconds = seconds(child.used.ru_utime) + seconds(child.used.ru_stime);
  outcome.megabytes = child.used.ru_maxrss / 1024;
  return outcome;
}

/// "… [corrupt]": the kind of error that the program names at the end of its cause.
Code code_in(const std::string& message) {
  for (const auto code : {Code::invalid_input, Code::corrupt, Code::unsupported, Code::not_found}) {
    if (message.find(fmt::format("   [{}]\n", name_of(code))) != std::string::npos) return code;
  }
  return Code::internal;
}

}  // namespace

Outcome measured(const std::function<Result<Graph>()>& read) {
  const auto child = in_child([&](int out) {
    const auto graph = read();
    std::string answer(1, graph ? '+' : '-');
    if (!graph) {
      answer += static_cast<char>(graph.error().code);
      answer += graph.error().message;
      for (const auto& line : graph.error().trail) answer += " / " + line;
    }
    answer.resize(std::min<std::size_t>(answer.size(), 4000));  // fits into any pipe
    return write(out, answer.data(), answer.size()) == std::ssize(answer) ? 0 : 1;
  });
  auto outcome = measures_of(child);
  outcome.ended = outcome.ended && !child.printed.empty();
  outcome.ok = child.printed.starts_with('+');
  if (child.printed.size() > 1) {
    outcome.code = static_cast<Code>(child.printed[1]);
    outcome.message = child.printed.substr(2);
  }
  return outcome;
}

Outcome run_slipway(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  const auto printed = folder / "out";
  const auto child = in_child([&](int out) {
    std::vector<char*> words = {const_cast<char*>("slipway")};  // NOLINT: exec's old signature
    for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT
    words.push_back(nullptr);
    const int file = open(printed.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);  // NOLINT
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0) return 127;
    return execv(SLIPWAY_PROGRAM, words.data()) == 0 ? 0 : 127;
  });
  auto outcome = measures_of(child);
  outcome.ok = outcome.ended && WEXITSTATUS(child.status) == 0;
  outcome.message = child.printed;
  if (!outcome.ok) {
    outcome.code = code_in(child.printed);
    EXPECT_EQ(WEXITSTATUS(child.status), 3) << child.printed;
    EXPECT_EQ(std::filesystem::file_size(printed), 0U) << "an error, and a result";
    EXPECT_TRUE(child.printed.starts_with("error: cannot ")) << child.printed;
    for (const char* const word : {"\n  because ", "\n  try     "}) {
      const auto at = child.printed.find(word);
      EXPECT_NE(at, std::string::npos) << word << "is missing: " << child.printed;
      EXPECT_EQ(at, child.printed.rfind(word)) << word << "twice: " << child.printed;
    }
  }
  return outcome;
}

void expect_cheap(const Outcome& outcome) {
  EXPECT_TRUE(outcome.ended) << "the process crashed";
  // What is read may be large: seconds of the processor grow where others use the machine, too.
  EXPECT_LT(outcome.seconds, outcome.ok ? 4 * kMaxSeconds : kMaxSeconds);
  EXPECT_LT(outcome.megabytes, kMaxMegabytes);
}

void expect_refused(const Outcome& outcome, Code code, std::string_view words) {
  expect_cheap(outcome);
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(name_of(outcome.code), name_of(code)) << outcome.message;
  EXPECT_NE(outcome.message.find(words), std::string::npos) << outcome.message;
}

std::string words_of(const Outcome& outcome) {
  expect_cheap(outcome);
  return outcome.ok ? "(read)" : outcome.message;
}

Bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

TemporaryFolder::TemporaryFolder() {
  SystemEntropy entropy;
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("slipway-bad-{:x}", entropy.next());
  SLIPWAY_CHECK(std::filesystem::create_directory(path));
  std::filesystem::permissions(path, std::filesystem::perms{0755});
  path_ = path.string();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(std::string_view name, BytesView bytes) const {
  SystemEntropy entropy;
  auto path = *this / name;
  SLIPWAY_CHECK(SystemFiles(entropy).write(path, bytes));
  return path;
}

}  // namespace slipway
