#include "measure/shared_bytes.h"

#include <algorithm>
#include <utility>

#include <sys/mman.h>

#include "base/check.h"

namespace slipway::measure {

SharedBytes::SharedBytes(std::size_t bytes) : bytes_(std::max<std::size_t>(bytes, 1)) {
  void* at = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  SLIPWAY_CHECK(at != MAP_FAILED);  // NOLINT: a cast of theirs
  data_ = static_cast<std::byte*>(at);
}

SharedBytes::SharedBytes(SharedBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}

SharedBytes::~SharedBytes() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

}  // namespace slipway::measure
