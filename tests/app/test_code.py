"""The code page, and the block of code under each picture."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import Window, conv2d
from cnnviz.arithmetic import ops
from cnnviz.arithmetic.kernels import CLASSIC
from cnnviz.data.cifar10 import CIFAR10, samples
from cnnviz.explain.loading import results
from cnnviz.explain.programs import FORMERLY, PARTS, parts, prepared, today
from cnnviz.explain.scene import scene
from cnnviz.networks.network import forward, read_weights, trained_names
from cnnviz.text import translate
from cnnviz.training.runs import read_card
from tests.app.test_pages import open_page, words
from tests.explain.test_snippets import load_once
from tests.thorough import either

MODEL = "keras_lecture"


@cache
def activations() -> dict[str, np.ndarray]:
    return forward(MODEL, read_weights(MODEL)[0], samples().images[3])


@pytest.fixture(autouse=True)
def _networks_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every snippet share the networks: it is the same `load`, which else compiles each anew."""
    monkeypatch.setattr("cnnviz.load", load_once)


def code(app: AppTest) -> str:
    assert len(app.code) == 1
    return str(app.code[0].value)


def run(app: AppTest) -> np.ndarray:
    names: dict[str, Any] = {}
    exec(compile(code(app), "snippet", "exec"), names)
    return np.asarray(names["result"])


@pytest.mark.parametrize("library", ["numpy", "tensorflow", "keras"])
def test_the_code_under_the_picture_computes_the_picture(library: str) -> None:
    choices = {"picture": "sample-3", "model": MODEL, "code_library": library, "map": "4", "lang": "en"}
    trained = open_page("convolution", convolution_layer="conv2", **choices)
    np.testing.assert_allclose(run(trained), activations()["conv2"][..., 4], atol=1e-4)

    experiment = open_page(
        "convolution",
        kernel="classic",
        classic="sobel_y",
        input="colour",
        padding="custom",
        pad_rows="2",
        pad_cols="0",
        stride_rows="2",
        stride_cols="3",
        dilation="2",
        **choices,
    )
    kernel = np.repeat(CLASSIC["sobel_y"][..., np.newaxis], 3, axis=2)
    window = Window(3, (2, 3), (2, 0), 2)
    shown = scene(CIFAR10.preprocess(samples().images[3]), window, "conv", kernel=kernel).output
    np.testing.assert_allclose(run(experiment), shown, atol=1e-4)

    typed = open_page(
        "convolution", kernel="typed", weights="1/9", input="grid", numbers="9 18;0 -9", **choices
    )
    np.testing.assert_allclose(run(typed), [[1, 2], [0, -1]], atol=1e-6)

    x = activations()["conv2"][..., 4:5]
    pool = open_page(
        "pooling",
        order="pool_first",
        pool_size="3",
        pool_stride="2",
        pool_padding="same",
        code_operation="average",
        **choices,
    )
    np.testing.assert_allclose(run(pool), ops.average_pool(x, 3, stride=2, padding="same"), atol=1e-4)

    before = activations()["conv1"][..., 4:5]
    np.testing.assert_allclose(run(open_page("relu", **choices)), ops.relu(before), atol=1e-4)

    units = open_page("dense", dense_layer="dense1", **choices)
    np.testing.assert_allclose(run(units), activations()["dense1"], atol=1e-3, rtol=1e-4)
    warm = open_page("dense", code_operation="softmax", dense_temperature="2.5", **choices)
    np.testing.assert_allclose(run(warm), ops.softmax(activations()["dense2"] / 2.5), atol=1e-4)


def test_the_grey_picture_is_the_one_on_screen() -> None:
    app = open_page("convolution", kernel="classic", classic="blur", input="grey", picture="sample-3")
    grey = CIFAR10.preprocess(samples().images[3]) @ np.array([0.299, 0.587, 0.114])
    bank = CLASSIC["blur"][..., np.newaxis, np.newaxis]
    expected = conv2d(grey[..., np.newaxis], bank, padding="same")[..., 0]
    np.testing.assert_allclose(run(app), expected, atol=1e-6)


def test_the_library_is_one_choice_for_all_pages() -> None:
    app = open_page("convolution", lang="en")
    assert "import tensorflow" not in code(app)
    app.button_group(key="code_library").set_value("tensorflow").run()
    assert app.query_params["code_library"] == "tensorflow"
    for page in ("relu", "pooling"):
        app.switch_page(f"cnnviz/pages/{page}.py").run()
        assert "import tensorflow" in code(app)
        assert app.query_params["code_library"] == "tensorflow"


def test_the_caption_says_what_cnnviz_is_for() -> None:
    trained = open_page("convolution", lang="en")
    assert translate("code.fetches", "en") in words(trained)
    numbers = open_page("convolution", kernel="classic", input="grid", lang="en")
    assert "cnnviz" not in code(numbers)
    assert translate("code.fetches", "en") not in words(numbers)


@pytest.mark.parametrize(
    "query",
    [
        {
            "code_library": "'); import os; ('",
            "code_operation": "__import__('os')",
            "code_part": "../../etc/passwd",
        },
        {"model": '"); import os; ("', "convolution_layer": '"); import os; ("'},
        {"kernel": "typed", "weights": "__import__('os')", "picture": 'sample-0"); import os; ("'},
    ],
)
def test_a_tampered_link_never_gets_into_the_code(query: dict[str, str]) -> None:
    for page in ("convolution", "pooling", "relu", "code"):
        app = open_page(page, **query)
        for block in app.code:
            assert "import os" not in block.value
            assert "__" not in block.value


@pytest.mark.parametrize("language", either(0))
def test_the_code_page_shows_both_programs_part_by_part(language: str) -> None:
    app = open_page("code", lang=language)
    expected = []
    for part in PARTS:
        expected += [parts(program)[part] for program in ("lecture_tensorflow", "lecture_keras")]
        if part in prepared():
            picture, label = CIFAR10.samples().images[0], int(CIFAR10.samples().labels[0])
            answers = results(picture, label, CIFAR10, index=0, pixel=(15, 15))
            expected += [prepared()[part], *answers.values()]
        if part in FORMERLY:
            expected += [FORMERLY[part].rstrip(), today()[part]]
    assert [block.value for block in app.code] == expected
    headings = [translate(f"code.part_{part}", language) for part in PARTS]
    assert [heading.value for heading in app.header] == headings
    assert [heading.value for heading in app.subheader] == [
        translate(f"code.{name}_title", language) for name in ("prepared", "then")
    ]
    text = words(app)
    for name in ("tf.placeholder", "tf.Session", "feed_dict", "tf.global_variables_initializer()"):
        assert name in text
    for number in ("1,379,274", "4,210,090", "14, 7, 4", "16, 8, 4"):
        assert number in text
    for model in ("tensorflow_lecture", "keras_lecture"):
        assert f"{100 * read_card(model)['test']['accuracy']:.1f}" in text


def test_a_topic_has_its_own_link() -> None:
    app = open_page("code", code_part="training", lang="en")
    assert [heading.value for heading in app.header] == [translate("code.part_training", "en")]
    assert len(app.code) == 2
    app.button_group(key="code_part").set_value("data").run()
    assert app.query_params["code_part"] == "data"
    assert "transpose(0, 2, 3, 1)" in app.code[0].value


@pytest.mark.skipif("tensorflow_lecture" not in trained_names(), reason="no such network")
def test_the_summary_leads_to_the_trained_network() -> None:
    app = open_page("code", code_part="summary", lang="en")
    app.button(key="open_lecture_tensorflow").click().run()
    assert not app.exception
    assert app.title[0].value == translate("network.title", "en")
    assert app.query_params["model"] == "tensorflow_lecture"
