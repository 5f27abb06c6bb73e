#include "cli/chart_files.h"
#include "cli/page.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/version_info.h"

extern "C" {
extern const char slipway_embedded_report[];  // src/cli/pages/report.html
extern const char slipway_embedded_report_end[];
}

namespace slipway::cli {
namespace {

class ReportVerb final : public Verb {
 public:
  void describe(Options& options) override {
    files_.describe(options, "RUNS");
    options.value("-o,--output", "F.html", output_, "the page; --json needs none").takes_file =
        true;
  }

  Result<int> run(World& world) override {
    const auto kind = extension(output_);
    if (output_.empty() && !world.json)
      return world.usage("report needs a name for its page").with_remedy("-o report.html");
    if (!output_.empty() && kind != "html" && kind != "htm")
      return world.usage("-o takes a file that ends in .html, not {}", output_);
    if (!output_.empty() && files_.has(world.files, output_))
      return world.usage("-o {} would replace one of the files", output_);
    const auto material = SLIPWAY_TRY(files_.read(world));
    const auto document = report::report_document(material, SLIPWAY_VERSION);
    if (!output_.empty()) {
      world.goal = fmt::format("write {}", output_);
      const auto page = make_page({slipway_embedded_report, slipway_embedded_report_end}, document);
      SLIPWAY_TRY(world.files.write(output_, as_bytes(page)));
      const auto count = material.runs.size() + material.stats.size();
      if (!world.json && !world.quiet)
        world.print("{}  {}, {} run{}\n", output_, bytes_text(std::ssize(page)), count,
                    count == 1 ? "" : "s");
    }
    if (world.json) world.print(document);
    return 0;
  }

 private:
  ChartFiles files_;
  std::string output_;
};

}  // namespace

Command report_command() {
  return {
      .name = "report",
      .group = Group::models,
      .summary = "write one page with tables and charts of what was measured",
      .story =
          "The page needs no network: it is one file, with a table behind each chart, light "
          "or dark as the reader's system is. It says which run is best and whether that is "
          "sure, and what differs between the machines. Measured and modelled time are "
          "drawn apart.",
      .examples = {{"report float.json int8.json -o report.html", "two results of 'bench --json'"},
                   {"report sweep_output -o report.html", "all results in a folder"},
                   {"report *_stats.txt -o report.html", "stats files"}},
      .data = Data::json,
      .make = make_verb<ReportVerb>};
}

}  // namespace slipway::cli
