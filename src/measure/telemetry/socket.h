#pragma once
// One question and one answer over a UNIX socket.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace slipway::measure {

/// A question is a line; an answer is "ok N\n" or "<code> N\n" (name_of(Code)), and N bytes: what
/// was asked for, or a sentence.
using Answer = std::function<Result<std::string>(std::string_view question)>;

/// Waits for questions at a place in the file system. Its socket is of its user alone, and gone
/// with it.
class Listener {
 public:
  /// A socket that somebody left behind is replaced.
  ///
  /// Errors  invalid_input: the path is too long, empty, or something else than a socket is there;
  ///         conflict: somebody listens there; unavailable: it cannot be written
  static Result<Listener> open(Files& files, const std::string& path);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) = delete;
  ~Listener();

  /// Answers one question, or returns when nobody asked for `limit`, or a signal came.
  void answer(std::chrono::nanoseconds limit, const Answer& answer) const;

 private:
  Listener(int fd, std::string path, std::shared_ptr<const void> lock)
      : fd_(fd), path_(std::move(path)), lock_(std::move(lock)) {}

  int fd_;
  std::string path_;
  std::shared_ptr<const void> lock_;
};

/// Asks whoever listens at `path`. `limit`: the longest silence.
///
/// Errors  not_found: nobody listens there; timeout; unavailable: it went away before it answered;
///         those of the answer
Result<std::string> ask(const std::string& path, std::string_view question,
                        std::chrono::milliseconds limit);

}  // namespace slipway::measure
