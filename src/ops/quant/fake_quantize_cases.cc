#include "ops/case.h"
#include "ops/quant/fake_quantize.h"

namespace slipway::ops {

Cases fake_quantize_cases() {
  const auto x = f32({1, 2, 4}, {-1, 0.1F, 0.5F, 9, -1, 0.2F, 0.6F, 0.7F});
  return {
      {.name = "three steps, another range for the result",
       .op = FakeQuantize{3},
       .inputs = {x, f32({}, {0}), f32({}, {1}), f32({}, {10}), f32({}, {20})},
       .outputs = {f32({1, 2, 4}, {10, 10, 15, 20, 10, 10, 15, 15})},
       .constants = {1, 2, 3, 4}},
      {.name = "halves go to the even step",
       .op = FakeQuantize{5},
       .inputs = {f32({4}, {0.5F, 1.5F, 2.5F, 3.5F}), f32({}, {0}), f32({}, {4}), f32({}, {0}),
                  f32({}, {4})},
       .outputs = {f32({4}, {0, 2, 2, 4})},
       .constants = {1, 2, 3, 4}},
      {.name = "a range per channel, one upside down",
       .op = FakeQuantize{2},
       .inputs = {x, f32({1, 2, 1}, {0, 1}), f32({1, 2, 1}, {1, 0}), f32({1, 1, 1}, {-1}),
                  f32({}, {1})},
       .outputs = {f32({1, 2, 4}, {-1, -1, -1, 1, -1, 1, -1, -1})},
       .constants = {1, 2, 3, 4}},
      {.name = "one level",
       .op = FakeQuantize{1},
       .inputs = {x, f32({}, {0}), f32({}, {1}), f32({}, {0}), f32({}, {1})},
       .refuses = "1 levels"},
      {.name = "ranges that do not broadcast",
       .op = FakeQuantize{},
       .inputs = {x, f32({3}, {0, 0, 0}), f32({}, {1}), f32({}, {0}), f32({}, {1})},
       .refuses = "does not broadcast"},
  };
}

}  // namespace slipway::ops
