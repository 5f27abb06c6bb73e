// How fast each variant of each kernel is, beside what this processor can do at most.
//
// usage: kernels [--json] [--cold] [--only WORD]... [SECONDS of each measurement]
//
// Shapes are those of ResNet-50 and MobileNetV2. GOP/s count multiplications and additions of the
// definition, whatever the kernel does (Winograd's may be above 100 %); per cent are of the highest
// peak of that kind of numbers. With --cold, constants come from memory: each run has another copy
// of them.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/json.h"
#include "base/random.h"
#include "kernels/depthwise_f32.h"
#include "kernels/depthwise_u8.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_f16.h"
#include "kernels/gemm_f32.h"
#include "kernels/gemm_u8.h"
#include "kernels/winograd_f32.h"
#include "kernels/winograd_u8.h"
#include "measure/peaks.h"

namespace slipway::bench {
namespace {

using kernels::Isa;
using measure::Numbers;
using measure::Peak;
using measure::Stopwatch;

struct Freed {
  void operator()(void* bytes) const { std::free(bytes); }
};

/// Aligned to huge pages, filled with small numbers of any kind.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const std::size_t size = (count * sizeof(T) + 64 + kHugePage) / kHugePage * kHugePage;
    data_.reset(static_cast<T*>(std::aligned_alloc(kHugePage, size)));
    Random random(1);
    for (std::size_t i = 0; i < count; ++i) data_.get()[i] = static_cast<T>(random.integer(0, 3));
  }

  [[nodiscard]] T* data() const { return data_.get(); }

 private:
  std::unique_ptr<T, Freed> data_;
};

struct Options {
  bool json = false;
  bool cold = false;
  std::vector<std::string> only;
  double seconds = 0.1;
};

/// Constants, and where they are to be cold, copies of them that take turns.
class Constants {
 public:
  Constants(std::size_t bytes, bool cold)
      : each_((bytes + 63) / 64 * 64),
        copies_(cold ? (std::size_t{96} << 20U) / each_ + 1 : 1),
        buffer_(each_ * copies_) {}

  [[nodiscard]] std::byte* first() const { return buffer_.data(); }

  void copy() const {
    for (std::size_t i = 1; i < copies_; ++i) std::memcpy(first() + i * each_, first(), each_);
  }

  const std::byte* next() {
    turn_ = (turn_ + 1) % copies_;
    return first() + turn_ * each_;
  }

 private:
  std::size_t each_;
  std::size_t copies_;
  Buffer<std::byte> buffer_;
  std::size_t turn_ = 0;
};

class Table {
 public:
  Table(Options options, std::vector<Peak> peaks, Stopwatch& watch)
      : options_(std::move(options)), watch_(watch), peaks_(std::move(peaks)) {
    if (!options_.json) fmt::print("| peak | GOP/s |\n|---|---|\n");
    for (const auto& peak : peaks_) {
      if (!options_.json) fmt::print("| {} | {:.1f} |\n", peak.name, peak.gops);
      Json row;
      row.set("name", peak.name).set("gops", peak.gops);
      json_.peaks.push(row);
    }
    if (!options_.json)
      fmt::print(
          "\n| kernel | shape | variant | us | GOP/s | % of peak |\n|---|---|---|---|---|---|\n");
  }

  [[nodiscard]] bool wants(const std::string& kernel, const std::string& shape, Isa isa) const {
    const auto words = fmt::format("{} {} {}", kernel, shape, name_of(isa));
    const auto has = [&](const std::string& one) { return words.find(one) != std::string::npos; };
    return runs_here(isa) && std::ranges::all_of(options_.only, has);
  }

  [[nodiscard]] bool cold() const { return options_.cold; }

  void add(const std::string& kernel, const std::string& shape, Isa isa, Numbers numbers,
           double operations, const std::function<void()>& run) {
    const double seconds = watch_.best_seconds(run, options_.seconds);
    const double gops = operations / seconds * 1e-9;
    const double peak = peak_of(isa, numbers);
    const double percent = peak > 0 ? 100 * gops / peak : 0;
    if (!options_.json) {
      fmt::print("| {} | {} | {} | {:.1f} | {:.1f} | {:.0f} |\n", kernel, shape, name_of(isa),
                 seconds * 1e6, gops, percent);
      std::fflush(stdout);
    }
    Json row;
    row.set("kernel", kernel).set("shape", shape).set("variant", name_of(isa));
    row.set("us", seconds * 1e6).set("gops", gops).set("percent", percent);
    json_.rows.push(row);
  }

  void end() const {
    if (options_.json) {
      Json all;
      all.set("cold", options_.cold).set("peaks", json_.peaks).set("rows", json_.rows);
      all.set("refused_share", watch_.refused_share());
      fmt::print("{}\n", all.text());
      return;
    }
    fmt::print("\nOf all samples, {:.0f} % were taken below the full clock and do not count.\n",
               100 * watch_.refused_share());
  }

 private:
  /// The best of what such a variant may use; where it has no arithmetic for these numbers, of all.
  [[nodiscard]] double peak_of(Isa isa, Numbers numbers) const {
    double own = 0;
    double all = 0;
    for (const auto& peak : peaks_) {
      if (peak.numbers != numbers) continue;
      all = std::max(all, peak.gops);
      if (includes(isa, peak.isa)) own = std::max(own, peak.gops);
    }
    return own > 0 ? own : all;
  }

  Options options_;
  Stopwatch& watch_;
  std::vector<Peak> peaks_;

  struct {
    Json peaks{Json::Array{}};
    Json rows{Json::Array{}};
  } json_;
};

/// A product, or a convolution as one product for each row of a padded picture.
struct Product {
  int calls;  // rows of the output
  int m;
  int segments;
  int segment;  // length
  int n;
  int a_stride;  // from one row of the matrix to the next
  int down;      // elements from one segment to the next
  int step;      // elements from one call to the next
};

Product pointwise(int m, int k, int n) { return {1, m, 1, k, n, k, 0, 0}; }

Product window(int size, int channels, int n, int kernel, int stride) {
  const int out = size / stride;
  const int row = (size + kernel - 1) * channels;
  return {out, out, kernel, kernel * channels, n, stride * channels, row, stride * row};
}

const std::vector<Product> kProducts = {
    // ResNet-50
    window(224, 3, 64, 7, 2), pointwise(3136, 64, 64), pointwise(3136, 64, 256),
    pointwise(3136, 256, 64), pointwise(784, 512, 128), pointwise(784, 128, 512),
    pointwise(196, 1024, 256), pointwise(196, 256, 1024), pointwise(49, 2048, 512),
    pointwise(49, 512, 2048), window(56, 64, 64, 3, 1), window(28, 128, 128, 3, 1),
    window(14, 256, 256, 3, 1), window(7, 512, 512, 3, 1), pointwise(1, 2048, 1000),
    // MobileNetV2
    window(224, 3, 32, 3, 2), pointwise(12544, 32, 16), pointwise(12544, 16, 96),
    pointwise(3136, 96, 24), pointwise(3136, 24, 144), pointwise(784, 144, 32),
    pointwise(784, 32, 192), pointwise(196, 64, 384), pointwise(196, 384, 64),
    pointwise(196, 576, 96), pointwise(49, 160, 960), pointwise(49, 960, 160),
    pointwise(49, 960, 320), pointwise(49, 320, 1280), pointwise(1, 1280, 1000)};

std::string words_of(const Product& p) {
  if (p.calls == 1) return fmt::format("{} x {} x {}", p.m, p.segment, p.n);
  return fmt::format("{} of {} x {} x {} x {}", p.calls, p.m, p.segments, p.segment, p.n);
}

double operations_of(const Product& p) {
  return 2.0 * p.calls * p.m * p.segments * p.segment * p.n;
}

std::size_t input_size(const Product& p) {
  return static_cast<std::size_t>(p.calls - 1) * static_cast<std::size_t>(p.step) +
         static_cast<std::size_t>((p.segments - 1) * p.down + (p.m - 1) * p.a_stride + p.segment);
}

/// Calls `call(a, first row of c)` for each row of the output.
template <class T, class Call>
void each_row(const Product& p, const T* in, const Call& call) {
  for (int r = 0; r < p.calls; ++r) {
    const T* a[8];
    for (int s = 0; s < p.segments; ++s) a[s] = in + r * p.step + s * p.down;
    call(a, static_cast<std::ptrdiff_t>(r) * p.m * p.n);
  }
}

void measure_gemm_f32(Table& table) {
  for (const auto& p : kProducts) {
    for (const auto& variant : kernels::gemm_f32_variants()) {
      if (!table.wants("gemm_f32", words_of(p), variant.isa)) continue;
      const kernels::GemmF32Shape shape{p.n, p.segments, p.segment};
      const Buffer<float> in(input_size(p));
      const Buffer<float> weights(static_cast<std::size_t>(p.segments * p.segment * p.n));
      const Buffer<float> c(static_cast<std::size_t>(p.calls * p.m * p.n));
      Constants panels(packed_bytes(variant, shape), table.cold());
      pack_gemm_f32(variant, shape, weights.data(), nullptr, panels.first());
      panels.copy();
      table.add("gemm_f32", words_of(p), variant.isa, Numbers::floats, operations_of(p), [&] {
        const std::byte* constants = panels.next();
        each_row(p, in.data(), [&](const float* const* a, std::ptrdiff_t to) {
          kernels::GemmF32 job{shape, p.m, a, p.a_stride, constants, c.data() + to, p.n};
          job.low = 0;
          variant.run(job);
        });
      });
    }
  }
}

/// Products of operands that are rounded to 16 bits.
template <class Job, class Variants, class Pack>
void measure_rounded(Table& table, const std::string& kernel, Numbers numbers,
                     const Variants& variants, const Pack& pack) {
  for (const auto& p : kProducts) {
    for (const auto& variant : variants) {
      if (!table.wants(kernel, words_of(p), variant.isa)) continue;
      const kernels::GemmF32Shape shape{p.n, p.segments, p.segment};
      const Buffer<float> in(input_size(p));
      const Buffer<float> weights(static_cast<std::size_t>(p.segments * p.segment * p.n));
      const Buffer<float> c(static_cast<std::size_t>(p.calls * p.m * p.n));
      const Buffer<std::byte> workspace(workspace_bytes(variant, shape, p.m, p.a_stride));
      Constants panels(packed_bytes(variant, shape), table.cold());
      pack(variant, shape, weights.data(), nullptr, panels.first());
      panels.copy();
      table.add(kernel, words_of(p), variant.isa, numbers, operations_of(p), [&] {
        const std::byte* constants = panels.next();
        each_row(p, in.data(), [&](const float* const* a, std::ptrdiff_t to) {
          Job job;
          job.product = {shape, p.m, a, p.a_stride, constants, c.data() + to, p.n};
          job.product.low = 0;
          job.workspace = workspace.data();
          variant.run(job);
        });
      });
    }
  }
}

void measure_gemm_u8(Table& table) {
  for (const auto& p : kProducts) {
    for (const auto& variant : kernels::gemm_u8_variants()) {
      const bool words = variant.operands == kernels::GemmU8Operands::words;
      const std::string kernel = words ? "gemm_u8 words" : "gemm_u8";
      if (!table.wants(kernel, words_of(p), variant.isa)) continue;
      const kernels::GemmU8Shape shape{p.n, p.segments, p.segment};
      const Buffer<std::uint8_t> in(input_size(p));
      const Buffer<std::int16_t> weights(static_cast<std::size_t>(p.segments * p.segment * p.n));
      const Buffer<std::uint8_t> c(static_cast<std::size_t>(p.calls * p.m * p.n));
      const std::vector<kernels::ChannelScale> channels(static_cast<std::size_t>(p.n),
                                                        {.scale = 0.01F});
      const kernels::GemmU8Constants constants{weights.data(), channels.data()};
      Constants panels(packed_bytes(variant, shape, constants), table.cold());
      pack_gemm_u8(variant, shape, constants, panels.first());
      panels.copy();
      const Buffer<std::byte> workspace(workspace_bytes(variant, shape, p.m, p.a_stride));
      table.add(kernel, words_of(p), variant.isa, Numbers::bytes, operations_of(p), [&] {
        kernels::GemmU8 job;
        job.shape = shape;
        job.m = p.m;
        job.a_stride = p.a_stride;
        job.panels = panels.next();
        job.c_stride = p.n;
        job.workspace = workspace.data();
        each_row(p, in.data(), [&](const std::uint8_t* const* a, std::ptrdiff_t to) {
          job.a = a;
          job.c = c.data() + to;
          variant.run(job);
        });
      });
    }
  }
}

struct Depthwise {
  int size;
  int channels;
  int kernel;
  int stride;
};

constexpr Depthwise kDepthwise[] = {
    {112, 32, 3, 1}, {112, 96, 3, 2}, {56, 144, 3, 1}, {56, 144, 3, 2}, {28, 192, 3, 1},
    {28, 192, 3, 2}, {14, 384, 3, 1}, {14, 576, 3, 1}, {14, 576, 3, 2}, {7, 960, 3, 1},
    {28, 240, 5, 1}, {56, 144, 5, 2}, {14, 672, 5, 1}, {14, 672, 5, 2}, {28, 128, 7, 1}};

std::string words_of(const Depthwise& d) {
  return fmt::format("{}x{}x{}, {}x{} by {}", d.size, d.size, d.channels, d.kernel, d.kernel,
                     d.stride);
}

double operations_of(const Depthwise& d) {
  const int out = d.size / d.stride;
  return 2.0 * out * out * d.channels * d.kernel * d.kernel;
}

void measure_depthwise_f32(Table& table) {
  for (const auto& d : kDepthwise) {
    for (const auto& variant : kernels::depthwise_f32_variants()) {
      if (!table.wants("depthwise_f32", words_of(d), variant.isa)) continue;
      const kernels::DepthwiseF32Shape shape{d.channels, d.kernel, d.kernel, d.stride, d.stride};
      const int out = d.size / d.stride;
      const auto channels = static_cast<std::size_t>(d.channels);
      const Buffer<float> in(static_cast<std::size_t>(d.size * d.size) * channels);
      const Buffer<float> y(static_cast<std::size_t>(out * out) * channels);
      const Buffer<float> weights(static_cast<std::size_t>(d.kernel * d.kernel) * channels);
      Constants panels(packed_bytes(variant, shape), table.cold());
      pack_depthwise_f32(variant, shape, weights.data(), nullptr, panels.first());
      panels.copy();
      table.add("depthwise_f32", words_of(d), variant.isa, Numbers::floats, operations_of(d), [&] {
        kernels::DepthwiseF32 job;
        job.shape = shape;
        job.in = in.data();
        job.height = job.width = d.size;
        job.pad_top = job.pad_left = (d.kernel - d.stride + 1) / 2;
        job.in_stride = job.out_stride = d.channels;
        job.out = y.data();
        job.out_width = job.last_row = out;
        job.panels = panels.next();
        job.low = 0;
        job.high = 6;
        variant.run(job);
      });
    }
  }
}

void measure_depthwise_u8(Table& table) {
  for (const auto& d : kDepthwise) {
    for (const auto& variant : kernels::depthwise_u8_variants()) {
      if (!table.wants("depthwise_u8", words_of(d), variant.isa)) continue;
      const kernels::DepthwiseU8Shape shape{d.channels, d.kernel, d.kernel, d.stride, d.stride};
      const int out = d.size / d.stride;
      const auto channels = static_cast<std::size_t>(d.channels);
      const Buffer<std::uint8_t> in(static_cast<std::size_t>(d.size * d.size) * channels);
      const Buffer<std::uint8_t> outside(static_cast<std::size_t>(d.size) * channels + 64);
      const Buffer<std::uint8_t> y(static_cast<std::size_t>(out * out) * channels);
      const Buffer<std::int16_t> weights(static_cast<std::size_t>(d.kernel * d.kernel) * channels);
      const std::vector<kernels::ChannelScale> scales(channels, {.scale = 0.01F});
      const kernels::DepthwiseU8Constants constants{weights.data(), scales.data()};
      Constants panels(packed_bytes(variant, shape, constants), table.cold());
      pack_depthwise_u8(variant, shape, constants, panels.first());
      panels.copy();
      table.add("depthwise_u8", words_of(d), variant.isa, Numbers::bytes, operations_of(d), [&] {
        kernels::DepthwiseU8 job;
        job.shape = shape;
        job.in = in.data();
        job.height = job.width = d.size;
        job.pad_top = job.pad_left = (d.kernel - d.stride + 1) / 2;
        job.in_stride = job.out_stride = d.channels;
        job.out = y.data();
        job.out_width = job.last_row = out;
        job.outside_row = outside.data();
        job.panels = panels.next();
        variant.run(job);
      });
    }
  }
}

struct Dense {
  int size;
  int channels;
  int n;
};

/// Those of ResNet-50, then some of a U-Net's.
constexpr Dense kDense[] = {{56, 64, 64},   {28, 128, 128}, {14, 256, 256}, {7, 512, 512},
                            {256, 16, 16},  {128, 32, 32},  {64, 64, 64},   {64, 192, 64},
                            {32, 128, 128}, {128, 96, 32}};

void measure_winograd_f32(Table& table) {
  for (const auto& d : kDense) {
    for (const int tile : {2, 4}) {
      for (const auto& variant : kernels::winograd_f32_variants()) {
        const auto words =
            fmt::format("{}x{}x{} to {}, tiles of {}", d.size, d.size, d.channels, d.n, tile);
        if (!table.wants("winograd_f32", words, variant.isa) || (variant.rounded && tile != 2))
          continue;
        const kernels::WinogradF32Shape shape{d.channels, d.n, tile};
        const int rows = tile_rows(shape, d.size);
        const auto pixels = static_cast<std::size_t>(d.size * d.size);
        const Buffer<float> in(pixels * static_cast<std::size_t>(d.channels));
        const Buffer<float> y(pixels * static_cast<std::size_t>(d.n));
        const Buffer<float> weights(static_cast<std::size_t>(9 * d.channels * d.n));
        const Buffer<std::byte> workspace(workspace_bytes(shape, d.size, rows, d.n));
        Constants panels(packed_bytes(variant, shape), table.cold());
        pack_winograd_f32(variant, shape, weights.data(), nullptr, panels.first());
        panels.copy();
        const double operations = 18.0 * d.size * d.size * d.channels * d.n;
        table.add("winograd_f32", words, variant.isa,
                  variant.rounded ? Numbers::bf16 : Numbers::floats, operations, [&] {
                    kernels::WinogradF32 job;
                    job.shape = shape;
                    job.in[0] = {in.data(), d.channels, d.channels};
                    job.height = job.width = job.out_height = job.out_width = d.size;
                    job.pad_top = job.pad_left = 1;
                    job.out = y.data();
                    job.out_stride = d.n;
                    job.last_row = rows;
                    job.panels = panels.next();
                    job.workspace = workspace.data();
                    job.low = 0;
                    variant.run(job);
                  });
      }
    }
  }
}

void measure_winograd_u8(Table& table) {
  for (const auto& d : kDense) {
    for (const auto& variant : kernels::winograd_u8_variants()) {
      const auto words = fmt::format("{}x{}x{} to {}", d.size, d.size, d.channels, d.n);
      if (!table.wants("winograd_u8", words, variant.isa)) continue;
      const kernels::WinogradU8Shape shape{d.channels, d.n};
      const int rows = kernels::tile_rows(d.size);
      const auto pixels = static_cast<std::size_t>(d.size * d.size);
      const Buffer<std::uint8_t> in(pixels * static_cast<std::size_t>(d.channels));
      const Buffer<std::uint8_t> out(pixels * static_cast<std::size_t>(d.n));
      const Buffer<std::int16_t> weights(static_cast<std::size_t>(9 * d.channels * d.n));
      const std::vector<kernels::ChannelScale> channels(static_cast<std::size_t>(d.n),
                                                        {.scale = 0.01F});
      const kernels::GemmU8Constants constants{weights.data(), channels.data()};
      const Buffer<std::byte> workspace(workspace_bytes(variant, shape, d.size, rows));
      Constants panels(packed_bytes(variant, shape, constants), table.cold());
      pack_winograd_u8(variant, shape, constants, panels.first());
      panels.copy();
      const double operations = 18.0 * d.size * d.size * d.channels * d.n;
      table.add("winograd_u8", words, variant.isa, Numbers::bytes, operations, [&] {
        kernels::WinogradU8 job;
        job.shape = shape;
        job.in[0] = {in.data(), d.channels, d.channels};
        job.height = job.width = job.out_height = job.out_width = d.size;
        job.pad_top = job.pad_left = 1;
        job.out = out.data();
        job.out_stride = d.n;
        job.last_row = rows;
        job.panels = panels.next();
        job.workspace = workspace.data();
        variant.run(job);
      });
    }
  }
}

int run(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json") {
      options.json = true;
    } else if (words[i] == "--cold") {
      options.cold = true;
    } else if (words[i] == "--only" && i + 1 < words.size()) {
      options.only.push_back(words[++i]);
    } else if (const double seconds = std::atof(words[i].c_str()); seconds > 0) {
      options.seconds = seconds;
    } else {
      fmt::print(stderr, "usage: kernels [--json] [--cold] [--only WORD]... [SECONDS]\n");
      return 2;
    }
  }
  Stopwatch watch;
  const auto peaks = measure_peaks(watch, options.seconds * 3);
  Table table(options, peaks, watch);
  measure_gemm_f32(table);
  measure_rounded<kernels::GemmBf16>(table, "gemm_bf16", Numbers::bf16,
                                     kernels::gemm_bf16_variants(), kernels::pack_gemm_bf16);
  measure_rounded<kernels::GemmF16>(table, "gemm_f16", Numbers::halves,
                                    kernels::gemm_f16_variants(), kernels::pack_gemm_f16);
  measure_depthwise_f32(table);
  measure_winograd_f32(table);
  measure_gemm_u8(table);
  measure_depthwise_u8(table);
  measure_winograd_u8(table);
  table.end();
  return 0;
}

}  // namespace
}  // namespace slipway::bench

int main(int argc, char** argv) { return slipway::bench::run({argv + 1, argv + argc}); }
