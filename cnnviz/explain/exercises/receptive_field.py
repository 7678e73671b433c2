"""The receptive field after a few layers."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.explain.exercises.base import Draft, Joined, Kind, Mistake, Number, Place, Subject, pick, text
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.max_pool import MaxPool
from cnnviz.networks import builder
from cnnviz.networks.graph import Graph

FILTERS = 8
"""Of each convolution; they do not change the receptive field."""


class ReceptiveFieldAfter(Kind):
    """How many pixels wide is what one cell sees?

    Level 1: convolutions with stride 1. Level 2: a pooling between them. Level 3: strides, more layers.
    """

    name = "receptive_field"
    pages = ("layer", "architectures", "builder")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        layers = _layers(level, generator)
        infos = Graph(subject.image.shape, builder.named_layers(layers)).layers
        if any(min(info.output_shape[:2]) < 2 for info in infos):
            return None
        windows = [layer.sliding_window for layer in layers]
        size = (subject.image.shape[0], subject.image.shape[1])
        slid = [window for window in windows if window is not None]
        field = infos[-1].receptive_field
        if field is None or field.max_size[0] > min(size):
            return None
        answer = field.max_size[0]
        pools = [layer.sliding_window for layer in layers if layer.channelwise]
        found: dict[str, int] = {
            "no_stride": _field([Window(window.size) for window in slid], size),
            "sum": sum(window.size[0] for window in slid),
            "no_pooling": _field([window for window in slid if window not in pools], size),
            "own_stride": _own_stride(slid),
            "last_left_out": _field(slid[:-1], size),
            "last_only": slid[-1].size[0],
            "area": answer**2,
        }
        return Draft(
            question=text(
                "exercise.receptive_field_question",
                layers=Joined(tuple(_said(layer) for layer in layers), " → "),
            ),
            answer=Number(float(answer), unit=text("exercise.pixels")),
            mistakes=tuple(
                Mistake((float(value),), text(f"exercise.receptive_field_wrong_{reason}"))
                for reason, value in found.items()
            ),
            explanation=text("exercise.receptive_field_explanation", sum=_written(slid), value=answer),
            place=Place("builder", {"builder_stack": builder.write(layers)}),
        )


def _layers(level: int, generator: np.random.Generator) -> tuple[Layer, ...]:
    def conv(*strides: int) -> Conv:
        size = int(pick(generator, (3, 5) if level < 3 else (3, 5, 7)))
        return Conv("", Window(size, int(pick(generator, strides)), "same"), FILTERS)

    pool = MaxPool("", Window(2, 2))
    if level == 1:
        return tuple(conv(1) for _ in range(int(generator.integers(2, 5))))
    if level == 2:
        before, after = (int(n) for n in generator.integers(1, 3, 2))
        return (*(conv(1) for _ in range(before)), pool, *(conv(1) for _ in range(after)))
    return conv(1, 2), *(conv(1) for _ in range(int(generator.integers(2)))), pool, conv(1, 2), conv(1)


def _said(layer: Layer) -> object:
    window = layer.sliding_window
    assert window is not None
    kind = "pooling" if layer.channelwise else "convolution"
    return text(f"exercise.layer_{kind}", size=window.size[0], stride=window.stride[0])


def _field(windows: list[Window], size: tuple[int, int]) -> int:
    """Return the receptive field after layers with these windows."""
    field = ReceptiveField()
    for window in windows:
        field = field.after(window, size)
        size = window.output_size(size)
    return field.max_size[0]


def _own_stride(windows: list[Window]) -> int:
    """Return what comes out if a layer's own stride already counts for its own window."""
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
