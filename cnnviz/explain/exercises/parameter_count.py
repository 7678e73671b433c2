"""The number of parameters of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.errors import CnnvizError
from cnnviz.explain.exercises import stacks
from cnnviz.explain.exercises.base import Destination, Draft, Kind, Mistake, Number, Subject, pick, text
from cnnviz.layers.base import Layer, Setting, Shape, count_parameters
from cnnviz.layers.conv import Conv
from cnnviz.layers.registry import kinds
from cnnviz.networks import builder
from cnnviz.networks.graph import Graph, LayerInfo

NUMBERS = (1, 2, 3, 4, 5, 8, 16)
"""Settings of level 3: such as divide each other, for groups."""
MOST_FILTERS = 64
UNITS = (4, 6, 8, 10, 16, 20, 32)
SIZES = (1, 3, 5, 7)
CHANGED = ({"units": UNITS}, {"units": UNITS, "size": SIZES})
"""{setting: values} that a layer of the Builder's stack may get instead of its own, at levels 1 and 2."""


class ParameterCount(Kind):
    """The number of parameters of a layer.

    Level 1: a convolution over the picture. Level 2: a layer of the network. Level 3: kinds of layers that
    count otherwise: grouped, depthwise, separable, fully connected, ... On the Builder, where each layer's
    count can be read, levels 1 and 2 ask what it would be with another setting.
    """

    name = "parameter_count"
    pages = ("layer", "architectures", "builder")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        picture = subject.image.shape
        destination: Destination | None = None
        asks = subject.stack and level < 3
        was = stacks.change(subject, CHANGED[level - 1], generator, _learning) if asks else None
        if was is not None:
            layer, shape, destination = was.after.layer, was.after.input_shape, was.destination
        elif level == 2 and (infos := _learning(subject.graph)) and generator.integers(2):
            info = pick(generator, infos)
            layer, shape = info.layer, info.input_shape
            destination = Destination("layer", {"layer_name": info.name})
        elif level < 3:
            layer, shape = _conv(generator), picture
            if level == 2:
                shape = (*picture[:2], 2 ** int(generator.integers(3, 7)))
        else:
            drawn = _any_layer(generator)
            taken = None if drawn is None else _shape(drawn, generator)
            if drawn is None or taken is None:
                return None
            layer, shape = drawn, taken
        if destination is None and (stack := _stack(layer, shape, picture)) is not None:
            destination = Destination("builder", {"builder_stack": stack})
        shapes = layer.weight_shapes(shape)
        answer = count_parameters(shapes)
        return Draft(
            question=text(
                f"exercise.parameter_count_{'question' if was is None else 'changed'}",
                layer=" → ".join(call.code() for call in layer.calls(shape)),
                before=_times(shape),
                after=_times(layer.output_shape(shape)),
                **({} if was is None else {"name": was.name}),
            ),
            answer=Number(float(answer)),
            mistakes=tuple(_mistakes(layer, shape, shapes, None if was is None else was.before.parameters)),
            explanation=text(
                "exercise.parameter_count_explanation",
                sum=" + ".join("·".join(map(str, each)) for each in shapes.values()),
                value=f"{answer:,}",
            ),
            destination=destination,
        )


def _learning(graph: Graph | None) -> list[LayerInfo]:
    """Return the layers of a network whose parameters are all learnt, if there is one."""
    return [info for info in graph or () if info.parameters and not info.non_trainable]


def _mistakes(
    layer: Layer, shape: Shape, shapes: Mapping[str, Shape], unchanged: int | None
) -> list[Mistake]:
    kernels = {name: each for name, each in shapes.items() if len(each) > 1}
    weights = count_parameters(kernels)
    found: dict[str, int | None] = {}
    if len(kernels) < len(shapes):
        found |= {"no_bias": weights, "one_bias": weights + 1}
    else:
        found["bias"] = weights + layer.output_shape(shape)[-1]
    found |= {
        "unchanged": unchanged,
        "one_channel": _of_one_channel(layer, shape),
        "one_unit": _with(layer, shape, units=1),
        "no_groups": _with(layer, shape, groups=1),
        "outputs": prod(layer.output_shape(shape)),
        "products": layer.multiply_accumulates(shape),
    }
    return [
        Mistake((float(value),), text(f"exercise.parameter_count_wrong_{reason}"))
        for reason, value in found.items()
        if value is not None
    ]


def _of_one_channel(layer: Layer, shape: Shape) -> int | None:
    """Return the count if the layer saw one channel only, or None if it has none or cannot."""
    one = (*shape[:-1], 1)
    if len(shape) == 1 or layer.channelwise or layer.incompatibility(one) is not None:
        return None
    return count_parameters(layer.weight_shapes(one))


def _with(layer: Layer, shape: Shape, **setting: Setting) -> int | None:
    """Return the count if the layer had another setting, or None if it has none of that name."""
    if not setting.keys() <= layer.settings().keys():
        return None
    return count_parameters(replace(layer, **setting).weight_shapes(shape))  # type: ignore[arg-type]


def _conv(generator: np.random.Generator) -> Conv:
    size, units = int(pick(generator, SIZES)), int(pick(generator, UNITS))
    return Conv("", Window(size, padding="same"), units, bias=bool(generator.integers(4)))


def _any_layer(generator: np.random.Generator) -> Layer | None:
    """Return a layer of any kind that has a kernel, with random settings, or None if they do not fit."""
    kind = pick(generator, list(kinds().values()))
    settings: dict[str, Setting] = {}
    for field in kind.fields:
        if field.choices:
            settings[field.name] = str(pick(generator, field.choices))
        elif field.switch:
            settings[field.name] = bool(generator.integers(2))
        else:
            fitting = [n for n in NUMBERS if field.minimum <= n <= field.maximum]
            settings[field.name] = int(pick(generator, fitting or [field.minimum]))
    if not settings or kind.inputs != (1, 1) or kind.non_trainable_weights:
        return None
    try:
        return kind.from_settings("", **settings)
    except CnnvizError:
        return None


def _shape(layer: Layer, generator: np.random.Generator) -> Shape | None:
    """Return an input shape that a layer with a kernel takes: maps, a signal or a vector."""
    side, channels = 2 ** int(generator.integers(3, 6)), 2 ** int(generator.integers(1, 6))
    for shape in ((side, side, channels), (side, channels), (side * channels,)):
        if layer.incompatibility(shape) is None:
            has_kernel = any(len(each) > 1 for each in layer.weight_shapes(shape).values())
            return shape if has_kernel and layer.multiply_accumulates(shape) else None
    return None


def _stack(layer: Layer, shape: Shape, picture: Shape) -> str | None:
    """Return a stack of the builder, which has CIFAR-10's pictures, with this layer and input; or None."""
    size, channels = shape[:-1], shape[-1]
    if picture != CIFAR10.shape or len(shape) != 3 or size != picture[:2] or channels > MOST_FILTERS:
        return None
    before: tuple[Layer, ...] = ()
    if channels != picture[2]:
        before = (Conv("", Window(1, padding="same"), channels),)
    return builder.write((*before, layer))


def _times(shape: Shape) -> str:
    return "×".join(map(str, shape))
