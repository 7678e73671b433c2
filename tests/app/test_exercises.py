"""The page of exercises and the line "Predict", without a browser: links, and the worksheet that is made."""

from __future__ import annotations

import pytest

from cnnviz.explain import worksheet
from cnnviz.explain.exercises import registry
from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.app.test_pages import open_page, words
from tests.thorough import either

NAMES = [kind.name for kind in registry.kinds()]
SHEET = "7~next_cell.1x2"
WITH_EXERCISES = [page for page in PAGES if any(page in kind.pages for kind in registry.kinds())]


def test_a_link_opens_the_same_exercise() -> None:
    query = {"lang": "en", "exercise": NAMES[-1], "exercise_level": "2", "exercise_seed": "17"}
    app = open_page("exercises", **query)
    assert query.items() <= app.query_params.items()


@pytest.mark.parametrize(
    "query",
    [{"exercise": "<b>"}, {"exercise_level": "9"}, {"exercise_seed": "-1"}, {"exercise_seed": "9" * 5000}],
)
def test_a_link_that_is_no_exercise_opens_the_first(query: dict[str, str]) -> None:
    app = open_page("exercises", lang="en", **query)
    assert not app.error
    assert not set(query) & set(app.query_params)


@pytest.mark.parametrize("language", either(0))
def test_a_worksheet_is_made_and_its_link_opens_it(language: str) -> None:
    app = open_page("exercises", lang=language)
    app.multiselect(key="sheet_kinds").set_value(NAMES[:1]).run()
    app.number_input(key="sheet_count").set_value(2).run()
    app.number_input(key="sheet_seed").set_value(7).run()
    (button,) = (each for each in app.button if each.label == translate("exercises.sheet_make", language))
    button.click().run()
    assert app.query_params["worksheet"] == f"7~{NAMES[0]}.1x2"
    again = open_page("exercises", **app.query_params)
    assert translate("exercises.sheet_link", language) in words(again)
    assert not again.error


def test_a_worksheet_of_nothing_or_of_too_much_is_not_made() -> None:
    app = open_page("exercises", lang="en")
    for chosen, words_said in (([], "sheet_none"), (NAMES, "sheet_many")):
        app.multiselect(key="sheet_kinds").set_value(chosen)
        app.number_input(key="sheet_count").set_value(10)
        (button,) = (each for each in app.button if each.label == translate("exercises.sheet_make", "en"))
        button.click().run()
        said = translate(f"exercises.{words_said}", "en", most=worksheet.MAX_QUESTIONS)
        assert [each.value for each in app.warning] == [said]
        assert "worksheet" not in app.query_params


@pytest.mark.parametrize("language", either(1))
@pytest.mark.parametrize("text", ["x", "7~", f"7~{NAMES[0]}.1x99", f"99999~{NAMES[0]}.1x1", "7~nothing.1x1"])
def test_a_worksheet_that_is_none_gets_one_sentence(text: str, language: str) -> None:
    app = open_page("exercises", lang=language, worksheet=text)
    assert [each.value for each in app.error] == [translate("error.worksheet", language)]


def test_a_file_opens_its_worksheet_with_its_picture_and_network() -> None:
    app = open_page("exercises", lang="en")
    made = worksheet.make(NAMES[:1], count=1, level=1, seed=3)
    content = worksheet.to_file(made, model="mlp", picture="sample-5")
    app.file_uploader(key="sheet_file").set_value(("sheet.json", content, "application/json")).run()
    assert app.query_params["worksheet"] == worksheet.write(made)
    assert (app.query_params["model"], app.query_params["picture"]) == ("mlp", "sample-5")


def test_a_file_that_is_no_worksheet_gets_one_sentence() -> None:
    app = open_page("exercises", lang="en")
    app.file_uploader(key="sheet_file").set_value(("x.json", b"{}", "application/json")).run()
    assert [each.value for each in app.error] == [translate("error.worksheet", "en")]
    assert "worksheet" not in app.query_params


@pytest.mark.parametrize("page", WITH_EXERCISES)
def test_exercises_of_a_page_are_folded_until_a_link_opens_them(page: str) -> None:
    app = open_page(page, lang="en")
    assert "predict" not in app.query_params
    name = next(kind.name for kind in registry.kinds() if page in kind.pages)
    opened = open_page(page, lang="en", predict=name)
    assert opened.query_params["predict"] == name
