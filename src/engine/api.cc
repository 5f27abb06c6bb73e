#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/map_file.h"
#include "engine/params.h"
#include "engine/pool.h"
#include "slipway/slipway.h"

// Everything here goes into deployments: no exceptions, no operator new, nothing of the C++ library
// that is not in a header.

using slipway::engine::aligned;
using slipway::engine::Bases;
using slipway::engine::kHugePage;
using slipway::engine::Params;
using slipway::engine::Pool;
using slipway::engine::Refusal;
using slipway::engine::TensorRecord;

struct slipway_deployment {
  std::atomic<std::int64_t> users = 1;  // the one who opened it, and its sessions
  Params params;
  void* mapping = nullptr;  // nullptr: the bytes are the caller's
  std::size_t mapped = 0;
};

struct slipway_session {
  slipway_deployment* deployment = nullptr;
  Pool* pool = nullptr;
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

namespace {

thread_local char last_error[512];

[[gnu::format(printf, 2, 3)]] slipway_status fail(slipway_status status, const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(last_error, sizeof last_error, format, values);
  va_end(values);
  return status;
}

slipway_status no_memory(std::size_t bytes) {
  return fail(SLIPWAY_UNAVAILABLE, "there is no memory for %zu bytes", bytes);
}

slipway_status status_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::none:
      return SLIPWAY_OK;
    case Refusal::Kind::invalid_input:
      return SLIPWAY_INVALID_INPUT;
    case Refusal::Kind::unsupported:
      return SLIPWAY_UNSUPPORTED;
    case Refusal::Kind::corrupt:
      break;
  }
  return SLIPWAY_CORRUPT;
}

slipway_status adopt(const void* bytes, std::size_t count, const char* path, const char* isa,
                     slipway_deployment** out) {
  void* room = std::malloc(sizeof(slipway_deployment));
  if (room == nullptr) return no_memory(sizeof(slipway_deployment));
  auto* deployment = new (room) slipway_deployment;
  const auto refusal = slipway::engine::open_params(static_cast<const std::byte*>(bytes), count,
                                                    isa, deployment->params);
  if (refusal) {
    deployment->~slipway_deployment();
    std::free(room);
    return fail(status_of(refusal.kind), "%s: %s", path, refusal.text);
  }
  *out = deployment;
  return SLIPWAY_OK;
}

slipway_status map_params(const char* path, const char* isa, slipway_deployment** out) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // NOLINT: variadic
  if (file < 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    return fail(absent ? SLIPWAY_NOT_FOUND : SLIPWAY_UNAVAILABLE, "cannot open %s: %s", path,
                std::strerror(errno));  // NOLINT: glibc's is thread-safe for known numbers
  }
  struct stat info = {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    ::close(file);
    return fail(SLIPWAY_CORRUPT, "%s is empty, or no file", path);
  }
  const auto bytes = static_cast<std::size_t>(info.st_size);
  // Of a file with variants only parts are read; they are asked for when it is known which.
  slipway::engine::ParamsHeader header;
  const bool has_variants =
      ::pread(file, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
      header.version == slipway::engine::kVariantsVersion;
  void* mapping = slipway::engine::map_aligned(file, bytes, !has_variants);
  const int reason = errno;
  ::close(file);
  if (mapping == MAP_FAILED) {                                                           // NOLINT
    return fail(SLIPWAY_UNAVAILABLE, "cannot map %s: %s", path, std::strerror(reason));  // NOLINT
  }
  const auto status = adopt(mapping, bytes, path, isa, out);
  if (status != SLIPWAY_OK) {
    ::munmap(mapping, bytes);
    return status;
  }
  (*out)->mapping = mapping;
  (*out)->mapped = bytes;
  return SLIPWAY_OK;
}

slipway_status check_options(const slipway_open_options* options) {
  if (options == nullptr || options->struct_size >= sizeof *options) return SLIPWAY_OK;
  return fail(SLIPWAY_INVALID_INPUT, "struct_size of the options is not set");
}

const char* isa_of(const slipway_open_options* options) {
  return options == nullptr ? nullptr : options->isa;
}

void release(slipway_deployment* deployment) {
  if (deployment->users.fetch_sub(1) != 1) return;
  if (deployment->mapping != nullptr) ::munmap(deployment->mapping, deployment->mapped);
  deployment->~slipway_deployment();
  std::free(deployment);
}

slipway_status tensor_info(const slipway_deployment* deployment, const TensorRecord* records,
                           std::uint32_t count, const char* what, std::int32_t index,
                           slipway_tensor_info* info) {
  if (index < 0 || static_cast<std::uint32_t>(index) >= count)
    return fail(SLIPWAY_INVALID_INPUT, "there is no %s %d: the network has %u", what, index, count);
  const auto& params = deployment->params;
  const TensorRecord& record = records[index];
  info->name = params.texts + record.name;
  info->dtype = static_cast<slipway_dtype>(record.dtype);
  info->layout = static_cast<slipway_layout>(record.layout);
  info->rank = record.rank;
  info->shape = record.shape;
  info->bytes = record.bytes;
  info->scale_count = static_cast<std::int32_t>(record.scale_count);
  info->axis = record.axis;
  const bool quantized = record.scale_count != 0;
  info->scales = quantized ? params.scales + record.scale_at : nullptr;
  info->zero_points =
      quantized ? reinterpret_cast<const std::int32_t*>(params.scales) + record.zero_point_at
                : nullptr;
  return SLIPWAY_OK;
}

/// Whether data of a caller are an input or output.
slipway_status check_data(const slipway_deployment* deployment, bool input, std::int32_t index,
                          const void* data, std::size_t bytes) {
  const auto& params = deployment->params;
  slipway_tensor_info info;
  const char* what = input ? "input" : "output";
  const auto status =
      tensor_info(deployment, input ? params.inputs : params.outputs,
                  input ? params.header->inputs : params.header->outputs, what, index, &info);
  if (status != SLIPWAY_OK) return status;
  if (data == nullptr) return fail(SLIPWAY_INVALID_INPUT, "%s '%s' is NULL", what, info.name);
  if (bytes != info.bytes) {
    return fail(SLIPWAY_INVALID_INPUT, "%s '%s' has %llu bytes, not %zu", what, info.name,
                static_cast<unsigned long long>(info.bytes), bytes);
  }
  return SLIPWAY_OK;
}

slipway_status check_alignment(const void* data) {
  if (reinterpret_cast<std::uintptr_t>(data) % 8 == 0) return SLIPWAY_OK;
  return fail(SLIPWAY_INVALID_INPUT, "what is bound must lie at a multiple of 8");
}

/// The memory of a session, in one piece: what it knows of its tensors, then the arena, then room
/// for each input and output.
slipway_status make_room(slipway_session* session) {
  const auto& params = session->deployment->params;
  const std::size_t inputs = params.header->inputs;
  const std::size_t outputs = params.header->outputs;
  constexpr std::size_t kSlack = 64;  // kernels read whole vectors
  const std::size_t tables = aligned(
      (inputs + outputs) * 2 * sizeof(void*) + params.step_count * sizeof(std::uint64_t), 64);
  const std::size_t arena = aligned(params.plan->arena_bytes + kSlack, 64);
  std::size_t all = arena + tables;
  for (std::size_t i = 0; i < inputs + outputs; ++i)
    all += aligned(params.inputs[i].bytes + kSlack, 64);
  // Larger memories lie on huge pages where the system has them.
  const std::size_t alignment = all >= kHugePage ? kHugePage : 64;
  all = aligned(all, alignment);
  auto* const room = static_cast<std::byte*>(std::aligned_alloc(alignment, all));
  if (room == nullptr) return no_memory(all);
  if (alignment == kHugePage) ::madvise(room, all, MADV_HUGEPAGE);
  session->memory = room;
  session->arena = room;
  std::byte* at = room + arena;
  std::memset(at, 0, tables);
  auto** const pointers = reinterpret_cast<std::byte**>(at);
  session->inputs = const_cast<const std::byte**>(pointers);
  session->own_inputs = pointers + inputs;
  session->outputs = pointers + 2 * inputs;
  session->own_outputs = pointers + 2 * inputs + outputs;
  session->times = reinterpret_cast<std::uint64_t*>(pointers + 2 * (inputs + outputs));
  at += tables;
  for (std::size_t i = 0; i < inputs + outputs; ++i) {
    if (i < inputs) {
      session->own_inputs[i] = at;
    } else {
      session->own_outputs[i - inputs] = at;
      session->outputs[i - inputs] = at;
    }
    at += aligned(params.inputs[i].bytes + kSlack, 64);
  }
  return SLIPWAY_OK;
}

slipway_status run_now(slipway_session* session) {
  const auto& params = session->deployment->params;
  for (std::uint32_t i = 0; i < params.header->inputs; ++i) {
    if (session->inputs[i] == nullptr)
      return fail(SLIPWAY_INVALID_INPUT, "input '%s' was not set",
                  params.texts + params.inputs[i].name);
  }
  const Bases bases = {params.constants, session->arena, session->inputs, session->outputs};
  const auto* const end = slipway::engine::end(*params.plan);
  session->pool->step_aside();
  std::uint64_t before = session->profiles ? slipway::engine::nanoseconds() : 0;
  std::uint64_t* time = session->times;
  for (const auto* step = begin(*params.plan); step != end; step = next(step), ++time) {
    slipway::engine::run(*step, bases, session->pool);
    if (!session->profiles) continue;
    const std::uint64_t now = slipway::engine::nanoseconds();
    *time = now - before;
    before = now;
  }
  return SLIPWAY_OK;
}

void* serve(void* context) {
  auto* session = static_cast<slipway_session*>(context);
  ::pthread_mutex_lock(&session->mutex);
  while (true) {
    while (!session->is_asked && !session->ends)
      ::pthread_cond_wait(&session->changed, &session->mutex);
    if (!session->is_asked) break;
    const auto callback = session->callback;
    void* const for_callback = session->context;
    ::pthread_mutex_unlock(&session->mutex);
    const auto status = run_now(session);
    ::pthread_mutex_lock(&session->mutex);
    session->last = status;
    session->is_asked = false;
    if (callback != nullptr) {
      // It may begin the next run; who waits goes on when it has returned and nothing runs.
      session->in_callback = true;
      ::pthread_mutex_unlock(&session->mutex);
      callback(for_callback, session, status);
      ::pthread_mutex_lock(&session->mutex);
      session->in_callback = false;
    }
    ::pthread_cond_broadcast(&session->changed);
  }
  ::pthread_mutex_unlock(&session->mutex);
  return nullptr;
}

}  // namespace

std::int32_t slipway_api_version(void) { return SLIPWAY_API_VERSION; }

const char* slipway_error(void) { return last_error; }

slipway_status slipway_open(const char* folder, slipway_deployment** deployment) {
  return slipway_open_with(folder, nullptr, deployment);
}

slipway_status slipway_open_with(const char* folder, const slipway_open_options* options,
                                 slipway_deployment** deployment) {
  if (folder == nullptr || deployment == nullptr)
    return fail(SLIPWAY_INVALID_INPUT, "slipway_open was given NULL");
  *deployment = nullptr;
  if (const auto status = check_options(options); status != SLIPWAY_OK) return status;
  constexpr const char* kName = "/deploy.params";
  const std::size_t room = std::strlen(folder) + std::strlen(kName) + 1;
  auto* path = static_cast<char*>(std::malloc(room));
  if (path == nullptr) return no_memory(room);
  std::snprintf(path, room, "%s%s", folder, kName);
  const auto status = map_params(path, isa_of(options), deployment);
  std::free(path);
  return status;
}

slipway_status slipway_open_memory(const void* params, size_t bytes,
                                   slipway_deployment** deployment) {
  return slipway_open_memory_with(params, bytes, nullptr, deployment);
}

slipway_status slipway_open_memory_with(const void* params, size_t bytes,
                                        const slipway_open_options* options,
                                        slipway_deployment** deployment) {
  if (params == nullptr || deployment == nullptr)
    return fail(SLIPWAY_INVALID_INPUT, "slipway_open_memory was given NULL");
  *deployment = nullptr;
  if (const auto status = check_options(options); status != SLIPWAY_OK) return status;
  if (reinterpret_cast<std::uintptr_t>(params) % 64 != 0)
    return fail(SLIPWAY_INVALID_INPUT, "the bytes do not begin at a multiple of 64");
  return adopt(params, bytes, "the deployment in memory", isa_of(options), deployment);
}

void slipway_close(slipway_deployment* deployment) {
  if (deployment != nullptr) release(deployment);
}

const char* slipway_isa(const slipway_deployment* deployment) {
  return slipway::kernels::name_of(deployment->params.isa).data();
}

std::int32_t slipway_input_count(const slipway_deployment* deployment) {
  return static_cast<std::int32_t>(deployment->params.header->inputs);
}

std::int32_t slipway_output_count(const slipway_deployment* deployment) {
  return static_cast<std::int32_t>(deployment->params.header->outputs);
}

slipway_status slipway_input_info(const slipway_deployment* deployment, std::int32_t index,
                                  slipway_tensor_info* info) {
  const auto& params = deployment->params;
  return tensor_info(deployment, params.inputs, params.header->inputs, "input", index, info);
}

slipway_status slipway_output_info(const slipway_deployment* deployment, std::int32_t index,
                                   slipway_tensor_info* info) {
  const auto& params = deployment->params;
  return tensor_info(deployment, params.outputs, params.header->outputs, "output", index, info);
}

slipway_status slipway_session_create(slipway_deployment* deployment,
                                      const slipway_options* options, slipway_session** session) {
  if (deployment == nullptr || session == nullptr)
    return fail(SLIPWAY_INVALID_INPUT, "slipway_session_create was given NULL");
  *session = nullptr;
  if (options != nullptr && options->struct_size < sizeof(slipway_options))
    return fail(SLIPWAY_INVALID_INPUT, "struct_size of the options is not set");
  const std::int32_t threads = options != nullptr ? options->threads : 1;
  if (threads < 0) return fail(SLIPWAY_INVALID_INPUT, "%d threads are none", threads);
  void* room = std::malloc(sizeof(slipway_session));
  if (room == nullptr) return no_memory(sizeof(slipway_session));
  auto* made = new (room) slipway_session;
  deployment->users.fetch_add(1);
  made->deployment = deployment;
  auto status = make_room(made);
  if (status == SLIPWAY_OK) {
    made->pool = Pool::make(threads);
    if (made->pool == nullptr) status = no_memory(sizeof(Pool));
  }
  if (status != SLIPWAY_OK) {
    slipway_session_destroy(made);
    return status;
  }
  *session = made;
  return SLIPWAY_OK;
}

void slipway_session_destroy(slipway_session* session) {
  if (session == nullptr) return;
  if (session->has_thread) {
    ::pthread_mutex_lock(&session->mutex);
    session->ends = true;
    ::pthread_cond_broadcast(&session->changed);
    ::pthread_mutex_unlock(&session->mutex);
    ::pthread_join(session->thread, nullptr);
  }
  Pool::drop(session->pool);
  ::pthread_cond_destroy(&session->changed);
  ::pthread_mutex_destroy(&session->mutex);
  std::free(session->memory);
  release(session->deployment);
  session->~slipway_session();
  std::free(session);
}

std::int32_t slipway_session_threads(const slipway_session* session) {
  return session->pool->threads();
}

slipway_status slipway_set_input(slipway_session* session, std::int32_t index, const void* data,
                                 size_t bytes) {
  const auto status = check_data(session->deployment, true, index, data, bytes);
  if (status != SLIPWAY_OK) return status;
  std::memcpy(session->own_inputs[index], data, bytes);
  session->inputs[index] = session->own_inputs[index];
  return SLIPWAY_OK;
}

slipway_status slipway_bind_input(slipway_session* session, std::int32_t index, const void* data,
                                  size_t bytes) {
  auto status = check_data(session->deployment, true, index, data, bytes);
  if (status == SLIPWAY_OK) status = check_alignment(data);
  if (status == SLIPWAY_OK) session->inputs[index] = static_cast<const std::byte*>(data);
  return status;
}

slipway_status slipway_bind_output(slipway_session* session, std::int32_t index, void* data,
                                   size_t bytes) {
  const bool own = data == nullptr;
  slipway_tensor_info info;
  auto status = own ? slipway_output_info(session->deployment, index, &info)
                    : check_data(session->deployment, false, index, data, bytes);
  if (status == SLIPWAY_OK && !own) status = check_alignment(data);
  if (status == SLIPWAY_OK)
    session->outputs[index] = own ? session->own_outputs[index] : static_cast<std::byte*>(data);
  return status;
}

slipway_status slipway_run(slipway_session* session) {
  session->last = run_now(session);
  return session->last;
}

slipway_status slipway_run_async(slipway_session* session, slipway_callback callback,
                                 void* context) {
  ::pthread_mutex_lock(&session->mutex);
  slipway_status status = SLIPWAY_OK;
  if (session->is_asked) {
    status = fail(SLIPWAY_INVALID_INPUT, "the session runs already");
  } else if (!session->has_thread &&
             ::pthread_create(&session->thread, nullptr, serve, session) != 0) {
    status = fail(SLIPWAY_UNAVAILABLE, "the system gives no more threads");
  } else {
    session->has_thread = true;
    session->is_asked = true;
    session->callback = callback;
    session->context = context;
    ::pthread_cond_broadcast(&session->changed);
  }
  ::pthread_mutex_unlock(&session->mutex);
  return status;
}

slipway_status slipway_wait(slipway_session* session) {
  ::pthread_mutex_lock(&session->mutex);
  while (session->is_asked || session->in_callback)
    ::pthread_cond_wait(&session->changed, &session->mutex);
  const auto status = session->last;
  ::pthread_mutex_unlock(&session->mutex);
  return status;
}

slipway_status slipway_output(const slipway_session* session, std::int32_t index, const void** data,
                              size_t* bytes) {
  slipway_tensor_info info;
  const auto status = slipway_output_info(session->deployment, index, &info);
  if (status != SLIPWAY_OK) return status;
  if (data != nullptr) *data = session->outputs[index];
  if (bytes != nullptr) *bytes = info.bytes;
  return SLIPWAY_OK;
}

slipway_status slipway_get_output(const slipway_session* session, std::int32_t index, void* data,
                                  size_t bytes) {
  const auto status = check_data(session->deployment, false, index, data, bytes);
  if (status == SLIPWAY_OK && data != session->outputs[index])
    std::memcpy(data, session->outputs[index], bytes);
  return status;
}

slipway_status slipway_profile(slipway_session* session, std::int32_t on) {
  session->profiles = on != 0;
  return SLIPWAY_OK;
}

std::int32_t slipway_step_count(const slipway_deployment* deployment) {
  return static_cast<std::int32_t>(deployment->params.step_count);
}

slipway_status slipway_step(const slipway_session* session, std::int32_t index,
                            slipway_step_info* info) {
  const auto& params = session->deployment->params;
  if (index < 0 || static_cast<std::uint32_t>(index) >= params.step_count)
    return fail(SLIPWAY_INVALID_INPUT, "there is no step %d: the network has %u", index,
                params.step_count);
  info->name = params.texts + params.steps[index].name;
  info->kernel = params.texts + params.steps[index].kernel;
  info->nanoseconds = session->times[index];
  return SLIPWAY_OK;
}
