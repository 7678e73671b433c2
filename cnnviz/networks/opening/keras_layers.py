"""Conversion of Keras' layers: a class name and settings in, layers of the registry and weights out.

A layer that does two things becomes two: a convolution with an activation is a convolution and an activation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError
from cnnviz.layers.add import Add
from cnnviz.layers.average_pool import AveragePool
from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.cropping import Cropping
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.elu import Elu
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.gelu import Gelu
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.global_max_pool import GlobalMaxPool
from cnnviz.layers.hard_sigmoid import HardSigmoid
from cnnviz.layers.hard_swish import HardSwish
from cnnviz.layers.layer_norm import LayerNorm
from cnnviz.layers.leaky_relu import LeakyRelu
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.multiply import Multiply
from cnnviz.layers.prelu import PRelu
from cnnviz.layers.relu import Relu
from cnnviz.layers.relu6 import Relu6
from cnnviz.layers.rescaling import Rescaling
from cnnviz.layers.reshape import Reshape
from cnnviz.layers.separable_conv import SeparableConv
from cnnviz.layers.sigmoid import Sigmoid
from cnnviz.layers.softmax import Softmax
from cnnviz.layers.swish import Swish
from cnnviz.layers.tanh import Tanh
from cnnviz.layers.transposed_conv import TransposedConv
from cnnviz.layers.upsampling import MAX_FACTOR, Upsampling
from cnnviz.layers.zero_padding import ZeroPadding
from cnnviz.networks.architecture_file import MAX_LAYERS, MAX_NAME
from cnnviz.networks.graph import IMAGE, Node

Config = Mapping[str, Any]
ReadArrays = Callable[[str, Sequence[str]], list[np.ndarray]]
"""(layer name, names of its weights) -> its arrays."""
TENSOR = object()
"""Replaces a tensor among the arguments of a call."""


def damaged(what: str) -> CnnvizError:
    """Return the error of a file that is not as its program writes it."""
    return CnnvizError(
        f"`path` must be an undamaged file. Received: one where {what}.",
        reason="network_damaged",
        detail=what,
    )


@dataclass(frozen=True)
class Call:
    """A layer's call.

    Attributes:
        inputs: the names of its inputs.
        arguments: all arguments in order, `TENSOR` for an input; () in files of Keras 2.
        options: keyword arguments.
    """

    inputs: tuple[str, ...] = ()
    arguments: tuple[Any, ...] = ()
    options: Config = field(default_factory=dict)

    def of(self, inputs: tuple[str, ...]) -> Call:
        """Return the call with these inputs."""
        return replace(self, inputs=inputs)


@dataclass
class Assembly:
    """The layers that were read so far.

    Attributes:
        input_shape: of the image. nodes: in topological order. weights: by "layer.weight".
        notes, origin: as in `Opened`. of_keras_2: whether Keras 2 or 1 has written the file.
    """

    input_shape: tuple[int, int, int]
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    origin: dict[str, str] = field(default_factory=dict)
    of_keras_2: bool = False
    _shapes: dict[str, Shape] = field(default_factory=dict)

    def shape(self, name: str) -> Shape:
        """Return the output shape of a layer, or of the image."""
        return self.input_shape if name == IMAGE else self._shapes[name]

    def add(self, layer: Layer, *sources: str, weights: Mapping[str, np.ndarray] | None = None) -> str:
        """Add a layer, and return its name, which is unique and allowed here.

        Raises:
            CnnvizError: if the layer cannot take its inputs.
        """
        if len(self.nodes) >= MAX_LAYERS:
            raise damaged(f"there are more than {MAX_LAYERS:,} layers")
        name = base = (re.sub(r"\W+", "_", layer.name)[: MAX_NAME - 10] or layer.kind).strip(
            "_"
        ) or layer.kind
        count = 1
        while name in self._shapes or name == IMAGE:
            count += 1
            name = f"{base}_{count}"
        node = Node(layer.renamed(name), sources)
        self._shapes[name] = _output_shape(node, [self.shape(source) for source in sources])
        self.nodes.append(node)
        self.weights |= {f"{name}.{key}": array for key, array in (weights or {}).items()}
        return name


def _output_shape(node: Node, shapes: Sequence[Shape]) -> Shape:
    """Return a layer's output shape, or raise as `Graph` does."""
    reason = node.layer.incompatibility(*shapes)
    if reason is not None:
        raise CnnvizError(
            f"`{node.layer.name}` must fit its inputs. Received: {node.layer.kind} of {tuple(shapes)} "
            f"({reason}).",
            reason="network_fit",
            layer=node.layer.name,
        )
    return node.layer.output_shape(*shapes)


@dataclass(frozen=True)
class KerasLayer:
    """A layer in a configuration, and where its own layers go.

    Attributes:
        class_name, name: of the layer. config: its settings. call: how it is called.
        assembly: takes its layers. read: reads its weights; None for an operation, which has none.
    """

    class_name: str
    name: str
    config: Config
    call: Call
    assembly: Assembly
    read: ReadArrays | None

    @property
    def source(self) -> str:
        """The one input."""
        if len(self.call.inputs) != 1:
            raise self.unsupported(f"{len(self.call.inputs)} inputs")
        return self.call.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of the one input."""
        return self.assembly.shape(self.source)

    def unsupported(self, what: str) -> CnnvizError:
        """Return the error of a setting that CNNViz does not know."""
        return CnnvizError(
            f"`path` must be of a model whose layers CNNViz knows. Received: the layer {self.name[:60]!r} "
            f"({self.class_name}) with {what}.",
            reason="network_setting",
            layer=self.name[:60],
            kind=self.class_name,
            setting=what,
        )

    def expect(self, **settings: Any) -> None:
        """Check that settings have these values, if there are any in the file."""
        for key, value in settings.items():
            if (found := self.config.get(key, value)) != value:
                raise self.unsupported(f"{key}={repr(found)[:40]}")

    def flag(self, key: str, default: bool = True) -> bool:
        """Return a switch."""
        return bool(self.config.get(key, default))

    def arrays(self, *names: str) -> dict[str, np.ndarray]:
        """Return the layer's weights with these names, in Keras' order."""
        found = self.read(self.name, names) if self.read and names else []
        return dict(zip(names, found, strict=True))

    def add(self, layer: Layer, **weights: np.ndarray) -> str:
        """Add a layer of one input."""
        return self.assembly.add(layer, self.source, weights=weights)

    def then(self, source: str, layer: Layer) -> str:
        """Add a layer behind another one."""
        return self.assembly.add(layer, source)

    def note(self, text: str) -> None:
        """Add a note for the card."""
        self.assembly.notes.append(text)

    def window(self, size: str = "kernel_size") -> Window:
        """Return the sliding window, channels last; pooling moves by its size if the file does not say."""
        self.expect(data_format="channels_last")
        strides = self.config.get("strides") or (self.config[size] if size == "pool_size" else 1)
        padding = self.config.get("padding", "valid")
        if padding not in ("valid", "same"):
            raise self.unsupported(f"padding={repr(padding)[:40]}")
        return Window(self.config[size], strides, padding, self.config.get("dilation_rate", 1))

    def activated(self, made: str) -> str:
        """Add the layer's built-in activation as a separate layer after it."""
        kind = _activation(self, self.config.get("activation"))
        if kind is None:
            return made
        self.note("Activations inside a layer are steps of their own.")
        return self.activate(made, replace(kind, name=f"{self.name}_{kind.kind}"))

    def activate(self, source: str, activation: Layer) -> str:
        """Add an activation behind a layer."""
        if self.assembly.of_keras_2 and isinstance(activation, HardSigmoid):
            self.note(
                "The hard sigmoid of Keras 2 rises by 1/5: it is that of Keras 3 behind a factor of 6/5."
            )
            source = self.then(source, Rescaling(f"{activation.name}_scale", (1.2,), (0.0,)))
        return self.then(source, activation)


# ---------------------------------------------------------------- activations

ACTIVATIONS: Mapping[str, Layer] = {
    "relu": Relu(""),
    "relu6": Relu6(""),
    "sigmoid": Sigmoid(""),
    "tanh": Tanh(""),
    "silu": Swish(""),
    "swish": Swish(""),
    "softmax": Softmax(""),
    "leaky_relu": LeakyRelu("", 0.2),
    "elu": Elu(""),
    "gelu": Gelu(""),
    "hard_sigmoid": HardSigmoid(""),
    "hard_silu": HardSwish(""),
    "hard_swish": HardSwish(""),
}
"""Keras' activations by name, with their default settings."""


def _activation(of: KerasLayer, value: Any) -> Layer | None:
    """Return an activation by its serialised function; None for the identity.

    Raises:
        CnnvizError: if CNNViz does not know it, or it is a function of somebody's own.
    """
    if isinstance(value, dict) and value.get("class_name") == "function":
        value = value.get("config")
    if value in (None, "linear"):
        return None
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise of.unsupported(f"activation={repr(value)[:40]}")
    return ACTIVATIONS[value]


def _activation_layer(of: KerasLayer) -> str:
    kind = _activation(of, of.config.get("activation"))
    return of.source if kind is None else of.activate(of.source, replace(kind, name=of.name))


def _relu(of: KerasLayer) -> str:
    most, slope = of.config.get("max_value"), of.config.get("negative_slope", 0.0)
    of.expect(threshold=0.0)
    if most is None:
        return of.add(LeakyRelu(of.name, _number(of, slope)) if slope else Relu(of.name))
    if most == 6 and not slope:
        return of.add(Relu6(of.name))
    raise of.unsupported(f"max_value={repr(most)[:40]}")


def _leaky_relu(of: KerasLayer) -> str:
    slope = of.config.get("negative_slope", of.config.get("alpha", 0.3))
    return of.add(LeakyRelu(of.name, _number(of, slope)))


def _prelu(of: KerasLayer) -> str:
    shape, axes = of.shape, of.config.get("shared_axes")
    shared = sorted(axes or []) == list(range(1, len(shape)))
    alpha = of.arrays("alpha")["alpha"]
    along = alpha.ndim == len(shape) and all(n in (1, m) for n, m in zip(alpha.shape, shape, strict=True))
    if not shared and along:  # shared along some axes only; of another shape, it is refused later
        alpha = np.broadcast_to(alpha, shape)
    return of.add(PRelu(of.name, shared), alpha=alpha)


def _elu(of: KerasLayer) -> str:
    of.expect(alpha=1.0)
    return of.add(Elu(of.name))


def _softmax(of: KerasLayer) -> str:
    _last_axis(of, len(of.shape))
    return of.add(Softmax(of.name))


# ---------------------------------------------------------------- convolutions


def _conv(of: KerasLayer) -> str:
    window, units, bias = of.window(), of.config["filters"], of.flag("use_bias")
    groups, channels = of.config.get("groups", 1), of.shape[-1]
    arrays = of.arrays("kernel", *(["bias"] if bias else []))
    rows, columns = window.stride
    if groups == channels == units > 1 and rows == columns:
        of.note("A convolution with as many groups as channels is a depthwise convolution.")
        arrays["kernel"] = np.moveaxis(arrays["kernel"], 2, 3)
        made = of.add(DepthwiseConv(of.name, window, 1, bias), **arrays)
    else:
        made = of.add(Conv(of.name, window, units, bias, groups), **arrays)
    return of.activated(made)


def _depthwise(of: KerasLayer) -> str:
    bias = of.flag("use_bias")
    arrays = of.arrays("kernel", *(["bias"] if bias else []))
    layer = DepthwiseConv(of.name, of.window(), of.config.get("depth_multiplier", 1), bias)
    return of.activated(of.add(layer, **arrays))


def _separable(of: KerasLayer) -> str:
    bias, multiplier = of.flag("use_bias"), of.config.get("depth_multiplier", 1)
    arrays = of.arrays("depthwise_kernel", "pointwise_kernel", *(["bias"] if bias else []))
    layer = SeparableConv(of.name, of.window(), of.config["filters"], multiplier, bias)
    return of.activated(of.add(layer, **arrays))


def _transposed(of: KerasLayer) -> str:
    of.expect(output_padding=None)
    window = of.window()
    if window.dilation != (1, 1):
        raise of.unsupported(f"dilation_rate={window.dilation}")
    if window.padding == "valid" and any(s > k for s, k in zip(window.stride, window.size, strict=True)):
        raise of.unsupported("strides above kernel_size")  # Keras appends rows and columns of the bias
    bias = of.flag("use_bias")
    arrays = of.arrays("kernel", *(["bias"] if bias else []))
    return of.activated(of.add(TransposedConv(of.name, window, of.config["filters"], bias), **arrays))


def _dense(of: KerasLayer) -> str:
    bias, units = of.flag("use_bias"), of.config["units"]
    arrays = of.arrays("kernel", *(["bias"] if bias else []))
    if len(of.shape) == 3:
        of.note("A fully connected layer of maps, at each position, is a 1x1 convolution.")
        arrays["kernel"] = arrays["kernel"][np.newaxis, np.newaxis]
        return of.activated(of.add(Conv(of.name, Window(1), units, bias), **arrays))
    return of.activated(of.add(Dense(of.name, units, bias), **arrays))


# ---------------------------------------------------------------- pooling and shapes


def _pool(kind: type[MaxPool | AveragePool]) -> Callable[[KerasLayer], str]:
    return lambda of: of.add(kind(of.name, of.window("pool_size")))


def _global_pool(kind: type[GlobalAveragePool | GlobalMaxPool]) -> Callable[[KerasLayer], str]:
    def make(of: KerasLayer) -> str:
        of.expect(data_format="channels_last")
        if not of.flag("keepdims", False):
            return of.add(kind(of.name))
        pooled = of.add(kind(f"{of.name}_pool"))
        return of.then(pooled, Reshape(of.name, (1, 1, of.shape[-1])))

    return make


def _flatten(of: KerasLayer) -> str:
    of.expect(data_format="channels_last")
    return of.add(Flatten(of.name))


def _reshape(of: KerasLayer) -> str:
    target, count = [int(n) for n in of.config["target_shape"]], prod(of.shape)
    if target.count(-1) == 1:
        known = prod(n for n in target if n != -1)
        target[target.index(-1)] = count // known if known > 0 else 0
    if not 1 <= len(target) <= 3 or prod(target) != count or min(target) < 1:
        raise of.unsupported(f"target_shape={repr(of.config['target_shape'])[:40]}")
    return of.add(Reshape(of.name, tuple(target)))


def _zero_padding(of: KerasLayer) -> str:
    of.expect(data_format="channels_last")
    rows, columns = (tuple(pair) for pair in _pairs(of, "padding"))
    return of.add(ZeroPadding(of.name, (rows, columns)))


def _cropping(of: KerasLayer) -> str:
    of.expect(data_format="channels_last")
    return of.add(Cropping(of.name, *_pairs(of, "cropping")))


def _pairs(of: KerasLayer, key: str) -> list[tuple[int, int]]:
    """Return ((top, bottom), (left, right)) of p, (rows, columns) or both pairs."""
    value = of.config[key]
    sides = list(value) if isinstance(value, list) else [value, value]
    pairs = [tuple(side) if isinstance(side, list) else (side, side) for side in sides]
    if len(pairs) != 2 or not all(
        len(p) == 2 and all(type(n) is int and 0 <= n <= 4096 for n in p) for p in pairs
    ):
        raise of.unsupported(f"{key}={repr(value)[:40]}")
    return [(first, last) for first, last in pairs]


def _upsampling(of: KerasLayer) -> str:
    of.expect(data_format="channels_last")
    size, interpolation = of.config.get("size", [2, 2]), of.config.get("interpolation", "nearest")
    rows, columns = size if isinstance(size, list) and len(size) == 2 else (size, size)
    if not all(type(n) is int and 1 <= n <= MAX_FACTOR for n in (rows, columns)):
        raise of.unsupported(f"size={repr(size)[:40]}")
    if interpolation not in ("nearest", "bilinear"):
        raise of.unsupported(f"interpolation={repr(interpolation)[:40]}")
    return of.add(Upsampling(of.name, rows, columns, interpolation))


def _identity(of: KerasLayer) -> str:
    of.note("Layers that only act while training, such as those that change the images, are left out.")
    return of.source


def _dropout(of: KerasLayer) -> str:
    rate = _number(of, of.config.get("rate", 0.0))
    if not 0 <= rate < 1:
        raise of.unsupported(f"rate={rate}")
    return of.add(Dropout(of.name, rate))


# ---------------------------------------------------------------- normalisation and scales


def _batch_norm(of: KerasLayer) -> str:
    _last_axis(of, len(of.shape))
    scale, center = of.flag("scale"), of.flag("center")
    names = [name for name, there in (("gamma", scale), ("beta", center)) if there]
    arrays = of.arrays(*names, "moving_mean", "moving_variance")
    epsilon = _number(of, of.config.get("epsilon", 1e-3))
    return of.add(BatchNorm(of.name, epsilon, scale, center), **arrays)


def _layer_norm(of: KerasLayer) -> str:
    of.expect(rms_scaling=False)
    _last_axis(of, len(of.shape))
    scale, center = of.flag("scale"), of.flag("center")
    arrays = of.arrays(*(name for name, there in (("gamma", scale), ("beta", center)) if there))
    return of.add(LayerNorm(of.name, _number(of, of.config.get("epsilon", 1e-3)), scale, center), **arrays)


def _rescaling(of: KerasLayer) -> str:
    numbers = (
        _numbers(of, of.config.get(key, default)) for key, default in (("scale", 1.0), ("offset", 0.0))
    )
    return of.add(Rescaling(of.name, *numbers))


def _normalization(of: KerasLayer) -> str:
    """Return `(x - mean) / sqrt(variance)`, whose numbers are settings or, if they were adapted, weights."""
    of.expect(invert=False)
    _last_axis(of, len(of.shape))
    if of.config.get("mean") is None:
        adapted = of.arrays("mean", "variance")
        mean, variance = adapted["mean"].reshape(-1), adapted["variance"].reshape(-1)
    else:
        mean, variance = (np.array(_numbers(of, of.config[key]), np.float32) for key in ("mean", "variance"))
    deviation = np.maximum(np.sqrt(variance), np.float32(1e-7))  # Keras' epsilon
    scale, offset = 1 / deviation.astype(np.float64), -mean.astype(np.float64) / deviation
    return of.add(Rescaling(of.name, tuple(scale.tolist()), tuple(offset.tolist())))


def _layer_scale(of: KerasLayer) -> str:
    of.note("A layer that scales each map is a 1x1 depthwise convolution.")
    (gamma,) = of.arrays("gamma").values()
    kernel = gamma.reshape(1, 1, -1, 1)
    return of.add(DepthwiseConv(of.name, Window(1), 1, bias=False), kernel=kernel)


def _scaled_sum(of: KerasLayer) -> str:
    """Return `x + scale * y` of Inception-ResNet."""
    first, second = of.call.inputs
    scale = Rescaling(f"{of.name}_scale", _numbers(of, of.config["scale"]), (0.0,))
    return of.assembly.add(Add(of.name), first, of.then(second, scale))


def _last_axis(of: KerasLayer, rank: int) -> None:
    """Check that a layer acts along the channels."""
    axis = of.config.get("axis", -1)
    if axis not in (-1, rank, [-1], [rank]):
        raise of.unsupported(f"axis={repr(axis)[:40]}")


# ---------------------------------------------------------------- several inputs


def _join(kind: type[Add | Multiply | Concatenate]) -> Callable[[KerasLayer], str]:
    def make(of: KerasLayer) -> str:
        if kind is Concatenate:
            _last_axis(of, len(of.assembly.shape(of.call.inputs[0])))
        return of.assembly.add(kind(of.name), *of.call.inputs)

    return make


def _operation(of: KerasLayer) -> str:
    """Return `x + y` and `x * y`, of tensors or of a tensor and a number."""
    if len(of.call.inputs) == 2 and of.class_name in ("Add", "Multiply"):
        return of.assembly.add(Add(of.name) if of.class_name == "Add" else Multiply(of.name), *of.call.inputs)
    if len(of.call.inputs) != 1 or len(of.call.arguments) != 2:
        raise of.unsupported("such inputs")
    left, right = of.call.arguments
    if left is TENSOR and of.class_name == "TrueDivide":
        if not (divisor := _number(of, right)):
            raise of.unsupported("a division by 0")
        return of.add(Rescaling(of.name, (1 / divisor,), (0.0,)))
    if left is TENSOR and of.class_name == "Subtract":
        return of.add(Rescaling(of.name, (1.0,), (-_number(of, right),)))
    number = _number(of, right if left is TENSOR else left)
    if of.class_name == "Add":
        return of.add(Rescaling(of.name, (1.0,), (number,)))
    if of.class_name == "Multiply":
        return of.add(Rescaling(of.name, (number,), (0.0,)))
    raise of.unsupported("a number before it")


def _number(of: KerasLayer, value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < 1e12:
        raise of.unsupported(f"the number {repr(value)[:40]}")
    return float(value)


def _numbers(of: KerasLayer, value: Any) -> tuple[float, ...]:
    """Return a number, or nested lists with a single one along all axes but one, as a tuple."""
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if isinstance(value, dict) and isinstance(value.get("config"), dict):  # a serialised array
        value = value["config"].get("value")
    return tuple(_number(of, each) for each in (value if isinstance(value, list) else [value]))


OPERATIONS = ("Add", "Multiply", "Subtract", "TrueDivide")
"""Operations of `keras.ops`: what `x + y` in a model becomes."""
HANDLERS: Mapping[str, Callable[[KerasLayer], str]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Conv2DTranspose": _transposed,
    "Dense": _dense,
    "MaxPooling2D": _pool(MaxPool),
    "AveragePooling2D": _pool(AveragePool),
    "GlobalAveragePooling2D": _global_pool(GlobalAveragePool),
    "GlobalMaxPooling2D": _global_pool(GlobalMaxPool),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "ZeroPadding2D": _zero_padding,
    "Cropping2D": _cropping,
    "UpSampling2D": _upsampling,
    "BatchNormalization": _batch_norm,
    "SyncBatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ELU": _elu,
    "Softmax": _softmax,
    "Dropout": _dropout,
    "SpatialDropout2D": _dropout,
    "GaussianDropout": _dropout,
    "AlphaDropout": _dropout,
    "Add": _join(Add),
    "Multiply": _join(Multiply),
    "Concatenate": _join(Concatenate),
    "LayerScale": _layer_scale,
    "CustomScaleLayer": _scaled_sum,
    **dict.fromkeys(
        (
            "ActivityRegularization",
            "GaussianNoise",
            "Identity",
            "RandomBrightness",
            "RandomContrast",
            "RandomCrop",
            "RandomFlip",
            "RandomRotation",
            "RandomTranslation",
            "RandomZoom",
        ),
        _identity,
    ),
}
"""Keras' layers by class name."""
EXECUTABLE = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
"""Layers whose computation is program code in the file."""


def add(entry: Config, name: str, call: Call, assembly: Assembly, read: ReadArrays | None) -> str:
    """Add the counterpart of a configuration's layer; return the name of its output.

    Args:
        entry: the layer's entry: class_name, module, config. name: the layer's name.
        call: how it is called. assembly: takes the layers. read: reads its weights; None for an operation.

    Raises:
        CnnvizError: naming the layer, if CNNViz does not know it.
    """
    class_name, config = str(entry["class_name"]), entry["config"]
    module, registered = str(entry.get("module") or "keras"), str(entry.get("registered_name") or "")
    shown, kind = name[:60], class_name[:60]
    if class_name in EXECUTABLE:
        raise CnnvizError(
            f"`path` must be of a model without program code. Received: the layer {shown!r} ({kind}), whose "
            "computation is code, which CNNViz does not run. Build the model with a layer of Keras instead.",
            reason="network_code",
            layer=shown,
            kind=kind,
        )
    if ">" in registered or module.split(".")[0] not in ("keras", "tf_keras", "tensorflow"):
        raise CnnvizError(
            f"`path` must be of a model of Keras' own layers. Received: the layer {shown!r} of somebody's "
            f"own class {kind}, whose code is not in the file. Build the model with layers of Keras instead.",
            reason="network_custom",
            layer=shown,
            kind=kind,
        )
    is_operation = read is None
    known = (
        class_name in ("Add", "Multiply", "Subtract", "TrueDivide")
        if is_operation
        else class_name in HANDLERS
    )
    if not known or not isinstance(config, dict):
        raise CnnvizError(
            f"`path` must be of a model whose layers CNNViz knows. Received: the layer {shown!r} of the "
            f"class {kind}. Take it out, or build it from convolutions, pooling, activations and fully "
            "connected layers.",
            reason="network_layer",
            layer=shown,
            kind=kind,
        )
    layer = KerasLayer(class_name, name, config, call, assembly, read)
    made = _operation(layer) if is_operation else HANDLERS[class_name](layer)
    assembly.origin[name] = made
    return made
