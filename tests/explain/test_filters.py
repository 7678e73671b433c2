"""The largest activations of filters against a plain loop, and the ascent against NumPy."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.arithmetic.window import ReceptiveField
from cnnviz.explain import filters
from cnnviz.explain.filters import Area
from cnnviz.explain.gradients import backpropagate
from cnnviz.explain.snippets import about_a_picture
from cnnviz.networks.gradients import Target
from cnnviz.networks.network import Network, forward

NAME = "tensorflow_lecture"
IMAGES = samples().images[:5]


@cache
def network() -> Network:
    return load(NAME)


@pytest.mark.parametrize("layer", ["conv1_relu", "conv3_relu"])
def test_largest_activations_equal_those_of_a_plain_loop(layer: str) -> None:
    found = filters.excite(network(), IMAGES, layer)
    for index in (0, 3, 17):
        largest = []
        for k, image in enumerate(IMAGES):
            of_map = forward(NAME, network().weights, image)[layer][..., index]
            best, cell = -np.inf, (0, 0)
            for row in range(of_map.shape[0]):
                for col in range(of_map.shape[1]):
                    if of_map[row, col] > best:
                        best, cell = float(of_map[row, col]), (row, col)
            assert found.values[k, index] == pytest.approx(best, abs=1e-4)
            if best > 0:
                assert of_map[tuple(found.positions[k, index])] == pytest.approx(best, abs=1e-4)
                assert best > of_map[cell] - 1e-4
            largest.append(best)
        expected = sorted((k for k in range(len(IMAGES)) if largest[k] > 0), key=lambda k: -largest[k])
        assert found.best(index, 3) == expected[:3]


def test_pictures_that_do_not_excite_a_filter_are_left_out_and_ties_keep_their_order() -> None:
    maps = [np.full((2, 3, 1), value, np.float32) for value in (1, 0, 2, 1, -1)]
    maps[2][1, 2] = 5
    found = filters.excitation(maps)
    assert found.best(0, 9) == [2, 0, 3]
    assert found.best(0, 2) == [2, 0]
    assert found.positions[2, 0].tolist() == [1, 2]


def test_nothing_outside_the_patch_changes_the_number() -> None:
    field = network().graph["conv2_relu"].receptive_field
    for cell in ((0, 0), (7, 5), (15, 15)):
        area = filters.seen(field, cell, (32, 32))
        lit = filters.spotlight(IMAGES[0], area)
        assert (lit != IMAGES[0]).any()
        before, after = (
            forward(NAME, network().weights, image)["conv2_relu"][cell] for image in (IMAGES[0], lit)
        )
        np.testing.assert_allclose(after, before, atol=1e-5)


def test_a_patch_is_cut_out_with_grey_beyond_the_edge() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(filters.patch(image, Area(1, 0, 3, 2)), image[1:3, :2])
    corner = filters.patch(image, Area(-1, 2, 2, 5))
    assert corner.shape == (3, 3, 3)
    np.testing.assert_array_equal(corner[1:, :2], image[:2, 2:])
    assert (corner[0] == 128).all()
    assert (corner[:, 2] == 128).all()
    assert filters.seen(ReceptiveField((5, 5)), (0, 0), (4, 4)) == Area(0, 0, 4, 4)
    assert filters.seen(None, (1, 1), (4, 4)) == Area(0, 0, 4, 4)


@pytest.mark.parametrize(("layer", "index", "of"), [("conv1", 0, "conv1_relu"), ("conv1", 2, "conv1")])
def test_the_first_step_goes_along_the_gradient_by_numpy(layer: str, index: int, of: str) -> None:
    (start, value), (after, raised) = islice(filters.climb(network(), layer, index), 2)
    x = start / np.float32(255)
    gradient = backpropagate(network().graph, network().weights, x, Target(index, of)).image
    assert gradient.any()
    inside = (after > 0) & (after < 255)  # what is clipped goes less far
    step = (after - start)[inside]
    along = step @ gradient[inside] / (np.linalg.norm(step) * np.linalg.norm(gradient[inside]))
    assert along == pytest.approx(1, abs=1e-4)
    assert raised >= value
    assert of == layer or raised > value


def test_where_relu_leaves_nothing_the_ascent_raises_what_is_before_it() -> None:
    ((start, value),) = islice(filters.climb(network(), "conv1", 2), 1)
    x = start / np.float32(255)
    at_grey = backpropagate(network().graph, network().weights, x, Target(2, "conv1_relu"))
    assert value == at_grey.value == 0
    assert not at_grey.image.any()


def test_the_mean_rises_with_every_picture_that_is_kept() -> None:
    shares: list[float] = []
    found = filters.ascend(network(), "conv2", 5, shares.append)
    assert found.steps == filters.KEPT_STEPS
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (np.diff(found.activations) > 0).all()
    for k in (0, 4, 11):
        of_map = forward(NAME, network().weights, found.pictures[k])["conv2_relu"][..., 5]
        assert of_map.mean() == pytest.approx(found.activations[k], rel=0.03, abs=1e-3)
    again = filters.ascend(network(), "conv2", 5)
    np.testing.assert_array_equal(again.pictures[-1], found.pictures[-1])


@pytest.mark.parametrize(("layer", "index"), [("conv1", 2), ("conv2", 5)])
def test_the_program_climbs_to_the_same_picture(
    layer: str, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.load", lambda _: network())
    program = about_a_picture(NAME, None, filters.code(network().graph, layer, index), IMAGES[0].shape)
    assert "image" not in program.replace("image_gradients", "")
    exec(compile(program, "program", "exec"), scope := dict[str, Any]())
    found = filters.ascend(network(), layer, index).pictures[-1]
    assert np.abs(scope["result"] - found).mean() < 1
    assert np.abs(scope["result"] - filters.grey(network().data_set)).mean() > 10
