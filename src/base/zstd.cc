#include "base/zstd.h"

#include <memory>

#include <zstd.h>

namespace slipway {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kChunk = 1U << 17U;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }

  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

Bytes zstd_compress(BytesView bytes) {
  const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  SLIPWAY_CHECK(context != nullptr);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  Bytes out(ZSTD_compressBound(bytes.size()));
  const auto size =
      ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size());
  SLIPWAY_CHECK(ZSTD_isError(size) == 0);  // there is room for the worst
  out.resize(size);
  return out;
}

Result<Bytes> zstd_decompress(BytesView bytes, std::size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  SLIPWAY_CHECK(context != nullptr);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  Bytes out;
  while (true) {
    const auto old = out.size();
    out.resize(old + kChunk);
    ZSTD_outBuffer to{out.data() + old, kChunk, 0};
    const auto left = ZSTD_decompressStream(context.get(), &to, &in);
    out.resize(old + to.pos);
    if (ZSTD_isError(left) != 0) return fail(Code::corrupt, "no zstd: {}", ZSTD_getErrorName(left));
    if (out.size() > limit) return fail(Code::unsupported, "over {} bytes when unpacked", limit);
    if (left == 0) break;
    if (to.pos == 0 && in.pos == in.size) return fail(Code::corrupt, "the zstd frame is cut short");
  }
  if (in.pos != in.size) return fail(Code::corrupt, "there is something behind the zstd frame");
  return out;
}

}  // namespace slipway
