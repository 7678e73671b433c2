"""Scenes of every kind of layer, for the tests of what is drawn from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cnnviz import Window
from cnnviz.arithmetic import ops
from cnnviz.explain.scene import Scene, scene, scene_of
from cnnviz.layers.base import SlidingOp
from cnnviz.layers.layer_norm import LayerNorm
from cnnviz.layers.multiply import Multiply


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def numbers(*shape: int) -> np.ndarray:
    """Return numbers like those of a feature map."""
    return rng().normal(size=shape).astype(np.float32)


def grid(*shape: int) -> np.ndarray:
    """Return whole numbers, as on a blackboard."""
    return rng().integers(-3, 6, shape).astype(float)


def convolved(
    x: np.ndarray, window: Window, *, bias: float = 0.0, make: Callable[..., np.ndarray] = numbers
) -> Scene:
    return scene(x, window, "conv", kernel=make(*window.size, x.shape[2]), bias=bias)


def pointwise(
    x: np.ndarray,
    function: str = "relu",
    formula: str = "max(0, {x})",
    compute: Callable[[np.ndarray], np.ndarray] = ops.relu,
) -> Scene:
    return scene_of(SlidingOp("pointwise", x, Window(1), function=function, formula=formula, compute=compute))


def leaky() -> Scene:
    return pointwise(
        numbers(4, 5, 1), "leaky_relu", "max(0.1 × {(x)}, {x})", lambda x: np.maximum(0.1 * x, x)
    )


def sigmoid() -> Scene:
    return pointwise(3 * numbers(4, 5, 1), "sigmoid", "1 / (1 + exp({-x}))", ops.sigmoid)


def transposed(channels: int = 1) -> Scene:
    """Return a transposed convolution of a window of 3 x 3 with stride 2 of an image of 3 x 4 cells."""
    kernel = numbers(3, 3, 1, channels)
    x = ops.insert_zeros(numbers(3, 4, channels), 2)
    turned = kernel[::-1, ::-1, 0]
    return scene_of(
        SlidingOp("conv", x, Window(3, padding=2), turned, 0.5, function="conv_transpose", inserted=(2, 2))
    )


def addition() -> Scene:
    names = ("conv2_bn", "block1_relu")
    return scene_of(
        SlidingOp(
            "conv", numbers(4, 5, 2), Window(1), np.ones((1, 1, 2)), function="add", channel_names=names
        )
    )


def multiplied() -> Scene:
    """Return the product of a feature map and its importance."""
    op = Multiply("").sliding_op([numbers(4, 5, 3), numbers(1, 1, 3)], {}, 1)
    assert op is not None
    return scene_of(replace(op, channel_names=("swish1, map 1", "sigmoid1, map 1")))


def normalised() -> Scene:
    weights = {"gamma": np.array([0.7, -1.25]), "beta": np.array([0.0, -0.3])}
    op = LayerNorm("").sliding_op([numbers(4, 5, 2)], weights, 1)
    assert op is not None
    return scene_of(op)


SCENES = [
    pytest.param(convolved(grid(5, 6, 1), Window(3), make=grid), id="whole numbers"),
    pytest.param(convolved(grid(5, 6, 1) / 8, Window(3), make=grid, bias=-0.25), id="eighths"),
    pytest.param(convolved(numbers(5, 6, 1), Window(3, stride=2, padding=1), bias=0.3), id="one channel"),
    pytest.param(convolved(numbers(7, 7, 1), Window(5, padding=1)), id="large kernel"),
    pytest.param(convolved(1e-4 * numbers(5, 6, 1), Window(2), bias=-1e-9), id="small numbers"),
    pytest.param(
        convolved(400 * numbers(5, 6, 1), Window((2, 3), padding=((0, 2), (3, 1)))), id="large numbers"
    ),
    pytest.param(convolved(numbers(5, 6, 3), Window(3, dilation=2), bias=0.3), id="three channels"),
    pytest.param(convolved(numbers(5, 6, 8), Window(3)), id="eight channels"),
    pytest.param(convolved(numbers(5, 6, 8), Window(3), bias=-0.2), id="eight channels and a bias"),
    pytest.param(scene(grid(6, 6, 1), Window(2, stride=2), "max", beside=("average",)), id="pooling"),
    pytest.param(
        scene(numbers(9, 8, 1), Window(4, stride=2, padding=1), "average", beside=("max",)),
        id="large window with padding",
    ),
    pytest.param(scene(numbers(6, 6, 1), Window(3, padding="same"), "average"), id="average pooling"),
    pytest.param(pointwise(numbers(4, 5, 1)), id="relu"),
    pytest.param(pointwise(1e-8 * numbers(2, 3, 1)), id="relu of almost nothing"),
    pytest.param(leaky(), id="leaky relu"),
    pytest.param(sigmoid(), id="sigmoid"),
    pytest.param(transposed(), id="transposed"),
    pytest.param(transposed(2), id="transposed, two channels"),
    pytest.param(addition(), id="addition"),
    pytest.param(multiplied(), id="product"),
    pytest.param(normalised(), id="layer normalisation"),
]  # fmt: skip
