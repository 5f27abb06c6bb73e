"""What other libraries make of pictures: the peers that vision is compared with.

usage: pictures.py JOBS, where JOBS is a text file of lines
    resize METHOD IN.ppm WIDTH HEIGHT OUT.ppm
    decode IN OUT.ppm
Needs Pillow, OpenCV, NumPy and LiteRT. A line without a peer's answer makes no file.
"""

import sys

import cv2
import numpy as np
from PIL import Image, ImageOps

import tflite_resize


def resize(method, pixels, width, height):
    size = (width, height)
    if method == "bilinear_antialias":
        return np.asarray(Image.fromarray(pixels).resize(size, Image.BILINEAR))
    if method == "nearest":
        return np.asarray(Image.fromarray(pixels).resize(size, Image.NEAREST))
    if method == "bilinear":
        return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    if method == "area":
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if method == "nearest_asymmetric":
        return cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST)
    corners = {"bilinear_asymmetric": False, "bilinear_align_corners": True}[method]
    out = tflite_resize.bilinear(pixels.astype(np.float32), height, width, corners)
    return np.floor(np.clip(out, 0, 255) + 0.5).astype(np.uint8)


def decode(path):
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def write(path, pixels):
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, format="PPM")


def main():
    with open(sys.argv[1], encoding="utf-8") as jobs:
        lines = jobs.read().splitlines()
    for line in lines:
        words = line.split("\t")
        if words[0] == "resize":
            method, source, width, height, target = words[1:]
            with Image.open(source) as image:
                pixels = np.asarray(image.convert("RGB"))
            write(target, resize(method, pixels, int(width), int(height)))
        else:
            write(words[2], decode(words[1]))


if __name__ == "__main__":
    main()
