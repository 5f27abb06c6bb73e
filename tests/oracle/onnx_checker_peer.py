"""Checks ONNX models with ONNX's own checker, shape inference included.

usage: onnx_checker_peer.py FOLDER

FOLDER holds K.onnx and K.in0.npy for K = 0, 1, ... For each K that the checker refuses, its message
is written as K.error.
"""

import os
import sys

import onnx


def main(folder):
    k = 0
    while os.path.exists(os.path.join(folder, f"{k}.in0.npy")):
        stem = os.path.join(folder, str(k))
        try:
            onnx.checker.check_model(onnx.load(stem + ".onnx"), full_check=True)
        except Exception as error:  # its exceptions share no class
            with open(stem + ".error", "w", encoding="utf-8") as out:
                out.write(str(error))
        k += 1


main(sys.argv[1])
