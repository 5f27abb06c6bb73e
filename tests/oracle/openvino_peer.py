"""Runs OpenVINO models with OpenVINO on the CPU, in full precision.

usage: openvino_peer.py FOLDER

FOLDER holds K.xml with K.bin, and K.in0.npy, K.in1.npy, ... for K = 0, 1, ...; a model that is left
out is the one before. For each K the outputs are written as K.out0.npy, ..., or, where OpenVINO
refuses the model, its message as K.error.
"""

import os
import sys

import numpy as np
import openvino


def main(folder):
    core = openvino.Core()
    compiled = None
    k = 0
    while os.path.exists(os.path.join(folder, f"{k}.in0.npy")):
        stem = os.path.join(folder, str(k))
        try:
            if os.path.exists(stem + ".xml"):
                compiled = None
                compiled = core.compile_model(
                    core.read_model(stem + ".xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
                )
            if compiled is None:
                raise RuntimeError("the model was refused before")
            feeds = [np.load(f"{stem}.in{i}.npy") for i in range(len(compiled.inputs))]
            results = compiled(feeds)
            for i in range(len(compiled.outputs)):
                np.save(f"{stem}.out{i}.npy", results[i])
        except RuntimeError as error:
            with open(stem + ".error", "w", encoding="utf-8") as out:
                out.write(str(error))
        k += 1


main(sys.argv[1])
