#include "oracle/oracle.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "tensor/files.h"

namespace slipway::oracle {

std::optional<std::string> peers_python() {
  const char* given =
      std::getenv("SLIPWAY_PEERS_PYTHON");  // NOLINT: tests are single-threaded here
  std::string path = given != nullptr ? given : ".peers/bin/python";
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

std::string test_data() {
  const char* given = std::getenv("SLIPWAY_TESTDATA");  // NOLINT: tests are single-threaded here
  return given == nullptr ? "../shared" : given;
}

std::vector<Answer> ask(const Peer& peer, const std::vector<Question>& questions) {
  if (questions.empty()) return {};
  SystemEntropy entropy;
  SystemFiles files(entropy);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("slipway-oracle-{:x}", entropy.next());
  const auto at = [&](std::size_t k, std::string_view rest) {
    return fmt::format("{}/{}.{}", folder.string(), k, rest);
  };
  for (std::size_t k = 0; k < questions.size(); ++k) {
    const auto& [name, model, inputs, more] = questions[k];
    if (!model.empty()) {
      EXPECT_TRUE(files.write(at(k, peer.extension), model));
    }
    if (!model.empty() && !peer.more.empty()) {
      EXPECT_TRUE(files.write(at(k, peer.more), more));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_TRUE(files.write(at(k, fmt::format("in{}.npy", i)), to_npy(inputs[i])));
    }
    if (inputs.empty()) {
      EXPECT_TRUE(files.write(at(k, "in0.npy"), to_npy(Tensor())));
    }
  }
  const auto log = folder / "log";
  const auto command = fmt::format("{} tests/oracle/{} {} >{} 2>&1", *peers_python(), peer.script,
                                   folder.string(), log.string());
  const int status = std::system(command.c_str());  // NOLINT: the command is ours
  if (status != 0) {
    const auto text = files.read(log.string());
    ADD_FAILURE() << command << " ended with " << status << "\n" << (text ? as_text(*text) : "");
  }
  std::vector<Answer> answers(questions.size());
  for (std::size_t k = 0; k < questions.size(); ++k) {
    if (const auto error = files.read(at(k, "error")))
      answers[k].error = std::string(as_text(*error));
    for (std::size_t i = 0;; ++i) {
      const auto bytes = files.read(at(k, fmt::format("out{}.npy", i)));
      if (!bytes) break;
      auto tensor = from_npy(*bytes);
      if (tensor) answers[k].outputs.push_back(std::move(tensor).value());
    }
  }
  std::filesystem::remove_all(folder);
  return answers;
}

std::vector<Tensor> random_inputs(const Graph& graph, std::uint64_t seed) {
  Random random(seed);
  std::vector<Tensor> inputs;
  for (const auto id : graph.inputs()) {
    TensorBuilder builder(graph.type(id));
    if (builder.type().dtype == DType::f32) {
      // The sum of twelve uniform numbers is nearly normal.
      for (auto& x : builder.values<float>()) {
        std::int64_t sum = -6000;
        for (int i = 0; i < 12; ++i) sum += random.integer(0, 1000);
        x = static_cast<float>(sum) / 1000;
      }
    } else {
      for (auto& x : builder.bytes()) x = static_cast<std::byte>(random.integer(0, 255));
    }
    inputs.push_back(std::move(builder).build());
  }
  return inputs;
}

Apart apart(const Tensor& is, const Tensor& should) {
  Apart out;
  if (is.dtype() != should.dtype() || is.shape() != should.shape()) {
    return {.comparable = false, .range_share = INFINITY, .steps = INFINITY, .within_one = 0};
  }
  const auto a = to_doubles(is);
  const auto b = to_doubles(should);
  double range = 1e-30;
  std::size_t near = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    const double difference = same ? 0 : std::abs(a[i] - b[i]);
    if (std::isfinite(b[i])) range = std::max(range, std::abs(b[i]));
    if (difference <= 1) ++near;
    out.steps = std::isnan(difference) ? INFINITY : std::max(out.steps, difference);
  }
  out.range_share = out.steps / range;
  if (!a.empty()) out.within_one = static_cast<double>(near) / static_cast<double>(a.size());
  return out;
}

}  // namespace slipway::oracle
