"""One entry of the folder of runs that is not in order breaks no page, for whoever looks at whatever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from tests import stray_runs
from tests.app.test_pages import HANGUL, open_page, words
from tests.thorough import thorough

GOOD = f"{stray_runs.NAME}@{stray_runs.GOOD}"
FAULTS = {**stray_runs.LEFT_OUT, **stray_runs.SHOWN, **stray_runs.PICKED}
# tests/training has every fault: of those that leave a run out or a network damaged, one of each sort
OF_EACH_SORT = ("no such time", "plain file", "named pipe", "symlink loop", "card: NaN seconds", "card: huge")
OF_EACH_SORT += ("weights: named pipe", "weights: others than the card's", "recording: named pipe")
LAST = FAULTS if thorough() else [fault for fault in FAULTS if fault in {*stray_runs.SHOWN, *OF_EACH_SORT}]
TRAINED = {"en": "(trained here, 1 Jan 12:00:00)", "ko": "(직접 학습, 1월 1일 12:00:00)"}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="named pipes and links as on POSIX")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of runs with one that is in order."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("CNNVIZ_RUNS", str(folder))
    stray_runs.finished(folder, stray_runs.GOOD)
    return folder


@pytest.mark.parametrize("fault", LAST)
def test_a_stray_entry_does_not_break_the_page_that_looks_at_the_last_run(fault: str, folder: Path) -> None:
    FAULTS[fault](folder)
    app = open_page("training", lang="en")
    assert app.title[0].value == translate("training.title", "en")
    assert any("1 Jan 12:00" in option for option in app.selectbox(key="model").options)
    assert any(button.key == "training_start" for button in app.button)
    assert len(app.get("plotly_chart")) >= 2  # the picked network's curves


@pytest.fixture(scope="module")
def all_at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of runs with one that is in order and all others: Keras loads its network once."""
    folder = tmp_path_factory.mktemp("all") / "runs"
    stray_runs.finished(folder, stray_runs.GOOD)
    stray_runs.all_of(folder)
    return folder


# what they have besides the sidebar: lists of runs, their recordings and their figures
SOME_PAGES = ("network", "convolution", "comparison", "models", "training", "learning", "reasons", "data")


@pytest.mark.parametrize("page", PAGES if thorough() else SOME_PAGES)
def test_all_of_them_at_once_break_no_page(
    page: str, all_at_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(all_at_once))
    language = LANGUAGES[PAGES.index(page) % 2]
    app = open_page(page, lang=language, model=GOOD)
    assert app.selectbox(key="model").value == GOOD
    assert any(TRAINED[language] in option for option in app.selectbox(key="model").options)
    assert bool(HANGUL.search(words(app))) == (language == "ko")
    assert page == "training" or not app.error  # there the last run may have left nothing
    if page == "models":
        assert len([title for title in app.table[-1].value.columns if "12:00" in title]) >= 2


@pytest.mark.parametrize(
    "fault", ["no such time", "symlink loop", "card: NaN seconds", "weights: named pipe"]
)
def test_a_link_to_what_is_left_out_says_so(fault: str, folder: Path) -> None:
    before = set(folder.iterdir())
    stray_runs.LEFT_OUT[fault](folder)
    (stray,) = set(folder.iterdir()) - before
    app = open_page("network", lang="en", model=f"{stray_runs.NAME}@{stray.name[:15]}")
    assert [toast.value for toast in app.toast] == [translate("error.run_gone", "en")]
    assert not app.error


@pytest.mark.parametrize("fault", stray_runs.PICKED)
def test_who_picks_a_network_with_a_damaged_file_gets_one_sentence(fault: str, folder: Path) -> None:
    reason = "run_weights" if fault.startswith("weights") else "recording"
    stray_runs.PICKED[fault](folder)
    app = open_page("learning", lang="ko", model=stray_runs.MODEL)
    said = [*app.error, *app.info]
    assert [each.value for each in said] in (
        [translate(f"error.{reason}", "ko")],
        [translate("learning.none", "ko")],  # a named pipe is no recording, and none is one of no layers
    )
    # which need no recording
    for page in ("network", "training") if thorough() or fault in OF_EACH_SORT else ():
        app = open_page(page, lang="en", model=stray_runs.MODEL)
        refused = [error.value for error in app.error] == [translate(f"error.{reason}", "en")]
        assert refused == (reason == "run_weights")


def test_a_run_that_left_damaged_weights_is_no_success(folder: Path) -> None:
    stray_runs.PICKED["weights: others than the card's"](folder)
    app = open_page("training", lang="en")
    assert [error.value for error in app.error] == [translate("error.run_weights", "en")]
    assert not app.success
    assert translate("training.of", "en", name=translate("frame.model_keras_lecture", "en")) in words(app)
