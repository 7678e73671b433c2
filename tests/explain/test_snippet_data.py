"""Inputs of a snippet: their code makes the array, and no untrusted text gets into it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError
from cnnviz.arithmetic.kernels import CLASSIC
from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import load_split
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.explain.snippet_data import (
    MAX_NUMBERS,
    Activation,
    Picture,
    Pixels,
    Untrained,
    Weight,
    Written,
    layer_data,
)
from cnnviz.explain.snippets import Library, descent, layer, softmax
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import store
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.builder import random_weights
from cnnviz.networks.graph import Graph
from tests.data.test_cifar10 import make_folder
from tests.explain.test_snippets import CAT, run


def test_pictures_of_a_local_set_and_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    image = load_split("test").images[2]
    Image.fromarray(image).save("picture.png")
    for picture, pixels in (
        (Picture("train", 4), load_split("train").images[4]),
        (Picture("test", 2), image),
        (Picture("upload"), image),
    ):
        np.testing.assert_allclose(run(layer("numpy", Relu("relu1"), [Pixels(picture)])), pixels / 255)


def test_numbers_read_well_and_read_back() -> None:
    assert Written(CLASSIC["blur"]).expression.endswith("dtype=float) / 9")
    assert Written(CLASSIC["gaussian"]).expression.endswith("dtype=float) / 256")
    assert "[-2, 0, 2]" in Written(CLASSIC["sobel_x"]).expression
    assert Written([0.1, -0.25, 3]).expression == "np.array([0.1, -0.25, 3], dtype=float)"
    odd = np.random.default_rng(2).normal(size=(3, 4)) * [1e-6, 1, 1e3, 1e6]
    read = eval(Written(odd).expression, {"np": np})
    np.testing.assert_allclose(read, odd, rtol=1e-6)


@pytest.mark.parametrize(
    ("named", "hosted", "written"),
    [
        (None, None, "runs/20261124-153012-vgg"),
        ("", None, "runs/20261124-153012-vgg"),
        ("../of mine", None, "../of mine/20261124-153012-vgg"),
        ('/srv/a "b" 모델', None, '/srv/a "b" 모델/20261124-153012-vgg'),
        (
            "/srv/runs",
            "1",
            "runs/20261124-153012-vgg",
        ),  # nobody need know where it lies
    ],
)
def test_a_network_of_a_run_is_loaded_from_where_runs_lie(
    named: str | None, hosted: str | None, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (("CNNVIZ_RUNS", named), ("CNNVIZ_HOSTED", hosted)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    part = Activation("vgg@20261124-153012", "dense1", Picture("sample", 3))
    line = next(line for line in softmax("numpy", part, 1.0).splitlines() if line.startswith("net = "))
    call = ast.parse(line).body[0].value  # type: ignore[attr-defined]
    assert [argument.value for argument in call.args] == ["vgg", written]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Written(np.zeros(MAX_NUMBERS + 1)), "must have up to 4 axes and 4096 numbers"),
        (lambda: Written(np.nan), "must be finite"),
        (lambda: Activation("keras_lecture", "dense1", CAT, range(1)), "`channels` must be a range of the 0"),
        (
            lambda: Activation("keras_lecture", "conv1", CAT, range(31, 33)),
            "must be a range of the 32 channels",
        ),
        (lambda: Pixels(CAT, channels=range(2, 2)), "must be a range of the 3 channels"),
        (lambda: Weight("keras_lecture", "conv1", index=32), "`index` must be < 32"),
        (lambda: Activation(Untrained("c8-r"), "pool1", CAT), "`layer` must be one of conv1, relu1"),
        (lambda: Untrained("c8-q"), "`text` must be made of blocks"),
    ],
)
def test_what_is_not_there_says_so(make: Callable[[], object], words: str) -> None:
    with pytest.raises(CnnvizError) as error:
        make()
    assert words in str(error.value)


@pytest.mark.parametrize("library", ["numpy", "tensorflow", "keras"])
def test_the_name_of_a_layer_is_no_code(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of anyone may call its layers anything."""
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path))
    name = 'x"]) or print("seen") or (["'
    data_set = unlabelled("of_mine", "mine", (8, 8), 3, ("a", "b"), Preprocessing())
    graph = Graph(data_set.shape, [Conv(name, Window(3), 4), Flatten("f"), Dense("d", 2), Softmax("s")])
    store.write(Architecture("mine", graph, None, data_set), random_weights(graph, 0), {})
    picture = Picture("sample", 0, "of_mine", "mine")
    of_layer = layer(library, graph["f"].layer, *layer_data("mine", "f", picture))
    for code in (of_layer, descent(library, "mine", picture, 1, name, 0, 0.1)):
        nodes = list(ast.walk(ast.parse(code)))
        called = [
            each.func.id for each in nodes if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
        ]
        assert called.count("print") == 1  # of the result's shape
        texts = [each.value for each in nodes if isinstance(each, ast.Constant)]
        assert name in texts or f"{name}.kernel" in texts
