"""From measurements to rows: medians, intervals, the best peer, refusals. Only Python's own library.

A campaign is a dict:
  machine, command, versions, rounds, seconds, gate_ghz, settings   said as they are
  models         [{name, group, precision, sha256, fixed}]
  checks         [{model, runner, refused | apart, same_top, precision}]  once for each pair
  measurements   [{model, mode, runner, round, ok, ms, per_second, load_ms, first_ms, peak_mb, ...}]
ok says that the clock was full before and after; only such rounds count where there are any.
"""

import math
import re
import statistics

OURS, OURS_DEFAULT = "ours", "ours-default"
NAMES = {"ours": "ours", "ours-default": "ours by default", "ort": "ONNX Runtime", "ov": "OpenVINO f32", "ov-default": "OpenVINO",
         "litert": "LiteRT", "mnn": "MNN", "ncnn": "ncnn"}
PEERS = [name for name in NAMES if not name.startswith(OURS)]
MODES = {"1": "One core", "2": "Two threads", "2x1": "Two streams"}
FLOAT, DEFAULT, INTEGER = "fp32", "default", "int8"
CONFIDENCE = 0.95
# The largest difference, as a share of the reference's range, with which an answer counts as right.
# Floats over weights of bytes differ by 2e-3 between kernels of one runtime, bfloat16 by 4e-3 and more;
# the input is noise, on which bfloat16 moves a flat softmax by a fifth.
TOLERANCE = {FLOAT: 3e-3, DEFAULT: 0.25, INTEGER: 0.1}
# must and aim of the time of the best peer over ours, by kind of processor.
GOALS = {
    "zen4": {
        "resnet50": {FLOAT: (1.10, 1.20), DEFAULT: (1.00, 1.05), INTEGER: (1.05, 1.12)},
        "mobilenet_v2": {FLOAT: (1.10, 1.20), DEFAULT: (1.15, 1.40), INTEGER: (1.45, 1.65)},
        "fbnetc_100": {FLOAT: (1.10, 1.25), DEFAULT: (1.15, 1.40), INTEGER: (1.45, 1.70)},
        "ssd300": {FLOAT: (1.10, 1.25), DEFAULT: (1.15, 1.40), INTEGER: (1.45, 1.80)},
        "unet256": {FLOAT: (1.50, 1.80), DEFAULT: (1.40, 1.60), INTEGER: (1.10, 1.20)},
    },
    "avx512": {
        "resnet50": {FLOAT: (1.15, 1.25), DEFAULT: (1.60, 1.90), INTEGER: (1.05, 1.15)},
        "mobilenet_v2": {FLOAT: (1.15, 1.25), DEFAULT: (1.50, 1.80), INTEGER: (1.50, 1.75)},
        "fbnetc_100": {FLOAT: (1.15, 1.25), DEFAULT: (1.50, 1.80), INTEGER: (1.50, 1.75)},
        "ssd300": {FLOAT: (1.30, 1.50), DEFAULT: (1.50, 1.80), INTEGER: (1.50, 1.80)},
        "unet256": {FLOAT: (1.40, 1.60), DEFAULT: (1.60, 2.00), INTEGER: (1.20, 1.40)},
    },
}
# What a processor is without what came after these instruction sets.
HELD_TO = {"fp16_512": "avx512"}
SEED = "mobilenet_v2_1.0_224_quant.tflite"
SEED_GOAL = (2.5, 3.4)
# Of the networks in fp32 and int8 on one core: the least geometric mean, and the least of all; for
# the zoo's where there are no goals for this kind of processor.
RULES = {"zoo": (1.15, 0.97), "real": (1.30, 1.00)}


def without_folders(sentence):
    """Of each absolute path its last name: folders of the machine are nothing to record."""
    return re.sub(r"(?<![\w.])/(?:[^\s/'\"]+/)+", "", sentence)


def recorded(answer):
    """What a runner answered, as a campaign has it."""
    return {**answer, "refused": without_folders(answer["refused"])} if "refused" in answer else answer


def interval(values):
    """(low, high, coverage) of the median, whatever the distribution: two order statistics.

    The k-th smallest and the k-th largest of n hold the median with 1 - 2 P(binomial(n, 1/2) < k);
    the narrowest pair that reaches 95 %, or all values where none does.
    """
    ordered = sorted(values)
    n = len(ordered)
    below = 0.0
    best = (ordered[0], ordered[-1], 1 - 2 * 0.5 ** n)
    for k in range(n // 2):
        below += math.comb(n, k) * 0.5 ** n
        if 1 - 2 * below < CONFIDENCE:
            break
        best = (ordered[k], ordered[n - 1 - k], 1 - 2 * below)
    return best


def spread(campaign, mode, runner):
    """(the middle network's, the largest) slowest tenth of runs over the median run, of rounds that count."""
    found = {}
    for m in campaign["measurements"]:
        if m["mode"] == mode and m["runner"] == runner and m.get("ok") and m.get("p90"):
            found.setdefault(m["model"], []).append(m["p90"] / m["ms"])
    middles = [statistics.median(values) for values in found.values()]
    return (statistics.median(middles), max(middles)) if middles else None


def value(measurement):
    """Milliseconds for one picture."""
    return 1000 / measurement["per_second"] if measurement["mode"] == "2x1" else measurement["ms"]


class Table:
    def __init__(self, campaign):
        self.campaign = campaign
        self.checks = {(c["model"], c["runner"]): c for c in campaign["checks"]}
        self.rounds = {}
        self.stopped = {}  # what a runner said that was right once and failed when it was measured
        for m in campaign["measurements"]:
            key = (m["model"], m["mode"], m["runner"])
            if "ms" in m:
                self.rounds.setdefault(key, []).append(m)
            else:
                self.stopped[key] = m["refused"]

    def accepted(self, model, mode, runner):
        """Measurements that count, by round, and whether they are gate-clean."""
        every = self.rounds.get((model, mode, runner), [])
        good = [m for m in every if m["ok"]]
        return {m["round"]: m for m in good or every}, bool(good)

    def median(self, model, mode, runner, of=value):
        found, clean = self.accepted(model, mode, runner)
        numbers = [n for n in map(of, found.values()) if n is not None]
        return (statistics.median(numbers), clean) if numbers else (None, True)

    def wrong(self, model, runner, kind):
        apart = self.checks.get((model, runner), {}).get("apart")
        return apart is not None and not apart <= TOLERANCE[kind]

    def row(self, model, mode, kind):
        """One line: what each runner takes, the best peer, how many times ours that is."""
        name = model["name"]
        cells = {}
        own = self.own(name, mode, kind)
        for shown in [OURS, *PEERS]:
            runner = own if shown == OURS else shown
            ms, clean = self.median(name, mode, runner)
            check = self.checks.get((name, runner))
            if ms is not None:
                # 16 bits are no float32, and a network of floats by default may have them
                fits = (kind != FLOAT or runner != "ov-default") and self.is_held(runner, kind)
                right = model.get("smooth", True) is False or not self.wrong(name, runner, kind)
                cells[shown] = {"ms": ms, "clean": clean, "counts": fits, "right": right}
            elif check and "refused" in check:
                cells[shown] = {"refused": check["refused"]}
            elif (name, mode, runner) in self.stopped:
                cells[shown] = {"refused": self.stopped[name, mode, runner]}
        row = {"model": name, "mode": mode, "kind": kind, "cells": cells}
        peers = [r for r in PEERS if cells.get(r, {}).get("counts") and cells[r]["right"]]
        if peers:
            row["best"] = min(peers, key=lambda r: cells[r]["ms"])
        ours = cells.get(OURS, {})
        if peers and "ms" in ours:
            row.update(self.ratio(name, mode, own, row["best"]))
            row["right"] = ours["right"]
        return row

    def is_held(self, runner, kind):
        """Where we are held to an instruction set, only peers that are held to it, too, count; in floats
        those as well that use nothing behind it."""
        settings = self.campaign.get("settings", {})
        held = settings.get("held")
        floats = settings.get("held_in_floats", []) if kind != INTEGER else []
        return held is None or runner.startswith(OURS) or runner in held or runner in floats

    def own(self, name, mode, kind):
        """Which of ours a row shows: the float32 one, or what is compiled without asking."""
        chosen = kind == DEFAULT and (name, mode, OURS_DEFAULT) in self.rounds
        return OURS_DEFAULT if chosen else OURS

    def ratio(self, name, mode, own, peer):
        """Median and interval of peer over ours, round by round."""
        ours, theirs = ({m["round"]: m for m in self.rounds.get((name, mode, runner), [])}
                        for runner in (own, peer))
        pairs = [(ours[k], theirs[k]) for k in sorted(ours.keys() & theirs.keys())]
        good = [(a, b) for a, b in pairs if a["ok"] and b["ok"]]
        ratios = [value(b) / value(a) for a, b in good or pairs]
        if not ratios:
            return {}
        low, high, coverage = interval(ratios)
        return {"ratio": statistics.median(ratios), "low": low, "high": high, "coverage": coverage,
                "pairs": len(ratios), "clean": bool(good)}

    def rows(self, mode):
        found = []
        for model in self.campaign["models"]:
            kinds = [INTEGER] if model["precision"] == INTEGER else [FLOAT, DEFAULT]
            rows = [self.row(model, mode, kind) for kind in kinds]
            measured = any(k[:2] == (model["name"], mode) for k in self.rounds)
            if measured or (mode == "1" and rows[0]["cells"]):
                found += rows
        return found


def goals_of(campaign):
    """Those of this kind of processor, or of the one that all are held to, if it has any."""
    settings = campaign.get("settings", {})
    kind = HELD_TO.get(settings.get("isa")) if "held" in settings else campaign["machine"].get("class")
    return GOALS.get(kind, {})


def rules(campaign, found):
    """What holds for many networks together: [(group, mean, least, reached)]."""
    wanted = [group for group in RULES if group == "real" or not goals_of(campaign)]
    both = f"{FLOAT} and {INTEGER}"
    return [{"group": m["group"], "mean": m["mean"], "least": m["least"], "wanted": RULES[m["group"]],
             "reached": m["networks"] == m["of"] and m["mean"] >= RULES[m["group"]][0]
             and m["least"] >= RULES[m["group"]][1]}
            for m in found["means"]
            if m["mode"] == "1" and m["kind"] == both and m["group"] in wanted]


def goal_of(campaign, row):
    if row["mode"] != "1":
        return None
    if row["model"] == SEED:
        return SEED_GOAL
    goals = goals_of(campaign)
    return goals.get(row["model"].split()[0], {}).get(row["kind"])


def geometric_mean(numbers):
    return math.exp(statistics.fmean(map(math.log, numbers)))


def summary(campaign):
    """All rows and means, as the JSON file has them."""
    table = Table(campaign)
    found = {"rows": [], "means": []}
    for mode in MODES:
        rows = table.rows(mode)
        for row in rows:
            goal = goal_of(campaign, row)
            if goal:
                row["must"], row["aim"] = goal
        found["rows"] += rows
        groups = {m["name"]: m["group"] for m in campaign["models"]}
        for group in ("zoo", "real"):
            for kinds in ((FLOAT,), (DEFAULT,), (INTEGER,), (FLOAT, INTEGER)):
                of = [r for r in rows if r["kind"] in kinds and groups[r["model"]] == group
                      and "best" in r]  # a file that no peer runs is nobody's to be compared with
                ratios = {r["model"]: r["ratio"] for r in of if r.get("right") and "ratio" in r}
                if ratios and {r["kind"] for r in of} >= set(kinds):
                    found["means"].append({"mode": mode, "group": group, "kind": " and ".join(kinds),
                                           "of": len(of),
                                           "mean": geometric_mean(ratios.values()),
                                           "least": min(ratios.values()),
                                           "worst": min(ratios, key=ratios.get),
                                           "networks": len(ratios)})
    found["rules"] = rules(campaign, found)
    return found
