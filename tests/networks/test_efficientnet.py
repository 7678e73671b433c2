"""EfficientNet-Lite0: its layers, and what the published weights must answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnviz import Network, load, samples
from cnnviz.networks import graph, zoo
from cnnviz.networks.efficientnet import STAGES, lite0
from cnnviz.networks.network import forward
from cnnviz.networks.skips import skips
from tests.thorough import thorough

NAME = "efficientnet_lite0"


@pytest.fixture(scope="module")
def net() -> Network:
    return load(NAME)


def test_parameters_are_the_published_ones() -> None:
    layers = zoo.get(NAME).layers
    assert graph.trainable_parameters(layers) == 4_652_008
    assert sum(info.non_trainable for info in layers) == 42_016


def test_sizes_shrink_from_stage_to_stage() -> None:
    infos = lite0()
    ends, side, block = [], 112, -1
    for stage in STAGES:
        block += stage.blocks
        side = math.ceil(side / stage.stride)
        ends.append((infos[f"block{block}_project_bn"].output_shape, (side, side, stage.filters)))
    assert [shape for shape, _ in ends] == [expected for _, expected in ends]
    assert infos["block15_project_bn"].output_shape == (7, 7, 320)
    assert "block0_expand_conv" not in infos


def test_skips_pass_by_a_block_that_keeps_its_shape() -> None:
    found = {skip.target: skip for skip in skips(lite0().layers)}
    assert [*found] == [f"block{k}_add" for k in (2, 4, 6, 7, 9, 10, 12, 13, 14)]
    assert found["block2_add"].source == "block1_project_bn"
    assert found["block7_add"].source == "block6_add"


# PyTorch's float32 on the same squares, bicubic
ANSWERS = [
    (0, {285: 0.385, 282: 0.332, 281: 0.163}),
    (1, {967: 0.940}),
]


@pytest.mark.parametrize(("index", "expected"), ANSWERS if thorough() else ANSWERS[:1])
def test_photographs_are_recognised(net: Network, index: int, expected: dict[int, float]) -> None:
    (found,) = net.predict(samples("imagenet").images[index : index + 1])
    assert found.argsort()[::-1][: len(expected)].tolist() == [*expected]
    assert found[[*expected]] == pytest.approx([*expected.values()], abs=0.005)


@pytest.mark.slow
def test_numpy_equals_keras_in_every_layer(net: Network) -> None:
    image = samples("imagenet").images[2]
    found = net.activations(image)
    for name, expected in forward(NAME, net.weights, image).items():
        np.testing.assert_allclose(found[name], expected, atol=1e-4 * np.abs(expected).max(), err_msg=name)
