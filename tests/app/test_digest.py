"""Links say which weights their numbers are of, and pages say when there are others now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnviz.networks import network
from cnnviz.networks.network import WEIGHTS, reference
from cnnviz.text import translate
from cnnviz.training import runs
from tests.app.test_learning import copy_weights
from tests.app.test_pages import open_page
from tests.thorough import either

OTHER = "0123abcd"


def digest(model: str = "keras_lecture") -> str:
    return reference(model).sha256[:8]


def said(language: str, model: str = "keras_lecture") -> str:
    return translate("frame.trained_again", language, name=translate(f"frame.model_{model}", language))


@pytest.mark.parametrize(
    ("page", "query", "expected"),
    [
        ("network", {"lang": "en"}, None),  # no view in particular
        ("network", {"lang": "en", "colours": "grey_safe"}, None),
        ("network", {"lang": "en", "picture": "sample-3"}, "keras_lecture"),
        ("network", {"lang": "en", "model": "vgg"}, "vgg"),
        ("convolution", {"lang": "ko", "map": "3"}, "keras_lecture"),
        ("convolution", {"lang": "en", "kernel": "typed", "map": "3"}, None),  # numbers of no network
        ("architectures", {"lang": "en", "architectures_network": "vgg16"}, None),
        ("relu", {"lang": "en", "lecture": "relu", "relu_layer": "conv2_relu"}, None),  # of whatever weights
    ],
)
def test_a_link_to_a_view_of_a_network_carries_a_digest(
    page: str, query: dict[str, str], expected: str | None
) -> None:
    app = open_page(page, **query)
    now = {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()}
    assert now.get("digest") == (digest(expected) if expected else None)
    assert now.keys() - {"digest"} == query.keys() - ({"map"} if query.get("kernel") == "typed" else set())


@pytest.mark.parametrize("language", either(0))
def test_a_link_of_other_weights_says_so_until_something_else_is_looked_at(language: str) -> None:
    app = open_page("convolution", lang=language, map="3", digest=OTHER)
    assert [info.value for info in app.info] == [said(language)]
    assert app.number_input(key="map").value == 3
    app.number_input(key="map").set_value(4).run()
    assert [info.value for info in app.info] == [said(language)]
    assert app.query_params["digest"] == digest()  # a link that is made now is of what is here
    app.selectbox(key="model").set_value("vgg").run()
    assert not app.info
    assert app.query_params["digest"] == digest("vgg")


@pytest.mark.parametrize(
    "query",
    [
        {},  # of before links carried one
        {"digest": ""},
        {"digest": "<script>"},
        {"digest": OTHER * 40},
        {"digest": OTHER, "model": "vgg@20200101-000000"},  # another sentence says that it is gone
        {"digest": OTHER, "model": "mlp"},  # has no convolution: another sentence says so
    ],
)
def test_a_link_that_names_no_other_weights_of_this_network_says_nothing(query: dict[str, str]) -> None:
    app = open_page("convolution", lang="en", map="3", **query)
    assert said("en") not in [info.value for info in app.info]
    assert not app.error
    assert app.query_params["digest"] == digest()


def test_a_link_of_these_weights_says_nothing() -> None:
    assert not open_page("convolution", lang="en", map="3", digest=digest()).info


@pytest.mark.parametrize("language", either(1))
def test_shifts_measured_with_other_weights_are_said_and_not_shown(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_weights(tmp_path)
    card = json.loads((WEIGHTS / "keras_lecture.json").read_text("utf-8"))
    card["shifts"]["sha256"] = "0" * 64
    (tmp_path / "keras_lecture.json").write_text(json.dumps(card), "utf-8")
    monkeypatch.setattr(runs, "locate", lambda model: (model, tmp_path))
    app = open_page("comparison", lang=language)
    name = translate("frame.model_keras_lecture", language)
    assert [error.value for error in app.error] == [
        translate("comparison.other_weights", language, name=name)
    ]
    charts = len(app.get("plotly_chart"))
    monkeypatch.setattr(runs, "locate", lambda model: (model, network.WEIGHTS))
    assert len(open_page("comparison", lang=language).get("plotly_chart")) == charts + 1
