#include "vision/decode.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "vision/decoders.h"
#include "vision/encode.h"

namespace slipway {
namespace {

using testing::HasSubstr;

Picture noise(int width, int height) {
  Random random(5);
  Picture picture(width, height);
  for (auto& value : picture.rgb) value = static_cast<std::uint8_t>(random.integer(0, 255));
  return picture;
}

std::string refusal(std::string_view text, Code code) {
  const auto picture = decode(as_bytes(text));
  if (picture) return "accepted";
  EXPECT_EQ(picture.error().code, code) << picture.error().message;
  return picture.error().message;
}

/// A gray JPEG of 8 x 8, all of one value, smallest tables: what a test needs without a file.
Bytes tiny_jpeg(std::uint8_t height_low = 8) {
  const std::vector<int> head = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  Bytes out;
  const auto put = [&](const std::vector<int>& values) {
    for (const int value : values) out.push_back(static_cast<std::byte>(value));
  };
  put(head);
  put(std::vector<int>(64, 1));
  put({0xFF, 0xC0, 0, 11, 8, 0, height_low, 0, 8, 1, 1, 0x11, 0});
  for (const int kind : {0x00, 0x10}) {  // one code of one bit: 0 means category 0, or end of block
    put({0xFF, 0xC4, 0, 20, kind, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  }
  put({0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x3F, 0xFF, 0xD9});
  return out;
}

TEST(Decode, GivesBackWhatWasEncoded) {
  for (const auto& [w, h] : {std::pair{1, 1}, {17, 5}, {64, 64}}) {
    const Picture picture = noise(w, h);
    EXPECT_EQ(*decode(*to_png(picture)), picture);
    EXPECT_EQ(*decode(*to_ppm(picture)), picture);
  }
}

TEST(Decode, ReadsAJpeg) {
  const auto picture = decode(tiny_jpeg());
  ASSERT_TRUE(picture.ok()) << picture.error().message;
  EXPECT_EQ(*picture, Picture(8, 8, {128, 128, 128}));
}

TEST(Decode, NamesWhatAFileSeemsToBe) {
  using namespace std::string_view_literals;
  EXPECT_THAT(refusal("", Code::invalid_input), HasSubstr("empty"));
  EXPECT_THAT(refusal("RIFF\1\2\3\4WEBPVP8 ", Code::unsupported), HasSubstr("WebP"));
  EXPECT_THAT(refusal("GIF89a...", Code::unsupported), HasSubstr("GIF"));
  EXPECT_THAT(refusal("II*\0....."sv, Code::unsupported), HasSubstr("TIFF"));
  EXPECT_THAT(refusal("\r\n <!DOCTYPE html><html>", Code::unsupported), HasSubstr("HTML"));
  EXPECT_THAT(refusal("<html>404</html>", Code::unsupported), HasSubstr("HTML"));
  EXPECT_THAT(refusal("\0\0\0\x20"
                      "ftypavif"sv,
                      Code::unsupported),
              HasSubstr("AVIF"));
  EXPECT_THAT(refusal("file,label\na.jpg,3\n", Code::invalid_input), HasSubstr("plain text"));
  EXPECT_THAT(refusal("\1\2\3\4\5"sv, Code::invalid_input), HasSubstr("binary data"));
  EXPECT_THAT(refusal("P", Code::invalid_input), HasSubstr("plain text"));
}

TEST(Decode, AFolderAndAnAbsentFileAreRefusedWithTheirPath) {
  MemoryFiles files;
  ASSERT_TRUE(files.write("folder/file.png", *to_png(noise(2, 2))).ok());
  EXPECT_TRUE(read_picture(files, "folder/file.png").ok());
  EXPECT_FALSE(read_picture(files, "folder").ok());
  const auto absent = read_picture(files, "absent.png");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, Code::not_found);
}

// Every prefix of every format: one error each, nothing on stderr, no crash.
TEST(Decode, FilesCutShortAreCorrupt) {
  const Picture picture = noise(9, 7);
  testing::internal::CaptureStderr();
  for (const Bytes& whole : {*to_png(picture), *to_ppm(picture), tiny_jpeg()}) {
    for (std::size_t size = 8; size + 13 < whole.size(); ++size) {
      const auto cut = decode(BytesView(whole).first(size));
      ASSERT_FALSE(cut.ok()) << size << " of " << whole.size();
      ASSERT_EQ(cut.error().code, Code::corrupt) << cut.error().message;
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, ChangedBytesNeverCrash) {
  Random random(11);
  const Picture picture = noise(9, 7);
  testing::internal::CaptureStderr();
  for (const Bytes& whole : {*to_png(picture), *to_ppm(picture), tiny_jpeg()}) {
    for (int i = 0; i < 300; ++i) {
      Bytes changed = whole;
      for (int n = 0; n < 3; ++n) {
        const auto at = random.integer(0, static_cast<std::int64_t>(changed.size()) - 1);
        changed[static_cast<std::size_t>(at)] = static_cast<std::byte>(random.integer(0, 255));
      }
      static_cast<void>(decode(changed).ok());
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, HeadersThatPromiseTooMuchAreRefused) {
  EXPECT_THAT(refusal("P6 100000 1 255\n", Code::invalid_input), HasSubstr("too large"));
  EXPECT_THAT(refusal("P6 65535 65535 255\n", Code::invalid_input), HasSubstr("too large"));
  EXPECT_THAT(refusal("P6 99999999999999 1 255\n", Code::corrupt), HasSubstr("too large"));
  EXPECT_THAT(refusal("P6 8000 8000 255\nabc", Code::corrupt), HasSubstr("ends early"));
  EXPECT_THAT(refusal("P3 8000 8000 255\n1 2", Code::corrupt), HasSubstr("ends early"));
  EXPECT_THAT(refusal("P5 0 5 255\n", Code::corrupt), HasSubstr("no pixels"));
  EXPECT_THAT(refusal("P5 5 5 70000\n", Code::corrupt), HasSubstr("maxval"));
  auto jpeg = tiny_jpeg();
  jpeg[72 + 4] = std::byte{0xFF};  // height 65288, width 65288
  jpeg[72 + 6] = std::byte{0xFF};
  const auto large = decode(jpeg);
  ASSERT_FALSE(large.ok());
  EXPECT_THAT(large.error().message, HasSubstr("too large"));
  jpeg[72 + 4] = std::byte{0x1F};  // 7944 x 7944
  jpeg[72 + 6] = std::byte{0x1F};
  EXPECT_THAT(refusal(as_text(jpeg), Code::corrupt), HasSubstr("cannot hold"));
}

TEST(Decode, DamagedJpegDataIsCorrupt) {
  auto jpeg = tiny_jpeg(64);  // eight blocks promised, data for one
  EXPECT_THAT(refusal(as_text(jpeg), Code::corrupt), HasSubstr("libjpeg says"));
}

TEST(Decode, BmpOfRareKindsIsRefusedByName) {
  auto bmp = [](char bits, char compression) {
    std::string out = "BM";
    out += std::string(8, '\0') + std::string("\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0", 18);
    out += std::string{bits, '\0', compression, '\0', '\0', '\0'} + std::string(60, '\x7F');
    return out;
  };
  EXPECT_EQ(decode(as_bytes(bmp(24, 0)))->at(0, 0), (Picture::Color{127, 127, 127}));
  EXPECT_THAT(refusal(bmp(8, 1), Code::unsupported), HasSubstr("RLE8"));
  EXPECT_THAT(refusal(bmp(4, 2), Code::unsupported), HasSubstr("RLE4"));
  EXPECT_THAT(refusal(bmp(24, 4), Code::unsupported), HasSubstr("JPEG"));
  EXPECT_THAT(refusal(bmp(16, 0), Code::unsupported), HasSubstr("16 bits"));
  EXPECT_THAT(refusal(bmp(32, 3), Code::unsupported), HasSubstr("masks"));
}

TEST(Decode, TextPnmMayHaveCommentsAndNoSpaces) {
  const auto bits = decode(as_bytes("P1\n# c\n3 # w\n2\n101\n0 1 0\n"));
  ASSERT_TRUE(bits.ok()) << bits.error().message;
  EXPECT_EQ(bits->at(0, 0), (Picture::Color{0, 0, 0}));
  EXPECT_EQ(bits->at(1, 0), (Picture::Color{255, 255, 255}));
  const auto gray = decode(as_bytes("P2 2 1 15 0 15"));
  EXPECT_EQ(gray->rgb, (std::vector<std::uint8_t>{0, 0, 0, 255, 255, 255}));
  EXPECT_THAT(refusal("P2 2 1 15 0 16", Code::corrupt), HasSubstr("over maxval"));
  EXPECT_THAT(refusal("P2 2 1 15 0 x", Code::corrupt), HasSubstr("a number wanted"));
}

// The stored picture is 2 x 1: red, green. Upright it is what the camera saw.
TEST(Exif, AllEightOrientationsAreTurned) {
  Picture stored(2, 1, {255, 0, 0});
  stored.set(1, 0, {0, 255, 0});
  const bool red_first[] = {true, false, false, true, true, true, false, false};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture out = upright(stored, orientation);
    EXPECT_EQ(out.width, orientation < 5 ? 2 : 1);
    EXPECT_EQ(out.height, orientation < 5 ? 1 : 2);
    EXPECT_EQ(out.at(0, 0)[0] == 255, red_first[orientation - 1]) << orientation;
  }
  EXPECT_EQ(upright(stored, 0), stored);
  EXPECT_EQ(upright(stored, 9), stored);
}

TEST(Exif, OrientationIsReadInBothByteOrders) {
  using namespace std::string_view_literals;
  const auto big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"sv;
  const auto little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0"sv;
  EXPECT_EQ(exif_orientation(as_bytes(big)), 6);
  EXPECT_EQ(exif_orientation(as_bytes(little)), 8);
  EXPECT_EQ(exif_orientation(as_bytes("MM\0*")), 1);
  EXPECT_EQ(exif_orientation(as_bytes("nonsense, but long enough to be read")), 1);
}

TEST(Encode, RefusesPicturesThatAreNone) {
  Picture broken(4, 4);
  broken.rgb.pop_back();
  EXPECT_FALSE(to_png(Picture()).ok());
  EXPECT_FALSE(to_ppm(Picture()).ok());
  EXPECT_FALSE(to_png(broken).ok());
}

}  // namespace
}  // namespace slipway
