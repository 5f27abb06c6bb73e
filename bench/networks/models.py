"""The networks that are measured: where they come from, what each runtime gets, and on which input.

Everything is made once, below build/bench/networks/, and kept.
"""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys

import prepare
import quantize

HERE = os.path.dirname(os.path.abspath(__file__))
ZOO = {"resnet50": [], "mobilenet_v2": [], "fbnetc_100": [], "ssd300": ["--raw-heads"], "unet256": []}
FLOAT, INTEGER = "fp32", "int8"
REAL = [
    ("onnx/FastestDet.onnx", FLOAT),
    ("onnx/mnist.onnx", FLOAT),
    ("onnx/mobilenet_v1_0.25_224.onnx", FLOAT),
    ("onnx/mobilenet_v1_0.25_224_qdq.onnx", INTEGER),
    ("onnx/resnet8_cifar10.onnx", FLOAT),
    ("onnx/samplenet.onnx", FLOAT),
    ("onnx/squeezenet_v1.1.onnx", FLOAT),
    ("onnx/ultraface_RFB-320.onnx", FLOAT),
    ("tflite/coco_ssd_mobilenet_v1_quant.tflite", INTEGER),
    ("tflite/deeplabv3_257_float.tflite", FLOAT),
    ("tflite/kws_float.tflite", FLOAT),
    ("tflite/kws_int8.tflite", INTEGER),
    ("tflite/mobilenet_v1_0.25_224_float.tflite", FLOAT),
    ("tflite/mobilenet_v1_0.25_224_quant.tflite", INTEGER),
    ("tflite/mobilenet_v2_1.0_224_quant.tflite", INTEGER),
    ("tflite/resnet8_cifar10_float.tflite", FLOAT),
    ("tflite/resnet8_cifar10_int8.tflite", INTEGER),
    ("tflite/ultraface_RFB-320.tflite", FLOAT),
    ("tflite/vww_96_int8.tflite", INTEGER),
    ("openvino/SampLeNet.xml", FLOAT),
    ("openvino/face-detection-retail-0004_fp16int8_irv11.xml", INTEGER),
    ("openvino/vehicle-license-plate-detection-barrier-0106_fp16_irv3.xml", FLOAT),
]
TAKES = {  # which runtimes read which format; those with a converter only networks of floats
    ".onnx": ["ort", "ov", "ov-default", "mnn", "ncnn"],
    ".tflite": ["litert", "ov", "ov-default", "mnn"],
    ".xml": ["ov", "ov-default"],
}
CONVERTED = ("mnn", "ncnn")
# Their last step chooses among boxes, so that a difference of a digit may change all numbers.
CHOOSES = ("coco_ssd", "face-detection", "vehicle-license")


@dataclasses.dataclass
class Model:
    name: str  # "mobilenet_v2 int8", or the file's own
    group: str  # zoo or real
    precision: str
    path: str
    folder: str  # of what is made from it

    @property
    def format(self):
        return os.path.splitext(self.path)[1]

    @property
    def inputs(self):
        return os.path.join(self.folder, "inputs")

    @property
    def smooth(self):
        return not self.name.startswith(CHOOSES)

    def peers(self):
        return [p for p in TAKES[self.format] if self.precision == FLOAT or p not in CONVERTED]

    def sha256(self):
        digest = hashlib.sha256()
        for path in [self.path, self.path.replace(".xml", ".bin")][: 2 if self.format == ".xml" else 1]:
            with open(path, "rb") as data:
                digest.update(data.read())
        return digest.hexdigest()


def all_models(root, data):
    """The zoo's networks in floats and bytes, then those of other people that are here."""
    found = []
    for name in ZOO:
        for precision in (FLOAT, INTEGER):
            folder = os.path.join(root, f"{name}_{precision}")
            found.append(Model(f"{name} {precision}", "zoo", precision,
                               os.path.join(folder, "model.onnx"), folder))
    if not os.path.isdir(data):
        print(f"no folder {data}: other people's models are left out", file=sys.stderr)
        return found
    for path, precision in REAL:
        whole = os.path.join(data, "models", path)
        if not os.path.exists(whole):
            print(f"no {whole}: left out", file=sys.stderr)
            continue
        name = os.path.basename(path)
        folder = os.path.join(root, name)
        if name.startswith("ultraface") and name.endswith(".onnx"):
            whole = os.path.join(folder, "model.onnx")
        found.append(Model(name, "real", precision, whole, folder))
    return found


def once(path, make):
    """Makes a file under another name first, so that a broken run leaves none behind."""
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    stem, end = os.path.splitext(path)
    make(stem + ".new" + end)
    os.replace(stem + ".new" + end, path)


def make_zoo(slipway, model, root):
    import onnx

    name = model.name.split()[0]
    floats = os.path.join(root, f"{name}_{FLOAT}", "model.onnx")

    def write_floats(path):
        subprocess.run([slipway, "zoo", "make", name, *ZOO[name], "--quiet", "-o", path], check=True)
        onnx.save(prepare.prepare(onnx.load(path)), path)

    def write_bytes(path):
        ranges = quantize.read_ranges(os.path.join(HERE, "ranges", name + ".txt"))
        onnx.save(quantize.quantize(onnx.load(floats), ranges), path)

    once(floats, write_floats)
    if model.precision == INTEGER:
        once(model.path, write_bytes)


def make_stripped(data, model):
    """Without initializers among the inputs: with them ONNX Runtime takes 2.5 times as long."""
    import onnx

    def write(path):
        made = onnx.load(os.path.join(data, "models", "onnx", model.name))
        prepare.strip_inputs(made)
        onnx.save(made, path)

    once(model.path, write)


def described_inputs(model):
    """Shape and type of each input; what a file leaves open is one."""
    if model.format == ".tflite":
        from ai_edge_litert.interpreter import Interpreter

        return [(list(d["shape"]), d["dtype"])
                for d in Interpreter(model_path=model.path).get_input_details()]
    if model.format == ".onnx":
        import onnx

        graph = onnx.load(model.path).graph
        constants = {i.name for i in graph.initializer}
        return [([d.dim_value or 1 for d in i.type.tensor_type.shape.dim],
                 onnx.helper.tensor_dtype_to_np_dtype(i.type.tensor_type.elem_type))
                for i in graph.input if i.name not in constants]
    import xml.etree.ElementTree as xml

    layers = [layer for layer in xml.parse(model.path).getroot().iter("layer")
              if layer.get("type") in ("Parameter", "Input")]
    return [([int(d.text) for d in layer.find("output/port").iter("dim")], "float32")
            for layer in layers]


def make_inputs(model):
    import numpy

    if os.path.exists(model.inputs):
        return
    random = numpy.random.default_rng(1)
    os.makedirs(model.inputs + ".new", exist_ok=True)
    for k, (shape, dtype) in enumerate(described_inputs(model)):
        dtype = numpy.dtype(dtype)
        if dtype.kind in "iu":
            limits = numpy.iinfo(dtype)
            value = random.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        else:
            value = (random.random(shape) * 2 - 1).astype(dtype)
        numpy.save(os.path.join(model.inputs + ".new", f"{k}.npy"), value)
        value.tofile(os.path.join(model.inputs + ".new", f"{k}.bin"))
    os.replace(model.inputs + ".new", model.inputs)


def make(model, slipway, root, data):
    os.makedirs(model.folder, exist_ok=True)
    if model.group == "zoo":
        make_zoo(slipway, model, root)
    elif model.path.startswith(model.folder):
        make_stripped(data, model)
    make_inputs(model)


def convert(model, peer):
    """The file that a runtime gets, or why its converter gave none: (path, sentence)."""
    if peer not in CONVERTED:
        return model.path, None
    folder = os.path.join(model.folder, peer)
    target = os.path.join(folder, "model.mnn" if peer == "mnn" else "model.ncnn.param")
    told = os.path.join(folder, "refused")
    if not os.path.exists(target) and not os.path.exists(told):
        os.makedirs(folder, exist_ok=True)
        source = os.path.join(folder, "model" + model.format)
        if not os.path.exists(source):
            os.symlink(os.path.abspath(model.path), source)
        done = subprocess.run(converter(model, peer, source, target), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode or not os.path.exists(target):
            with open(told, "w", encoding="utf-8") as out:
                out.write(reason(done))
    if os.path.exists(told):
        with open(told, encoding="utf-8") as words:
            return None, words.read()
    return target, None


def converter(model, peer, source, target):
    if peer == "mnn":
        kind = "TFLITE" if model.format == ".tflite" else "ONNX"
        return [os.path.join(os.path.dirname(sys.executable), "mnnconvert"), "-f", kind,
                "--modelFile", source, "--MNNModel", target, "--bizCode", "b"]
    import importlib.util

    program = os.path.join(os.path.dirname(importlib.util.find_spec("pnnx").origin), "pnnx")
    shapes = ",".join(f"[{','.join(map(str, shape))}]" for shape, _ in described_inputs(model))
    return [program, source, "inputshape=" + shapes, "fp16=0"]


def reason(done):
    """How a converter ended; its words are rarely a sentence."""
    if done.returncode < 0:
        return f"its converter crashes (signal {-done.returncode})"
    lines = [line.strip() for line in done.stdout.splitlines() if "rror" in line or "not support" in line]
    return f"its converter ends with {done.returncode}" + (f": {lines[-1]}" if lines else "")


def fixed_hashes():
    with open(os.path.join(HERE, "hashes.json"), encoding="utf-8") as text:
        return json.load(text)
