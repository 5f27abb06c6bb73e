#include "kernels/add_u8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

class AddU8Variants : public testing::TestWithParam<AddU8Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

TEST_P(AddU8Variants, EqualTheFormulaInEveryByte) {
  Random random(7);
  const auto byte = [&](int low, int high) {
    return static_cast<std::uint8_t>(random.integer(low, high));
  };
  std::vector<std::uint8_t> table;
  for (int i = 0; i < kTableBytes; ++i)
    table.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(i) * 2654435761U >> 24U));
  for (int i = 0; i < 200; ++i) {
    AddU8 job;
    job.count = i;
    job.addition = {random.real(-2, 2), random.real(0.1F, 2), random.real(-200, 20), byte(0, 9),
                    byte(200, 255),     byte(0, 1) == 1,      byte(0, 3) == 0};
    job.table = table.data();
    std::vector<std::uint8_t> a;
    std::vector<std::uint8_t> b;
    for (int k = 0; k < i + 63; ++k) {
      a.push_back(byte(0, 255));
      b.push_back(byte(0, 255));
    }
    std::vector<std::uint8_t> out(static_cast<std::size_t>(i) + 70, 0xEE);
    job.a = a.data();
    job.b = b.data();
    job.out = out.data();
    GetParam().run(job);
    for (std::size_t k = 0; k < out.size(); ++k) {
      const int should = k >= static_cast<std::size_t>(i) ? 0xEE
                         : job.addition.table             ? table[a[k] * std::size_t{256} + b[k]]
                                                          : add(a[k], b[k], job.addition);
      ASSERT_EQ(out[k], should) << k << " of " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AddU8Variants, testing::ValuesIn(built(add_u8_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
