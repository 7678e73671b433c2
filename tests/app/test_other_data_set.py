"""Every page with a network of its own for a data set of other pictures: 20x28, grey, three classes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from cnnviz.arithmetic.window import Window
from cnnviz.data import registry
from cnnviz.data.dataset import DataSet, Location, Preprocessing, Samples, Split
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import bundled, network, zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.recipe import Recipe
from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from cnnviz.training import runs
from cnnviz.training.loop import train
from tests.app.test_pages import open_page
from tests.thorough import either

pytestmark = pytest.mark.slow
RUN = "20260101-000000"
MODEL = f"stripes@{RUN}"
CLASSES = ("rows", "columns", "dots")


def pictures(count: int = 12) -> Samples:
    """Return noisy stripes along rows, along columns, and dots: uint8 [N, 20, 28, 1]."""
    rows, cols = np.indices((20, 28))
    shapes = [rows % 4 < 2, cols % 4 < 2, (rows % 4 < 2) & (cols % 4 < 2)]
    labels = np.arange(count) % len(CLASSES)
    noise = np.random.default_rng(0).integers(0, 60, (count, 20, 28))
    images = np.stack([150 * shapes[label] for label in labels]) + noise
    return Samples(images.astype(np.uint8)[..., np.newaxis], labels, CLASSES)


def nowhere(location: Location) -> Path | None:
    return None


def load(split: Split, location: Location) -> Samples:
    return pictures(30)


STRIPES = DataSet(
    name="stripes",
    title="Stripes",
    size=(20, 28),
    channels=1,
    classes=CLASSES,
    samples=pictures,
    find=nowhere,
    load=load,
    preprocessing=Preprocessing(mean=(0.25,), deviation=(0.5,)),
)
LAYERS = [
    Conv("conv1", Window(3, padding="same"), 4),
    Relu("conv1_relu"),
    MaxPool("pool1"),
    Conv("conv2", Window(3, padding="same"), 4, groups=2),
    Flatten("flatten"),
    Dense("dense1", 3),
    Softmax("softmax"),
]
RECIPE = Recipe("sgd", learning_rate=0.01, batch_size=6, epochs=12, momentum=0.9)


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Train the network once, as a run; both are known to the app while this module's tests run."""
    folder = tmp_path_factory.mktemp("runs")
    architecture = zoo.Architecture("stripes", Graph(STRIPES.shape, LAYERS), RECIPE, STRIPES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS", str(folder))  # between tests, too: networks are loaded in the background
        patch.setattr(registry, "DATA_SETS", (*registry.DATA_SETS, STRIPES))
        patch.setattr(bundled, "ARCHITECTURES", (*bundled.ARCHITECTURES, architecture))
        train("stripes", pictures(30), pictures(12), folder / f"{RUN}-stripes")
        yield folder


def test_it_learns_and_both_engines_agree(runs_folder: Path) -> None:
    trained = network.load("stripes", runs_folder / f"{RUN}-stripes")
    images = pictures()
    assert trained.card["data"]["set"] == "Stripes"
    assert trained.card["test"]["accuracy"] == 1
    assert np.shape(trained.card["test"]["confusion"]) == (3, 3)
    activations = trained.activations(images.images[0])
    for name, expected in network.forward("stripes", trained.weights, images.images[0]).items():
        np.testing.assert_allclose(activations[name], expected, atol=1e-4)
    assert trained.predict(images.images).argmax(axis=1).tolist() == images.labels.tolist()


ABOUT_CIFAR10 = ("lecture", "code", "training")
"""Pages of the lecture, of its two programs, and of the choice of a data set to train on."""
FOREIGN = re.compile(
    r"CIFAR|(?<![\w.,−])3[12](?![\w.,%])|3,072|\b[Tt]en\b|"
    r"(?<![\d.,])10 (?:classes|numbers|scores|labels)|열 (?:개|가지|클래스)|클래스 10개|(?<![\d.])10%"
)
"""CIFAR-10, the size of its pictures and the number of its classes."""
HISTORY = re.compile(r"\(50000, [^)]*\)")
"""The shape of the array that the lecture's code loads."""
VIEWS: list[tuple[str, dict[str, str]]] = [
    *((page, {}) for page in PAGES if page not in ABOUT_CIFAR10),
    *(("data", {"data_view": view}) for view in ("numbers", "one_hot", "order", "augmentation")),
    *(("convolution", {"kernel": "classic", "input": on}) for on in ("grey", "colour", "grid")),
    ("convolution", {"convolution_layer": "conv2", "map": "3"}),
    ("layer", {"layer_name": "conv2"}),
    ("network", {"picture": "test-3"}),
    ("builder", {"builder_code": "conv1"}),
]


NO_TEXT = ("bidi_component", "imgs", "arrow_data_frame", "arrow_table", "table")


def everything(app: AppTest, language: str) -> str:
    """Return all that Streamlit's elements say; names of other networks are left out."""
    said: list[str] = []

    def read(block: Any) -> None:
        for element in block.children.values():
            proto = getattr(element, "proto", None)
            if element.type == "plotly_chart":
                figure = json.loads(proto.spec)["layout"]
                said.extend(each["text"] for each in figure.get("annotations", ()))
            elif proto is not None and element.type not in NO_TEXT:
                said.append(text_format.MessageToString(proto, as_utf8=True))
            if isinstance(element, Block):
                read(element)

    read(app._tree)
    text = re.sub(r'\b(id|key|url|form_id|data): ".*"', "", "\n".join(said))
    for name in zoo.names():
        text = text.replace(translate(f"frame.model_{name}", language) if name != "stripes" else name, "")
    text = text.replace('options: "32"', "")  # a size of batches
    text = text.replace(translate("training.data_help", language), "")  # what may be trained on
    return HISTORY.sub("", text)


def in_turn(cases: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return each case with one of the languages, in turn; with all of them in `make test-all`."""
    return [(*case, language) for number, case in enumerate(cases) for language in either(number)]


@pytest.mark.parametrize(("page", "language"), in_turn([(page,) for page in sorted(ABOUT_CIFAR10)]))
def test_pages_about_cifar10_run(
    page: str, language: str, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(runs_folder))
    app = open_page(page, lang=language, model=MODEL, picture="sample-1")
    assert app.title[0].value == translate(f"{page}.title", language)
    assert not app.error, [error.value for error in app.error]
    assert app.query_params["model"] == MODEL


@pytest.mark.parametrize(("page", "query", "language"), in_turn(VIEWS))
def test_no_page_takes_its_pictures_for_those_of_cifar10(
    page: str, query: dict[str, str], language: str, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(runs_folder))
    assert [run.model for run in runs.finished()] == [MODEL]
    own = {"model": MODEL, "picture": "sample-1", "builder_stack": "c4-r-f-d3-x"}
    app = open_page(page, lang=language, **own | query)
    assert app.title[0].value == translate(f"{page}.title", language)
    assert not app.error, [error.value for error in app.error]
    text = everything(app, language)
    if page == "comparison":  # the plain network there is one of another data set
        assert "CIFAR-10" in text
        return
    assert app.query_params["model"] == MODEL
    (caption,) = (each.value for each in app.sidebar.caption if "12" in each.value)
    assert "100%" in caption
    assert "Stripes" in text
    found = [line for line in text.splitlines() if FOREIGN.search(line)]
    assert not found, found


@pytest.mark.parametrize(("library", "map"), [("numpy", 1), ("tensorflow", 3), ("keras", 3)])
def test_the_code_of_a_filter_of_a_group_takes_its_channels_alone(
    library: str, map: int, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(runs_folder))
    app = open_page("convolution", model=MODEL, convolution_layer="conv2", map=str(map), code_library=library)
    (code,) = app.code
    assert '["pool1"][..., ' + ("0:2]" if map < 2 else "2:4]") in code.value
    exec(compile(code.value, "snippet", "exec"), names := dict[str, Any]())
    trained = network.load("stripes", runs_folder / f"{RUN}-stripes")
    expected = trained.activations(pictures().images[0])["conv2"][..., map]
    np.testing.assert_allclose(names["result"], expected, atol=1e-4)
