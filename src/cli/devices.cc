#include "cli/table.h"
#include "cli/verbs.h"
#include "device/conformance.h"
#include "device/list.h"
#include "device/load_plugin.h"

namespace slipway::cli {
namespace {

std::string_view clock_of(const Device& device) {
  return device.timing() == Timing::measured ? "measured" : "modelled";
}

class DevicesListVerb final : public Verb {
 public:
  void describe(Options&) override {}

  Result<int> run(World& world) override {
    Json rows(Json::Array{});
    Table table({{"device"}, {"clock"}, {"what it is", Align::left, Shrink::end}});
    for (const auto& entry : all_devices()) {
      const auto device = entry.make();
      Json row;
      row.set("name", device->name());
      row.set("clock", clock_of(*device));
      row.set("description", device->description());
      rows.push(std::move(row));
      table.row({device->name(), std::string(clock_of(*device)), device->description()});
    }
    if (world.json) {
      Json document;
      document.set("devices", std::move(rows));
      world.print(document);
    } else {
      world.print("{}", table.text(world.terminal.out_columns, world.terminal.color));
    }
    return 0;
  }
};

Json report_json(const Device& device, const ConformanceReport& report) {
  Json document;
  document.set("device", device.name());
  document.set("description", device.description());
  document.set("passed", report.passed);
  document.set("refused", report.refused);
  document.set("wrong", report.wrong);
  document.set("errors", report.errors);
  document.set("conforms", report.conforms());
  Json cases(Json::Array{});
  for (const auto& test : report.cases) {
    Json row;
    row.set("op", test.op);
    row.set("case", test.name);
    row.set("verdict", name_of(test.verdict));
    row.set("words", test.words);
    cases.push(std::move(row));
  }
  document.set("cases", std::move(cases));
  return document;
}

class DevicesCheckVerb final : public Verb {
 public:
  void describe(Options& options) override {
    options
        .argument("DEVICE", device_,
                  "a plugin (a file that ends in .so), or a name from "
                  "'slipway devices'")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    const bool plugin = device_.find('/') != std::string::npos || extension(device_) == "so";
    world.goal = fmt::format("open the device {}", device_);
    const auto device = SLIPWAY_TRY(plugin ? load_plugin(device_) : make_device(device_));
    const auto report = check_conformance(*device);
    if (world.json) {
      world.print(report_json(*device, report));
    } else {
      world.print("{}: {}\n\n{}", device->name(), device->description(), to_text(report));
      world.print("\n{}\n",
                  report.conforms() ? "The device conforms." : "The device does not conform.");
    }
    return report.conforms() ? 0 : 1;
  }

 private:
  std::string device_;
};

}  // namespace

Command devices_list_command() {
  return {.name = "devices list",
          .group = Group::machine,
          .summary = "list what can run models here",
          .story = "'slipway devices' does the same.",
          .examples = {{"devices list", "names, whose clock their times come from, what they are"},
                       {"devices list --json", "the same for a script"}},
          .data = Data::json,
          .make = make_verb<DevicesListVerb>};
}

Command devices_check_command() {
  return {.name = "devices check",
          .group = Group::machine,
          .summary = "hold a device to the definition of every operator",
          .story =
              "Runs every test case of every operator on the device and compares the results "
              "with the operator's definition. An operator that the device refuses, with a "
              "reason, is no fault. Exit status 1 where a result is wrong.",
          .examples = {{"devices check ./my_device.so", "a plugin, before it is used"},
                       {"devices check REF", "a device that is built in"}},
          .data = Data::json,
          .make = make_verb<DevicesCheckVerb>};
}

}  // namespace slipway::cli
