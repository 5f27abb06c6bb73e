#include "measure/report/charts.h"

#include <gmock/gmock.h>

#include "measure/report/document.h"
#include "measure/report/testing.h"

namespace slipway::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> ids(const std::vector<Chart>& charts) {
  std::vector<std::string> out;
  for (const auto& chart : charts) out.push_back(chart.id);
  return out;
}

const Chart& named(const std::vector<Chart>& charts, const std::string& id) {
  const auto at = std::ranges::find(charts, id, &Chart::id);
  SLIPWAY_CHECK(at != charts.end());
  return *at;
}

Runs labelled(Runs runs) {
  label_runs(runs);
  return runs;
}

TEST(StatsCharts, AreThoseOfTheExercise) {
  const auto charts = charts_of(std::vector<NamedStats>{{"FPGA/CPU", "a.txt", Stats{2, 10, 10}},
                                                        {"GPU/CPU", "b.txt", std::nullopt}});
  ASSERT_EQ(charts.size(), 3U);
  EXPECT_EQ(charts[0].title, "Model Load Time");
  EXPECT_EQ(charts[0].y.title, "seconds");
  EXPECT_EQ(charts[1].title, "Inference Time");
  EXPECT_EQ(charts[1].y.title, "seconds");
  EXPECT_EQ(charts[2].title, "Frames per Second");
  EXPECT_EQ(charts[2].y.title, "Frames");
  for (const auto& chart : charts) {
    EXPECT_THAT(chart.categories, ElementsAre("FPGA/CPU", "GPU/CPU"));
    EXPECT_EQ(chart.series[0].points[1].y, std::nullopt);
    EXPECT_THAT(chart.rows[1], ElementsAre("GPU/CPU", "N/A: no such file", "b.txt"));
  }
  EXPECT_EQ(charts[0].series[0].points[0].y, 2);
  EXPECT_EQ(charts[1].series[0].points[0].y, 10);
}

std::vector<std::string> labels_of(const std::vector<std::string>& paths) {
  std::vector<NamedStats> files;
  for (const auto& path : paths) files.push_back({"", path, std::nullopt});
  label_stats(files);
  std::vector<std::string> out;
  for (const auto& file : files) out.push_back(file.label);
  return out;
}

TEST(StatsCharts, AreNamedByWhatTellsFilesApart) {
  EXPECT_THAT(labels_of({"jobs/fpga_cpu_stats.txt", "gpu.txt"}), ElementsAre("fpga_cpu", "gpu"));
  EXPECT_THAT(labels_of({"out/test_1/stats.txt", "out/test_2/stats.txt"}),
              ElementsAre("test_1", "test_2"));
  EXPECT_THAT(labels_of({"stats.txt"}), ElementsAre("stats"));
  EXPECT_THAT(labels_of({"a/x/stats.txt", "b/x/stats.txt"}),
              ElementsAre("x (a/x/stats.txt)", "x (b/x/stats.txt)"));
  EXPECT_THAT(labels_of({"mon/cpu_stats.txt", "tue/cpu_stats.txt"}),
              ElementsAre("cpu (mon)", "cpu (tue)"));
  std::vector<NamedStats> given = {{"mine", "a/stats.txt", std::nullopt}};
  label_stats(given);
  EXPECT_EQ(given[0].label, "mine");
}

TEST(RunCharts, AreWhatTheResultsCanMake) {
  EXPECT_THAT(ids(charts_of(labelled({run_of(1)}))),
              ElementsAre("throughput", "latency_p50_p99", "distribution", "cumulative"));
  auto old = run_of(1);
  old.histogram.clear();
  old.img_s.reset();
  EXPECT_THAT(ids(charts_of(labelled({old}))), ElementsAre("latency_p50_p99"));
}

TEST(RunCharts, BarsOfARunHaveItsColourEverywhere) {
  const auto charts = charts_of(labelled({run_of(1), run_of(2, "modelled"), run_of(4)}));
  EXPECT_EQ(named(charts, "latency_p50_p99_measured").series[1].color, 2U);
  EXPECT_EQ(named(charts, "distribution_measured").series[1].color, 2U);
  EXPECT_EQ(named(charts, "latency_p50_p99_modelled").series[0].color, 1U);
}

TEST(RunCharts, LatencyHasItsIntervalsAndWhatWasTooLittle) {
  const auto charts = charts_of(labelled({run_of(2)}));
  const auto& chart = named(charts, "latency_p50_p99");
  EXPECT_EQ(chart.y.title, "time of an inference (ms)");
  EXPECT_THAT(chart.categories, ElementsAre("p50", "p99"));
  const auto& points = chart.series[0].points;
  EXPECT_DOUBLE_EQ(*points[0].y, 2.2);
  EXPECT_DOUBLE_EQ(points[0].interval->low, 2);
  EXPECT_EQ(points[1].interval, std::nullopt);
  EXPECT_THAT(chart.rows.front(), ElementsAre("net.onnx", "50", "2.2", "2 to 2.2"));
}

TEST(RunCharts, APercentileThatOneRunLacksIsMarkedThere) {
  auto runs = labelled({run_of(2), run_of(3)});
  runs[1].percentiles[1] = {99, std::nullopt, std::nullopt, 368};
  const auto charts = charts_of(runs);
  const auto& chart = named(charts, "latency_p50_p99");
  EXPECT_EQ(chart.series[1].points[1].y, std::nullopt);
  EXPECT_EQ(chart.series[1].points[1].name, "too few samples");
  EXPECT_EQ(chart.rows.back()[2], "n/a (needs 368 samples)");
}

TEST(RunCharts, PercentilesFarApartHaveAxesOfTheirOwn) {
  auto runs = labelled({run_of(2), run_of(3)});
  runs[1].percentiles[1].ms = 400;
  const auto charts = charts_of(runs);
  EXPECT_EQ(named(charts, "latency_p50").title, "Median latency");
  EXPECT_EQ(named(charts, "latency_p99").title, "Latency, p99");
  EXPECT_THAT(named(charts, "latency_p99").category_colors, ElementsAre(0, 1));
}

TEST(RunCharts, ShortTimesAreInMicroseconds) {
  const auto charts = charts_of(labelled({run_of(0.5)}));
  EXPECT_EQ(named(charts, "latency_p50_p99").y.title, "time of an inference (µs)");
  EXPECT_DOUBLE_EQ(*named(charts, "latency_p50_p99").series[0].points[0].y, 550);
}

TEST(RunCharts, TheDistributionCountsEveryInferenceOnce) {
  const auto charts = charts_of(labelled({run_of(10)}));
  const auto& points = named(charts, "distribution").series[0].points;
  double all = 0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) all += *points[i].y;
  EXPECT_NEAR(all + std::stod(charts[2].rows.back()[2]), 100, 0.01);
  EXPECT_GE(all, 99);
  const auto& curve = named(charts, "cumulative").series[0].points;
  EXPECT_DOUBLE_EQ(curve.front().x, 10);
  EXPECT_DOUBLE_EQ(*curve.back().y, 100);
  EXPECT_DOUBLE_EQ(curve.back().x, 12);
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_GE(curve[i].x, curve[i - 1].x);
}

TEST(RunCharts, TimesFarApartAreOnALogarithmicAxis) {
  EXPECT_FALSE(named(charts_of(labelled({run_of(10), run_of(11)})), "distribution").x.log);
  EXPECT_TRUE(named(charts_of(labelled({run_of(1), run_of(100)})), "distribution").x.log);
}

TEST(RunCharts, ManyRunsMakeSeveralDistributions) {
  Runs runs;
  for (int i = 0; i < 14; ++i) runs.push_back(run_of(1 + i));
  const auto charts = charts_of(labelled(std::move(runs)));
  EXPECT_EQ(named(charts, "distribution_3").series.size(), 2U);
  EXPECT_EQ(named(charts, "distribution_3").title, "Latency distribution (3 of 3)");
}

TEST(RunCharts, ASweepOverBatchesIsALine) {
  Runs runs;
  for (const std::int64_t batch : {4, 1, 16}) {
    runs.push_back(run_of(static_cast<double>(batch)));
    runs.back().batch = batch;
  }
  runs.push_back(run_of(3));
  runs.back().precision = "fp32";
  const auto charts = charts_of(labelled(std::move(runs)));
  const auto& chart = named(charts, "over_batch");
  ASSERT_EQ(chart.series.size(), 1U);  // the one of floats has one place alone
  EXPECT_EQ(chart.series[0].name, "net.onnx, CPU, int8, avx2, 2 streams");
  EXPECT_THAT(chart.x.ticks, ElementsAre(1, 4, 16));
  EXPECT_TRUE(chart.x.log);
  EXPECT_EQ(chart.series[0].points[1].x, 4);
  EXPECT_EQ(chart.series[0].points[1].y, 250);
  EXPECT_THAT(ids(charts), Not(testing::Contains("over_streams")));
}

TEST(RunCharts, AccuracyStandsOverTheMedian) {
  const auto charts = charts_of(labelled({run_of(2, "measured", R"(, "top1": 70)"), run_of(1)}));
  const auto& chart = named(charts, "accuracy");
  ASSERT_EQ(chart.series.size(), 1U);
  EXPECT_DOUBLE_EQ(chart.series[0].points[0].x, 2.2);
  EXPECT_EQ(chart.series[0].points[0].y, 70);
}

TEST(RunCharts, DetectorsAndSegmentersHaveTheirAccuracyDrawn) {
  const std::string pictures = R"(, "mode": "accuracy", "top1": null)";
  const auto charts = charts_of(labelled({run_of(2, "measured", pictures + R"(, "map": 31.5)"),
                                          run_of(3, "measured", pictures + R"(, "miou": 60)"),
                                          run_of(4, "measured", pictures + R"(, "map": 28)")}));
  EXPECT_EQ(named(charts, "accuracy_map").y.title, "mAP (%)");
  EXPECT_EQ(named(charts, "accuracy_map").series.size(), 2U);
  EXPECT_EQ(named(charts, "accuracy_map").series[1].points[0].y, 28);
  EXPECT_EQ(named(charts, "accuracy_miou").title, "mIOU over latency");
  EXPECT_THAT(ids(charts), Not(testing::Contains("accuracy")));
}

TEST(RunCharts, PicturesFromFilesAndRandomInputsAreNotDrawnTogether) {
  const auto of = [](double ms, const char* mode) {
    return run_of(ms, "measured", fmt::format(R"(, "mode": "{}")", mode));
  };
  const auto charts =
      charts_of(labelled({of(1, "performance"), of(2, "accuracy"), of(4, "performance")}));
  EXPECT_EQ(named(charts, "throughput").title, "Throughput of random inputs");
  EXPECT_THAT(named(charts, "throughput").categories, testing::Each(Not(HasSubstr("pictures"))));
  EXPECT_THAT(named(charts, "throughput_pictures").categories, ElementsAre("net.onnx, pictures"));
  EXPECT_EQ(named(charts, "throughput_pictures").title, "Throughput of pictures from files");
  EXPECT_THAT(named(charts, "throughput_pictures").category_colors, ElementsAre(1));
  EXPECT_THAT(named(charts, "throughput_pictures").about, HasSubstr("with reading and decoding"));
  const auto alone = charts_of(labelled({of(2, "accuracy")}));
  EXPECT_EQ(named(alone, "throughput").title, "Throughput");
}

TEST(RunCharts, RowsThatFailedStandAmongTheOthers) {
  Material material;
  material.runs = labelled({run_of(1)});
  material.failed = {{"test_2", "bench x", "there is no such file"}};
  const auto charts = material.charts();
  const auto& chart = named(charts, "throughput");
  EXPECT_EQ(chart.categories.back(), "test_2");
  EXPECT_EQ(chart.series[0].points[1].y, std::nullopt);
  EXPECT_THAT(chart.rows[1][1], HasSubstr("failed"));
  const auto document = report_document(material, "1");
  EXPECT_THAT(document.find("failed")->text(0), HasSubstr("there is no such file"));
  EXPECT_THAT(document.find("findings")->text(0), HasSubstr("1 row of the sweep failed"));
  EXPECT_THAT(document.find("title")->text(0), HasSubstr("1 run, 1 failed"));
  // Where all failed there is nothing to draw, and still a page.
  material.runs.clear();
  EXPECT_THAT(material.charts(), IsEmpty());
  EXPECT_FALSE(report_document(material, "1").find("failed")->is_null());
}

TEST(RunCharts, ManyBarsOrLongNamesLieBelowEachOther) {
  const auto chart_with = [](std::size_t bars, std::size_t letters) {
    Chart chart{.id = "", .title = "", .about = "", .clock = "", .x = {}, .y = {}};
    chart.categories.assign(bars, std::string(letters, 'x'));
    chart.series.emplace_back();
    return chart;
  };
  EXPECT_FALSE(lies(chart_with(3, 12)));
  EXPECT_FALSE(lies(chart_with(8, 15)));
  EXPECT_TRUE(lies(chart_with(9, 1)));
  EXPECT_TRUE(lies(chart_with(6, 40)));
  auto several = chart_with(9, 1);
  several.series.emplace_back();
  EXPECT_FALSE(lies(several));
}

TEST(RunCharts, StepsOfOneNameAndRoofsAreToldApart) {
  const auto charts = charts_of(labelled({run_of(1, "measured", R"(, "profile": [
      {"name": "a", "kernel": "product_f32 avx2, 1 x 2", "time_us": 9, "gops": 2,
       "roofline_percent": 20, "operations": 99, "bytes": 1},
      {"name": "a", "kernel": "border, 3 channels", "time_us": 9, "gops": 2,
       "roofline_percent": 20, "operations": 88, "bytes": 1},
      {"name": "b", "kernel": "depthwise_f32 avx2", "time_us": 9, "gops": 3,
       "roofline_percent": 60, "operations": 77, "bytes": 1},
      {"name": "b", "kernel": "depthwise_f32 avx2", "time_us": 9, "gops": 3,
       "roofline_percent": 60, "operations": 66, "bytes": 1}])")}));
  const auto& chart = named(charts, "roofline_1");
  std::vector<std::string> names;
  for (const auto& row : chart.rows) names.push_back(row[0]);
  EXPECT_THAT(names, ElementsAre("a (product_f32)", "a (border)", "b (depthwise_f32) (step 3)",
                                 "b (depthwise_f32) (step 4)"));
  EXPECT_EQ(chart.series[0].name, "multiplying (depthwise_f32), 5 GOP/s");
  EXPECT_EQ(chart.series[1].name, "multiplying (border, product_f32), 10 GOP/s");
}

TEST(RunCharts, RoofsAreThoseThatStepsAgreeOn) {
  // Two steps at 4 GB/s of reading, two that 100 GOP/s of multiplying bound.
  const auto charts = charts_of(labelled({run_of(1, "measured", R"(, "profile": [
      {"name": "a", "time_us": 10, "gops": 2, "roofline_percent": 50, "operations": 2, "bytes": 2},
      {"name": "b", "time_us": 10, "gops": 2, "roofline_percent": 25, "operations": 4, "bytes": 2},
      {"name": "c", "time_us": 10, "gops": 50, "roofline_percent": 50, "operations": 99, "bytes": 1},
      {"name": "d", "time_us": 9, "gops": 25, "roofline_percent": 25, "operations": 50, "bytes": 1}
      ])")}));
  const auto& chart = named(charts, "roofline_1");
  ASSERT_EQ(chart.series.size(), 3U);
  EXPECT_EQ(chart.series[0].name, "reading, 4 GB/s");
  EXPECT_EQ(chart.series[1].name, "multiplying, 100.00 GOP/s");
  EXPECT_EQ(chart.series[0].points[1].x, 25);  // where both meet
  EXPECT_EQ(chart.series[2].points.size(), 4U);
  EXPECT_EQ(chart.series[2].points[0].name, "a");
}

TEST(Clocks, AreDrawnApartAndSaySo) {
  const auto charts = charts_of(labelled({run_of(1, "modelled"), run_of(2)}));
  for (const auto& chart : charts) {
    EXPECT_THAT(chart.title, HasSubstr(", " + chart.clock + " time"));
    for (const auto& series : chart.series)
      if (chart.category_colors.empty())
        EXPECT_EQ(series.color, chart.clock == "measured" ? 1U : 0U);
  }
  EXPECT_EQ(charts.front().clock, "measured");
  EXPECT_THAT(clock_note(charts), HasSubstr("(measured and modelled) is drawn apart"));
  EXPECT_EQ(clock_note(charts_of(labelled({run_of(1)}))), "");
}

TEST(Findings, NameTheBestOfTheMeasured) {
  Material material;
  material.runs = labelled({run_of(2), run_of(3), run_of(1, "modelled")});
  material.runs[0].label = "slow";
  material.runs[1].label = "slower";
  material.runs[2].label = "model";
  const auto document = report_document(material, "1");
  const auto tiles = document.find("tiles")->text(0);
  EXPECT_THAT(tiles, HasSubstr("500.00 img/s"));
  EXPECT_THAT(tiles, HasSubstr("2.2 ms"));
  EXPECT_THAT(tiles, Not(HasSubstr("model\"")));
  const auto words = findings_of(material.runs);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_THAT(words[0], HasSubstr("slow is the lowest, and its interval lies below"));
  EXPECT_THAT(words[1], HasSubstr("1 of 3 runs has a clock that is modelled"));
}

TEST(Findings, DoNotCallOverlappingIntervalsFaster) {
  auto runs = labelled({run_of(2), run_of(2.05)});
  runs[0].label = "a";
  runs[1].label = "b";
  EXPECT_THAT(findings_of(runs), ElementsAre(HasSubstr("and that of b overlap")));
}

TEST(Findings, SayWhatDiffersBetweenMachines) {
  auto runs = labelled({run_of(2), run_of(3)});
  EXPECT_THAT(findings_of({runs[0]}), IsEmpty());
  runs[1].environment = {{"cpu", "Xeon"}, {"cores", "2"}, {"load_average", "9"}};
  runs[1].warnings = {"stopped before it was done"};
  const auto words = findings_of(runs);
  ASSERT_EQ(words.size(), 3U);
  EXPECT_THAT(words[1], HasSubstr("differ in cpu:"));
  EXPECT_THAT(words[2], HasSubstr("1 of 2 runs says of itself"));
  Material material;
  material.runs = runs;
  const auto document = report_document(material, "1");
  EXPECT_THAT(document.find("notes")->text(0), HasSubstr("stopped before it was done"));
  // What is the same stands once, what is not once for each run.
  EXPECT_THAT(document.find("machines")->find("rows")->text(0), HasSubstr(R"(["cores","2"])"));
  EXPECT_THAT(document.find("machines_differ")->find("columns")->text(0),
              testing::AllOf(HasSubstr("cpu"), HasSubstr("load_average"), Not(HasSubstr("cores"))));
  EXPECT_EQ(document.find("machines_differ")->find("rows")->array()->size(), 2U);
}

TEST(Findings, DoNotRankPicturesWithRandomInputs) {
  Material material;
  material.runs = labelled({run_of(2, "measured", R"(, "mode": "performance")"),
                            run_of(1, "measured", R"(, "mode": "accuracy", "map": 30)")});
  const auto tiles = report_document(material, "1").find("tiles")->text(0);
  EXPECT_THAT(tiles, HasSubstr("throughput of random inputs"));
  EXPECT_THAT(tiles, HasSubstr("throughput of pictures from files"));
  EXPECT_THAT(tiles, HasSubstr("highest mAP"));
}

}  // namespace
}  // namespace slipway::report
