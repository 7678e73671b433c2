"""The fully connected page: links, controls, numbers, in both languages."""

from __future__ import annotations

import pytest

from cnnviz import samples
from cnnviz.networks import zoo
from cnnviz.networks.graph import dense_layers
from cnnviz.networks.network import forward, read_weights, trained_names
from cnnviz.text import translate
from tests.app.test_pages import open_page, words
from tests.thorough import either


def test_the_first_view_is_the_predicted_class() -> None:
    app = open_page("dense", lang="en")
    assert app.selectbox(key="dense_layer").value == "dense2"
    assert app.selectbox(key="dense_unit").value == "auto"
    weights, _ = read_weights("keras_lecture")
    best = int(forward("keras_lecture", weights, samples().images[0])["dense2"].argmax())
    expected = translate("dense.unit_predicted", "en", name=translate(f"class.{samples().names[best]}", "en"))
    assert app.selectbox(key="dense_unit").options[0] == expected


@pytest.mark.parametrize("language", either(0))
def test_what_a_layer_costs_has_its_numbers(language: str) -> None:
    text = words(open_page("dense", lang=language, dense_layer="dense1"))
    assert "8,192 × 512 + 512 = " in text
    assert "4,194,816" in text
    assert "99.6" in text  # of 4,210,090
    assert "4,194,304" in text
    text = words(open_page("dense", lang=language, model="tensorflow_lecture", dense_layer="dense1"))
    assert "2,048 × 625 = " in text  # no biases
    assert "1,280,000" in text


@pytest.mark.parametrize("language", either(1))
@pytest.mark.parametrize("model", [name for name in ("keras_lecture", "resnet") if name in trained_names()])
def test_only_what_is_flattened_is_called_so(model: str, language: str) -> None:
    text = words(open_page("dense", lang=language, model=model))
    pooled = translate("dense_pooled.note_mean", language, cells=16, shape="4×4×256", entries="4,096")
    flattened = translate("dense.note_position", language)
    leads = [translate(f"{topic}.lead", language, classes=10) for topic in ("dense", "dense_pooled")]
    assert (leads[1] in text) == (pooled in text) == (model == "resnet")
    assert (leads[0] in text) == (flattened in text) == (model != "resnet")


@pytest.mark.parametrize("model", trained_names())
def test_every_dense_layer_of_every_network_opens(model: str) -> None:
    for info in dense_layers(zoo.get(model).layers):
        app = open_page("dense", lang="en", model=model, dense_layer=info.name, dense_unit="3")
        assert app.selectbox(key="dense_layer").value == info.name
        assert app.selectbox(key="dense_unit").value == "3"
        assert f"{info.parameters:,}" in words(app)


def test_an_entry_that_another_network_lacks_gives_way_and_comes_back() -> None:
    app = open_page("dense", lang="en", dense_entry="8000")
    assert app.query_params["dense_entry"] == "8000"
    app.selectbox(key="model").set_value("tensorflow_lecture").run()  # 2,048 numbers
    assert not app.exception
    assert "dense_entry" not in app.query_params
    app.selectbox(key="model").set_value("keras_lecture").run()
    assert app.query_params["dense_entry"] == "8000"


def test_choices_go_into_the_link_and_come_back() -> None:
    app = open_page("dense", lang="en")
    app.selectbox(key="dense_layer").set_value("dense1").run()
    app.selectbox(key="dense_unit").set_value("37").run()
    assert (app.query_params["dense_layer"], app.query_params["dense_unit"]) == ("dense1", "37")
    again = open_page("dense", **app.query_params, dense_temperature="0.5", dense_entry="77")
    assert again.selectbox(key="dense_unit").value == "37"
    assert again.query_params["dense_temperature"] == "0.5"
    assert again.query_params["dense_entry"] == "77"
    # a unit that the other layer does not have falls back to the strongest
    again.selectbox(key="dense_layer").set_value("dense2").run()
    assert again.selectbox(key="dense_unit").value == "auto"


@pytest.mark.parametrize(
    "query",
    [
        {"dense_layer": "conv1"},
        {"dense_layer": "<script>"},
        {"dense_unit": "10"},
        {"dense_unit": "-1"},
        {"dense_entry": "99999999"},
        {"dense_entry": "-4"},
        {"dense_entry": "1e9"},
        {"dense_temperature": "0"},
        {"dense_temperature": "1e400"},
        {"dense_temperature": "nan"},
    ],
)
def test_a_tampered_link_breaks_nothing(query: dict[str, str]) -> None:
    app = open_page("dense", **query)
    assert app.title
    assert not app.error
    assert app.selectbox(key="dense_layer").value == "dense2"
    assert app.selectbox(key="dense_unit").value == "auto"
    assert not set(query) & set(app.query_params)  # the link says what is shown
