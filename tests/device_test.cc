// Devices: those that are built in, and plugins good and bad.

#include <algorithm>

#include <gtest/gtest.h>

#include "device/conformance.h"
#include "device/list.h"
#include "device/load_plugin.h"
#include "ir/text.h"
#include "ops/list.h"

namespace slipway {
namespace {

std::string plugin(const std::string& name) { return std::string(SLIPWAY_PLUGINS) + "/" + name; }

Result<std::unique_ptr<Device>> load(const std::string& name) {
  return load_plugin(plugin(name + ".so"));
}

Graph parsed(std::string_view text) {
  auto graph = parse_graph(text, all_ops());
  SLIPWAY_CHECK(graph);
  return std::move(graph).value();
}

const char* const kAdd = R"(
  a: f32[2,3] = Input
  b: f32[2,3] = Input
  y: f32[2,3] = Add(a, b)
)";

/// Two additions that are no conv: what every plugin of these tests may be asked for.
Cases add_cases() {
  const auto add = parsed(kAdd).nodes().back().op;
  return {{.name = "by hand",
           .op = add,
           .inputs = {f32({2}, {1, 2}), f32({2}, {10, 20})},
           .outputs = {f32({2}, {11, 22})}},
          {.name = "random", .op = add, .inputs = {random_f32({3, 5}), random_f32({3, 5}, 2)}},
          {.name = "stretched", .op = add, .inputs = {random_f32({3, 5}), random_f32({5}, 2)}}};
}

constexpr CaseList kAddLists[] = {{"add", add_cases}};

TEST(Devices, AreFoundByNameInAnyCase) {
  for (const auto& entry : all_devices()) {
    std::string lower(entry.name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto device = make_device(lower);
    ASSERT_TRUE(device) << lower;
    EXPECT_EQ((*device)->name(), entry.name);
    EXPECT_FALSE((*device)->description().empty());
  }
  const auto none = make_device("FPGA.9");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
}

TEST(Devices, TheReferenceConforms) {
  const auto device = make_device("REF").value();
  const auto report = check_conformance(*device);
  EXPECT_TRUE(report.conforms()) << to_text(report);
  EXPECT_EQ(report.refused, 0);
}

TEST(Devices, TheNullDeviceComputesZerosAndIsCaught) {
  const auto device = make_device("null").value();
  const auto program = device->compile(parsed(kAdd));
  ASSERT_TRUE(program);
  const Tensor inputs[] = {random_f32({2, 3}), random_f32({2, 3})};
  const auto outputs = (*program)->run(inputs);
  ASSERT_TRUE(outputs);
  EXPECT_TRUE((*outputs)[0] == f32({2, 3}, {0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE((*program)->run(std::span(inputs, 1)));
  const auto report = check_conformance(*device, kAddLists);
  EXPECT_FALSE(report.conforms());
  EXPECT_EQ(report.wrong, 3) << to_text(report);
}

TEST(Plugins, TheExampleRunsWhatItSaysAndRefusesTheRest) {
  auto device = load("example_device");
  ASSERT_TRUE(device) << device.error().message;
  EXPECT_EQ((*device)->name(), "EXAMPLE");
  EXPECT_EQ((*device)->timing(), Timing::measured);
  const auto few = check_conformance(**device, kAddLists);
  EXPECT_EQ(few.passed, 2) << to_text(few);
  EXPECT_EQ(few.refused, 1) << to_text(few);
  const auto all = check_conformance(**device);
  EXPECT_EQ(all.wrong, 0) << to_text(all);
  EXPECT_EQ(all.errors, 0) << to_text(all);
  EXPECT_GT(all.refused, 0);

  // A part of several nodes, with a name that needs quotes; the program outlives its device.
  auto program = (*device)->compile(parsed(R"(
    a: f32[2] = Input
    b: f32[2] = Input
    "a sum": f32[2] = Add(a, b)
    y: f32[2] = Add("a sum", a)
    return y, "a sum"
  )"));
  ASSERT_TRUE(program) << program.error().message;
  device = fail(Code::cancelled, "gone");
  const Tensor inputs[] = {f32({2}, {1, 2}), f32({2}, {10, 20})};
  const auto outputs = (*program)->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_TRUE((*outputs)[0] == f32({2}, {12, 24}));
  EXPECT_TRUE((*outputs)[1] == f32({2}, {11, 22}));
}

TEST(Plugins, ARefusalNamesTheNode) {
  const auto device = load("example_device").value();
  const auto program = device->compile(parsed(R"(
    a: f32[2] = Input
    b: f32[1] = Input
    y: f32[2] = Add(a, b)
  )"));
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Code::unsupported);
  EXPECT_EQ(program.error().message,
            "EXAMPLE cannot run Add 'y': only inputs of the output's shape");
}

struct Unloadable {
  const char* file;
  Code code;
  const char* words;
};

TEST(Plugins, WhatCannotBeLoadedSaysWhy) {
  const Unloadable cases[] = {
      {"absent.so", Code::not_found, "cannot be loaded"},
      {"text.so", Code::invalid_input, "cannot be loaded"},
      {"broken_no_symbol.so", Code::invalid_input, "it has no slipway_plugin_open"},
      {"broken_wrong_version.so", Code::unsupported, "does not speak version 0"},
      {"broken_small_struct.so", Code::corrupt, "struct_size is 16"},
      {"broken_null_function.so", Code::corrupt, "function run is NULL"},
  };
  for (const auto& [file, code, words] : cases) {
    const auto device = load_plugin(plugin(file));
    ASSERT_FALSE(device) << file;
    EXPECT_EQ(device.error().code, code) << file << ": " << device.error().message;
    EXPECT_NE(device.error().message.find(words), std::string::npos) << device.error().message;
  }
}

struct Broken {
  const char* file;
  Outcome verdict;
  const char* words;
};

TEST(Plugins, WhatBreaksTheRulesIsCaught) {
  const Broken cases[] = {
      {"broken_garbage", Outcome::wrong, "elements differ"},
      {"broken_wrong_size", Outcome::error, "bytes for output 0"},
      {"broken_past_the_end", Outcome::error, "behind the end of output 0"},
      {"broken_fails", Outcome::error, "the card is gone [unavailable]"},
      {"broken_speechless", Outcome::refused, "gives no reason"},
      {"broken_compiles_what_it_refuses", Outcome::refused, "it is Monday"},
  };
  for (const auto& [file, verdict, words] : cases) {
    const auto device = load(file);
    ASSERT_TRUE(device) << file << ": " << device.error().message;
    const auto report = check_conformance(**device, kAddLists);
    ASSERT_EQ(report.cases.size(), 3U);
    for (const auto& one : report.cases) {
      EXPECT_EQ(one.verdict, verdict) << file << ": " << one.words;
      EXPECT_NE(one.words.find(words), std::string::npos) << one.words;
    }
    EXPECT_FALSE(report.conforms());
  }
}

}  // namespace
}  // namespace slipway
