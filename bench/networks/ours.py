"""How our own side is run. What a deployment is measured by is said here and nowhere else.

A runner is a command that keeps to the protocol of worker.py: a line when it is loaded, it waits for a
line, a line with the figures.
"""

import os
import shutil
import subprocess
import sys

KEY = "ours"


class Deployment:
    """`slipway compile`, then a C program that opens the folder and needs nothing else."""

    waits = True

    def __init__(self, build, isa):
        self.slipway = os.path.join(build, "slipway")
        self.program = os.path.join(build, "bench", "deployment")
        self.isa = isa

    @staticmethod
    def possible(build):
        known = subprocess.run([os.path.join(build, "slipway"), "help", "compile"], capture_output=True)
        return known.returncode == 0 and os.path.exists(os.path.join(build, "bench", "deployment"))

    def environment(self):
        return {**os.environ, **({"SLIPWAY_ISA": self.isa} if self.isa else {})}

    def runners(self, model):
        """One of float32 and one of what is compiled without asking, where these may differ."""
        return [KEY, KEY + "-default"] if model.precision == "fp32" else [KEY]

    def prepare(self, model, runner):
        """Nothing, or the sentence with which the model is refused."""
        folder = self.folder(model, runner)
        shutil.rmtree(folder, ignore_errors=True)
        exact = ["--precision", "fp32"] if (runner, model.precision) == (KEY, "fp32") else []
        done = subprocess.run([self.slipway, "compile", model.path, "-o", folder, *exact, "--quiet"],
                              env=self.environment(), capture_output=True, text=True)
        return None if done.returncode == 0 else sentence(done.stderr)

    def folder(self, model, runner):
        return os.path.join(model.folder, "deployments", runner + (f"_{self.isa}" if self.isa else ""))

    def command(self, model, seconds, threads, outputs, runner):
        return [self.program, self.folder(model, runner), model.inputs, str(seconds), str(threads),
                *([outputs] if outputs else [])]


class Plan:
    """Before there are deployments: the plan that the lowering makes, run where it was made.

    It has one thread, checks its outputs against the interpreter by itself, and its load time would
    be that of the compiler, so that none is shown.
    """

    waits = False

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
        return None if done.returncode == 0 else sentence(done.stderr)

    def command(self, model, seconds, threads, outputs, runner):
        if outputs:  # the integers of the interpreter are the plan's; it says so or fails
            return [sys.executable, os.path.abspath(__file__), self.slipway, model.path, model.inputs,
                    outputs]
        if threads != 1:
            return None
        return [self.program, *(["--isa", self.isa] if self.isa else []), model.path, str(seconds)]


def choose(build, isa):
    return Deployment(build, isa) if Deployment.possible(build) else Plan(build, isa)


def sentence(text):
    """The first lines that say why, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("output ", "note"))][:3]
    return ": ".join(kept) or "it ended without a word"


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
