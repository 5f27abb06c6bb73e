#include "vision/font.h"

#include <algorithm>
#include <string>

namespace slipway {
namespace {

/// The letters from space to ~, seven digits each and a space: one digit a row from the top, in
/// base 32 (0..9A..V), whose five bits are the pixels of the row from the left.
constexpr std::string_view kGlyphs =
    "0000000 4444404 AAA0000 AAVAVAA 4FKE5U4 OP248J3 CIK8LID 4480000 "
    "2488842 8422248 04LEL40 044V440 0000C48 000V000 00000CC 01248G0 "
    "EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888 "
    "EHHEHHE EHHF12C 0CC0CC0 0CC0C48 248G842 00V0V00 8421248 EH12404 "
    "EHNLNGF EHHVHHH UHHUHHU EHGGGHE SIHHHIS VGGUGGV VGGUGGG EHGNHHF "
    "HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH HPPLJJH EHHHHHE "
    "UHHUGGG EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLRH "
    "HHA4AHH HHA4444 V1248GV E88888E 0G84210 E22222E 4AH0000 000000V "
    "8420000 00E1FHF GGMPHHU 00EGGHE 11DJHHF 00EHVGE 698S888 0FHHF1E "
    "GGMPHHH 40C444E 20622IC GGIKOKI C44444E 00QLLLL 00MPHHH 00EHHHE "
    "00UHUGG 00FHF11 00MPGGG 00FGE1U 88S8896 00HHHJD 00HHHA4 00HHLLA "
    "00HA4AH 00HHF1E 00V248V 2448442 4444444 8442448 008L200";

constexpr std::size_t kGlyphStep = kLetterHeight + 1;
constexpr char kFirst = ' ';
constexpr char kLast = '~';
static_assert(kGlyphs.size() == static_cast<std::size_t>(kLast - kFirst + 1) * kGlyphStep - 1);

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

void draw_letter(Picture& picture, int left, int top, char letter, Picture::Color color,
                 int scale) {
  if (letter < kFirst || letter > kLast) letter = '?';
  const auto rows =
      kGlyphs.substr(static_cast<std::size_t>(letter - kFirst) * kGlyphStep, kLetterHeight);
  for (int y = 0; y < kLetterHeight * scale; ++y) {
    const unsigned row = digit(rows[static_cast<std::size_t>(y / scale)]);
    for (int x = 0; x < kLetterWidth * scale; ++x) {
      const auto shift = static_cast<unsigned>(kLetterWidth - 1 - x / scale);
      const bool inside =
          left + x >= 0 && left + x < picture.width && top + y >= 0 && top + y < picture.height;
      if (inside && ((row >> shift) & 1U) == 1U) picture.set(left + x, top + y, color);
    }
  }
}

}  // namespace

int letters_in(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

int text_width(std::string_view text, int scale) {
  const int letters = letters_in(text);
  return letters == 0 ? 0 : (letters * kLetterStep - 1) * scale;
}

std::string fitted(std::string_view text, int width, int scale) {
  const int room = (width / scale + 1) / kLetterStep;  // letters
  if (letters_in(text) <= room) return std::string(text);
  if (room < 3) return {};
  int letters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++letters > room - 2) break;
  }
  return std::string(text.substr(0, end)) + "..";
}

void draw_text(Picture& picture, int x, int y, std::string_view text, Picture::Color color,
               int scale) {
  for (const char letter : text) {
    if (is_continuation(letter)) continue;
    draw_letter(picture, x, y, letter, color, scale);
    x += kLetterStep * scale;
  }
}

}  // namespace slipway
