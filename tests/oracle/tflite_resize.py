"""A TFLite model of one RESIZE_BILINEAR, and its answer by LiteRT's reference kernels."""

import flatbuffers
import numpy as np
from ai_edge_litert import interpreter as litert
from ai_edge_litert import schema_py_generated as schema


def tensor(name, shape, kind, buffer):
    out = schema.TensorT()
    out.name, out.shape, out.type, out.buffer = name, list(shape), kind, buffer
    return out


def model(in_shape, out_height, out_width, align_corners):
    """The bytes of a model from f32 [1,h,w,c] to f32 [1,out_height,out_width,c]."""
    size = schema.BufferT()
    size.data = np.frombuffer(np.array([out_height, out_width], np.int32).tobytes(), np.uint8)
    options = schema.ResizeBilinearOptionsT()
    options.alignCorners, options.halfPixelCenters = align_corners, False
    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.RESIZE_BILINEAR
    code.deprecatedBuiltinCode, code.version = schema.BuiltinOperator.RESIZE_BILINEAR, 1
    op = schema.OperatorT()
    op.opcodeIndex, op.inputs, op.outputs = 0, [0, 1], [2]
    op.builtinOptionsType = schema.BuiltinOptions.ResizeBilinearOptions
    op.builtinOptions = options
    graph = schema.SubGraphT()
    float32, int32 = schema.TensorType.FLOAT32, schema.TensorType.INT32
    out_shape = (1, out_height, out_width, in_shape[3])
    graph.tensors = [
        tensor("x", in_shape, float32, 0),
        tensor("size", (2,), int32, 1),
        tensor("y", out_shape, float32, 0),
    ]
    graph.inputs, graph.outputs, graph.operators, graph.name = [0], [2], [op], "main"
    whole = schema.ModelT()
    whole.version, whole.operatorCodes, whole.subgraphs = 3, [code], [graph]
    whole.buffers = [schema.BufferT(), size]
    builder = flatbuffers.Builder(1024)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def bilinear(pixels, height, width, align_corners):
    """`pixels` f32 [h,w,c] in another size."""
    runner = litert.Interpreter(
        model_content=model((1, *pixels.shape), height, width, align_corners),
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
    )
    runner.allocate_tensors()
    runner.set_tensor(runner.get_input_details()[0]["index"], pixels[None])
    runner.invoke()
    return runner.get_tensor(runner.get_output_details()[0]["index"])[0]
