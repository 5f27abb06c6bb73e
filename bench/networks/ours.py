"""How our own side is run. What a deployment is measured by is said here and nowhere else.

A runner is a command that keeps to the protocol of worker.py: a line when it is loaded, it waits for a
line, a line with the figures.
"""

import os
import shutil
import subprocess
import time

KEY = "ours"


class Deployment:
    """`slipway compile`, then a C program that opens the folder and needs nothing else."""

    def __init__(self, build, root, options):
        self.slipway = os.path.join(build, "slipway")
        self.program = os.path.join(build, "bench", "deployment")
        self.isa = options.isa
        self.core = options.cores[0]  # the compiler measures kernels, too
        self.flags = ["--tune", options.tune] if options.tune else []
        # What was measured earlier, perhaps on a busy machine, is nothing that results rest on.
        self.tuning = os.path.join(root, f"tuning_{options.isa or 'newest'}.json")
        if not options.quick and os.path.exists(self.tuning):
            os.remove(self.tuning)
        told = subprocess.run([self.slipway, "compile", "--help"], capture_output=True, text=True)
        self.asks_precision = "--precision" in told.stdout

    def words(self):
        return " ".join(["slipway compile", *self.flags])

    def environment(self):
        return {**os.environ, **({"SLIPWAY_ISA": self.isa} if self.isa else {})}

    def runners(self, model):
        """One of float32 and one of what is compiled without asking, where these may differ."""
        two = self.asks_precision and model.precision == "fp32"
        return [KEY, KEY + "-default"] if two else [KEY]

    def prepare(self, model, runner):
        """What is known of the deployment, or the sentence with which the model is refused."""
        folder = self.folder(model, runner)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        exact = ["--precision", "fp32"] if len(self.runners(model)) == 2 and runner == KEY else []
        began = time.monotonic()
        done = subprocess.run(
            [self.slipway, "compile", model.path, "-o", folder, *exact, *self.flags,
             "--tuning-file", self.tuning, "--quiet"],
            env=self.environment(), capture_output=True, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {self.core}))
        if done.returncode:
            return {"refused": sentence(done.stderr)}
        return {"compile_s": round(time.monotonic() - began, 2), "size_mb": round(megabytes(folder), 2)}

    def folder(self, model, runner):
        return os.path.join(model.folder, "deployments", runner + (f"_{self.isa}" if self.isa else ""))

    def command(self, model, seconds, threads, outputs, runner):
        return [self.program, self.folder(model, runner), model.inputs, str(seconds), str(threads),
                *([outputs] if outputs else [])]


def sentence(text):
    """The lines that say why, on one line: those behind "because" where there is that word."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("output ", "note"))]
    why = [line.removeprefix("because ") for line in kept if line.startswith("because ")]
    return ": ".join((why or kept)[:3]) or "it ended without a word"


def megabytes(folder):
    return sum(entry.stat().st_size for entry in os.scandir(folder)) / 1e6
