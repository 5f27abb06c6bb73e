#include "engine/map_file.h"

#include <cerrno>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace slipway::engine {

void* map_aligned(int file, std::size_t bytes, bool at_once) {
  const std::size_t room = aligned(bytes, kHugePage) + kHugePage;
  void* reserved = ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED) return MAP_FAILED;  // NOLINT: a cast of theirs
  auto* const start = static_cast<std::byte*>(reserved);
  auto* const at =
      reinterpret_cast<std::byte*>(aligned(reinterpret_cast<std::uintptr_t>(start), kHugePage));
  const int how = MAP_PRIVATE | MAP_FIXED | (at_once ? MAP_POPULATE : 0);
  void* const mapped = ::mmap(at, bytes, PROT_READ, how, file, 0);
  if (mapped == MAP_FAILED) {  // NOLINT
    const int reason = errno;
    ::munmap(reserved, room);
    errno = reason;
    return MAP_FAILED;  // NOLINT
  }
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::byte* const end = at + aligned(bytes, page);
  if (at != start) ::munmap(start, static_cast<std::size_t>(at - start));
  if (end != start + room) ::munmap(end, static_cast<std::size_t>(start + room - end));
  return mapped;
}

}  // namespace slipway::engine
