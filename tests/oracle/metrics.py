"""What pycocotools and scikit-learn say about boxes and masks.

usage: metrics.py boxes|masks FOLDER

FOLDER has for boxes N.truth.json (a COCO annotation file) and N.found.json (COCO results), for masks
N.json with truth, found (classes of pixels) and classes, for N = 0, 1, ...; stats.json gets the figures
of each: COCOeval's twelve, or mean Jaccard index, weighted F1 and accuracy.
"""
import contextlib
import io
import json
import os
import sys


def boxes(truth, found):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(truth)
        if not json.load(open(found)):
            results = COCO()
            results.dataset = {"images": coco.dataset["images"],
                               "categories": coco.dataset["categories"], "annotations": []}
            results.createIndex()
        else:
            results = coco.loadRes(found)
        judge = COCOeval(coco, results, "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return [float(x) for x in judge.stats]


def masks(file):
    from sklearn.metrics import accuracy_score, f1_score, jaccard_score
    case = json.load(open(file))
    pairs = [(t, f) for t, f in zip(case["truth"], case["found"]) if t >= 0 and f >= 0]
    truth, found = [t for t, _ in pairs], [f for _, f in pairs]
    return [jaccard_score(truth, found, average="macro"),
            f1_score(truth, found, average="weighted"), accuracy_score(truth, found)]


def main():
    kind, folder = sys.argv[1:]
    stats = []
    while True:
        path = os.path.join(folder, str(len(stats)))
        if kind == "boxes" and os.path.exists(path + ".truth.json"):
            stats.append(boxes(path + ".truth.json", path + ".found.json"))
        elif kind == "masks" and os.path.exists(path + ".json"):
            stats.append(masks(path + ".json"))
        else:
            break
    with open(os.path.join(folder, "stats.json"), "w") as out:
        json.dump(stats, out)


main()
