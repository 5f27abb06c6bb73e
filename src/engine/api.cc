#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/handles.h"
#include "engine/map_file.h"

// Opening a deployment, and what it says of itself.

using slipway::engine::fail;
using slipway::engine::no_memory;
using slipway::engine::Refusal;
using slipway::engine::release;
using slipway::engine::TensorRecord;

namespace {

thread_local char last_error[512];

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

}  // namespace

slipway_status slipway::engine::fail(slipway_status status, const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(last_error, sizeof last_error, format, values);
  va_end(values);
  return status;
}

slipway_status slipway::engine::no_memory(std::size_t bytes) {
  return fail(SLIPWAY_UNAVAILABLE, "there is no memory for %zu bytes", bytes);
}

void slipway::engine::release(slipway_deployment* deployment) {
  if (deployment->users.fetch_sub(1) != 1) return;
  if (deployment->mapping != nullptr) ::munmap(deployment->mapping, deployment->mapped);
  deployment->~slipway_deployment();
  std::free(deployment);
}

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

std::int32_t slipway_step_count(const slipway_deployment* deployment) {
  return static_cast<std::int32_t>(deployment->params.step_count);
}
