#include "cli/chart_files.h"
#include "cli/chart_text.h"
#include "cli/gnuplot.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace slipway::cli {
namespace {

class PlotVerb final : public Verb {
 public:
  void describe(Options& options) override {
    files_.describe(options, "FILES");
    options
        .value("-o,--output", "F", output_,
               "a picture: .svg, .png or .pdf, made by gnuplot (default: bars in the terminal)")
        .takes_file = true;
  }

  Result<int> run(World& world) override {
    const auto picture = report::parse_picture(extension(output_));
    if (!output_.empty() && !picture)
      return world.usage("-o takes a file that ends in .svg, .png or .pdf, not {}", output_);
    if (!output_.empty() && files_.has(world.files, output_))
      return world.usage("-o {} would replace one of the files", output_);
    const auto material = SLIPWAY_TRY(files_.read(world));
    const auto charts = material.charts();
    if (charts.empty() && !material.failed.empty())
      return fail(Code::invalid_input, "all that is there failed: {}",
                  material.failed.front().reason)
          .with_remedy("slipway report shows why; slipway sweep --retry-failed measures again");
    if (charts.empty())
      return fail(Code::invalid_input, "nothing in these results can be drawn")
          .with_remedy("measure longer: slipway bench MODEL --dummy --min-duration 10s");
    const auto note = report::clock_note(charts);
    if (!output_.empty()) {
      world.goal = fmt::format("draw {}", output_);
      const auto bytes = SLIPWAY_TRY(draw_charts(world, charts, note, *picture));
      world.goal = fmt::format("write {}", output_);
      SLIPWAY_TRY(world.files.write(output_, bytes));
      if (!world.json && !world.quiet)
        world.print("{}  {}, {} chart{}\n", output_,
                    bytes_text(static_cast<std::int64_t>(bytes.size())), charts.size(),
                    charts.size() == 1 ? "" : "s");
    }
    if (world.json) {
      Json all(Json::Array{});
      for (const auto& chart : charts) all.push(to_json(chart));
      Json document;
      document.set("clock_note", note.empty() ? Json() : Json(note));
      document.set("charts", std::move(all));
      world.print(document);
    } else if (output_.empty()) {
      if (!note.empty()) world.note("{}", note);
      for (std::size_t i = 0; i < charts.size(); ++i)
        world.print("{}{}", i == 0 ? "" : "\n", chart_text(world, charts[i]));
    }
    return 0;
  }

 private:
  ChartFiles files_;
  std::string output_;
};

}  // namespace

Command plot_command() {
  return {
      .name = "plot",
      .group = Group::models,
      .summary = "draw charts of what was measured",
      .story =
          "Stats files make three bar charts: time to load, time of the inferences, frames per "
          "second; one that is not there is marked. Results make charts of throughput, latency, "
          "its "
          "distribution, accuracy over latency, throughput over batch and streams where they have "
          "several, and a roofline of each profile. Measured and modelled time are drawn apart.",
      .examples = {{"plot fpga_cpu_stats.txt gpu_cpu_stats.txt --labels FPGA/CPU,GPU/CPU",
                    "bars in the terminal"},
                   {"plot *_stats.txt -o stats.png", "a picture"},
                   {"plot float.json int8.json -o both.svg",
                    "two results of 'bench --json', beside each other"},
                   {"plot sweep_output -o sweep.pdf", "all results in a folder"}},
      .data = Data::json,
      .make = make_verb<PlotVerb>};
}

}  // namespace slipway::cli
