// ImageNet's archives, small ones made here.

#include "cli/imagenet.h"

#include <cstring>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"

namespace slipway::cli {
namespace {

using testing::HasSubstr;

// ---- Writing what is read ---------------------------------------------------------------------

using Named = std::vector<std::pair<std::string, Bytes>>;

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t count) {
  const auto* first = static_cast<const std::byte*>(bytes);
  auto& out = *static_cast<Bytes*>(to);
  out.insert(out.end(), first, first + count);
  return static_cast<la_ssize_t>(count);
}

Bytes tar_of(const Named& files, bool packed) {
  Bytes out;
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  if (packed) archive_write_add_filter_gzip(writer);
  EXPECT_EQ(archive_write_open(writer, &out, nullptr, append, nullptr), ARCHIVE_OK);
  for (const auto& [name, bytes] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return out;
}

void add_number(Bytes& out, std::uint32_t number) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

/// An element of a MATLAB file.
Bytes element(std::uint32_t type, const Bytes& bytes) {
  Bytes out;
  add_number(out, type);
  add_number(out, static_cast<std::uint32_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}

Bytes text(std::string_view from) {
  const auto bytes = as_bytes(from);
  return {bytes.begin(), bytes.end()};
}

Bytes numbers(const std::vector<std::uint32_t>& from) {
  Bytes out;
  for (const auto number : from) add_number(out, number);
  return out;
}

constexpr std::uint32_t kStructClass = 2;
constexpr std::uint32_t kTextClass = 4;
constexpr std::uint32_t kNumberClass = 6;

Bytes array(std::uint32_t kind, std::uint32_t count, std::string_view name,
            const std::vector<Bytes>& parts) {
  Bytes out;
  std::vector<Bytes> all = {element(6, numbers({kind, 0})), element(5, numbers({1, count})),
                            element(1, text(name))};
  all.insert(all.end(), parts.begin(), parts.end());
  for (const auto& part : all) out.insert(out.end(), part.begin(), part.end());
  return element(14, out);
}

Bytes number(std::uint32_t of) { return array(kNumberClass, 1, "", {element(6, numbers({of}))}); }

struct Synset {
  std::uint32_t id;
  std::string wnid;
  std::uint32_t children = 0;
};

Bytes meta_of(const std::vector<Synset>& synsets) {
  constexpr std::size_t kLength = 16;
  std::string names;
  for (const auto* name : {"ILSVRC2012_ID", "WNID", "num_children"}) {
    names += name;
    names.resize((names.size() + kLength - 1) / kLength * kLength);
  }
  std::vector<Bytes> parts = {element(5, numbers({kLength})), element(1, text(names))};
  for (const auto& synset : synsets) {
    parts.push_back(number(synset.id));
    parts.push_back(array(kTextClass, static_cast<std::uint32_t>(synset.wnid.size()), "",
                          {element(16, text(synset.wnid))}));
    parts.push_back(number(synset.children));
  }
  auto header = text(std::string("MATLAB 5.0 MAT-file") + std::string(105, ' '));
  add_number(header, 0x4D490100);
  const auto body =
      array(kStructClass, static_cast<std::uint32_t>(synsets.size()), "synsets", parts);
  header.insert(header.end(), body.begin(), body.end());
  return header;
}

// ---- The tests --------------------------------------------------------------------------------

const std::vector<Synset> kSynsets = {{1, "n03"}, {2, "n01"}, {3, "n02"}, {4, "n00", 3}};

constexpr auto kTar = "data/ILSVRC2012_img_val.tar";
constexpr auto kDevkit = "data/ILSVRC2012_devkit_t12.tar.gz";
constexpr auto kUnpacked = "data/ILSVRC2012_img_val";

std::string picture(int number) { return fmt::format("ILSVRC2012_val_{:08}.JPEG", number); }

Named pictures(int count) {
  Named out;
  for (int i = 1; i <= count; ++i)
    out.emplace_back("./" + picture(i), text(fmt::format("picture {}", i)));
  return out;
}

void put(Twin& twin, int in_archive, std::string_view ground_truth,
         const std::vector<Synset>& synsets = kSynsets) {
  ASSERT_TRUE(twin.files.write(kTar, tar_of(pictures(in_archive), false)).ok());
  const Named devkit = {
      {"ILSVRC2012_devkit_t12/readme.txt", text("hello")},
      {"ILSVRC2012_devkit_t12/data/meta.mat", meta_of(synsets)},
      {"ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", text(ground_truth)}};
  ASSERT_TRUE(twin.files.write(kDevkit, tar_of(devkit, true)).ok());
}

std::string table(const Twin& twin) {
  const auto bytes = twin.files.read(join(kUnpacked, "labels.csv"));
  return bytes ? std::string(as_text(*bytes)) : "none";
}

TEST(ImageNet, BecomesAFolderWithATable) {
  Twin twin;
  put(twin, 4, "1\n2\n3\n1\n");
  EXPECT_TRUE(is_imagenet(twin.files, "data"));
  EXPECT_TRUE(is_imagenet(twin.files, kTar));
  const auto folder = unpack_imagenet(twin.world, "data");
  ASSERT_TRUE(folder.ok()) << folder.error().message;
  EXPECT_EQ(*folder, kUnpacked);
  // Classes are the wnids in their order; the hierarchy above them is none.
  EXPECT_EQ(table(twin),
            "file,wnid,label_3,label_4\n"
            "ILSVRC2012_val_00000001.JPEG,n03,2,3\n"
            "ILSVRC2012_val_00000002.JPEG,n01,0,1\n"
            "ILSVRC2012_val_00000003.JPEG,n02,1,2\n"
            "ILSVRC2012_val_00000004.JPEG,n03,2,3\n");
  EXPECT_EQ(as_text(*twin.files.read(join(kUnpacked, picture(3)))), "picture 3");
}

TEST(ImageNet, IsUnpackedOnce) {
  Twin twin;
  put(twin, 2, "1\n2\n");
  ASSERT_TRUE(unpack_imagenet(twin.world, kTar).ok());
  // The archives may go; what lies there stays.
  ASSERT_TRUE(twin.files.write(kTar, text("no archive")).ok());
  ASSERT_TRUE(twin.files.write(kDevkit, text("no archive")).ok());
  EXPECT_TRUE(unpack_imagenet(twin.world, kTar).ok());
}

TEST(ImageNet, WhatWasBegunGoesOn) {
  Twin twin;
  put(twin, 3, "1\n2\n3\n");
  // One is there, one was cut short by somebody; there is no table.
  ASSERT_TRUE(twin.files.write(join(kUnpacked, picture(1)), text("PICTURE 1")).ok());
  ASSERT_TRUE(twin.files.write(join(kUnpacked, picture(2)), text("pic")).ok());
  ASSERT_TRUE(unpack_imagenet(twin.world, "data").ok());
  EXPECT_EQ(as_text(*twin.files.read(join(kUnpacked, picture(1)))),
            "PICTURE 1");  // was not written
  EXPECT_EQ(as_text(*twin.files.read(join(kUnpacked, picture(2)))), "picture 2");
  EXPECT_EQ(as_text(*twin.files.read(join(kUnpacked, picture(3)))), "picture 3");
}

TEST(ImageNet, OfAnArchiveThatIsCutShortNoTableComes) {
  Twin twin;
  put(twin, 4, "1\n2\n3\n1\n");
  auto whole = *twin.files.read(kTar);
  whole.resize(512 + 512 + 512 + 4);  // one picture, and a piece of the second
  ASSERT_TRUE(twin.files.write(kTar, whole).ok());
  const auto folder = unpack_imagenet(twin.world, "data");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, Code::corrupt);
  EXPECT_EQ(table(twin), "none");
  // With the whole archive it goes on.
  put(twin, 4, "1\n2\n3\n1\n");
  EXPECT_TRUE(unpack_imagenet(twin.world, "data").ok());
  EXPECT_NE(table(twin), "none");
}

std::string refusal(Twin& twin) {
  const auto folder = unpack_imagenet(twin.world, "data");
  EXPECT_FALSE(folder.ok());
  EXPECT_EQ(table(twin), "none");
  return folder ? "" : folder.error().message;
}

TEST(ImageNet, ATableOfTheWrongLengthIsAnError) {
  Twin twin;
  put(twin, 3, "1\n2\n3\n1\n");
  EXPECT_EQ(refusal(twin), "the archive has 3 pictures, and the devkit names 4");
  Twin other;
  put(other, 3, "1\n2\n");
  EXPECT_EQ(refusal(other),
            "the archive has ILSVRC2012_val_00000003.JPEG, and the devkit names 2 pictures");
}

TEST(ImageNet, ClassesThatThereAreNotAreAnError) {
  Twin twin;
  put(twin, 2, "1\n4\n");  // 4 has classes below it
  EXPECT_EQ(refusal(twin), "the ground truth, line 2: '4' is no class of meta.mat");
  Twin text;
  put(text, 2, "1\ntwo\n");
  EXPECT_EQ(refusal(text), "the ground truth, line 2: 'two' is no class of meta.mat");
}

TEST(ImageNet, ANumberOfNoClassIsAnError) {
  Twin twin;
  put(twin, 2, "1\n2\n", {{1, "n03"}, {4'000'000'000, "n01"}});
  EXPECT_EQ(refusal(twin), "meta.mat: synset 2 has the number 4000000000");
}

TEST(ImageNet, NeedsItsDevkit) {
  Twin twin;
  ASSERT_TRUE(twin.files.write(kTar, tar_of(pictures(1), false)).ok());
  EXPECT_THAT(refusal(twin), HasSubstr("there is no ILSVRC2012_devkit_t12.tar.gz beside"));
}

TEST(ImageNet, IsUnpackedByOneAtATime) {
  Twin twin;
  put(twin, 1, "1\n");
  const auto lock = twin.files.lock(kUnpacked);
  const auto folder = unpack_imagenet(twin.world, "data");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, Code::conflict);
}

}  // namespace
}  // namespace slipway::cli
