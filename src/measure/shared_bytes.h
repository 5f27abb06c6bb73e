#pragma once
// Memory that a process shares with those that it forks.

#include <cstddef>

namespace slipway::measure {

/// Zeros at first; pages take room when they are written. Addresses are the same in all processes.
class SharedBytes {
 public:
  explicit SharedBytes(std::size_t bytes);
  SharedBytes(const SharedBytes&) = delete;
  SharedBytes& operator=(const SharedBytes&) = delete;
  SharedBytes(SharedBytes&& other) noexcept;
  SharedBytes& operator=(SharedBytes&&) = delete;
  ~SharedBytes();

  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_;
  std::size_t bytes_;
};

}  // namespace slipway::measure
