"""Exercises in Chromium: every kind done wrong and right, a worksheet made, linked, solved and printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from cnnviz import samples
from cnnviz.explain.exercises import registry
from cnnviz.pages.exercise_files import source
from cnnviz.text import LANGUAGES, translate
from cnnviz.text.numbers import number
from tests.browser.app_tab import open_app
from tests.browser.conftest import TIMEOUT, expect_unmoved, next_frame
from tests.protocol.test_drill_files import ask
from tests.thorough import thorough
from tests.unpack import unpack

NAMES = [kind.name for kind in registry.kinds()]
OTHER = 123456.5
"""A number that is no answer and no known mistake."""


def asked(server: str, painted: str, language: str) -> dict[str, Any]:
    """Return the exercise that the page shows, "KIND LEVEL SEED", with its answer and its mistakes."""
    at = source("keras_lecture", "sample-0", language, samples().images[0])
    _, content, _ = ask(f"{server}{at.address}/{painted.replace(' ', '/')}?{at.query}")
    return unpack(content)[0]


def answer(card: Locator, exercise: dict[str, Any], values: Sequence[float]) -> None:
    """Answer with the keyboard alone."""
    if exercise["answer"]["form"] == "choice":
        card.get_by_role("radio").first.focus()
        card.page.keyboard.press(str(int(values[0]) + 1))
    else:
        for field, value in zip(card.get_by_role("textbox").all(), values, strict=True):
            field.fill(repr(float(value)))
    card.page.keyboard.press("Enter")


def wrong_values(exercise: dict[str, Any]) -> list[float]:
    """Return an answer that is wrong in no known way; of a choice, one of the wrong options."""
    form = exercise["answer"]
    if form["form"] == "choice":
        return [(form["values"][0] + 1) % len(form["options"])]
    return [OTHER for _ in form["values"]]


def words(language: str) -> dict[str, str]:
    names = ("right", "wrong", "reveal", "next", "check", "no_number", "no_choice")
    return {name: translate(f"exercise_view.{name}", language) for name in names}


HALF = len(NAMES) // 2
WAYS = [(language,) * len(NAMES) for language in LANGUAGES]
"""Every kind in every language."""
SHORT_WAY = ("en",) * HALF + ("ko",) * (len(NAMES) - HALF)


@pytest.mark.parametrize("languages", WAYS if thorough() else [SHORT_WAY])
def test_every_kind_is_explained_when_it_is_wrong_and_when_it_is_right(
    page: Page, server: str, languages: Sequence[str]
) -> None:
    language = languages[0]
    open_app(page, f"{server}/exercises?lang={language}&exercise={NAMES[0]}&exercise_level=1&exercise_seed=3")
    view, card = page.locator(".exercise"), page.locator(".exercise .card")
    text = words(language)
    forms = set[tuple[str, int]]()  # that were answered in every way
    for name, spoken in zip(NAMES, languages, strict=True):
        if spoken != language:
            page.get_by_test_id("stSidebar").get_by_text("한국어").click()
            language, text = spoken, words(spoken)
        kind = view.locator(".kinds").get_by_label(translate(f"exercise.{name}", language))
        if not kind.is_checked():
            kind.check(force=True)
        expect(view).to_have_attribute("data-kind", name)
        exercise = asked(server, str(view.get_attribute("data-painted")), language)
        assert exercise["kind"] == name
        expect(card.get_by_role("heading")).to_have_text(exercise["question"])
        expect(card.get_by_role("heading")).to_be_in_viewport()  # beside the last kinds of the list, too
        verdict = card.get_by_role("status")
        form = exercise["answer"]["form"], len(exercise["answer"]["values"])
        in_every_way = thorough() or form not in forms
        forms.add(form)

        if in_every_way:
            card.get_by_role("button", name=text["check"]).click()
            expect(verdict).to_have_text(text["no_choice"] if form[0] == "choice" else text["no_number"])
        mistake = exercise["mistakes"][0]
        answer(card, exercise, mistake["values"])
        expect(verdict).to_contain_text(text["wrong"])
        expect(verdict).to_contain_text(mistake["reason"])
        expect(card.get_by_role("button", name=text["reveal"])).to_be_hidden()
        if in_every_way:
            answer(card, exercise, wrong_values(exercise))
            expect(card.get_by_role("button", name=text["reveal"])).to_be_visible()
            expect(card.locator(".solution")).to_be_hidden()
        answer(card, exercise, exercise["answer"]["values"])
        expect(verdict).to_contain_text(text["right"])
        expect(card.locator(".solution")).to_contain_text(exercise["explanation"].split("\n")[0])
        expect(card.get_by_role("button", name=text["next"])).to_be_focused()

    kept = page.evaluate("JSON.parse(localStorage.getItem('cnnviz-exercises')).kinds")
    tried = {name: (each["tried"], each["right"]) for name, each in kept.items()}
    assert tried == dict.fromkeys(NAMES, (1, 0))
    before = str(view.get_attribute("data-painted"))
    page.keyboard.press("Enter")  # Next has the focus
    expect(view).not_to_have_attribute("data-painted", before)
    exercise = asked(server, str(view.get_attribute("data-painted")), language)
    answer(card, exercise, exercise["answer"]["values"])
    expect(card.get_by_role("status")).to_contain_text(text["right"])
    expect(page).to_have_url(re.compile(f"exercise={exercise['kind']}&"))
    expect(page).to_have_url(re.compile(f"exercise_seed={exercise['seed']}(&|$)"))
    view.locator("summary").click()
    expect(view.locator(".total")).to_have_text(
        translate("exercise_view.total", language, tried=len(NAMES) + 1, right=1)
    )
    view.get_by_role("button", name=translate("exercise_view.reset", language), exact=True).click()
    view.get_by_role("button", name=translate("exercise_view.yes", language)).click()
    expect(view.locator(".table")).to_have_text(translate("exercise_view.nothing", language))
    assert page.evaluate("localStorage.getItem('cnnviz-exercises')") is None

    page.locator(".st-key-sheet_maker summary").click()
    wanted = page.locator(".st-key-sheet_kinds input")
    wanted.scroll_into_view_if_needed()
    next_frame(page)
    expect_unmoved(page.locator(".st-key-sheet_maker details"))
    # its list speaks English by itself
    every = page.get_by_role("option", name=translate("surroundings.select_all", language))
    # whatever moves the page closes the list again, and no click opens it then
    for _ in range(TIMEOUT // 5_000):
        wanted.press("ArrowDown")
        with suppress(TimeoutError):
            every.wait_for(timeout=5_000)
            break
    else:
        pytest.fail(f"no {every}: {page.get_by_role('option').all_inner_texts()}")
    wanted.fill("§")
    expect(page.get_by_role("listbox")).to_have_text(translate("surroundings.no_results", language))


def test_a_worksheet_is_made_linked_solved_and_printed(page: Page, server: str) -> None:
    open_app(page, f"{server}/exercises?lang=en")
    expect(page.locator(".exercise[data-painted]")).to_be_visible()
    page.locator(".st-key-sheet_maker summary").click()
    page.get_by_role("button", name=translate("exercises.sheet_make", "en")).click()
    view = page.locator(".exercise.sheet")
    expect(view).to_have_attribute("data-painted", "sheet 3")
    expect(page).to_have_url(re.compile("worksheet="))
    questions = view.get_by_role("heading").all_inner_texts()
    lost = f"**/{NAMES[1]}/1/*"
    page.route(lost, lambda route: route.fulfill(status=404))
    page.goto(page.url)  # as a student opens the link
    expect(view).to_have_attribute("data-painted", "sheet 2")
    card = view.locator(".card").first
    exercise = asked(server, f"{NAMES[0]} 1 1", "en")
    answer(card, exercise, exercise["answer"]["values"])
    expect(view).to_have_attribute("data-right", "1")
    expect(card).to_be_focused()  # its fields can no longer be
    page.unroute(lost)
    view.get_by_role("button", name=translate("exercise_view.again", "en")).click()
    expect(view).to_have_attribute("data-painted", "sheet 3")  # and what was answered stays
    assert view.get_by_role("heading").all_inner_texts() == questions
    expect(card).to_have_attribute("data-state", "right")
    expect(view).to_have_attribute("data-right", "1")
    expect(view.locator(".score")).to_have_text(
        translate("exercise_view.score", "en", right=1, done=1, count=3)
    )

    other = view.locator(".card").nth(1).locator("input").first
    other.check() if other.get_attribute("type") == "radio" else other.fill("12")
    page.get_by_test_id("stSidebar").get_by_text(
        "한국어"
    ).click()  # what was answered stays, as it is said there
    expect(view.locator(".score")).to_have_text(
        translate("exercise_view.score", "ko", right=1, done=1, count=3)
    )
    expect(card).to_have_attribute("data-state", "right")
    expect(card.locator(".verdict")).to_contain_text(translate("exercise_view.right", "ko"))
    kept = expect(other)
    kept.to_be_checked() if other.get_attribute("type") == "radio" else kept.to_have_value("12")
    page.get_by_test_id("stSidebar").get_by_text("English").click()
    expect(card.locator(".verdict")).to_contain_text(translate("exercise_view.right", "en"))
    expect(view).to_have_attribute("data-right", "1")

    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; } }")
    page.emulate_media(media="print")
    expect(page.locator(".st-key-navigation")).to_be_hidden()
    expect(view.locator(".paper")).to_be_visible()
    for part in (view, view.locator(".desk")):
        expect(part).to_have_css("display", "block")  # Firefox cuts a card of nested grids in two
    expect(view.locator(".solution:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    view.get_by_role("button", name=translate("exercise_view.print_answers", "en")).click()
    page.emulate_media(media="print")
    expect(view.locator(".solution:visible")).to_have_count(3)
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")
    assert page.evaluate("window.printed") == 1

    card.get_by_role("link", name=translate("exercise_view.open", "en")).click()
    expect(page).to_have_url(re.compile(f"/{exercise['destination']['page']}[?]"))
    (value,) = exercise["answer"]["values"]
    expect(page.locator(".stepper .said")).to_contain_text(f"= {number(value)}")
    page.go_back()
    expect(view).to_have_attribute("data-painted", "sheet 3")
    expect(page).to_have_url(re.compile("worksheet="))


def test_exercises_of_a_page_are_fetched_when_the_line_is_opened(page: Page, server: str) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/exercise/" in request.url else None)
    page.goto(f"{server}/convolution?lang=en")  # a tab that is kept has exercises
    expect(page.locator(".stepper[data-step]")).to_be_visible()
    expect(page.locator(".exercise")).to_have_count(0)
    fold = page.locator("summary", has_text=translate("exercises.predict", "en"))
    fold.click()
    expect(page.locator(".exercise .card")).to_be_visible()
    expect(page).to_have_url(re.compile("predict="))
    assert len(fetched) == 1
    fold.click()
    expect(page).not_to_have_url(re.compile("predict="))
