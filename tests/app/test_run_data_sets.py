"""Networks that were trained on a data set of one's own: every page, and the code beside the pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.data import registry
from cnnviz.data.changes import resized, standardized
from cnnviz.data.dataset import DataSet
from cnnviz.networks import network, run_files, zoo
from cnnviz.networks.fitting import fit
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from cnnviz.training import runs
from cnnviz.training.loop import train
from tests.app.test_pages import open_page, words
from tests.data.files import stripes
from tests.thorough import either, thorough

pytestmark = pytest.mark.slow
CLASSES = 25
NAMES = ["all", "=all", "www.a.example", *map(str, range(3, CLASSES))]
CNN, PLAIN = "digits@20260101-000000", "mlp@20260101-000001"


def trained(model: str, data_set: DataSet, folder: Path) -> None:
    name, number = zoo.split(model)
    images = [data_set.load(split, None) for split in ("train", "test")]
    train(fit(zoo.get(name), data_set), *images, folder / f"{number}-{name}", epochs=1)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Return the runs of a CNN and of the plain network on 20x24 colour pictures, and the pictures' file."""
    place = tmp_path_factory.mktemp("own")
    x, y = stripes(250, 20, 24, CLASSES, 3)
    np.savez(place / "bands.npz", images=x, labels=y)
    (place / "classes.txt").write_text("\n".join(NAMES), "utf-8")
    data_set = registry.find(place / "bands.npz")
    assert data_set is not None
    for model in (CNN, PLAIN):
        trained(model, standardized(data_set), place / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "CNNVIZ_RUNS", str(place / "runs")
        )  # between tests, too: networks are loaded in the background
        yield place / "runs", place / "bands.npz"


@pytest.fixture(autouse=True)
def _runs(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(places[0]))


def test_a_run_keeps_its_architecture_its_data_set_and_samples(places: tuple[Path, Path]) -> None:
    assert {run.model for run in runs.finished()} == {CNN, PLAIN}
    architecture = zoo.get(CNN)
    data_set = architecture.data_set
    assert (data_set.title, data_set.shape, len(data_set.classes)) == ("bands", (20, 24, 3), CLASSES)
    assert architecture.graph.output.output_shape == (CLASSES,)
    assert data_set == zoo.get(PLAIN).data_set
    assert data_set.samples().labels.tolist() == [*range(20)]
    card = runs.read_card(CNN)
    assert card["data_set"]["preprocessing"]["mean"] == list(data_set.preprocessing.mean)
    assert card["data_set"]["size"] == [20, 24]
    name, folder = runs.locate(CNN)
    net = network.load(name, folder)
    assert net.predict(data_set.samples().images).shape == (20, CLASSES)


def test_the_whole_set_is_read_where_it_is_named(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data_set = zoo.get(CNN).data_set
    assert data_set.find(None) is None
    with pytest.raises(CnnvizError, match="`data` must be bands, which the network was trained on"):
        data_set.load("test", "digits")
    assert len(data_set.load("test", places[1])) == 50
    monkeypatch.setenv("CNNVIZ_DATA", str(places[1]))
    assert data_set.find(None) == places[1]
    there = registry.find(places[1])
    assert there is not None
    assert data_set.stamp(None) == there.stamp(None) != data_set.stamp("digits")


@pytest.mark.parametrize("page", PAGES if thorough() else PAGES[::2])
def test_every_page_runs(page: str) -> None:
    language = LANGUAGES[len(page) % 2]
    app = open_page(page, lang=language, model=CNN, picture="sample-3")
    assert not app.error, [error.value for error in app.error]
    assert app.query_params["model"] == [CNN] or app.query_params["model"] == CNN
    assert app.title[0].value == translate(f"{page}.title", language)


@pytest.mark.parametrize(("choice", "index"), [("=all", 0), ("==all", 1), ("3", 3)])
def test_a_class_may_be_called_as_the_choice_of_all_or_as_an_address(
    choice: str, index: int, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(places[1]))
    app = open_page("data", lang="en", model=CNN, data_set="test", data_class=choice)
    menu = app.selectbox(key="data_class")
    assert (menu.value, app.query_params["data_class"]) == (choice, choice)
    assert menu.options[1 + index] == NAMES[index]
    assert menu.options[3] == "www\u2060.a.example"  # of which Markdown makes no link
    menu.set_value("all").run()
    assert "data_class" not in app.query_params
    assert "www.a.example" not in words(app)


def test_who_looks_at_another_set_than_the_one_named_is_told_which_that_is(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(places[1]))
    app = open_page("data", lang="en", model="alexnet")
    told = translate("frame.no_data_other", "en", set="CIFAR-10", other="bands")
    assert told in [each.value for each in app.caption]


@pytest.mark.parametrize("library", ["numpy", "keras"])
def test_code_finds_the_pictures_by_the_network(library: str) -> None:
    app = open_page("convolution", model=CNN, convolution_layer="conv1", map="2", code_library=library)
    (code,) = app.code
    exec(compile(code.value, "snippet", "exec"), names := dict[str, Any]())
    name, folder = runs.locate(CNN)
    image = zoo.get(CNN).data_set.samples().images[0]
    expected = network.load(name, folder).activations(image)["conv1"][..., 2]
    np.testing.assert_allclose(names["result"], expected, atol=1e-4)


@pytest.mark.parametrize("language", either(0))
def test_many_classes_are_folded_and_the_plain_network_of_the_set_is_compared(language: str) -> None:
    app = open_page("training", lang=language, model=CNN)
    assert translate("training.confusion_folded", language, kept=19, others=6) in words(app)
    matrix = json.loads(app.get("plotly_chart")[2].proto.spec)["data"][0]
    assert len(matrix["x"]) == 20
    assert matrix["x"][-1] == translate("training.confusion_others", language, count=6)
    changed = {"comparison_cover": "24", "comparison_cut": "12"}  # more than these pictures have
    app = open_page("comparison", lang=language, model=CNN, **changed)
    assert not app.info
    assert not app.error


def test_the_numbers_of_the_preprocessing_are_shown() -> None:
    app = open_page("data", lang="en", model=CNN, data_view="numbers", pixel_cell="2,3")
    preprocessing = zoo.get(CNN).data_set.preprocessing
    (formula,) = [each.value for each in app.latex]
    assert formula.count(r"\div 255 - ") == 3
    assert f"{preprocessing.mean[2]:g}) \\div {preprocessing.deviation[2]:g}" in formula
    (code,) = app.code
    assert code.value == f"x = {preprocessing.code('images.astype(np.float32)')}"


def test_a_damaged_architecture_leaves_the_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_set = resized(registry.get("digits"), 6)
    name, number = zoo.split(CNN)
    images = data_set.samples()
    train(fit(zoo.get(name), data_set), images, images, tmp_path / f"{number}-{name}", epochs=1)
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    assert [run.model for run in runs.finished()] == [CNN]
    said = [caption.value for caption in open_page("network", lang="en", model=CNN).caption]
    title = translate("frame.set_digits", "en")
    assert translate("network.card_scaled", "en", set=title, size="8×8") in said
    assert translate("network.card_input", "en", shape="6×6×1", code="image / 255") in said
    path = tmp_path / "20260101-000000-digits/digits.architecture.json"
    path.write_text(path.read_text("utf-8").replace('"conv2"', '"conv1"'), "utf-8")
    assert runs.finished() == []
    with pytest.raises(CnnvizError, match=r"architecture\.json is damaged"):
        zoo.get(CNN)


def test_an_architecture_says_which_images_it_cannot_take() -> None:
    with pytest.raises(
        CnnvizError, match=r"takes images of 8x8 pixels\. Received: name='vgg', which needs larger"
    ):
        fit(zoo.get("vgg"), registry.get("digits"))


def test_training_for_the_zoos_own_set_removes_what_another_run_left(tmp_path: Path) -> None:
    digits = registry.get("digits")
    smaller = resized(digits, 6)
    images = smaller.samples()
    train(fit(zoo.get("digits"), smaller), images, images, tmp_path, epochs=1)
    assert run_files.read("digits", tmp_path) is not None
    assert (tmp_path / "digits.samples.npz").exists()
    own = digits.samples()
    train("digits", own, own, tmp_path, epochs=1, toy=True)
    assert run_files.read("digits", tmp_path) is None
    assert not (tmp_path / "digits.samples.npz").exists()
    assert network.load("digits", tmp_path).graph.input_shape == (8, 8, 1)
