#!/usr/bin/python3
"""Trains the sign classifier on drawn pictures and writes its weights and a log.

  tools/signs/train.py --train train.bin [more.bin ...] --valid valid.bin --weights signs.npz

The pictures are files of render_signs. PyTorch 1.13 (Debian's python3-torch) on the processor.
"""

import argparse
import time

import numpy as np
import torch
from torch.nn import functional as F

import net

SIDE = 64
RECORD = 1 + SIDE * SIDE * 3


def load(paths):
    """Labels [n] and pictures [n, 3, 64, 64] as bytes."""
    records = np.concatenate([np.fromfile(p, np.uint8).reshape(-1, RECORD) for p in paths])
    pixels = records[:, 1:].reshape(-1, SIDE, SIDE, 3).transpose(0, 3, 1, 2)
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    return labels, torch.from_numpy(np.ascontiguousarray(pixels))


def scaled(pixels):
    return (pixels.float() - 127.5) / 127.5


def top1(model, labels, pixels):
    model.eval()
    with torch.no_grad():
        answers = torch.cat([model(scaled(p)).argmax(1) for p in pixels.split(250)])
    model.train()
    return (answers == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--valid", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--log", default="tools/signs/train.log")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    labels, pixels = load(options.train)
    valid_labels, valid_pixels = load([options.valid])
    model = net.Net(int(labels.max()) + 1).to(memory_format=torch.channels_last)
    steps = options.epochs * (len(labels) // options.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps,
                                                   pct_start=0.2)
    log = open(options.log, "w")

    def say(text):
        print(text, flush=True)
        log.write(text + "\n")
        log.flush()

    say(f"torch {torch.__version__}, seed {options.seed}, {options.threads} thread(s)")
    say(f"stem {net.STEM}, blocks {net.BLOCKS}")
    say(f"{sum(p.numel() for p in model.parameters())} parameters before folding")
    say(f"{len(labels)} training pictures, {len(valid_labels)} for validation")
    say(f"AdamW, one cycle to {options.rate}, weight decay 0.001, label smoothing 0.05, "
        f"batch {options.batch}, {options.epochs} epochs")
    start = time.time()
    for epoch in range(options.epochs):
        order = torch.randperm(len(labels))
        total = 0.0
        batches = len(labels) // options.batch
        for i in range(batches):
            chosen = order[i * options.batch:(i + 1) * options.batch]
            x = scaled(pixels[chosen]).to(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(x), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        say(f"epoch {epoch + 1}: loss {total / batches:.4f}, "
            f"validation top-1 {100 * top1(model, valid_labels, valid_pixels):.2f} %, "
            f"{time.time() - start:.0f} s")
        np.savez(options.weights, **model.eval().weights())
        model.train()


if __name__ == "__main__":
    main()
