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
  if (total_ == 0) return;
  const double part = static_cast<double>(done) / static_cast<double>(total_);
  show(part, [&](const std::string& left) {
    auto out = fmt::format("{}: {} of {}{}", what_, done, total_, left);
    if (more) out += fmt::format(", {:.0f} %, {}", 100 * part, more());
    return out;
  });
}

void Progress::at_part(double part, const std::function<std::string()>& more) {
  show(part, [&](const std::string& left) {
    auto out = fmt::format("{}: {:.0f} %{}", what_, 100 * part, left);
    if (more) out += fmt::format(", {}", more());
    return out;
  });
}

void Progress::show(double part, const Words& words) {
  if (world_.quiet) return;
  const auto now = world_.clock.now();
  if (now < next_) return;
  const bool terminal = world_.terminal.err_columns > 0;
  next_ = now + (terminal ? kOnTerminal : kElsewhere);
  shown_ = true;
  std::string left;
  if (part > 0 && part < 1)
    left = fmt::format(", about {} left", ms_text(milliseconds(start_, now) / part * (1 - part)));
  const auto text = words(left);
  if (terminal) {
    fmt::print(world_.err, "\r\x1b[K{}",
               cut(text, static_cast<std::size_t>(world_.terminal.err_columns) - 1));
  } else {
    fmt::print(world_.err, "{}\n", text);
  }
  std::fflush(world_.err);
}

}  // namespace slipway::cli
