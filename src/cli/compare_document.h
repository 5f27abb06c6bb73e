#pragma once
// What a comparison on pictures found, as one document: for scripts, and with more of each layer
// for the page.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "compile/comparison.h"

namespace slipway::cli {

/// A picture whose likeliest class differs.
struct Differing {
  std::string file;
  std::string a;
  std::string b;
  std::optional<std::string> truth = std::nullopt;
};

/// How often both networks are right.
struct Right {
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t of = 0;
};

struct CompareReport {
  std::string a;
  std::string b;
  std::string data;
  std::vector<std::string> files;  // of all pictures
  compile::Comparison found;
  std::vector<std::string> notes;  // what who reads the figures should know
  std::vector<Differing> differ;   // the first ones
  std::optional<Right> right = std::nullopt;
  compile::Target target = compile::Target::interpreter_hw;  // of the second network
  bool deployed = false;  // it is a deployment, which has decided that for itself
  bool passed = true;

  /// The n-th picture that was used.
  [[nodiscard]] const std::string& file(std::int64_t n) const;

  /// The same from the folder of the pictures on.
  [[nodiscard]] std::string short_file(std::int64_t n) const;
};

/// Whether an output that seems near by PSNR is so because most of its numbers lie near 0, as the
/// probabilities of many classes do.
[[nodiscard]] bool flatters(const compile::Comparison& found);

/// "very good", of the worst output.
[[nodiscard]] std::string_view verdict_of(const compile::Comparison& found);

/// In what the second network holds a layer's numbers: "u8", "f32".
[[nodiscard]] std::string numbers_of(const compile::ComparedLayer& layer);

/// `details`: histograms and channels of each layer, too.
[[nodiscard]] Json compare_document(const CompareReport& report, bool details);

/// One page that needs nothing else. `document` has details.
[[nodiscard]] std::string compare_page(const Json& document);

}  // namespace slipway::cli
