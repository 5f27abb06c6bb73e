#pragma once
// The variants of gemm_u8 that are compiled for one instruction set each.

#include "kernels/gemm_u8.h"

namespace slipway::kernels {

void gemm_u8_avx2(const GemmU8& job);
void gemm_u8_words_avx2(const GemmU8& job);

/// Rows of words that were made before by 16 columns of such: sums[m][16] of m rows with `k` words.
/// Meanwhile some part of memory comes nearer.
struct WordsProduct {
  const std::uint16_t* rows = nullptr;
  std::ptrdiff_t stride = 0;  // words from row to row
  int m = 0;
  int k = 0;
  const std::byte* weights = nullptr;  // int16 [k / 2, rounded up][16][2]
  std::int32_t* sums = nullptr;
  const std::byte* next = nullptr;  // what is wanted next
  std::size_t next_line = 0;        // bytes of it for each pair of words
};

void multiply_words_avx2(const WordsProduct& product);
void gemm_u8_avx_vnni(const GemmU8& job);
void gemm_u8_vnni512(const GemmU8& job);
void gemm_u8_amx(const GemmU8& job);
void gemm_u8_neon(const GemmU8& job);
void gemm_u8_dotprod(const GemmU8& job);

}  // namespace slipway::kernels
