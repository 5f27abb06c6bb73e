"""Runs ONNX models with ONNX Runtime.

usage: onnxruntime_peer.py FOLDER

FOLDER holds K.onnx and K.in0.npy, K.in1.npy, ... for K = 0, 1, ...; a model that is left out is
the one before. For each K the outputs are written as K.out0.npy, ..., or, where ONNX Runtime
refuses the model, its message as K.error.
"""

import os
import sys

import numpy as np
import onnxruntime


def load(path):
    """The model with the optimiser at level "basic"; without it where that refuses the file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    levels = onnxruntime.GraphOptimizationLevel
    for level in (levels.ORT_ENABLE_BASIC, levels.ORT_DISABLE_ALL):
        options.graph_optimization_level = level
        try:
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions share no class
            if level == levels.ORT_DISABLE_ALL:
                raise RuntimeError(str(error)) from error


def main(folder):
    session = None
    k = 0
    while os.path.exists(os.path.join(folder, f"{k}.in0.npy")):
        stem = os.path.join(folder, str(k))
        try:
            if os.path.exists(stem + ".onnx"):
                session = None
                session = load(stem + ".onnx")
            if session is None:
                raise RuntimeError("the model was refused before")
            feeds = {}
            for i, given in enumerate(session.get_inputs()):
                feeds[given.name] = np.load(f"{stem}.in{i}.npy")
            for i, value in enumerate(session.run(None, feeds)):
                np.save(f"{stem}.out{i}.npy", value)
        except Exception as error:  # its exceptions share no class
            with open(stem + ".error", "w", encoding="utf-8") as out:
                out.write(str(error))
        k += 1


main(sys.argv[1])
