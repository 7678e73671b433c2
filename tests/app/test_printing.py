"""The handout on the Lecture page, without Chromium: what is offered, and how handouts are made and kept."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnviz.pages import pdf_jobs, printing
from cnnviz.pages.pdf_jobs import Handout, PdfJobs, Worksheet, content_digest, handouts
from cnnviz.text import translate
from tests.app.test_pages import AppTest, open_page
from tests.thorough import either

PROGRAM = """
import sys
print("7/50", file=sys.stderr, flush=True)
sys.stdin.read()
sys.stdout.write("%PDF " + " ".join(sys.argv[1:]) + " " * 300_000)  # more than a pipe holds
sys.stdout.close()
print("done", file=sys.stderr)
"""
FAILS = "import sys; print('cnnviz: no such font', file=sys.stderr); sys.exit(1)"


def made(job: PdfJobs, kind: Handout) -> bytes | None:
    """Start a handout and return it when its thread has ended."""
    assert job.start(kind)
    job.wait()
    return job.get(kind)


def labels(app: AppTest) -> list[str]:
    assert not app.exception, [problem.message for problem in app.exception]
    return [button.label for button in app.button]


@pytest.mark.parametrize("language", either(0))
def test_without_chromium_a_sentence_replaces_the_button(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_jobs, "handouts", PdfJobs)
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    app = open_page("lecture", lang=language)
    assert translate("lecture.handout_no_chromium", language) in [info.value for info in app.info]
    assert translate("lecture.handout_make", language) not in labels(app)
    monkeypatch.setenv("CHROMIUM", sys.executable)
    app = open_page("lecture", lang=language)
    assert translate("lecture.handout_make", language) in labels(app)


def test_while_another_visitors_handout_is_made_a_sentence_explains_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = handouts()
    monkeypatch.setattr(job, "running", Handout("ko", True, content_digest()))
    monkeypatch.setattr(job, "progress", (7, 50))
    app = open_page("lecture", lang="en")
    assert translate("lecture.handout_busy", "en") in [info.value for info in app.info]
    assert translate("lecture.handout_make", "en") not in labels(app)
    assert not job.start(Handout("en", False, content_digest()))


def test_what_is_made_is_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    job = PdfJobs(program=(sys.executable, "-c", PROGRAM))
    first, second = Handout("ko", True, "a"), Handout("en", False, "a")
    pdf = made(job, first)
    assert pdf is not None
    assert pdf.startswith(b"%PDF handout --language ko --out - --notes")
    assert job.progress == (7, 50)
    assert job.running is None
    assert job.get(Handout("ko", True, "b")) is None  # other texts
    monkeypatch.setattr(pdf_jobs, "MAX_BYTES", len(pdf) + 10)
    assert made(job, second) is not None
    assert job.get(first) is None


def test_what_fails_is_said_and_can_be_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    job, kind = PdfJobs(program=(sys.executable, "-c", FAILS)), Handout("ko", False, "a")
    assert made(job, kind) is None
    assert job.failed == kind
    assert "no such font" in caplog.text
    assert job.start(kind)
    job.wait()


def test_what_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    forever = "import time\nwhile True: time.sleep(1)"
    job, kind = PdfJobs(seconds=0.5, program=(sys.executable, "-c", forever)), Handout("ko", False, "a")
    assert made(job, kind) is None
    assert job.failed == kind
    assert not list(tmp_path.glob("cnnviz-*"))


STEPS = """
import sys
for place in range(1, 5):
    print(f"{place}/4", file=sys.stderr, flush=True)
    sys.stdin.read()
sys.stdout.write("%PDF")
"""


def test_each_step_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(pdf_jobs._Alarm, "begin", lambda alarm: begun.append(alarm))
    assert made(PdfJobs(program=(sys.executable, "-c", STEPS)), Handout("ko", False, "a")) == b"%PDF"
    assert len(begun) == 1 + 4


def test_who_has_started_a_handout_can_cancel_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    forever = "import time\nwhile True: time.sleep(1)"
    job = PdfJobs(program=(sys.executable, "-c", forever))
    monkeypatch.setattr(pdf_jobs, "handouts", lambda: job)
    monkeypatch.setenv("CHROMIUM", sys.executable)
    cancel, make = (translate(f"lecture.handout_{word}", "en") for word in ("cancel", "make"))
    app = open_page("lecture", lang="en")
    next(button for button in app.button if button.label == make).click().run()
    assert job.running == Handout("en", False, content_digest())
    assert cancel not in labels(open_page("lecture", lang="en"))  # another visitor
    next(button for button in app.button if button.label == cancel).click().run()
    job.wait()
    assert job.running is None
    assert job.failed is None
    assert "cannot be made" not in caplog.text
    assert make in labels(app.run())


@pytest.mark.parametrize("language", either(1))
def test_a_worksheet_is_printed_where_there_is_chromium(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_jobs, "worksheets", lambda: PdfJobs(program=(sys.executable, "-c", PROGRAM)))
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    link = {"lang": language, "worksheet": "7~output_size.1x2"}
    app = open_page("exercises", **link)
    assert translate("exercises.sheet_no_chromium", language) in [info.value for info in app.info]
    assert translate("exercises.sheet_pdf_make", language) not in labels(app)
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert translate("exercises.sheet_pdf_make", language) in labels(open_page("exercises", **link))


def test_a_printed_worksheet_is_that_of_its_link_with_its_answers() -> None:
    job = PdfJobs(program=(sys.executable, "-c", PROGRAM))
    plain, solved = (
        Worksheet("worksheet=7~relu.1x1&model=vgg", "ko", answers, "a") for answers in (False, True)
    )
    said = b"%PDF worksheet ?worksheet=7~relu.1x1&model=vgg --language ko --out -"
    pdf = made(job, plain)
    assert pdf is not None
    assert pdf.startswith(said)
    assert b"--answers" not in pdf
    assert job.get(solved) is None
    assert (made(job, solved) or b"").startswith(said + b" --answers")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_expected_keeps_nobody_from_printing() -> None:
    job, kind = PdfJobs(program=("no\0program",)), Handout("ko", False, "a")
    assert made(job, kind) is None
    assert (job.running, job.failed) == (None, kind)


def test_a_printed_worksheet_is_of_the_networks_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that was opened may be removed, and another one get its name."""
    wanted: list[Worksheet] = []
    monkeypatch.setattr(printing, "_offer", lambda job, sheet, *rest, **more: wanted.append(sheet))
    for sha256 in ("a" * 64, "b" * 64):
        reference = SimpleNamespace(sha256=sha256)
        monkeypatch.setattr(
            printing, "model_cache", SimpleNamespace(reference=lambda name, now=reference: now)
        )
        open_page("exercises", lang="en", worksheet="7~output_size.1x2")
    first, second = wanted
    assert first.link == second.link
    assert first != second
