"""Loading and memory of our deployments and of ONNX Runtime, both in programs of C.

A process that loads a model, runs it three times and ends: the time until it could run, and the most
memory it had (VmHWM). Everything is done five times, one after the other, on one core; the medians
go to bench/results/ as Markdown.
"""

import argparse
import datetime
import glob
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys

import models
import ours
import page
import run

ROUNDS = 5
LARGE = 60  # MB: a runtime that takes more must be halved


def arguments():
    parser = argparse.ArgumentParser(
        prog="./dev bench memory", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", help="only those whose names contain one of these words: A,B")
    parser.add_argument("--core", type=int, default=1, help="where everything runs (default: 1)")
    parser.add_argument("--out", help="the file (default: bench/results/memory_DATE.md)")
    return parser.parse_args()


def library():
    """The C library that the Python package carries."""
    import onnxruntime

    found = glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), "capi/libonnxruntime.so.*"))
    if not found:
        raise SystemExit("this ONNX Runtime has no C library beside it")
    return found[0]


def figures(command, core):
    """The program's line of JSON, or a sentence; ours waits for a line before it ends."""
    done = subprocess.run(command, input="\n", capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    lines = [text for text in done.stdout.splitlines() if text.startswith("{")]
    found = json.loads(lines[-1]) if lines and not done.returncode else {}
    return found if "load_ms" in found else ours.sentence(done.stderr or done.stdout)


def measured(model, slipway, programs, options, root):
    """(the line of a table, whether it keeps what is wanted) of a model."""
    folder = os.path.join(root, "memory")
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run([slipway, "compile", model.path, "-o", folder, "--quiet", "--tuning-file",
                           os.path.join(root, "tuning_newest.json")], capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, {options.core}))
    if done.returncode:
        return f"| {model.name} | {page.shortened(ours.sentence(done.stderr))} | | | | |", None
    commands = [[programs + "/deployment", folder, model.inputs, "0.01", "1"],
                [programs + "/onnxruntime", library(), model.path]]
    found = [[], []]
    for _ in range(ROUNDS):
        for command, results in zip(commands, found):
            results.append(figures(command, options.core))
    refused = [r for results in found for r in results if isinstance(r, str)]
    if refused:
        return f"| {model.name} | {page.shortened(refused[0])} | | | | |", None
    (load, memory), (peer_load, peer_memory) = (
        [statistics.median(r[key] for r in results) for key in ("load_ms", "peak_mb")]
        for results in found)
    most = 0.5 if peer_memory > LARGE else 1
    keeps = load / peer_load <= 0.1 and memory / peer_memory <= most
    return (f"| {model.name} | {page.digits(load)} ms, {memory:.1f} MB | {page.digits(peer_load)} ms, "
            f"{peer_memory:.1f} MB | {load / peer_load:.3f} | {memory / peer_memory:.2f} of {most} | "
            f"{'yes' if keeps else 'NO'} |"), keeps


def main():
    options = arguments()
    top = os.path.dirname(os.path.dirname(run.HERE))
    build = os.path.join(top, "build/release")
    root = os.path.join(top, "build/bench/networks")
    data = os.environ.get("SLIPWAY_TESTDATA", os.path.join(top, "../shared"))
    words = options.models.split(",") if options.models else [""]
    chosen = [m for m in models.all_models(root, data)
              if m.format == ".onnx" and any(word in m.name for word in words)]
    lines = []
    for number, model in enumerate(chosen, 1):
        run.say(f"== {number} of {len(chosen)}: {model.name}")
        models.make(model, os.path.join(build, "slipway"), root, data)
        lines.append(measured(model, os.path.join(build, "slipway"),
                              os.path.join(build, "bench"), options, root))
    known = [keeps for _, keeps in lines if keeps is not None]
    text = "\n".join([
        f"# Loading and memory in C programs, {datetime.date.today().isoformat()}", "",
        f"Machine: {run.machine()['words']}.", "",
        "    " + shlex.join(["./dev", "bench", "memory", *sys.argv[1:]]), "", __doc__.split("\n\n")[1],
        "Ours are what `slipway compile` makes by itself. Wanted: loading in at most a tenth of the time, and",
        f"half of the memory where ONNX Runtime takes more than {LARGE} MB, else no more than it takes.", "",
        f"{sum(known)} of {len(known)} models keep both.", "",
        "| model | ours | ONNX Runtime | part of its loading | part of its memory | kept |",
        "|---|---|---|---|---|---|", *[text for text, _ in lines]]) + "\n"
    out = options.out or os.path.join(
        top, "bench/results", f"memory_{datetime.date.today().isoformat()}.md")
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)
    print(text, end="")


if __name__ == "__main__":
    main()
