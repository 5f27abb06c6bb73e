#include "cli/progress.h"

#include "cli/table.h"

namespace slipway::cli {
namespace {

constexpr std::chrono::milliseconds kSilence{2000};
constexpr std::chrono::milliseconds kOnTerminal{100};
constexpr std::chrono::milliseconds kElsewhere{5000};

}  // namespace

Progress::Progress(World& world, std::string what, std::size_t total)
    : world_(world),
      what_(std::move(what)),
      total_(total),
      start_(world.clock.now()),
      next_(start_ + (world.terminal.err_columns > 0 ? kSilence : kElsewhere)) {}

Progress::~Progress() {
  if (shown_ && world_.terminal.err_columns > 0) fmt::print(world_.err, "\r\x1b[K");
}

void Progress::at(std::size_t done, const std::function<std::string()>& more) {
  if (world_.quiet || total_ == 0) return;
  const auto now = world_.clock.now();
  if (now < next_) return;
  const bool terminal = world_.terminal.err_columns > 0;
  next_ = now + (terminal ? kOnTerminal : kElsewhere);
  shown_ = true;
  const double spent_ms = milliseconds(start_, now);
  std::string text = fmt::format("{}: {} of {}", what_, done, total_);
  if (done > 0 && done < total_) {
    const double left_ms =
        spent_ms / static_cast<double>(done) * static_cast<double>(total_ - done);
    text += fmt::format(", about {} left", ms_text(left_ms));
  }
  if (more)
    text += fmt::format(", {:.0f} %, {}",
                        100.0 * static_cast<double>(done) / static_cast<double>(total_), more());
  if (terminal) {
    fmt::print(world_.err, "\r\x1b[K{}",
               cut(text, static_cast<std::size_t>(world_.terminal.err_columns) - 1));
  } else {
    fmt::print(world_.err, "{}\n", text);
  }
  std::fflush(world_.err);
}

}  // namespace slipway::cli
