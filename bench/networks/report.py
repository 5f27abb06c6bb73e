"""From measurements to a table: medians, intervals, the best peer, refusals. Only Python's own library.

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
# The input is noise, on which bfloat16 moves a flat softmax by a fifth.
TOLERANCE = {FLOAT: 1e-3, DEFAULT: 0.25, INTEGER: 0.1}
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
SEED = "mobilenet_v2_1.0_224_quant.tflite"
SEED_GOAL = (2.5, 3.4)


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
                fits = kind != FLOAT or runner != "ov-default"
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


def goal_of(campaign, row):
    if row["mode"] != "1":
        return None
    if row["model"] == SEED:
        return SEED_GOAL
    goals = GOALS.get(campaign["machine"].get("class"), {})
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
                of = [r for r in rows if r["kind"] in kinds and groups[r["model"]] == group]
                ratios = {r["model"]: r["ratio"] for r in of if r.get("right") and "ratio" in r}
                if ratios and {r["kind"] for r in of} >= set(kinds):
                    found["means"].append({"mode": mode, "group": group, "kind": " and ".join(kinds),
                                           "of": len(of),
                                           "mean": geometric_mean(ratios.values()),
                                           "least": min(ratios.values()),
                                           "worst": min(ratios, key=ratios.get),
                                           "networks": len(ratios)})
    return found


# ---- Markdown ---------------------------------------------------------------------------------


def digits(ms):
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 20 else f"{ms:.2f}" if ms >= 1 else f"{ms:.3f}"


class Notes:
    """Refusals that cells point to: one for each model and sentence."""

    def __init__(self):
        self.known = {}

    def mark(self, model, runner, sentence):
        runners = self.known.setdefault((model, shortened(sentence)), [])
        if runner not in runners:
            runners.append(runner)
        return f"[{list(self.known).index((model, shortened(sentence))) + 1}]"

    def lines(self):
        return [f"{k}. {model}, {' and '.join(NAMES[r] for r in runners)}: {sentence}"
                for k, ((model, sentence), runners) in enumerate(self.known.items(), 1)]


def shortened(sentence, limit=240):
    """On one line, without the folders of the machine and within a reader's patience."""
    words = " ".join(sentence.replace("|", "/").split())
    words = re.sub(r"(Exception from \S+:\d+: )+", "", words)
    words = re.sub(r"(?<![\w.])/(?:[^\s/'\"]+/)+", "", words)
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + " ..."


def cell(row, runner, notes):
    found = row["cells"].get(runner)
    if found is None or (row["kind"] == FLOAT and runner == "ov-default" and "ms" in found):
        return "-"
    if "refused" in found:
        return "refused " + notes.mark(row["model"], runner, found["refused"])
    text = digits(found["ms"]) + ("" if found["clean"] else " ~")
    if not found["right"]:
        text += " wrong"
    return f"**{text}**" if row.get("best") == runner else text


def ratio_text(row):
    if "ratio" not in row:
        return "-"
    sure = "" if row["coverage"] >= CONFIDENCE else "?"
    clean = "" if row["clean"] else " ~"
    text = f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f}{sure}){clean}"
    return text if row["right"] else f"~~{text}~~ wrong answer"


def goal_text(row):
    if "must" not in row:
        return ""
    words = f"{row['must']:.2f} / {row['aim']:.2f}"
    if "ratio" not in row or not row["right"]:
        return words + ": missed"
    if row["ratio"] >= row["aim"]:
        return words + ": aim"
    return words + (": must" if row["ratio"] >= row["must"] else ": missed")


def rule(columns):
    return "|" + "---|" * columns


def line(cells):
    return "| " + " | ".join(cells) + " |"


def factor(table, row):
    """How many times the speed of one core this is, for ours and for the best peer."""
    texts = []
    for runner in (table.own(row["model"], row["mode"], row["kind"]), row.get("best")):
        one, _ = table.median(row["model"], "1", runner, speed_of_one(row["mode"]))
        many, _ = table.median(row["model"], row["mode"], runner)
        texts.append(f"{one / many:.2f}" if one and many else "-")
    return texts


def speed_of_one(mode):
    """Streams are compared with the throughput of one, threads with its median."""
    return (lambda m: 1000 / m["per_second"]) if mode == "2x1" else value


def main_table(campaign, mode, found, notes):
    table = Table(campaign)
    rows = [r for r in found["rows"] if r["mode"] == mode]
    shown = [p for p in PEERS if any(p in r["cells"] for r in rows)]
    goals = any("must" in r for r in rows)
    extra = ["must / aim"] if goals else []
    if mode != "1":
        extra = ["our factor", "best peer's factor"]
    head = ["network", "kind", "ours", *[NAMES[p] for p in shown], "times ours (95 %)", *extra]
    lines = [line(head), rule(len(head))]
    for row in rows:
        name = row["model"].removesuffix(" " + FLOAT).removesuffix(" " + INTEGER)
        more = [] if not extra else factor(table, row) if mode != "1" else [goal_text(row)]
        lines.append(line([name, row["kind"], *[cell(row, r, notes) for r in [OURS, *shown]],
                           ratio_text(row), *more]))
    return lines


def loading_table(campaign):
    """Milliseconds until the first inference can start, that inference, and the most memory."""
    table = Table(campaign)
    runners = [r for r in NAMES if any(k[2] == r for k in table.rounds)]
    lines = [line(["network", *[NAMES[r] for r in runners]]), rule(len(runners) + 1)]
    for model in campaign["models"]:
        cells = []
        for runner in runners:
            load, first, peak, base = (
                table.median(model["name"], "1", runner, lambda m, k=k: m.get(k))[0]
                for k in ("load_ms", "first_ms", "peak_mb", "import_mb"))
            cells.append("-" if load is None else f"{digits(load)} + {digits(first)}, {peak:.0f} MB"
                         + (f" ({peak - base:.0f})" if base else ""))
        if any(c != "-" for c in cells):
            lines.append(line([model["name"], *cells]))
    return lines


def checks_table(campaign):
    table = Table(campaign)
    runners = [r for r in NAMES if any(k[1] == r and "refused" not in c
                                                for k, c in table.checks.items())]
    lines = [line(["network", *[NAMES[r] for r in runners]]), rule(len(runners) + 1)]
    for model in campaign["models"]:
        cells = []
        for runner in runners:
            check = table.checks.get((model["name"], runner))
            if check is None or "refused" in check:
                cells.append("-")
                continue
            apart = check.get("apart")
            words = [check.get("precision") or "", "the reference" if check.get("reference")
                     else "" if apart is None else f"{apart:.1g}"]
            if check.get("same_top") is False:
                words.append("another class")
            cells.append(", ".join(w for w in words if w) or "-")
        if any(c != "-" for c in cells):
            lines.append(line([model["name"], *cells]))
    return lines


def in_short(campaign, found):
    """The few sentences that a reader looks for."""
    lines = []
    for mode, title in MODES.items():
        rows = [r for r in found["rows"] if r["mode"] == mode]
        means = [m for m in found["means"] if m["mode"] == mode]
        for m in means:
            group = "zoo" if m["group"] == "zoo" else "others"
            lines.append(line([title, group, m["kind"], f"{m['networks']} of {m['of']}", f"{m['mean']:.2f}",
                               f"{m['least']:.2f} ({m['worst']})"]))
        if rows and not means:
            lines.append(line([title, "-", "-", f"0 of {len(rows)}", "-", "-"]))
    goals = [r for r in found["rows"] if "must" in r]
    reached = [r for r in goals if r.get("right") and r.get("ratio", 0) >= r["must"]]
    best = [r for r in reached if r["ratio"] >= r["aim"]]
    ours = [c for c in campaign["checks"] if c["runner"] == OURS]
    refused = sum("refused" in c for c in ours)
    words = [f"We run {len(ours) - refused} of {len(ours)} files."] if ours else []
    if goals:
        words.append(f"Of {len(goals)} goals {len(reached)} are reached, {len(best)} of them with the aim.")
    headline = ["how", "networks of", "kind", "run by us", "times ours, geometric mean", "least"]
    return [" ".join(words), "", line(headline), rule(len(headline)), *lines, ""]


def head(campaign):
    machine, settings = campaign["machine"], campaign.get("settings", {})
    versions = ", ".join(dict.fromkeys(f"{NAMES[k].removesuffix(' f32')} {v}"
                                       for k, v in campaign["versions"].items()))
    wanted, clean = len(campaign["measurements"]), sum(m.get("ok", False) for m in campaign["measurements"])
    return [
        f"# Networks on the CPU beside other runtimes, {campaign['date']}", "",
        f"Machine: {machine['words']}.", f"Peers: {versions}.", f"Ours: {campaign['ours']}.", "",
        f"    {campaign['command']}", "",
        f"{campaign['rounds']} rounds; in each, every runtime once on every network, one after the other "
        f"in a fresh process on its own cores: {settings.get('warm_up', 0.3)} s to warm up, "
        f"{campaign['seconds']} s measured. A measurement counts where the clock read at least "
        f"{campaign['gate_ghz']:.2f} GHz before and after ({clean} of {wanted} did; networks that "
        "lack some get more rounds); ~ marks cells without any that counts. Cells are medians of the rounds' medians in milliseconds, batch 1. "
        "`times ours` is the best peer's time (bold) over ours, the median of the rounds, with the "
        "narrowest interval of order statistics that holds the median with 95 % whatever the "
        "distribution (? where there are too few rounds for that).", "",
        "Kinds: `fp32` computes in float32 throughout; `default` is what a user gets from the same file "
        "without asking, which may be bfloat16; `int8` is a quantized file.", ""]


def markdown(campaign):
    found = summary(campaign)
    notes = Notes()
    lines = head(campaign)
    lines += in_short(campaign, found)
    lines += [f"Note: {text}" for text in campaign.get("notes", [])] + [""] * bool(campaign.get("notes"))
    for mode, title in MODES.items():
        if any(r["mode"] == mode for r in found["rows"]):
            about = {"1": [], "2": ["One picture on two cores.", ""],
                     "2x1": ["Two processes, one on each core: milliseconds for each picture of both "
                             "together.", ""]}[mode]
            lines += [f"## {title}", "", *about, *main_table(campaign, mode, found, notes), ""]
    if notes.known:
        lines += ["Refused:", "", *notes.lines(), ""]
    lines += ["## Loading and memory", "",
              "Milliseconds from the file to a request that can run, plus the first inference; the most "
              "memory of the process, in brackets without what it had after importing the library (peers "
              "run in Python).", "", *loading_table(campaign), "",
              "## What was computed", "",
              "The precision of the convolutions, and the largest difference to the reference on the same "
              "random input, over the reference's range.", "", *checks_table(campaign), "",
              "## The models", "", line(["network", "sha256"]), rule(2)]
    lines += [line([m["name"], f"`{m['sha256']}`" + ("" if m.get("fixed", True) else " (not the fixed one)")])
              for m in campaign["models"]]
    return "\n".join(lines) + "\n"
