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
  if (total_ == 0 || !is_due()) return;
  const double part = static_cast<double>(done) / static_cast<double>(total_);
  auto text = fmt::format("{}: {} of {}{}", what_, done, total_, left(part));
  if (more) text += fmt::format(", {:.0f} %, {}", 100 * part, more());
  show(text);
}

void Progress::at_part(double part, const std::function<std::string()>& more) {
  if (!is_due()) return;
  auto text = fmt::format("{}: {:.0f} %{}", what_, 100 * part, left(part));
  if (more) text += fmt::format(", {}", more());
  show(text);
}

std::string Progress::left(double part) const {
  if (part <= 0 || part >= 1) return {};
  const double spent_ms = milliseconds(start_, world_.clock.now());
  return fmt::format(", about {} left", ms_text(spent_ms / part * (1 - part)));
}

void Progress::show(const std::string& text) {
  const bool terminal = world_.terminal.err_columns > 0;
  next_ = world_.clock.now() + (terminal ? kOnTerminal : kElsewhere);
  shown_ = true;
  if (terminal) {
    fmt::print(world_.err, "\r\x1b[K{}",
               cut(text, static_cast<std::size_t>(world_.terminal.err_columns) - 1));
  } else {
    fmt::print(world_.err, "{}\n", text);
  }
  std::fflush(world_.err);
}

}  // namespace slipway::cli
