#!/usr/bin/python3
"""Writes the trained sign classifier as a TensorFlow Lite file with metadata.

  tools/signs/export.py --weights signs.npz --labels zoo/signs.txt --out zoo/signs.tflite

Needs flatc (Debian's flatbuffers-compiler) and python3-flatbuffers. The same weights give the same
bytes: the zip entry carries no time.
"""

import argparse
import importlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import flatbuffers
import numpy as np

SIDE = 64
LABELS = "labels.txt"
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "src/formats/tflite"


def generated(folder):
    """Our schemas as Python classes, by name, in their object form."""
    for schema in ("schema.fbs", "metadata.fbs"):
        subprocess.run(["flatc", "--python", "--gen-object-api", "-o", folder,
                        str(SCHEMAS / schema)], check=True)
    sys.path.insert(0, folder)

    def table(kind, /, **fields):
        made = getattr(importlib.import_module(f"slipway.tflite.{kind}"), f"{kind}T")()
        for field, value in fields.items():
            if not hasattr(made, field):
                raise AttributeError(f"{kind} has no field {field}")
            setattr(made, field, value)
        return made

    def enum(name):
        return getattr(importlib.import_module(f"slipway.tflite.{name}"), name)

    return table, enum


class Data:
    """A Buffer with bytes in it, at a multiple of 16 as the format wants it."""

    def __init__(self, content):
        self.content = content

    def Pack(self, builder):
        module = importlib.import_module("slipway.tflite.Buffer")
        builder.StartVector(1, len(self.content), 16)
        builder.head -= len(self.content)
        builder.Bytes[builder.head:builder.head + len(self.content)] = self.content
        data = builder.EndVector()
        module.BufferStart(builder)
        module.BufferAddData(builder, data)
        return module.BufferEnd(builder)


class Graph:
    """A model while it grows: tensors, buffers and operators, in the order of execution."""

    def __init__(self, table, enum):
        self.table, self.enum = table, enum
        self.buffers = [table("Buffer")]
        self.tensors, self.operators, self.codes = [], [], []

    def tensor(self, name, shape, data=None):
        """A float32 tensor unless `data` says otherwise; returns its index."""
        kind = self.enum("TensorType")
        buffer = 0
        if data is not None:
            buffer = len(self.buffers)
            self.buffers.append(Data(data.tobytes()))
        integers = data is not None and data.dtype == np.int32
        self.tensors.append(self.table("Tensor", shape=list(shape), buffer=buffer, name=name,
                                       type=kind.INT32 if integers else kind.FLOAT32))
        return len(self.tensors) - 1

    def operator(self, code, inputs, output, options, **fields):
        """`code` is a BuiltinOperator, `options` the name of its options table."""
        number = getattr(self.enum("BuiltinOperator"), code)
        if number not in self.codes:
            self.codes.append(number)
        self.operators.append(self.table(
            "Operator", opcodeIndex=self.codes.index(number), inputs=inputs, outputs=[output],
            builtinOptionsType=getattr(self.enum("BuiltinOptions"), options),
            builtinOptions=self.table(options, **fields)))
        return output


def build(graph, weights, classes):
    """The network of net.py, NHWC. Returns the input's and the output's tensor."""
    padding, activation = graph.enum("Padding"), graph.enum("ActivationFunctionType")
    image = graph.tensor("image", [1, SIDE, SIDE, 3])
    x, side = image, SIDE
    count = sum(name.endswith(".stride") for name in weights)
    for i in range(count):
        stride = int(weights[f"unit{i}.stride"])
        kernel, bias = weights[f"unit{i}.kernel"], weights[f"unit{i}.bias"]
        depthwise = i > 0 and kernel.shape[1] == 1
        # PyTorch keeps OIHW; the file wants OHWI, and 1HWC for a depthwise convolution.
        kernel = kernel.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
        kernel = np.ascontiguousarray(kernel, np.float32)
        side = -(-side // stride)
        channels = len(bias)
        inputs = [x, graph.tensor(f"unit{i}/kernel", kernel.shape, kernel),
                  graph.tensor(f"unit{i}/bias", bias.shape, bias.astype(np.float32))]
        y = graph.tensor(f"unit{i}", [1, side, side, channels])
        fields = dict(padding=padding.SAME, strideW=stride, strideH=stride,
                      dilationWFactor=1, dilationHFactor=1,
                      fusedActivationFunction=activation.RELU6)
        if depthwise:
            x = graph.operator("DEPTHWISE_CONV_2D", inputs, y, "DepthwiseConv2DOptions",
                               depthMultiplier=1, **fields)
        else:
            x = graph.operator("CONV_2D", inputs, y, "Conv2DOptions", **fields)
    axes = graph.tensor("pool/axes", [2], np.array([1, 2], np.int32))
    x = graph.operator("MEAN", [x, axes], graph.tensor("pool", [1, channels]), "ReducerOptions",
                       keepDims=False)
    kernel, bias = weights["head.kernel"], weights["head.bias"]
    inputs = [x, graph.tensor("head/kernel", kernel.shape, np.ascontiguousarray(kernel)),
              graph.tensor("head/bias", bias.shape, bias)]
    x = graph.operator("FULLY_CONNECTED", inputs, graph.tensor("logits", [1, classes]),
                       "FullyConnectedOptions", fusedActivationFunction=activation.NONE)
    return image, graph.operator("SOFTMAX", [x], graph.tensor("probabilities", [1, classes]),
                                 "SoftmaxOptions", beta=1.0)


def packed(root, identifier):
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(root.Pack(builder), file_identifier=identifier)
    return bytes(builder.Output())


def metadata(table, enum):
    """The flatbuffer that says how pixels become inputs and which file names the classes."""
    labels = table("AssociatedFile", name=LABELS, description="the class of each output, in order",
                   type=enum("AssociatedFileType").TENSOR_AXIS_LABELS)
    picture = table("ImageProperties", colorSpace=enum("ColorSpaceType").RGB,
                    defaultSize=table("ImageSize", width=SIDE, height=SIDE))
    content = table("Content", contentPropertiesType=enum("ContentProperties").ImageProperties,
                    contentProperties=picture)
    scaling = table("ProcessUnit",
                    optionsType=enum("ProcessUnitOptions").NormalizationOptions,
                    options=table("NormalizationOptions", mean=[127.5], std=[127.5]))
    image = table("TensorMetadata", name="image", description="an RGB picture of one traffic sign",
                  content=content, processUnits=[scaling])
    features = table("Content",
                     contentPropertiesType=enum("ContentProperties").FeatureProperties,
                     contentProperties=table("FeatureProperties"))
    answer = table("TensorMetadata", name="probabilities", description="how likely each class is",
                   content=features, associatedFiles=[labels])
    graph = table("SubGraphMetadata", inputTensorMetadata=[image], outputTensorMetadata=[answer])
    model = table("ModelMetadata", name="signs", version="1", author="the Slipway project",
                  description="which of sixteen drawn traffic signs a picture shows",
                  subgraphMetadata=[graph], minParserVersion="1.0.0")
    return packed(model, b"M001")


def model_bytes(table, enum, weights, names):
    graph = Graph(table, enum)
    image, probabilities = build(graph, weights, len(names))
    note = len(graph.buffers)
    graph.buffers.append(Data(metadata(table, enum)))
    codes = [table("OperatorCode", deprecatedBuiltinCode=code, builtinCode=code, version=1)
             for code in graph.codes]
    subgraph = table("SubGraph", tensors=graph.tensors, operators=graph.operators, name="main",
                     inputs=[image], outputs=[probabilities])
    model = table("Model", version=3, operatorCodes=codes, subgraphs=[subgraph],
                  description="Slipway signs", buffers=graph.buffers,
                  metadata=[table("Metadata", name="TFLITE_METADATA", buffer=note)])
    return packed(model, b"TFL3")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    names = pathlib.Path(options.labels).read_text().split("\n")[:-1]
    weights = dict(np.load(options.weights))
    if len(names) != len(weights["head.bias"]):
        sys.exit(f"{options.labels} names {len(names)} classes, {options.weights} has "
                 f"{len(weights['head.bias'])}: they belong to different renderers")
    with tempfile.TemporaryDirectory() as folder:
        table, enum = generated(folder)
        content = model_bytes(table, enum, weights, names)
    # The associated files are a zip archive behind the flatbuffer; its offsets count from the
    # file's start, which a plain unzip expects.
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(LABELS, (1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, "".join(name + "\n" for name in names))
    pathlib.Path(options.out).write_bytes(file.getvalue())
    print(f"{options.out}: {len(file.getvalue())} bytes, {len(names)} classes")


if __name__ == "__main__":
    main()
