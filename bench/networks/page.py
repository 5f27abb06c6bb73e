"""The table of a campaign as Markdown, for people."""

import re

from report import (CONFIDENCE, FLOAT, INTEGER, MODES, NAMES, OURS, PEERS, Table, spread, summary, value,
                    without_folders)


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
    words = without_folders(words)
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + " ..."


def cell(row, runner, notes):
    found = row["cells"].get(runner)
    if found is None or (row["kind"] == FLOAT and runner == "ov-default"):
        return "-"
    if "refused" in found:
        return "refused " + notes.mark(row["model"], runner, found["refused"])
    text = digits(found["ms"]) + ("" if found["clean"] else " ~")
    if not found["counts"]:
        text = f"({text})"
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


def spread_table(campaign):
    lines = [line(["runtime", "the middle network", "the largest"]), rule(3)]
    for runner, name in NAMES.items():
        if found := spread(campaign, "1", runner):
            lines.append(line([name, *(f"{ratio:.3f}" for ratio in found)]))
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
            if "compile_s" in check:
                words.append(f"compiled in {check['compile_s']:.1f} s to {check['size_mb']:.1f} MB")
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
    for rule_of in found["rules"]:
        name = "the zoo" if rule_of["group"] == "zoo" else "the other models"
        mean, least = rule_of["wanted"]
        words.append(f"On {name} a geometric mean of {mean:.2f} and none below {least:.2f} is wanted of "
                     f"one core: {'reached' if rule_of['reached'] else 'missed'}.")
    headline = ["how", "networks of", "kind", "run by us", "times ours, geometric mean", "least"]
    return [" ".join(words), "", line(headline), rule(len(headline)), *lines, ""]


def rounds_text(campaign):
    """How many there were, and how many there should have been where it was stopped."""
    done = len({m["round"] for m in campaign["measurements"]})
    wanted = campaign["rounds"]
    return str(wanted) if done >= wanted else f"{done} of {wanted}"


def head(campaign):
    machine, settings = campaign["machine"], campaign.get("settings", {})
    versions = ", ".join(dict.fromkeys(f"{NAMES[k].removesuffix(' f32')} {v}"
                                       for k, v in campaign["versions"].items()))
    wanted, clean = len(campaign["measurements"]), sum(m.get("ok", False) for m in campaign["measurements"])
    return [
        f"# Networks on the CPU beside other runtimes, {campaign['date']}", "",
        f"Machine: {machine['words']}.", f"Peers: {versions}.", f"Ours: {campaign['ours']}.", "",
        f"    {campaign['command']}", "",
        f"{rounds_text(campaign)} rounds; in each, every runtime once on every network, one after the other "
        f"in a fresh process on its own cores (once only where we refuse the file): {settings.get('warm_up', 0.3)} s to warm up, "
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
                     "2x1": ["One on each core, of peers two processes: milliseconds for each picture of "
                             "both together.", ""]}[mode]
            lines += [f"## {title}", "", *about, *main_table(campaign, mode, found, notes), ""]
    if notes.known:
        lines += ["Refused:", "", *notes.lines(), ""]
    lines += ["## Loading and memory", "",
              "Milliseconds from the file to a request that can run, plus the first inference; the most "
              "memory of the process, in brackets without what it had after importing the library (peers "
              "run in Python).", "", *loading_table(campaign), "",
              "## Spread", "",
              "How much longer than the median run the slowest tenth takes at least (p90 over median), one "
              "core: the median of a network's rounds that count. This is the machine's unrest as well.", "",
              *spread_table(campaign), "",
              "## What was computed", "",
              "The precision of the convolutions, and the largest difference to the reference on the same "
              "random input, over the reference's range. The reference is ONNX Runtime; for TensorFlow "
              "Lite LiteRT with its reference kernels, to which 0 is equal in every bit.", "", *checks_table(campaign), "",
              "## The models", "", line(["network", "sha256"]), rule(2)]
    lines += [line([m["name"], f"`{m['sha256']}`" + ("" if m.get("fixed", True) else " (not the fixed one)")])
              for m in campaign["models"]]
    return "\n".join(lines) + "\n"
