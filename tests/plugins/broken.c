/* A plugin that breaks one rule of device/plugin.h; which one is decided by the macro of the build:
 * NO_SYMBOL, WRONG_VERSION, SMALL_STRUCT, NULL_FUNCTION, GARBAGE, WRONG_SIZE, PAST_THE_END,
 * FAILS, COMPILES_WHAT_IT_REFUSES, SPEECHLESS. */

#include <string.h>

#include "device/plugin.h"

static const char* name(void* self) { return (void)self, "BROKEN"; }

static const char* refuses(void* self, slipway_text graph) {
  (void)self, (void)graph;
#if defined(COMPILES_WHAT_IT_REFUSES)
  return "it is Monday";
#elif defined(SPEECHLESS)
  return "";
#else
  return NULL;
#endif
}

static double estimate_seconds(void* self, slipway_text graph) {
  return (void)self, (void)graph, -1;
}

static int32_t compile(void* self, slipway_text graph, const slipway_tensor* constants,
                       int32_t count, void** program) {
  (void)self, (void)graph, (void)constants, (void)count;
  *program = NULL;
  return SLIPWAY_OK;
}

static int32_t run(void* self, void* program, const slipway_tensor* inputs, int32_t input_count,
                   slipway_tensor* outputs, int32_t output_count) {
  (void)self, (void)program, (void)inputs, (void)input_count;
  for (int32_t i = 0; i < output_count; ++i) {
    memset(outputs[i].data, 0x5A, outputs[i].size);
#if defined(WRONG_SIZE)
    outputs[i].size += 1;
#elif defined(PAST_THE_END)
    ((char*)outputs[i].data)[outputs[i].size] = 1;
#endif
  }
#if defined(FAILS)
  return SLIPWAY_UNAVAILABLE;
#else
  return SLIPWAY_OK;
#endif
}

static void release(void* self, void* program) { (void)self, (void)program; }

static const char* last_error(void* self) { return (void)self, "the card is gone"; }

#if defined(NO_SYMBOL)
const slipway_device* another_name(int32_t version);
#define slipway_plugin_open another_name
#endif

const slipway_device* slipway_plugin_open(int32_t version) {
  static slipway_device device;
  device.struct_size = sizeof device;
  device.name = name;
  device.refuses = refuses;
  device.estimate_seconds = estimate_seconds;
  device.compile = compile;
  device.run = run;
  device.release = release;
  device.last_error = last_error;
#if defined(SMALL_STRUCT)
  device.struct_size = 16;
#elif defined(NULL_FUNCTION)
  device.run = NULL;
#elif defined(WRONG_VERSION)
  version = SLIPWAY_PLUGIN_VERSION + 1;
#endif
  return version == SLIPWAY_PLUGIN_VERSION ? &device : NULL;
}
