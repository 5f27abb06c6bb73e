#pragma once
// Measuring what waits: queries that come by rules of their own, and how long each took from when
// it was due.

#include "measure/arrivals.h"
#include "measure/loadgen.h"
#include "measure/streams.h"

namespace slipway::measure {

struct ScenarioRules {
  Scenario scenario = Scenario::single;       // not concurrency: that is measure()
  Arrivals arrivals = Arrivals::constant(1);  // of server
  std::int64_t samples_per_query = 1;         // of multi: inferences
  std::int64_t warm_up = 0;                   // inferences of each stream, in front

  // It goes on until the last query came so late and there are so many.
  std::int64_t queries = 1;
  std::chrono::nanoseconds at_least = {};
  std::chrono::nanoseconds at_most = {};  // but no longer than this; 0: as long as it takes
  std::chrono::nanoseconds overrun = {};  // server: nor when a query has waited so long; 0: never
  std::vector<Cpus> cpus = {};            // of each stream, as of Rules

  std::chrono::nanoseconds bound = {};  // of a query's latency; those over it are counted. 0: none
  std::int64_t most_over = INT64_MAX;   // end when there are more, for nothing is left to prove

  // As of Rules: asked between two inferences of the first stream.
  std::function<bool()> stop = [] { return false; };
  std::function<void(double part)> progress = [](double) {};

  // Called once each, when all streams are warm and behind the last answer, by one thread while the
  // others stand still. Must not throw.
  std::function<void()> window_begins = [] {};
  std::function<void()> window_ends = [] {};
  // Called by the thread of a stream behind each inference of the measured part; may be empty.
  std::function<void(std::size_t stream, Clock::Time begin, Clock::Time end)> sample = {};
};

struct ScenarioRun {
  /// Latencies of `streams` count from when a query was due (server), from when it was issued
  /// (single, multi), or from the begin (offline). Those of multi are of whole queries, and all are
  /// the first stream's. A stream that got no query has no samples. The window ends with the last
  /// answer.
  Measured measured;
  std::int64_t queries = 0;
  std::int64_t over = 0;  // queries over `bound`
  /// As LoadgenRun has it.
  std::chrono::nanoseconds duration = {};
  Samples service;  // of inferences, from when a stream took them up
  /// How late a stream that waited for a query took it up (server): what the machine adds.
  Samples late;
  bool grows = false;  // the queue (server): see Backlog
};

/// Whether a queue grows, from how late each of its queries was taken up. Where less comes than can
/// be done, a queue is empty again and again: of M/D/1 with load r so many as 1 / (1 - r) queries
/// are answered between two such moments, on average. Where more comes, it is empty a last time. So
/// it is said to grow where nobody waited for a query in the second half of at least kFewest, and
/// the last one was more than half as late as the latest: what piled up in a stall is not worked
/// off.
///
/// Source  Kleinrock 1975, "Queueing Systems", volume 1, section 5.9: the number served in a busy
///         period
class Backlog {
 public:
  static constexpr std::int64_t kFewest = 100;

  /// The next query was taken up so late; under 0, when somebody waited for it.
  void add(std::chrono::nanoseconds late);

  [[nodiscard]] bool grows() const;

 private:
  std::int64_t count_ = 0;
  std::int64_t waited_for_ = 0;  // the last one that was, counted from 1
  std::chrono::nanoseconds last_ = {};
  std::chrono::nanoseconds latest_ = {};
};

/// Calls `streams`, each on a thread of its own, as queries come. Of server, the stream that is
/// free takes the query that was due first, and waits for it where it comes later; nothing is
/// issued in between that could be late. What stops before the window leaves measured.streams
/// empty.
///
/// Errors  those of a stream, which stops all others; unavailable: no threads
Result<ScenarioRun> run_scenario(const Clock& clock, std::span<const Infer> streams,
                                 const ScenarioRules& rules);

}  // namespace slipway::measure
