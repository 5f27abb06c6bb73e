"""generate_cases.py DIR: the node cases that the onnx package makes itself, as folders.

Debian's libonnx-testdata ends at opset 17; this adds 18 to 21. Newer opsets are left out.
"""

import pathlib
import sys
import warnings

import numpy as np
from onnx import numpy_helper
from onnx.backend.test.case import node

OLDEST, NEWEST = 18, 21


def as_proto(value):
    """A tensor's message, or None for what is no tensor."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return None
    return numpy_helper.from_array(np.asarray(value))


def main(folder):
    warnings.simplefilter("ignore")
    written = 0
    for case in node.collect_testcases():
        versions = {entry.domain: entry.version for entry in case.model.opset_import}
        if not OLDEST <= versions.get("", 0) <= NEWEST:
            continue
        home = pathlib.Path(folder) / case.name
        for index, data_set in enumerate(case.data_sets):
            data = home / f"test_data_set_{index}"
            data.mkdir(parents=True, exist_ok=True)
            for kind, values in zip(("input", "output"), data_set):
                for place, value in enumerate(values):
                    proto = as_proto(value)
                    if proto is not None:
                        (data / f"{kind}_{place}.pb").write_bytes(proto.SerializeToString())
        (home / "model.onnx").write_bytes(case.model.SerializeToString())
        written += 1
    print(f"{written} cases of opset {OLDEST} to {NEWEST}", file=sys.stderr)


main(sys.argv[1])
