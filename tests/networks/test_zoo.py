"""The architectures: published parameter counts, and Keras' own opinion."""

from __future__ import annotations

import math
import re

import pytest

from cnnviz import CnnvizError, Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.digits import DIGITS
from cnnviz.layers.conv import Conv
from cnnviz.networks import graph, zoo
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.networks.network import build
from cnnviz.networks.recipe import Recipe

# layer -> parameters, from the lecture's Model.summary() and its weight shapes
PARAMETERS = {
    "keras_lecture": {"conv1": 896, "conv2": 9_248, "dense1": 4_194_816, "dense2": 5_130},
    "tensorflow_lecture": {
        "conv1": 864,
        "conv2": 18_432,
        "conv3": 73_728,
        "dense1": 1_280_000,
        "dense2": 6_250,
    },
}
TOTAL = {"keras_lecture": 4_210_090, "tensorflow_lecture": 1_379_274}
SIZES = {
    "keras_lecture": [(32, 32, 32)] * 4 + [(16, 16, 32), (8192,), (512,), (512,), (10,), (10,)],
    "tensorflow_lecture": [
        *[(32, 32, 32)] * 2,
        *[(16, 16, 32)] * 2,
        *[(16, 16, 64)] * 2,
        *[(8, 8, 64)] * 2,
        *[(8, 8, 128)] * 2,
        *[(4, 4, 128)] * 2,
        (2048,),
        *[(625,)] * 3,
        *[(10,)] * 2,
    ],
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_published_parameters_and_shapes(name: str) -> None:
    infos = zoo.get(name).layers
    assert {info.name: info.parameters for info in infos if info.parameters} == PARAMETERS[name]
    assert sum(info.parameters for info in infos) == TOTAL[name]
    assert [info.output_shape for info in infos] == SIZES[name]


# from the lecture's source code
RECIPES = {
    "keras_lecture": Recipe("sgd", 0.01, momentum=0.9, decay=0.001, batch_size=32, epochs=10),
    "tensorflow_lecture": Recipe("rmsprop", 0.001, rho=0.9, batch_size=128, epochs=50),
}
# layer -> (max-norm, deviation of the initial weights, share dropped, bias)
DETAILS = {
    "keras_lecture": {
        **dict.fromkeys(("conv1", "conv2", "dense1"), (3, None, 0, True)),
        "dense2": (None, None, 0, True),
    },
    "tensorflow_lecture": {
        **dict.fromkeys(("conv1", "conv2", "conv3", "dense1", "dense2"), (None, 0.01, 0, False)),
        **dict.fromkeys(("dropout1", "dropout2", "dropout3"), (None, None, 0.2, True)),
        "dropout4": (None, None, 0.5, True),
    },
}


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_match_the_lecture(name: str) -> None:
    architecture = zoo.get(name)
    assert architecture.recipe == RECIPES[name]
    usual = {"max_norm": None, "initial_deviation": None, "rate": 0, "bias": True}
    details = {
        info.name: tuple(getattr(info.layer, key, default) for key, default in usual.items())
        for info in architecture.layers
        if info.kind in ("conv", "dense", "dropout")
    }
    assert details == DETAILS[name]


@pytest.mark.parametrize("name", DETAILS)
def test_keras_model_follows_the_recipe(name: str) -> None:
    for layer in build(zoo.get(name).graph, name).layers[1:]:
        config = layer.get_config()
        max_norm, deviation, rate, bias = DETAILS[name].get(layer.name, (None, None, 0, True))
        assert config.get("use_bias", True) == bias
        assert config.get("rate", 0) == rate
        if (constraint := config.get("kernel_constraint")) is None:
            assert max_norm is None
        else:
            # the norm of what goes into one unit: all axes but the last
            axes = [0, 1, 2] if layer.name.startswith("conv") else 0
            assert constraint["config"] == {"max_value": max_norm, "axis": axes}
        if deviation is not None:
            assert config["kernel_initializer"]["class_name"] == "RandomNormal"
            assert config["kernel_initializer"]["config"]["stddev"] == deviation


@pytest.mark.parametrize("name", zoo.names())
def test_layers_equal_keras(name: str) -> None:
    model = build(zoo.get(name).graph, name)
    infos = zoo.get(name).layers
    assert {layer.name for layer in model.layers} == {IMAGE, *(info.name for info in infos)}
    for info in infos:
        layer = model.get_layer(info.name)
        assert sum(math.prod(v.shape) for v in layer.trainable_variables) == info.parameters
        assert sum(math.prod(v.shape) for v in layer.non_trainable_weights) == info.non_trainable
        assert (
            layer.count_params() == info.total_parameters == sum(map(math.prod, info.weight_shapes.values()))
        )
        assert tuple(layer.output.shape[1:]) == info.output_shape
    assert model.count_params() == graph.total_parameters(infos)
    assert sum(math.prod(v.shape) for v in model.trainable_weights) == graph.trainable_parameters(infos)


def test_batch_norm_has_non_trainable_parameters() -> None:
    infos = zoo.get("alexnet").layers
    assert (graph.total_parameters(infos), graph.trainable_parameters(infos)) == (2_303_434, 2_302_026)
    assert sum(info.non_trainable for info in infos) == 1_408 == 2 * (64 + 128 + 192 + 192 + 128)


def test_multiply_accumulates_and_receptive_fields() -> None:
    infos = {info.name: info for info in zoo.get("keras_lecture").layers}
    assert infos["conv1"].multiply_accumulates == 32 * 32 * 32 * 27
    assert infos["dense1"].multiply_accumulates == 8192 * 512
    fields = {name: info.receptive_field for name, info in infos.items()}
    assert [field.size[0] for field in fields.values() if field] == [3, 3, 5, 5, 6]
    assert fields["flatten"] is None


def test_window_larger_than_its_input_raises() -> None:
    layers = (Conv("conv1", Window(33), 4),)
    with pytest.raises(CnnvizError, match=r"`size` must fit .* 33x33 cells, padded input=32x32"):
        Graph((32, 32, 3), layers)


def test_unknown_name_raises() -> None:
    message = f"`name` must be one of {', '.join(zoo.names())}. Received: name='lenet'."
    with pytest.raises(CnnvizError, match=re.escape(message)):
        zoo.get("lenet")


def test_network_of_a_run_has_the_architecture_layers() -> None:
    assert zoo.get("vgg@20261124-153012") is zoo.get("vgg")
    assert zoo.split("vgg@20261124-153012") == ("vgg", "20261124-153012")


@pytest.mark.parametrize(
    "name", ["vgg@", "vgg@latest", "vgg@20261124-153012/..", "vgg@２0261124-153012", "vgg@@20261124-153012"]
)
def test_invalid_run_id_raises(name: str) -> None:
    with pytest.raises(CnnvizError, match="must be NAME or NAME@RUN"):
        zoo.get(name)


def test_a_recipe_changes_images_only_as_far_as_the_data_set_allows() -> None:
    recipe = zoo.recipe("resnet")
    fitted = recipe.fitted(DIGITS)
    assert (fitted.flip, fitted.shift, fitted.cutout) == (False, 1, 2)  # of 8x8 pixels, with a meaning
    assert recipe.fitted(CIFAR10) == recipe
