"""Runs MLPerf's LoadGen on a system that does nothing but take time, with random settings.

usage: loadgen.py FOLDER COUNT SEED

Run K writes FOLDER/K.json: what was asked for ("asked"), what LoadGen logged of each query, in
nanoseconds ("latencies", and "duration" as its rules count it), and what it printed of them
("said": verdicts, percentiles, estimates).
"""

import json
import os
import random
import re
import sys
import threading
import queue
import time

import mlperf_loadgen as loadgen

SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline"]
PERCENTILES = [0.5, 0.9, 0.95, 0.97, 0.99]


def wait(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class System:
    """Answers on a thread of its own, one query after the other."""

    def __init__(self, rng, usual, tail):
        self.rng, self.usual, self.tail = rng, usual, tail
        self.queue = queue.SimpleQueue()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while (samples := self.queue.get()) is not None:
            for sample in samples:
                slow = 5 if self.rng.random() < self.tail else 1
                wait(self.usual * slow * self.rng.uniform(0.8, 1.2))
                loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(sample.id, 0, 0)])

    def end(self):
        self.queue.put(None)
        self.thread.join()


def settings_of(scenario, rng):
    """A run of half a second at most, about half of which are valid."""
    asked = {
        "scenario": scenario,
        "percentile": rng.choice(PERCENTILES),
        "min_duration_ms": rng.choice([10, 50, 200, 400]),
        "min_query_count": rng.choice([1, 10, 64, 100, 300]),
        "max_query_count": rng.choice([0, 0, 0, 50]),
        "max_duration_ms": rng.choice([0, 0, 0, 100]),
        "bound_ns": rng.choice([400_000, 1_000_000, 3_000_000, 20_000_000]),
        "samples_per_query": rng.choice([2, 4, 8]) if scenario == "MultiStream" else 1,
        "qps": rng.choice([300.0, 1000.0, 2000.0]),
        "usual_s": rng.choice([50e-6, 150e-6, 300e-6]),
        "tail": rng.choice([0.0, 0.01, 0.05]),
    }
    if scenario == "MultiStream":
        asked["percentile"] = rng.choice([0.5, 0.9, 0.99])
    s = loadgen.TestSettings()
    s.scenario = getattr(loadgen.TestScenario, scenario)
    s.mode = loadgen.TestMode.PerformanceOnly
    for name in ["min_duration_ms", "max_duration_ms", "min_query_count", "max_query_count"]:
        setattr(s, name, asked[name])
    s.single_stream_target_latency_percentile = asked["percentile"]
    s.multi_stream_target_latency_percentile = asked["percentile"]
    s.server_target_latency_percentile = asked["percentile"]
    # LoadGen makes its queries before it begins; these say how many.
    s.single_stream_expected_latency_ns = 100_000
    s.multi_stream_expected_latency_ns = 200_000
    s.multi_stream_samples_per_query = asked["samples_per_query"]
    s.server_target_qps = asked["qps"]
    s.server_target_latency_ns = asked["bound_ns"]
    s.offline_expected_qps = asked["qps"]
    s.schedule_rng_seed = rng.getrandbits(31)
    return asked, s


def logged(folder, scenario):
    """Latencies of queries (of Offline: of samples), and the duration, from the trace."""
    queries = {}
    pattern = re.compile(
        r'"name":"Sample","cat":"default","ph":"b".*?"ts":(-?[0-9.]+),"args":'
        r'{"sample_seq":(\d+),"query_seq":(\d+),.*?"complete_ns":(\d+)'
    )
    with open(os.path.join(folder, "mlperf_log_trace.json"), encoding="utf-8") as trace:
        for line in trace:
            found = pattern.search(line)
            if found:
                key = int(found[2] if scenario == "Offline" else found[3])
                ts, took = round(float(found[1]) * 1000), int(found[4])
                before = queries.get(key, (ts, 0))
                queries[key] = (ts, max(before[1], took))
    latencies = [queries[key][1] for key in sorted(queries)]
    begins = [queries[key][0] for key in queries]
    duration = max(latencies) if scenario == "Offline" else max(begins) - min(begins)
    return latencies, duration


def said(folder, scenario):
    """What LoadGen printed; of MultiStream, about whole queries."""
    logged = {}
    with open(os.path.join(folder, "mlperf_log_detail.txt"), encoding="utf-8") as detail:
        for line in detail:
            entry = json.loads(line[len(":::MLLOG ") :])
            logged[entry["key"]] = entry["value"]
    query, per_query = ("query_", "per_query_") if scenario == "MultiStream" else ("", "")
    out = {
        "valid": logged["result_validity"] == "VALID",
        "long_enough": logged["result_min_duration_met"],
        "enough_queries": logged["result_min_queries_met"],
        "early_stopping": logged["early_stopping_met"],
        "bound_kept": logged.get("result_perf_constraints_met", True),
        "over": logged.get("result_overlatency_query_count"),
        "wanted_samples": logged["effective_min_sample_count"],
        "percentiles": {
            p: logged[f"result_{p}_percentile_{per_query}latency_ns"]
            for p in ["50.00", "90.00", "95.00", "97.00", "99.00", "99.90"]
        },
    }
    for name in ["min", "max", "mean"]:
        out[name] = logged[f"result_{name}_{query}latency_ns"]
    with open(os.path.join(folder, "mlperf_log_summary.txt"), encoding="utf-8") as file:
        text = re.sub(r"\s+", " ", file.read())
    for name, pattern in [
        ("discarded", r"Would discard (\d+) highest"),
        ("estimate", r"stopping [0-9.]+th percentile estimate: (\d+)"),
        ("needs", r"Need to process at least (\d+) queries"),
        ("more", r"at least (\d+) more queries"),
    ]:
        found = re.findall(pattern, text)
        out[name] = int(found[0]) if found else None
    return out


def main(folder, count, seed):
    library = loadgen.ConstructQSL(64, 64, lambda _: None, lambda _: None)
    for k in range(count):
        rng = random.Random(seed * 1_000_003 + k)
        scenario = SCENARIOS[k % len(SCENARIOS)]
        asked, settings = settings_of(scenario, rng)
        system = System(rng, asked["usual_s"], asked["tail"])
        sut = loadgen.ConstructSUT(system.queue.put, lambda: None)
        log = loadgen.LogSettings()
        log.enable_trace = True
        log.log_output.outdir = folder
        log.log_output.copy_summary_to_stdout = False
        loadgen.StartTestWithLogSettings(sut, library, settings, log, "")
        system.end()
        loadgen.DestroySUT(sut)
        latencies, duration = logged(folder, scenario)
        out = {
            "asked": asked,
            "latencies": latencies,
            "duration": duration,
            "said": said(folder, scenario),
        }
        with open(os.path.join(folder, f"{k}.json"), "w", encoding="utf-8") as file:
            json.dump(out, file)
    loadgen.DestroyQSL(library)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
