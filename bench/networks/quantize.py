"""Writes a float ONNX network as one of 8-bit integers (QDQ), for measuring speed.

usage: quantize.py ranges MODEL.onnx RANGES.txt         the ranges of its activations, by ONNX Runtime
       quantize.py model MODEL.onnx RANGES.txt OUT.onnx

Activations are unsigned with one scale per tensor, weights signed with one scale per channel, biases
32-bit. The ranges are kept in the repository, with four digits: the same network then has the same
bytes on every machine, whatever its processor makes of the last digit of a sum.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

INTEGER = {"Add", "Concat", "Conv", "Gemm", "GlobalAveragePool", "MaxPool", "Resize"}
MOVES_ONLY = {"MaxPool", "Resize"}  # they choose among their input's values: the same scale
BEHIND = {"Flatten", "Reshape", "Transpose"}  # an integer kernel in front of these writes bytes
PASSES = 2


def float_tensors(model):
    """Names of the input and of all activations that are floats."""
    inferred = shape_inference.infer_shapes(model).graph
    types = {v.name: v.type.tensor_type.elem_type for v in [*inferred.value_info, *inferred.output]}
    names = [o for n in model.graph.node for o in n.output if types.get(o) == TensorProto.FLOAT]
    return [model.graph.input[0].name, *names]


def measure_ranges(model):
    """The least and the largest value of each activation over seeded inputs in [-1, 1)."""
    import onnxruntime

    names = float_tensors(model)
    outputs = {o.name for o in model.graph.output}
    for name in names[1:]:
        if name not in outputs:
            model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    random = np.random.default_rng(1)
    ranges = {given.name: (-1.0, 1.0)}
    for _ in range(PASSES):
        x = (random.random(given.shape) * 2 - 1).astype(np.float32)
        for name, value in zip(names[1:], session.run(names[1:], {given.name: x})):
            low, high = ranges.get(name, (np.inf, -np.inf))
            ranges[name] = (min(low, float(value.min())), max(high, float(value.max())))
    return ranges


def write_ranges(path, ranges):
    with open(path, "w", encoding="utf-8") as out:
        for name, (low, high) in ranges.items():
            out.write(f"{low:.4g} {high:.4g} {name}\n")


def read_ranges(path):
    ranges = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            low, high, name = line.rstrip("\n").split(" ", 2)
            ranges[name] = (float(low), float(high))
    return ranges


class Quantizer:
    def __init__(self, model, ranges):
        self.model = model
        self.ranges = ranges
        self.weights = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        self.constants = {}  # made here
        self.nodes = []
        self.real = {}  # activation -> what stands for it after a round trip through bytes
        self.scale_of = {}  # activation -> the one whose range it shares
        for node in model.graph.node:
            if node.op_type in MOVES_ONLY:
                self.scale_of[node.output[0]] = node.input[0]

    def add_constant(self, name, array):
        self.constants[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def scale_and_zero(self, name):
        while name in self.scale_of:
            name = self.scale_of[name]
        low, high = self.ranges[name]
        low, high = min(low, 0.0), max(high, 1e-6)
        scale = (high - low) / 255
        return np.float32(scale), np.uint8(np.clip(round(-low / scale), 0, 255))

    def activation(self, name):
        """The tensor's values as bytes and back, made once."""
        if name not in self.real:
            scale, zero = self.scale_and_zero(name)
            pair = [self.add_constant(name + "/scale", np.array(scale)),
                    self.add_constant(name + "/zero", np.array(zero))]
            self.nodes.append(helper.make_node(
                "QuantizeLinear", [name, *pair], [name + "/bytes"], name=name + "/quantize"))
            self.real[name] = name + "/real"
            self.nodes.append(helper.make_node(
                "DequantizeLinear", [name + "/bytes", *pair], [self.real[name]],
                name=name + "/dequantize"))
        return self.real[name]

    def dequantized(self, name, integers, scales):
        inputs = [self.add_constant(name + "/integers", integers),
                  self.add_constant(name + "/scales", scales),
                  self.add_constant(name + "/zeros", np.zeros(len(scales), integers.dtype))]
        self.nodes.append(helper.make_node(
            "DequantizeLinear", inputs, [name], name=name + "/dequantize", axis=0))
        return name

    def weighted(self, node):
        """Conv or Gemm: bytes in, weights per output channel, the bias in units of their product."""
        x, w = node.input[0], self.weights[node.input[1]]
        rows = np.abs(w).reshape(len(w), -1).max(axis=1)
        scales = np.maximum(rows, np.float32(1e-8)).astype(np.float32) / np.float32(127)
        spread = scales.reshape([-1] + [1] * (w.ndim - 1))
        integers = np.clip(np.rint(w / spread), -127, 127).astype(np.int8)
        inputs = [self.activation(x), self.dequantized(node.output[0] + "/weights", integers, scales)]
        if len(node.input) > 2:
            units = (scales * self.scale_and_zero(x)[0]).astype(np.float32)
            bias = np.rint(self.weights[node.input[2]] / units).astype(np.int32)
            inputs.append(self.dequantized(node.output[0] + "/bias", bias, units))
        return inputs

    def others(self, node):
        data = 1 if node.op_type == "Resize" else len(node.input)
        return [self.activation(name) if name in self.ranges and k < data else name
                for k, name in enumerate(node.input)]

    def rewrite(self, node):
        if node.op_type not in INTEGER:
            self.nodes.append(node)
            return
        inputs = self.weighted(node) if node.op_type in ("Conv", "Gemm") else self.others(node)
        del node.input[:]
        node.input.extend(inputs)
        self.nodes.append(node)

    def bytes_before_moves(self):
        """The last integer kernels of a network write bytes, too, where only moves follow."""
        takers = {}
        for node in self.nodes:
            for k, name in enumerate(node.input):
                takers.setdefault(name, []).append((node, k))
        for node in list(self.nodes):
            name = node.output[0]
            moves = [(n, k) for n, k in takers.get(name, []) if n.op_type in BEHIND]
            if node.op_type not in INTEGER or name in self.real or not moves:
                continue
            for taker, k in moves:
                taker.input[k] = self.activation(name)

    def in_order(self):
        """The nodes, each behind those that make its inputs."""
        known = {i.name for i in self.model.graph.input} | set(self.weights) | set(self.constants) | {""}
        waiting, ordered = self.nodes, []
        while waiting:
            ready = [n for n in waiting if all(name in known for name in n.input)]
            if not ready:
                raise ValueError(f"nothing makes an input of {waiting[0].name}")
            ordered += ready
            known.update(name for n in ready for name in n.output)
            chosen = {id(n) for n in ready}
            waiting = [n for n in waiting if id(n) not in chosen]
        return ordered

    def run(self):
        graph = self.model.graph
        for node in graph.node:
            self.rewrite(node)
        self.bytes_before_moves()
        ordered = [onnx.NodeProto.FromString(n.SerializeToString()) for n in self.in_order()]
        used = {name for n in ordered for name in n.input}
        kept = [i for i in graph.initializer if i.name in used]
        made = [c for name, c in self.constants.items() if name in used]
        for field, items in (("node", ordered), ("initializer", kept + made), ("value_info", [])):
            graph.ClearField(field)
            getattr(graph, field).extend(items)
        onnx.checker.check_model(self.model)
        return self.model


def quantize(model, ranges):
    return Quantizer(model, ranges).run()


def main(word, path, ranges, out=None):
    model = onnx.load(path)
    if word == "ranges":
        write_ranges(ranges, measure_ranges(model))
    elif word == "model":
        onnx.save(quantize(model, read_ranges(ranges)), out)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
