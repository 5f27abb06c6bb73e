#include "measure/telemetry/serve.h"

#include <algorithm>

namespace slipway::measure {
namespace {

constexpr std::chrono::milliseconds kTurn{500};

}  // namespace

Result<void> serve(const Listener& listener, Recorder& recorder, const std::function<bool()>& stop,
                   const Recorded& recorded) {
  bool is_over = false;
  bool has_recorded = false;
  const auto answer = [&](std::string_view question) -> Result<std::string> {
    if (question == "status") return std::string(recorder.is_recording() ? "recording" : "ready");
    if (question == "kill") {
      is_over = true;
      return std::string();
    }
    if (question == "start") {
      if (recorder.is_recording())
        return fail(Code::conflict, "it records already: somebody else measures");
      recorder.begin();
      has_recorded = true;
      return std::string();
    }
    if (question == "stop") {
      if (!recorder.is_recording()) return fail(Code::conflict, "it does not record");
      recorder.end();
      SLIPWAY_TRY(recorded(recorder.recording()));
      return to_json(recorder.recording()).text(0);
    }
    if (question == "csv") {
      if (!has_recorded) return fail(Code::not_found, "it has not recorded anything");
      return to_csv(recorder.recording());
    }
    return fail(Code::unsupported, "it does not understand '{}'", question);
  };
  while (!is_over && !stop()) {
    if (recorder.is_recording() && recorder.due().count() == 0) recorder.sample();
    const std::chrono::nanoseconds turn = kTurn;
    listener.answer(recorder.is_recording() ? std::min(recorder.due(), turn) : turn, answer);
  }
  if (!recorder.is_recording()) return {};
  recorder.end();
  return recorded(recorder.recording());
}

void record(const Clock& clock, Recorder& recorder, std::chrono::nanoseconds length,
            const std::function<bool()>& stop) {
  const auto begin = clock.now();
  recorder.begin();
  while (!stop()) {
    std::chrono::nanoseconds turn = std::min<std::chrono::nanoseconds>(recorder.due(), kTurn);
    if (length.count() > 0) {
      const auto left = length - (clock.now() - begin);
      if (left.count() <= 0) break;
      turn = std::min(turn, left);
    }
    clock.wait_until(clock.now() + turn);
    if (recorder.due().count() == 0) recorder.sample();
  }
  recorder.end();
}

}  // namespace slipway::measure
