"""Whether bench names what disturbed it: a competitor, a stop, a move, a quiet machine, ten times each.

    ./dev bench noise [--times 10] [--out bench/results/noise.md]

Each run measures 1.5 s of the network `signs` on one pinned processor, and is disturbed half a
second after it began. Wanted: the right reason in nine of ten, and `clean` in nine of ten quiet runs.
Needs two processors. Moving by a cpuset needs a group that this user may write; it is left out, and
said so, where there is none.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

PROGRAM = "build/release/slipway"
SECONDS = 1.5
BEFORE = 0.5  # until the measured part has begun: reading and compiling take a few milliseconds
GROUPS = "/sys/fs/cgroup/cpuset"


def start(processors):
    """bench on these processors, which it takes over from its start."""
    words = [PROGRAM, "bench", "signs", "--dummy", "--tune", "none", "--json", "-q",
             "--min-duration", f"{SECONDS}s", "--max-duration", f"{SECONDS}s"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True,
                            preexec_fn=lambda: os.sched_setaffinity(0, processors))


def threads_of(process):
    return [int(name) for name in os.listdir(f"/proc/{process.pid}/task")]


def quiet(_process):
    pass


def competitor(_process):
    """A program that computes on the same processor for 0.6 s."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                            preexec_fn=lambda: os.sched_setaffinity(0, {0}))
    time.sleep(0.6)
    busy.kill()
    busy.wait()


def stop(process):
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    process.send_signal(signal.SIGCONT)


def affinity(process):
    for thread in threads_of(process):
        os.sched_setaffinity(thread, {1})


def cpuset(process):
    with open(f"{GROUPS}/slipway_noise/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(process.pid))


def make_group():
    """A group of cpusets that has the second processor alone; false where that is not possible."""
    try:
        os.makedirs(f"{GROUPS}/slipway_noise", exist_ok=True)
        for name, value in (("cpuset.cpus", "1"), ("cpuset.mems", "0")):
            with open(f"{GROUPS}/slipway_noise/{name}", "w", encoding="ascii") as file:
                file.write(value)
        return True
    except OSError:
        return False


# What is done, the processors that are allowed before it, the reason that is right, the words.
CASES = [
    (quiet, {0}, "clean", "nothing"),
    (competitor, {0}, "competitor", "a program that computes on the same processor for 0.6 s"),
    (stop, {0}, "stopped", "SIGSTOP, and SIGCONT 0.3 s later"),
    (affinity, {0}, "moved", "its threads are moved from one processor to another"),
    (affinity, {0, 1}, "moved", "its threads are narrowed from two processors to one"),
    (cpuset, {0, 1}, "moved", "it is moved into a cpuset of one processor"),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    has_group = make_group()
    lines, bad = [], 0
    try:
        for disturb, processors, right, words in CASES:
            if disturb is cpuset and not has_group:
                lines.append(f"| {words} | {right} | not possible here | |")
                continue
            said = []
            for _ in range(arguments.times):
                process = start(processors)
                time.sleep(BEFORE)
                disturb(process)
                out, _ = process.communicate()
                noise = json.loads(out)["noise"]
                said.append(noise["verdict"])
                print(words, noise["verdict"], noise["reasons"][:1], noise["figures"], file=sys.stderr)
            count = said.count(right)
            others = ", ".join(sorted(set(said) - {right})) or "-"
            lines.append(f"| {words} | {right} | {count} of {arguments.times} | {others} |")
            bad += count * 10 < arguments.times * 9
    finally:
        if has_group:
            os.rmdir(f"{GROUPS}/slipway_noise")
    text = "| what was done | right is | said | other words |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"
    print(text)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            file.write(text)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
