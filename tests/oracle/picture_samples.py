"""Small pictures of every kind that we read, made by Pillow and, where it cannot, by hand.

usage: picture_samples.py FOLDER
"""

import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 37, 23


def pixels(channels, most=255):
    """Smooth colours with some noise, [HEIGHT,WIDTH,channels]."""
    y, x, c = np.mgrid[0:HEIGHT, 0:WIDTH, 0:channels]
    noise = np.random.default_rng(1).normal(0, 0.05, y.shape)
    wave = 0.5 + 0.3 * np.sin(x / 5 + c) + 0.2 * np.cos(y / 4 - c) + noise
    return (np.clip(wave, 0, 1) * most).astype(np.uint16 if most > 255 else np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, color_type, rows, interlaced, extra=b""):
    """A PNG with filter 0. `rows(xs, ys)` gives the packed bytes of each row of that subset."""
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                  (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x0, y0, dx, dy in passes:
        for row in rows(range(x0, WIDTH, dx), range(y0, HEIGHT, dy)):
            data += b"\0" + row if row else b""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def packed(values, depth):
    """Rows of a function for png(): samples of `depth` bits from [HEIGHT,WIDTH,channels]."""

    def rows(xs, ys):
        for y in ys:
            samples = values[y, list(xs)].reshape(-1)
            if depth == 16:
                yield samples.astype(">u2").tobytes()
                continue
            bits = np.unpackbits(samples.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:]
            yield np.packbits(bits.reshape(-1)).tobytes()

    return rows


def write_pngs(folder):
    """All kinds but 16-bit gray, which Pillow reads as numbers, not as a picture."""
    palette = np.random.default_rng(2).integers(0, 256, 768, dtype=np.uint8).tobytes()
    kinds = [("gray", 0, 1, (1, 2, 4, 8)), ("rgb", 2, 3, (8, 16)), ("rgba", 6, 4, (8, 16)),
             ("palette", 3, 1, (1, 2, 4, 8)), ("graya", 4, 2, (8,))]
    for name, color_type, channels, depths in kinds:
        for depth in depths:
            values = pixels(channels, (1 << depth) - 1)
            extra = chunk(b"PLTE", palette[: 3 << depth]) if color_type == 3 else b""
            for interlaced in (False, True):
                path = os.path.join(folder, f"{name}{depth}{'i' if interlaced else ''}.png")
                with open(path, "wb") as file:
                    file.write(png(depth, color_type, packed(values, depth), interlaced, extra))
    transparent = [("gray", 0, 1, struct.pack(">H", 100)),
                   ("rgb", 2, 3, struct.pack(">HHH", 1, 2, 3)),
                   ("palette", 3, 1, bytes(range(200)))]
    for name, color_type, channels, keys in transparent:
        extra = chunk(b"PLTE", palette) if color_type == 3 else b""
        with open(os.path.join(folder, f"{name}_trns.png"), "wb") as file:
            file.write(png(8, color_type, packed(pixels(channels), 8), False,
                           extra + chunk(b"tRNS", keys)))


def write_jpegs(folder):
    color, gray = Image.fromarray(pixels(3)), Image.fromarray(pixels(1)[:, :, 0])
    gray.save(os.path.join(folder, "gray.jpg"))
    Image.fromarray(pixels(4), "CMYK").save(os.path.join(folder, "cmyk.jpg"), quality=90)
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        for progressive in (False, True):
            name = f"{sampling.replace(':', '')}{'p' if progressive else ''}.jpg"
            color.save(os.path.join(folder, name), subsampling=sampling, progressive=progressive)
    color.save(os.path.join(folder, "restart.jpg"), restart_marker_rows=1)
    color.save(os.path.join(folder, "optimized.jpg"), optimize=True, quality=30)
    color.save(os.path.join(folder, "keep_rgb.jpg"), keep_rgb=True)
    color.resize((1, 1)).save(os.path.join(folder, "one.jpg"))
    for orientation in range(0, 10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a maker"
        color.save(os.path.join(folder, f"exif{orientation}.jpg"), exif=exif)
        color.save(os.path.join(folder, f"exif{orientation}.png"), exif=exif)


def write_bmp(path, bits, rows, palette, top_down):
    stride_rows = [row + b"\0" * (-len(row) % 4) for row in rows]
    data = b"".join(stride_rows if top_down else stride_rows[::-1])
    at = 14 + 40 + len(palette)
    height = -HEIGHT if top_down else HEIGHT
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, 0, len(data), 0, 0,
                         len(palette) // 4, 0)
    with open(path, "wb") as file:
        file.write(b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + header + palette + data)


def write_bmps(folder):
    palette = np.random.default_rng(3).integers(0, 256, 1024, dtype=np.uint8)
    palette[3::4] = 0
    for top_down in (False, True):
        suffix = "t" if top_down else ""
        for bits in (1, 4, 8):
            rows = packed(pixels(1, (1 << bits) - 1), bits)(range(WIDTH), range(HEIGHT))
            write_bmp(os.path.join(folder, f"palette{bits}{suffix}.bmp"), bits, list(rows),
                      palette[: 4 << bits].tobytes(), top_down)
        for bits in (24, 32):
            rows = [row.tobytes() for row in pixels(bits // 8)]
            write_bmp(os.path.join(folder, f"color{bits}{suffix}.bmp"), bits, rows, b"", top_down)
    Image.fromarray(pixels(3)).save(os.path.join(folder, "pillow.bmp"))


def write_pnms(folder):
    header = f"{WIDTH} # a comment\n{HEIGHT}\n"
    for kind, channels in ((2, 1), (3, 3)):
        for most in (1, 15, 100, 255, 1000, 65535):
            if kind == 2 and most > 255:
                continue  # Pillow reads these as numbers, not as a picture
            values = pixels(channels, most)
            text = " ".join(map(str, values.reshape(-1)))
            with open(os.path.join(folder, f"p{kind}_{most}.pnm"), "w", encoding="ascii") as file:
                file.write(f"P{kind}\n{header}{most}\n{text}\n")
            with open(os.path.join(folder, f"p{kind + 3}_{most}.pnm"), "wb") as file:
                file.write(f"P{kind + 3}\n{header}{most}\n".encode())
                file.write(values.astype(">u2" if most > 255 else "u1").tobytes())
    bits = pixels(1, 1)
    rows = b"".join(packed(bits, 1)(range(WIDTH), range(HEIGHT)))
    with open(os.path.join(folder, "p4.pnm"), "wb") as file:
        file.write(f"P4\n{header}".encode() + rows)
    with open(os.path.join(folder, "p1.pnm"), "w", encoding="ascii") as file:
        file.write(f"P1\n{header}" + "".join(map(str, bits.reshape(-1))))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    write_pngs(folder)
    write_jpegs(folder)
    write_bmps(folder)
    write_pnms(folder)


if __name__ == "__main__":
    main()
