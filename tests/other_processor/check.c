/* Runs a deployment for a test: DIR ISA INPUT... prints the instruction set and the kernels, and
 * writes its outputs to DIR/is0, DIR/is1, … An ISA of "" is the newest that runs. */
#include <stdio.h>
#include <stdlib.h>

#include "slipway/slipway.h"

static void check(slipway_status status) {
  if (status == SLIPWAY_OK) return;
  fprintf(stderr, "error: %s\n", slipway_error());
  exit(1);
}

static FILE* opened(const char* path, const char* mode) {
  FILE* file = fopen(path, mode);
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  return file;
}

int main(int count, char** words) {
  if (count < 3) return 2;
  slipway_open_options how = {sizeof how, words[2][0] == '\0' ? NULL : words[2]};
  slipway_deployment* net;
  slipway_session* session;
  check(slipway_open_with(words[1], &how, &net));
  check(slipway_session_create(net, NULL, &session));
  for (int i = 0; i < slipway_input_count(net); ++i) {
    slipway_tensor_info in;
    check(slipway_input_info(net, i, &in));
    void* bytes = malloc(in.bytes);
    FILE* file = opened(words[3 + i], "rb");
    if (fread(bytes, 1, in.bytes, file) != in.bytes) return 3;
    fclose(file);
    check(slipway_set_input(session, i, bytes, in.bytes));
    free(bytes);
  }
  check(slipway_run(session));
  for (int i = 0; i < slipway_output_count(net); ++i) {
    char path[4096];
    const void* bytes;
    size_t size;
    check(slipway_output(session, i, &bytes, &size));
    snprintf(path, sizeof path, "%s/is%d", words[1], i);
    FILE* file = opened(path, "wb");
    if (fwrite(bytes, 1, size, file) != size) return 3;
    fclose(file);
  }
  printf("%s\n", slipway_isa(net));
  for (int i = 0; i < slipway_step_count(net); ++i) {
    slipway_step_info step;
    check(slipway_step(session, i, &step));
    printf("%s\n", step.kernel);
  }
  slipway_session_destroy(session);
  slipway_close(net);
  return 0;
}
