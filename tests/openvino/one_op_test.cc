// Models of one layer each, made by OpenVINO: we compute what it computes.

#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "ops/case.h"
#include "oracle/oracle.h"
#include "tensor/files.h"

namespace slipway {
namespace {

std::vector<Tensor> tensors(const Files& files, const std::string& path, std::string_view what) {
  std::vector<Tensor> out;
  for (std::size_t i = 0;; ++i) {
    const auto bytes = files.read(fmt::format("{}.{}{}.npy", path, what, i));
    if (!bytes) return out;
    auto tensor = from_npy(*bytes);
    EXPECT_TRUE(tensor) << path;
    if (tensor) out.push_back(std::move(tensor).value());
  }
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

void expect_same(const Files& files, const std::string& path, double tolerance) {
  const auto graph = read_model(files, path + ".xml");
  if (!graph) {
    ADD_FAILURE() << graph.error().message << " / "
                  << (graph.error().trail.empty() ? "" : graph.error().trail[0]);
    return;
  }
  const auto outputs = interpret(*graph, tensors(files, path, "in"));
  if (!outputs) {
    ADD_FAILURE() << outputs.error().message;
    return;
  }
  const auto expected = tensors(files, path, "out");
  ASSERT_EQ(outputs->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(difference((*outputs)[i], expected[i], tolerance), "") << "output " << i;
  }
}

TEST(OpenVino, OneLayerModelsComputeTheSame) {
  const auto python = oracle::peers_python();
  if (!python) GTEST_SKIP() << "no peers: ./dev peers makes them";
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("slipway-openvino-{:x}", entropy.next());
  std::filesystem::create_directories(folder);
  const auto log = (folder / "log").string();
  const auto command =
      fmt::format("{} tests/openvino/one_op.py {} >{} 2>&1", *python, folder.string(), log);
  const int status = std::system(command.c_str());  // NOLINT: the command is ours
  const auto said = files.read(log);
  ASSERT_EQ(status, 0) << (said ? as_text(*said) : "");
  const auto names = files.read((folder / "names.txt").string());
  ASSERT_TRUE(names);
  const auto all = lines(std::string(as_text(*names)));
  EXPECT_GT(all.size(), 300U);
  for (const auto& name : all) {
    SCOPED_TRACE(name);
    expect_same(files, (folder / name).string(), 1e-5);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace slipway
