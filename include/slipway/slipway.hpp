#pragma once
// slipway.h for C++: what is opened closes itself, what fails throws. For C++17 and later.

#include <memory>
#include <stdexcept>
#include <string>

#include "slipway/slipway.h"

namespace slipway::deploy {

/// What slipway.h calls a status, with its words.
class Failure : public std::runtime_error {
 public:
  explicit Failure(slipway_status status) : std::runtime_error(slipway_error()), status_(status) {}

  [[nodiscard]] slipway_status status() const { return status_; }

 private:
  slipway_status status_;
};

inline void check(slipway_status status) {
  if (status != SLIPWAY_OK) throw Failure(status);
}

/// A deployment; may be used by any number of threads at once.
class Network {
 public:
  /// `isa` ("avx2") asks a portable deployment for its plan of that instruction set; left out, the
  /// newest that runs here is taken.
  explicit Network(const std::string& folder, const char* isa = nullptr) {
    slipway_open_options options = {};
    options.struct_size = sizeof options;
    options.isa = isa;
    slipway_deployment* opened = nullptr;
    check(slipway_open_with(folder.c_str(), &options, &opened));
    handle_.reset(opened);
  }

  /// The instruction set of the plan that runs.
  [[nodiscard]] std::string isa() const { return slipway_isa(handle_.get()); }

  [[nodiscard]] int inputs() const { return slipway_input_count(handle_.get()); }

  [[nodiscard]] int outputs() const { return slipway_output_count(handle_.get()); }

  [[nodiscard]] slipway_tensor_info input(int index) const {
    slipway_tensor_info info = {};
    check(slipway_input_info(handle_.get(), index, &info));
    return info;
  }

  [[nodiscard]] slipway_tensor_info output(int index) const {
    slipway_tensor_info info = {};
    check(slipway_output_info(handle_.get(), index, &info));
    return info;
  }

  [[nodiscard]] slipway_deployment* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(slipway_deployment* at) const { slipway_close(at); }
  };

  std::unique_ptr<slipway_deployment, Close> handle_;
};

/// One run at a time, on one thread at a time.
class Session {
 public:
  /// `threads` in all, the calling one among them; 0: one per core that may be used.
  explicit Session(const Network& network, int threads = 1) {
    slipway_options options = {};
    options.struct_size = sizeof options;
    options.threads = threads;
    slipway_session* made = nullptr;
    check(slipway_session_create(network.handle(), &options, &made));
    handle_.reset(made);
  }

  void set_input(int index, const void* data, std::size_t bytes) {
    check(slipway_set_input(handle_.get(), index, data, bytes));
  }

  void bind_input(int index, const void* data, std::size_t bytes) {
    check(slipway_bind_input(handle_.get(), index, data, bytes));
  }

  void bind_output(int index, void* data, std::size_t bytes) {
    check(slipway_bind_output(handle_.get(), index, data, bytes));
  }

  void run() { check(slipway_run(handle_.get())); }

  /// An output as T, valid until the next run.
  template <class T>
  [[nodiscard]] const T* output(int index) const {
    const void* data = nullptr;
    check(slipway_output(handle_.get(), index, &data, nullptr));
    return static_cast<const T*>(data);
  }

  [[nodiscard]] slipway_session* handle() const { return handle_.get(); }

 private:
  struct Destroy {
    void operator()(slipway_session* at) const { slipway_session_destroy(at); }
  };

  std::unique_ptr<slipway_session, Destroy> handle_;
};

}  // namespace slipway::deploy
