"""A network in a notebook: its maps, what a drill-down asks for, and a model of the reader's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz import CnnvizError
from cnnviz.components.feature_grid import MapCell
from cnnviz.notebook import NetworkWidget, network
from tests.unpack import unpack

SAMPLES = cnnviz.samples()


@pytest.fixture(scope="module")
def widget() -> Iterator[NetworkWidget]:
    yield network(cnnviz.load("keras_lecture"), SAMPLES.images[0], label=int(SAMPLES.labels[0]))
    NetworkWidget.close_all()


def test_shows_what_the_network_computes(widget: NetworkWidget) -> None:
    wanted = cnnviz.load("keras_lecture").activations(SAMPLES.images[0])
    for name, values in wanted.items():
        np.testing.assert_allclose(widget.activations[name], values, atol=1e-5)
    header, arrays = unpack(widget.payload)
    assert header["true_label"] == SAMPLES.labels[0]
    np.testing.assert_array_equal(arrays["image"], SAMPLES.images[0])
    np.testing.assert_allclose(np.moveaxis(arrays["input"], 0, -1), SAMPLES.images[0] / np.float32(255))


def test_classes_are_named_in_the_readers_language() -> None:
    made = network(cnnviz.load("keras_lecture"), SAMPLES.images[0], language="ko")
    assert unpack(made.payload)[0]["class_names"][3] == "고양이"


def test_opened_cell_can_be_read(widget: NetworkWidget) -> None:
    cell = {"layer": "conv1", "map": 7, "row": 3, "col": 5}
    widget.message = {"name": "drill", "value": {"cells": [cell]}}
    assert widget.cell == MapCell("conv1", 7, 3, 5)
    assert widget.value == widget.activations["conv1"][3, 5, 7]
    widget.message = {"name": "drill", "value": {"cells": [{**cell, "row": 99}]}}
    assert widget.cell is None
    assert widget.value is None


def test_drill_down_gets_kernels_and_exact_maps(widget: NetworkWidget) -> None:
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))  # type: ignore[method-assign]
    for id_, address in enumerate(
        ["/kernels/conv1", "/maps?layer=conv1&layer=softmax", "/kernels/relu", "/.."]
    ):
        widget._answer(widget, {"id": id_, "address": address}, [])
    (kernels, [file]), (maps, [values]), *missing = sent
    assert (kernels, maps) == ({"id": 0, "found": True}, {"id": 1, "found": True})
    _, arrays = unpack(file)
    wanted = np.moveaxis(widget.network.weights["conv1.kernel"], -1, 0)
    np.testing.assert_array_equal(arrays["kernel"], wanted)
    _, exact = unpack(values)
    np.testing.assert_array_equal(np.moveaxis(exact["conv1"], 0, -1), widget.activations["conv1"])
    assert missing == [({"id": 2, "found": False}, []), ({"id": 3, "found": False}, [])]


def own_model() -> Any:
    import keras
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    keras.utils.set_random_seed(1)
    layers = [Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((12, 10, 1)), *layers])


def test_model_of_the_readers_own_is_given_what_predict_takes() -> None:
    model = own_model()
    x = np.random.default_rng(1).normal(size=(12, 10, 1))
    shown = network(model, x, classes=["a", "b", "c"], language="ko")
    output = shown.network.graph.output.name
    np.testing.assert_allclose(shown.activations[output], model.predict(x[None], verbose=0)[0], atol=1e-6)
    header, arrays = unpack(shown.payload)
    assert header["class_names"] == ["a", "b", "c"]
    np.testing.assert_array_equal(arrays["input"], np.moveaxis(x.astype(np.float32), -1, 0))
    assert (arrays["image"].min(), arrays["image"].max()) == (0, 255)  # from the least to the largest number


def test_image_of_one_negative_number_is_drawn_in_one_colour() -> None:
    black = np.full((12, 10, 1), -1.0)  # as pixels that are scaled to -1..1
    _, arrays = unpack(network(own_model(), black).payload)
    assert np.unique(arrays["image"]).tolist() == [0]


def test_model_of_the_readers_own_that_cannot_be_shown_is_said() -> None:
    import keras

    model = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Lambda(lambda x: x), keras.layers.Flatten()]
    )
    with pytest.raises(CnnvizError, match="Lambda"):
        network(model, np.zeros((4, 4, 1)))
    with pytest.raises(CnnvizError, match="classes"):
        network(own_model(), np.zeros((12, 10, 1)), classes=["a"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"image": SAMPLES.images[0][:30]}, "32, 32, 3"),
        ({"image": SAMPLES.images[0], "label": 10}, r"0\.\.9"),
        ({"image": SAMPLES.images[0], "language": "fr"}, "one of en, ko"),
    ],
)
def test_bad_arguments_are_said(widget: NetworkWidget, given: dict[str, Any], words: str) -> None:
    with pytest.raises(CnnvizError, match=words):
        network(widget.network, **given)
