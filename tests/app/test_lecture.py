"""The lecture without a browser: every step's link, the way through, and the way off it and back."""

from __future__ import annotations

import pytest

from cnnviz.explain import lecture
from cnnviz.explain.lecture import Step, steps
from cnnviz.networks.network import reference
from cnnviz.pages import background, inference
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from tests.app.test_pages import AppTest, open_page
from tests.thorough import either, thorough

STEPS = [pytest.param(step, id=step.name) for step in steps()]


def link(step: Step, language: str = "en") -> dict[str, str]:
    choices = dict(step.choices)
    if choices.get("picture") == "sample-0":  # the default, which a step may insist on, stands in no link
        del choices["picture"]
    return {"lecture": step.name, "lang": language, **choices}


def shown(app: AppTest) -> list[str]:
    assert not app.exception, [problem.message for problem in app.exception]
    return [title.value for title in app.title]


def button(app: AppTest, key: str) -> AppTest:
    app.button(key=f"lecture_{key}").click().run()
    if "lecture" in app.query_params:  # AppTest runs the page that it was told to, not the one switched to
        app.switch_page(f"cnnviz/pages/{lecture.find(app.query_params['lecture']).page}.py")
    return app


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_a_link(step: Step) -> None:
    language = LANGUAGES[steps().index(step) % 2]
    app = open_page(step.page, **link(step, language))
    assert not app.error
    assert shown(app) == [lecture.title(step.name, language)]  # the page does not say its own title too
    # every choice is one that the page takes, and no default
    assert dict(app.query_params) == link(step, language)
    if step.look is not None and not step.look.startswith("dense_view."):  # those are in the browser
        places = [element.value for element in (*app.header, *app.subheader)]
        places += [element.label for element in app.expander]
        heading = translate(step.look, language).partition("{")[0].rstrip(": ")
        assert heading
        assert [place for place in places if place.startswith(heading)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_next_goes_through_the_whole_lecture_and_back_returns(language: str) -> None:
    parts = (steps()[:8], steps()[-8:])  # the link of every step is above
    path = steps() if thorough() else parts[LANGUAGES.index(language) % 2]
    app = open_page(path[0].page, **link(path[0], language))
    assert app.button(key="lecture_back").disabled == (path[0] == steps()[0])
    for step in path[1:]:
        app = button(app, "next")
        assert shown(app) == [lecture.title(step.name, language)]
        assert dict(app.query_params) == link(step, language)  # nothing of the steps before is left
        assert not app.error
    assert app.button(key="lecture_next").disabled == (path[-1] == steps()[-1])
    app = button(app, "back")
    assert shown(app) == [lecture.title(path[-2].name, language)]


def test_the_lecture_starts_from_its_page_and_from_its_contents() -> None:
    app = open_page("lecture", lang="en")
    assert shown(app) == [translate("lecture.title", "en")]
    next(each for each in app.button if each.label == translate("lecture.start", "en")).click().run()
    assert shown(app) == [lecture.title(steps()[0].name, "en")]
    app = open_page("lecture", lang="ko")
    app.button(key="lecture_page_relu").click().run()
    assert shown(app) == [lecture.title("relu", "ko")]
    assert dict(app.query_params) == link(lecture.find("relu"), "ko")


def test_what_was_tried_out_is_forgotten_but_the_picture_and_the_layout_stay() -> None:
    app = open_page("relu", **link(lecture.find("relu")), picture="sample-3", notes="1", present="1")
    app.number_input(key="map").set_value(9).run()
    assert app.query_params["map"] == "9"
    app = button(button(app, "next"), "back")
    assert dict(app.query_params) == {
        **link(lecture.find("relu")),
        "picture": "sample-3",
        "notes": "1",
        "present": "1",
    }
    assert app.number_input(key="map").value == 5


def test_a_step_with_a_picture_of_its_own_gives_the_visitors_back(monkeypatch: pytest.MonkeyPatch) -> None:
    path = [
        Step("uses", "cnn", "network", {}),
        Step("relu", "cnn", "relu", {"picture": "sample-1"}),
        Step("swap", "cnn", "pooling", {}),
    ]
    monkeypatch.setattr(lecture, "steps", lambda: tuple(path))
    app = open_page("network", lecture="uses", lang="en", picture="sample-4")
    app = button(app, "next")
    assert app.query_params["picture"] == "sample-1"
    app = button(app, "next")
    assert app.query_params["picture"] == "sample-4"


@pytest.mark.parametrize("language", either(1))
def test_speaker_notes_can_be_switched_on(language: str) -> None:
    step = lecture.find("dot")
    notes = lecture.words("dot", language).notes
    app = open_page(step.page, **link(step, language))
    assert notes not in [element.value for element in app.markdown]
    app.toggle(key="notes").set_value(True).run()
    assert notes in [element.value for element in app.markdown]
    assert app.query_params["notes"] == "1"


def test_another_page_has_one_line_that_leads_back() -> None:
    step = lecture.find("edges")
    app = open_page("relu", lang="en", lecture=step.name)
    assert shown(app) == [translate("relu.title", "en")]
    number = steps().index(step) + 1
    line = translate("lecture.away", "en", number=number, title=lecture.title("edges", "en"))
    assert line in [element.value for element in app.markdown]
    app = button(app, "return")
    assert shown(app) == [lecture.title("edges", "en")]
    assert dict(app.query_params) == link(step)


def test_ending_the_lecture_leaves_the_page_as_it_is() -> None:
    step = lecture.find("relu")
    app = open_page("relu", **link(step), present="1")
    app = button(app, "end")
    assert shown(app) == [translate("relu.title", "en")]
    digest = reference("keras_lecture").sha256[:8]  # a view of a visitor's own is of these weights
    assert dict(app.query_params) == {"lang": "en", **step.choices, "digest": digest}


SOME_PAGES = ("network", "comparison", "reasons", "lecture", "exercises")


@pytest.mark.parametrize("page", PAGES if thorough() else SOME_PAGES)
def test_a_step_that_there_is_not_changes_nothing(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if page == "reasons":  # a result that is still awaited keeps the link as it was
        inference.engine().wait("keras_lecture")
        monkeypatch.setattr(background, "WAIT", 60.0)
    app = open_page(page, lang="en", lecture="../../etc/passwd", present="1", notes="x")
    assert shown(app) == [translate(f"{page}.title", "en")]
    # one page opens on the sample that shows the most
    sample = {"picture": "sample-6", "digest": "050bdbf0"} if page == "comparison" else {}
    assert dict(app.query_params) == {"lang": "en", **sample}


def test_a_link_that_only_names_a_step_shows_it_as_it_is_meant() -> None:
    step = lecture.find("stride")
    app = open_page("convolution", lecture="stride", lang="en", present="1")
    assert app.query_params["present"] == "1"
    assert {key: app.query_params[key] for key in step.choices} == dict(step.choices)


@pytest.mark.parametrize("name", ["order", "stride"])  # without and with choices of its own
def test_so_does_the_address_of_the_lecture_with_a_step(name: str) -> None:
    step = lecture.find(name)
    app = open_page("lecture", lecture=name, lang="en", present="1")
    assert shown(app) == [lecture.title(name, "en")]
    assert {key: app.query_params[key] for key in ("lecture", "present", *step.choices)} == {
        "lecture": name,
        "present": "1",
        **step.choices,
    }
