"""Makes OpenVINO models of one layer each, and runs them with OpenVINO on the CPU.

usage: one_op.py FOLDER

Writes NAME.xml, NAME.bin, NAME.in0.npy, ..., NAME.out0.npy, ... for every case, and their names to
names.txt. A case that OpenVINO itself refuses ends the program.
"""

import os
import sys

import numpy as np
import openvino as ov
from openvino import opset1, opset2, opset3, opset4, opset5, opset6, opset7, opset9
from openvino import opset8 as op
from openvino.utils.node_factory import NodeFactory

RANDOM = np.random.default_rng(7)
CASES = []


def case(name, make, *inputs):
    CASES.append((name, make, inputs))


def real(*shape, low=-2.0, high=2.0):
    return RANDOM.uniform(low, high, shape).astype(np.float32)


def whole(*shape, low=-9, high=9, dtype=np.int64):
    return RANDOM.integers(low, high, shape, dtype=dtype)


def truth(*shape):
    return RANDOM.integers(0, 2, shape).astype(bool)


def const(values, dtype=None):
    return op.constant(np.array(values) if dtype is None else np.array(values, dtype))


def ints(*values):
    return const(values, np.int64)


def window(pads=(0, 0), ends=(0, 0), strides=(1, 1), dilations=(1, 1), auto="explicit"):
    return dict(strides=list(strides), pads_begin=list(pads), pads_end=list(ends),
                dilations=list(dilations), auto_pad=auto)


def convolutions():
    w = real(6, 4, 3, 3)
    x = real(2, 4, 9, 8)
    for name, fields in {
        "plain": window(),
        "padded": window((1, 0), (2, 1), (2, 1)),
        "dilated": window((1, 1), (1, 1), (1, 1), (2, 2)),
        "same_upper": window(strides=(2, 2), auto="same_upper"),
        "same_lower": window(strides=(2, 2), auto="same_lower"),
        "valid": window((1, 1), (1, 1), auto="valid"),
    }.items():
        case(f"Convolution_{name}", lambda x, f=fields: op.convolution(x, const(w), **f), x)
    case("Convolution_1d", lambda x: op.convolution(x, const(real(3, 4, 3)), [2], [1], [0], [1]),
         real(1, 4, 9))
    case("Convolution_chain", lambda x: op.convolution(
        op.relu(op.add(op.convolution(x, const(w), **window((1, 1), (1, 1))), const(real(1, 6, 1, 1)))),
        const(real(3, 6, 1, 1)), **window()), x)
    case("GroupConvolution", lambda x: op.group_convolution(
        x, const(real(2, 3, 2, 3, 3)), **window((1, 1), (1, 1))), x)
    case("GroupConvolution_depthwise", lambda x: op.group_convolution(
        x, const(real(4, 1, 1, 3, 3)), **window(strides=(2, 2), auto="same_upper")), x)
    t = real(4, 3, 3, 3)
    for name, fields in {
        "plain": dict(strides=[2, 2]),
        "padded": dict(strides=[2, 2], pads_begin=[1, 0], pads_end=[1, 1]),
        "output_padding": dict(strides=[2, 3], pads_begin=[1, 1], pads_end=[1, 1],
                               output_padding=[1, 2]),
        "dilated": dict(strides=[1, 1], dilations=[2, 1]),
    }.items():
        case(f"ConvolutionBackpropData_{name}",
             lambda x, f=fields: op.convolution_backprop_data(x, const(t), **f), x)
    for auto in ("same_upper", "same_lower", "explicit"):
        case(f"ConvolutionBackpropData_to_{auto}", lambda x, a=auto: op.convolution_backprop_data(
            x, const(t), [2, 2], ints(18, 15), auto_pad=a), x)
    case("GroupConvolutionBackpropData", lambda x: op.group_convolution_backprop_data(
        x, const(real(2, 2, 3, 3, 3)), [2, 2], pads_begin=[1, 1], pads_end=[1, 1]), x)


def pools():
    x = real(2, 3, 9, 8)
    for rounding in ("floor", "ceil"):
        case(f"MaxPool_{rounding}", lambda x, r=rounding: opset1.max_pool(
            x, [2, 2], [1, 0], [0, 1], [3, 3], r), x)
        for exclude in (True, False):
            case(f"AvgPool_{rounding}_{exclude}", lambda x, r=rounding, e=exclude: op.avg_pool(
                x, [2, 2], [1, 1], [1, 1], [3, 3], e, r), x)
    case("MaxPool_same", lambda x: opset1.max_pool(x, [2, 2], [], [], [3, 3], "floor", "same_upper"), x)
    case("AvgPool_same", lambda x: op.avg_pool(x, [2, 2], [0, 0], [0, 0], [3, 3], True, "floor", "same_lower"), x)
    for axis in (0, 1, 2):
        for index in ("i64", "i32"):
            case(f"MaxPool_8_places_{axis}_{index}", lambda x, a=axis, i=index: op.max_pool(
                x, [2, 1], [1, 2], [0, 1], [1, 0], [2, 3], "ceil", "explicit", i, a), x)
    for size in ((1, 1), (3, 4), (7, 5), (9, 8)):
        case(f"AdaptiveAvgPool_{size[0]}", lambda x, s=size: op.adaptive_avg_pool(x, ints(*s)), x)
        case(f"AdaptiveMaxPool_{size[0]}", lambda x, s=size: op.adaptive_max_pool(x, ints(*s), "i32").output(0), x)
    case("AdaptiveAvgPool_1d", lambda x: op.adaptive_avg_pool(x, ints(3)), real(2, 3, 7))
    case("MaxPool_8", lambda x: op.max_pool(x, [1, 1], [2, 1], [0, 0], [0, 0], [2, 2]).output(0), x)


def activations():
    x = real(1, 3, 4, 5)
    plain = dict(ReLU=op.relu, Sigmoid=op.sigmoid, Tanh=op.tanh, Exp=op.exp, Abs=op.abs,
                 Negative=op.negative, Floor=op.floor, Ceiling=op.ceiling, Sign=op.sign, Sin=op.sin,
                 Cos=op.cos, HSwish=op.hswish, Mish=op.mish, SoftPlus=op.softplus,
                 HSigmoid=op.hsigmoid)
    for name, make in plain.items():
        case(name, lambda x, m=make: m(x), x)
    unit = real(2, 3, 4, low=-0.95, high=0.95)
    for name in ("acos", "asin", "atan", "atanh", "tan", "sinh", "cosh", "asinh", "erf"):
        case(f"unary_{name}", lambda x, m=getattr(op, name): m(x), unit)
    case("unary_acosh", lambda x: op.acosh(x), real(2, 3, low=1.0, high=9.0))
    case("SoftSign", lambda x: opset9.softsign(x), x)
    halves = np.arange(-3, 3.25, 0.25, dtype=np.float32)
    for mode in ("half_to_even", "half_away_from_zero"):
        case(f"Round_{mode}", lambda x, m=mode: op.round(x, m), np.concatenate([halves, np.float32([0.49999997, -0.49999997, 8388609])]))
    case("SoftPlus_large", lambda x: op.softplus(x), real(1, 3, 4, 5) * 50)
    case("Log", lambda x: op.log(x), real(2, 3, low=0.1))
    case("Sqrt", lambda x: op.sqrt(x), real(2, 3, low=0.1))
    case("Clamp_6", lambda x: op.clamp(x, 0, 6), x * 5)
    case("Clamp", lambda x: op.clamp(x, -0.5, 0.75), x)
    case("Clamp_i64", lambda x: op.clamp(x, -2.5, 3.5), whole(4, 4))
    case("Elu", lambda x: op.elu(x, 1.0), x)
    case("Elu_alpha", lambda x: op.elu(x, 0.3), x)
    case("Swish", lambda x: op.swish(x), x)
    case("Swish_beta", lambda x: op.swish(x, const(0.7, np.float32)), x)
    case("Selu", lambda x: op.selu(x, const(1.67, np.float32), const(1.05, np.float32)), x)
    case("HardSigmoid", lambda x: op.hard_sigmoid(x, const(0.3, np.float32), const(0.6, np.float32)), x)
    case("Gelu_erf", lambda x: opset7.gelu(x, "erf"), x)
    case("Gelu_tanh", lambda x: opset7.gelu(x, "tanh"), x)
    case("PReLU", lambda x: op.prelu(x, const(real(3))), x)
    case("PReLU_one", lambda x: op.prelu(x, const(real(1))), x)
    case("LogicalNot", lambda x: op.logical_not(x), truth(3, 4))
    case("Convert_i32", lambda x: op.convert(x, "i32"), x * 3)
    case("Convert_bool", lambda x: op.convert(op.convert(x, "boolean"), "f32"), whole(3, 3, low=0, high=2))
    case("Convert_u8", lambda x: op.convert(x, "f32"), whole(1, 3, 2, 2, low=0, high=255, dtype=np.uint8))
    case("ConvertLike", lambda x: op.convert_like(x, const(1, np.int64)), x * 3)


def elementwise():
    a, b = real(2, 3, 4, 5), real(2, 3, 4, 5, low=0.5)
    for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "squared_difference"):
        make = getattr(op, name)
        case(f"binary_{name}", lambda a, b, m=make: m(a, b), a, b)
        case(f"binary_{name}_constant", lambda a, m=make: m(a, const(real(3, 1, 1, low=0.5))), a)
        # Negative quotients are rounded down by the specification, towards 0 on its CPU.
        case(f"binary_{name}_i64", lambda a, b, m=make: m(a, b),
             whole(3, 4, low=0 if name == "divide" else -9), whole(4, low=1))
    case("Power", lambda a, b: op.power(a, b), b, a)
    case("Mod", lambda a, b: op.mod(a, b), a, b)
    case("Mod_i32", lambda a, b: op.mod(a, b), whole(4, 4, dtype=np.int32),
         whole(4, 4, low=1, dtype=np.int32))
    case("FloorMod", lambda a, b: op.floor_mod(a, b), a, b)
    for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"):
        make = getattr(op, name)
        case(f"compare_{name}", lambda a, b, m=make: m(a, b), whole(3, 4, high=-6), whole(4, high=-6))
    for name in ("logical_and", "logical_or", "logical_xor"):
        make = getattr(op, name)
        case(f"compare_{name}", lambda a, b, m=make: m(a, b), truth(3, 4), truth(3, 4))
    case("Select", lambda c, a, b: op.select(c, a, b), truth(3, 1), real(3, 4), real(4))
    low, high = -real(3, 1, 1, low=0.5), real(3, 1, 1, low=0.5)
    case("FakeQuantize", lambda x: op.fake_quantize(
        x, const([-1.3], np.float32), const([1.1], np.float32), const([-1.2], np.float32),
        const([1.0], np.float32), 256), a)
    case("FakeQuantize_channels", lambda x: op.fake_quantize(
        x, const(low), const(high), const(low), const(high), 16), a)


def shapes():
    x = real(2, 4, 6, 8)
    case("Reshape", lambda x: op.reshape(x, ints(0, -1, 8), True), x)
    case("Reshape_plain", lambda x: op.reshape(x, ints(8, -1), False), x)
    case("Squeeze", lambda x: op.squeeze(x, ints(1)), real(2, 1, 3))
    case("Unsqueeze", lambda x: op.unsqueeze(x, ints(0, 2)), real(2, 3))
    case("Transpose", lambda x: op.transpose(x, ints(0, 2, 3, 1)), x)
    case("Transpose_other", lambda x: op.transpose(x, ints(3, 1, 0, 2)), x)
    case("Concat", lambda a, b: op.concat([a, b], 1), x, real(2, 3, 6, 8))
    case("Concat_last", lambda a, b: op.concat([a, b], -1), x, real(2, 4, 6, 3))
    case("Concat_convolved", lambda a: op.concat(
        [op.convolution(a, const(real(3, 4, 1, 1)), **window()),
         op.convolution(a, const(real(2, 4, 1, 1)), **window())], 1), x)
    case("Split", lambda x: op.split(x, const(1, np.int64), 2), x)
    case("VariadicSplit", lambda x: op.variadic_split(x, const(-1, np.int64), ints(3, -1)), x)
    case("StridedSlice", lambda x: op.strided_slice(
        x, ints(0, 1, 2, 7), ints(2, 3, 6, 0), ints(1, 1, 2, -2), [1, 0, 0, 0], [0, 0, 0, 0]), x)
    case("StridedSlice_masks", lambda x: op.strided_slice(
        x, ints(0, 1, 0), ints(0, 2, 5), ints(1, 1, 1), [0, 0, 1], [0, 0, 0],
        [0, 0, 0], [0, 1, 0], [1, 0, 0]), x)
    case("Slice", lambda x: op.slice(x, ints(1, 5), ints(9, 0), ints(1, -2), ints(1, 3)), x)
    case("ShapeOf", lambda x: op.shape_of(x), x)
    case("ShapeOf_i32", lambda x: op.shape_of(x, "i32"), x)
    case("Broadcast", lambda x: op.broadcast(x, ints(2, 3, 4)), real(3, 1))
    case("Broadcast_explicit", lambda x: op.broadcast(x, ints(2, 3, 4), ints(1), "explicit"), real(3))
    case("Broadcast_bidirectional", lambda x: op.broadcast(x, ints(4, 1), None, "bidirectional"), real(2, 1, 3))
    case("Tile", lambda x: op.tile(x, ints(2, 1, 3)), real(2, 3, 2))
    for mode in ("constant", "edge", "reflect", "symmetric"):
        case(f"Pad_{mode}", lambda x, m=mode: op.pad(x, ints(0, 0, 1, 2), ints(0, 0, 2, 1), m), x)
    case("Pad_value", lambda x: op.pad(x, ints(1, 0), ints(0, 2), "constant", const(3, np.float32)), real(2, 3))
    for mode in ("blocks_first", "depth_first"):
        case(f"DepthToSpace_{mode}", lambda x, m=mode: op.depth_to_space(x, m, 2), x)
        case(f"SpaceToDepth_{mode}", lambda x, m=mode: op.space_to_depth(x, m, 2), x)
    case("ShuffleChannels", lambda x: op.shuffle_channels(x, 1, 2), x)
    case("ReorgYolo", lambda x: op.reorg_yolo(x, [2]), x)
    case("Range", lambda a: op.convert_like(op.range(const(1, np.int64), const(9, np.int64), const(2, np.int64)), a), real(1))
    case("Gather", lambda x: op.gather(x, ints(3, 0, -1), const(2, np.int64)), x)
    case("Gather_batch", lambda x: op.gather(x, const(whole(2, 3, low=0, high=4)), const(1, np.int64), 1), x)
    case("Gather_1", lambda x: opset1.gather(x, ints(1, 0), const(1, np.int64)), x)
    case("GatherND", lambda x: op.gather_nd(x, const([[0, 1], [1, 3]], np.int64)), x)
    for batch in (1, 2):
        at = whole(2, 4, 3, 1, low=0, high=4)
        case(f"GatherND_5_batch_{batch}", lambda x, i=at, b=batch: opset5.gather_nd(x, const(i), b), x)
        case(f"GatherND_8_batch_{batch}", lambda x, i=at, b=batch: op.gather_nd(x, const(i), b), x)
    case("GatherElements", lambda x: op.gather_elements(x, const(whole(2, 4, 3, 8, low=0, high=5)), 2), x)
    case("ScatterUpdate", lambda x, u: op.scatter_update(x, ints(3, 0), u, ints(0)), real(4, 3), real(2, 3))
    case("ScatterUpdate_axis", lambda x, u: op.scatter_update(x, const([[4, 0], [1, 2]], np.int64), u, const(1, np.int64)), real(2, 5, 3), real(2, 2, 2, 3))
    case("ScatterElementsUpdate", lambda x, u: op.scatter_elements_update(x, const([[0, 2], [1, 0]], np.int64), u, ints(1)), real(3, 4), real(2, 2))
    case("ScatterNDUpdate", lambda x, u: op.scatter_nd_update(x, const([[0, 2], [1, 0]], np.int64), u), real(3, 4, 2), real(2, 2))
    for exclusive in (False, True):
        for back in (False, True):
            case(f"CumSum_{exclusive}_{back}", lambda x, e=exclusive, r=back: op.cum_sum(x, const(2, np.int64), e, r), x)
    case("ReverseSequence", lambda x: op.reverse_sequence(x, const([3, 6], np.int64), 0, 2), x)
    case("ReverseSequence_end", lambda x: op.reverse_sequence(x, const([3, 1, 2, 0, 8, 4], np.int32), 2, -1), x)
    case("OneHot", lambda x: op.one_hot(x, const(4, np.int64), const(2, np.float32), const(-1, np.float32), 1), whole(2, 3, low=-2, high=6))
    case("OneHot_end", lambda x: op.one_hot(x, const(4, np.int64), const(1, np.float32), const(0, np.float32), -1), whole(2, 3, low=0, high=4))
    borders = np.float32([-1.5, -0.5, 0.0, 0.25, 1.0])
    steps = np.round(real(3, 5) * 4) / 4
    for right in (True, False):
        case(f"Bucketize_{right}", lambda x, r=right: op.bucketize(x, const(borders), "i32", r), steps)
    case("NonZero", lambda x: op.non_zero(x, "i64"), np.round(real(3, 5)))
    case("SpaceToBatch", lambda x: op.space_to_batch(x, ints(1, 1, 2, 3), ints(0, 0, 1, 1), ints(0, 0, 1, 0)), x)
    case("BatchToSpace", lambda x: op.batch_to_space(x, ints(1, 1, 2, 3), ints(0, 0, 1, 0), ints(0, 0, 0, 2)), real(12, 2, 3, 4))
    for auto in ("valid", "same_upper", "same_lower"):
        case(f"ExtractImagePatches_{auto}", lambda x, a=auto: op.extract_image_patches(x, [3, 2], [2, 1], [1, 2], a), x)
    case("Einsum", lambda a, b: opset7.einsum([a, b], "bij,bjk->bik"), real(2, 3, 4), real(2, 4, 5))
    case("Einsum_trace", lambda a: opset7.einsum([a], "ij->ji"), real(3, 4))
    case("TopK_by_index", lambda x: op.topk(x, const(3, np.int64), 2, "max", "index"), x)
    case("TopK_by_index_min", lambda x: opset1.topk(x, const(5, np.int64), -1, "min", "index"), x)
    case("TopK", lambda x: op.topk(x, const(3, np.int64), -1, "max", "value"), x)
    case("TopK_channels", lambda x: op.topk(x, const(2, np.int64), 1, "min", "value"), x)


def reductions():
    x = real(2, 3, 4, 5)
    for name in ("mean", "max", "min", "sum", "prod", "l1", "l2"):
        make = getattr(op, f"reduce_{name}")
        case(f"reduce_{name}", lambda x, m=make: m(x, ints(2, 3), True), x)
        case(f"reduce_{name}_drop", lambda x, m=make: m(x, ints(-1), False), x)
    case("reduce_mean_convolved", lambda x: op.reduce_mean(
        op.convolution(x, const(real(2, 3, 1, 1)), **window()), ints(2, 3), True), x)
    case("reduce_and", lambda x: op.reduce_logical_and(x, ints(1), False), truth(3, 2))
    case("reduce_or", lambda x: op.reduce_logical_or(x, ints(1), True), truth(3, 2))


def normalizations():
    x = real(2, 4, 5, 6)
    for axis in (1, 2, 3):
        case(f"SoftMax_{axis}", lambda x, a=axis: op.softmax(x, a), x)
    case("SoftMax_1", lambda x: opset1.softmax(x, 1), x)
    case("LogSoftmax", lambda x: op.log_softmax(x, 1), x)
    case("BatchNorm_1", lambda x: opset1.batch_norm_inference(
        x, const(real(4)), const(real(4)), const(real(4)), const(real(4, low=0.5)), 1e-3), x)
    case("BatchNorm_5", lambda x: opset5.batch_norm_inference(
        x, const(real(4)), const(real(4)), const(real(4)), const(real(4, low=0.5)), 1e-3), x)
    case("NormalizeL2", lambda x: op.normalize_l2(x, ints(1), 1e-3, "add"), x)
    case("NormalizeL2_max", lambda x: op.normalize_l2(x, ints(1, 2, 3), 1e-3, "max"), x)
    case("LRN", lambda x: op.lrn(x, ints(1), 1e-1, 0.75, 1.0, 3), x)
    case("MVN_1", lambda x: opset2.mvn(x, True, True, 1e-3), x)
    case("MVN_1_each", lambda x: opset2.mvn(x, False, False, 1e-3), x)
    case("MVN_6", lambda x: opset6.mvn(x, ints(2, 3), True, 1e-2, "OUTSIDE_SQRT"), x)
    case("GRN", lambda x: op.grn(x, 0.3), x)
    case("MatMul", lambda a, b: op.matmul(a, b, False, False), real(2, 3, 4), real(2, 4, 5))
    case("MatMul_constant", lambda a: op.matmul(a, const(real(5, 4)), False, True), real(3, 4))
    case("MatMul_transposed", lambda a, b: op.matmul(a, b, True, True), real(4, 3), real(5, 4))
    case("MatMul_vector", lambda a, b: op.matmul(a, b, False, False), real(4), real(4, 5))
    case("MatMul_vector_behind", lambda a, b: op.matmul(a, b, False, False), real(3, 4), real(4))


def interpolate(x, mode, places="half_pixel", nearest="round_prefer_floor", size=(8, 10),
                by="sizes", antialias=False, scales=(2, 2), axes=(2, 3), pads=(0, 0), cube=-0.75):
    """Interpolate of opset 4, which the module of that name lacks."""
    return NodeFactory("opset4").create(
        "Interpolate", [x, ints(*size), const(scales, np.float32), ints(*axes)],
        dict(mode=mode, shape_calculation_mode=by, coordinate_transformation_mode=places,
             nearest_mode=nearest, antialias=antialias, pads_begin=[0, 0] + list(pads),
             pads_end=[0, 0] + list(pads), cube_coeff=cube))


def resizes():
    x = real(1, 2, 4, 5)
    for size in ((8, 10), (7, 11), (2, 3)):
        for mode in ("nearest", "linear_onnx"):
            for places in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
                case(f"Interpolate_{mode}_{places}_{size[0]}",
                     lambda x, m=mode, p=places, s=size: interpolate(x, m, p, size=s), x)
    for nearest in ("floor", "ceil", "round_prefer_ceil", "simple"):
        case(f"Interpolate_nearest_{nearest}",
             lambda x, n=nearest: interpolate(x, "nearest", nearest=n, size=(7, 9)), x)
    for size in ((8, 10), (7, 11), (2, 3)):
        for mode in ("linear", "cubic"):
            for places in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
                case(f"Interpolate_{mode}_{places}_{size[0]}",
                     lambda x, m=mode, p=places, s=size: interpolate(x, m, p, size=s), x)
    case("Interpolate_cubic_coefficient", lambda x: interpolate(x, "cubic", cube=-0.5), x)
    for places in ("half_pixel", "align_corners", "asymmetric"):
        case(f"Interpolate_antialias_{places}",
             lambda x, p=places: interpolate(x, "linear", p, size=(5, 7), antialias=True), x)
    case("Interpolate_fractions", lambda x: interpolate(
        x, "linear_onnx", by="scales", scales=(1.7, 2.3), size=(6, 11)), x)
    case("Interpolate_fractions_nearest", lambda x: interpolate(
        x, "nearest", "asymmetric", "floor", by="scales", scales=(1.7, 0.7), size=(6, 3)), x)
    case("Interpolate_simple", lambda x: interpolate(
        x, "nearest", "asymmetric", "simple", size=(7, 3)), x)
    case("Interpolate_padded", lambda x: interpolate(x, "linear_onnx", size=(11, 13), pads=(1, 2)), x)
    case("Interpolate_tf_half_pixel_for_nn", lambda x: interpolate(
        x, "nearest", "tf_half_pixel_for_nn", "floor", size=(7, 11)), x)
    case("Interpolate_all_axes", lambda x: interpolate(
        x, "linear_onnx", size=(1, 2, 6, 9), scales=(1, 1, 1, 1), axes=(0, 1, 2, 3)), x)
    case("Interpolate_row", lambda x: interpolate(x, "linear_onnx", size=(9,), scales=(2,), axes=(3,)), x)
    case("Interpolate_scales", lambda x: interpolate(x, "linear_onnx", by="scales"), x)
    case("Interpolate_linear", lambda x: interpolate(x, "linear"), x)
    for mode in ("nearest", "linear"):
        for corners in (False, True):
            if mode == "nearest" and corners:
                continue
            case(f"Interpolate_0_{mode}_{corners}",
                 lambda x, m=mode, c=corners: opset1.interpolate(
                     x, ints(8, 10), dict(axes=[2, 3], mode=m, align_corners=c, antialias=False,
                                          pads_begin=[0], pads_end=[0])), x)


def proposals():
    anchors, cells = 6, (5, 7)
    scores = RANDOM.permutation(2 * 2 * anchors * 35).reshape(2, 2 * anchors, *cells) / 840
    deltas = real(2, 4 * anchors, *cells, low=-0.8, high=0.8)
    fields = dict(base_size=16, pre_nms_topn=120, post_nms_topn=20, nms_thresh=0.6, feat_stride=16,
                  min_size=1, ratio=[0.5, 1.0, 2.0], scale=[2.0, 4.0])
    for name, more in {
        "plain": {},
        "min_size": dict(min_size=20, pre_nms_topn=60),
        "normalized": dict(normalize=True),
        "late_clip": dict(clip_before_nms=False, clip_after_nms=True),
        "scaled": dict(box_size_scale=5.0, box_coordinate_scale=10.0),
        "edges": dict(framework="tensorflow", box_size_scale=5.0, box_coordinate_scale=10.0),
        "edges_unclipped": dict(framework="tensorflow", clip_before_nms=False, normalize=True),
        "few": dict(nms_thresh=0.1, post_nms_topn=100),
    }.items():
        inputs = scores.astype(np.float32), deltas
        for picture in ((80, 112, 1.5), (80, 112, 1, 1.5)):
            case(f"Proposal_1_{name}_{len(picture)}", lambda s, d, f={**fields, **more}, p=picture:
                 NodeFactory("opset1").create("Proposal", [s, d, const(p, np.float32)], f), *inputs)
            if name != "few":  # scores of rows that are not used are anything there
                case(f"Proposal_4_{name}_{len(picture)}",
                     lambda s, d, f={**fields, **more}, p=picture:
                     NodeFactory("opset4").create("Proposal", [s, d, const(p, np.float32)], f), *inputs)


def regions(count, high, far=0.0):
    """Rows of picture, left, top, right, bottom; the last but one ends the list."""
    first = RANDOM.uniform(-far, high * 0.6, (count, 2))
    last = first + RANDOM.uniform(0.05, 0.6, (count, 2)) * high
    rows = np.concatenate([RANDOM.integers(0, 2, (count, 1)), first, np.minimum(last, high + far)], 1)
    rows[-2] = [-1, 0, 0, 1, 1]
    return rows.astype(np.float32)


def region_pools():
    x = real(2, 3, 9, 12)
    for bins in ((1, 1), (2, 3), (7, 7)):
        case(f"ROIPooling_max_{bins[0]}", lambda x, r, b=bins: opset2.roi_pooling(
            x, r, list(b), 0.0625, "max"), x, regions(12, 140, 30))
        case(f"ROIPooling_bilinear_{bins[0]}", lambda x, r, b=bins: opset2.roi_pooling(
            x, r, list(b), 1.0, "bilinear"), x, regions(12, 1))
        case(f"PSROIPooling_average_{bins[0]}", lambda x, r, b=bins: op.psroi_pooling(
            x, r, 2, b[0], 0.0625, 1, 1, "average"), real(2, 2 * bins[0] ** 2, 9, 12), regions(12, 140, 30))
        case(f"PSROIPooling_bilinear_{bins[0]}", lambda x, r, b=bins: op.psroi_pooling(
            x, r, 2, b[0], 1.0, 3, 2, "bilinear"), real(2, 12, 9, 12), regions(12, 1, 0.1))
        for mode in ("avg", "max"):
            for samples in (0, 2):
                boxes = regions(6, 140, 10)[:, 1:]
                case(f"ROIAlign_{mode}_{bins[0]}_{samples}",
                     lambda x, r, b=bins, m=mode, s=samples: opset3.roi_align(
                         x, r, const([0, 1, 1, 0, 0, 1], np.int32), b[0], b[1], s, 0.0625, m), x, boxes)


def suppressions():
    corner = RANDOM.uniform(0, 1, (2, 20, 2))
    boxes = np.concatenate([corner, corner + RANDOM.uniform(0.1, 0.5, (2, 20, 2))], 2).astype(np.float32)
    scores = (RANDOM.permutation(2 * 3 * 20).reshape(2, 3, 20) / 120).astype(np.float32)
    numbers = [const(4, np.int64), const(0.4, np.float32), const(0.3, np.float32)]
    for encoding in ("corner", "center"):
        for sort in (False, True):
            for module, names in ((opset1, "1"), (opset3, "3"), (opset4, "4")):
                case(f"NonMaxSuppression_{names}_{encoding}_{sort}",
                     lambda b, s, m=module, e=encoding, o=sort:
                     m.non_max_suppression(b, s, *numbers, e, o), boxes, scores)
            # With sigma and centres its CPU chooses other boxes than its specification says.
            case(f"NonMaxSuppression_5_{encoding}_{sort}_places", lambda b, s, e=encoding, o=sort:
                 opset5.non_max_suppression(b, s, *numbers, None, e, o).output(0), boxes, scores)
            for sigma in (0.0, 0.5) if encoding == "corner" else (0.0,):
                for out in ("i64", "i32"):
                    case(f"NonMaxSuppression_5_{encoding}_{sort}_{sigma}_{out}",
                         lambda b, s, e=encoding, o=sort, g=sigma, t=out: opset5.non_max_suppression(
                             b, s, *numbers, const(g, np.float32), e, o, t), boxes, scores)


def detections():
    case("RegionYolo_softmax", lambda x: op.region_yolo(x, 4, 3, 2, True, [0, 1], 1, 3), real(1, 16, 3, 2))
    case("RegionYolo_mask", lambda x: op.region_yolo(x, 4, 3, 6, False, [1, 2], 1, 3), real(1, 16, 3, 2))
    attributes = dict(background_label_id=0, top_k=20, keep_top_k=[10],
                      code_type="caffe.PriorBoxParameter.CENTER_SIZE", nms_threshold=0.4,
                      confidence_threshold=0.2, normalized=True)
    boxes = RANDOM.uniform(0, 0.5, (40, 2)).astype(np.float32)
    priors = np.concatenate([boxes, boxes + RANDOM.uniform(0.1, 0.5, (40, 2))], 1).astype(np.float32)
    variances = np.full((40, 4), 0.1, np.float32)
    both = np.stack([priors.ravel(), variances.ravel()])[None]
    scores = RANDOM.uniform(0, 1, (1, 40 * 4)).astype(np.float32)
    case("DetectionOutput", lambda l, s, p: op.detection_output(l, s, p, attributes),
         real(1, 160), scores, both)
    mxnet = dict(attributes, decrease_label_id=True, share_location=False, clip_after_nms=True)
    case("DetectionOutput_mxnet", lambda l, s, p: op.detection_output(l, s, p, mxnet),
         real(1, 640), scores, both)


def main(folder):
    for make in (convolutions, pools, activations, elementwise, shapes, reductions, normalizations,
                 resizes, proposals, region_pools, suppressions,
                 detections):
        make()
    core = ov.Core()
    names = []
    for name, make, inputs in CASES:
        print(name, flush=True)
        parameters = [op.parameter(value.shape, value.dtype) for value in inputs]
        made = make(*parameters)
        outputs = made.outputs() if hasattr(made, "outputs") else [made]
        model = ov.Model(outputs, parameters, name)
        ov.save_model(model, os.path.join(folder, name + ".xml"), compress_to_fp16=False)
        results = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(list(inputs))
        for i, value in enumerate(inputs):
            np.save(os.path.join(folder, f"{name}.in{i}.npy"), value)
        for i in range(len(outputs)):
            np.save(os.path.join(folder, f"{name}.out{i}.npy"), results[i])
        names.append(name)
    with open(os.path.join(folder, "names.txt"), "w", encoding="utf-8") as out:
        out.write("\n".join(names))


main(sys.argv[1])
