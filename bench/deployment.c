// A deployment alone in a process of C: how long it takes to load and to run, and its memory.
//
// usage: deployment FOLDER INPUTS SECONDS THREADS [OUTPUTS]
//
// INPUTS holds 0.bin, 1.bin, ... with the bytes of the inputs; with OUTPUTS the outputs are written
// there in the same way, with their shapes as 0.txt, 1.txt, ... Prints a line of JSON when
// everything is loaded, waits for a line, warms up, measures, and prints one line of JSON.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "slipway/slipway.h"

enum { kMostRuns = 1 << 19, kRoom = 4096 };

static const double kWarmUp = 0.3;

// The functions of deploy.so that are needed here.
static struct {
  __typeof__(&slipway_error) error;
  __typeof__(&slipway_open) open;
  __typeof__(&slipway_session_create) create;
  __typeof__(&slipway_input_count) input_count;
  __typeof__(&slipway_output_count) output_count;
  __typeof__(&slipway_input_info) input_info;
  __typeof__(&slipway_output_info) output_info;
  __typeof__(&slipway_set_input) set_input;
  __typeof__(&slipway_run) run;
  __typeof__(&slipway_output) output;
} api;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void refuse(const char* what, const char* why) {
  printf("{\"refused\": \"");
  for (const char* text = what; text != NULL; text = text == what ? why : NULL) {
    for (const char* c = text; *c != 0; ++c) {
      if (*c == '"' || *c == '\\') putchar('\\');
      putchar(*c < ' ' && *c > 0 ? ' ' : *c);
    }
    if (text == what) printf(": ");
  }
  puts("\"}");
  exit(0);
}

static void check(const char* what, slipway_status status) {
  if (status != SLIPWAY_OK) refuse(what, api.error());
}

static void* symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) refuse(name, "deploy.so lacks it");
  return found;
}

static void load_library(const char* folder) {
  char path[kRoom];
  snprintf(path, sizeof(path), "%s/deploy.so", folder);
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) refuse(path, dlerror());
  *(void**)&api.error = symbol(library, "slipway_error");
  *(void**)&api.open = symbol(library, "slipway_open");
  *(void**)&api.create = symbol(library, "slipway_session_create");
  *(void**)&api.input_count = symbol(library, "slipway_input_count");
  *(void**)&api.output_count = symbol(library, "slipway_output_count");
  *(void**)&api.input_info = symbol(library, "slipway_input_info");
  *(void**)&api.output_info = symbol(library, "slipway_output_info");
  *(void**)&api.set_input = symbol(library, "slipway_set_input");
  *(void**)&api.run = symbol(library, "slipway_run");
  *(void**)&api.output = symbol(library, "slipway_output");
}

static void* read_file(const char* path, size_t bytes) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) refuse(path, "cannot be opened");
  char* data = malloc(bytes + 1);
  if (data == NULL || fread(data, 1, bytes + 1, file) != bytes) refuse(path, "has another size");
  fclose(file);
  return data;
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

static void write_outputs(const slipway_deployment* net, const slipway_session* session,
                          const char* folder) {
  char path[kRoom];
  for (int32_t k = 0; k < api.output_count(net); ++k) {
    const void* data;
    size_t bytes;
    slipway_tensor_info info;
    check("its output", api.output(session, k, &data, &bytes));
    check("its output", api.output_info(net, k, &info));
    snprintf(path, sizeof(path), "%s/%d.bin", folder, k);
    FILE* file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, bytes, file) != bytes) refuse(path, "cannot be written");
    fclose(file);
    snprintf(path, sizeof(path), "%s/%d.txt", folder, k);
    file = fopen(path, "w");
    if (file == NULL) refuse(path, "cannot be written");
    fprintf(file, "%d", (int)info.dtype);
    for (int32_t i = 0; i < info.rank; ++i) fprintf(file, " %lld", (long long)info.shape[i]);
    fclose(file);
  }
}

static int ascending(const void* a, const void* b) {
  const float left = *(const float*)a;
  const float right = *(const float*)b;
  return (left > right) - (left < right);
}

// Runs until the time is over; how many, and milliseconds of each in `times` where it is not null.
static int run_for(slipway_session* session, double seconds, float* times) {
  int runs = 0;
  const double end = now() + seconds;
  for (double before = now(); before < end && runs < kMostRuns; ++runs) {
    check("its run", api.run(session));
    const double after = now();
    if (times != NULL) times[runs] = (float)((after - before) * 1e3);
    before = after;
  }
  return runs;
}

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: deployment FOLDER INPUTS SECONDS THREADS [OUTPUTS]\n");
    return 2;
  }
  slipway_deployment* net = NULL;
  slipway_session* session = NULL;
  slipway_options options = {.struct_size = sizeof(options), .threads = atoi(argv[4])};
  const double began = now();
  load_library(argv[1]);
  check("opening it", api.open(argv[1], &net));
  check("its session", api.create(net, &options, &session));
  const double loaded = now();
  for (int32_t k = 0; k < api.input_count(net); ++k) {
    char path[kRoom];
    slipway_tensor_info info;
    check("its input", api.input_info(net, k, &info));
    snprintf(path, sizeof(path), "%s/%d.bin", argv[2], k);
    void* data = read_file(path, info.bytes);
    check("its input", api.set_input(session, k, data, info.bytes));
    free(data);
  }
  const double before = now();
  check("its first run", api.run(session));
  const double first = now();
  if (argc > 5) write_outputs(net, session, argv[5]);
  puts("{\"ready\": \"ours\"}");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  const double seconds = atof(argv[3]);
  run_for(session, seconds < kWarmUp ? seconds : kWarmUp, NULL);
  const double peak = megabytes("VmHWM:");  // without what follows, which is not the network's
  float* times = malloc(kMostRuns * sizeof(float));
  if (times == NULL) refuse("the times", "no memory");
  const double start = now();
  const int runs = run_for(session, seconds, times);
  const double took = now() - start;
  qsort(times, (size_t)runs, sizeof(float), ascending);
  printf(
      "{\"ms\": %.5f, \"p10\": %.5f, \"p90\": %.5f, \"runs\": %d, \"per_second\": %.3f, "
      "\"load_ms\": %.3f, \"first_ms\": %.3f, \"peak_mb\": %.1f}\n",
      times[(runs - 1) / 2], times[(runs - 1) / 10], times[(runs - 1) * 9 / 10], runs, runs / took,
      (loaded - began) * 1e3, (first - before) * 1e3, megabytes("VmHWM:"));
  return 0;
}
