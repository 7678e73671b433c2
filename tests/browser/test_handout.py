"""The handout: printed for real, and read as any PDF is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from cnnviz import samples
from cnnviz.cli.main import main
from cnnviz.explain import lecture, worksheet
from cnnviz.export.chromium import Tab
from cnnviz.pages import model_cache
from cnnviz.pages.exercise_files import source
from tests.find_chromium import find_chromium
from tests.protocol.test_drill_files import ask
from tests.unpack import unpack


def read(pdf: Path) -> tuple[list[str], list[Image.Image], list[str]]:
    """Return the text of each page of a PDF, without spaces, its pictures and the addresses of its links."""
    pages = PdfReader(pdf).pages
    text = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    pictures = [picture.image for page in pages for picture in page.images if picture.image]
    links = [note["/A"]["/URI"] for page in pages for note in page.annotations or () if "/A" in note]
    return text, pictures, links


def test_a_handout_has_a_page_a_step_with_its_pictures_text_notes_and_link(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROMIUM", find_chromium())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    out = tmp_path / "handout.pdf"
    words = ["--language", "ko", "--notes", "--steps", "2-3", "--address", "https://example.org/cnn"]
    assert main(["handout", "--app", server, *words, "--out", str(out)]) == 0
    pages, pictures, links = read(out)
    steps = lecture.steps()[1:3]
    assert len(pages) == 2
    for place, (step, page) in enumerate(zip(steps, pages, strict=True), 2):
        said = lecture.words(step.name, "ko", model_cache.lecture_facts())
        for text in (said.title, *said.paragraphs, said.notes, f"{place}/{len(lecture.steps())}"):
            assert re.sub(r"[\s*`]", "", text) in page
        assert f"https://example.org/cnn/{step.page}?lecture={step.name}&lang=ko" in links
    shown = [len({moment.show for moment in step.moments}) for step in steps]
    assert len(pictures) == sum(shown)
    for picture in pictures:
        assert picture.width > 600
        assert np.asarray(picture.convert("L")).std() > 15  # not blank
    assert list(tmp_path.iterdir()) == [out]  # Chromium's profile has gone
    assert "2/2" in capfd.readouterr().err


@pytest.fixture
def slow_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Chromium that prints paint seven frames a second: what is painted is shown two frames later."""
    slow = "window.requestAnimationFrame = (paint) => setTimeout(() => paint(performance.now()), 150);"
    ask = Tab.ask

    def ask_slowed(tab: Tab, method: str, **parameters: Any) -> dict[str, Any]:
        if method == "Page.navigate":
            ask(tab, "Page.enable")
            ask(tab, "Page.addScriptToEvaluateOnNewDocument", source=slow)
        return ask(tab, method, **parameters)

    monkeypatch.setattr(Tab, "ask", ask_slowed)


@pytest.mark.usefixtures("slow_frames")
@pytest.mark.parametrize(("language", "answers"), [("en", False), ("ko", True)])
def test_a_worksheet_is_printed_with_its_questions_and_only_if_wanted_with_the_answers(
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    answers: bool,
) -> None:
    monkeypatch.setenv("CHROMIUM", find_chromium())
    out = tmp_path / "worksheet.pdf"
    link = f"{server}/exercises?worksheet=7~output_size.1x2~softmax.1x1&model=keras_lecture&lang={language}"
    options = ["--app", server, "--out", str(out), *(["--answers"] if answers else [])]
    assert main(["worksheet", link, *options]) == 0
    assert "3 exercises" in capsys.readouterr().out
    text = "".join(read(out)[0])
    at = source("keras_lecture", "sample-0", language, samples().images[0])
    for question in worksheet.read("7~output_size.1x2~softmax.1x1").questions():
        exercise = f"{question.kind}/{question.level}/{question.seed}"
        header, _ = unpack(ask(f"{server}{at.address}/{exercise}?{at.query}")[1])
        assert re.sub(r"\s", "", header["question"]) in text
        reason = re.sub(r"\s", "", header["explanation"].splitlines()[0])
        assert (reason in text) == answers


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("http://localhost:8501/exercises", "`link` must be the address of a worksheet"),
        ("?worksheet=7~no.1x1", "must name"),
    ],
)
def test_what_is_no_worksheet_is_refused(link: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", link, "--out", "-"]) == 1
    assert message in capsys.readouterr().err
