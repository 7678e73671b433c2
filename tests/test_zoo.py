"""The architectures: published parameter counts, and Keras' own opinion."""

from __future__ import annotations

import re

import pytest

from cnnviz import CnnvizError, zoo
from cnnviz.network import build

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
    infos = zoo.describe(zoo.get(name).layers)
    assert {info.name: info.parameters for info in infos if info.parameters} == PARAMETERS[name]
    assert sum(info.parameters for info in infos) == TOTAL[name]
    assert [info.output_shape for info in infos] == SIZES[name]


@pytest.mark.parametrize("name", zoo.names())
def test_keras_agrees(name: str) -> None:
    model = build(zoo.get(name))
    infos = zoo.describe(zoo.get(name).layers)
    assert [layer.name for layer in model.layers] == [info.name for info in infos]
    for layer, info in zip(model.layers, infos, strict=True):
        assert layer.count_params() == info.parameters
        assert tuple(layer.output.shape[1:]) == info.output_shape


def test_multiply_accumulates_and_receptive_fields() -> None:
    infos = {info.name: info for info in zoo.describe(zoo.get("keras_lecture").layers)}
    assert infos["conv1"].multiply_accumulates == 32 * 32 * 32 * 27
    assert infos["dense1"].multiply_accumulates == 8192 * 512
    fields = {name: info.receptive_field for name, info in infos.items()}
    assert [field.size[0] for field in fields.values() if field] == [3, 3, 5, 5, 6]
    assert fields["flatten"] is None


def test_an_unknown_name_is_named() -> None:
    message = "`name` must be one of keras_lecture, tensorflow_lecture. Received: name='lenet'."
    with pytest.raises(CnnvizError, match=re.escape(message)):
        zoo.get("lenet")
