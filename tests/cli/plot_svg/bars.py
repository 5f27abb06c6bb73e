"""Heights of the bars of an SVG that gnuplot drew, as parts of the highest of their chart."""
import re
import sys

svg = open(sys.argv[1], encoding="utf-8").read()
bars = []
for shape in re.findall(r"<polygon[^>]*points ?= ?'([^']*)'", svg):
    points = [tuple(map(float, p.split(","))) for p in shape.split()]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    if 20 < max(xs) - min(xs) < 300 and max(ys) - min(ys) > 20:
        bars.append((min(xs), max(ys), max(ys) - min(ys)))
bars = sorted(set(bars))
assert len(bars) == 6, bars
assert len({round(bottom, 1) for _, bottom, _ in bars}) == 1, "bars begin at one height: 0"
for chart in range(3):
    pair = bars[2 * chart : 2 * chart + 2]
    highest = max(height for _, _, height in pair)
    print(" ".join(f"{height / highest:.2f}" for _, _, height in pair))
