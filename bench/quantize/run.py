"""What networks lose in bytes: ours beside ONNX Runtime's quantizer, on pictures that calibrate neither.

usage: run.py [--networks NAME,...] [--ours FLAGS]... [--only-ours] [--elsewhere] [--pictures N]
              [--split SEED] [--out F.md]

Two folds: half of the pictures (every second by name, or by chance with --split) calibrates, the other
half is measured, and the reverse. Both get the
same ONNX file and the same numbers for each picture; ours run as deployments, ONNX Runtime's in ONNX
Runtime. Ours has default settings (and those of each --ours), ONNX Runtime is tried with three methods,
weights per channel, and the best of them counts: it is chosen by what it then gets right, in its
favour. Lost and won are pictures that floats have right and bytes wrong, and the reverse; "as
floats" counts pictures to which both answer the same. With --elsewhere our files run in ONNX Runtime and
in OpenVINO, too (in float32 where they have floats), and the last two columns count the pictures to
which those answer what our deployment does. The network
"apart" is MobileNetV1 with the channels between layers scaled by powers of two from 1/16 to 16.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
import openvino
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

SLIPWAY = os.environ.get("SLIPWAY", "build/release/slipway")
SCALED = "build/release/bench/scaled"
DATA = os.environ.get("SLIPWAY_TESTDATA", "../shared")
METHODS = ["MinMax", "Entropy", "Percentile"]
# name: pictures, classes in their table, how pixels (RGB, 0 to 255) become numbers
NETWORKS = {
    "resnet8_cifar10": ("cifar10_1000", "label", lambda rgb: rgb),
    "mobilenet_v1_0.25_224": ("imagenet200", "label_1001", lambda rgb: rgb / 127.5 - 1),
    "squeezenet_v1.1": ("imagenet200", "label_1000",
                        lambda rgb: rgb[..., ::-1] - np.array([104, 117, 123])),
    "apart": ("imagenet200", "label_1001", lambda rgb: rgb / 127.5 - 1),
}
CROP = 0.875  # of the short side


def numbers(path, size, to_input):
    """One picture as [height][width][channel]."""
    picture = Image.open(path).convert("RGB")
    if picture.size != (size, size):
        scale = round(size / CROP) / min(picture.size)
        picture = picture.resize([round(side * scale) for side in picture.size], Image.BILINEAR)
        left, top = [(side - size) // 2 for side in picture.size]
        picture = picture.crop((left, top, left + size, top + size))
    return to_input(np.asarray(picture, np.float32)).astype(np.float32)


class Pictures:
    """The numbers of all pictures as files, their classes, and two halves."""

    def __init__(self, name, folder, options):
        data, column, to_input = NETWORKS[name]
        self.model = f"{DATA}/models/onnx/{name}.onnx"
        if name == "apart":
            self.model = f"{folder}/apart.onnx"
            made = f"{folder}/apart.slipway"
            subprocess.run([SCALED, made], check=True, stdout=subprocess.DEVNULL)
            slipway("convert", made, "-o", self.model, "--quiet")
        session = onnxruntime.InferenceSession(self.model)
        self.input = session.get_inputs()[0]
        shape = [d if isinstance(d, int) else 1 for d in self.input.shape]
        size = shape[2]
        with open(f"{DATA}/data/{data}/labels.csv", encoding="utf-8") as table:
            rows = sorted(csv.DictReader(table), key=lambda row: row["file"])
        rows = rows[:options.pictures]
        if options.split:
            random.Random(options.split).shuffle(rows)
        self.classes = [int(row[column]) for row in rows]
        self.halves = [range(0, len(rows), 2), range(1, len(rows), 2)]
        self.files = []
        for half in "ab":
            os.makedirs(f"{folder}/{half}")
        for i, row in enumerate(rows):
            x = numbers(f"{DATA}/data/{data}/{row['file']}", size, to_input)
            x = x.transpose(2, 0, 1) if shape[1] == 3 else x
            self.files.append(f"{folder}/{'ab'[i % 2]}/{i:05d}.npy")
            np.save(self.files[-1], np.ascontiguousarray(x.reshape(shape)))
        for half, letter in zip(self.halves, "ab"):  # for --max-drop
            with open(f"{folder}/{letter}/labels.csv", "w", encoding="utf-8") as table:
                table.write("file,label\n")
                table.writelines(f"{i:05d}.npy,{self.classes[i]}\n" for i in half)


class Reader(quantization.CalibrationDataReader):
    def __init__(self, pictures, half):
        self.left = iter(pictures.halves[half])
        self.pictures = pictures

    def get_next(self):
        i = next(self.left, None)
        return None if i is None else {self.pictures.input.name: np.load(self.pictures.files[i])}


def in_onnxruntime(path, pictures, half):
    session = onnxruntime.InferenceSession(path)
    return [int(np.argmax(session.run(None, {pictures.input.name: np.load(pictures.files[i])})[0]))
            for i in pictures.halves[half]]


def in_openvino(path, pictures, half):
    model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [int(np.argmax(model(np.load(pictures.files[i]))[0])) for i in pictures.halves[half]]


def slipway(*words):
    done = subprocess.run([SLIPWAY, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"slipway {' '.join(words)}:\n{done.stderr}")
    return done.stdout


def in_deployment(path, pictures, half, folder):
    slipway("compile", path, "-o", f"{folder}/net", "--overwrite", "--quiet", "--tune", "none")
    out = []
    for i in pictures.halves[half]:
        slipway("run", f"{folder}/net", "--input", pictures.files[i], "--save", f"{folder}/out", "-n",
                "1", "--quiet")
        out.append(int(np.argmax(np.load(f"{folder}/out/0.npy"))))
    return out


def of_onnxruntime(pictures, half, method, folder):
    prepared, path = f"{folder}/prepared.onnx", f"{folder}/{method}.onnx"
    if not os.path.exists(prepared):
        quant_pre_process(pictures.model, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared, path, Reader(pictures, half), quant_format=quantization.QuantFormat.QDQ,
        per_channel=True, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        calibrate_method=getattr(quantization.CalibrationMethod, method))
    return in_onnxruntime(path, pictures, 1 - half)


def of_ours(pictures, half, flags, folder, elsewhere):
    path = f"{folder}/ours.onnx"
    slipway("quantize", pictures.model, "--calibration", f"{folder}/{'ab'[half]}", "-o", path,
            "--overwrite", "--quiet", *flags)
    ours = in_deployment(path, pictures, 1 - half, folder)
    for name, run in [("onnxruntime", in_onnxruntime), ("openvino", in_openvino)] if elsewhere else []:
        theirs = run(path, pictures, 1 - half)
        elsewhere[name] = elsewhere[name] + sum(x == y for x, y in zip(ours, theirs))
    return ours


def measure(name, options):
    """The pictures' classes, and rows (who, answers, counts elsewhere), floats first; halves in a row."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = Pictures(name, folder, options)
        ways = {}
        for flags in options.ours or ["", "--rounding learned"]:
            ways[f"slipway {flags}".strip()] = (
                lambda half, counts, flags=flags: of_ours(pictures, half, flags.split(), folder, counts))
        for method in [] if options.only_ours else METHODS:
            ways["onnxruntime " + method] = (
                lambda half, counts, method=method: of_onnxruntime(pictures, half, method, folder))
        classes = [pictures.classes[i] for half in (1, 0) for i in pictures.halves[half]]
        rows = [("floats", in_onnxruntime(pictures.model, pictures, 1)
                 + in_onnxruntime(pictures.model, pictures, 0), {})]
        for who, way in ways.items():
            counts = {"onnxruntime": 0, "openvino": 0} if options.elsewhere else {}
            if who.startswith("onnxruntime"):
                counts = {}
            try:
                answers = way(0, counts) + way(1, counts)
            except Exception as error:  # a quantizer that fails has no figure
                print(f"{name}, {who}: {error}", file=sys.stderr)
                continue
            rows.append((who, answers, counts))
            print(f"{name}: {who} {percent(answers, classes):.1f}", file=sys.stderr)
        return classes, rows


def percent(answers, classes):
    return 100 * sum(a == c for a, c in zip(answers, classes)) / len(classes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(n for n in NETWORKS if n != "apart"))
    parser.add_argument("--ours", action="append")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--elsewhere", action="store_true")
    parser.add_argument("--pictures", type=int, help="of each folder, the first by name")
    parser.add_argument("--split", type=int)
    parser.add_argument("--out")
    options = parser.parse_args()
    heads = ["network", "pictures", "in", "right %", "lost", "won", "as floats"]
    heads += ["as onnxruntime", "as openvino"] if options.elsewhere else []
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    verdicts = []
    for name in options.networks.split(","):
        classes, rows = measure(name, options)
        floats = rows[0][1]
        for who, answers, counts in rows:
            lost = sum(f == c != b for f, b, c in zip(floats, answers, classes))
            won = sum(b == c != f for f, b, c in zip(floats, answers, classes))
            same = sum(f == b for f, b in zip(floats, answers))
            cells = [name, len(floats), who, f"{percent(answers, classes):.1f}", lost, won, same]
            if options.elsewhere:
                cells += [counts.get("onnxruntime", ""), counts.get("openvino", "")]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        theirs = [percent(answers, classes) for who, answers, _ in rows if who.startswith("onnxruntime")]
        own = [percent(answers, classes) for who, answers, _ in rows if who == "slipway"]
        if theirs and own:
            verdicts.append(f"{name}: {own[0] - max(theirs):+.1f} points against the best of onnxruntime")
    text = "\n".join([*lines, "", *verdicts, ""])
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as out:
            out.write(text)


main()
