"""Networks that visitors build: parsing from links, checking, running and Keras code.

A stack is written as blocks joined by "-". A block is the abbreviation of a kind of layer followed by its
settings (`Layer.abbreviation`, `Layer.fields`):

    c32k3s1same   convolution: 32 filters of 3x3, stride 1, padding "same" ("c32n...": no bias)
    m2, a3s2same  max or average pooling: window, stride (the window's size) and padding ("valid")
    d10, o25      dense: units; dropout: percent
    r  b  f  x    ReLU, batch normalisation, flatten, softmax
    add2          add the input of the block two before: a skip connection over two blocks
    cat2          concatenate it instead
    add4convf32s2 a 1x1 convolution on the skip connection: 32 filters, stride 2; "convbn": and batch
                  normalisation after it
    dw1k3s1same   depthwise convolution: 1 filter per channel; sc32...: separable, 32 filters
    tc16k3s2same  transposed convolution
    row-w16k3s1l2causal   the middle row as a signal; convolution along it, dilation 2, causal
    z1, lr10      zero padding; leaky ReLU: slope in percent
    r6 sg th sw   ReLU6, sigmoid, tanh, swish

The limits below keep the cost of a stack to a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import prod
from typing import Literal

import numpy as np

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Preprocessing
from cnnviz.errors import CnnvizError
from cnnviz.layers.base import Incompatibility, Layer, Shape
from cnnviz.layers.registry import kinds
from cnnviz.networks import network, zoo
from cnnviz.networks.fitting import with_classes
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo, Node
from cnnviz.networks.skips import main_path

Reason = Incompatibility | Literal["parameters", "work", "numbers"]
Stack = tuple[Layer, ...]
"""Layers without names, each of which takes the preceding one; merging layers also have a skip distance."""

MAX_BLOCKS = 20
MAX_PARAMETERS = 8_000_000
MAX_WORK = 150_000_000
"""Multiply-accumulates of one forward pass: about a tenth of a second."""
MAX_NUMBERS = 3_000_000
"""Activations of all layers together; padding and concatenation enlarge maps without multiplications."""
MAX_SEED = 9999
PREPROCESSING = Preprocessing()
"""Preprocessing of images for a stack, of any data set: values in [0, 1]."""


# ---------------------------------------------------------------- text


@cache
def _grammar(kind: str) -> re.Pattern[str]:
    return re.compile(
        kinds()[kind].abbreviation + "".join(field.pattern() for field in kinds()[kind].fields), re.ASCII
    )


def parse(text: str) -> Stack:
    """Parse the text of a stack; the empty text is the empty stack.

    Raises:
        CnnvizError: with reason "stack_text", "stack_number" or "stack_blocks".

    Example:
        >>> [block.kind for block in parse("c32-r-m2-f-d10")]
        ['conv', 'relu', 'max_pool', 'flatten', 'dense']
    """
    if not text:
        return ()
    words = text.split("-", MAX_BLOCKS)
    if len(words) > MAX_BLOCKS:
        raise CnnvizError(
            f"`text` must have at most {MAX_BLOCKS} blocks. Received: {text.count('-') + 1} blocks.",
            reason="stack_blocks",
        )
    return tuple(_parse_block(word) for word in words)


def _parse_block(word: str) -> Layer:
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
    return "-".join(map(_write_block, stack))


def _write_block(block: Layer) -> str:
    settings = block.settings()
    return block.abbreviation + "".join(field.write(settings) for field in block.fields)


# ---------------------------------------------------------------- layers


def block_nodes(stack: Stack) -> tuple[tuple[Node, ...], ...]:
    """Return each block's layers with their inputs: those on its skip connection, then its own.

    They are named by kind and number: "conv1", "relu1", "pool1", ... The skip connection of a merging layer
    begins at the input of the first block that it skips, or at the image if it skips more blocks than there
    are.
    """
    counts: dict[str, int] = {}

    def named(layer: Layer) -> Layer:
        counts[layer.name_prefix] = counts.get(layer.name_prefix, 0) + 1
        return layer.renamed(f"{layer.name_prefix}{counts[layer.name_prefix]}")

    names = [IMAGE]  # names[k]: the input of block k
    result = []
    for k, block in enumerate(stack):
        made = []
        inputs: tuple[str, ...] = (names[k],)
        if block.skip_distance:
            source = names[max(0, k - block.skip_distance)]
            for layer in block.skip_layers:
                made.append(Node(named(layer), (source,)))
                source = made[-1].layer.name
            inputs += (source,)
        made.append(Node(named(block.without_skip_layers()), inputs))
        names.append(made[-1].layer.name)
        result.append(tuple(made))
    return tuple(result)


def nodes(stack: Stack) -> tuple[Node, ...]:
    """Return a stack's layers with their inputs, in topological order."""
    return tuple(node for made in block_nodes(stack) for node in made)


def named_layers(stack: Stack) -> tuple[Layer, ...]:
    """Return the layer of each block, without those on skip connections, named as in `block_nodes`."""
    return tuple(made[-1].layer for made in block_nodes(stack))


def from_graph(graph: Graph) -> Stack:
    """Return a network as a stack, without initializers and constraints.

    Raises:
        CnnvizError: with the reason "network_stack_long", if it has more blocks than a stack;
            "network_stack_layer", if no block has a layer's settings and inputs.
    """
    ways = dict.fromkeys([_way_of_first_inputs(graph), main_path(graph.layers)])
    failed: CnnvizError | None = None
    for path in ways:
        try:
            return _along(graph, path)
        except CnnvizError as error:
            failed = failed or error
    assert failed is not None
    raise failed


def _way_of_first_inputs(graph: Graph) -> tuple[str, ...]:
    """Return the way from the image to the last layer along first inputs, as in a stack."""
    way = [graph.output.name]
    while (source := graph[way[-1]].inputs[0]) != IMAGE:
        way.append(source)
    return tuple(reversed(way))


def _along(graph: Graph, path: Sequence[str]) -> Stack:
    """Return a network as a stack whose blocks are the layers of a path; raises as `from_graph`."""
    if len(path) > MAX_BLOCKS:
        raise CnnvizError(
            f"`graph` must have at most {MAX_BLOCKS} layers one after another. Received: {len(path)}.",
            reason="network_stack_long",
            count=str(len(path)),
        )
    indices = {name: k for k, name in enumerate((IMAGE, *path))}
    stack: list[Layer] = []
    names = {IMAGE: IMAGE}  # {name in the graph: name in the stack}
    for k, name in enumerate(path):
        info = graph[name]
        on_skip: list[str] = []
        try:
            block = info.layer.from_settings("", **info.layer.settings())
            if block.skip_distance:
                others = list(info.inputs)
                others.remove((IMAGE, *path)[k])
                (source,) = others
                while source not in indices:
                    on_skip.insert(0, source)
                    (source,) = graph[source].inputs
                layers = [graph[each].layer for each in on_skip]
                block = block.after_skip(max(1, k - indices[source]), layers)
        except ValueError:  # a setting that the block does not have, or a skip connection with branches
            raise _unsupported_layer(name) from None
        stack.append(block)
        made = block_nodes(tuple(stack))[-1]
        if len(made) != len(on_skip) + 1:
            raise _unsupported_layer(name)
        for own, node in zip((*on_skip, name), made, strict=True):
            if own in names or not _same(graph[own], node, names):  # no two ways share a layer
                raise _unsupported_layer(own)
            names[own] = node.layer.name
    if left := [info.name for info in graph if info.name not in names]:
        raise _unsupported_layer(left[0])
    return tuple(stack)


def _same(info: LayerInfo, node: Node, names: Mapping[str, str]) -> bool:
    """Return whether a node equals a layer up to their names, given as {name: other name}."""
    inputs, others = [names.get(source, "") for source in info.inputs], list(node.inputs)
    if info.layer.channelwise:  # a sum or a product, in any order
        inputs, others = sorted(inputs), sorted(others)
    if info.kind != node.layer.kind or inputs != others:
        return False
    try:
        calls = [layer.calls(*info.input_shapes) for layer in (info.layer, node.layer)]
    except CnnvizError:  # Keras has no such layer
        return False
    own, made = ([call.code() for call in each] for each in calls)
    return own == made


def _unsupported_layer(name: str) -> CnnvizError:
    return CnnvizError(
        f"`graph` must have layers that blocks of a stack can be. Received: {name!r}.",
        reason="network_stack_layer",
        layer=name,
    )


@dataclass(frozen=True)
class Problem:
    """The first block of a stack that does not work, and why.

    Attributes:
        index: the block's index.
        layer: the name of the layer: the block's own, or one on its skip connection.
        reason: that of `Layer.incompatibility`; or "parameters", "work", "numbers": a limit is exceeded.
        input_shapes: the shapes of its inputs.
        count: parameters, multiply-accumulates or activations of the stack up to this block, by `reason`.
        limit: their limit.
    """

    index: int
    layer: str
    reason: Reason
    input_shapes: tuple[Shape, ...]
    count: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Analysis:
    """The shapes and costs of a stack.

    Attributes:
        graph: the layers of the blocks before the first problem; None if the first block has one.
        problem: the first problem, or None.
    """

    graph: Graph | None
    problem: Problem | None

    @property
    def infos(self) -> tuple[LayerInfo, ...]:
        """The layers of the blocks before the first problem."""
        return self.graph.layers if self.graph else ()


def analyze(stack: Stack, shape: Shape = CIFAR10.shape) -> Analysis:
    """Compute the shapes and costs of a stack, up to the first problem.

    >>> analyze(parse("m2-d10")).problem.reason
    'needs_vector'
    """
    complete: Graph | None = None  # of the blocks before this one
    for index, made in enumerate(block_nodes(stack)):
        graph = complete
        for node in made:
            shapes = tuple(graph.shape(source) if graph else shape for source in node.inputs)
            if reason := node.layer.incompatibility(*shapes):
                return Analysis(complete, Problem(index, node.layer.name, reason, shapes))
            graph = Graph(shape, [*(graph.nodes() if graph else []), node])
            numbers = sum(prod(info.output_shape) for info in graph)
            totals: tuple[tuple[Reason, int, int], ...] = (
                ("parameters", sum(info.parameters for info in graph), MAX_PARAMETERS),
                ("work", sum(info.multiply_accumulates for info in graph), MAX_WORK),
                ("numbers", numbers, MAX_NUMBERS),
            )
            for name, count, limit in totals:
                if count > limit:
                    return Analysis(complete, Problem(index, node.layer.name, name, shapes, count, limit))
        complete = graph
    return Analysis(complete, None)


def with_skip_layers(stack: Stack, analysis: Analysis, index: int) -> Layer | None:
    """Return the merging block at an index with a convolution that fits its skip connection to the main path.

    Returns:
        None if the block has no skip connection, its shapes are not known, or no convolution fits.
    """
    block, graph = stack[index], analysis.graph
    if graph is None or not block.skip_distance:
        return None
    inputs = nodes((*stack[:index], block.without_skip_layers()))[-1].inputs
    if any(name != IMAGE and name not in graph for name in inputs):
        return None
    main, skip = map(graph.shape, inputs)
    return block.with_skip_layers(main, skip)


def for_data_set(stack: Stack, data_set: DataSet) -> Graph:
    """Return a stack's graph for the images of a data set, with as many answers as it has classes.

    Raises:
        CnnvizError: with the reason "train_fit", if the stack is empty or a block does not take its input.
    """
    parts = with_classes([Node(block, ()) for block in stack], len(data_set.classes))
    analysis = analyze(tuple(node.layer for node in parts), data_set.shape)
    if analysis.graph is None or analysis.problem is not None:
        number = analysis.problem.index + 1 if analysis.problem else 1
        raise CnnvizError(
            f"`stack` must take images of {data_set.shape}. Received: block {number} does not.",
            reason="train_fit",
            count=str(number),
        )
    return analysis.graph


def random_weights(graph: Graph, seed: int) -> dict[str, np.ndarray]:
    """Draw weights for a graph: He-normal kernels, zero biases, float32.

    The k-th kernel only depends on its shape, `seed` and k, so that swapping ReLU and pooling changes
    nothing but their order.

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


@dataclass(frozen=True)
class RandomNetwork:
    """A stack with random weights, to be asked like a trained `network.Network`.

    Attributes:
        graph: the layers before the first problem; None if the first layer has one.
        weights: {"layer.weight": float32 array}.
    """

    graph: Graph | None
    weights: dict[str, np.ndarray]

    def activations(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return every layer's output for an image, uint8 [H, W, C], computed with NumPy."""
        return network.run(self.graph, self.weights, PREPROCESSING(image)) if self.graph else {}


def random_network(text: str, seed: int = 0, shape: Shape = CIFAR10.shape) -> RandomNetwork:
    """Return a stack, by its text, with random weights; for images of a shape.

    >>> random_network("c8-r-f").weights["conv1.kernel"].shape
    (3, 3, 3, 8)
    """
    graph = analyze(parse(text), shape).graph
    return RandomNetwork(graph, random_weights(graph, seed) if graph else {})


def run(stack: Stack, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output for an image, uint8 [H, W, C], with random weights.

    A stack with a problem is computed up to it.
    """
    return random_network(write(stack), seed, image.shape).activations(image)


def swappable(infos: Sequence[LayerInfo]) -> int | None:
    """Return the index of the first ReLU that is followed by pooling, or the reverse; None without one."""
    for index, (first, second) in enumerate(pairwise(infos)):
        if second.inputs == (first.name,) and {first.layer.page, second.layer.page} == {"relu", "pooling"}:
            return index
    return None


# ---------------------------------------------------------------- Keras


def keras_code(stack: Stack, shape: Shape = CIFAR10.shape) -> str:
    """Return Keras code that builds a stack as `model`, up to the first problem.

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
    infos = analyze(stack, shape).infos
    if any(len(info.inputs) > 1 for info in infos):
        return head + _functional(infos, shape)
    calls = [call for info in infos for call in info.layer.calls(*info.input_shapes)]
    lines = [f"keras.Input({shape})", *(f"layers.{call.code()}" for call in calls)]
    body = "\n".join(f"        {line}," for line in lines)
    return f"{head}model = keras.Sequential(\n    [\n{body}\n    ]\n)\nmodel.summary()"


def _functional(infos: Sequence[LayerInfo], shape: Shape) -> str:
    """Return the model in Keras' functional API."""
    lines = [f"{IMAGE} = keras.Input({shape})"]
    for info in infos:
        made = info.inputs[0] if len(info.inputs) == 1 else f"[{', '.join(info.inputs)}]"
        for call in info.layer.calls(*info.input_shapes):
            made = f"layers.{call.code()}({made})"
        lines.append(f"{info.name} = {made}")
    return "\n".join([*lines, f"model = keras.Model({IMAGE}, {infos[-1].name})", "model.summary()"])


def _presets() -> dict[str, Stack]:
    lecture = {
        name: from_graph(zoo.get(name).graph) for name in ("keras_lecture", "tensorflow_lecture", "mlp")
    }
    return {
        "order": parse("c16k3s1same-r-m2-c32k3s1same-r-m2-f-d10-x"),
        "pool_first": parse("c16k3s1same-m2-r-c32k3s1same-m2-r-f-d10-x"),
        "average": parse("c16k3s1same-a2-r-c32k3s1same-a2-r-f-d10-x"),
        "residual": parse("c16k3s1same-r-c16k3s1same-r-c16k3s1same-add3-r-m2-f-d10-x"),
        "projection": parse("c16k3s1same-r-c32k3s2same-r-c32k3s1same-add3convf32s2-r-f-d10-x"),
        **lecture,
    }


PRESETS = _presets()
"""Stacks that the page offers; the first is the default."""
