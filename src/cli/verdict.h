#pragma once
// What is said of a network that lost something: of its numbers, and of its answers.

#include <cstdint>
#include <string>

#include "quant/quality.h"

namespace slipway::cli {

/// "46.9 dB", or "equal".
[[nodiscard]] std::string decibels_text(double db);

/// "very good", and where few answers stay the same "very good by PSNR alone": numbers may lie near
/// each other where answers do not.
[[nodiscard]] std::string verdict_words(double psnr_db, std::int64_t same, std::int64_t of);

/// "very good: 46.9 dB, the same class on 99 of 100 pictures".
[[nodiscard]] std::string verdict_text(const quant::Quality& quality);

}  // namespace slipway::cli
