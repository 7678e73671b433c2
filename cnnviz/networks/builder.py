"""A stack of layers that a visitor builds: as text in a link, as a graph, as Keras code, and run.

The text names letters and settings for each block, blocks joined by "-"; each kind of layer says what its own
are (`Layer.abbreviation`, `Layer.fields`):

    c32k3s1same   convolution: 32 filters of 3x3, stride 1, padding "same" ("c32n...": no bias)
    m2, a3s2same  max or average pooling: window, stride (the window's size) and padding ("valid")
    d10, o25      dense: units; dropout: percent
    r  b  f  x    ReLU, batch normalisation, flatten, softmax
    add2          add what the block two before took in: a skip connection over two blocks
    cat2          put that behind the channels instead
    dw1k3s1same   depthwise convolution: 1 filter for each channel; sc32...: separable, 32 filters
    tc16k3s2same  transposed convolution
    row-w16k3s1l2causal   the middle row as a signal; convolution along it, dilation 2, causal
    z1, lr10      zero padding; leaky ReLU: slope in percent
    r6 sg th sw   ReLU6, sigmoid, tanh, swish

Everything is bounded, so that no visitor can ask for more than a moment's work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import prod
from typing import Literal

import numpy as np

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import Preprocessing
from cnnviz.errors import CnnvizError
from cnnviz.layers.base import Incompatibility, Layer, Shape
from cnnviz.layers.registry import kinds
from cnnviz.networks import network, zoo
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo, Node

Reason = Incompatibility | Literal["parameters", "work", "numbers"]
Stack = tuple[Layer, ...]
"""Layers without names, each of which takes the one before; one that joins says what it skips."""

MOST_BLOCKS = 20
MOST_PARAMETERS = 8_000_000
MOST_WORK = 150_000_000
"""Multiply-accumulates of one run: about a tenth of a second."""
MOST_NUMBERS = 3_000_000
"""That all layers of a stack make: some enlarge maps, or double channels, without multiplying much."""
MOST_SEED = 9999


# ---------------------------------------------------------------- text


@cache
def _grammar(kind: str) -> re.Pattern[str]:
    return re.compile(
        kinds()[kind].abbreviation + "".join(field.pattern() for field in kinds()[kind].fields), re.ASCII
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


def _read(word: str) -> Layer:
    for kind in kinds().values():
        if found := _grammar(kind.kind).fullmatch(word):
            settings: dict[str, str | int | bool] = {}
            for field in kind.fields:
                settings[field.name] = field.read(found[field.name], settings)
            return kind.from_settings("", **settings)
    raise CnnvizError(f"`text` must be made of blocks. Received: {word[:30]!r}.", reason="stack_text")


def write(stack: Stack) -> str:
    """Write a stack as text, so that `parse(write(stack)) == stack`.

    >>> write(parse("c32-r-m2s2valid-f-d10"))
    'c32k3s1same-r-m2-f-d10'
    """
    return "-".join(map(_word, stack))


def _word(block: Layer) -> str:
    settings = block.settings()
    return block.abbreviation + "".join(field.write(settings) for field in block.fields)


# ---------------------------------------------------------------- layers


def layers(stack: Stack) -> tuple[Layer, ...]:
    """Return a stack's layers with names, by kind and number: "conv1", "relu1", "pool1", ..."""
    counts: dict[str, int] = {}
    result = []
    for block in stack:
        counts[block.name_prefix] = counts.get(block.name_prefix, 0) + 1
        result.append(block.renamed(f"{block.name_prefix}{counts[block.name_prefix]}"))
    return tuple(result)


def nodes(stack: Stack) -> tuple[Node, ...]:
    """Return a stack's layers with what each takes.

    A layer of several inputs takes the one before, and what the first block that it skips took in. Where it
    skips more blocks than there are, that is the image.
    """
    named = layers(stack)
    names = [IMAGE, *(layer.name for layer in named)]  # names[k]: what block k takes
    return tuple(
        Node(layer, (names[k], *([names[max(0, k - layer.skip_distance)]] if layer.skip_distance else [])))
        for k, layer in enumerate(named)
    )


def from_graph(graph: Graph) -> Stack:
    """Return the layers of a straight network as a stack; what only training needs is left behind.

    Raises:
        CnnvizError: if the network is not straight.
    """
    if not graph.is_straight():
        raise CnnvizError("`graph` must be a straight stack. Received: one with several branches.")
    return tuple(type(info.layer).from_settings("", **info.layer.settings()) for info in graph)


@dataclass(frozen=True)
class Problem:
    """Why a block cannot stand where it stands.

    Attributes:
        place: the block's index.
        reason: that of `Layer.incompatibility`; or "parameters", "work", "numbers": more than is allowed.
        input_shape: what it would be given.
        count: of these: how many the stack would have up to here.
        limit: and how many it may have.
    """

    place: int
    reason: Reason
    input_shape: Shape
    count: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Survey:
    """What a stack makes of an image.

    Attributes:
        graph: of the layers up to the first that cannot work; None if that is the first of all.
        problem: why that one cannot, or None.
    """

    graph: Graph | None
    problem: Problem | None

    @property
    def infos(self) -> tuple[LayerInfo, ...]:
        """One for each layer up to the first that cannot work."""
        return self.graph.layers if self.graph else ()


def survey(stack: Stack, shape: Shape = CIFAR10.shape) -> Survey:
    """Follow the shapes through a stack, as far as they go, from that of an image.

    >>> survey(parse("m2-d10")).problem.reason
    'needs_vector'
    """
    parts = nodes(stack)
    graph: Graph | None = None
    for place, node in enumerate(parts):
        shapes = [graph.shape(source) if graph else shape for source in node.inputs]
        if reason := node.layer.incompatibility(*shapes):
            return Survey(graph, Problem(place, reason, shapes[0]))
        longer = Graph(shape, parts[: place + 1])
        numbers = sum(prod(info.output_shape) for info in longer)
        totals: tuple[tuple[Reason, int, int], ...] = (
            ("parameters", sum(info.parameters for info in longer), MOST_PARAMETERS),
            ("work", sum(info.multiply_accumulates for info in longer), MOST_WORK),
            ("numbers", numbers, MOST_NUMBERS),
        )
        for name, count, limit in totals:
            if count > limit:
                return Survey(graph, Problem(place, name, shapes[0], count, limit))
        graph = longer
    return Survey(graph, None)


def random_weights(graph: Graph, seed: int) -> dict[str, np.ndarray]:
    """Draw weights for a graph: He-normal kernels, zero biases, float32.

    The k-th layer that has a kernel always draws the same numbers for the same shape, whatever stands
    between: what changes when ReLU and pooling change places is then the order alone.

    Source: He et al., "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852
    """
    weights: dict[str, np.ndarray] = {}
    drawn = 0
    for info in graph:
        for name, shape in info.weight_shapes.items():
            if name.endswith("kernel"):
                deviation = np.sqrt(2 / info.layer.fan_in(name, shape))
                rng = np.random.default_rng([seed, drawn])
                values = rng.standard_normal(shape, np.float32) * np.float32(deviation)
                drawn += 1
            else:
                one = name in ("gamma", "moving_variance")
                values = np.full(shape, float(one), np.float32)
            weights[f"{info.name}.{name}"] = values
    return weights


def run(stack: Stack, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output for an image, uint8 [H, W, C], with random weights.

    A stack that breaks runs up to the block that breaks it.
    """
    graph = survey(stack, image.shape).graph
    return network.run(graph, random_weights(graph, seed), Preprocessing()(image)) if graph else {}


def swappable(infos: Sequence[LayerInfo]) -> int | None:
    """Return the first place where an activation and pooling, or the other way round, follow on maps."""
    for place, (first, second) in enumerate(pairwise(infos)):
        if second.inputs == (first.name,) and {first.layer.page, second.layer.page} == {"relu", "pooling"}:
            return place
    return None


# ---------------------------------------------------------------- Keras


def keras_code(stack: Stack, shape: Shape = CIFAR10.shape) -> str:
    """Write a stack as Keras code that builds `model`, as far as the stack works.

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
    head = "import keras\nfrom keras import layers\n\n"
    infos = survey(stack, shape).infos
    if any(len(info.inputs) > 1 for info in infos):
        return head + _functional(infos, shape)
    calls = [call for info in infos for call in info.layer.calls(*info.input_shapes)]
    lines = [f"keras.Input({shape})", *(f"layers.{call.code()}" for call in calls)]
    body = "\n".join(f"        {line}," for line in lines)
    return f"{head}model = keras.Sequential(\n    [\n{body}\n    ]\n)\nmodel.summary()"


def _functional(infos: Sequence[LayerInfo], shape: Shape) -> str:
    """Return the lines of a model whose layers are called by name."""
    lines = [f"{IMAGE} = keras.Input({shape})"]
    for info in infos:
        made = info.inputs[0] if len(info.inputs) == 1 else f"[{', '.join(info.inputs)}]"
        for call in info.layer.calls(*info.input_shapes):
            made = f"layers.{call.code()}({made})"
        lines.append(f"{info.name} = {made}")
    return "\n".join([*lines, f"model = keras.Model({IMAGE}, {infos[-1].name})", "model.summary()"])


def _starts() -> dict[str, Stack]:
    lecture = {
        name: from_graph(zoo.get(name).graph) for name in ("keras_lecture", "tensorflow_lecture", "mlp")
    }
    return {
        "order": parse("c16k3s1same-r-m2-c32k3s1same-r-m2-f-d10-x"),
        "pool_first": parse("c16k3s1same-m2-r-c32k3s1same-m2-r-f-d10-x"),
        "average": parse("c16k3s1same-a2-r-c32k3s1same-a2-r-f-d10-x"),
        **lecture,
    }


STARTS = _starts()
"""Stacks to start from, the first by default."""
