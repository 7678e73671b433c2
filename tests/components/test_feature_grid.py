"""The feature grid's payload, and what it accepts from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.arithmetic.ops import max_pool
from cnnviz.components.feature_grid import MapCell, encode, payload, read_cell
from cnnviz.components.map_coding import Coded
from cnnviz.errors import CnnvizError
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.networks import network, zoo
from cnnviz.networks.graph import Graph
from cnnviz.text import section
from cnnviz.text.parameters import parameters
from tests.components.decode import decode, intervals
from tests.unpack import unpack

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LECTURE = ("keras_lecture", "tensorflow_lecture")


def random_activations(name: str) -> dict[str, np.ndarray]:
    """Run random weights of the right shapes, so that no trained network is needed."""
    rng = np.random.default_rng(7)
    weights = {
        f"{info.name}.{weight}": (rng.normal(0, 1.5 / np.sqrt(np.prod(shape[:-1])), shape)).astype(np.float32)
        for info in zoo.get(name).layers
        for weight, shape in info.weight_shapes.items()
    }
    for weight in weights:
        if weight.endswith("moving_variance"):
            weights[weight] = np.abs(weights[weight])
    return network.forward(name, weights, picture())


def picture() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def packed(name: str, **changes: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    arguments: dict[str, Any] = {"class_names": NAMES, "true_label": 3, "language": "en", **changes}
    activations = arguments.pop("activations", None) or random_activations(name)
    image = arguments.pop("image", picture())
    return unpack(payload(activations, zoo.get(name).layers, image, **arguments))


def test_maps_that_are_encoded_already_make_the_same_payload() -> None:
    activations = random_activations("keras_lecture")
    kept = encode(activations, zoo.get("keras_lecture").layers)
    (header, arrays), (own, own_arrays) = (
        packed("keras_lecture", activations=given) for given in (activations, kept)
    )
    assert header == own
    assert arrays.keys() == own_arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, own_arrays[name], err_msg=name)


def arrived(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the browser makes of a payload: {layer: values, channels-last}."""
    values: dict[str, np.ndarray] = {}
    for entry in header["layers"]:
        index = entry["takes"][0]
        source = np.empty(0) if index is None else values[header["layers"][index]["name"]]
        name, shape, window = entry["name"], entry["output_shape"], entry["window"]
        if entry["derived"] == "relu":
            source = np.maximum(source, 0)
        elif entry["derived"] == "max_pool":
            source = max_pool(padded(source, window, shape), window["size"], stride=window["stride"])
        elif name in arrays:
            source = np.moveaxis(arrays[name], 0, -1)
        else:
            parts = (arrays[f"{name}.{part}"] for part in Coded._fields)
            source = np.moveaxis(decode(Coded(*parts), shape[0], shape[1]), 0, -1)
        values[name] = source
    return values


def padded(x: np.ndarray, window: dict[str, Any], shape: list[int]) -> np.ndarray:
    top, left = (-start for start in window["start"])
    bottom, right = (
        max(0, (n - 1) * stride + size - extent - before)
        for n, stride, size, extent, before in zip(
            shape[:2], window["stride"], window["size"], x.shape[:2], (top, left), strict=True
        )
    )
    return np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=-np.finfo(np.float32).max)


@pytest.mark.parametrize("name", ["keras_lecture", "tensorflow_lecture", "alexnet"])
def test_every_drawn_layer_arrives(name: str) -> None:
    activations = random_activations(name)
    header, arrays = packed(name, activations=activations)
    np.testing.assert_array_equal(arrays["image"], picture())
    values = arrived(header, arrays)
    for entry in header["layers"]:
        exact, sent = activations[entry["name"]], values[entry["name"]]
        if exact.ndim == 1:
            np.testing.assert_array_equal(sent, exact)
        else:
            np.testing.assert_array_equal(intervals(sent), intervals(exact))


def test_what_others_are_made_into_does_not_travel() -> None:
    header, arrays = packed("keras_lecture")
    derived = {entry["name"]: entry["derived"] for entry in header["layers"] if entry["derived"]}
    assert derived == {"conv1_relu": "relu", "conv2_relu": "relu", "pool1": "max_pool", "dense1_relu": "relu"}
    assert not any(name.split(".")[0] in derived for name in arrays if not name.endswith(".range"))


def test_what_only_looks_as_if_it_were_made_of_others_travels() -> None:
    activations = random_activations("keras_lecture")
    activations["conv1_relu"] = activations["conv1_relu"] + np.float32(0.5)
    activations["pool1"] = activations["pool1"] * 2
    header, arrays = packed("keras_lecture", activations=activations)
    derived = {entry["name"]: entry["derived"] for entry in header["layers"]}
    assert derived["conv1_relu"] is derived["pool1"] is None
    for name in ("conv1_relu", "pool1"):
        np.testing.assert_array_equal(intervals(arrived(header, arrays)[name]), intervals(activations[name]))


def test_maps_of_very_large_values_travel_as_they_are() -> None:
    activations = random_activations("keras_lecture")
    activations["conv2"] = activations["conv2"] * np.float32(1e10)
    header, arrays = packed("keras_lecture", activations=activations)
    np.testing.assert_array_equal(arrived(header, arrays)["conv2"], activations["conv2"])


@pytest.mark.parametrize("name", LECTURE)
def test_the_range_of_each_map_is_exact(name: str) -> None:
    activations = random_activations(name)
    header, arrays = packed(name, activations=activations)
    for entry in header["layers"]:
        exact, ranges = activations[entry["name"]], arrays[f"{entry['name']}.range"]
        maps = exact.reshape(-1, exact.shape[-1]) if exact.ndim == 3 else exact.reshape(-1, 1)
        assert ranges.dtype == np.float32
        np.testing.assert_array_equal(ranges, np.stack([maps.min(0), maps.max(0)], 1))
        assert entry["largest"] == np.abs(exact).max()
        assert 0 < entry["full"] <= entry["largest"]
        assert entry["strongest"] == maps.std(0).argmax()


@pytest.mark.parametrize("name", LECTURE)
def test_headers_say_what_the_zoo_describes(name: str) -> None:
    header, _ = packed(name)
    infos = {info.name: info for info in zoo.get(name).layers}
    assert [entry["name"] for entry in header["layers"]] == [
        info.name for info in infos.values() if info.kind not in ("dropout", "flatten")
    ]
    for entry in header["layers"]:
        info = infos[entry["name"]]
        assert entry["parameters"] == parameters(info.total_parameters, 0, "en", brief=True)
        assert (entry["kind"], tuple(entry["output_shape"]), entry["counted"]) == (
            info.kind,
            info.output_shape,
            parameters(info.parameters, info.non_trainable, "en"),
        )
        if info.receptive_field is None:
            assert entry["field"] is None
        else:
            assert tuple(entry["field"]["size"]) == info.receptive_field.size
            assert tuple(entry["field"]["jump"]) == info.receptive_field.jump
            assert tuple(entry["field"]["start"]) == info.receptive_field.start
        assert (entry["window"] is None) == (info.window is None)


def test_published_numbers_of_the_keras_lecture() -> None:
    header, _ = packed("keras_lecture")
    shown = {entry["name"]: (entry["output_shape"], entry["parameters"]) for entry in header["layers"]}
    assert shown["conv1"] == ([32, 32, 32], "896 parameters")
    assert shown["conv2"] == ([32, 32, 32], "9,248 parameters")
    assert shown["pool1"] == ([16, 16, 32], "no parameters")
    assert shown["dense1"] == ([512], "4,194,816 parameters")
    assert shown["dense2"] == ([10], "5,130 parameters")


def test_dropout_and_flatten_are_named_and_not_drawn() -> None:
    header, arrays = packed("tensorflow_lecture")
    after = {
        entry["name"]: [note["name"] for note in entry["after"]]
        for entry in header["layers"]
        if entry["after"]
    }
    assert after == {
        "pool1": ["dropout1"],
        "pool2": ["dropout2"],
        "pool3": ["dropout3", "flatten"],
        "dense1_relu": ["dropout4"],
    }
    assert header["layers"][8]["after"][1]["output_shape"] == [2048]
    assert not {"dropout1", "flatten"} & set(arrays)
    assert header["before"] == []


def test_a_network_may_begin_with_flatten() -> None:
    layers = Graph((32, 32, 3), [Flatten("flatten"), Dense("dense", 10)]).layers
    activations = {"flatten": np.zeros(3072, np.float32), "dense": np.arange(10, dtype=np.float32)}
    content = payload(activations, layers, picture(), class_names=NAMES, true_label=None, language="ko")
    header, arrays = unpack(content)
    assert [note["name"] for note in header["before"]] == ["flatten"]
    np.testing.assert_array_equal(arrays["dense"], np.arange(10))
    assert header["true_label"] is None


def test_a_layer_without_any_signal_is_drawn_too() -> None:
    activations = {
        layer: np.zeros_like(value) for layer, value in random_activations("keras_lecture").items()
    }
    header, _ = packed("keras_lecture", activations=activations)
    assert {entry["largest"] for entry in header["layers"]} == {0.0}


def test_the_digest_tells_pictures_and_networks_apart() -> None:
    activations = random_activations("keras_lecture")
    digest = packed("keras_lecture", activations=activations)[0]["digest"]
    assert digest == packed("keras_lecture", activations=activations, language="ko")[0]["digest"]
    assert digest != packed("keras_lecture", activations=activations, image=255 - picture())[0]["digest"]
    assert digest != packed("tensorflow_lecture")[0]["digest"]


def test_words_are_those_of_the_language() -> None:
    header, _ = packed("keras_lecture", language="ko", selected=MapCell("conv2", 7, 1, 2))
    assert header["text"] == section("feature_grid", "ko")
    assert header["layers"][0]["kind_name"] == "합성곱"
    assert header["selected"] == {"layer": "conv2", "map": 7, "row": 1, "col": 2}


LAYERS = zoo.get("keras_lecture").layers


def test_a_click_comes_back_as_opened() -> None:
    assert read_cell({"layer": "pool1", "map": 31, "row": 15, "col": 0}, LAYERS) == MapCell(
        "pool1", 31, 15, 0
    )


@pytest.mark.parametrize(("layer", "units"), [("flatten", 8192), ("dense1_relu", 512), ("softmax", 10)])
def test_a_click_on_one_number_of_a_vector_comes_back_too(layer: str, units: int) -> None:
    value = {"layer": layer, "map": 0, "row": 0, "col": units - 1}
    assert read_cell(value, LAYERS) == MapCell(layer, 0, 0, units - 1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "conv1",
        ["conv1", 0, 0, 0],
        {},
        {"layer": "conv1"},
        {"layer": "conv9", "map": 0, "row": 0, "col": 0},
        {"layer": ["conv1"], "map": 0, "row": 0, "col": 0},
        {"layer": None, "map": 0, "row": 0, "col": 0},
        {"layer": "dense1", "map": 0, "row": 0, "col": 512},
        {"layer": "dense1", "map": 1, "row": 0, "col": 0},
        {"layer": "flatten", "map": 0, "row": 1, "col": 0},
        {"layer": "softmax", "map": 0, "row": 0, "col": -1},
        {"layer": "conv1", "map": 32, "row": 0, "col": 0},
        {"layer": "conv1", "map": -1, "row": 0, "col": 0},
        {"layer": "conv1", "map": 10**400, "row": 0, "col": 0},
        {"layer": "conv1", "map": 1.0, "row": 0, "col": 0},
        {"layer": "conv1", "map": float("nan"), "row": 0, "col": 0},
        {"layer": "conv1", "map": True, "row": 0, "col": 0},
        {"layer": "conv1", "map": "1", "row": 0, "col": 0},
        {"layer": "conv1", "map": None, "row": 0, "col": 0},
        {"layer": "conv1", "map": 0, "row": 32, "col": 0},
        {"layer": "pool1", "map": 0, "row": 0, "col": 16},
        {"layer": "conv1", "map": 0, "row": [0], "col": 0},
        {"layer": "conv1", "map": 0, "row": {"a": 1}, "col": 0},
    ],
)
def test_anything_else_from_the_browser_is_ignored(value: Any) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_cell(value, LAYERS)


JOINED = ("block1_add", "block2_add", "block3_add", "block4_add")


def test_only_a_network_with_joins_carries_what_is_said_of_them() -> None:
    header, _ = packed("resnet")
    assert {
        entry["name"]: entry["symbol"] for entry in header["layers"] if "symbol" in entry
    } == dict.fromkeys(JOINED, "+")
    names = [entry["name"] for entry in header["layers"]]
    taken = {
        name: [names[index] for index in header["layers"][names.index(name)]["takes"]] for name in JOINED
    }
    assert taken["block1_add"] == ["block1_conv2_norm", "conv1_relu"]
    assert taken["block2_add"] == ["block2_conv2_norm", "block2_shortcut_norm"]
    assert header["text"] == section("feature_grid", "en") | section("joins", "en")


@pytest.mark.parametrize("name", ["keras_lecture", "vgg", "mlp"])
def test_a_straight_network_sends_nothing_of_joins(name: str) -> None:
    header, _ = packed(name)
    assert not [entry for entry in header["layers"] if "symbol" in entry]
    assert not set(header["text"]) & set(section("joins", "en"))
