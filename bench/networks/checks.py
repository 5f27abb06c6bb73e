"""Each runtime once on each model: does it take it, with which precision, and is its answer right?

The reference is ONNX Runtime for ONNX, LiteRT with its reference kernels for TensorFlow Lite and OpenVINO
with float32 for its own format; where it refuses the model, the first of the others.
"""

import hashlib
import json
import os
import shutil

import models
import report

REFERENCE = {".onnx": "ort", ".tflite": "litert-reference", ".xml": "ov"}


# The numbers of slipway_dtype, in their order.
DTYPES = ("f4", "f2", "bf16", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "b1")


def read_outputs(folder):
    """From 0.npy, 1.npy, ... or, as bench/deployment.c writes them, 0.bin and 0.txt."""
    import numpy

    found = []
    while True:
        stem = os.path.join(folder, str(len(found)))
        if os.path.exists(stem + ".npy"):
            found.append(numpy.load(stem + ".npy"))
        elif os.path.exists(stem + ".bin"):
            with open(stem + ".txt", encoding="utf-8") as text:
                dtype, *shape = map(int, text.read().split())
            found.append(numpy.fromfile(stem + ".bin", DTYPES[dtype]).reshape(shape))
        else:
            return found


def spread(value):
    """Of integers the range of their type, so that a step counts alike whatever the zero point."""
    import numpy

    if value.dtype.kind in "iu" and value.dtype.itemsize == 1:
        return 255.0
    return float(numpy.abs(value.astype(float)).max()) or 1.0


def matched(found, wanted):
    """The output with as many elements; some converters give another order and drop ones."""
    same = [f for f in found if f.size == wanted.size]
    return same[0].reshape(wanted.shape) if same else None


def apart(found, wanted):
    """(largest difference over the range, whether the first output has the same top class)."""
    import numpy

    worst, top = 0.0, None
    left = list(found)
    for k, want in enumerate(wanted):
        have = left[k] if k < len(left) and left[k].size == want.size else matched(left, want)
        if have is None:
            return float("inf"), None
        have = have.reshape(want.shape).astype(float)
        difference = numpy.abs(have - want.astype(float)).max() if want.size else 0.0
        worst = max(worst, float(difference) / spread(want) if numpy.isfinite(difference) else 1e9)
        if k == 0 and 2 <= want.size <= 10000 and want.ndim <= 2:
            top = bool(have.argmax() == want.argmax())
    return worst, top


def kept(path, key, make):
    """A peer's answers change with its version and the model alone."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            found = json.load(text)
        if found.pop("key", None) == key:
            return found
    found = make()
    with open(path, "w", encoding="utf-8") as out:
        json.dump({**found, "key": key}, out)
    return found


def peer_key(model, bench):
    here = os.path.dirname(os.path.abspath(__file__))
    digest = hashlib.sha256(f"{model.sha256()} {bench.options.isa}".encode())
    for path in (os.path.join(here, "worker.py"), os.path.join(here, "../../tests/peers.txt")):
        with open(path, "rb") as data:
            digest.update(data.read())
    return digest.hexdigest()


def ask(model, bench, runner):
    outputs = os.path.join(model.folder, "outputs", runner)
    shutil.rmtree(outputs, ignore_errors=True)
    os.makedirs(outputs)
    if runner.startswith(report.OURS):
        facts = bench.side.prepare(model, runner)
    else:
        sentence = models.convert(model, runner)[1]
        facts = {"refused": sentence} if sentence else {}
    if "refused" in facts:
        return facts
    found = bench.once(model, runner, "1", outputs)
    kinds = ("refused", "version", "precision")
    return {**facts, **{k: found[k] for k in kinds if k in found}}


def check(model, bench, peers, root):
    os.makedirs(os.path.join(model.folder, "checks"), exist_ok=True)
    key = peer_key(model, bench)
    found = []
    asked = [p for p in model.peers() if p in peers]
    for runner in dict.fromkeys([*asked, REFERENCE[model.format]]):
        path = os.path.join(model.folder, "checks", runner + ".json")
        answer = kept(path, key, lambda runner=runner: ask(model, bench, runner))
        found.append({"model": model.name, "runner": runner, **report.recorded(answer)})
    for runner in bench.side.runners(model):
        answer = ask(model, bench, runner)
        found.append({"model": model.name, "runner": runner, **report.recorded(answer)})
    compare(model, found)
    # Who is only the reference is not measured.
    return [c for c in found if c["runner"] in asked or c["runner"].startswith(report.OURS)]


def compare(model, found):
    able = [c for c in found if "refused" not in c]
    able.sort(key=lambda c: (c["runner"] != REFERENCE[model.format], c["runner"].startswith("ours")))
    if not able:
        return
    able[0]["reference"] = True
    outputs = os.path.join(model.folder, "outputs")
    wanted = read_outputs(os.path.join(outputs, able[0]["runner"]))
    for c in able[1:]:
        c["apart"], c["same_top"] = apart(read_outputs(os.path.join(outputs, c["runner"])), wanted)
