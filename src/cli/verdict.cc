#include "cli/verdict.h"

#include <fmt/core.h>

namespace slipway::cli {
namespace {

/// Whether answers agree so rarely that a word about the numbers would mislead.
bool are_few(std::int64_t same, std::int64_t of) {
  constexpr double kUsual = 0.9;
  return static_cast<double>(same) < kUsual * static_cast<double>(of);
}

}  // namespace

std::string decibels_text(double db) { return db >= 100 ? "equal" : fmt::format("{:.1f} dB", db); }

std::string verdict_words(double psnr_db, std::int64_t same, std::int64_t of) {
  return std::string(quant::verdict(psnr_db)) + (are_few(same, of) ? " by PSNR alone" : "");
}

std::string verdict_text(const quant::Quality& quality) {
  const auto same = quality.agree();
  const auto of = quality.pictures();
  return fmt::format("{}: {}, {} {} of {} pictures", verdict_words(quality.psnr_db(), same, of),
                     decibels_text(quality.psnr_db()),
                     are_few(same, of) ? "but the same class on only" : "the same class on", same,
                     of);
}

}  // namespace slipway::cli
