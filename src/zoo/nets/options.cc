#include "zoo/nets/options.h"

namespace slipway::zoo {
namespace {

constexpr std::int64_t kSmallest = 32;  // below, feature maps shrink to less than their windows
constexpr std::int64_t kLargest = 4096;
constexpr std::int64_t kMaxClasses = 100'000;
constexpr std::int64_t kMaxBatch = 4096;

}  // namespace

Result<NetSpec> complete(const NetOptions& options, const NetKind& kind) {
  NetSpec spec{.seed = options.seed,
               .size = options.size.value_or(kind.size),
               .classes = options.classes.value_or(kind.classes),
               .batch = options.batch,
               .layout = options.layout,
               .raw_heads = options.raw_heads,
               .arch = options.arch};
  if (spec.size < kSmallest || spec.size > kLargest || spec.size % kind.size_step != 0) {
    return fail(Code::invalid_input, "a size of {}; {} from {} to {} are possible", spec.size,
                kind.size_step == 1 ? "numbers" : fmt::format("multiples of {}", kind.size_step),
                kSmallest, kLargest);
  }
  if (spec.classes < 2 || spec.classes > kMaxClasses)
    return fail(Code::invalid_input, "{} classes; 2 to {} are possible", spec.classes, kMaxClasses);
  if (spec.batch < 1 || spec.batch > kMaxBatch)
    return fail(Code::invalid_input, "a batch of {}; 1 to {} are possible", spec.batch, kMaxBatch);
  if (spec.raw_heads && !kind.has_raw_heads)
    return fail(Code::invalid_input, "this network has no post-processing to leave out");
  if (!spec.arch.empty() && !kind.has_arch)
    return fail(Code::invalid_input,
                "this network has one architecture, it takes no file with one");
  return spec;
}

}  // namespace slipway::zoo
