"""The data page: its four views, links good and bad, with and without a local set."""

from __future__ import annotations

import json
import math
import pickle
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import samples
from cnnviz.data.upload import Upload
from cnnviz.networks import network, zoo
from cnnviz.pages import theme
from cnnviz.text import translate
from cnnviz.text.rounding import percent
from cnnviz.training.augmentation import augment
from tests.app.test_pages import APP, HANGUL, open_page, words
from tests.data.test_cifar10 import make_folder
from tests.figures.test_cell_text import numbers
from tests.thorough import either

VIEWS = ("pictures", "numbers", "one_hot", "order", "augmentation")


def code(app: AppTest) -> str:
    return "\n".join(element.value for element in app.code)


@pytest.mark.parametrize("language", either(0))
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_runs_in_both_languages(view: str, language: str) -> None:
    app = open_page("data", data_view=view, lang=language)
    key, values = {
        "pictures": ("data.lead_pictures_cifar10", {}),
        "one_hot": ("data.lead_one_hot", {"classes": 10}),
    }.get(view, (f"data.lead_{view}", {}))
    assert translate(key, language, **values) in words(app)
    assert bool(HANGUL.search(words(app))) == (language == "ko")
    assert not app.error


def test_the_samples_say_what_they_lack() -> None:
    text = words(open_page("data", lang="en"))
    assert "Bird and deer are missing" in text
    assert "5,000 training and 1,000 test images of every class" in text
    assert translate("frame.no_data_cifar10", "en") in text


def test_one_pixel_is_divided_by_255() -> None:
    app = open_page("data", data_view="numbers", pixel_cell="4,7", lang="en")
    for byte in samples().images[0][4, 7]:
        assert rf"{byte} \div 255 = {byte / 255:.4f}" in app.latex[0].value


def test_the_label_becomes_a_vector_and_the_loss() -> None:
    app = open_page("data", data_view="one_hot", picture="sample-4", lang="en")  # a frog
    assert [metric.value for metric in app.metric] == ["frog", "6"]
    assert "[0, 0, 0, 0, 0, 0, 1, 0, 0, 0]" in code(app)
    name = network.trained_names()[0]
    answer = network.forward(name, network.read_weights(name)[0], samples().images[4])["softmax"]
    shown = float(app.latex[0].value.split(r"\approx")[1].strip("$ \n"))
    assert shown == pytest.approx(-math.log(answer[6]), abs=2e-3)


def test_a_probability_and_a_loss_are_never_written_as_none_or_all() -> None:
    name, sample = "tensorflow_lecture", 14  # float32 has no number between this probability and 1
    label = int(samples().labels[sample])
    weights, _ = network.read_weights(name)
    answer = network.forward(name, weights, samples().images[sample])["softmax"]
    assert answer[label] == 1
    app = open_page("data", data_view="one_hot", picture=f"sample-{sample}", model=name, lang="en")
    formula = re.search(r"-\\ln \(1 - (.*)\) \\approx (.*)", app.latex[0].value.strip("$ \n"))
    assert formula is not None
    assert plain(formula[1]) == pytest.approx(np.delete(answer, label).sum(), rel=0.1)
    assert plain(formula[2]) > 0
    cells = numbers(go.Figure(json.loads(app.get("plotly_chart")[0].proto.spec)))
    assert {cells[row][1] for row in range(10)} == {"<\xa00.01", ">\xa00.99"}


def plain(formula: str) -> float:
    """Read a number as LaTeX writes it: 3.2 \\cdot 10^{-5}."""
    mantissa, _, exponent = formula.partition(r" \cdot 10^")
    return float(mantissa) * 10.0 ** int(exponent.strip("{}") or 0)


def test_an_uploaded_picture_gets_its_label_from_the_visitor() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    image = samples().images[0]
    app.session_state["upload"] = Upload(image, image, (0, 0, 32))
    app.session_state["link.kept"] = {"picture": "upload", "lang": "en"}
    app.query_params["data_view"] = "one_hot"
    app.switch_page("cnnviz/pages/data.py").run()
    assert not app.exception
    app.selectbox(key="data_label").set_value("deer").run()
    assert [metric.value for metric in app.metric] == ["deer", "4"]
    assert app.query_params["data_label"] == "deer"


def test_the_network_answers_each_variant_of_the_link_and_another_draw_is_one_click_away() -> None:
    app = open_page("data", data_view="augmentation", augment_seed="7", model="alexnet", lang="en")
    assert f"**{variants_that_stay_cats(7)} of 12**" in words(app)
    (chart,) = (json.loads(each.proto.spec)["data"][0] for each in app.get("plotly_chart"))
    image = samples().images[0]
    _, original, weakest = cat_probabilities(image, 7)
    assert chart["hovertext"][3] == [f"{p:.4f}" for p in (original, weakest)]
    assert f"is {percent(original, softmax=True)} for the original and at least" in words(app)
    app.button(key="augment_again").click().run()
    assert app.query_params["augment_seed"] == "8"
    assert f"**{variants_that_stay_cats(8)} of 12**" in words(app)
    assert not app.exception


def test_without_any_augmentation_all_variants_are_the_picture() -> None:
    off = {"augment_flip": "0", "augment_shift": "0", "augment_cutout": "0"}
    app = open_page("data", data_view="augmentation", model="alexnet", lang="en", augment_variant="5", **off)
    (chart,) = (json.loads(each.proto.spec)["data"][0] for each in app.get("plotly_chart"))
    assert all(original == variant for original, variant in chart["hovertext"])
    assert app.query_params["augment_variant"] == "5"


def cat_probabilities(image: np.ndarray, seed: int) -> tuple[int, float, float]:
    """Return how many variants AlexNet calls a cat; the probability for the original, and the lowest."""
    variants, _ = augment(image, zoo.recipe("resnet"), 12, seed)
    weights = network.read_weights("alexnet")[0]
    answers = [network.forward("alexnet", weights, each)["softmax"] for each in (image, *variants)]
    calls = sum(int(answer.argmax()) == 3 for answer in answers[1:])
    return calls, float(answers[0][3]), min(float(answer[3]) for answer in answers[1:])


def variants_that_stay_cats(seed: int) -> int:
    return cat_probabilities(samples().images[0], seed)[0]


def test_both_orders_come_with_their_code() -> None:
    text = code(open_page("data", data_view="order"))
    assert "x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)" in text
    assert "images = x.reshape(-1, 32, 32, 3)" in text


@pytest.mark.parametrize(
    "query",
    [
        {"data_view": "nonsense"},
        {"data_view": "numbers", "pixel_cell": "32,0"},
        {"data_view": "numbers", "pixel_cell": "-1,0"},
        {"data_view": "numbers", "pixel_across": "nan"},
        {"data_view": "numbers", "pixel_across": "1e9", "pixel_channel": "<b>", "pixel_unit": "?"},
        {"data_view": "numbers", "pixel_plain": "yes"},
        {"data_view": "order", "data_pixel": "left,0,0"},
        {"data_view": "order", "data_pixel": "right,0,99"},
        {"data_view": "order", "data_pixel": "right"},
        {"data_set": "train", "data_class": "bird", "data_page": "-4"},
        {"data_view": "one_hot", "data_label": "unicorn"},
        {"data_view": "augmentation", "augment_seed": "1000", "augment_variant": "13", "augment_shift": "-1"},
        {"data_view": "augmentation", "augment_flip": "yes", "augment_cutout": "8.0"},
    ],
)
def test_a_tampered_link_breaks_nothing(query: dict[str, str]) -> None:
    app = open_page("data", **query)
    assert not app.error
    for key in query.keys() - {"data_view"}:
        assert key not in app.query_params


def test_a_local_set_is_paged_by_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, labels = make_folder(tmp_path, rows=300)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = open_page("data", data_set="train", data_class="bird", data_page="2", lang="en")
    assert not app.error
    assert app.number_input(key="data_page").max == math.ceil((labels == 2).sum() / 100)
    assert app.number_input(key="data_page").value == 2
    app.selectbox(key="data_class").set_value("all").run()
    assert not app.exception
    assert app.query_params["data_set"] == "train"
    assert "data_class" not in app.query_params


def test_a_folder_without_the_set_is_said_and_the_samples_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = open_page("data", lang="en")
    assert len(app.error) == 1
    assert "cifar-10-batches-py" in app.error[0].value
    assert "Bird and deer are missing" in words(app)


@pytest.mark.parametrize("language", either(1))
def test_a_set_that_cannot_be_read_is_said_and_the_samples_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    folder, _, _ = make_folder(tmp_path)
    batch = {"data": np.zeros((2, 3072)), "labels": [3, 8]}
    (folder / "test_batch").write_bytes(pickle.dumps(batch))
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = open_page("data", lang=language)
    assert not app.exception
    assert [error.value for error in app.error] == [
        translate(
            "error.data",
            language,
            detail="`data` must hold images as uint8 of shape (N, 3072), (N, 3, 32, 32) or (N, 32, 32, 3). "
            "Received: test_batch with float64 of shape (2, 3072).",
        )
    ]
    assert translate("data.lead_pictures_cifar10", language) in words(app)
    assert translate("frame.no_data_cifar10", language) not in words(app)  # it is here


@pytest.mark.parametrize("page", ["network", "convolution"])
def test_a_link_to_a_picture_that_cannot_be_read_shows_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    folder, _, _ = make_folder(tmp_path)
    (folder / "test_batch").write_bytes(b"no pickle")
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = open_page(page, picture="test-1", lang="en")
    assert not app.exception
    assert {error.value for error in app.error} == {
        translate(
            "error.data",
            "en",
            detail="`data` must hold undamaged files. "
            "Received: test_batch (the instruction b'n' has no place in a CIFAR-10 file).",
        )
    }
    assert "picture" not in app.query_params


@pytest.mark.parametrize("damaged", [True, False])
def test_the_picker_says_that_a_set_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    if damaged:
        folder, _, _ = make_folder(tmp_path)
        (folder / "test_batch").write_bytes(b"")
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["source"] = "cifar"
    app.query_params["lang"] = "en"
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert "`data` must hold" in app.error[0].value
    assert app.selectbox(key="model")


@pytest.mark.parametrize(
    ("view", "choice", "chosen", "nearest"),
    [("numbers", "pixel_cell", "31,2", "7,2"), ("order", "data_pixel", "wrong,31,2", "wrong,7,2")],
)
def test_a_pixel_that_another_networks_smaller_picture_lacks_is_the_nearest_one(
    view: str, choice: str, chosen: str, nearest: str
) -> None:
    app = open_page("data", data_view=view, lang="en", pixel_across="20", **{choice: chosen})
    app.selectbox(key="model").set_value("digits").run()
    assert not app.exception
    assert app.query_params[choice] in (nearest, [nearest])
    app.selectbox(key="model").set_value("keras_lecture").run()
    assert app.query_params[choice] in (chosen, [chosen])


def test_the_chart_of_classes_is_that_of_the_picked_data_set_and_theme() -> None:
    def colours_and_names(model: str, dark: bool) -> tuple[str, list[str]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(theme, "dark", lambda: dark)
            app = open_page("data", lang="en", model=model)
        (chart,) = (json.loads(each.proto.spec) for each in app.get("plotly_chart"))
        return chart["layout"]["yaxis"]["tickfont"]["color"], chart["data"][0]["y"]

    shown = [colours_and_names(model, dark) for model in ("vgg", "digits") for dark in (False, True)]
    assert [names for _, names in shown] == [
        list(zoo.get(m).data_set.classes) for m in ("vgg", "vgg", "digits", "digits")
    ]
    assert shown[0][0] == shown[2][0] != shown[1][0] == shown[3][0]
