// onnx_conformance [--filter REGEX] [--at-least N] DIR…: the test cases of ONNX (folders with
// model.onnx and test_data_set_k), one line for each: pass, refused, wrong or crash; then the
// totals. Exit status 1 where one is wrong or crashes, or fewer than N pass.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "formats/format.h"
#include "formats/onnx/tensor.h"
#include "ir/interpret.h"

using namespace slipway;

namespace {

// Those of ONNX's own test runner.
constexpr double kRelative = 1e-3;
constexpr double kAbsolute = 1e-7;
// One step of bf16: where it is the result of a cast, the data of older cases are cut off, not
// rounded to nearest even as the operator's definition says and as ONNX Runtime does.
constexpr double kRelativeBf16 = 1.0 / 128;
// A case that takes longer hangs.
constexpr unsigned kMaxSeconds = 60;

struct Verdict {
  std::string word;  // pass, refused, wrong, crash
  std::string reason = {};
};

std::string line_of(const Error& error) {
  std::string text = error.message;
  for (const auto& step : error.trail) text = step + ": " + text;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Result<Tensor> read_pb(const Files& files, const std::string& path) {
  const auto bytes = SLIPWAY_TRY(files.read(path));
  ::onnx::TensorProto proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Code::corrupt, "{} is no tensor", path);
  return formats::onnx_tensor(proto, nullptr);
}

/// The data of older cases keep the bits of bf16 as whole numbers.
Result<Tensor> as_wanted(Tensor tensor, DType wanted) {
  if (wanted != DType::bf16 || tensor.dtype() != DType::u16) return tensor;
  return tensor.as({DType::bf16, tensor.shape(), {}});
}

/// Why the tensors differ, or nothing.
std::string difference(const Tensor& is, const Tensor& should) {
  if (is.dtype() != should.dtype() || is.shape() != should.shape()) {
    return fmt::format("{}{} instead of {}{}", name_of(is.dtype()), is.shape().text(),
                       name_of(should.dtype()), should.shape().text());
  }
  const auto a = to_doubles(is);
  const auto b = to_doubles(should);
  const double relative = is.dtype() == DType::bf16 ? kRelativeBf16 : kRelative;
  std::size_t wrong = 0;
  std::size_t worst = 0;
  double largest = -1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double apart = std::abs(a[i] - b[i]);
    if (apart <= kAbsolute + relative * std::abs(b[i])) continue;
    ++wrong;
    if (!(apart <= largest)) {
      largest = apart;
      worst = i;
    }
  }
  if (wrong == 0) return {};
  return fmt::format("{} of {} elements, as element {}: {} instead of {}", wrong, a.size(), worst,
                     a[worst], b[worst]);
}

Verdict compare_outputs(const SystemFiles& files, const std::string& folder,
                        const std::vector<Tensor>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto path = fmt::format("{}/output_{}.pb", folder, i);
    if (files.kind(path) == Files::Kind::absent) return {"wrong", "no " + path};
    const auto should = read_pb(files, path);
    if (!should) return {"refused", "output: " + line_of(should.error())};
    const auto wanted = as_wanted(*should, outputs[i].dtype());
    if (!wanted) return {"wrong", line_of(wanted.error())};
    const auto words = difference(outputs[i], *wanted);
    if (!words.empty()) return {"wrong", fmt::format("output {}: {}", i, words)};
  }
  return {"pass"};
}

Verdict run_case(const std::string& folder) {
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto graph = read_model(files, join(folder, "model.onnx"));
  if (!graph)
    return {graph.error().code == Code::unsupported ? "refused" : "wrong", line_of(graph.error())};
  for (int set = 0;; ++set) {
    const auto data = fmt::format("{}/test_data_set_{}", folder, set);
    if (files.kind(data) != Files::Kind::folder) return {set == 0 ? "wrong" : "pass", "no data"};
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < graph->inputs().size(); ++i) {
      auto input = read_pb(files, fmt::format("{}/input_{}.pb", data, i));
      if (!input) return {"refused", "input: " + line_of(input.error())};
      input = as_wanted(*input, graph->type(graph->inputs()[i]).dtype);
      if (!input) return {"wrong", line_of(input.error())};
      inputs.push_back(std::move(*input));
    }
    // A few cases give an input of another shape than their model states.
    if (const auto fits = check_inputs(*graph, inputs); !fits)
      return {"refused", "the case contradicts its model: " + line_of(fits.error())};
    const auto outputs = interpret(*graph, inputs);
    if (!outputs) {
      return {outputs.error().code == Code::unsupported ? "refused" : "wrong",
              "running: " + line_of(outputs.error())};
    }
    const auto verdict = compare_outputs(files, data, *outputs);
    if (verdict.word != "pass") return verdict;
  }
}

/// The case in a process of its own, so that a crash is a result.
Verdict run_apart(const std::string& folder) {
  int ends[2] = {};
  if (pipe(ends) != 0) return {"crash", "no pipe"};
  const pid_t child = fork();
  if (child == 0) {
    alarm(kMaxSeconds);
    const auto verdict = run_case(folder);
    const auto text = (verdict.word + '\n' + verdict.reason).substr(0, 4000);
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  char text[4096] = {};
  const ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return {"crash", "no process"};
  if (WIFSIGNALED(status)) return {"crash", fmt::format("signal {}", WTERMSIG(status))};
  if (size <= 0) return {"crash", fmt::format("exit status {}", WEXITSTATUS(status))};
  const std::string answer(text, static_cast<std::size_t>(size));
  const auto end = answer.find('\n');
  return {answer.substr(0, end), answer.substr(end + 1)};
}

std::vector<std::string> cases_below(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  if (std::filesystem::exists(folder + "/model.onnx")) return {folder};
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (std::filesystem::exists(entry.path() / "model.onnx")) found.push_back(entry.path());
  }
  if (error) std::fprintf(stderr, "%s: %s\n", folder.c_str(), error.message().c_str());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> folders;
  std::regex filter(".*");
  int at_least = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--filter" && i + 1 < argc) {
      filter = std::regex(argv[++i]);
    } else if (word == "--at-least" && i + 1 < argc) {
      at_least = std::atoi(argv[++i]);
    } else {
      folders.push_back(word);
    }
  }
  if (folders.empty()) {
    std::fprintf(stderr, "onnx_conformance [--filter REGEX] [--at-least N] DIR...\n");
    return 2;
  }
  std::map<std::string, int> totals = {{"pass", 0}, {"refused", 0}, {"wrong", 0}, {"crash", 0}};
  for (const auto& folder : folders) {
    int cases = 0;
    for (const auto& path : cases_below(folder)) {
      const auto name = std::filesystem::path(path).filename().string();
      if (!std::regex_search(name, filter)) continue;
      const auto verdict = run_apart(path);
      ++totals[verdict.word];
      ++cases;
      std::printf("%s %s%s%s\n", verdict.word.c_str(), name.c_str(),
                  verdict.word == "pass" ? "" : ": ",
                  verdict.word == "pass" ? "" : verdict.reason.c_str());
      std::fflush(stdout);
    }
    if (cases == 0) std::fprintf(stderr, "%s: no case there\n", folder.c_str());
  }
  std::printf("%d passed, %d refused, %d wrong, %d crashed\n", totals["pass"], totals["refused"],
              totals["wrong"], totals["crash"]);
  return totals["wrong"] + totals["crash"] == 0 && totals["pass"] >= at_least ? 0 : 1;
}
