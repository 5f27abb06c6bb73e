"""When the clock is full: see bench/gate.cc."""

import os
import subprocess
import time

READINGS = 30
SHARE = 0.95


class Clock:
    def __init__(self, program, cores, full, quick, kept):
        """Full is what is given, or 95 % of the best reading of now and of earlier, which `kept` holds."""
        self.program = program
        self.limit = 0.5 if quick else 5  # seconds to wait for a full clock
        self.retries = 0 if quick else 2
        self.full = full or SHARE * self.best(cores[:1], kept)

    def best(self, cores, kept):
        found = max(self.read(cores) for _ in range(READINGS))
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as text:
                found = max(found, float(text.read()))
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        with open(kept, "w", encoding="utf-8") as out:
            out.write(f"{found}\n")
        return found

    def read(self, cores):
        done = subprocess.run([self.program, *map(str, cores)], stdout=subprocess.PIPE, text=True,
                              check=True)
        return float(done.stdout)

    def wait(self, cores):
        end = time.monotonic() + self.limit
        while (found := self.read(cores)) < self.full and time.monotonic() < end:
            time.sleep(0.1)
        return found
