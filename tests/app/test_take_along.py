"""The row under a stepper: what it offers, for what a GIF can hold."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.text import translate
from tests.app.test_pages import open_page
from tests.thorough import either

GRID = {"kernel": "classic", "input": "grid"}


def buttons(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


@pytest.mark.parametrize("language", either(0))
@pytest.mark.parametrize("page", ["convolution", "pooling", "relu"])
def test_every_stepper_can_be_taken_along(page: str, language: str) -> None:
    app = open_page(page, lang=language)
    assert buttons(app) == ["GIF", "HTML"]
    captions = [caption.value for caption in app.caption]
    steps = "256" if page == "pooling" else "1,024"
    assert translate("take_along.limit", language, most=150, steps=steps) in captions


def test_a_grid_fits_whole_and_a_picture_offers_its_parts() -> None:
    small = open_page("convolution", lang="en", **GRID)
    assert "gif_steps" not in [box.key for box in small.selectbox]
    assert small.selectbox(key="gif_speed").value == "2"
    large = open_page("convolution", lang="en")
    assert large.selectbox(key="gif_steps").options == ["every 7 cells", "first 4 rows"]
    assert large.selectbox(key="gif_speed").value == "10"
    large.selectbox(key="gif_steps").set_value("rows").run()
    assert large.query_params["gif_steps"] == "rows"


@pytest.mark.parametrize("query", [{"gif_steps": "all"}, {"gif_speed": "1e9"}, {"chart": "exe"}])
def test_a_tampered_link_falls_back(query: dict[str, str]) -> None:
    app = open_page("relu", **query)
    assert buttons(app) == ["GIF", "HTML"]
    assert not set(query) & set(app.query_params)


def test_an_input_that_is_too_large_for_a_gif_leaves_the_html_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.export.layout.MAX_CELLS", 24)
    app = open_page("convolution", lang="en")
    assert buttons(app) == ["HTML"]
    assert not app.error
    assert translate("error.animation_cells", "en") in [caption.value for caption in app.caption]
