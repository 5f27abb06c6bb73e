/* Runs a deployment on zeros. It needs slipway.h, and deploy.so or libslipway_engine. */
#include <stdio.h>
#include <stdlib.h>

#include "slipway/slipway.h"

static void check(slipway_status status) {
  if (status == SLIPWAY_OK) return;
  fprintf(stderr, "error: %s\n", slipway_error());
  exit(1);
}

int main(int count, char** words) {
  slipway_deployment* net;
  slipway_session* session;
  slipway_tensor_info in, out;
  const void* output;
  check(slipway_open(count > 1 ? words[1] : ".", &net));
  check(slipway_session_create(net, NULL, &session));
  check(slipway_input_info(net, 0, &in));
  check(slipway_output_info(net, 0, &out));
  void* input = calloc(in.bytes, 1);
  check(slipway_set_input(session, 0, input, in.bytes));
  check(slipway_run(session));
  check(slipway_output(session, 0, &output, NULL));
  printf("%s: %d bytes in, %s: %d bytes out\n", in.name, (int)in.bytes, out.name, (int)out.bytes);
  if (out.dtype == SLIPWAY_F32) printf("the first number is %g\n", ((const float*)output)[0]);
  free(input);
  slipway_session_destroy(session);
  slipway_close(net);
  return 0;
}
