"""The contents of links, apart from any page."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup, Selectbox

from cnnviz.explain import lecture
from cnnviz.pages import browser_values, navigation
from cnnviz.pages.browser_values import ANSWER
from cnnviz.text import LANGUAGES, translate
from tests.app.test_old_links import shown
from tests.app.test_pages import open_page
from tests.fuzz.visitor import identities, send, trigger


def test_a_language_from_the_link_stays_in_it_on_the_next_page() -> None:
    app = open_page("comparison", lang="en")
    assert app.query_params["lang"] == "en"
    app.switch_page("cnnviz/pages/relu.py").run()
    assert app.query_params["lang"] == "en"


def test_the_first_page_keeps_the_address_it_was_called_by() -> None:
    app = open_page("network")
    assert not app.query_params
    assert app.title[0].value == translate("network.title", "en")


def test_a_choice_that_is_impossible_here_is_kept_for_where_it_is_possible() -> None:
    app = open_page(
        "convolution", model="tensorflow_lecture", convolution_layer="conv3", map="100", lang="en"
    )
    assert app.number_input(key="map").value == 100
    app.selectbox(key="convolution_layer").set_value("conv1").run()
    assert app.number_input(key="map").value == 0  # conv1 has 32 filters
    assert "map" not in app.query_params
    app.selectbox(key="convolution_layer").set_value("conv3").run()
    assert app.number_input(key="map").value == 100
    assert app.query_params["map"] == "100"


def test_a_browser_is_told_of_a_number_unless_it_said_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("convolution", model="tensorflow_lecture", convolution_layer="conv3", lang="en")

    def told() -> int | None:
        proto = app.number_input(key="map").proto
        return int(proto.value) if proto.set_value else None

    assert told() == 0
    app.number_input(key="map").set_value(100).run()
    assert told() is None
    app.segmented_control(key="colour_scale").set_value(translate("frame.colours_grey_safe", "en")).run()
    assert told() is None
    app.selectbox(key="convolution_layer").set_value("conv1").run()
    assert told() == 0  # it has no map 100
    app.selectbox(key="convolution_layer").set_value("conv3").run()
    assert told() == 100
    for ago, answer in ((0.0, 50), (ANSWER, None)):  # what it was told may come after it was pressed, or not
        now = time.monotonic() + ago
        monkeypatch.setattr(browser_values, "time", SimpleNamespace(monotonic=lambda now=now: now))
        app.number_input(key="map").set_value(50 if answer else 51).run()
        assert told() == answer


def test_a_browser_is_told_of_an_option_unless_it_said_so_itself_of_the_same_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page("convolution", model="tensorflow_lecture", lang="en")

    def told(control: ButtonGroup[str] | Selectbox) -> bool:
        return bool(control.proto.set_value)

    assert told(app.selectbox(key="convolution_layer"))
    assert told(app.segmented_control(key="kernel"))
    monkeypatch.setattr(browser_values, "SENT", math.inf)
    app.selectbox(key="convolution_layer").set_value("conv3").run()
    assert not told(app.selectbox(key="convolution_layer"))
    assert told(app.segmented_control(key="kernel"))  # what it was told may not have been sent
    monkeypatch.setattr(browser_values, "SENT", 0.0)
    app.selectbox(key="convolution_layer").set_value("conv2").run()
    assert not told(app.segmented_control(key="kernel"))
    app.segmented_control(key="kernel").set_value(translate("convolution.kernel_classic", "en")).run()
    assert not told(app.segmented_control(key="kernel"))
    app.segmented_control(key="language").set_value("한국어").run()  # the options have other texts
    assert told(app.segmented_control(key="kernel"))
    assert app.query_params["kernel"] == "classic"


def test_a_mistake_in_typing_leaves_the_other_choices_in_the_link() -> None:
    app = open_page("convolution", kernel="typed", input="grid", stride_rows="3", cell="1,2", lang="en")
    before = dict(app.query_params)
    app.text_area(key="weights").set_value("1 x").run()
    assert [error.value for error in app.error] == [translate("error.grid_number", "en")]
    assert dict(app.query_params) == before | {"weights": "1 x"}
    assert app.number_input(key="stride_rows").value == 3  # the controls still stand


def test_the_colour_scale_stays_in_the_link_from_page_to_page_and_through_the_lecture() -> None:
    app = open_page("relu", lang="en")
    assert "colours" not in app.query_params  # the default: a link without it looks as ever
    words = translate("frame.colours_grey_safe", "en")
    app.segmented_control(key="colour_scale").set_value(words).run()
    assert app.query_params["colours"] == "grey_safe"
    app.switch_page("cnnviz/pages/pooling.py").run()
    assert app.segmented_control(key="colour_scale").value == "grey_safe"
    assert app.query_params["colours"] == "grey_safe"
    step = lecture.find("relu")
    app = open_page("relu", lang="en", lecture=step.name, colours="grey_safe", **step.choices)
    app.button(key="lecture_next").click().run()
    assert app.query_params["lecture"] != step.name
    assert app.query_params["colours"] == "grey_safe"
    assert app.segmented_control(key="colour_scale").value == "grey_safe"


def test_a_run_that_comes_late_takes_back_no_language_and_no_colours_that_are_pressed_meanwhile() -> None:
    app = open_page("relu", lang="ko", colours="grey_safe")
    chosen = {"language": "ko", "colour_scale": "grey_safe"}
    for page in ("relu", "pooling", "pooling"):
        app.switch_page(f"cnnviz/pages/{page}.py").run()
        for key, choice in chosen.items():
            control = app.segmented_control(key=key)
            assert control.value == choice
            assert not control.proto.set_value
    app.segmented_control(key="language").set_value("English").run()
    assert app.segmented_control(key="language").value == "en"
    assert not app.segmented_control(key="language").proto.set_value
    assert app.title[0].value == translate("pooling.title", "en")
    words = translate("frame.colours_grey_safe", "en")  # the browser knows what is pressed by its words
    assert app.segmented_control(key="colour_scale").proto.raw_values == [words]


@pytest.mark.parametrize("tampered", ["pink", "", "ORANGE_BLUE", "grey_safe;"])
def test_a_tampered_colour_scale_falls_back(tampered: str) -> None:
    app = open_page("pooling", lang="en", colours=tampered)
    assert app.segmented_control(key="colour_scale").value == "orange_blue"
    assert "colours" not in app.query_params


def test_only_a_visit_without_a_link_begins_with_a_question() -> None:
    def asks(app: AppTest) -> str:
        return str(shown(app)["grid"][0]["ask"])

    bare = open_page("network")
    assert asks(bare) == "first"
    bare.switch_page("cnnviz/pages/relu.py").run().switch_page("cnnviz/pages/network.py").run()
    assert asks(bare) == "first"
    send(bare, [trigger(identities(bare)["grid"], {"ask": False})])
    assert asks(bare) == "never"
    assert bare.query_params["ask"] == "0"
    assert asks(open_page("network", lang="en")) == "never"
    assert asks(open_page("network", lang="ko", ask="1")) == "always"
    assert asks(open_page("network", lang="ko", ask="2")) == "never"
    outside = open_page("lecture")
    starts = {translate("lecture.start", language) for language in LANGUAGES}
    next(button for button in outside.button if button.label in starts).click().run()
    assert asks(outside) == "never"  # the lecture's first step is about the answer


def test_visitors_share_no_page_that_streamlit_writes_to() -> None:
    for language in LANGUAGES:
        open_page("pooling", lang=language)
    before = navigation._page.cache_info()
    open_page("pooling", lang="ko")
    after = navigation._page.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + len(navigation.PAGES))

    def script() -> None:
        import streamlit as st

        from cnnviz.pages import link, navigation

        link.begin()
        once, again = ([page for menu in navigation.pages().values() for page in menu] for _ in range(2))
        st.text(sum(page is other for page, other in zip(once, again, strict=True)))

    assert AppTest.from_function(script).run().text[0].value == "0"
