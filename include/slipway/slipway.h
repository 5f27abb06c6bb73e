#pragma once
/*
 * Runs a network that `slipway compile` wrote. The library behind it is deploy.so, which lies in
 * every deployment and needs nothing but libc; a program may also be linked with
 * libslipway_engine, which is the same.
 *
 *   slipway_deployment* net;
 *   slipway_session* session;
 *   if (slipway_open("resnet50_deploy", &net) != SLIPWAY_OK) puts(slipway_error());
 *   slipway_session_create(net, NULL, &session);
 *   slipway_set_input(session, 0, picture, sizeof picture);
 *   slipway_run(session);
 *   slipway_get_output(session, 0, scores, sizeof scores);
 *   slipway_session_destroy(session);
 *   slipway_close(net);
 *
 * A deployment may be used by any number of threads at once; each makes its own session. One
 * session is used by one thread at a time. Every function that can fail returns a slipway_status,
 * and slipway_error() then has a sentence. Nothing here ends the process or throws.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLIPWAY_API __attribute__((visibility("default")))

/* Grows when something is added; what is here now stays as it is. */
#define SLIPWAY_API_VERSION 2

/* The SLIPWAY_API_VERSION that the library was built with. */
SLIPWAY_API int32_t slipway_api_version(void);

typedef enum slipway_status {
  SLIPWAY_OK = 0,
  SLIPWAY_INVALID_INPUT = 1, /* what was given is wrong: the giver must change it */
  SLIPWAY_UNSUPPORTED = 2,   /* for another processor, or another version of the library */
  SLIPWAY_NOT_FOUND = 3,     /* no such file */
  SLIPWAY_UNAVAILABLE = 4,   /* no memory, no threads: not now */
  SLIPWAY_CORRUPT = 5        /* the files are not as they were written */
} slipway_status;

/* What went wrong in the last call of this thread that failed, in words; "" before the first. */
SLIPWAY_API const char* slipway_error(void);

/* ---- Deployments ------------------------------------------------------------------------- */

typedef struct slipway_deployment slipway_deployment;

/* Opens the deployment in a folder: maps its deploy.params, checks every byte of it that it needs,
 * and copies nothing. One that was made with --portable has a plan for each of several instruction
 * sets: the newest that this processor has runs, and no byte of the others is read. The folder may
 * be replaced by another meanwhile; its files must not be changed. */
SLIPWAY_API slipway_status slipway_open(const char* folder, slipway_deployment** deployment);

/* The same for the bytes of a deploy.params that lie in memory, at a multiple of 64. They must
 * stay as they are until the deployment and its sessions are closed. */
SLIPWAY_API slipway_status slipway_open_memory(const void* params, size_t bytes,
                                               slipway_deployment** deployment);

typedef struct slipway_open_options {
  uint32_t struct_size; /* sizeof(slipway_open_options) */
  const char* isa;      /* "avx2": its plan for that instruction set; NULL: the newest that runs */
} slipway_open_options;

/* The same with options, which may be NULL. They are there since version 2. */
SLIPWAY_API slipway_status slipway_open_with(const char* folder,
                                             const slipway_open_options* options,
                                             slipway_deployment** deployment);
SLIPWAY_API slipway_status slipway_open_memory_with(const void* params, size_t bytes,
                                                    const slipway_open_options* options,
                                                    slipway_deployment** deployment);

/* The instruction set of the plan that runs: "avx2". Since version 2. */
SLIPWAY_API const char* slipway_isa(const slipway_deployment* deployment);

/* Closes it; sessions that still run keep what they need. Takes NULL, too. */
SLIPWAY_API void slipway_close(slipway_deployment* deployment);

typedef enum slipway_dtype {
  SLIPWAY_F32 = 0,
  SLIPWAY_F16 = 1,
  SLIPWAY_BF16 = 2,
  SLIPWAY_F64 = 3,
  SLIPWAY_I8 = 4,
  SLIPWAY_U8 = 5,
  SLIPWAY_I16 = 6,
  SLIPWAY_U16 = 7,
  SLIPWAY_I32 = 8,
  SLIPWAY_U32 = 9,
  SLIPWAY_I64 = 10,
  SLIPWAY_U64 = 11,
  SLIPWAY_BOOL = 12
} slipway_dtype;

typedef enum slipway_layout {
  SLIPWAY_FLAT = 0, /* no picture */
  SLIPWAY_NHWC = 1, /* batch, height, width, channels */
  SLIPWAY_NCHW = 2  /* batch, channels, height, width */
} slipway_layout;

/* An input or output: dense, row by row. The pointers live as long as the deployment. */
typedef struct slipway_tensor_info {
  const char* name;
  slipway_dtype dtype;
  slipway_layout layout;
  int32_t rank;
  const int64_t* shape; /* of `rank` dimensions */
  uint64_t bytes;
  /* real = scale * (integer - zero_point): one pair for the tensor, or one for each slice of
   * `axis`. No pair: the numbers are what they are. */
  int32_t scale_count;
  int32_t axis; /* -1: one pair for the tensor */
  const float* scales;
  const int32_t* zero_points;
} slipway_tensor_info;

SLIPWAY_API int32_t slipway_input_count(const slipway_deployment* deployment);
SLIPWAY_API int32_t slipway_output_count(const slipway_deployment* deployment);
SLIPWAY_API slipway_status slipway_input_info(const slipway_deployment* deployment, int32_t index,
                                              slipway_tensor_info* info);
SLIPWAY_API slipway_status slipway_output_info(const slipway_deployment* deployment, int32_t index,
                                               slipway_tensor_info* info);

/* ---- Sessions ---------------------------------------------------------------------------- */

typedef struct slipway_session slipway_session;

typedef struct slipway_options {
  uint32_t struct_size; /* sizeof(slipway_options) */
  int32_t threads;      /* in all, the calling one among them; 0: one per core that may be used */
} slipway_options;

/* Makes a session: memory for one run at a time, and threads that sleep between runs. `options`
 * may be NULL: one thread. */
SLIPWAY_API slipway_status slipway_session_create(slipway_deployment* deployment,
                                                  const slipway_options* options,
                                                  slipway_session** session);

/* Waits for a run that was begun, then ends the session. Takes NULL, too. */
SLIPWAY_API void slipway_session_destroy(slipway_session* session);

/* The threads that it has: fewer than asked for where the system gave no more. */
SLIPWAY_API int32_t slipway_session_threads(const slipway_session* session);

/* Copies an input; it stays for all runs until it is set again. `bytes` is that of its info. */
SLIPWAY_API slipway_status slipway_set_input(slipway_session* session, int32_t index,
                                             const void* data, size_t bytes);

/* Reads an input where it lies, in every run until it is set or bound again. */
SLIPWAY_API slipway_status slipway_bind_input(slipway_session* session, int32_t index,
                                              const void* data, size_t bytes);

/* Writes an output there, in every run until it is bound again; NULL: into the session. */
SLIPWAY_API slipway_status slipway_bind_output(slipway_session* session, int32_t index, void* data,
                                               size_t bytes);

/* Runs the network on the inputs. */
SLIPWAY_API slipway_status slipway_run(slipway_session* session);

/* Called on a thread of the session. It may call every function but those that wait. */
typedef void (*slipway_callback)(void* context, slipway_session* session, slipway_status status);

/* Begins to run and returns; `callback` (may be NULL) is called when the outputs are there. Until
 * then, or until slipway_wait() returns, nothing else may be done with the session. */
SLIPWAY_API slipway_status slipway_run_async(slipway_session* session, slipway_callback callback,
                                             void* context);

/* Waits until nothing runs; how the last run ended. */
SLIPWAY_API slipway_status slipway_wait(slipway_session* session);

/* Where an output lies, until the next run. */
SLIPWAY_API slipway_status slipway_output(const slipway_session* session, int32_t index,
                                          const void** data, size_t* bytes);

/* Copies an output. `bytes` is that of its info. */
SLIPWAY_API slipway_status slipway_get_output(const slipway_session* session, int32_t index,
                                              void* data, size_t bytes);

/* ---- Where the time goes ----------------------------------------------------------------- */

typedef struct slipway_step_info {
  const char* name;     /* of what the model calls it */
  const char* kernel;   /* what computes it, and with which instructions */
  uint64_t nanoseconds; /* in the last run that was profiled; 0 before */
} slipway_step_info;

/* Whether runs from now on measure each step. */
SLIPWAY_API slipway_status slipway_profile(slipway_session* session, int32_t on);

SLIPWAY_API int32_t slipway_step_count(const slipway_deployment* deployment);
SLIPWAY_API slipway_status slipway_step(const slipway_session* session, int32_t index,
                                        slipway_step_info* info);

#ifdef __cplusplus
}
#endif
