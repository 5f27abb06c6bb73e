#include <cstdlib>
#include <cstring>
#include <new>

#include <sys/mman.h>

#include "engine/clock.h"
#include "engine/handles.h"
#include "engine/map_file.h"

// A session: what goes in, a run of the plan, what comes out.

using slipway::engine::aligned;
using slipway::engine::Bases;
using slipway::engine::fail;
using slipway::engine::kHugePage;
using slipway::engine::no_memory;
using slipway::engine::Pool;
using slipway::engine::release;

namespace {

/// Whether data of a caller are an input or output.
slipway_status check_data(const slipway_deployment* deployment, bool input, std::int32_t index,
                          const void* data, std::size_t bytes) {
  slipway_tensor_info info;
  const char* what = input ? "input" : "output";
  const auto status = input ? slipway_input_info(deployment, index, &info)
                            : slipway_output_info(deployment, index, &info);
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

/// Where the time of the next step goes, and when it began.
struct StepTimes {
  std::uint64_t* next;
  std::uint64_t began;
};

void note_step(void* context) {
  auto& times = *static_cast<StepTimes*>(context);
  const std::uint64_t now = slipway::engine::nanoseconds();
  *times.next++ = now - times.began;
  times.began = now;
}

slipway_status run_now(slipway_session* session) {
  const auto& params = session->deployment->params;
  for (std::uint32_t i = 0; i < params.header->inputs; ++i) {
    if (session->inputs[i] == nullptr)
      return fail(SLIPWAY_INVALID_INPUT, "input '%s' was not set",
                  params.texts + params.inputs[i].name);
  }
  const Bases bases = {params.constants, session->arena, session->inputs, session->outputs};
  if (!session->profiles) {
    slipway::engine::run(*params.plan, bases, session->pool);
    return SLIPWAY_OK;
  }
  StepTimes times{session->times, slipway::engine::nanoseconds()};
  slipway::engine::run(*params.plan, bases, session->pool, {note_step, &times});
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
