#include "device/conformance.h"

#include <map>

namespace slipway {
namespace {

/// The one node of a case's graph that is no input and no constant.
const Node& operation(const Graph& graph) { return graph.nodes().back(); }

std::string sentence(const Error& error) {
  return fmt::format("{} [{}]", error.message, name_of(error.code));
}

/// What differs between two lists of outputs, or nothing.
std::string difference(std::span<const Tensor> is, std::span<const Tensor> should,
                       double tolerance) {
  if (is.size() != should.size())
    return fmt::format("{} outputs instead of {}", is.size(), should.size());
  for (std::size_t i = 0; i < is.size(); ++i) {
    const auto words = difference(is[i], should[i], tolerance);
    if (!words.empty()) return fmt::format("output {}: {}", i, words);
  }
  return {};
}

/// A device that refuses a node must not compile it either.
CaseVerdict judge_refusal(Device& device, const Graph& graph, std::string reason) {
  if (reason.empty()) return {{}, {}, Outcome::error, "it refuses without a reason"};
  const auto program = device.compile(graph);
  if (program) return {{}, {}, Outcome::error, fmt::format("it refuses ({}) but compiles", reason)};
  if (program.error().code != Code::unsupported) {
    return {{},
            {},
            Outcome::error,
            fmt::format("it refuses ({}), but compile says {}", reason, sentence(program.error()))};
  }
  return {{}, {}, Outcome::refused, std::move(reason)};
}

CaseVerdict judge_run(Device& device, const Case& test, const Graph& graph) {
  const auto verdict = [](Outcome kind, std::string words) {
    return CaseVerdict{{}, {}, kind, std::move(words)};
  };
  const auto should = expected_outputs(test, graph);
  if (!should) return verdict(Outcome::error, "the case itself: " + sentence(should.error()));
  const auto program = device.compile(graph);
  if (!program) return verdict(Outcome::error, "compile: " + sentence(program.error()));
  if (*program == nullptr) return verdict(Outcome::error, "compile gave no program");
  const auto inputs = run_time_inputs(test);
  for (const std::string_view when : {"", "the second run: "}) {
    const auto is = (*program)->run(inputs);
    if (!is) return verdict(Outcome::error, fmt::format("{}{}", when, sentence(is.error())));
    const auto words = difference(*is, *should, test.tolerance);
    if (!words.empty()) return verdict(Outcome::wrong, fmt::format("{}{}", when, words));
  }
  if (!inputs.empty() && (*program)->run({}))
    return verdict(Outcome::error, "it runs without its inputs");
  const double seconds = device.estimate_seconds(graph);
  if (!(seconds >= 0))
    return verdict(Outcome::error, fmt::format("it estimates {} seconds", seconds));
  return verdict(Outcome::pass, {});
}

CaseVerdict judge(Device& device, const Case& test, const Graph& graph) {
  const auto reason = device.refuses(graph, operation(graph));
  auto verdict = reason ? judge_refusal(device, graph, *reason) : judge_run(device, test, graph);
  verdict.op = std::string(test.op.name());
  verdict.name = test.name;
  return verdict;
}

}  // namespace

ConformanceReport check_conformance(Device& device, std::span<const CaseList> lists) {
  ConformanceReport report;
  for (const auto& list : lists) {
    for (const auto& test : list.make()) {
      if (!test.refuses.empty()) continue;
      const auto graph = to_graph(test);
      if (!graph) continue;  // the unit tests of the ops say so
      report.cases.push_back(judge(device, test, *graph));
      switch (report.cases.back().verdict) {
        case Outcome::pass:
          ++report.passed;
          break;
        case Outcome::refused:
          ++report.refused;
          break;
        case Outcome::wrong:
          ++report.wrong;
          break;
        case Outcome::error:
          ++report.errors;
          break;
      }
    }
  }
  return report;
}

std::string to_text(const ConformanceReport& report) {
  std::string out;
  std::map<std::string, int> reasons;
  for (const auto& one : report.cases) {
    if (one.verdict == Outcome::refused) ++reasons[fmt::format("{}: {}", one.op, one.words)];
    if (one.verdict == Outcome::wrong || one.verdict == Outcome::error) {
      out += fmt::format("{}  {}, {}: {}\n", name_of(one.verdict), one.op, one.name, one.words);
    }
  }
  for (const auto& [reason, count] : reasons)
    out += fmt::format("refused  {} ({} cases)\n", reason, count);
  return out + fmt::format("{} passed, {} refused, {} wrong, {} errors\n", report.passed,
                           report.refused, report.wrong, report.errors);
}

}  // namespace slipway
