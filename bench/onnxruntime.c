// A model in ONNX Runtime's C library alone in a process: how long it takes to load and to run
// once, and the memory. The twin of deployment.c.
//
// usage: onnxruntime LIBRARY MODEL
//
// Inputs are zeros; a dimension that is not known is 1. Prints a line of JSON.
//
// The library comes without its header. Its functions are a table in which none ever moves; those
// that are needed are taken by their places in it (struct OrtApi of onnxruntime_c_api.h).

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kApiVersion = 13, kMost = 64, kErrorsOnly = 3 };

typedef struct {
  void* const* (*get_api)(uint32_t version);
  const char* (*get_version)(void);
} api_base;

// A status is NULL where nothing went wrong.
typedef void* status;

static struct {
  const char* (*error)(const void* failed);
  status (*create_environment)(int severity, const char* name, void** out);
  status (*create_session)(void* environment, const char* path, const void* options, void** out);
  status (*run)(void* session, const void* options, char* const* inputs, void* const* given,
                size_t given_count, char* const* outputs, size_t output_count, void** made);
  status (*create_options)(void** out);
  status (*set_threads)(void* options, int count);
  status (*input_count)(const void* session, size_t* out);
  status (*output_count)(const void* session, size_t* out);
  status (*input_info)(const void* session, size_t index, void** out);
  status (*input_name)(const void* session, size_t index, void* allocator, char** out);
  status (*output_name)(const void* session, size_t index, void* allocator, char** out);
  status (*create_tensor)(void* allocator, const int64_t* shape, size_t rank, int type, void** out);
  status (*data_of)(void* value, void** out);
  status (*tensor_info)(const void* info, const void** out);
  status (*element_type)(const void* info, int* out);
  status (*rank)(const void* info, size_t* out);
  status (*dimensions)(const void* info, int64_t* out, size_t count);
  status (*allocator)(void** out);
} api;

static void find_functions(void* const* table) {
  *(void**)&api.error = table[2];
  *(void**)&api.create_environment = table[3];
  *(void**)&api.create_session = table[7];
  *(void**)&api.run = table[9];
  *(void**)&api.create_options = table[10];
  *(void**)&api.set_threads = table[24];
  *(void**)&api.input_count = table[30];
  *(void**)&api.output_count = table[31];
  *(void**)&api.input_info = table[33];
  *(void**)&api.input_name = table[36];
  *(void**)&api.output_name = table[37];
  *(void**)&api.create_tensor = table[48];
  *(void**)&api.data_of = table[51];
  *(void**)&api.tensor_info = table[55];
  *(void**)&api.element_type = table[60];
  *(void**)&api.rank = table[61];
  *(void**)&api.dimensions = table[62];
  *(void**)&api.allocator = table[78];
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void check(status failed) {
  if (failed == NULL) return;
  fprintf(stderr, "%s\n", api.error(failed));
  exit(1);
}

static double megabytes(const char* key) {
  char line[256];
  double found = 0;
  FILE* file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof(line), file) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) found = atof(line + strlen(key) + 1) / 1024;
  if (file != NULL) fclose(file);
  return found;
}

// Bytes of an element, by ONNX's number of its type.
static size_t bytes_of(int type) {
  static const size_t kBytes[] = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8};
  return type >= 0 && type < (int)(sizeof(kBytes) / sizeof(kBytes[0])) ? kBytes[type] : 0;
}

static void* zeros(void* session, size_t index, void* allocator) {
  void* info;
  const void* tensor;
  int type;
  size_t rank;
  int64_t shape[kMost];
  void* value;
  void* data;
  check(api.input_info(session, index, &info));
  check(api.tensor_info(info, &tensor));
  check(api.element_type(tensor, &type));
  check(api.rank(tensor, &rank));
  if (rank > kMost) exit(1);
  check(api.dimensions(tensor, shape, rank));
  size_t bytes = bytes_of(type);
  for (size_t i = 0; i < rank; ++i) {
    if (shape[i] < 1) shape[i] = 1;
    bytes *= (size_t)shape[i];
  }
  check(api.create_tensor(allocator, shape, rank, type, &value));
  check(api.data_of(value, &data));
  memset(data, 0, bytes);
  return value;
}

int main(int count, char** words) {
  if (count != 3) {
    fprintf(stderr, "usage: onnxruntime LIBRARY MODEL\n");
    return 2;
  }
  void* library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const api_base* (*get_base)(void);
  *(void**)&get_base = dlsym(library, "OrtGetApiBase");
  void* const* table = get_base == NULL ? NULL : get_base()->get_api(kApiVersion);
  if (table == NULL) {
    fprintf(stderr, "%s is no ONNX Runtime that knows version %d\n", words[1], kApiVersion);
    return 1;
  }
  find_functions(table);
  void* environment;
  void* options;
  void* session;
  void* allocator;
  size_t inputs;
  size_t outputs;
  void* given[kMost];
  void* made[kMost] = {0};
  char* input_names[kMost];
  char* output_names[kMost];
  const double began = now();
  check(api.create_environment(kErrorsOnly, "bench", &environment));
  check(api.create_options(&options));
  check(api.set_threads(options, 1));
  check(api.create_session(environment, words[2], options, &session));
  const double loaded = now();
  check(api.allocator(&allocator));
  check(api.input_count(session, &inputs));
  check(api.output_count(session, &outputs));
  if (inputs > kMost || outputs > kMost) return 1;
  for (size_t i = 0; i < inputs; ++i) {
    check(api.input_name(session, i, allocator, &input_names[i]));
    given[i] = zeros(session, i, allocator);
  }
  for (size_t i = 0; i < outputs; ++i)
    check(api.output_name(session, i, allocator, &output_names[i]));
  const double ready = now();
  for (int i = 0; i < 3; ++i)
    check(api.run(session, NULL, input_names, given, inputs, output_names, outputs, made));
  printf("{\"version\": \"%s\", \"load_ms\": %.3f, \"runs_ms\": %.3f, \"peak_mb\": %.1f}\n",
         get_base()->get_version(), (loaded - began) * 1e3, (now() - ready) * 1e3,
         megabytes("VmHWM:"));
  return 0;
}
