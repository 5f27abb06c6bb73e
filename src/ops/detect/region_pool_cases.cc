#include "ops/case.h"
#include "ops/detect/region_pool.h"

namespace slipway::ops {

Cases region_pool_cases() {
  const auto ramp = f32({1, 2, 3, 1}, {0, 1, 2, 10, 11, 12});
  return {
      {.name = "corners on corners, then the middle, then nothing",
       .op = RoiResize{.height = 3, .width = 2},
       .inputs = {ramp, f32({2, 5}, {0, 0, 0, 1, 1, -1, 0, 0, 1, 1})},
       .outputs = {f32({2, 3, 2, 1}, {0, 2, 5, 7, 10, 12, 0, 0, 0, 0, 0, 0})}},
      {.name = "one place is the middle, outside is 0",
       .op = RoiResize{},
       .inputs = {ramp, f32({2, 5}, {0, 0.25F, 0, 0.75F, 1, 0, 1, 0, 1.5F, 1})},
       .outputs = {f32({2, 1, 1, 1}, {6, 0})}},
      {.name = "each bin its own channels",
       .op = PsRoiPool{.height = 1, .width = 2, .channels = 2, .scale = 0.5F},
       .inputs = {f32({1, 1, 4, 4}, {0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32, 3, 13, 23, 33}),
                  f32({1, 5}, {0, 0, 0, 7, 1})},
       .outputs = {f32({1, 1, 2, 2}, {0.5F, 20.5F, 12.5F, 32.5F})}},
      {.name = "means of parts",
       .op =
           PsRoiPool{
               .height = 2, .width = 3, .channels = 2, .linear = true, .parts_y = 2, .parts_x = 2},
       .inputs = {random_f32({2, 5, 6, 8}),
                  f32({3, 5}, {1, 0.1F, 0.2F, 0.8F, 0.9F, 0, 0, 0, 1, 1, -1, 0, 0, 0, 0})}},
      {.name = "channels that are no product of bins",
       .op = PsRoiPool{.height = 2, .width = 2},
       .inputs = {ramp, f32({1, 5}, {0, 0, 0, 1, 1})},
       .refuses = "x has 1 channels instead of 4"},
      {.name = "regions without a picture",
       .op = RoiResize{},
       .inputs = {ramp, f32({1, 4}, {0, 0, 1, 1})},
       .refuses = "instead of [?,5]"},
  };
}

}  // namespace slipway::ops
