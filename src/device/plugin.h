#pragma once
/* A device in a shared library of its own: what such a library must offer. C99 and C++.
 *
 * Graphs cross as text (docs/formats/ir_text.md), tensors as pointers; nothing of C++ does. The
 * page docs/formats/device_plugin.md explains this file, examples/03_write_a_device follows it,
 * and `slipway devices check PLUGIN.so` tests a library against it.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The interface that this file describes. It stays the same while members are only added at the
 * end of slipway_device, which struct_size tells apart. */
#define SLIPWAY_PLUGIN_VERSION 0

/* What compile and run return. */
enum {
  SLIPWAY_OK = 0,
  SLIPWAY_INVALID_INPUT = 1, /* what it was given is wrong */
  SLIPWAY_UNSUPPORTED = 2,   /* correct, but not possible on this device */
  SLIPWAY_UNAVAILABLE = 3,   /* the hardware is busy or gone: try later */
  SLIPWAY_INTERNAL = 4       /* the plugin is to blame */
};

/* Element types. The numbers never change. A bool takes one byte, 0 or 1. */
enum {
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
};

/* UTF-8; a zero byte follows the last character and is not counted. */
typedef struct slipway_text {
  const char* data;
  size_t size;
} slipway_text;

/* A dense row-major tensor. `data` is aligned to 16 bytes. Dimensions are never negative. */
typedef struct slipway_tensor {
  int32_t dtype;
  int32_t rank;
  const int64_t* dims;
  void* data;  /* of inputs and constants: only to be read */
  size_t size; /* in bytes; of an output: run may set it to what it wrote, and any other number
                  than the one it found is an error */
} slipway_tensor;

/* One device. Slipway asks for it once and calls its functions with `self` as their first
 * argument. Texts that a function returns must stay valid until the next call on the same device.
 *
 * Threads: calls on one device never overlap; they may come from different threads. A program may
 * be run while another one is being compiled only if the device is another one.
 *
 * Lifetime: everything a call is given is valid until it returns: copy what you keep. Programs are
 * released before the library is unloaded.
 */
typedef struct slipway_device {
  size_t struct_size; /* sizeof(slipway_device) where the plugin was compiled */
  void* self;

  /* A short name without spaces, the one for --device. Never NULL. */
  const char* (*name)(void* self);

  /* NULL: can run this graph, which holds one operator with its inputs and constants; constants of
   * over 16 elements stand there without their numbers. Otherwise the reason, for the user. */
  const char* (*refuses)(void* self, slipway_text graph);

  /* Seconds for one run of this graph, estimated. Below 0: nobody knows. */
  double (*estimate_seconds)(void* self, slipway_text graph);

  /* Makes a program of a graph; "@k" in the text stands for constants[k]. Returns SLIPWAY_OK and
   * sets *program, or another code, and last_error says why. */
  int32_t (*compile)(void* self, slipway_text graph, const slipway_tensor* constants,
                     int32_t constant_count, void** program);

  /* Runs a program: inputs and outputs are in the order of the graph's. Slipway has made room for
   * the outputs; every byte of them is to be written. */
  int32_t (*run)(void* self, void* program, const slipway_tensor* inputs, int32_t input_count,
                 slipway_tensor* outputs, int32_t output_count);

  /* Ends a program. */
  void (*release)(void* self, void* program);

  /* Why the last compile or run did not return SLIPWAY_OK. May be empty; NULL counts as empty. */
  const char* (*last_error)(void* self);

  /* Seconds the last run would have taken on hardware that is only modelled. NULL: the device is
   * real, and its times are measured by the clock. */
  double (*modelled_seconds)(void* self, void* program);
} slipway_device;

/* The one symbol that a plugin exports. NULL if it does not speak `version`. The struct stays
 * valid until the library is unloaded. */
const slipway_device* slipway_plugin_open(int32_t version);

#ifdef __cplusplus
}
#endif
