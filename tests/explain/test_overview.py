"""The thumbnails of a large network: which maps, and what their pixels are."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.explain.overview import LEVELS, ZERO, chain_ends, most_varied, overview, shrink, thumbnails
from cnnviz.networks import builder, network
from cnnviz.networks.efficientnet import lite0


def maps(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("size", "side"), [((12, 12), 24), ((24, 24), 8), ((23, 10), 6), ((112, 112), 24)])
def test_a_pixel_is_the_mean_of_a_block_of_cells(size: tuple[int, int], side: int) -> None:
    values = maps(3, *size)
    small = shrink(values, side)
    step = -(-max(size) // side)
    assert max(small.shape[1:]) <= side
    for (row, col), found in np.ndenumerate(small[1]):
        block = values[1, row * step : (row + 1) * step, col * step : (col + 1) * step]
        assert found == pytest.approx(block.mean(), abs=1e-5)


def test_codes_are_the_values_up_to_full_colour() -> None:
    values = maps(7, 7, 5)
    shown = thumbnails(values, np.array([1, 4]), 24, full=1.5)
    assert shown.codes.shape == (2, 7, 7)
    back = (shown.codes.astype(float) - ZERO) / LEVELS * 1.5
    np.testing.assert_allclose(back[1], values[..., 4].clip(-1.5, 1.5), atol=1.5 / LEVELS)
    assert thumbnails(np.zeros((4, 4, 1), np.float32), np.array([0]), 24).codes.tolist() == [[[ZERO] * 4] * 4]
    coarse = thumbnails(values, np.array([1, 4]), 24, full=1.5, step=4).codes.astype(int)
    assert np.abs(coarse - shown.codes).max() <= 2
    assert set(coarse.ravel()) <= {1, *range(4, 255, 4), 255}


def test_the_maps_with_most_to_see_are_shown_in_order() -> None:
    values = maps(8, 8, 6) * np.array([1, 5, 0, 3, 9, 2])
    assert most_varied(values, 3).tolist() == [1, 3, 4]


def test_layers_that_keep_their_maps_show_the_same_ones() -> None:
    ends = chain_ends(lite0())
    chain = [name for name, end in ends.items() if end == "block2_depthwise_relu6"]
    parts = [f"block2_{part}" for part in ("expand", "depthwise")]
    assert chain == [f"{part}_{kind}" for part in parts for kind in ("conv", "bn", "relu6")]
    assert "global_pool" not in ends
    stack = builder.analyze(builder.parse("c9-r-m2-c4-r-f-d3-x")).infos
    graph = network.Graph((32, 32, 3), [info.layer for info in stack])
    weights = builder.random_weights(graph, 0)
    found = overview(graph, network.run(graph, weights, maps(32, 32, 3)))
    assert [*found] == [info.name for info in graph if len(info.output_shape) == 3 and info.drawn]
    first = [found[name].maps.tolist() for name in ("conv1", "relu1", "max1")] if "max1" in found else None
    assert first is None or first[0] == first[1] == first[2]
    assert {each.codes.shape[0] for each in found.values()} == {6, 4}
