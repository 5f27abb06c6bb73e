#include "engine/winograd_step.h"

#include "engine/places.h"

namespace slipway::engine {
namespace {

/// Sets what a job of any numbers takes from its step.
template <class Job, class Step>
void set_window(Job& job, const Step& step, const Bases& bases, int first) {
  const auto& window = step.window;
  job.shape = step.shape;
  job.height = window.height;
  job.width = window.width;
  job.pad_top = window.pad_top;
  job.pad_left = window.pad_left;
  job.out_height = window.out_height;
  job.out_width = window.out_width;
  job.out_stride = step.out_stride;
  job.panels = bytes_at(step.panels, bases);
  job.workspace = room_at(step.workspace, bases) + first * step.unit_workspace;
}

/// Calls `run(picture)` with the rows of tiles of some units set in the job, `rows` in a picture.
/// Units of one picture go together: each job reads all weights.
template <class Job, class Run>
void each_picture(Job& job, int rows, int unit_rows, int first, int last, const Run& run) {
  const int units = (rows + unit_rows - 1) / unit_rows;
  for (int unit = first, next = first; unit < last; unit = next) {
    const int picture = unit / units;
    next = (picture + 1) * units < last ? (picture + 1) * units : last;
    const int end = (next - picture * units) * unit_rows;
    job.first_row = unit % units * unit_rows;
    job.last_row = end < rows ? end : rows;
    run(picture);
  }
}

}  // namespace

void run(const WinogradF32Step& step, const Bases& bases, int first, int last) {
  const auto& window = step.window;
  const std::ptrdiff_t in = std::ptrdiff_t{window.height} * window.width;
  const std::ptrdiff_t out = std::ptrdiff_t{window.out_height} * window.out_width;
  kernels::WinogradF32 job;
  set_window(job, step, bases, first);
  job.residual_stride = step.residual_stride;
  job.low = step.low;
  job.high = step.high;
  const auto run_kernel = kernels::winograd_f32_variants()[step.header.variant].run;
  const int rows = kernels::tile_rows(step.shape, window.out_height);
  if (step.unit_columns != 0) {
    job.first = first * step.unit_columns;
    const int behind = last * step.unit_columns;
    job.columns = (behind < step.shape.n ? behind : step.shape.n) - job.first;
    first = 0;
    last = window.pictures;
  }
  each_picture(job, rows, step.unit_rows, first, last, [&](int picture) {
    job.inputs = 0;
    int left = step.shape.channels;
    for (int i = 0; i < kernels::kMostInputs && step.in_channels[i] != 0; ++i) {
      auto& input = job.in[job.inputs++];
      input.stride = static_cast<std::ptrdiff_t>(step.in_stride[i]);
      input.channels = step.in_channels[i];
      const std::ptrdiff_t pixels = left <= step.shape.doubled ? in / 4 : in;
      const std::ptrdiff_t at = picture * pixels * input.stride;
      left -= input.channels;
      if (step.rounded_in != 0) {
        input.rounded = read_at<std::uint16_t>(step.in[i], bases) + at;
      } else {
        input.at = read_at<float>(step.in[i], bases) + at;
      }
    }
    if (step.rounded_out != 0) {
      job.rounded_out = write_at<std::uint16_t>(step.out, bases) + picture * out * step.out_stride;
    } else {
      job.out = write_at<float>(step.out, bases) + picture * out * step.out_stride;
    }
    const std::ptrdiff_t added = picture * out * step.residual_stride;
    if (step.adds != 0 && step.rounded_residual != 0) {
      job.rounded_residual = read_at<std::uint16_t>(step.residual, bases) + added;
    } else if (step.adds != 0) {
      job.residual = read_at<float>(step.residual, bases) + added;
    }
    run_kernel(job);
  });
}

void run(const WinogradU8Step& step, const Bases& bases, int first, int last) {
  const auto& window = step.window;
  const std::ptrdiff_t in = std::ptrdiff_t{window.height} * window.width;
  const std::ptrdiff_t out = std::ptrdiff_t{window.out_height} * window.out_width;
  kernels::WinogradU8 job;
  set_window(job, step, bases, first);
  job.outside = static_cast<std::uint8_t>(step.outside);
  job.requantization = step.requantization;
  const auto run_kernel = kernels::winograd_u8_variants()[step.header.variant].run;
  const int rows = kernels::tile_rows(window.out_height);
  each_picture(job, rows, step.unit_rows, first, last, [&](int picture) {
    job.inputs = 0;
    for (int i = 0; i < kernels::kMostInputsU8 && step.in_channels[i] != 0; ++i) {
      const auto* at = read_at<std::uint8_t>(step.in[i], bases);
      job.in[job.inputs++] = {at + picture * in * step.in_stride[i],
                              static_cast<std::ptrdiff_t>(step.in_stride[i]), step.in_channels[i]};
    }
    job.out = write_at<std::uint8_t>(step.out, bases) + picture * out * step.out_stride;
    run_kernel(job);
  });
}

}  // namespace slipway::engine
