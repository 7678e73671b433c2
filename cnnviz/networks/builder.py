"""A stack of blocks that a visitor builds: as text in a link, as layers, as Keras code, and run.

The text names a letter and numbers for each block, blocks joined by "-":

    c32k3s1same   convolution: 32 filters of 3x3, stride 1, padding "same" ("c32n...": no bias)
    m2, a3s2same  max or average pooling: window, stride (the window's size) and padding ("valid")
    r  b  f  x    ReLU, batch normalisation, flatten, softmax
    d10, d10n     dense: units; no bias
    o25           dropout: percent

Everything is bounded, so that no visitor can ask for more than a moment's work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, invalid
from cnnviz.networks import network, zoo

Reason = Literal["window", "needs_maps", "needs_vector", "parameters", "work"]

MOST_BLOCKS = 20
MOST_PARAMETERS = 8_000_000
MOST_WORK = 150_000_000
"""Multiply-accumulates of one run: about a tenth of a second."""
MOST_SEED = 9999
RANGES = {
    "filters": (1, 128),
    "kernel": (1, 11),
    "units": (1, 4096),
    "pool": (2, 8),
    "stride": (1, 8),
    "rate": (0, 90),
}
"""Smallest and largest value of each setting."""

LETTERS: dict[zoo.Kind, str] = {
    "conv": "c",
    "relu": "r",
    "max_pool": "m",
    "average_pool": "a",
    "batch_norm": "b",
    "dropout": "o",
    "flatten": "f",
    "dense": "d",
    "softmax": "x",
}
KINDS = {letter: kind for kind, letter in LETTERS.items()}
POOLS: tuple[zoo.Kind, ...] = ("max_pool", "average_pool")
SETTINGS: dict[str, dict[str, str]] = {
    "conv": {"units": "filters", "size": "kernel", "stride": "stride"},
    "max_pool": {"size": "pool", "stride": "stride"},
    "average_pool": {"size": "pool", "stride": "stride"},
    "dense": {"units": "units"},
    "dropout": {"rate": "rate"},
}
"""The numbers of each kind of block: attribute -> what bounds it in `RANGES`."""


@dataclass(frozen=True)
class Block:
    """One block. Settings that its kind does not have keep their defaults.

    Attributes:
        kind: what it does.
        units: conv: filters; dense: units.
        size, stride, padding: conv and pooling: the square window.
        bias: conv and dense.
        rate: dropout: percent of the values that are dropped while training.
    """

    kind: zoo.Kind
    units: int = 0
    size: int = 0
    stride: int = 1
    padding: Literal["valid", "same"] = "valid"
    bias: bool = True
    rate: int = 0

    def __post_init__(self) -> None:
        for attribute, bounds in SETTINGS.get(self.kind, {}).items():
            value, (low, high) = getattr(self, attribute), RANGES[bounds]
            if not low <= value <= high:
                raise CnnvizError(
                    str(invalid(attribute, f"must be in {low}..{high} in a {self.kind} block", value)),
                    reason="stack_number",
                )


Stack = tuple[Block, ...]
BIASED: tuple[zoo.Kind, ...] = ("conv", "dense")

NEW: dict[zoo.Kind, Block] = {
    "conv": Block("conv", 32, 3, padding="same"),
    "relu": Block("relu"),
    "max_pool": Block("max_pool", size=2, stride=2),
    "average_pool": Block("average_pool", size=2, stride=2),
    "batch_norm": Block("batch_norm"),
    "dropout": Block("dropout", rate=20),
    "flatten": Block("flatten"),
    "dense": Block("dense", 10),
    "softmax": Block("softmax"),
}
"""A new block of each kind."""


# ---------------------------------------------------------------- text

_GRAMMAR = re.compile(
    r"c(?P<filters>\d{1,4})(?P<conv_bare>n?)(?:k(?P<kernel>\d{1,2}))?(?:s(?P<conv_stride>\d{1,2}))?"
    r"(?P<conv_padding>same|valid)?"
    r"|(?P<pool>[ma])(?P<size>\d{1,2})(?:s(?P<stride>\d{1,2}))?(?P<padding>same|valid)?"
    r"|d(?P<units>\d{1,4})(?P<bare>n?)"
    r"|o(?P<rate>\d{1,2})"
    r"|(?P<plain>[rbfx])",
    re.ASCII,
)


def parse(text: str) -> Stack:
    """Read a stack's text; the empty text is the empty stack.

    Raises:
        CnnvizError: with reason "stack_text", "stack_number" or "stack_blocks".

    Example:
        >>> [block.kind for block in parse("c32-r-m2-f-d10")]
        ['conv', 'relu', 'max_pool', 'flatten', 'dense']
    """
    if not text:
        return ()
    words = text.split("-", MOST_BLOCKS)
    if len(words) > MOST_BLOCKS:
        raise CnnvizError(
            f"`text` must have at most {MOST_BLOCKS} blocks. Received: {text.count('-') + 1} blocks.",
            reason="stack_blocks",
        )
    return tuple(_read(word) for word in words)


def _read(word: str) -> Block:
    found = _GRAMMAR.fullmatch(word)
    if found is None:
        raise CnnvizError(f"`text` must be made of blocks. Received: {word[:30]!r}.", reason="stack_text")
    part = found.groupdict()
    match word[0]:
        case "c":
            return Block(
                "conv",
                int(part["filters"]),
                int(part["kernel"] or 3),
                int(part["conv_stride"] or 1),
                part["conv_padding"] or "same",  # type: ignore[arg-type]
                bias=not part["conv_bare"],
            )
        case "m" | "a":
            size = int(part["size"])
            stride = int(part["stride"] or size)
            return Block(KINDS[word[0]], 0, size, stride, part["padding"] or "valid")  # type: ignore[arg-type]
        case "d":
            return Block("dense", int(part["units"]), bias=not part["bare"])
        case "o":
            return Block("dropout", rate=int(part["rate"]))
    return Block(KINDS[word])


def write(stack: Stack) -> str:
    """Write a stack as text, so that `parse(write(stack)) == stack`.

    >>> write((NEW["conv"], NEW["relu"], NEW["max_pool"], NEW["flatten"], NEW["dense"]))
    'c32k3s1same-r-m2-f-d10'
    """
    return "-".join(map(_word, stack))


def _word(block: Block) -> str:
    letter, bare = LETTERS[block.kind], "" if block.bias else "n"
    match block.kind:
        case "conv":
            return f"c{block.units}{bare}k{block.size}s{block.stride}{block.padding}"
        case "max_pool" | "average_pool":
            stride = "" if block.stride == block.size else f"s{block.stride}"
            return f"{letter}{block.size}{stride}{'' if block.padding == 'valid' else block.padding}"
        case "dense":
            return f"d{block.units}{bare}"
        case "dropout":
            return f"o{block.rate}"
    return letter


# ---------------------------------------------------------------- layers


def layers(stack: Stack) -> tuple[zoo.Layer, ...]:
    """Return a stack as layers of the zoo, named by kind and number: "conv1", "relu1", "pool1", ..."""
    counts: dict[str, int] = {}
    result = []
    for block in stack:
        word = "pool" if block.kind in POOLS else block.kind
        counts[word] = counts.get(word, 0) + 1
        window = Window(block.size, block.stride, block.padding) if block.size else None
        result.append(
            zoo.Layer(
                f"{word}{counts[word]}",
                block.kind,
                block.units,
                window,
                bias=block.bias,
                rate=block.rate / 100,
            )
        )
    return tuple(result)


def from_layers(architecture: Sequence[zoo.Layer]) -> Stack:
    """Return the layers of a network of the zoo as a stack; what only training needs is left behind."""

    def block(layer: zoo.Layer) -> Block:
        window = layer.window or Window(1)
        assert isinstance(window.padding, str)  # the zoo's windows are square, "valid" or "same"
        size = window.size[0] if layer.window else 0
        return Block(
            layer.kind,
            layer.units,
            size,
            window.stride[0],
            window.padding,
            layer.bias,
            round(100 * layer.rate),
        )

    return tuple(map(block, architecture))


@dataclass(frozen=True)
class Problem:
    """Why a block cannot stand where it stands.

    Attributes:
        place: the block's index.
        reason: "window": its window is larger than its input. "needs_maps": it works on maps and gets
            a vector. "needs_vector": the other way round. "parameters", "work": more than is allowed.
        input_shape: what it would be given.
        count: "parameters", "work": how many the stack would have up to here.
        limit: and how many it may have.
    """

    place: int
    reason: Reason
    input_shape: zoo.Shape
    count: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Survey:
    """What a stack makes of an image [32, 32, 3].

    Attributes:
        infos: one for each layer up to the first that cannot work.
        problem: why that one cannot, or None.
    """

    infos: tuple[zoo.LayerInfo, ...]
    problem: Problem | None


def survey(stack: Stack) -> Survey:
    """Follow the shapes through a stack, as far as they go.

    >>> survey(parse("m2-d10")).problem.reason
    'needs_vector'
    """
    architecture = layers(stack)
    infos: tuple[zoo.LayerInfo, ...] = ()
    for place, block in enumerate(stack):
        shape = infos[-1].output_shape if infos else zoo.INPUT_SHAPE
        reason = _misfit(block, shape)
        if reason:
            return Survey(infos, Problem(place, reason, shape))
        longer = zoo.describe(architecture[: place + 1])
        totals: tuple[tuple[Reason, int, int], ...] = (
            ("parameters", sum(info.parameters for info in longer), MOST_PARAMETERS),
            ("work", sum(info.multiply_accumulates for info in longer), MOST_WORK),
        )
        for name, count, limit in totals:
            if count > limit:
                return Survey(infos, Problem(place, name, shape, count, limit))
        infos = longer
    return Survey(infos, None)


def _misfit(block: Block, shape: zoo.Shape) -> Reason | None:
    is_maps = len(shape) == 3
    if block.kind in ("conv", *POOLS):
        if not is_maps:
            return "needs_maps"
        if block.padding == "valid" and block.size > min(shape[:2]):
            return "window"
    if block.kind in ("dense", "softmax") and is_maps:
        return "needs_vector"
    return None


def random_weights(architecture: Sequence[zoo.Layer], seed: int) -> dict[str, np.ndarray]:
    """Draw weights for a stack of layers: He-normal kernels, zero biases, float32.

    The k-th layer that has a kernel always draws the same numbers for the same shape, whatever stands
    between: what changes when ReLU and pooling change places is then the order alone.

    Source: He et al., "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852
    """
    weights: dict[str, np.ndarray] = {}
    drawn = 0
    for info in zoo.describe(tuple(architecture)):
        for name, shape in info.weight_shapes.items():
            if name == "kernel":
                deviation = np.sqrt(2 / np.prod(shape[:-1]))
                rng = np.random.default_rng([seed, drawn])
                values = rng.standard_normal(shape, np.float32) * np.float32(deviation)
                drawn += 1
            else:
                one = name in ("gamma", "moving_variance")
                values = np.full(shape, float(one), np.float32)
            weights[f"{info.name}.{name}"] = values
    return weights


def run(stack: Stack, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output for an image, uint8 [32, 32, 3], with random weights.

    A stack that breaks runs up to the block that breaks it.
    """
    architecture = layers(stack)[: len(survey(stack).infos)]
    return network.run(architecture, random_weights(architecture, seed), image)


def swappable(stack: Stack) -> int | None:
    """Return the first place where ReLU and pooling, or pooling and ReLU, follow each other on maps."""
    infos = survey(stack).infos
    for place, (first, second) in enumerate(pairwise(infos)):
        kinds = {first.kind, second.kind}
        if "relu" in kinds and kinds & set(POOLS):
            return place
    return None


# ---------------------------------------------------------------- Keras


def keras_code(stack: Stack) -> str:
    """Write a stack as Keras code that builds `model`.

    >>> print(keras_code(parse("c8-f")))
    import keras
    from keras import layers
    <BLANKLINE>
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(8, 3, padding="same"),
            layers.Flatten(),
        ]
    )
    model.summary()
    """
    lines = [f"keras.Input({zoo.INPUT_SHAPE})", *(f"layers.{_call(block)}" for block in stack)]
    body = "\n".join(f"        {line}," for line in lines)
    return (
        f"import keras\nfrom keras import layers\n\nmodel = keras.Sequential(\n    [\n{body}\n    ]\n)\n"
        "model.summary()"
    )


def _call(block: Block) -> str:
    arguments: list[str] = []
    if block.kind in BIASED:
        arguments.append(str(block.units))
    if block.size:
        arguments.append(str(block.size))
        if block.stride != (1 if block.kind == "conv" else block.size):
            arguments.append(f"strides={block.stride}")
        if block.padding == "same":
            arguments.append('padding="same"')
    if not block.bias:
        arguments.append("use_bias=False")
    if block.kind == "dropout":
        arguments.append(str(block.rate / 100))
    name = {
        "conv": "Conv2D",
        "relu": "ReLU",
        "max_pool": "MaxPooling2D",
        "average_pool": "AveragePooling2D",
        "batch_norm": "BatchNormalization",
        "dropout": "Dropout",
        "flatten": "Flatten",
        "dense": "Dense",
        "softmax": "Softmax",
    }[block.kind]
    return f"{name}({', '.join(arguments)})"


def _starts() -> dict[str, Stack]:
    lecture = {
        name: from_layers(zoo.get(name).layers) for name in ("keras_lecture", "tensorflow_lecture", "mlp")
    }
    return {
        "order": parse("c16k3s1same-r-m2-c32k3s1same-r-m2-f-d10-x"),
        "pool_first": parse("c16k3s1same-m2-r-c32k3s1same-m2-r-f-d10-x"),
        "average": parse("c16k3s1same-a2-r-c32k3s1same-a2-r-f-d10-x"),
        **lecture,
    }


STARTS = _starts()
"""Stacks to start from, the first by default."""
