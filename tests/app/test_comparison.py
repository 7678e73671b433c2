"""The comparison page without a browser: its controls, its links, what it says of the cards."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.arithmetic.transform import MAX_SHIFT, Edit, edit, shift
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.figures.shift_accuracy import rings
from cnnviz.networks import zoo
from cnnviz.networks.network import forward, trained_names
from cnnviz.pages import model_cache, shift_cache
from cnnviz.text import translate
from cnnviz.training.runs import read_card
from tests.app.test_pages import open_page, words
from tests.thorough import either, thorough

CNNS = [
    name
    for name in trained_names()
    if zoo.get(name).data_set == CIFAR10 and any(layer.kind == "conv" for layer in zoo.get(name).layers)
]


@pytest.mark.parametrize("model", CNNS if thorough() else CNNS[::3])
def test_the_sentence_about_shifts_is_what_the_cards_say(model: str) -> None:
    text = words(open_page("comparison", lang="en", model=model))
    kept = []
    for name in ("mlp", model):
        means = rings(read_card(name)["shifts"]["accuracy"])[:, 0]
        assert f"{100 * means[0]:.1f}% to {100 * means[-1]:.1f}%" in text
        kept.append(means[-1] / means[0])
        assert f"{100 * kept[-1]:.1f}%" in text
    assert ("The CNN keeps the larger share" in text) == (kept[1] > kept[0])
    assert ("does not keep the larger share" in text) == (kept[1] <= kept[0])


def test_the_plain_network_is_never_its_own_opponent() -> None:
    app = open_page("comparison", model="mlp", lang="en")
    assert app.selectbox(key="model").value == "keras_lecture"
    assert "mlp" not in app.selectbox(key="model").options


@pytest.mark.parametrize("language", either(1))
def test_a_network_without_an_opponent_of_its_data_set_gives_way_and_the_page_says_so(language: str) -> None:
    app = open_page("comparison", model="digits", lang=language)
    assert "digits" not in app.selectbox(key="model").options
    names = {name: translate(f"frame.model_{name}", language) for name in ("digits", "keras_lecture")}
    words_of_set = translate("frame.set_digits", language)
    (info,) = app.info
    assert info.value == translate(
        "frame.lacks_baseline", language, name=names["digits"], other=names["keras_lecture"], set=words_of_set
    )


@pytest.mark.parametrize("language", either(0))
def test_who_comes_without_a_picture_sees_the_chosen_one_and_that_it_was_chosen(language: str) -> None:
    app = open_page("comparison", lang=language)
    assert app.query_params["picture"] == "sample-6"
    text = words(app)
    for number in ("55", "120", "169", "1,796", "2,082", "3,380"):
        assert number in text
    assert [each for each in app.caption if "1,796" in each.value]


@pytest.mark.parametrize(
    ("query", "picture"),
    [
        ({"comparison_shift": "2,1"}, "sample-0"),
        ({"picture": "sample-3"}, "sample-3"),
        ({"picture": "sample-0"}, "sample-0"),
        ({"lecture": "inputs"}, None),
    ],
)
def test_older_links_open_the_picture_that_they_did(query: dict[str, str], picture: str | None) -> None:
    app = open_page("comparison", lang="en", **query)
    assert app.query_params.get("picture") == picture  # which opens it again
    assert not [each for each in app.caption if "1,796" in each.value]


def test_every_edit_is_in_the_link_and_comes_back() -> None:
    app = open_page("comparison", lang="en", comparison_shift="-6,4", comparison_class="5")
    app.toggle(key="comparison_mirror").set_value(True).run()
    app.toggle(key="comparison_grey").set_value(True).run()
    app.number_input(key="comparison_cut").set_value(5).run()
    app.number_input(key="comparison_cover").set_value(8).run()
    app.number_input(key="comparison_row").set_value(24).run()
    app.number_input(key="comparison_col").set_value(3).run()
    app.number_input(key="comparison_group").set_value(2).run()
    expected = {
        "comparison_shift": "-6,4",
        "comparison_class": "5",
        "comparison_mirror": "1",
        "comparison_grey": "1",
        "comparison_cut": "5",
        "comparison_cover": "8",
        "comparison_row": "24",
        "comparison_col": "3",
        "comparison_group": "2",
    }
    query = {key: str(value) for key, value in app.query_params.items() if key.startswith("comparison")}
    assert {key: value.strip("[]'") for key, value in query.items()} == expected
    again = open_page("comparison", lang="en", **expected)
    assert again.toggle(key="comparison_grey").value
    assert again.number_input(key="comparison_row").value == 24
    undo = next(button for button in again.button if button.label == translate("comparison.undo", "en"))
    undo.click().run()
    assert not again.toggle(key="comparison_mirror").value
    assert again.number_input(key="comparison_cover").value == 0
    assert "comparison_cut" not in again.query_params
    assert "comparison_shift" in again.query_params  # what is undone is the edits


@pytest.mark.parametrize(
    "query",
    [
        {"comparison_shift": "7,0", "comparison_class": "10", "comparison_mirror": "yes"},
        {"comparison_shift": "x", "comparison_class": "-11", "comparison_cut": "16"},
        {"comparison_shift": "1,2,3", "comparison_group": "-1"},
        {"comparison_cover": "99", "comparison_row": "31"},
        {"comparison_cover": "24", "comparison_row": "9"},
    ],
)
def test_a_tampered_link_falls_back(query: dict[str, str]) -> None:
    app = open_page("comparison", **query)
    assert not app.error
    assert not [
        key
        for key, value in query.items()
        if app.query_params.get(key) == [value] and key != "comparison_cover"
    ]


def test_the_answers_are_those_of_the_edited_and_shifted_picture() -> None:
    image = edit(samples().images[4], Edit(cut=2, mirror=True, cover=7, row=3, col=9))
    for name in ("mlp", "tensorflow_lecture"):
        answers = shift_cache.ShiftPredictions(name, image)
        answers.start(-4, 5)
        assert answers.count >= 2  # what is looked at is there at once
        answers.wait(60)
        assert answers.complete
        weights = model_cache.weights(name)[0]
        for dx, dy in ((0, 0), (-4, 5), (6, -6)):
            expected = forward(name, weights, shift(image, dx, dy))["softmax"]
            found = answers.probabilities[MAX_SHIFT + dy, MAX_SHIFT + dx]
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("language", either(1))
def test_a_network_that_ends_in_means_tells_no_places_apart(language: str) -> None:
    kept = translate("comparison.steadier_pooled", language)
    flat = translate("comparison.remember", language).rpartition("**")[2]
    for model, pooled in (("resnet", True), ("keras_lecture", False)):
        said = words(open_page("comparison", lang=language, model=model))
        assert (kept in said) == pooled
        assert (flat in said) != pooled
