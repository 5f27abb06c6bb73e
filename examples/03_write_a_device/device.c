/* A device plugin that runs Relu and Add on f32, one element after the other. README.md tells how
 * it works; src/device/plugin.h says what each function must do. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/plugin.h"

/* ---- Reading the text: a line is "name: type = What(arguments)" ---------------------------- */

typedef struct {
  const char* at;
  size_t size;
} slice;

static int same(slice a, slice b) { return a.size == b.size && memcmp(a.at, b.at, a.size) == 0; }

/* The text up to one of `stops`; *at then stands behind that one and the spaces after it. */
static slice upto(const char** at, const char* stops) {
  slice s = {*at, strcspn(*at, stops)};
  *at += s.size;
  *at += strspn(*at, stops);
  return s;
}

typedef struct {
  slice name, type; /* point into the text: only used while compiling */
  size_t count;     /* elements */
  int a, b;         /* the values that are added; b is -1 for Relu, both for an input */
  float* data;
} value;

enum { MAX_VALUES = 256 };

typedef struct {
  int value_count, output_count;
  value values[MAX_VALUES];
  int outputs[MAX_VALUES];
} program;

static char error[200];

static int find(const program* p, slice name) {
  for (int i = 0; i < p->value_count; ++i)
    if (same(p->values[i].name, name)) return i;
  return -1;
}

/* One line into `p`; 0, or `error` says why not. */
static int read_line(program* p, const char* at) {
  if (strncmp(at, "return ", 7) == 0) {
    for (at += 7; *at != '\0' && *at != '\n';)
      p->outputs[p->output_count++] = find(p, upto(&at, ", \n"));
    return 0;
  }
  value v = {upto(&at, ": "), upto(&at, " "), 1, -1, -1, NULL};
  if (strncmp(v.type.at, "f32[", 4) != 0 || *at != '=' || p->value_count == MAX_VALUES)
    return snprintf(error, sizeof error, "only f32 without scales, and at most %d values",
                    MAX_VALUES);
  const char* dims = v.type.at + 4;
  while (*dims != ']') v.count *= strtoull(dims, (char**)&dims, 10), dims += *dims == ',';
  upto(&at, "= ");
  const slice what = upto(&at, "( \n");
  const int relu = same(what, (slice){"Relu", 4});
  if (relu || same(what, (slice){"Add", 3})) {
    v.a = find(p, upto(&at, relu ? ")" : ", "));
    if (!relu) v.b = find(p, upto(&at, ")"));
    if (v.a < 0 || (!relu && v.b < 0) || *at != '\n')
      return snprintf(error, sizeof error, "only operators without fields");
    if (!same(p->values[v.a].type, v.type) || (!relu && !same(p->values[v.b].type, v.type)))
      return snprintf(error, sizeof error, "only inputs of the output's shape");
  } else if (!same(what, (slice){"Input", 5})) {
    return snprintf(error, sizeof error, "only Relu and Add of inputs, not %.*s", (int)what.size,
                    what.at);
  }
  p->values[p->value_count++] = v;
  return 0;
}

/* ---- What plugin.h asks for ----------------------------------------------------------------- */

static const char* name(void* self) { return (void)self, "EXAMPLE"; }

static const char* last_error(void* self) { return (void)self, error; }

static void release(void* self, void* made) {
  program* p = made;
  for (int i = 0; i < p->value_count; ++i) free(p->values[i].a < 0 ? NULL : p->values[i].data);
  (void)self;
  free(p);
}

static int32_t compile(void* self, slipway_text graph, const slipway_tensor* constants,
                       int32_t count, void** made) {
  program* p = calloc(1, sizeof *p);
  (void)constants, (void)count;
  for (const char* at = graph.data; *at != '\0'; upto(&at, "\n")) {
    if (read_line(p, at) != 0) return release(self, p), SLIPWAY_UNSUPPORTED;
  }
  for (int i = 0; i < p->value_count; ++i)
    if (p->values[i].a >= 0) p->values[i].data = malloc(p->values[i].count * sizeof(float) + 1);
  *made = p;
  return SLIPWAY_OK;
}

static const char* refuses(void* self, slipway_text graph) {
  void* made = NULL;
  if (compile(self, graph, NULL, 0, &made) != SLIPWAY_OK) return error;
  return release(self, made), NULL;
}

static double estimate_seconds(void* self, slipway_text graph) {
  return (void)self, 1e-9 * (double)graph.size;
}

static int32_t run(void* self, void* made, const slipway_tensor* inputs, int32_t input_count,
                   slipway_tensor* outputs, int32_t output_count) {
  program* p = made;
  (void)self, (void)input_count;
  for (int i = 0; i < p->value_count; ++i) {
    value* v = &p->values[i];
    if (v->a < 0) {
      v->data = (inputs++)->data;
      continue;
    }
    for (size_t k = 0; k < v->count; ++k) {
      const float x = p->values[v->a].data[k];
      v->data[k] = v->b >= 0 ? x + p->values[v->b].data[k] : x < 0 ? 0 : x;
    }
  }
  for (int i = 0; i < output_count; ++i)
    memcpy(outputs[i].data, p->values[p->outputs[i]].data, outputs[i].size);
  return SLIPWAY_OK;
}

const slipway_device* slipway_plugin_open(int32_t version) {
  static const slipway_device device = {sizeof device, NULL, name,    refuses,    estimate_seconds,
                                        compile,       run,  release, last_error, NULL};
  return version == SLIPWAY_PLUGIN_VERSION ? &device : NULL;
}
