"""Why it said so, without a browser: every method, links, classes, networks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.errors import CnnvizError
from cnnviz.explain import excitations
from cnnviz.explain.attribution import registry
from cnnviz.explain.excitations import Index, Ranking
from cnnviz.networks import zoo
from cnnviz.pages import background, inference, jobs, model_cache
from cnnviz.text import translate
from tests.app.test_pages import open_page, words
from tests.thorough import either
from tests.training.test_runs import until


@pytest.fixture(autouse=True)
def loaded() -> None:
    inference.engine().wait("keras_lecture")


@pytest.mark.parametrize("language", either(0))
def test_every_method_opens_in_every_language(language: str) -> None:
    for method in registry.names():
        app = open_page("reasons", lang=language, reasons_method=method, reasons_class="8")
        assert not app.exception
        assert translate(f"reasons.about_{method}", language) in words(app)
        until(lambda app=app: app.run().code)  # once the map is there
        assert "result = " in app.code[0].value


def test_invalid_values_in_a_link_are_ignored() -> None:
    app = open_page(
        "reasons",
        lang="en",
        reasons_method="../x",
        reasons_class="99",
        reasons_cell="9999,0",
        reasons_opacity="-1",
        reasons_layer="no",
    )
    assert not app.exception
    assert translate("reasons.about_grad_cam", "en") in words(app)


@pytest.mark.parametrize("language", either(1))
def test_fooling_opens_with_any_direction(language: str) -> None:
    for toward in ("", "8", "x"):
        app = open_page(
            "reasons", lang=language, reasons_view="fooling", reasons_toward=toward, reasons_step="99"
        )
        assert not app.exception
        assert translate("reasons.about_fooling", language) in words(app)


@pytest.mark.parametrize("language", either(0))
def test_what_a_filter_looks_for_opens_with_any_filter(language: str) -> None:
    for layer, index, patch in (("conv1", "31", "8"), ("x", "999", "x")):
        app = open_page(
            "reasons",
            lang=language,
            reasons_view="filters",
            reasons_filter_layer=layer,
            reasons_filter=index,
            reasons_patch=patch,
            reasons_ascent=patch,
        )
        assert not app.exception
        assert translate("reasons.about_filters", language) in words(app)


def test_all_training_images_are_searched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inference.engine().wait("digits")
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    query = {"model": "digits", "reasons_view": "filters", "reasons_among": "train", "lang": "ko"}

    def search(app: AppTest) -> list[Any]:
        return [each for each in app.run().button if each.key == "reasons_index"]

    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    app = open_page("reasons", **query)
    until(lambda: "cnnviz index digits" in [code.value for code in app.run().code])
    assert not search(app)
    monkeypatch.delenv("CNNVIZ_HOSTED")
    until(lambda: search(app))
    search(app)[0].click().run()
    until(lambda: app.run() and any(tmp_path.glob(".filters/digits-*.npz")))  # somebody has to wait for it
    for later in (app.run(), open_page("reasons", **query)):
        assert not later.exception
        assert not search(later)
        assert any("reasons_patches" in each.proto.id for each in later.get("bidi_component"))


@pytest.mark.parametrize("language", either(1))
def test_places_that_are_equally_large_are_said_to_be(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inference.engine().wait("digits")
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    graph, kept, reference = zoo.get("digits").graph, excitations.KEPT, model_cache.reference("digits")
    images = np.tile(np.arange(kept, dtype=np.int32), (8, 1))
    values = np.full((8, kept), 2, np.float32)
    values[1, 0] = 3
    ranking = Ranking(images, values, np.zeros((8, kept, 2), np.int32))
    rest = Ranking(*(np.concatenate([each, each]) for each in (images, values, ranking.positions)))
    first, second = excitations.map_layers(graph)
    pictures = zoo.get("digits").data_set.load("train", None)
    excitations.write(reference, Index(len(pictures), pictures.digest, {first: ranking, second: rest}))
    query = {"model": "digits", "reasons_view": "filters", "reasons_among": "train", "lang": language}

    def shown(app: AppTest) -> bool:
        return any("reasons_patches" in each.proto.id for each in app.run().get("bidi_component"))

    for index, alike in (("0", True), ("1", False)):
        app = open_page("reasons", **query, reasons_filter=index)
        until(partial(shown, app))
        assert (translate("reasons.patches_alike", language) in words(app)) == alike


@pytest.mark.parametrize("language", either(0))
def test_a_network_without_filters_shows_its_first_layers_weights(language: str) -> None:
    for model, shown in (("mlp", True), ("keras_lecture", False)):
        app = open_page("reasons", lang=language, reasons_view="filters", model=model)
        assert not app.exception
        units = translate("reasons.units", language, count=512, size="32×32×3", weights="3,072")
        assert (units in words(app)) == shown
        assert translate("reasons.about_filters", language) in words(app)


@pytest.mark.parametrize("language", either(1))
def test_the_sanity_check_is_there_where_asked_for_and_possible(language: str) -> None:
    words_of_it = translate("reasons.about_sanity", language)
    for method, asked, shown in [
        ("saliency", "1", True),
        ("saliency", "0", False),
        ("saliency", "x", False),
        ("occlusion", "1", False),
    ]:
        app = open_page("reasons", lang=language, reasons_method=method, reasons_sanity=asked)
        assert not app.exception
        assert (words_of_it in words(app)) == shown, (method, asked)


def test_choices_of_what_is_not_there_yet_stay_in_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "WAIT", 0.0)
    app = open_page(
        "reasons", lang="en", picture="sample-7", reasons_method="smooth_grad", reasons_sanity="1"
    )
    assert app.query_params["reasons_sanity"] == "1"


def test_a_computation_that_fails_after_its_page_has_been_drawn_is_said_and_not_begun_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    class Counted(jobs.Job[Any]):
        """A job; those of other tests, which may still run, were made before."""

        def __init__(self, compute: Any) -> None:
            begun.append(compute)
            super().__init__(compute)

    def fail(*given: Any) -> None:
        raise CnnvizError("too long", reason="cpu_seconds", count=60)

    monkeypatch.setattr(jobs, "Job", Counted)
    monkeypatch.setattr(background, "WAIT", 0.0)
    monkeypatch.setattr(background, "_run", fail)
    monkeypatch.setattr(jobs, "RETRY_SECONDS", float("inf"))
    own = jobs.Jobs()
    monkeypatch.setattr(jobs, "jobs", lambda: own)
    app = open_page("reasons", lang="en")
    until(lambda: bool(app.run().error))
    assert [each.value for each in app.run().error] == [translate("error.cpu_seconds", "en", count=60)]
    assert len(begun) == 1
    assert not any("reasons_map" in each.proto.id for each in app.get("bidi_component"))  # it would wait
