"""The fully connected component: its scene, its payload, and what it accepts from the browser."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, dense
from cnnviz.components.dense_view import (
    TOP,
    DenseScene,
    Selection,
    as_temperature,
    owner,
    read_selection,
    scene,
)
from cnnviz.networks import zoo
from cnnviz.networks.graph import dense_layers
from cnnviz.networks.network import forward
from cnnviz.text import section
from tests.unpack import unpack

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PICTURE = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)


@cache
def weights(name: str) -> dict[str, np.ndarray]:
    """Return random weights of the right shapes, so that every architecture can be looked at."""
    rng = np.random.default_rng(7)
    return {
        f"{info.name}.{weight}": np.abs(
            rng.normal(0, 1.5 / np.sqrt(np.prod(shape[:-1])), shape), dtype=np.float32
        )
        if weight == "moving_variance"
        else rng.normal(0, 1.5 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)
        for info in zoo.get(name).layers
        for weight, shape in info.weight_shapes.items()
    }


NETWORKS = [name for name in zoo.trained_names() if zoo.get(name).graph.input_shape == PICTURE.shape]
LAYERS = {name: zoo.get(name).layers for name in NETWORKS}
EVERY_DENSE = [(name, info.name) for name in NETWORKS for info in dense_layers(LAYERS[name])]


@cache
def activations(name: str) -> dict[str, np.ndarray]:
    return forward(name, weights(name), PICTURE)


def look(name: str, layer: str, unit: int = 0) -> DenseScene:
    picture = (PICTURE / 255).astype(np.float32)
    return scene(activations(name), zoo.get(name).graph, weights(name), picture, layer=layer, unit=unit)


def packed(view: DenseScene, **changes: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    arguments: dict[str, Any] = {"class_names": NAMES, "true_label": 3, **changes}
    arguments.setdefault(
        "titles", {info.name: f"{info.name}!" for known in LAYERS.values() for info in known}
    )
    return unpack(view.payload(section("dense_view", "en"), **arguments))


@pytest.mark.parametrize(("name", "layer"), EVERY_DENSE)
def test_every_dense_layer_of_the_zoo_is_explained(name: str, layer: str) -> None:
    view = look(name, layer, unit=2)
    kernel, bias = weights(name)[f"{layer}.kernel"], weights(name).get(f"{layer}.bias")
    np.testing.assert_allclose(view.step.value, activations(name)[layer][2], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dense(view.x, kernel, bias), activations(name)[layer], rtol=1e-4, atol=1e-4)
    vector = next(each for each in activations(name).values() if each.ndim == 1)
    assert view.source.reshape(-1).shape == vector.shape
    np.testing.assert_allclose(view.source.reshape(-1), vector, atol=1e-6)
    assert view.from_source == (layer == dense_layers(LAYERS[name])[0].name)
    np.testing.assert_array_equal(view.logits, activations(name)[dense_layers(LAYERS[name])[-1].name])


@pytest.mark.parametrize(
    ("name", "source", "relus"),
    [
        ("keras_lecture", "pool1", {"dense1": "dense1_relu"}),
        ("tensorflow_lecture", "pool3", {"dense1": "dense1_relu"}),  # dropout lies between
        ("mlp", None, {"dense1": "dense1_relu", "dense2": "dense2_relu"}),
        ("alexnet", "pool5", {"dense1": "dense1_relu", "dense2": "dense2_relu"}),
        ("resnet", "global_pool", {}),
        ("vgg", "pool4", {}),  # its only dense layer makes the scores
    ],
)
def test_where_the_numbers_come_from_and_what_follows(
    name: str, source: str | None, relus: dict[str, str]
) -> None:
    view = look(name, "dense1")
    assert (view.source_name, view.relus) == (source, relus)
    np.testing.assert_array_equal(view.values["dense1"], activations(name)[relus.get("dense1", "dense1")])


@pytest.mark.parametrize(("name", "pooled"), [("resnet", (4, 4, 256)), ("vgg", None), ("mlp", None)])
def test_means_of_maps_are_distinguished_from_flattened_maps(
    name: str, pooled: tuple[int, ...] | None
) -> None:
    view = look(name, "dense1")
    header, _ = packed(view)
    assert view.pooled == pooled
    assert header["pooled"] == (None if pooled is None else list(pooled))


@pytest.mark.parametrize(("name", "layer"), EVERY_DENSE)
def test_the_numbers_on_screen_add_up(name: str, layer: str) -> None:
    view = look(name, layer, unit=1)
    header, arrays = packed(view)
    assert 2 <= len(header["terms"]) <= 2 * TOP
    total = sum(term["shown"] for term in header["terms"]) + header["rest"]["shown"] + (header["bias"] or 0)
    assert total == header["value"]
    assert header["value"] / 10 ** header["digits"] == pytest.approx(view.step.value, abs=1e-3)
    assert header["rest"]["count"] + len(header["terms"]) == len(view.x)
    for term in header["terms"]:
        assert term["x"] == pytest.approx(view.x[term["index"]])
        assert term["shown"] / 10 ** header["digits"] == pytest.approx(
            term["x"] * term["weight"], abs=0.51 * 10.0 ** -header["digits"]
        )
    assert (header["bias"] is None) == (f"{layer}.bias" not in weights(name))
    np.testing.assert_array_equal(arrays["source"], view.source)
    np.testing.assert_array_equal(arrays[f"values_{len(header['layers']) - 1}"], view.logits)


def test_small_contributions_get_more_decimals() -> None:
    view = look("keras_lecture", "dense1")
    small = scene(
        {k: v * np.float32(1e-3) for k, v in activations("keras_lecture").items()},
        zoo.get("keras_lecture").graph,
        weights("keras_lecture"),
        PICTURE / np.float32(255),
        layer="dense1",
        unit=0,
    )
    assert view.digits == 3 < small.digits <= 6


def test_a_unit_that_hears_nothing_is_its_bias() -> None:
    silent = {k: np.zeros_like(v) for k, v in activations("keras_lecture").items()}
    view = scene(
        silent,
        zoo.get("keras_lecture").graph,
        weights("keras_lecture"),
        PICTURE / np.float32(255),
        layer="dense1",
        unit=4,
    )
    header, _ = packed(view)
    assert header["terms"] == []
    assert header["rest"] == {"count": 8192, "shown": 0}
    assert header["value"] == header["bias"]


def test_the_digest_covers_the_scene_and_not_the_selection() -> None:
    view = look("keras_lecture", "dense2", 3)
    digest = packed(view)[0]["digest"]
    assert digest == packed(view, entry=77, temperature=0.5)[0]["digest"]
    assert digest != packed(look("keras_lecture", "dense2", 4))[0]["digest"]
    assert digest != packed(view, true_label=4)[0]["digest"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flatten", "dense1"),
        ("dense1", "dense1"),
        ("dense1_relu", "dense1"),
        ("dropout4", "dense1"),
        ("dense2", "dense2"),
        ("softmax", "dense2"),
    ],
)
def test_the_layer_that_explains_another(name: str, expected: str) -> None:
    assert owner(name, LAYERS["tensorflow_lecture"]) == expected


@pytest.mark.parametrize("name", ["conv1", "pool3", "nothing"])
def test_layers_of_maps_are_not_explained_here(name: str) -> None:
    with pytest.raises(CnnvizError, match="`name` must be a layer at or after the flattening"):
        owner(name, LAYERS["tensorflow_lecture"])


@pytest.mark.parametrize("text", ["-1", "8192", "x", "1e3"])
def test_an_entry_of_a_link_is_one_of_the_vector(text: str) -> None:
    view = look("keras_lecture", "dense1")
    assert view.as_entry("8191") == 8191
    with pytest.raises((ValueError, LookupError)):
        view.as_entry(text)


def test_unknown_layers_and_units_are_named() -> None:
    with pytest.raises(CnnvizError, match="`layer` must be a dense layer"):
        look("keras_lecture", "conv1")
    with pytest.raises(CnnvizError, match=r"`unit` must be a whole number in 0\.\.9"):
        look("keras_lecture", "dense2", 10)


GOOD = {"layer": "dense1", "unit": 5, "entry": 8191, "temperature": 0.5}


SIZES = {"dense1": 512, "dense2": 10}


def test_a_selection_from_the_browser() -> None:
    assert read_selection(GOOD, SIZES, 8192) == Selection("dense1", 5, 8191, 0.5)
    assert read_selection({**GOOD, "temperature": 1}, SIZES, 8192) == Selection("dense1", 5, 8191, 1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"layer": "conv1"},
        {"layer": ["dense1"]},
        {"unit": 512},
        {"unit": -1},
        {"unit": True},
        {"unit": "5"},
        {"unit": 5.0},
        {"entry": 8192},
        {"entry": None},
        {"entry": 10**400},
        {"temperature": 0},
        {"temperature": 11},
        {"temperature": float("nan")},
        {"temperature": "1"},
        {"temperature": 10**400},
        {"temperature": True},
    ],
)
def test_nothing_else_is_taken_from_the_browser(change: dict[str, Any]) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_selection({**GOOD, **change}, SIZES, 8192)


@pytest.mark.parametrize("text", ["0", "0.05", "1e9", "nan", "inf", "-1", "x", ""])
def test_a_temperature_of_a_link_is_within_bounds(text: str) -> None:
    with pytest.raises(ValueError):
        as_temperature(text)
    assert as_temperature("0.1") == 0.1
    assert as_temperature("10") == 10
