#pragma once
// What lies behind the handles of slipway.h, and what its functions share.
//
// Everything here goes into deployments: no exceptions, no operator new, nothing of the C++ library
// that is not in a header.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <pthread.h>

#include "engine/params.h"
#include "engine/pool.h"
#include "slipway/slipway.h"

struct slipway_deployment {
  std::atomic<std::int64_t> users = 1;  // the one who opened it, and its sessions
  slipway::engine::Params params;
  void* mapping = nullptr;  // nullptr: the bytes are the caller's
  std::size_t mapped = 0;
};

struct slipway_session {
  slipway_deployment* deployment = nullptr;
  slipway::engine::Pool* pool = nullptr;
  std::byte* memory = nullptr;  // arena, then own inputs and outputs
  std::byte* arena = nullptr;
  const std::byte** inputs = nullptr;  // nullptr: not set
  std::byte** outputs = nullptr;
  std::byte** own_inputs = nullptr;
  std::byte** own_outputs = nullptr;
  std::uint64_t* times = nullptr;  // of the steps, in the last run that was profiled
  bool profiles = false;

  // What run_async begins. The thread is made with the first one.
  pthread_t thread = {};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  bool has_thread = false;
  bool is_asked = false;     // a run waits or is running
  bool in_callback = false;  // and is not told of yet
  bool ends = false;
  slipway_callback callback = nullptr;
  void* context = nullptr;
  slipway_status last = SLIPWAY_OK;
};

namespace slipway::engine {

/// Says why in the text of slipway_error() of this thread, and gives `status` back.
[[gnu::format(printf, 2, 3)]] slipway_status fail(slipway_status status, const char* format, ...);

slipway_status no_memory(std::size_t bytes);

/// One user fewer; the last one closes it.
void release(slipway_deployment* deployment);

}  // namespace slipway::engine
