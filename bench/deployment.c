// A deployment alone in a process of C: how long it takes to load and to run, and its memory.
//
// usage: deployment FOLDER INPUTS SECONDS THREADS [OUTPUTS]
//        deployment FOLDER INPUTS SECONDS STREAMSx1 [OUTPUTS]
//
// Streams are sessions of one deployment, each on a thread and a core of its own. INPUTS holds
// 0.bin, 1.bin, ... with the bytes of the inputs; with OUTPUTS the outputs are written there in the
// same way, with their shapes as 0.txt, 1.txt, ... Prints a line of JSON when everything is loaded,
// waits for a line, warms up, measures, and prints one line of JSON.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "slipway/slipway.h"

enum { kMostRuns = 1 << 19, kMostStreams = 64, kRoom = 4096 };

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

// One session and what it measured.
typedef struct stream {
  slipway_session* session;
  int core;  // -1: wherever the system wants
  double seconds;
  float* times;  // milliseconds of each run
  int runs;
  double took;
  pthread_barrier_t* together;
} stream;

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

static void* measure(void* of) {
  stream* s = of;
  if (s->core >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)s->core, &set);
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
  }
  run_for(s->session, s->seconds < kWarmUp ? s->seconds : kWarmUp, NULL);
  pthread_barrier_wait(s->together);
  const double start = now();
  s->runs = run_for(s->session, s->seconds, s->times);
  s->took = now() - start;
  return NULL;
}

// The k-th core that this process may use, from the first again behind the last.
static int core_of(int k) {
  cpu_set_t set;
  int cores[CPU_SETSIZE];
  int count = 0;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return -1;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET((unsigned)core, &set)) cores[count++] = core;
  return count == 0 ? -1 : cores[k % count];
}

static void set_inputs(const slipway_deployment* net, slipway_session* session,
                       const char* folder) {
  for (int32_t k = 0; k < api.input_count(net); ++k) {
    char path[kRoom];
    slipway_tensor_info info;
    check("its input", api.input_info(net, k, &info));
    snprintf(path, sizeof(path), "%s/%d.bin", folder, k);
    void* data = read_file(path, info.bytes);
    check("its input", api.set_input(session, k, data, info.bytes));
    free(data);
  }
}

static void measure_all(stream* streams, int count, double seconds) {
  pthread_barrier_t together;
  pthread_t threads[kMostStreams];
  pthread_barrier_init(&together, NULL, (unsigned)count);
  for (int k = 0; k < count; ++k) {
    streams[k].seconds = seconds;
    streams[k].together = &together;
    streams[k].core = count == 1 ? -1 : core_of(k);
    streams[k].times = malloc(kMostRuns * sizeof(float));
    if (streams[k].times == NULL) refuse("the times", "no memory");
  }
  if (count == 1) {
    measure(&streams[0]);  // where its session was made
    return;
  }
  for (int k = 0; k < count; ++k)
    if (pthread_create(&threads[k], NULL, measure, &streams[k]) != 0)
      refuse("a thread", "none left");
  for (int k = 0; k < count; ++k) pthread_join(threads[k], NULL);
}

static void print(stream* streams, int count, double load, double first, double peak) {
  double per_second = 0;
  for (int k = 0; k < count; ++k) per_second += streams[k].runs / streams[k].took;
  const float* times = streams[0].times;
  const int runs = streams[0].runs;
  qsort(streams[0].times, (size_t)runs, sizeof(float), ascending);
  printf(
      "{\"ms\": %.5f, \"p10\": %.5f, \"p90\": %.5f, \"runs\": %d, \"per_second\": %.3f, "
      "\"load_ms\": %.3f, \"first_ms\": %.3f, \"peak_mb\": %.1f}\n",
      times[(runs - 1) / 2], times[(runs - 1) / 10], times[(runs - 1) * 9 / 10], runs, per_second,
      load * 1e3, first * 1e3, peak);
}

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: deployment FOLDER INPUTS SECONDS THREADS|STREAMSx1 [OUTPUTS]\n");
    return 2;
  }
  const int number = atoi(argv[4]);
  const int count = strchr(argv[4], 'x') == NULL ? 1 : number;
  if (number < 1 || count > kMostStreams) refuse(argv[4], "not a number of threads or streams");
  stream streams[kMostStreams] = {0};
  slipway_deployment* net = NULL;
  slipway_options options = {.struct_size = sizeof(options), .threads = count == 1 ? number : 1};
  const double began = now();
  load_library(argv[1]);
  check("opening it", api.open(argv[1], &net));
  check("its session", api.create(net, &options, &streams[0].session));
  const double loaded = now();
  for (int k = 0; k < count; ++k) {
    if (k > 0) check("its session", api.create(net, &options, &streams[k].session));
    set_inputs(net, streams[k].session, argv[2]);
  }
  const double before = now();
  check("its first run", api.run(streams[0].session));
  const double first = now();
  for (int k = 1; k < count; ++k) check("its first run", api.run(streams[k].session));
  if (argc > 5) write_outputs(net, streams[0].session, argv[5]);
  const double peak = megabytes("VmHWM:");  // without what follows, which is not the network's
  puts("{\"ready\": \"ours\"}");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  measure_all(streams, count, atof(argv[3]));
  print(streams, count, loaded - began, first - before, peak);
  return 0;
}
