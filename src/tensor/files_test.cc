#include "tensor/files.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace slipway {
namespace {

/// A file of version 1.0 with this header and data.
Bytes npy(std::string header, std::string_view data, std::string_view version = {"\1\0", 2}) {
  std::string text = "\x93NUMPY";
  text += version;
  text += static_cast<char>(header.size());
  text.append(version[0] == 1 ? 1 : 3, '\0');
  text += header;
  text += data;
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::string header(std::string_view dtype, std::string_view shape, bool fortran = false) {
  return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}\n", dtype,
                     fortran ? "True" : "False", shape);
}

Tensor any_tensor(DType dtype, const Shape& shape, std::uint64_t seed) {
  Random random(seed);
  TensorBuilder builder({.dtype = dtype, .shape = shape});
  for (std::byte& byte : builder.bytes()) byte = std::byte(random.next() >> 56U);
  return std::move(builder).build();
}

TEST(Npy, EveryTypeComesBack) {
  for (const DType dtype : kAllDTypes) {
    if (dtype == DType::bf16) continue;
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{5}, Shape{2, 3, 4}, Shape{2, 0, 1}}) {
      const auto tensor = any_tensor(dtype, shape, 1);
      EXPECT_EQ(from_npy(to_npy(tensor)).value(), tensor) << tensor.type().text();
    }
  }
}

RC_GTEST_PROP(Npy, EveryShapeComesBack, (std::uint64_t seed)) {
  const auto dims = *rc::gen::resize(
      5, rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 5)));
  const auto tensor = any_tensor(DType::f32, Shape::make(dims).value(), seed);
  RC_ASSERT(from_npy(to_npy(tensor)).value() == tensor);
}

TEST(Npy, WritesWhatNumPyWrites) {
  const auto bytes = to_npy(Tensor::of<std::int16_t>({1}, {258}));
  const std::string expected = "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }";
  EXPECT_EQ(as_text(bytes).substr(0, 10), std::string_view("\x93NUMPY\1\0v\0", 10));
  EXPECT_EQ(as_text(bytes).substr(10, expected.size()), expected);
  EXPECT_EQ(as_text(bytes).substr(127), "\n\x02\x01");
  EXPECT_EQ(bytes.size() - 2, 128U) << "data begins at a multiple of 64";
}

TEST(Npy, BFloat16IsWrittenAsFloat) {
  const auto tensor = Tensor::of<BFloat16>({2}, {BFloat16(1.5F), BFloat16(-2)});
  EXPECT_EQ(from_npy(to_npy(tensor)).value(), Tensor::of<float>({2}, {1.5F, -2}));
}

TEST(Npy, ReadsColumnMajorOrder) {
  EXPECT_EQ(from_npy(npy(header("|u1", "(2, 3)", true), "\1\4\2\5\3\6")).value(),
            Tensor::of<std::uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(from_npy(npy(header("|u1", "(2, 2, 2)", true), "\1\5\3\7\2\6\4\x08")).value(),
            Tensor::of<std::uint8_t>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Npy, ReadsNewerVersions) {
  const auto expected = Tensor::of<std::uint8_t>({2}, {1, 2});
  EXPECT_EQ(from_npy(npy(header("|u1", "(2,)"), "\1\2", {"\2\0", 2})).value(), expected);
  EXPECT_EQ(from_npy(npy(header("|u1", "(2,)"), "\1\2", {"\3\0", 2})).value(), expected);
  EXPECT_FALSE(from_npy(npy(header("|u1", "(2,)"), "\1\2", {"\4\0", 2})));
}

TEST(Npy, EveryFileThatIsCutShortIsCorrupt) {
  const auto whole = to_npy(Tensor::of<float>({2, 2}, {1, 2, 3, 4}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = from_npy(BytesView(whole).first(size));
    ASSERT_FALSE(read) << size;
    ASSERT_EQ(read.error().code, Code::corrupt) << size;
  }
}

TEST(Npy, RefusesBrokenHeaders) {
  for (const std::string& broken :
       {std::string(), std::string("{}"), header("<f4", "2, 3"), header("<f4", "(2, 3"),
        header("<f4", "(-1,)"), header("<f4", "(a,)"), header("<f4", "(99999999999999999999,)"),
        header("<f4", "(4611686018427387904, 4)"), header("<f4", "(1099511627776, 2)"),
        std::string("{'descr': '<f4', 'shape': (1,), }"), header("", "(1,)"), header("<", "(1,)"),
        std::string("{'descr': '"), std::string("{'descr': ")}) {
    EXPECT_FALSE(from_npy(npy(broken, "12345678"))) << broken;
  }
}

TEST(Npy, SaysWhichTypesItCannotRead) {
  const auto message = [](std::string_view dtype) {
    const auto read = from_npy(npy(header(dtype, "(1,)"), "12345678"));
    EXPECT_EQ(read ? Code::internal : read.error().code, Code::unsupported) << dtype;
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(message(">f4"), "a .npy file of element type '>f4'");
  EXPECT_EQ(message("<c8"), "a .npy file of element type '<c8'");
  EXPECT_EQ(message("|O"), "a .npy file of element type '|O'");
  EXPECT_EQ(message("<U3"), "a .npy file of element type '<U3'");
}

}  // namespace
}  // namespace slipway
