"""Rewrites an ONNX model so that every runtime gets the same file, in the form it knows best.

usage: prepare.py MODEL.onnx OUT.onnx

Nothing here changes what a network computes:
  initializers that are listed as inputs are no longer inputs (a runtime must not fold them then)
  functions of the model are written out in their place
  Transposes move behind Concat, and those that undo each other go
  the mean over height and width becomes GlobalAveragePool and Flatten
  Gemm gets its weights as rows of outputs (transB = 1), as exporters write it
"""

import sys

import numpy as np
import onnx
from onnx import helper, inliner, numpy_helper


class Graph:
    """A model's nodes with who makes and who takes a tensor."""

    def __init__(self, model):
        self.graph = model.graph
        self.constants = {i.name: numpy_helper.to_array(i) for i in self.graph.initializer}
        self.outputs = {o.name for o in self.graph.output}
        self.link()

    def link(self):
        self.maker = {name: node for node in self.graph.node for name in node.output}
        self.takers = {}
        for node in self.graph.node:
            for name in node.input:
                self.takers.setdefault(name, []).append(node)

    def only_taker(self, name):
        takers = self.takers.get(name, [])
        return takers[0] if len(takers) == 1 and name not in self.outputs else None

    def rename_uses(self, old, new):
        for node in self.takers.get(old, []):
            for k, name in enumerate(node.input):
                if name == old:
                    node.input[k] = new

    def insert_behind(self, node, added):
        at = next(k for k, other in enumerate(self.graph.node) if other is node)
        self.graph.node.insert(at + 1, added)

    def remove(self, node):
        at = next(k for k, other in enumerate(self.graph.node) if other is node)
        del self.graph.node[at]

    def set_constant(self, name, array):
        self.constants[name] = array
        for k, old in enumerate(self.graph.initializer):
            if old.name == name:
                del self.graph.initializer[k]
                break
        self.graph.initializer.append(numpy_helper.from_array(array, name))


def attribute(node, name, default=None):
    for found in node.attribute:
        if found.name == name:
            return helper.get_attribute_value(found)
    return default


def set_attribute(node, name, value):
    for k, found in enumerate(node.attribute):
        if found.name == name:
            del node.attribute[k]
            break
    node.attribute.append(helper.make_attribute(name, value))


def strip_inputs(model):
    constants = {i.name for i in model.graph.initializer}
    kept = [i for i in model.graph.input if i.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(kept)


def constants_to_initializers(graph):
    """A Constant node is an initializer that some runtimes read and some do not."""
    for node in [n for n in graph.graph.node if n.op_type == "Constant"]:
        value = attribute(node, "value")
        if value is not None:
            graph.set_constant(node.output[0], numpy_helper.to_array(value))
            graph.remove(node)
    graph.link()


def drop_transpose_pairs(graph):
    """Whether a pair that undoes itself was found; its second half goes."""
    for node in graph.graph.node:
        if node.op_type != "Transpose" or node.output[0] in graph.outputs:
            continue
        first = graph.maker.get(node.input[0])
        if first is None or first.op_type != "Transpose":
            continue
        inner, outer = attribute(first, "perm"), attribute(node, "perm")
        if [inner[k] for k in outer] != list(range(len(outer))):
            continue
        graph.rename_uses(node.output[0], first.input[0])
        graph.remove(node)
        graph.link()
        return True
    return False


def sink_transposes(graph):
    """Whether a Concat of tensors that are all transposed alike was found; it goes in front."""
    for node in graph.graph.node:
        if node.op_type != "Concat" or node.output[0] in graph.outputs:
            continue
        makers = [graph.maker.get(name) for name in node.input]
        if any(m is None or m.op_type != "Transpose" for m in makers):
            continue
        perms = [attribute(m, "perm") for m in makers]
        if any(p != perms[0] for p in perms):
            continue
        for k, maker in enumerate(makers):
            node.input[k] = maker.input[0]
        set_attribute(node, "axis", perms[0][attribute(node, "axis")])
        old = node.output[0]
        node.output[0] = old + "/before"
        moved = helper.make_node("Transpose", [node.output[0]], [old], name=old, perm=perms[0])
        graph.insert_behind(node, moved)
        graph.link()
        return True
    return False


def drop_unused(graph):
    while True:
        used = graph.outputs | {name for node in graph.graph.node for name in node.input}
        idle = [n for n in graph.graph.node if not any(name in used for name in n.output)]
        if not idle:
            break
        for node in idle:
            graph.remove(node)
    kept = [i for i in graph.graph.initializer if i.name in used]
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    graph.link()


def mean_to_pool(graph):
    for node in [n for n in graph.graph.node if n.op_type == "ReduceMean"]:
        if attribute(node, "axes") != [2, 3] or attribute(node, "keepdims", 1) != 0:
            continue
        flat = node.output[0]
        node.op_type = "GlobalAveragePool"
        del node.attribute[:]
        node.output[0] = flat + "/pooled"
        graph.insert_behind(node, helper.make_node("Flatten", [node.output[0]], [flat], name=flat))
    graph.link()


def weights_as_rows(graph):
    for node in graph.graph.node:
        if node.op_type != "Gemm" or attribute(node, "transB", 0) or attribute(node, "transA", 0):
            continue
        weights = graph.constants.get(node.input[1])
        if weights is None or len(graph.takers[node.input[1]]) != 1:
            continue
        graph.set_constant(node.input[1], np.ascontiguousarray(weights.T))
        set_attribute(node, "transB", 1)


def prepare(model):
    strip_inputs(model)
    if model.functions:
        model = inliner.inline_local_functions(model)
    graph = Graph(model)
    constants_to_initializers(graph)
    while drop_transpose_pairs(graph) or sink_transposes(graph):
        pass
    mean_to_pool(graph)
    weights_as_rows(graph)
    drop_unused(graph)
    used = {node.domain for node in model.graph.node}
    kept = [o for o in model.opset_import if o.domain in used or o.domain == ""]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    onnx.save(prepare(onnx.load(sys.argv[1])), sys.argv[2])
