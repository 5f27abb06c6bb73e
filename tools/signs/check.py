#!/usr/bin/env python3
"""Top-1 of zoo/signs.tflite over drawn pictures, by a runtime that is not ours.

  render_signs 7 0 2000 fresh.bin
  tools/signs/check.py --model zoo/signs.tflite --labels zoo/signs.txt --pictures fresh.bin

Needs LiteRT (the package ai-edge-litert) and NumPy. With --weights signs.npz it also runs the
weights as plain NumPy arithmetic, written down from the definitions, and compares.
"""

import argparse
import pathlib

import numpy as np

SIDE = 64
RECORD = 1 + SIDE * SIDE * 3


def run_litert(path, pictures):
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    image, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    answers = []
    for picture in pictures:
        interpreter.set_tensor(image["index"], picture[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(answer["index"])[0])
    return np.stack(answers)


def run_plain(weights, pictures):
    """The network once more: windows cut out with SAME padding, summed in float64."""
    x = pictures.astype(np.float64)
    for i in range(sum(name.endswith(".stride") for name in weights)):
        kernel, stride = weights[f"unit{i}.kernel"], int(weights[f"unit{i}.stride"])
        size, side = kernel.shape[-1], x.shape[1]
        outputs = -(-side // stride)
        total = max((outputs - 1) * stride + size - side, 0)
        pad = (total // 2, total - total // 2)
        x = np.pad(x, ((0, 0), pad, pad, (0, 0)))
        y = 0
        for u in range(size):
            for v in range(size):
                part = x[:, u:u + stride * outputs:stride, v:v + stride * outputs:stride]
                part = part[:, :outputs, :outputs]
                depthwise = i > 0 and kernel.shape[1] == 1
                y = y + (part * kernel[:, 0, u, v] if depthwise else part @ kernel[:, :, u, v].T)
        x = np.clip(y + weights[f"unit{i}.bias"], 0, 6)
    x = x.mean(axis=(1, 2)) @ weights["head.kernel"].T + weights["head.bias"]
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--weights")
    options = parser.parse_args()

    names = pathlib.Path(options.labels).read_text().split("\n")[:-1]
    records = np.fromfile(options.pictures, np.uint8).reshape(-1, RECORD)
    labels = records[:, 0].astype(int)
    pictures = ((records[:, 1:].astype(np.float32) - 127.5) / 127.5).reshape(-1, SIDE, SIDE, 3)
    answers = run_litert(options.model, pictures)
    chosen = answers.argmax(axis=1)
    print(f"top-1 {100 * (chosen == labels).mean():.2f} % of {len(labels)} pictures (LiteRT)")
    for label, name in enumerate(names):
        mine = chosen[labels == label]
        wrong = [names[i] for i in mine if i != label]
        most = f", most often {max(set(wrong), key=wrong.count)}" if wrong else ""
        print(f"  {name:16} {100 * (mine == label).mean():6.2f} % of {len(mine)}{most}")
    if options.weights:
        plain = run_plain(dict(np.load(options.weights)), pictures)
        right = (plain.argmax(axis=1) == labels).mean()
        print(f"top-1 {100 * right:.2f} % (plain arithmetic), largest difference "
              f"{np.abs(plain - answers).max():.2e}")


if __name__ == "__main__":
    main()
