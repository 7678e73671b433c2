"""The receptive field after a few layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.explain.exercises import stacks
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Joined,
    Kind,
    LayerName,
    Mistake,
    Number,
    Subject,
    Text,
    pick,
    text,
)
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.max_pool import MaxPool
from cnnviz.networks import builder
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo

FILTERS = 8
"""Filters of each convolution; they do not change the receptive field."""
CHANGED: tuple[stacks.Settings, ...] = (
    {"size": (2, 3, 5, 7)},
    {"size": (2, 3, 5, 7), "stride": (1, 2, 3)},
)
"""{setting: values} that a layer of the Builder's stack may get instead of its own, at levels 1 and 2."""
SMALL = 16
"""Pixels a side of pictures below which level 3 has smaller kernels and no pooling, to see less than all."""
MOST_LAYERS = 5
"""Windows of a stack that are asked about, so that the sum can be done by head."""


class ReceptiveFieldAfter(Kind):
    """Width in pixels of the receptive field of a cell.

    Level 1: convolutions with stride 1. Level 2: a pooling between them. Level 3: strides, more layers.
    On the Builder, where each layer's field can be read, levels 1 and 2 ask what it would be with another
    setting.
    """

    name = "receptive_field"
    pages = ("layer", "architectures", "builder")
    attempts = 300  # few stacks fit into a picture of 8x8 pixels

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        if subject.stack and level < 3:
            was = stacks.change(subject, CHANGED[level - 1], generator, _chain)
            if was is not None:
                return _of_stack(was)
        layers = _layers(level, generator, small=min(subject.image.shape[:2]) < SMALL)
        graph = Graph(subject.image.shape, builder.named_layers(layers))
        infos = graph.layers
        if any(min(info.output_shape[:2]) < 2 for info in infos):
            return None
        field, size = graph.output.receptive_field, _size(graph)
        if field is None or field.max_size[0] > min(size):
            return None
        destination = Destination("builder", {"builder_stack": builder.write(layers)})
        question = text("exercise.receptive_field_question", layers=_path(layers))
        return _draft(question, layers, field.max_size[0], size, destination)


def _draft(
    question: Text,
    layers: Sequence[Layer],
    answer: int,
    size: tuple[int, int],
    destination: Destination,
    unchanged: int | None = None,
) -> Draft:
    """Return the exercise about the field after some layers.

    Args:
        layers: they slide windows. answer: the field. size: of the picture.
        destination: the page that shows them.
        unchanged: the field of the unchanged stack, if a setting was changed.
    """
    slid = [window for layer in layers if (window := layer.sliding_window) is not None]
    unpooled = [layer.sliding_window for layer in layers if layer.part != "pool"]
    found: dict[str, int | None] = {
        "unchanged": unchanged,
        "no_stride": _field([Window(window.size) for window in slid], size),
        "sum": sum(window.size[0] for window in slid),
        "no_pooling": _field([window for window in unpooled if window is not None], size),
        "own_stride": _own_stride(slid),
        "last_left_out": _field(slid[:-1], size),
        "last_only": slid[-1].size[0],
        "area": answer**2,
    }
    return Draft(
        question=question,
        answer=Number(float(answer), unit=text("exercise.pixels")),
        mistakes=tuple(
            Mistake((float(value),), text(f"exercise.receptive_field_wrong_{reason}"))
            for reason, value in found.items()
            if value is not None
        ),
        explanation=text("exercise.receptive_field_explanation", sum=_written(slid), value=answer),
        destination=destination,
    )


def _slides(info: LayerInfo) -> bool:
    """Return whether a layer slides a square window over maps."""
    window = info.window
    square = window is not None and window.size[0] == window.size[1] and window.stride[0] == window.stride[1]
    return square and len(info.input_shape) == 3 and info.layer.part in ("conv", "pool")


def _of_stack(was: stacks.Changed) -> Draft:
    """Return the exercise about a stack in which one layer has another setting."""
    chain = _chain(was.changed)
    end, layers = chain[-1], [info.layer for info in chain]
    field = end.receptive_field
    before = was.graph[end.name].receptive_field if end.name in was.graph else None
    assert field is not None  # as of all of the chain
    question = text(
        "exercise.receptive_field_changed",
        name=was.name,
        layer=was.code,
        layers=_path(layers),
        end=LayerName(was.changed, end.name),
    )
    destination, unchanged = was.destination, None if before is None else before.max_size[0]
    return _draft(question, layers, field.max_size[0], _size(was.changed), destination, unchanged)


def _size(graph: Graph) -> tuple[int, int]:
    """Return the rows and columns of a network's pictures."""
    return graph.input_shape[0], graph.input_shape[1]


def _chain(graph: Graph) -> list[LayerInfo]:
    """Return the first layers of a network with windows, as far as their fields follow from these alone.

    They follow each other, with no layer between them that has a larger field than one cell, and the field
    fits into the picture.
    """
    chain: list[LayerInfo] = []
    before, size = IMAGE, _size(graph)
    for info in graph:
        field = info.receptive_field
        if info.inputs != (before,) or field is None or len(info.output_shape) != 3:
            break
        before = info.name
        further = [*chain, info] if _slides(info) else chain
        windows = [each.window for each in further if each.window is not None]
        if field.max_size != (_field(windows, size),) * 2 or field.max_size[0] > min(size):
            break
        if len(further) > MOST_LAYERS:
            break
        chain = further
    return chain


def _path(layers: Sequence[Layer]) -> Joined:
    return Joined(tuple(_described(layer) for layer in layers), " → ")


def _layers(level: int, generator: np.random.Generator, *, small: bool) -> tuple[Layer, ...]:
    def conv(*strides: int) -> Conv:
        size = int(pick(generator, (3, 5) if level < 3 else (3, 5, 7)))
        return Conv("", Window(size, int(pick(generator, strides)), "same"), FILTERS)

    pool = MaxPool("", Window(2, 2))
    if level == 1:
        return tuple(conv(1) for _ in range(int(generator.integers(2, 5))))
    if level == 2:
        before, after = (int(n) for n in generator.integers(1, 3, 2))
        return (*(conv(1) for _ in range(before)), pool, *(conv(1) for _ in range(after)))
    if small:
        strides = ((1, 2), (1, 2), (1,))
        windows = [
            Window(int(pick(generator, (2, 3))), int(pick(generator, each)), "same") for each in strides
        ]
        return tuple(Conv("", window, FILTERS) for window in windows)
    return conv(1, 2), *(conv(1) for _ in range(int(generator.integers(2)))), pool, conv(1, 2), conv(1)


def _described(layer: Layer) -> object:
    window = layer.sliding_window
    assert window is not None
    kind = "pooling" if layer.part == "pool" else "convolution"
    return text(f"exercise.layer_{kind}", size=window.size[0], stride=window.stride[0])


def _field(windows: list[Window], size: tuple[int, int]) -> int:
    """Return the receptive field after layers with these windows."""
    field = ReceptiveField()
    for window in windows:
        field = field.after(window, size)
        size = window.output_size(size)
    return field.max_size[0]


def _own_stride(windows: list[Window]) -> int:
    """Return the field if a layer's stride already counted for its own window."""
    size = jump = 1
    for window in windows:
        jump *= window.stride[0]
        size += (window.extent[0] - 1) * jump
    return size


def _written(windows: list[Window]) -> str:
    """Return the sum: 1 + (3 − 1)·1 + (2 − 1)·1 + (3 − 1)·2."""
    field, terms = ReceptiveField(), ["1"]
    for window in windows:
        terms.append(f"({window.extent[0]} − 1)·{field.jump[0]}")
        field = ReceptiveField(jump=(field.jump[0] * window.stride[0], field.jump[1] * window.stride[1]))
    return " + ".join(terms)
