#include "cli/compare_document.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include <fmt/core.h>

#include "cli/page.h"
#include "cli/version_info.h"

extern "C" {
extern const char slipway_embedded_compare[];  // src/cli/pages/compare.html
extern const char slipway_embedded_compare_end[];
}

namespace slipway::cli {
namespace {

using compile::Comparison;
using quant::Compared;

constexpr std::size_t kBins = 48;          // of a histogram
constexpr std::size_t kShownChannels = 4;  // those with the lowest SQNR have histograms

/// Four digits: more say nothing in a chart, and make pages large.
Json rounded(double x) {
  if (!std::isfinite(x)) return {};
  return std::strtod(fmt::format("{:.4g}", x).c_str(), nullptr);
}

/// A histogram of two sides over the same bins.
class Bins {
 public:
  Bins(double low, double high) : low_(low), high_(high > low ? high : low + 1) {
    for (auto& side : counts_) side.resize(kBins, 0);
  }

  void add(std::size_t side, double x, std::int64_t count = 1) {
    const double at = (x - low_) / (high_ - low_) * static_cast<double>(kBins);
    const double bin = std::clamp(at, 0.0, static_cast<double>(kBins - 1));
    counts_[side][static_cast<std::size_t>(bin)] += count;
  }

  void add(std::size_t side, const quant::Histogram& histogram) {
    for (std::int64_t i = 0; i < quant::Histogram::kBins; ++i)
      if (const auto count = histogram.counts()[static_cast<std::size_t>(i)]; count != 0)
        add(side, histogram.begin_of(i) + histogram.width() / 2, count);
  }

  [[nodiscard]] Json json() const {
    Json out;
    out.set("low", rounded(low_));
    out.set("high", rounded(high_));
    for (const auto& [name, counts] : {std::pair("a", &counts_[0]), std::pair("b", &counts_[1])}) {
      Json list(Json::Array{});
      for (const auto count : *counts) list.push(count);
      out.set(name, std::move(list));
    }
    return out;
  }

 private:
  double low_;
  double high_;
  std::array<std::vector<std::int64_t>, 2> counts_;
};

Json values_json(const Compared& values) {
  const auto& should = values.should();
  const auto& is = values.is();
  Bins bins(static_cast<double>(std::min(should.min(), is.min())),
            static_cast<double>(std::max(should.max(), is.max())));
  bins.add(0, should);
  bins.add(1, is);
  return bins.json();
}

/// Least and largest number of each channel, the last dimension, of both.
Json ranges_json(std::span<const float> a, std::span<const float> b, std::size_t channels) {
  Json out;
  for (const auto& [side, numbers] : {std::pair("a", a), std::pair("b", b)}) {
    std::vector<float> low(channels, 0);
    std::vector<float> high(channels, 0);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      low[i % channels] = std::min(low[i % channels], numbers[i]);
      high[i % channels] = std::max(high[i % channels], numbers[i]);
    }
    for (const auto& [word, list] : {std::pair("low", &low), std::pair("high", &high)}) {
      Json row(Json::Array{});
      for (const float x : *list) row.push(rounded(static_cast<double>(x)));
      out.set(fmt::format("{}_{}", word, side), std::move(row));
    }
  }
  return out;
}

/// Nothing where weights are not alike.
std::optional<Json> weights_json(const compile::ComparedLayer& layer) {
  if (!layer.weights || !layer.other_weights) return std::nullopt;
  if (layer.weights->shape() != layer.other_weights->shape()) return std::nullopt;
  if (layer.weights->dtype() != DType::f32 || layer.other_weights->dtype() != DType::f32)
    return std::nullopt;
  const auto a = layer.weights->values<float>();
  const auto b = layer.other_weights->values<float>();
  if (a.empty()) return std::nullopt;
  const auto [low_a, high_a] = std::ranges::minmax(a);
  const auto [low_b, high_b] = std::ranges::minmax(b);
  Bins bins(static_cast<double>(std::min(low_a, low_b)),
            static_cast<double>(std::max(high_a, high_b)));
  double squares = 0;
  double errors = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    bins.add(0, x);
    bins.add(1, y);
    squares += x * x;
    errors += (y - x) * (y - x);
  }
  auto out = bins.json();
  // Where channels were brought to other sizes the weights differ by that, too.
  constexpr double kMostByRounding = 15;
  const double sqnr = quant::decibels(squares, errors);
  if (sqnr >= kMostByRounding) out.set("sqnr_db", rounded(sqnr));
  const auto channels = static_cast<std::size_t>(layer.weights->shape().back(0));
  if (channels <= Compared::kMostChannels) out.set("channels", ranges_json(a, b, channels));
  return out;
}

Json channels_json(const Compared& values) {
  const auto channels = values.channels();
  Json out;
  Json sqnr(Json::Array{});
  for (const auto& channel : channels) sqnr.push(rounded(channel.sqnr_db()));
  out.set("sqnr_db", std::move(sqnr));
  const std::array<std::string, 2> sides = {"a", "b"};
  for (std::size_t side = 0; side < 2; ++side) {
    Json low(Json::Array{});
    Json high(Json::Array{});
    for (const auto& channel : channels) {
      low.push(rounded(static_cast<double>(channel.low[side])));
      high.push(rounded(static_cast<double>(channel.high[side])));
    }
    out.set("low_" + sides[side], std::move(low));
    out.set("high_" + sides[side], std::move(high));
  }
  out.set("low", rounded(static_cast<double>(values.low())));
  out.set("high", rounded(static_cast<double>(values.high())));
  std::vector<std::size_t> order(channels.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t c) { return channels[c].sqnr_db(); });
  Json shown(Json::Array{});
  for (std::size_t i = 0; i < std::min(order.size(), kShownChannels); ++i) {
    Json one;
    one.set("channel", order[i]);
    for (std::size_t side = 0; side < 2; ++side) {
      Json counts(Json::Array{});
      for (const auto count : channels[order[i]].counts[side]) counts.push(count);
      one.set(sides[side], std::move(counts));
    }
    shown.push(std::move(one));
  }
  out.set("shown", std::move(shown));
  return out;
}

void set_quality(Json& row, const Compared& values, const CompareReport& report) {
  const auto& quality = values.quality();
  row.set("sqnr_db", quality.sqnr_db());
  row.set("psnr_db", quality.psnr_db());
  row.set("verdict", quant::verdict(quality.psnr_db()));
  row.set("max_abs_diff", quality.largest_error());
  row.set("mean_abs_diff", values.mean_error());
  row.set("correct_ratio", values.equal());
  row.set("worst_picture", report.file(quality.worst_picture()));
}

Json layer_json(const compile::ComparedLayer& layer, const CompareReport& report, bool details) {
  Json row;
  row.set("name", layer.name);
  row.set("op", layer.op);
  row.set("shape", layer.type.shape.text());
  row.set("numbers", numbers_of(layer));
  set_quality(row, layer.values, report);
  if (const auto scales = layer.values.scales(); !scales.empty()) {
    const auto [low, high] = std::ranges::minmax(scales);
    // By what the second network's channels are larger: the inverse.
    Json range(Json::Array{});
    range.push(rounded(1 / static_cast<double>(high)));
    range.push(rounded(1 / static_cast<double>(low)));
    row.set("rescaled", std::move(range));
  }
  if (!details) return row;
  Json more;
  more.set("values", values_json(layer.values));
  if (auto weights = weights_json(layer)) more.set("weights", *std::move(weights));
  if (!layer.values.channels().empty()) more.set("channels", channels_json(layer.values));
  row.set("details", std::move(more));
  return row;
}

Json names_json(const std::vector<std::string>& names) {
  Json out(Json::Array{});
  for (const auto& name : names) out.push(name);
  return out;
}

void set_classes(Json& out, const CompareReport& report) {
  if (const auto& agreement = report.found.agreement) {
    Json json;
    json.set("classes", agreement->classes);
    json.set("first", agreement->first);
    json.set("k", agreement->k);
    json.set("among", agreement->among);
    out.set("agreement", std::move(json));
  }
  if (report.right) {
    Json json;
    json.set("a", report.right->a);
    json.set("b", report.right->b);
    json.set("of", report.right->of);
    out.set("right", std::move(json));
  }
  Json differ(Json::Array{});
  for (const auto& one : report.differ) {
    Json json;
    json.set("file", one.file);
    json.set("a", one.a);
    json.set("b", one.b);
    if (one.truth) json.set("truth", *one.truth);
    differ.push(std::move(json));
  }
  out.set("differ", std::move(differ));
}

}  // namespace

const std::string& CompareReport::file(std::int64_t n) const {
  return files.at(found.used.at(static_cast<std::size_t>(n)));
}

std::string CompareReport::short_file(std::int64_t n) const {
  const auto folder = data.ends_with('/') ? data : data + "/";
  const auto& path = file(n);
  return path.starts_with(folder) ? path.substr(folder.size()) : path;
}

bool flatters(const Comparison& found) {
  constexpr double kLow = 20;
  constexpr double kApart = 15;
  return std::ranges::any_of(found.outputs, [](const auto& output) {
    const auto& quality = output.values.quality();
    return quality.sqnr_db() < kLow && quality.psnr_db() > quality.sqnr_db() + kApart;
  });
}

std::string_view verdict_of(const Comparison& found) {
  double worst = 100;
  for (const auto& output : found.outputs) {
    const double psnr = output.values.quality().psnr_db();
    if (!(psnr >= worst)) worst = psnr;
  }
  return quant::verdict(worst);
}

std::string numbers_of(const compile::ComparedLayer& layer) {
  return std::string(name_of(layer.type.dtype));
}

Json compare_document(const CompareReport& report, bool details) {
  Json out;
  out.set("a", report.a);
  out.set("b", report.b);
  out.set("data", report.data);
  out.set("version", SLIPWAY_VERSION);
  if (!report.deployed) out.set("target", name_of(report.target));
  out.set("computed_in",
          report.deployed
              ? std::string("a deployment, of which outputs alone are seen")
              : fmt::format("{} ({})", words_of(report.target), name_of(report.target)));
  out.set("pictures", report.found.used.size());
  Json lost(Json::Array{});
  for (const auto& [number, why] : report.found.lost) {
    Json one;
    one.set("file", report.files[number]);
    one.set("error", why);
    lost.push(std::move(one));
  }
  out.set("lost", std::move(lost));
  out.set("notes", names_json(report.notes));
  out.set("verdict", verdict_of(report.found));
  out.set("psnr_flatters", flatters(report.found));
  set_classes(out, report);
  Json outputs(Json::Array{});
  for (const auto& output : report.found.outputs) {
    Json row;
    row.set("name", output.name);
    set_quality(row, output.values, report);
    outputs.push(std::move(row));
  }
  out.set("outputs", std::move(outputs));
  Json layers(Json::Array{});
  for (const auto& layer : report.found.layers) layers.push(layer_json(layer, report, details));
  out.set("layers", std::move(layers));
  out.set("only_a", names_json(report.found.only_a));
  out.set("only_b", names_json(report.found.only_b));
  out.set("passed", report.passed);
  return out;
}

std::string compare_page(const Json& document) {
  return make_page({slipway_embedded_compare, slipway_embedded_compare_end}, document);
}

}  // namespace slipway::cli
