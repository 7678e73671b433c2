"""Every operator of ONNX that CNNViz knows, as layers.

Source: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isclose, prod
from typing import Any

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.add import Add
from cnnviz.layers.average_pool import AveragePool
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.channel_slice import ChannelSlice
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.cropping import Cropping
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.gelu import Gelu
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.global_max_pool import GlobalMaxPool
from cnnviz.layers.hard_sigmoid import HardSigmoid
from cnnviz.layers.hard_swish import HardSwish
from cnnviz.layers.layer_norm import LayerNorm
from cnnviz.layers.leaky_relu import LeakyRelu
from cnnviz.layers.local_response_norm import LocalResponseNorm
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.multiply import Multiply
from cnnviz.layers.prelu import PRelu
from cnnviz.layers.relu import Relu
from cnnviz.layers.relu6 import Relu6
from cnnviz.layers.rescaling import Rescaling
from cnnviz.layers.sigmoid import Sigmoid
from cnnviz.layers.softmax import Softmax
from cnnviz.layers.swish import Swish
from cnnviz.layers.tanh import Tanh
from cnnviz.layers.transposed_conv import TransposedConv
from cnnviz.layers.upsampling import MAX_FACTOR, Upsampling
from cnnviz.layers.zero_padding import ZeroPadding
from cnnviz.networks.opening.onnx_graph import Builder, Value, same_order
from cnnviz.networks.opening.onnx_message import Operator
from cnnviz.networks.opening.onnx_tensor import Tensor

Handler = Callable[[Builder, Operator], Value | Sequence[Value]]
OPERATORS: dict[str, Handler] = {}
"""{operator: what turns it into layers and returns its outputs}."""
Pads = tuple[tuple[int, int], tuple[int, int]]


def operator(*kinds: str) -> Callable[[Handler], Handler]:
    """Register the handler of operators."""

    def register(handler: Handler) -> Handler:
        OPERATORS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


# ---------------------------------------------------------------- convolution and dense layers


@operator("Conv")
def conv(net: Builder, op: Operator) -> Value:
    """Return an ordinary, grouped or depthwise convolution."""
    kernel, bias = net.constant(op, 1), net.constant(op, 2)
    source = net.maps(op, tensor := net.tensor(op))
    if kernel is None or kernel.ndim != 4:
        raise op.refuse("whose kernel does not have two axes of space")
    channels, groups = tensor.shape[0], op.attributes.get("group", 1)
    units = kernel.shape[0]
    if groups < 1 or kernel.shape[1] * groups != channels or units % groups:
        raise op.refuse(f"whose kernel of shape {kernel.shape} does not fit {channels} channels")
    window = _window(op, tensor, kernel.shape[2:])
    turned = kernel.transpose(2, 3, 1, 0)  # [kh, kw, C / groups, units]
    if groups == channels > 1:
        multiplier = units // channels
        layer: Layer = DepthwiseConv("", window, multiplier, bias is not None)
        turned = turned.reshape(*kernel.shape[2:], channels, multiplier)
    else:
        layer = Conv("", window, units, bias is not None, groups)
    return net.as_maps(net.add(op, layer, source, kernel=turned, bias=bias))


@operator("ConvTranspose")
def conv_transpose(net: Builder, op: Operator) -> Value:
    """Return a transposed convolution, and the crop that ONNX calls its padding."""
    kernel, bias = net.constant(op, 1), net.constant(op, 2)
    source = net.maps(op, net.tensor(op))
    if kernel is None or kernel.ndim != 4:
        raise op.refuse("whose kernel does not have two axes of space")
    strides = _pair(op, "strides", 1)
    if op.attributes.get("group", 1) != 1 or _pair(op, "dilations", 1) != (1, 1):
        raise op.refuse("which has groups or a dilation")
    if "output_shape" in op.attributes or op.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise op.refuse("whose padding is not given in numbers")
    (top, bottom), (left, right) = _pads(op)
    extra = _pair(op, "output_padding", 0)
    cut = ((top, bottom - extra[0]), (left, right - extra[1]))
    if min(map(min, cut)) < 0 or any(s > k for s, k in zip(strides, kernel.shape[2:], strict=True)):
        raise op.refuse("whose output is padded")
    layer = TransposedConv("", Window(kernel.shape[2:], strides), kernel.shape[1], bias is not None)
    name = net.add(op, layer, source, kernel=kernel.transpose(2, 3, 1, 0), bias=bias)
    if any(map(any, cut)):
        name = net.add(op, Cropping(net.name(f"{name}_crop"), *cut), name)
    return net.as_maps(name)


@operator("Gemm", "MatMul")
def dense(net: Builder, op: Operator) -> Value:
    """Return a fully connected layer, or a 1x1 convolution of maps that have their channels last."""
    tensor, kernel, bias = net.tensor(op), net.constant(op, 1), net.constant(op, 2)
    if kernel is None or kernel.ndim != 2 or op.attributes.get("transA", 0):
        raise op.refuse("which is not a product with a matrix of weights")
    if op.attributes.get("transB", 0):
        kernel = kernel.T
    kernel = kernel * np.float32(op.attributes.get("alpha", 1.0))
    units = kernel.shape[1]
    if bias is not None:
        beta = np.float32(op.attributes.get("beta", 1.0))
        bias = np.broadcast_to(bias.reshape(-1) * beta, (units,)) if bias.size in (1, units) else bias
    if not tensor.axes or kernel.shape[0] != tensor.shape[-1]:
        raise op.refuse(f"whose kernel of shape {kernel.shape} does not fit an input of {tensor.shape}")
    if len(tensor.axes) == 1:
        tensor = net.vector(op, tensor)
        layer = Dense("", units, bias is not None)
        # Flattened maps come to us as [H, W, C] and to ONNX as [C, H, W]: the rows move with them
        name = net.add(op, layer, tensor.source, kernel=kernel[tensor.order()], bias=bias)
        return Tensor.of(name, (units,), (0,))
    if len(tensor.axes) == 3:
        source = net.maps(op, tensor.transposed((2, 0, 1), tensor.label))
        layer_1x1 = Conv("", Window(1), units, bias is not None)
        name = net.add(op, layer_1x1, source, kernel=kernel[np.newaxis, np.newaxis], bias=bias)
        return net.as_maps(name).transposed((1, 2, 0), "")
    raise op.refuse(f"whose input has the shape {tensor.shape}")


# ---------------------------------------------------------------- pooling


@operator("MaxPool", "AveragePool")
def pool(net: Builder, op: Operator) -> Value:
    """Return a pooling layer; padding that is counted in a mean becomes zero padding before it."""
    tensor = net.tensor(op)
    source, size = net.maps(op, tensor), op.attributes.get("kernel_shape", ())
    if len(op.outputs) > 1 and op.outputs[1]:
        raise op.refuse("which also returns where the maxima lie")
    if _pair(op, "dilations", 1) != (1, 1):
        raise op.refuse("which has a dilation")
    window = _window(op, tensor, size)
    ceil = bool(op.attributes.get("ceil_mode", 0))
    pads = window.pads(tensor.shape[1:3])  # type: ignore[arg-type]
    if op.kind == "AveragePool" and op.attributes.get("count_include_pad", 0) and any(map(any, pads)):
        border = ZeroPadding(net.name(f"{net.name_of(op)}_border"), pads)
        source = net.add(op, border, source)
        window, tensor = Window(window.size, window.stride), net.as_maps(source)
    if ceil:
        window = _ceil(window, tensor.shape[1:])
    layer = MaxPool("", window) if op.kind == "MaxPool" else AveragePool("", window)
    return net.as_maps(net.add(op, layer, source))


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(net: Builder, op: Operator) -> Value:
    """Return a global pooling: [H, W, C] -> [C], in ONNX [C, 1, 1]."""
    layer = GlobalAveragePool("") if op.kind == "GlobalAveragePool" else GlobalMaxPool("")
    name = net.add(op, layer, net.maps(op, tensor := net.tensor(op)))
    return Tensor.of(name, (tensor.shape[0],), (0, None, None))


@operator("ReduceMean")
def reduce_mean(net: Builder, op: Operator) -> Value:
    """Return a global average pooling, if the mean is over rows and columns."""
    tensor = net.tensor(op)
    axes = net.whole(op, 1, "axes")
    if len(tensor.axes) != 3 or axes is None:
        raise op.refuse("which is not the mean of maps over rows and columns")
    over = sorted(net.axis(op, tensor, axis) for axis in axes)
    if over not in ([1, 2], [0, 1]):
        raise op.refuse("which is not the mean of maps over rows and columns")
    (kept,) = {0, 1, 2} - set(over)
    source = net.maps(op, tensor.transposed((kept, *over), tensor.label))
    name = net.add(op, GlobalAveragePool(""), source)
    axes_left: list[int | None] = [0 if k == kept else None for k in range(3)]
    if not op.attributes.get("keepdims", 1):
        axes_left = [0]
    return Tensor.of(name, (tensor.shape[kept],), axes_left)


# ---------------------------------------------------------------- activations and normalisation


@operator("Relu", "Sigmoid", "Tanh", "HardSwish", "Swish", "Gelu")
def activation(net: Builder, op: Operator) -> Value:
    """Return an activation without settings."""
    if op.attributes.get("approximate", "none") != "none" or op.attributes.get("alpha", 1.0) != 1.0:
        raise op.refuse("which is an approximation, or has a slope")
    layers: Mapping[str, type[Layer]] = {
        "Relu": Relu,
        "Sigmoid": Sigmoid,
        "Tanh": Tanh,
        "HardSwish": HardSwish,
        "Swish": Swish,
        "Gelu": Gelu,
    }
    return net.pointwise(op, layers[op.kind](""))


@operator("LeakyRelu")
def leaky_relu(net: Builder, op: Operator) -> Value:
    """Return a leaky ReLU."""
    slope = float(op.attributes.get("alpha", 0.01))
    if not 0 <= slope <= 1:
        raise op.refuse(f"whose slope is {slope:g}, not in 0..1")
    return net.pointwise(op, LeakyRelu("", round(slope, 6)))


@operator("PRelu")
def prelu(net: Builder, op: Operator) -> Value:
    """Return a parametric ReLU with a slope for each channel."""
    tensor, slope = net.tensor(op), net.constant(op, 1)
    if slope is None:
        raise op.refuse("whose slope is not a constant")
    long = [n for n in slope.shape if n > 1]
    channels = tensor.shape[0]
    if slope.ndim > len(tensor.axes) + 1 or long not in ([], [channels]):
        raise op.refuse(f"whose slope has the shape {slope.shape}, not one number for each channel")
    if long and slope.shape[slope.shape.index(channels) :] != (channels, *(1,) * (len(tensor.axes) - 1)):
        raise op.refuse(f"whose slope has the shape {slope.shape}, not one number for each channel")
    tensor, order = net.over_channels(op, tensor, 0)
    numbers = np.broadcast_to(slope.reshape(-1), (len(order),))[order]
    axes = len(net.shape(tensor)) - 1
    own = numbers.reshape(*(1 for _ in range(axes)), -1)
    return tensor.renamed(net.add(op, PRelu(""), tensor.source, alpha=own))


@operator("HardSigmoid")
def hard_sigmoid(net: Builder, op: Operator) -> Value:
    """Return a hard sigmoid, if its slope is a sixth as in Keras and PyTorch."""
    if (
        not isclose(op.attributes.get("alpha", 0.2), 1 / 6, rel_tol=1e-4)
        or op.attributes.get("beta", 0.5) != 0.5
    ):
        raise op.refuse("whose slope is not 1/6")
    return net.pointwise(op, HardSigmoid(""))


@operator("Clip")
def clip(net: Builder, op: Operator) -> Value:
    """Return ReLU or ReLU6, the clips that have a name."""
    low, high = net.constant(op, 1, "min"), net.constant(op, 2, "max")
    least = -np.inf if low is None else float(low.reshape(-1)[0])
    most = np.inf if high is None else float(high.reshape(-1)[0])
    if least == 0 and most == 6:
        return net.pointwise(op, Relu6(""))
    if least == 0 and most > 1e30:
        return net.pointwise(op, Relu(""))
    raise op.refuse(f"which clips to {least:g}..{most:g}; only 0..6 and 0 upwards are known")


@operator("Softmax")
def softmax(net: Builder, op: Operator) -> Value:
    """Return a softmax over the classes."""
    tensor = net.tensor(op)
    axis = op.attributes.get("axis", 1 if net.opset < 13 else -1)
    if net.opset < 13 and axis == 1:  # over all axes from there on
        flat = tensor.reshape((prod(tensor.shape),))
        assert flat is not None  # as one axis holds all pieces
        over, along = flat, 0
    else:
        over, along = tensor, net.axis(op, tensor, axis)
    if any(each for k, each in enumerate(over.axes) if k != along):
        raise op.refuse("at every position of maps, where only one over a vector is known")
    flat = net.vector(op, tensor)
    return flat.renamed(net.add(op, Softmax(""), flat.source))


@operator("BatchNormalization")
def batch_norm(net: Builder, op: Operator) -> Value:
    """Return a batch normalisation with its moving statistics."""
    if op.attributes.get("training_mode", 0) or not op.attributes.get("spatial", 1):
        raise op.refuse("which uses the statistics of a batch")
    arrays = [net.constant(op, k) for k in range(1, 5)]
    tensor, order = net.over_channels(op, net.tensor(op), 0)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    own: dict[str, np.ndarray | None] = {}
    for name, array in zip(names, arrays, strict=True):
        if array is None or array.shape != order.shape:
            raise op.refuse(f"which has not one number for each of {len(order)} channels")
        own[name] = array[order]
    layer = BatchNorm("", epsilon=float(op.attributes.get("epsilon", 1e-5)))
    return tensor.renamed(net.add(op, layer, tensor.source, **own))


@operator("LayerNormalization")
def layer_norm(net: Builder, op: Operator) -> Value:
    """Return a layer normalisation over the channels."""
    tensor, scale, offset = net.tensor(op), net.constant(op, 1), net.constant(op, 2)
    axis = net.axis(op, tensor, op.attributes.get("axis", -1))
    if axis != len(tensor.axes) - 1:
        raise op.refuse("over more than the channels")
    tensor, order = net.over_channels(op, tensor, axis)
    zeros = np.zeros(len(order), np.float32)
    if scale is None or scale.shape != order.shape or (offset is not None and offset.shape != order.shape):
        raise op.refuse(f"which has not one number for each of {len(order)} channels")
    layer = LayerNorm("", epsilon=float(op.attributes.get("epsilon", 1e-5)))
    own = {"gamma": scale[order], "beta": zeros if offset is None else offset[order]}
    return tensor.renamed(net.add(op, layer, tensor.source, **own))


@operator("LRN")
def local_response_norm(net: Builder, op: Operator) -> Value:
    """Return a local response normalisation."""
    given = op.attributes
    layer = LocalResponseNorm(
        "",
        int(given.get("size", 0)),
        _number(given.get("alpha", 1e-4)),
        _number(given.get("beta", 0.75)),
        _number(given.get("bias", 1.0)),
    )
    return net.as_maps(net.add(op, layer, net.maps(op, net.tensor(op))))


@operator("Dropout")
def dropout(net: Builder, op: Operator) -> Value:
    """Return a dropout, which does nothing outside training."""
    rate = net.constant(op, 1, "ratio")
    share = 0.5 if rate is None else _number(rate.reshape(-1)[0])
    return net.pointwise(op, Dropout("", share if 0 <= share < 1 else 0.5))


# ---------------------------------------------------------------- sums and products


@operator("Add", "Sum", "Sub", "Mul", "Div")
def arithmetic(net: Builder, op: Operator) -> Value:
    """Return a sum or a product of layers, or of a layer and a number per channel."""
    values = [net.value(op, k) for k in range(len(op.inputs))]
    tensors = [each for each in values if isinstance(each, Tensor)]
    if len(values) == 2 and len(tensors) == 1:
        return _with_constant(net, op, values)
    if len(tensors) < len(values) or (op.kind in ("Sub", "Div")):
        raise op.refuse("of which only sums and products of layers are known")
    if len(tensors) == 1:
        return tensors[0]
    shapes = {each.shape for each in tensors}
    layer = Multiply("") if op.kind == "Mul" else Add("")
    if same_order(tensors) and len({net.shape(each) for each in tensors}) == 1:
        return tensors[0].renamed(net.add(op, layer, *(each.source for each in tensors)))
    if len(shapes) > 1 and op.kind != "Mul":
        raise op.refuse(f"of shapes {', '.join(map(str, shapes))}")
    plain = [net.plain_maps(op, each) for each in tensors]
    return net.as_maps(net.add(op, layer, *(each.source for each in plain)))


def _with_constant(net: Builder, op: Operator, values: Sequence[Value | None]) -> Value:
    """Return a scale or an offset for each channel."""
    first = isinstance(values[0], Tensor)
    tensor, constant = values if first else values[::-1]
    assert isinstance(tensor, Tensor)
    assert isinstance(constant, np.ndarray)
    if constant.dtype.kind not in "iuf":
        raise op.refuse("with a constant that is no number")
    constant = constant.astype(np.float32)
    rank = len(tensor.axes) + 1
    if net.opset < 7 and "axis" in op.attributes:  # lined up from that axis on
        missing = rank - op.attributes["axis"] % rank - constant.ndim
        constant = constant.reshape(constant.shape + (1,) * max(0, missing))
    if constant.ndim > rank:
        raise op.refuse("with a constant of more axes")
    constant = constant.reshape((1,) * (rank - constant.ndim) + constant.shape)
    long = [axis for axis, n in enumerate(constant.shape) if n > 1]
    if len(long) > 1 or long == [0]:
        raise op.refuse("with a constant that differs from position to position")
    if long:
        axis = long[0] - 1
        if constant.size != tensor.shape[axis]:
            raise op.refuse(f"with {constant.size} numbers for {tensor.shape[axis]} channels")
        tensor, order = net.over_channels(op, tensor, axis)
        numbers = constant.reshape(-1)[order]
    else:
        numbers = np.full(net.shape(tensor)[-1:], constant.reshape(-1)[0])
    if op.kind == "Div" and not first:
        raise op.refuse("of which only sums and products of layers are known")
    ones, zeros = np.ones_like(numbers), np.zeros_like(numbers)
    with np.errstate(divide="ignore"):
        scale, offset = {
            "Add": (ones, numbers),
            "Sum": (ones, numbers),
            "Sub": (ones, -numbers) if first else (-ones, numbers),
            "Mul": (numbers, zeros),
            "Div": (1 / numbers, zeros),
        }[op.kind]
    if (scale == 1).all() and net.lacks_bias(tensor.source):
        net.add_bias(tensor.source, offset)
        return tensor
    if long and not offset.any() and len(net.shape(tensor)) == 3:
        net.channel_factors += 1
        layer = DepthwiseConv("", Window(1), 1, bias=False)
        return tensor.renamed(
            net.add(op, layer, tensor.source, kernel=scale[np.newaxis, np.newaxis, :, np.newaxis])
        )
    numbers_of = [tuple(map(float, each if long else each[:1])) for each in (scale, offset)]
    return tensor.renamed(net.add(op, Rescaling("", *numbers_of), tensor.source))


@operator("Concat")
def concat(net: Builder, op: Operator) -> Value:
    """Return the channels of all inputs in a row."""
    values = [net.value(op, k) for k in range(len(op.inputs))]
    tensors = [each for each in values if isinstance(each, Tensor)]
    if len(tensors) < len(values):
        raise op.refuse("with a constant")
    if len(tensors) == 1:
        return tensors[0]
    rank = len(tensors[0].axes)
    axis = net.axis(op, tensors[0], op.attributes.get("axis", 1))
    if any(len(each.axes) != rank for each in tensors):
        raise op.refuse("of inputs with different axes")
    if rank == 1:
        flat = [net.vector(op, each) for each in tensors]
        name = net.add(op, Concatenate(""), *(each.source for each in flat))
        order = np.concatenate(
            [each.order() + start for each, start in zip(flat, _starts(flat), strict=True)]
        )
        if (order != np.arange(len(order))).any():
            raise op.refuse("of flattened maps")
        return Tensor.of(name, (len(order),), (0,))
    if rank != 3 or axis not in (0, 2):
        raise op.refuse("along an axis that is not the channels")
    turn = (0, 1, 2) if axis == 0 else (2, 0, 1)
    sources = [net.maps(op, each.transposed(turn, each.label)) for each in tensors]
    made = net.as_maps(net.add(op, Concatenate(""), *sources))
    return made if axis == 0 else made.transposed((1, 2, 0), "")


def _starts(tensors: Sequence[Tensor]) -> list[int]:
    """Return the start of each vector in their concatenation."""
    return [0, *np.cumsum([each.shape[0] for each in tensors]).tolist()][:-1]


@operator("Split")
def split(net: Builder, op: Operator) -> list[Value]:
    """Return slices of the channels, those that are used."""
    tensor = net.tensor(op)
    axis = net.axis(op, tensor, op.attributes.get("axis", 0))
    if axis != 0:
        raise op.refuse("along an axis that is not the channels")
    channels, count = tensor.shape[0], len(op.outputs)
    sizes = net.whole(op, 1, "split") or [
        min(-(-channels // count), channels - k * -(-channels // count)) for k in range(count)
    ]
    if len(sizes) != count or min(sizes) < 1 or sum(sizes) != channels:
        raise op.refuse(f"of {channels} channels into {sizes}")
    source, made, first = net.maps(op, tensor), [], 0
    for size in sizes:
        made.append(net.as_maps(net.add(op, ChannelSlice("", first, size), source)))
        first += size
    return list(made)


@operator("Slice")
def slice_(net: Builder, op: Operator) -> Value:
    """Return a slice of the channels."""
    tensor = net.tensor(op)
    starts, ends = net.whole(op, 1, "starts"), net.whole(op, 2, "ends")
    axes, steps = net.whole(op, 3, "axes"), net.whole(op, 4)
    if not starts or not ends or len(starts) != 1 or len(ends) != 1 or (steps or [1]) != [1]:
        raise op.refuse("which is not a slice of the channels")
    if net.axis(op, tensor, (axes or [0])[0]) != 0 or len(tensor.axes) != 3:
        raise op.refuse("which is not a slice of the channels")
    kept = range(tensor.shape[0])[starts[0] : ends[0]]
    if not kept:
        raise op.refuse("which keeps nothing")
    source = net.maps(op, tensor)
    return net.as_maps(net.add(op, ChannelSlice("", kept.start, len(kept)), source))


@operator("Resize", "Upsample")
def resize(net: Builder, op: Operator) -> Value:
    """Return an upsampling by whole numbers of rows and columns."""
    tensor, given = net.tensor(op), op.attributes
    if len(tensor.axes) != 3:
        raise op.refuse("of something else than maps")
    scales = net.constant(op, 1 if op.kind == "Upsample" else 2, "scales")
    if op.kind == "Resize" and net.opset < 11:  # without a region of interest
        scales = net.constant(op, 1)
    sizes = net.whole(op, 3) if op.kind == "Resize" and net.opset >= 11 else None
    before = (net.batch, *tensor.shape)
    if scales is not None and scales.size == 4:
        factors = [float(n) for n in scales.reshape(-1)]
    elif sizes is not None and len(sizes) == 4:
        factors = [after / n for after, n in zip(sizes, before, strict=True)]
    else:
        raise op.refuse("whose scales are not known")
    if factors[:2] != [1, 1] or not all(1 <= n <= MAX_FACTOR and n == round(n) for n in factors):
        raise op.refuse("which does not enlarge rows and columns by whole numbers")
    if sizes is not None and given.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise op.refuse("which keeps the aspect ratio")
    old = op.kind == "Upsample" or net.opset < 11
    mode = given.get("mode", "nearest")
    coordinates = given.get("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    rounding = given.get("nearest_mode", "floor" if old else "round_prefer_floor")
    halves = coordinates in ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")
    repeats = mode == "nearest" and (
        (coordinates == "asymmetric" and rounding == "floor")
        or (halves and rounding.startswith("round_prefer"))
    )
    if given.get("antialias", 0) or not (repeats or (mode == "linear" and halves)):
        raise op.refuse(f"whose mode {mode!r} or coordinates are not supported")
    rows, columns = (int(n) for n in factors[2:])
    layer = Upsampling("", rows, columns, "nearest" if repeats else "bilinear")
    return net.as_maps(net.add(op, layer, net.maps(op, tensor)))


@operator("Pad")
def pad(net: Builder, op: Operator) -> Value:
    """Return a border of zeros."""
    tensor = net.tensor(op)
    pads, value = net.whole(op, 1, "pads"), net.constant(op, 2, "value")
    if op.attributes.get("mode", "constant") != "constant" or (value is not None and value.any()):
        raise op.refuse("which does not pad with zeros")
    if net.value(op, 3) is not None:
        raise op.refuse("which names axes")
    if pads is None or len(pads) != 2 * (len(tensor.axes) + 1) or min(pads) < 0 or len(tensor.axes) != 3:
        raise op.refuse("which does not pad rows and columns of maps")
    if any(pads[k] for k in (0, 1, 4, 5)):
        raise op.refuse("which does not pad rows and columns of maps")
    if not any(pads):
        return tensor
    border = ((pads[2], pads[6]), (pads[3], pads[7]))
    return net.as_maps(net.add(op, ZeroPadding("", border), net.maps(op, tensor)))


# ---------------------------------------------------------------- names of axes only


@operator("Identity", "Cast")
def identity(net: Builder, op: Operator) -> Value:
    """Return the input: all numbers are float32 here."""
    if op.attributes.get("to", 1) not in (1, 10, 11, 16):  # float32, float16, float64, bfloat16
        raise op.refuse("to whole numbers")
    return net.tensor(op)


@operator("Flatten")
def flatten(net: Builder, op: Operator) -> Value:
    """Return the numbers in a row."""
    tensor = net.tensor(op)
    if op.attributes.get("axis", 1) not in (1, -len(tensor.axes)):
        raise op.refuse("from another axis than the first")
    return _reshaped(op, tensor, (prod(tensor.shape),))


@operator("Reshape")
def reshape(net: Builder, op: Operator) -> Value:
    """Return the input with another shape, which a layer computes only if the next one needs it."""
    tensor, wanted = net.tensor(op), net.whole(op, 1, "shape")
    if not wanted or wanted.count(-1) > 1 or min(wanted) < -1:
        raise op.refuse("whose shape is not known")
    before = (net.batch, *tensor.shape)
    if op.attributes.get("allowzero", 0) == 0:
        wanted = [before[k] if n == 0 and k < len(before) else n for k, n in enumerate(wanted)]
    if -1 in wanted:
        rest = -prod(wanted)
        if rest <= 0 or prod(before) % rest:
            raise op.refuse(f"from {before} to {tuple(wanted)}")
        wanted[wanted.index(-1)] = prod(before) // rest
    if prod(wanted) != prod(before) or wanted[0] != net.batch:
        raise op.refuse(f"from {before} to {tuple(wanted)}")
    return _reshaped(op, tensor, wanted[1:])


@operator("Squeeze", "Unsqueeze")
def squeeze(net: Builder, op: Operator) -> Value:
    """Return the input with fewer or more axes of length 1."""
    tensor, axes = net.tensor(op), net.whole(op, 1, "axes")
    shape = [net.batch, *tensor.shape]
    if op.kind == "Squeeze":
        gone = (
            {k for k, n in enumerate(shape) if n == 1 and k}
            if axes is None
            else {a % len(shape) for a in axes}
        )
        if 0 in gone or any(shape[k] != 1 for k in gone):
            raise op.refuse("of an axis that is longer than 1, or the batch's")
        shape = [n for k, n in enumerate(shape) if k not in gone]
    else:
        rank = len(shape) + len(axes or ())
        if rank > 8:
            raise op.refuse("with too many axes")
        added = {axis % rank for axis in axes or ()}
        if 0 in added or len(added) != len(axes or ()):
            raise op.refuse("before the batch axis")
        rest = iter(shape)
        shape = [1 if k in added else next(rest) for k in range(rank)]
    return _reshaped(op, tensor, shape[1:])


@operator("Transpose")
def transpose(net: Builder, op: Operator) -> Value:
    """Return the axes in another order."""
    tensor = net.tensor(op)
    rank = len(tensor.axes) + 1
    order = op.attributes.get("perm") or list(range(rank))[::-1]
    if sorted(order) != list(range(rank)) or order[0] != 0:
        raise op.refuse("which moves the batch axis")
    return tensor.transposed([axis - 1 for axis in order[1:]], op.name)


def _reshaped(op: Operator, tensor: Tensor, shape: Sequence[int]) -> Tensor:
    made = tensor.reshape(shape, op.name)
    if made is None:
        raise op.refuse(f"from {tensor.shape} to {tuple(shape)}, which tears axes apart")
    return made


# ---------------------------------------------------------------- windows


def _pair(op: Operator, name: str, default: int) -> tuple[int, int]:
    found = op.attributes.get(name) or [default, default]
    if not isinstance(found, list) or len(found) != 2 or not all(isinstance(n, int) for n in found):
        raise op.refuse(f"whose {name} are not two numbers: only windows over rows and columns are known")
    return found[0], found[1]


def _pads(op: Operator) -> Pads:
    """Return ((top, bottom), (left, right)) from ONNX' [top, left, bottom, right]."""
    pads = op.attributes.get("pads") or [0, 0, 0, 0]
    if not isinstance(pads, list) or len(pads) != 4 or not all(isinstance(n, int) and n >= 0 for n in pads):
        raise op.refuse("whose padding is not four numbers >= 0")
    return (pads[0], pads[2]), (pads[1], pads[3])


def _window(op: Operator, tensor: Tensor, size: Sequence[int]) -> Window:
    """Return the window of an operator; padding that is "same" for its input is called so."""
    if len(size) != 2:
        raise op.refuse("whose window does not have two axes")
    given = op.attributes.get("kernel_shape", list(size))
    if list(given) != list(size):
        raise op.refuse(f"whose kernel_shape {given} is not that of its kernel")
    strides, dilations = _pair(op, "strides", 1), _pair(op, "dilations", 1)
    automatic = op.attributes.get("auto_pad", "NOTSET")
    same = Window(tuple(size), strides, "same", dilations)
    rows, cols = tensor.shape[1:]
    pads = same.pads((rows, cols))
    if automatic == "SAME_LOWER":  # the odd cell at the top and left
        pads = (pads[0][::-1], pads[1][::-1])
    elif automatic == "VALID":
        pads = (0, 0), (0, 0)
    elif automatic == "NOTSET":
        pads = _pads(op)
    elif automatic != "SAME_UPPER":
        raise op.refuse(f"whose padding is {automatic!r}")
    if not any(map(any, pads)):
        return Window(tuple(size), strides, "valid", dilations)
    return same if pads == same.pads((rows, cols)) else Window(tuple(size), strides, pads, dilations)


def _ceil(window: Window, shape: Sequence[int]) -> Window:
    """Return the window with so much more padding at the bottom and right that no input is left over."""
    made = []
    for n, size, stride, (before, after) in zip(
        shape, window.size, window.stride, window.pads((shape[0], shape[1])), strict=True
    ):
        count = -(-max(n + before + after - size, 0) // stride) + 1
        if (count - 1) * stride >= n + before:  # a window of padding only does not count
            count -= 1
        made.append((before, max(after, (count - 1) * stride + size - n - before)))
    return Window(window.size, window.stride, made) if any(map(any, made)) else window


def _number(value: Any) -> float:
    """Return a float32 as the decimal number that it was written as: 0.0001, not 0.00009999999747."""
    return float(np.format_float_positional(np.float32(value), unique=True))
