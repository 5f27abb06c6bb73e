#include "kernels/unary_f32.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/testing.h"

namespace slipway::kernels {
namespace {

struct Function {
  const char* name;
  UnaryF32Kind kind;
  double (*exact)(double);
  double bound;  // relative, of normal results
};

double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

constexpr Function kFunctions[] = {
    {"exp", UnaryF32Kind::exp, [](double x) { return std::exp(x); }, 3e-7},
    {"log", UnaryF32Kind::log, [](double x) { return std::log(x); }, 3e-7},
    {"tanh", UnaryF32Kind::tanh, [](double x) { return std::tanh(x); }, 3e-7},
    {"erf", UnaryF32Kind::erf, [](double x) { return std::erf(x); }, 3e-7},
    {"sigmoid", UnaryF32Kind::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 5e-7},
    {"swish", UnaryF32Kind::swish, [](double x) { return x / (1 + std::exp(-x)); }, 5e-7},
    {"softplus", UnaryF32Kind::softplus,
     [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }, 1e-6},
    {"mish", UnaryF32Kind::mish,
     [](double x) { return x * std::tanh(std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)))); },
     1e-6},
    {"elu", UnaryF32Kind::elu, [](double x) { return x < 0 ? std::expm1(x) : x; }, 3e-7},
    {"gelu", UnaryF32Kind::gelu,
     // The op, too, divides by the root of 2 in floats.
     [](double x) {
       const float z = static_cast<float>(x) * -0.70710678F;
       return 0.5 * x * std::erfc(static_cast<double>(z));
     },
     1e-6},
};

float run_one(const UnaryF32Variant& variant, UnaryF32Kind kind, float x, float a = 1) {
  float y = 0;
  variant.run({&x, &y, 1, kind, a, 0});
  return y;
}

class UnaryF32Variants : public testing::TestWithParam<UnaryF32Variant> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam().isa))
      GTEST_SKIP() << "this processor has no " << name_of(GetParam().isa);
  }
};

/// Every 10007th float there is, from -infinity to infinity.
std::vector<float> all_floats() {
  std::vector<float> out;
  for (std::uint32_t bits = 0; bits < 0x7F800000U; bits += 10007) {
    float x = 0;
    std::memcpy(&x, &bits, sizeof x);
    out.push_back(x);
    out.push_back(-x);
  }
  return out;
}

TEST_P(UnaryF32Variants, AreNearTheExactFunctionEverywhere) {
  const auto in = all_floats();
  std::vector<float> out(in.size());
  for (const auto& function : kFunctions) {
    GetParam().run({in.data(), out.data(), std::ssize(in), function.kind, 1, 0});
    double worst = 0;
    float where = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double exact = function.exact(static_cast<double>(in[i]));
      const auto rounded = static_cast<float>(exact);
      if (std::isnan(exact) || std::isinf(rounded)) {
        EXPECT_TRUE(std::isnan(exact) ? std::isnan(out[i]) : out[i] == rounded)
            << function.name << " of " << in[i] << " is " << out[i];
        continue;
      }
      // Where e^-x has no place in a float, the formulas of the ops, too, give 0 for little
      // numbers.
      const double size = std::max(std::abs(exact), 1e-30);
      const double error = std::abs(static_cast<double>(out[i]) - exact) / size;
      if (error > worst) {
        worst = error;
        where = in[i];
      }
    }
    EXPECT_LT(worst, function.bound)
        << function.name << " of " << where << " is " << run_one(GetParam(), function.kind, where);
  }
}

TEST_P(UnaryF32Variants, GiveTheBitsOfThePortableOne) {
  const auto in = all_floats();
  std::vector<float> is(in.size());
  std::vector<float> should(in.size());
  for (auto kind = UnaryF32Kind::clip; kind < UnaryF32Kind::acos;
       kind = static_cast<UnaryF32Kind>(static_cast<std::uint32_t>(kind) + 1)) {
    GetParam().run({in.data(), is.data(), std::ssize(in), kind, 0.3F, 0.7F});
    unary_f32_variants()[0].run({in.data(), should.data(), std::ssize(in), kind, 0.3F, 0.7F});
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (std::isnan(is[i]) && std::isnan(should[i])) continue;
      ASSERT_EQ(is[i], should[i]) << "kind " << static_cast<int>(kind) << " of " << in[i];
    }
  }
}

TEST_P(UnaryF32Variants, KeepWhatIsNoNumberAndTheEnds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& function : kFunctions) {
    EXPECT_TRUE(std::isnan(run_one(GetParam(), function.kind, nan))) << function.name;
    for (const float x : {kInfinity, -kInfinity, 0.0F}) {
      const auto exact = static_cast<float>(function.exact(static_cast<double>(x)));
      const float y = run_one(GetParam(), function.kind, x);
      if (std::isnan(exact)) {
        EXPECT_TRUE(std::isnan(y)) << function.name << " of " << x << " is " << y;
      } else {
        EXPECT_FLOAT_EQ(y, exact) << function.name << " of " << x;
      }
    }
  }
  EXPECT_TRUE(std::isnan(run_one(GetParam(), UnaryF32Kind::log, -1)));
  EXPECT_NEAR(run_one(GetParam(), UnaryF32Kind::gelu_tanh, 0.7F), gelu_tanh(0.7), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(All, UnaryF32Variants, testing::ValuesIn(built(unary_f32_variants())),
                         [](const auto& test) { return std::string(name_of(test.param.isa)); });

}  // namespace
}  // namespace slipway::kernels
