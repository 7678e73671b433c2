"""Architectures to and from JSON: nothing is lost, and nothing that is out of bounds is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.errors import CnnvizError
from cnnviz.formats.decoding import parse_json
from cnnviz.layers.cropping import Cropping
from cnnviz.layers.dense import Dense
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.registry import kinds
from cnnviz.layers.zero_padding import ZeroPadding
from cnnviz.networks import architecture_file, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import IMAGE, Graph, Node


def through_json(architecture: Architecture) -> Architecture:
    return architecture_file.from_json(
        parse_json(json.dumps(architecture_file.to_json(architecture), allow_nan=False).encode())
    )


@pytest.mark.parametrize("name", zoo.names())
def test_a_network_of_the_zoo_comes_back(name: str) -> None:
    before = zoo.get(name)
    after = through_json(before)
    assert after.graph.nodes() == before.graph.nodes()
    assert (after.name, after.data_set, after.recipe) == (name, before.data_set, None)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_comes_back(kind: str) -> None:
    layer = kinds()[kind].default().renamed("layer1")
    entry = json.loads(json.dumps(architecture_file._layer_to_json(Node(layer, (IMAGE,) * layer.inputs[0]))))
    assert architecture_file._node(entry, 0).layer == layer


def test_windows_padding_and_the_data_set_come_back() -> None:
    layers = (
        ZeroPadding("padding", ((1, 2), (0, 3))),
        Cropping("cropping", (1, 0), (0, 2)),
        MaxPool("pool", Window((3, 2), stride=(2, 1), padding=((0, 1), (1, 0)))),
        GlobalAveragePool("global_pool"),
        Dense("dense", 2, bias=False),
    )
    scaling = Preprocessing(127.0, (1.0, 1.0, 1.0), (0.5, 0.5, 0.5))
    data_set = unlabelled("of_mine", "Mine", (20, 30), 3, ("고양이", "dog"), scaling)
    after = through_json(Architecture("mine", Graph((20, 30, 3), layers), None, data_set))
    assert [info.layer for info in after.graph] == list(layers)
    read = after.data_set
    assert (read.shape, read.classes, read.preprocessing) == ((20, 30, 3), ("고양이", "dog"), scaling)
    assert read.samples().images.shape == (20, 20, 30, 3)


def test_a_title_comes_back_and_a_network_without_one_has_none_in_its_file() -> None:
    titled = replace(zoo.get("mlp"), title="우리 반 2")
    assert through_json(titled).title == "우리 반 2"
    assert "title" not in architecture_file.to_json(zoo.get("mlp"))
    assert through_json(zoo.get("mlp")).title == ""


BAD: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another format": (lambda e: e.update(format="onnx"), "`format` must be"),
    "an unknown data set": (lambda e: e.update(data_set="imagenet22k"), "`data_set` must be"),
    "no layers": (lambda e: e.update(layers=[]), "`parts` must have a layer"),
    "too many layers": (lambda e: e.update(layers=[{}] * 3001), "at most 3,000"),
    "an unknown kind": (lambda e: e["layers"][0].update(kind="lambda"), "`kind` must be one of"),
    "an unknown setting": (lambda e: e["layers"][1].update(code="print(1)"), "must be a setting of dense"),
    "a setting of another type": (lambda e: e["layers"][1].update(units="5"), "`units` must be"),
    "a negative number": (lambda e: e["layers"][1].update(units=-1), "`units` must be"),
    "a huge number": (lambda e: e["layers"][1].update(units=10**9), "`units` must be"),
    "too many parameters": (lambda e: e["layers"][1].update(units=2**20), "at most 400,000,000 parameters"),
    "a name with a dot": (lambda e: e["layers"][0].update(name="a.b"), "`name` must have"),
    "a title in Markdown": (lambda e: e.update(title="[x](http://a.b)"), "`title` must be"),
    "a title that is no text": (lambda e: e.update(title=["x"]), "`title` must be"),
    "a cycle": (lambda e: e["layers"][1].update(inputs=["softmax"]), "`inputs` must be earlier layers"),
    "a name twice": (lambda e: e["layers"][0].update(name="dense1"), "`name` must be unique"),
    "no object": (lambda e: e["layers"].insert(0, 5), r"`layers\[0\]` must be an object"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_out_of_bounds_is_refused(case: str) -> None:
    entry = architecture_file.to_json(zoo.get("mlp"))
    change, message = BAD[case]
    change(entry)
    with pytest.raises(CnnvizError, match=message):
        architecture_file.from_json(entry)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [("transposed_conv", {"dilation": [2, 2]}, "`dilation` must be 1 in a transposed"),
     ("transposed_conv", {"padding": [[1, 0], [0, 1]]}, '`padding` must be "valid" or "same"'),
     ("max_pool", {"dilation": [1, 2]}, "`dilation` must be 1 in pooling"),
     ("average_pool", {"padding": [[0, 0], [2, 0]]}, "`padding` must be smaller than the window")],
)  # fmt: skip
def test_a_window_that_a_layer_does_not_compute_is_refused(
    kind: str, change: dict[str, Any], message: str
) -> None:
    window = {"size": [2, 2], "stride": [1, 1], "padding": "valid", "dilation": [1, 1]}
    layer = {"kind": kind, "name": "first", "inputs": ["image"], "window": window}
    entry = {**architecture_file.to_json(zoo.get("mlp")), "layers": [layer]}
    architecture_file.from_json(entry)
    window.update(change)
    with pytest.raises(CnnvizError, match=message):
        architecture_file.from_json(entry)


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [("cropping", "rows", [1]), ("cropping", "columns", [0, 1, 1]), ("dropout", "rate", 2.0),
     ("dropout", "rate", -0.5), ("leaky_relu", "slope", -0.5)],
)  # fmt: skip
def test_a_setting_that_no_layer_can_have_is_refused(kind: str, key: str, value: Any) -> None:
    layer = {"kind": kind, "name": "first", "inputs": ["image"], key: value}
    with pytest.raises(CnnvizError, match=f"`{key}` must be"):
        architecture_file.from_json({**architecture_file.to_json(zoo.get("mlp")), "layers": [layer]})


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", [0, 8]), ("size", [8]), ("channels", 5), ("classes", [""]), ("classes", ["a\n"]),
     ("preprocessing", {"divisor": 0, "mean": [], "deviation": []}),
     ("preprocessing", {"divisor": 1, "mean": [1, 2], "deviation": []}),
     ("preprocessing", {"divisor": 1, "mean": [], "deviation": [0.0]})],
)  # fmt: skip
def test_a_data_set_out_of_bounds_is_refused(key: str, value: Any) -> None:
    data_set = unlabelled("of_mine", "Mine", (8, 8), 3, ("a", "b"), Preprocessing())
    graph = Graph((8, 8, 3), [GlobalAveragePool("pool"), Dense("dense", 2)])
    entry = architecture_file.to_json(Architecture("mine", graph, None, data_set))
    architecture_file.from_json(entry)
    entry["data_set"][key] = value
    with pytest.raises(CnnvizError, match=f"`{key}`|`preprocessing`"):
        architecture_file.from_json(entry)
