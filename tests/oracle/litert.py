"""Runs TensorFlow Lite models with LiteRT's reference kernels: the truth our arithmetic is held to.

usage: litert.py FOLDER

FOLDER holds K.tflite and K.in0.npy, K.in1.npy, ... for K = 0, 1, ...; a model that is left out is
the one before. For each K the outputs are written as K.out0.npy, ..., or, where LiteRT refuses the
model, its message as K.error.
"""
import os
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run(interpreter, inputs):
    for detail, value in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def load(path):
    """The model with reference kernels; where one has none, with the only kernel there is."""
    for resolver in (
        OpResolverType.BUILTIN_REF,
        OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    ):
        try:
            interpreter = Interpreter(
                model_path=path, experimental_op_resolver_type=resolver, num_threads=1
            )
            interpreter.allocate_tensors()
            return interpreter
        except ValueError as error:
            if "Didn't find op" not in str(error) or resolver != OpResolverType.BUILTIN_REF:
                raise


def main(folder):
    interpreter = None
    k = 0
    while os.path.exists(os.path.join(folder, f"{k}.in0.npy")):
        stem = os.path.join(folder, str(k))
        try:
            if os.path.exists(stem + ".tflite"):
                interpreter = load(stem + ".tflite")
            inputs = []
            while os.path.exists(f"{stem}.in{len(inputs)}.npy"):
                inputs.append(np.load(f"{stem}.in{len(inputs)}.npy"))
            for i, value in enumerate(run(interpreter, inputs)):
                np.save(f"{stem}.out{i}.npy", value)
        except (RuntimeError, ValueError) as error:
            with open(stem + ".error", "w", encoding="utf-8") as out:
                out.write(str(error))
        k += 1


main(sys.argv[1])
