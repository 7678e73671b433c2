"""The architectures and their training recipes, by name: data only, so TensorFlow is not needed.

What each layer makes of its input (shape, parameters, receptive field) is arithmetic on
this data; `describe` does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Literal

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import invalid

Kind = Literal[
    "conv", "batch_norm", "relu", "max_pool", "average_pool", "dropout", "flatten", "dense", "softmax"
]
Shape = tuple[int, ...]

INPUT_SHAPE = (32, 32, 3)
RUN = re.compile(r"[0-9]{8}-[0-9]{6}")
"""A run's number: when it was started."""
NOT_TRAINED = ("moving_mean", "moving_variance")
"""Batch normalisation's running statistics: measured while training, not adjusted by it."""
TOY_BATCH = 20
"""Images a step of a toy run: all bundled samples."""
TOY_EPOCHS = 30
"""Passes over them: about twice as many as the slowest network needs."""
TOY_MOMENTUM = 0.5
"""Of batch normalisation's running statistics in a toy run: what lies ten steps back counts for 0.1%."""
EPSILON = 1e-3
"""What batch normalisation adds to the variance before the root, Keras' default."""


@dataclass(frozen=True)
class Layer:
    """One layer, as data.

    Attributes:
        name: unique within the architecture.
        kind: the operation.
        units: conv: filters; dense: units.
        window: conv and pooling: what slides over the input.
        bias: conv and dense: whether there is one.
        groups: conv: parts that the channels are split into; a filter sees the channels of its own part.
        max_norm: largest norm of each unit's weights, or None (a constraint while training).
        initial_deviation: standard deviation of normal initial weights, or None for
            Keras' default (Glorot uniform).
        rate: dropout: the share of values that is dropped while training.
    """

    name: str
    kind: Kind
    units: int = 0
    window: Window | None = None
    bias: bool = True
    groups: int = 1
    max_norm: float | None = None
    initial_deviation: float | None = None
    rate: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """How an architecture is trained.

    Attributes:
        optimizer: "sgd" or "rmsprop".
        learning_rate: the highest.
        schedule: how it goes on. "inverse_time": `learning_rate / (1 + decay * s)` at step s.
            "cosine": from 0 to `learning_rate` in the first `warmup` of all steps, then down to 0
            along half a cosine.
        momentum: SGD's momentum. nesterov: whether it looks ahead. rho: RMSProp's discounting factor.
        weight_decay: each step takes this times the learning rate from the kernels, in parts of them.
        whitening: whether the first convolution begins with what varies most in the training images.
        identity: whether the other convolutions begin with filters that hand on one channel each.
        beta_rate: how many times the learning rate batch normalisation's beta is trained with.
        label_smoothing: share of the target that all ten classes have in common.
        flip: whether images are mirrored, left to right, every other time.
        shift: images are moved by up to so many pixels either way; the edges are mirrored outwards.
        bfloat16: whether layers compute in bfloat16 on processors that have it; weights stay float32.
        dropout: whether the dropout layers drop anything.
        batch_norm_momentum: what batch normalisation's running statistics keep of themselves at a step;
            the rest comes from the batch. They are about the mean of the last `1 / (1 - momentum)` batches.
        batch_size: images a step. epochs: passes over the training set.
    """

    optimizer: Literal["sgd", "rmsprop"]
    learning_rate: float
    batch_size: int
    epochs: int
    decay: float = 0.0
    momentum: float = 0.0
    rho: float = 0.0
    schedule: Literal["inverse_time", "cosine"] = "inverse_time"
    warmup: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    whitening: bool = False
    identity: bool = False
    beta_rate: float = 1.0
    label_smoothing: float = 0.0
    flip: bool = False
    shift: int = 0
    bfloat16: bool = False
    dropout: bool = True
    batch_norm_momentum: float = 0.99


@dataclass(frozen=True)
class Architecture:
    """A named stack of layers over an image [32, 32, 3] in [0, 1], and its recipe."""

    name: str
    layers: tuple[Layer, ...]
    recipe: Recipe


@dataclass(frozen=True)
class LayerInfo:
    """What one layer does to the shape, and what it costs.

    Attributes:
        name, kind, window: as in `Layer`.
        input_shape, output_shape: without the batch axis.
        parameters: numbers that training adjusts, Keras' "trainable params".
        non_trainable: numbers that it only measures, Keras' "non-trainable params".
        weight_shapes: {"kernel": shape, "bias": shape}, empty for layers without weights. Batch
            normalisation has "gamma" and "beta", which are trained, and the running statistics
            "moving_mean" and "moving_variance", which are not.
        multiply_accumulates: multiplications of one forward pass of one image.
        receptive_field: what one cell sees of the image; None from `flatten` on (all of it).
    """

    name: str
    kind: Kind
    window: Window | None
    input_shape: Shape
    output_shape: Shape
    parameters: int
    non_trainable: int
    weight_shapes: Mapping[str, Shape]
    multiply_accumulates: int
    receptive_field: ReceptiveField | None

    @property
    def total(self) -> int:
        """All numbers of its weights, Keras' "Param #"."""
        return self.parameters + self.non_trainable


def total(infos: Iterable[LayerInfo]) -> int:
    """Return how many parameters layers have, Keras' "total params": those that are trained, and the others.

    >>> total(describe(get("alexnet").layers))
    2303434
    """
    return sum(info.total for info in infos)


def trainable(infos: Iterable[LayerInfo]) -> int:
    """Return how many parameters of layers are trained, Keras' "trainable params".

    >>> trainable(describe(get("alexnet").layers))
    2302026
    """
    return sum(info.parameters for info in infos)


def describe(layers: tuple[Layer, ...], input_shape: Shape = INPUT_SHAPE) -> tuple[LayerInfo, ...]:
    """Follow `input_shape` through a stack of layers.

    Raises:
        CnnvizError: if a window does not fit into its input, or channels cannot be split into groups.

    Example:
        >>> [info.output_shape for info in describe(get("keras_lecture").layers)][4:7]
        [(16, 16, 32), (8192,), (512,)]
    """
    infos: list[LayerInfo] = []
    shape = input_shape
    field: ReceptiveField | None = ReceptiveField()
    for layer in layers:
        before, weights, multiplications = shape, dict[str, Shape](), 0
        if layer.window is not None:
            size = layer.window.output_size((shape[0], shape[1]))
            field = field.after(layer.window, (shape[0], shape[1])) if field else None
            shape = (*size, layer.units or shape[2])
        if layer.kind == "conv" and layer.window is not None:
            if before[2] % layer.groups or layer.units % layer.groups:
                raise invalid("groups", f"must divide {before[2]} channels and {layer.units}", layer.groups)
            weights["kernel"] = (*layer.window.size, before[2] // layer.groups, layer.units)
            multiplications = prod(weights["kernel"]) * shape[0] * shape[1]
        elif layer.kind == "flatten":
            shape, field = (prod(shape),), None
        elif layer.kind == "dense":
            shape = (layer.units,)
            weights["kernel"] = (before[0], layer.units)
            multiplications = prod(weights["kernel"])
        if weights and layer.bias:
            weights["bias"] = (layer.units,)
        if layer.kind == "batch_norm":
            weights = dict.fromkeys(("gamma", "beta", *NOT_TRAINED), shape[-1:])
        infos.append(
            LayerInfo(
                layer.name,
                layer.kind,
                layer.window,
                before,
                shape,
                sum(prod(s) for name, s in weights.items() if name not in NOT_TRAINED),
                sum(prod(s) for name, s in weights.items() if name in NOT_TRAINED),
                MappingProxyType(weights),
                multiplications,
                field,
            )
        )
    return tuple(infos)


def get(name: str) -> Architecture:
    """Return the architecture of that name, or of a network that a run has trained ("NAME@RUN").

    Raises:
        CnnvizError: if there is none.
    """
    wanted, _ = split(name)
    for architecture in ARCHITECTURES:
        if architecture.name == wanted:
            return architecture
    raise invalid("name", f"must be one of {', '.join(names())}", name)


def recipe(name: str, *, toy: bool = False) -> Recipe:
    """Return how a network is trained, or the recipe of its toy run, on the few bundled samples.

    A toy is to learn its pictures by heart, so all that keeps a network from that is left out: dropout,
    moved and mirrored images, label smoothing, weight decay. One batch holds them all, and SGD's learning
    rate is as much smaller as the batch is (Goyal et al., "Accurate, Large Minibatch SGD", 2017). There are
    few steps, so convolutions begin with kernels that see something, and batch normalisation's running
    statistics are those of the last few batches: with a momentum of 0.99, after 30 steps three quarters of
    them would still be what they began with, and the network, right on every picture while it trains, would
    be wrong when it is used.

    Raises:
        CnnvizError: if there is no such network.
    """
    architecture = get(name)
    own = architecture.recipe
    if not toy:
        return own
    kinds = {layer.kind for layer in architecture.layers}
    smaller = TOY_BATCH / own.batch_size if own.optimizer == "sgd" else 1.0  # RMSProp divides it out
    return replace(
        own,
        batch_size=TOY_BATCH,
        epochs=TOY_EPOCHS,
        learning_rate=float(f"{own.learning_rate * smaller:.2g}"),
        weight_decay=0.0,
        whitening="conv" in kinds,
        identity="conv" in kinds,
        label_smoothing=0.0,
        flip=False,
        shift=0,
        dropout="dropout" not in kinds,
        batch_norm_momentum=TOY_MOMENTUM if "batch_norm" in kinds else own.batch_norm_momentum,
    )


def split(name: str) -> tuple[str, str]:
    """Return a network's architecture and the run that has trained it, "" if it is a bundled one.

    Raises:
        CnnvizError: if what follows the @ is no run's number.

    >>> split("vgg@20261124-153012"), split("vgg")
    (('vgg', '20261124-153012'), ('vgg', ''))
    """
    architecture, at, run = name.partition("@")
    if at and not RUN.fullmatch(run):
        raise invalid("name", 'must be NAME or NAME@RUN with a run such as "20261124-153012"', name)
    return architecture, run


def run_folder(architecture: str, run: str) -> str:
    """Return what the folder of a run is called."""
    return f"{run}-{architecture}"


def names() -> list[str]:
    """Return every architecture's name, the first lecture model first."""
    return [architecture.name for architecture in ARCHITECTURES]


def _keras_lecture() -> Architecture:
    """The deck's Keras model. Convolution, ReLU and pooling are layers of their own, to be shown."""
    conv = Window(3, padding="same")
    layers = (
        Layer("conv1", "conv", 32, conv, max_norm=3.0),
        Layer("conv1_relu", "relu"),
        Layer("conv2", "conv", 32, conv, max_norm=3.0),
        Layer("conv2_relu", "relu"),
        Layer("pool1", "max_pool", window=Window(2, stride=2)),
        Layer("flatten", "flatten"),
        Layer("dense1", "dense", 512, max_norm=3.0),
        Layer("dense1_relu", "relu"),
        Layer("dense2", "dense", 10),
        Layer("softmax", "softmax"),
    )
    recipe = Recipe("sgd", learning_rate=0.01, momentum=0.9, decay=0.001, batch_size=32, epochs=10)
    return Architecture("keras_lecture", layers, recipe)


def _tensorflow_lecture() -> Architecture:
    """The deck's TensorFlow model: three blocks, dropout, no biases, weights from N(0, 0.01)."""
    layers: list[Layer] = []
    for block, filters in enumerate((32, 64, 128), start=1):
        layers += [
            Layer(
                f"conv{block}",
                "conv",
                filters,
                Window(3, padding="same"),
                bias=False,
                initial_deviation=0.01,
            ),
            Layer(f"conv{block}_relu", "relu"),
            Layer(f"pool{block}", "max_pool", window=Window(2, stride=2, padding="same")),
            Layer(f"dropout{block}", "dropout", rate=0.2),
        ]
    layers += [
        Layer("flatten", "flatten"),
        Layer("dense1", "dense", 625, bias=False, initial_deviation=0.01),
        Layer("dense1_relu", "relu"),
        Layer("dropout4", "dropout", rate=0.5),
        Layer("dense2", "dense", 10, bias=False, initial_deviation=0.01),
        Layer("softmax", "softmax"),
    ]
    recipe = Recipe("rmsprop", learning_rate=0.001, rho=0.9, batch_size=128, epochs=50)
    return Architecture("tensorflow_lecture", tuple(layers), recipe)


def _mlp() -> Architecture:
    """The plain network that the lecture sets a CNN against: every pixel number is an input of its own."""
    layers = (
        Layer("flatten", "flatten"),
        Layer("dense1", "dense", 512),
        Layer("dense1_relu", "relu"),
        Layer("dropout1", "dropout", rate=0.2),
        Layer("dense2", "dense", 256),
        Layer("dense2_relu", "relu"),
        Layer("dropout2", "dropout", rate=0.2),
        Layer("dense3", "dense", 10),
        Layer("softmax", "softmax"),
    )
    recipe = Recipe("sgd", learning_rate=0.02, momentum=0.9, decay=0.0002, batch_size=128, epochs=40)
    return Architecture("mlp", layers, recipe)


def _alexnet() -> Architecture:
    """AlexNet at CIFAR size: five convolutions, overlapping pooling, three fully connected layers.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
        Neural Networks", 2012; fewer filters and units, and no stride in the first convolution.
        Where it normalised local responses, after its first two convolutions, and after the others as
        well, batches are normalised: so it learns in minutes.
    """
    overlapping = Window(3, stride=2, padding="same")
    layers = (
        *_conv_relu("conv1", 64, 5, batch_norm=True),
        Layer("pool1", "max_pool", window=overlapping),
        *_conv_relu("conv2", 128, 5, batch_norm=True),
        Layer("pool2", "max_pool", window=overlapping),
        *_conv_relu("conv3", 192, 3, batch_norm=True),
        *_conv_relu("conv4", 192, 3, batch_norm=True),
        *_conv_relu("conv5", 128, 3, batch_norm=True),
        Layer("pool5", "max_pool", window=overlapping),
        Layer("flatten", "flatten"),
        Layer("dropout1", "dropout", rate=0.5),
        Layer("dense1", "dense", 512),
        Layer("dense1_relu", "relu"),
        Layer("dropout2", "dropout", rate=0.5),
        Layer("dense2", "dense", 512),
        Layer("dense2_relu", "relu"),
        Layer("dense3", "dense", 10),
        Layer("softmax", "softmax"),
    )
    recipe = Recipe(
        "sgd",
        learning_rate=0.05,
        schedule="cosine",
        warmup=0.15,
        momentum=0.9,
        nesterov=True,
        weight_decay=0.005,
        identity=True,
        label_smoothing=0.1,
        flip=True,
        shift=2,
        bfloat16=True,
        batch_size=128,
        epochs=13,
    )
    return Architecture("alexnet", layers, recipe)


def _vgg() -> Architecture:
    """VGG at CIFAR size: pairs of 3x3 convolutions between poolings, with batch normalisation.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
        Recognition", 2014; batch normalisation is Ioffe and Szegedy's, 2015. The last
        pooling leaves the strongest answer of each map, and one fully connected layer is enough for ten
        classes. The recipe's schedule, label smoothing, moved and mirrored images, first kernels and fast
        beta come from the fast trainings of CIFAR-10: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a
        Single GPU", 2024, and Page, "How to Train Your ResNet", 2018.
    """
    layers: list[Layer] = []
    for block, filters in enumerate(((32, 64), (128, 128), (256, 256), (256, 256)), start=1):
        for k, count in enumerate(filters, start=1):
            layers += _conv_relu(f"conv{block}_{k}", count, 3, batch_norm=True)
        size = 4 if block == 4 else 2
        layers.append(Layer(f"pool{block}", "max_pool", window=Window(size, stride=size)))
    layers += [
        Layer("flatten", "flatten"),
        Layer("dense1", "dense", 10, initial_deviation=0.01),
        Layer("softmax", "softmax"),
    ]
    recipe = Recipe(
        "sgd",
        learning_rate=0.1,
        schedule="cosine",
        warmup=0.15,
        momentum=0.9,
        nesterov=True,
        weight_decay=0.01,
        whitening=True,
        identity=True,
        beta_rate=64.0,
        label_smoothing=0.2,
        flip=True,
        shift=3,
        bfloat16=True,
        batch_size=128,
        epochs=20,
    )
    return Architecture("vgg", tuple(layers), recipe)


def _conv_relu(name: str, filters: int, size: int, *, batch_norm: bool = False) -> list[Layer]:
    """A convolution that keeps the size and its ReLU; batch normalisation, if any, stands in for the bias."""
    conv = Layer(name, "conv", filters, Window(size, padding="same"), bias=not batch_norm)
    norm = [Layer(f"{name}_norm", "batch_norm")] if batch_norm else []
    return [conv, *norm, Layer(f"{name}_relu", "relu")]


ARCHITECTURES = (_keras_lecture(), _tensorflow_lecture(), _mlp(), _alexnet(), _vgg())
