"""The shipped ascents: those of the shipped weights, small, and as they are climbed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.explain import ascents, filters
from cnnviz.explain.ascents import FILTERS, FOLDER, Shipped
from cnnviz.networks import network, zoo
from tests.thorough import thorough

MAX_BYTES = 800_000


def brightness(pictures: np.ndarray) -> np.ndarray:
    """Return the mean of each pixel's channels, which WebP keeps better than its colour."""
    return pictures.astype(float).mean(axis=-1).ravel()


def test_they_are_those_of_the_first_filters_of_the_shipped_weights() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}.{kind}" for name in FILTERS for kind in ("webp", "json")
    }
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MAX_BYTES
    for name in FILTERS:
        graph, shipped = zoo.get(name).graph, ascents.read(name)
        assert shipped.sha256 == network.reference(name).sha256, f"python -m cnnviz.explain.ascents {name}"
        assert list(shipped.ascents) == [
            (layer, index)
            for layer in filters.filter_layers(graph)
            for index in range(min(FILTERS[name], graph[layer].output_shape[-1]))
        ]
        for ascent in shipped.ascents.values():
            count = len(ascent.steps)
            assert ascent.steps == filters.KEPT_STEPS[:count]
            assert ascent.pictures.shape == (count, *zoo.get(name).data_set.shape)
            assert (np.diff(ascent.activations) >= 0).all()
            grey = filters.grey(zoo.get(name).data_set)
            assert np.corrcoef(brightness(ascent.pictures[0]), brightness(grey))[0, 1] > 0.7


def test_they_are_found_for_these_very_weights_alone() -> None:
    reference = network.reference("keras_lecture")
    found = ascents.find(reference, "conv2", 3)
    assert found is ascents.read("keras_lecture").ascents["conv2", 3]
    assert ascents.find(reference, "conv2", FILTERS["keras_lecture"]) is None
    assert ascents.find(replace(reference, sha256="0" * 64), "conv2", 3) is None
    assert ascents.find(replace(reference, name="keras_lecture@20260101-120000"), "conv2", 3) is None
    assert ascents.find(network.reference("mlp"), "conv2", 3) is None


@pytest.mark.parametrize(
    ("name", "layer", "index"),
    [
        ("tensorflow_lecture", "conv1", 1),
        ("tensorflow_lecture", "conv3", 5),
        *([("alexnet", "conv3", 2)] if thorough() else []),
    ],
)
def test_one_that_is_climbed_again_is_the_same(name: str, layer: str, index: int) -> None:
    again = filters.ascend(network.load(name), layer, index)
    found = ascents.read(name).ascents[layer, index]
    assert found.steps == again.steps
    # from one kind of processor to another the rounding differs, and with it the way, a little
    np.testing.assert_allclose(found.activations, again.activations, rtol=0.05, atol=1e-3)
    assert np.corrcoef(brightness(found.pictures[-1]), brightness(again.pictures[-1]))[0, 1] > 0.7


def test_what_is_written_is_read(tmp_path: Path) -> None:
    shipped = ascents.read("digits")
    first, *_, last = shipped.ascents
    short = replace(
        shipped.ascents[last],
        steps=shipped.ascents[last].steps[:2],
        pictures=shipped.ascents[last].pictures[:2],
        activations=shipped.ascents[last].activations[:2],
    )
    kept = Shipped("a" * 64, {first: shipped.ascents[first], last: short})
    ascents.write("digits", kept, tmp_path)
    read = ascents.read("digits", tmp_path)
    assert read.sha256 == kept.sha256
    assert list(read.ascents) == [first, last]
    assert read.ascents[last].steps == short.steps
    for key, ascent in kept.ascents.items():
        np.testing.assert_allclose(read.ascents[key].activations, ascent.activations, rtol=1e-4)
        assert read.ascents[key].pictures.shape == ascent.pictures.shape
        assert np.corrcoef(brightness(read.ascents[key].pictures), brightness(ascent.pictures))[0, 1] > 0.7
