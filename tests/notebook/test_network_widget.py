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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"image": SAMPLES.images[0][:30]}, "32, 32, 3"),
        ({"image": SAMPLES.images[0], "label": 10}, r"0\.\.9"),
        ({"image": SAMPLES.images[0], "language": "fr"}, '"en" or "ko"'),
    ],
)
def test_bad_arguments_are_said(widget: NetworkWidget, given: dict[str, Any], words: str) -> None:
    with pytest.raises(CnnvizError, match=words):
        network(widget.network, **given)
