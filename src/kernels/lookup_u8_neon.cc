// lookup_u8, 16 bytes at a time: the table lies in 16 registers, of which one instruction looks
// into four, and leaves bytes alone whose places lie elsewhere.

#include <arm_neon.h>

#include "kernels/inline.h"
#include "kernels/lookup_u8_isa.h"

namespace slipway::kernels {
namespace {

struct Table {
  uint8x16x4_t quarters[4];

  explicit Table(const std::uint8_t* from) {
    for (auto& quarter : quarters)
      for (auto& part : quarter.val) {
        part = vld1q_u8(from);
        from += 16;
      }
  }

  SLIPWAY_INLINE uint8x16_t at(uint8x16_t places) const {
    uint8x16_t found = vqtbl4q_u8(quarters[0], places);
    found = vqtbx4q_u8(found, quarters[1], veorq_u8(places, vdupq_n_u8(64)));
    found = vqtbx4q_u8(found, quarters[2], veorq_u8(places, vdupq_n_u8(128)));
    return vqtbx4q_u8(found, quarters[3], veorq_u8(places, vdupq_n_u8(192)));
  }
};

}  // namespace

void lookup_u8_neon(const LookupU8& job) {
  const Table table(job.table);
  std::int64_t i = 0;
  for (; i + 16 <= job.count; i += 16) vst1q_u8(job.out + i, table.at(vld1q_u8(job.in + i)));
  for (; i < job.count; ++i) job.out[i] = job.table[job.in[i]];
}

}  // namespace slipway::kernels
