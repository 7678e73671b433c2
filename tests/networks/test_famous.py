"""The full-size networks: published parameters and receptive fields, and Keras' own opinion."""

from __future__ import annotations

import math
import re

import pytest

from cnnviz import CnnvizError, Window
from cnnviz.layers.conv import Conv
from cnnviz.networks import famous, zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import build

# Krizhevsky et al. 2012 (60 million with its groups); Simonyan and Zisserman 2014, table 2 (138 and 144
# million); to the digit: keras.applications for VGG, and the layers' kernels added up for AlexNet
PARAMETERS = {
    "alexnet_227": 62_378_344,
    "alexnet_groups": 60_965_224,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
}
# layer -> (size, jump): pool5 of AlexNet and VGG-16 from Araujo, Norris and Sim, Distill 2019, its table of
# networks; the others by its recurrence, by hand
FIELDS = {
    "alexnet_227": {"conv1": (11, 4), "pool1": (19, 8), "pool2": (67, 16), "pool5": (195, 32)},
    "alexnet_groups": {"pool5": (195, 32)},
    "vgg16": {"conv1_2": (5, 1), "pool1": (6, 2), "pool2": (16, 4), "pool3": (44, 8), "pool5": (212, 32)},
    "vgg19": {"pool3": (52, 8), "pool5": (268, 32)},
}
SHAPES = {
    "alexnet_227": {"conv1": (55, 55, 96), "pool1": (27, 27, 96), "pool5": (6, 6, 256), "flatten": (9216,)},
    "alexnet_groups": {"conv2": (27, 27, 256)},
    "vgg16": {"pool1": (112, 112, 64), "pool5": (7, 7, 512), "flatten": (25088,)},
    "vgg19": {"pool5": (7, 7, 512), "dense3": (1000,)},
}


@pytest.mark.parametrize("name", famous.names())
def test_published_numbers(name: str) -> None:
    infos = {info.name: info for info in famous.describe(name)}
    assert sum(info.parameters for info in infos.values()) == PARAMETERS[name]
    for layer, (size, jump) in FIELDS[name].items():
        field = infos[layer].receptive_field
        assert field is not None
        assert (field.size, field.jump) == ((size, size), (jump, jump)), layer
    for layer, shape in SHAPES[name].items():
        assert infos[layer].output_shape == shape


@pytest.mark.parametrize(("name", "padding"), [("alexnet_227", 64), ("vgg16", 90)])
def test_receptive_field_starts_at_the_published_padding(name: str, padding: int) -> None:
    pool5 = next(info for info in famous.describe(name) if info.name == "pool5")
    assert pool5.receptive_field is not None
    assert pool5.receptive_field.start == (-padding, -padding)  # "effective padding", the same table


def test_hand_computed_multiply_accumulates() -> None:
    infos = {info.name: info for info in famous.describe("alexnet_227")}
    grouped = {info.name: info for info in famous.describe("alexnet_groups")}
    assert infos["conv1"].multiply_accumulates == 55 * 55 * 96 * 11 * 11 * 3
    assert infos["conv2"].multiply_accumulates == 2 * grouped["conv2"].multiply_accumulates
    assert infos["conv3"].multiply_accumulates == grouped["conv3"].multiply_accumulates
    assert infos["dense1"].multiply_accumulates == 9216 * 4096


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_vgg_equals_keras_applications(name: str) -> None:
    """In a stateless scope Keras' variables have shapes and no values, so nothing is allocated."""
    import keras

    make = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[name]
    with keras.StatelessScope(initialize_variables=False):
        model = make(weights=None)
        theirs = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        counts = [layer.count_params() for layer in theirs]
        shapes = [tuple(layer.output.shape[1:]) for layer in theirs]
    # Keras' layers apply their ReLU and softmax themselves, and its VGG has no dropout
    ours = [i for i in famous.describe(name) if i.kind not in ("relu", "softmax", "dropout")]
    assert counts == [info.parameters for info in ours]
    assert shapes == [info.output_shape for info in ours]


@pytest.mark.parametrize("name", famous.names())
def test_layers_equal_keras(name: str) -> None:
    import keras

    with keras.StatelessScope(initialize_variables=False):
        model = build(famous.get(name).graph, name)
        for layer, info in zip(model.layers[1:], famous.describe(name), strict=True):
            assert layer.count_params() == info.parameters
            assert tuple(layer.output.shape[1:]) == info.output_shape
            kernel = next((w for w in layer.weights if w.name == "kernel"), None)
            assert (tuple(kernel.shape) if kernel is not None else None) == info.weight_shapes.get("kernel")
            assert math.prod(info.weight_shapes.get("kernel", (0,))) <= info.parameters


def test_describe_accepts_networks_of_the_zoo() -> None:
    for name in zoo.names():
        assert famous.describe(name) == zoo.get(name).layers
    assert not set(famous.names()) & set(zoo.names())  # never trained, never loaded


def test_unknown_name_raises() -> None:
    message = f"`name` must be one of {', '.join(famous.names())}. Received: name='lenet'."
    with pytest.raises(CnnvizError, match=re.escape(message)):
        famous.describe("lenet")


@pytest.mark.parametrize(("filters", "groups"), [(4, 2), (3, 3), (5, 3)])
def test_groups_must_divide_the_channels(filters: int, groups: int) -> None:
    layers = (Conv("conv1", Window(3), filters, groups=groups),)
    if filters % groups == 0 == 3 % groups:
        assert Graph((32, 32, 3), layers).layers[0].weight_shapes["kernel"] == (3, 3, 1, filters)
    else:
        with pytest.raises(CnnvizError, match=r"`groups` must divide 3 channels and \d"):
            Graph((32, 32, 3), layers)
