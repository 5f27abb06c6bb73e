"""Networks on the CPU: ours and other runtimes, one after the other, on the same files and cores.

Measured are the five networks of the zoo in floats and bytes, and other people's models that are
here (SLIPWAY_TESTDATA). The table goes to bench/results/ as Markdown and JSON; of a quick run to
build/bench/networks/. It is written anew after each round, so that what was measured is never lost.
"""

import argparse
import collections
import datetime
import json
import os
import platform
import shlex
import subprocess
import sys
import threading
import time

import checks
import gate
import models
import ours
import page
import report
import worker

HERE = os.path.dirname(os.path.abspath(__file__))
QUICK = ["mobilenet_v2", "resnet8_cifar10_int8.tflite", "mobilenet_v2_1.0_224_quant.tflite"]
MANY_CORES = ("zoo",)  # groups that are measured on more than one core, besides report.SEED
PATIENCE = 180  # seconds until a process is ended that has not
# Our instruction sets in the words of OpenVINO's kernels; the other runtimes cannot be held back.
ONEDNN = {"avx2": "AVX2", "avx_vnni": "AVX2_VNNI", "avx512": "AVX512_CORE",
          "vnni512": "AVX512_CORE_VNNI", "bf16_512": "AVX512_CORE_BF16",
          "fp16_512": "AVX512_CORE_FP16"}


def arguments():
    parser = argparse.ArgumentParser(
        prog="./dev bench networks", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help="3 rounds of 0.3 s of few models, within 3 minutes")
    add("--models", help="only those whose names contain one of these words: A,B")
    add("--peers", help="only these of " + ",".join(report.PEERS))
    add("--modes", help="1: one core; 2: two threads; 2x1: two streams (default: all, quick: 1)")
    add("--threads", type=int, choices=(1, 2), help="the same as --modes 1 or 2")
    add("--isa", help="the instruction set that we, and those peers that can, are held to: avx2")
    add("--tune", choices=("quick", "full", "none"), help="how long our compiler may measure kernels")
    add("--rounds", type=int, help="at least 7 for results (default: 7)")
    add("--seconds", type=float, help="measured in each round (default: 1)")
    add("--cores", default="1,0", help="one core is the first of these (default: 1,0)")
    add("--gate", type=float, metavar="GHZ", help="the clock that counts as full (default: 95 %% of the "
        "best reading, now or ever, of this machine)")
    add("--out", help="the two files without their ends (default: bench/results/networks_DATE...)")
    add("--list", action="store_true", help="what would be measured")
    add("--table", metavar="FILE.json", help="print the table of an earlier campaign again")
    return parser.parse_args()


def settle(options):
    if options.threads and not options.modes:
        options.modes = str(options.threads)
    options.modes = (options.modes or ("1" if options.quick else "1,2,2x1")).split(",")
    unknown = set(options.modes) - set(report.MODES)
    if unknown:
        raise SystemExit(f"--modes takes 1, 2 and 2x1, not {', '.join(sorted(unknown))}")
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.3 if options.quick else 1)
    options.cores = [int(core) for core in options.cores.split(",")]
    if len(options.cores) < 2 and options.modes != ["1"]:
        raise SystemExit("two threads or streams need two of --cores")
    options.peers = options.peers.split(",") if options.peers else report.PEERS
    return options


def chosen_models(options, root, data):
    found = models.all_models(root, data)
    words = options.models.split(",") if options.models else QUICK if options.quick else None
    return [m for m in found if words is None or any(word in m.name for word in words)]


# ---- The machine ------------------------------------------------------------------------------


def cpu():
    facts = {}
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for text in lines:
            key, _, value = text.partition(":")
            facts.setdefault(key.strip(), value.strip())
    return facts


def machine():
    facts = cpu()
    flags = set(facts.get("flags", facts.get("Features", "")).split())
    family, number = facts.get("cpu family", "?"), facts.get("model", "?")
    sets = [s for s in ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16",
                        "amx_int8", "asimddp") if s in flags]
    kind = ""
    if "avx512f" in flags and "avx512_vnni" in flags:
        kind = "zen4" if facts.get("vendor_id") == "AuthenticAMD" else "avx512"
    if "amx_int8" in flags:
        kind = "amx"  # for which there are no goals: those of avx512 are against peers without it
    with open("/proc/meminfo", encoding="utf-8") as lines:
        memory = int(lines.readline().split()[1]) // 2**20
    virtual = ", virtual" if "hypervisor" in flags else ""
    words = (f"{facts.get('model name', platform.machine())} (family {family}, model {number}), "
             f"{os.cpu_count()} cores{virtual}, {memory} GB, {', '.join(sets)}; "
             f"{platform.freedesktop_os_release().get('PRETTY_NAME', '')}, kernel {platform.release()}")
    return {"words": words, "class": kind, "name": facts.get("model name"), "family": family,
            "model": number, "flags": sets, "cores": os.cpu_count(), "memory_gb": memory}


def our_words(root, side):
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True,
                          text=True)
    held_to = f", held to {side.isa}" if side.isa else ""
    return f"deployments of `{side.words()}`, commit {done.stdout.strip() or '?'}{held_to}"


# ---- One measurement --------------------------------------------------------------------------


class Process:
    """A runner that was started on its cores."""

    def __init__(self, command, cores, environment):
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.watch = threading.Timer(PATIENCE, self.child.kill)
        self.watch.start()

    def line(self):
        """The next line of JSON; other people's libraries print, too."""
        while text := self.child.stdout.readline():
            try:
                found = json.loads(text)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
        return {"refused": self.last_words()}

    def last_words(self):
        _, told = self.child.communicate()
        code = self.child.returncode
        return f"it crashes (signal {-code})" if code < 0 else ours.sentence(told)

    def go(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()

    def end(self):
        self.watch.cancel()
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()


class Bench:
    def __init__(self, options, side, clock):
        self.options, self.side, self.clock = options, side, clock
        self.peer_environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": ONEDNN[options.isa]} \
            if options.isa in ONEDNN else None

    def command(self, model, runner, threads, outputs=None):
        if runner.startswith(report.OURS):
            return self.side.command(model, self.options.seconds, threads, outputs, runner)
        path, _ = models.convert(model, runner)
        return [sys.executable, os.path.join(HERE, "worker.py"), runner, path, model.inputs,
                str(self.options.seconds), str(threads), *([outputs] if outputs else [])]

    def environment(self, runner):
        return self.side.environment() if runner.startswith(report.OURS) else self.peer_environment

    def once(self, model, runner, mode, outputs=None):
        """Starts, waits for the clock, measures; the figures, or {"refused": sentence}."""
        cores = self.options.cores[: 1 if mode == "1" else 2]
        apart = mode == "2x1" and not runner.startswith(report.OURS)  # ours are sessions of one process
        sets = [{core} for core in cores] if apart else [set(cores)]
        command = self.command(model, runner, "1" if apart else mode, outputs)
        begun = [Process(command, own, self.environment(runner)) for own in sets]
        before = None
        try:
            found = [process.line() for process in begun]
            if not any("refused" in f for f in found):
                before = None if outputs else self.clock.wait(cores)
                for process in begun:
                    process.go()
                found = [process.line() for process in begun]
        finally:
            for process in begun:
                process.end()
        if any("refused" in f for f in found) or outputs:
            return report.recorded(next((f for f in found if "refused" in f), found[0]))
        return self.joined(found, before, self.clock.read(cores))

    def joined(self, found, before, after):
        total = dict(found[0])
        total["per_second"] = sum(f["per_second"] for f in found)
        total["gate"] = [before, after]
        total["ok"] = min(before, after) >= self.clock.full
        return total

    def measure(self, model, runner, mode):
        """Again where the clock was cut in between."""
        for _ in range(1 + self.clock.retries):
            found = self.once(model, runner, mode)
            if "refused" in found or found["ok"]:
                break
        return found


# ---- The campaign -----------------------------------------------------------------------------


def say(text, end="\n"):
    print(text, file=sys.stderr, end=end, flush=True)


def play(campaign, bench, jobs, number, tell):
    """One round: every job's runners one after the other, each time in another order."""
    for mode, model, able in jobs:
        shift = number % len(able) if able else 0
        for runner in able[shift:] + able[:shift]:
            found = bench.measure(model, runner, mode)
            campaign["measurements"].append(
                {"model": model.name, "mode": mode, "runner": runner, "round": number, **found})
            tell(model.name, runner)


def lacking(campaign, jobs, wanted):
    """The jobs of which some runner has too few measurements that count."""
    counts = collections.Counter((m["model"], m["mode"], m["runner"])
                                 for m in campaign["measurements"] if m.get("ok") or "refused" in m)
    return [job for job in jobs if any(counts[job[1].name, job[0], r] < wanted for r in job[2])]


def rounds(campaign, bench, chosen, runners, write):
    """Interleaved: each round has everything once; then again what the clock gate threw out.

    What we refuse is compared with nothing: the first round is enough to show what the others take.
    """
    jobs = [(mode, model, runners[model.name]) for mode in bench.options.modes for model in chosen
            if mode == "1" or model.group in MANY_CORES or model.name == report.SEED]
    wanted = bench.options.rounds
    compared = [job for job in jobs if any(runner.startswith(report.OURS) for runner in job[2])]
    total = sum(len(able) for _, _, able in jobs + compared * (wanted - 1))
    done, began = 0, time.monotonic()

    def minutes():
        return (time.monotonic() - began) / max(done, 1) * max(total - done, 0) / 60

    def tell(name, runner):
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            say(f"\r   {done} of {total}, {minutes():.0f} min left: {name}, {runner}\033[K", end="")

    for number in range(wanted + bench.clock.retries):
        todo = jobs if number == 0 else compared if number < wanted else \
            lacking(campaign, compared, wanted)
        if not todo:
            break
        play(campaign, bench, todo, number, tell)
        if sys.stderr.isatty():
            say("\r\033[K", end="")
        say(f"   round {number + 1} of {wanted}, {minutes():.0f} min left")
        write()


def output_stem(options, root):
    if options.out:
        return options.out
    name = f"networks_{datetime.date.today().isoformat()}" + (f"_{options.isa}" if options.isa else "")
    if options.quick:
        return os.path.join(root, "build/bench/networks/quick")
    return os.path.join(root, "bench/results", name)


COLUMNS = ("model", "mode", "runner", "round", "ok", "ms", "p10", "p90", "runs", "per_second", "load_ms",
           "first_ms", "import_mb", "peak_mb", "gate", "refused")


def to_json(campaign):
    """The whole campaign; of its measurements a table with a line for each."""
    rows = [json.dumps([m.get(c) for c in COLUMNS]) for m in campaign["measurements"]]
    rest = {**campaign, "measurements": None, "columns": COLUMNS, "summary": report.summary(campaign)}
    return json.dumps(rest, indent=1).replace(
        '"measurements": null', '"measurements": [\n  ' + ",\n  ".join(rows) + "\n ]", 1) + "\n"


def from_json(text):
    campaign = json.loads(text)
    campaign["measurements"] = [
        {c: v for c, v in zip(campaign["columns"], row) if v is not None}
        for row in campaign["measurements"]]
    return campaign


def write_files(campaign, stem):
    os.makedirs(os.path.dirname(stem) or ".", exist_ok=True)
    for end, text in ((".md", page.markdown(campaign)), (".json", to_json(campaign))):
        with open(stem + end + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(stem + end + ".new", stem + end)


def main():
    options = settle(arguments())
    if options.table:
        with open(options.table, encoding="utf-8") as text:
            print(page.markdown(from_json(text.read())), end="")
        return
    top = os.path.dirname(os.path.dirname(HERE))
    build = os.path.join(top, "build/release")
    root = os.path.join(top, "build/bench/networks")
    data = os.environ.get("SLIPWAY_TESTDATA", os.path.join(top, "../shared"))
    chosen = chosen_models(options, root, data)
    if not chosen:
        raise SystemExit("no model has such a name; --list says which there are")
    if options.list:
        print("\n".join(m.name for m in chosen))
        return
    clock = gate.Clock(os.path.join(build, "bench/gate"), options.cores, options.gate, options.quick,
                       os.path.join(root, "clock"))
    say(f"== full clock: at least {clock.full:.2f} GHz")
    side = ours.Deployment(build, root, options)
    bench = Bench(options, side, clock)
    campaign = {
        "date": datetime.date.today().isoformat(), "machine": machine(), "ours": our_words(top, side),
        "command": shlex.join(["./dev", "bench", "networks", *sys.argv[1:]]), "rounds": options.rounds,
        "seconds": options.seconds, "gate_ghz": clock.full, "settings": {"warm_up": worker.WARM_UP,
        "cores": options.cores, "isa": options.isa, **held(options)}, "versions": {}, "models": [], "checks": [],
        "measurements": [], "notes": notes(options)}
    say(f"== {len(chosen)} models, each checked once on every runtime (what peers say is kept)")
    began = time.monotonic()
    runners = {}
    fixed = models.fixed_hashes()
    for model in chosen:
        models.make(model, os.path.join(build, "slipway"), root, data)
        digest = model.sha256()
        campaign["models"].append({
            "name": model.name, "group": model.group, "precision": model.precision, "sha256": digest,
            "smooth": model.smooth, "fixed": fixed.get(model.name, digest) == digest})
        found = checks.check(model, bench, options.peers, root)
        campaign["checks"] += found
        runners[model.name] = [c["runner"] for c in found if "refused" not in c]
        for c in found:
            if "version" in c:
                campaign["versions"].setdefault(c["runner"], c["version"])
    say(f"== checked in {time.monotonic() - began:.0f} s; now {options.rounds} rounds of {options.seconds} s")
    stem = output_stem(options, top)
    rounds(campaign, bench, chosen, runners, lambda: write_files(campaign, stem))
    print(page.markdown(campaign), end="")
    say(f"== {stem}.md and .json")


def held(options):
    """The peers that are held to our instruction set."""
    if not options.isa:
        return {}
    # ONNX Runtime multiplies floats by AVX-512 and no more; its bytes go to the matrix unit.
    return {"held": ["ov", "ov-default"] if options.isa in ONEDNN else [],
            "held_in_floats": ["ort"] if options.isa == "fp16_512" else []}


def notes(options):
    if not options.isa:
        return []
    more = " ONNX Runtime has nothing behind it for floats, where it counts." \
        if options.isa == "fp16_512" else ""
    return [f"we are held to {options.isa}, and OpenVINO is by ONEDNN_MAX_CPU_ISA. The others have no such "
            f"switch: they use all that the processor has, stand in brackets and do not count.{more}"]


if __name__ == "__main__":
    main()
