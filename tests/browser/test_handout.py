"""The handout: printed for real, and read as any PDF is."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz import samples
from cnnviz.cli.main import main
from cnnviz.explain import lecture, worksheet
from cnnviz.explain.exercises import registry
from cnnviz.pages import cache, exercise_files
from tests.find_chromium import find_chromium

OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)(?:stream\r?\n(.*?)\r?\nendstream\s)?endobj", re.DOTALL)


def read(pdf: bytes) -> tuple[list[str], list[Image.Image]]:
    """Return the text of each page, without spaces, and all pictures of a PDF as Chromium writes it."""
    objects = {int(number): (head, body) for number, head, body in OBJECT.findall(pdf)}

    def unpacked(number: int) -> bytes:
        head, body = objects[number]
        return zlib.decompress(body) if b"FlateDecode" in head else body

    letters: dict[bytes, dict[bytes, str]] = {}
    for number, (head, _) in objects.items():
        if found := re.search(rb"/ToUnicode (\d+) 0 R", head):
            letters[b"F%d" % number] = letters_of(unpacked(int(found[1])).decode())
    pages = []
    for head, _ in objects.values():
        if re.search(rb"/Type /Page\b(?!s)", head):
            contents = re.search(rb"/Contents (\d+) 0 R", head)
            assert contents
            text, font = "", b""
            parts = re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", unpacked(int(contents[1])))
            for name, glyphs in parts:
                font = name or font
                table = letters.get(font) or {b"00": ""}
                digits = len(next(iter(table)))  # a code has one byte or two
                codes = [glyphs[k : k + digits].upper() for k in range(0, len(glyphs), digits)]
                text += "".join(table.get(code, "") for code in codes)
            pages.append(re.sub(r"\s", "", text))
    pictures = [body for head, body in objects.values() if b"DCTDecode" in head]
    return pages, [Image.open(io.BytesIO(body)) for body in pictures]


def letters_of(cmap: str) -> dict[bytes, str]:
    """Return {code in hexadecimal digits: letter} of a font's table."""
    found: dict[bytes, str] = {}
    for kind, rows in re.findall(r"beginbf(char|range)(.*?)endbf", cmap, re.DOTALL):
        for row in rows.strip().splitlines():
            first, *others = re.findall(r"<(\w+)>", row)
            if kind == "char":  # a ligature is several letters
                found[first.upper().encode()] = bytes.fromhex(others[-1]).decode("utf-16-be")
                continue
            letter, last = int(others[-1][:4], 16), int(others[0], 16)
            for k, code in enumerate(range(int(first, 16), last + 1)):
                found[f"{code:0{len(first)}X}".encode()] = chr(letter + k)
    return found


def test_a_handout_has_a_page_a_step_with_its_pictures_text_notes_and_link(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROMIUM", find_chromium())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    out = tmp_path / "handout.pdf"
    words = ["--language", "ko", "--notes", "--steps", "1-3", "--address", "https://example.org/cnn"]
    assert main(["handout", "--app", server, *words, "--out", str(out)]) == 0
    pdf = out.read_bytes()
    pages, pictures = read(pdf)
    steps = lecture.steps()[:3]
    assert len(pages) == 3
    for place, (step, page) in enumerate(zip(steps, pages, strict=True), 1):
        said = lecture.words(step.name, "ko", cache.lecture_facts())
        for text in (said.title, *said.paragraphs, said.notes, f"{place}/{len(lecture.steps())}"):
            assert re.sub(r"[\s*`]", "", text) in page
        assert f"https://example.org/cnn/{step.page}?lecture={step.name}&lang=ko".encode() in pdf
    shown = [len({moment.show for moment in step.moments}) for step in steps]
    assert len(pictures) == sum(shown)
    for picture in pictures:
        assert picture.width > 600
        assert np.asarray(picture.convert("L")).std() > 15  # not blank
    assert list(tmp_path.iterdir()) == [out]  # Chromium's profile has gone
    assert "3/3" in capfd.readouterr().err


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
    text = "".join(read(out.read_bytes())[0])
    subject = exercise_files.subject("keras_lecture", samples().images[0], int(samples().labels[0]))
    for question in worksheet.read("7~output_size.1x2~softmax.1x1").questions():
        made = registry.kind(question.kind).make(subject, question.seed, question.level)
        header, _ = made.payload(language)
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
