"""How our own side is run. What a deployment is measured by is said here and nowhere else.

A runner is a command that keeps to the protocol of worker.py: a line when it is loaded, it waits for a
line, a line with the figures.
"""

import os
import shutil
import subprocess
import sys
import time

KEY = "ours"


def help_of_compile(build):
    """Its text; nothing where there is no such word."""
    done = subprocess.run([os.path.join(build, "slipway"), "compile", "--help"], capture_output=True,
                          text=True)
    return done.stdout if done.returncode == 0 else ""


class Deployment:
    """`slipway compile`, then a C program that opens the folder and needs nothing else."""

    waits = True
    streams = True  # "2x1" are two sessions of one process

    def __init__(self, build, isa):
        self.slipway = os.path.join(build, "slipway")
        self.program = os.path.join(build, "bench", "deployment")
        self.isa = isa
        self.asks_precision = "--precision" in help_of_compile(build)

    @staticmethod
    def possible(build):
        program = os.path.join(build, "bench", "deployment")
        return bool(help_of_compile(build)) and os.path.exists(program)

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
        done = subprocess.run([self.slipway, "compile", model.path, "-o", folder, *exact, "--quiet"],
                              env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            return {"refused": sentence(done.stderr)}
        return {"compile_s": round(time.monotonic() - began, 2), "size_mb": round(megabytes(folder), 2)}

    def folder(self, model, runner):
        return os.path.join(model.folder, "deployments", runner + (f"_{self.isa}" if self.isa else ""))

    def command(self, model, seconds, threads, outputs, runner):
        return [self.program, self.folder(model, runner), model.inputs, str(seconds), str(threads),
                *([outputs] if outputs else [])]


class Plan:
    """Before there are deployments: the plan that the lowering makes, run where it was made.

    It checks its outputs against the interpreter by itself, and its load time would be that of the
    compiler, so that none is shown.
    """

    waits = False
    streams = False

    def __init__(self, build, isa):
        self.slipway = os.path.join(build, "slipway")
        self.program = os.path.join(build, "bench", "plan")
        self.isa = isa

    def environment(self):
        return None

    def runners(self, model):
        return [KEY]

    def prepare(self, model, runner):
        done = subprocess.run(self.command(model, 0.01, 1, None, runner), capture_output=True, text=True)
        return {"refused": sentence(done.stderr)} if done.returncode else {}

    def command(self, model, seconds, threads, outputs, runner):
        if outputs:  # the integers of the interpreter are the plan's; it says so or fails
            return [sys.executable, os.path.abspath(__file__), self.slipway, model.path, model.inputs,
                    outputs]
        return [self.program, *(["--isa", self.isa] if self.isa else []), "--threads", str(threads),
                model.path, str(seconds)]


def choose(build, isa):
    return Deployment(build, isa) if Deployment.possible(build) else Plan(build, isa)


def sentence(text):
    """The lines that say why, on one line: those behind "because" where there is that word."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("output ", "note"))]
    why = [line.removeprefix("because ") for line in kept if line.startswith("because ")]
    return ": ".join((why or kept)[:3]) or "it ended without a word"


def megabytes(folder):
    return sum(entry.stat().st_size for entry in os.scandir(folder)) / 1e6


def interpret(slipway, path, inputs, outputs):
    """The protocol around `slipway run`."""
    import json

    given = []
    while os.path.exists(name := os.path.join(inputs, f"{len(given) // 2}.npy")):
        given += ["--input", name]
    done = subprocess.run([slipway, "run", path, *given, "--save", outputs, "--quiet"],
                          capture_output=True, text=True)
    print(json.dumps({"ready": KEY}), flush=True)
    sys.stdin.readline()
    print(json.dumps({"refused": sentence(done.stderr)} if done.returncode else {"precision": ""}))


if __name__ == "__main__":
    interpret(*sys.argv[1:])
