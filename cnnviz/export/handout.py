"""The lecture as a PDF: one step per page, with its presenter layout, its text and its notes.

The pictures are taken of the app itself, which runs on this machine, in Chromium; the text is text.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlencode, urlsplit

import numpy as np
from PIL import Image

from cnnviz import tokens
from cnnviz.errors import invalid
from cnnviz.explain import lecture
from cnnviz.export.chromium import Chromium, Tab, check_address
from cnnviz.text import translate

SECONDS = 300.0
"""Time limit for each step, after which the handout is given up; long enough for a busy machine."""
SCREEN = {"width": 1280, "height": 800, "deviceScaleFactor": 2, "mobile": False}
"""The screen that pictures are taken of: on paper 180 mm wide, 2,560 pixels are 360 an inch."""
QUALITY = 88
PATIENCE = 50
"""Number of attempts to find a canvas drawn."""
LOOKS = 60
"""Number of checks whether a moment has stopped moving; after them it is taken as it is."""
STILL = 4
"""Number of consecutive checks, 40 ms apart, that find a moment unchanged before its picture is taken."""

_READY = """async (name, index, show, patience, rests) => {
  const main = () => document.querySelector("[data-testid=stMain]");
  const all = (selector) => {
    const hosts = [...(main()?.querySelectorAll("*") ?? [])].filter((node) => node.shadowRoot);
    const roots = [main(), ...hosts.map((host) => host.shadowRoot)].filter(Boolean);
    return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  };
  const look = (patient) => {
    const { stageFitted } = document.documentElement?.dataset ?? {};
    const app = document.querySelector("[data-testid=stApp]");
    if (app?.dataset.testScriptState !== "notRunning" || stageFitted !== show) return null;
    if (!all(`[data-listening="${name}"][data-moment="${index}"]`).length) return null;
    const shown = all(show);
    const images = shown.flatMap((node) => [...node.querySelectorAll("img")]);
    if (!shown.length || images.some((image) => !image.complete)) return null;
    const inside = shown.flatMap((node) => [node.getRootNode().host, ...node.querySelectorAll("*")]);
    if (inside.some((node) => node?.shadowRoot && !("shown" in node.dataset))) return null;
    const canvases = shown.flatMap((node) => [node, ...node.querySelectorAll("canvas:not([aria-hidden])")]);
    // a canvas that nothing has been drawn on yet has the size that browsers give it; some are never drawn on
    const isNew = ({ width, height }) => width === 300 && height === 150;
    const drawn = canvases.filter((each) => each.tagName === "CANVAS" && each.clientWidth);
    if (patient && drawn.some(isNew)) return null;
    const boxes = shown.map((node) => node.getBoundingClientRect());
    const left = Math.max(0, Math.min(...boxes.map((box) => box.left)) - 12);
    const top = Math.max(0, Math.min(...boxes.map((box) => box.top)) - 12);
    const right = Math.min(innerWidth, Math.max(...boxes.map((box) => box.right)) + 12);
    const bottom = all(".caption")[0].getBoundingClientRect().top;
    const low = Math.min(bottom, Math.max(...boxes.map((box) => box.bottom)) + 12);
    return { x: left, y: top, width: right - left, height: low - top };
  };
  let [still, before] = [0, ""];
  for (let count = 0; count < 2000; count++) {
    if (count || rests) await new Promise((done) => setTimeout(done, 40));
    const box = look(count < patience);
    const now = JSON.stringify(box);
    still = box && (now === before || !rests) ? still + 1 : 0;
    before = now;
    if (box && still >= rests) return box; // it has come to rest
  }
  throw new Error(`the step "${name}" does not appear`);
}"""
_LOADED = """() => Promise.all(
  [...document.images].map((image) => image.complete || new Promise((done) => { image.onload = done; })),
)"""
_STYLE = """@page { size: A4; margin: 0; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); word-break: keep-all; overflow-wrap: anywhere; text-wrap: pretty;
  font: 11.5pt/1.5 "Source Sans 3", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", sans-serif; }
section { display: flex; flex-direction: column; gap: 4mm; width: 210mm; height: 297mm;
  padding: 14mm 15mm 10mm; overflow: hidden; break-after: page; }
section:last-child { break-after: auto; }
header { color: var(--accent); font-size: 10pt; }
h1 { margin: -3mm 0 0; padding: 0; font-size: 19pt; line-height: 1.25; }
figure { display: flex; flex: 0 1 auto; flex-direction: column; gap: 4mm; min-height: 0; margin: 0; }
img { flex: 0 1 auto; align-self: center; min-height: 0; max-height: min(118mm, 165mm / var(--count));
  max-width: 100%; object-fit: contain; }
figure.many { display: grid; grid-template-columns: 1fr 1fr; align-items: start; }
.many img { justify-self: center; max-height: 62mm; }
p { margin: 0 0 1.5mm; }
div { flex: none; }
aside { flex: none; padding: 3mm 4mm; border-left: 1mm solid var(--accent); background: var(--surface);
  font-size: 10pt; line-height: 1.45; }
footer { flex: none; display: flex; justify-content: space-between; gap: 8mm; margin-top: auto;
  color: var(--quiet); font-size: 9pt; }
a { color: inherit; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.92em; }"""


def handout(
    app: str,
    *,
    language: str,
    notes: bool = False,
    address: str | None = None,
    facts: Mapping[str, str],
    steps: Sequence[lecture.Step] | None = None,
    on_step: Callable[[int, int], None] = lambda number, count: None,
) -> bytes:
    """Return the lecture as PDF.

    Args:
        app: address of a running app, on this machine.
        language: "en" or "ko".
        notes: whether the speaker's notes are on the pages.
        address: address of the app that each page links to; None = no links.
        facts: the numbers in the texts, from `lecture.facts`.
        steps: the steps to print, one after the other; None = all.
        on_step: called with the number of steps taken and of all of them.

    Raises:
        CnnvizError: if an address is none, without Chromium or a font for the language, or if it fails.
    """
    check_address(app)
    if address is not None and (
        urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc
    ):
        raise invalid("address", "must begin with http:// or https:// and a host", address)
    every = lecture.steps()
    chosen = list(every if steps is None else steps)
    with Chromium(SECONDS) as chromium:
        sheet, stage = Tab(chromium), Tab(chromium)
        sheet.require_font(language)
        title = translate("lecture.title", language)
        sheet.call(
            "(language, title, style) => { document.documentElement.lang = language; document.title = title; "
            "document.head.append(Object.assign(document.createElement('style'), { textContent: style })); }",
            language,
            f"{title} · CNNViz",
            tokens.style_sheet() + _STYLE,
        )
        stage.ask("Emulation.setDeviceMetricsOverride", **SCREEN)
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        stage.ask("Emulation.setEmulatedMedia", features=[calm])
        query = urlencode({"lecture": chosen[0].name, "lang": language, "present": "1"})
        stage.ask("Page.navigate", url=f"{app.rstrip('/')}/{chosen[0].page}?{query}")
        for count, step in enumerate(chosen, 1):
            chromium.allow(SECONDS)
            words = lecture.words(step.name, language, facts)
            pictures = list(_pictures(stage, step, len(words.paragraphs)))
            number = every.index(step) + 1
            page = _page(step, words, pictures, number, len(every), language, notes, address)
            sheet.call("(page) => document.body.insertAdjacentHTML('beforeend', page)", page)
            on_step(count, len(chosen))
        chromium.allow(SECONDS)
        sheet.ask("Page.bringToFront")
        sheet.call(_LOADED)
        return sheet.pdf()


def _pictures(stage: Tab, step: lecture.Step, paragraphs: int) -> Iterator[bytes]:
    """Go through the moments of a step, and past its end; yield a JPEG of each, once it is complete."""
    shows = [step.moments[min(index, len(step.moments) - 1)].show for index in range(paragraphs)]
    taken = set()
    for show, group in groupby(range(paragraphs), shows.__getitem__):
        *before, last = group
        for index in before:
            stage.call(_READY, step.name, index, show, 0, 0)
            stage.press("PageDown", 34)
        if show not in taken:
            taken.add(show)
            yield _at_rest(stage, step.name, last, show)
        else:
            stage.call(_READY, step.name, last, show, 0, 0)
        stage.press("PageDown", 34)


def _at_rest(stage: Tab, name: str, index: int, show: str) -> bytes:
    """Return the picture of a moment once it is not blank and the next one is the same."""
    before = b""
    for look in range(LOOKS):
        box = stage.call(_READY, name, index, show, 0 if look else PATIENCE, 1 if look else STILL)
        picture = stage.picture(box, QUALITY)
        if picture == before and not _is_blank(picture):
            break
        before = picture
    return picture


def _is_blank(picture: bytes) -> bool:
    with Image.open(io.BytesIO(picture)) as image:
        grey = np.asarray(image.convert("L"))
    return int(grey.max()) - int(grey.min()) < 64  # not even a letter


def _page(
    step: lecture.Step,
    words: lecture.Words,
    pictures: Sequence[bytes],
    number: int,
    count: int,
    language: str,
    notes: bool,
    address: str | None,
) -> str:
    chapter = html.escape(translate(f"lecture.chapter_{step.chapter}", language))
    images = "".join(
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(each).decode()}">' for each in pictures
    )
    paragraphs = "".join(f"<p>{_marked(text)}</p>" for text in words.paragraphs)
    if notes:  # a question and its answer each begin a line
        parts = re.split(r"(?=\*\*[^*]+:\*\*)", words.notes)
        said_too = "".join(f"<p>{_marked(part)}</p>" for part in parts if part.strip())
        aside = f"<aside>{said_too}</aside>"
    else:
        aside = ""
    link = ""
    if address is not None:
        target = html.escape(
            f"{address.rstrip('/')}/{step.page}?{urlencode({'lecture': step.name, 'lang': language})}"
        )
        link = f'<a href="{target}">{target}</a>'
    footer = f"<footer><span>CNNViz</span>{link}<span>{number} / {count}</span></footer>"
    head = f"<header>{chapter}</header><h1>{html.escape(words.title)}</h1>"
    many = ' class="many"' if len(pictures) > 3 else ""  # in one column they would be small
    figure = f'<figure{many} style="--count: {len(pictures)}">{images}</figure>'
    return f"<section>{head}{figure}<div>{paragraphs}</div>{aside}{footer}</section>"


def _marked(text: str) -> str:
    """Return a text with **bold** and `code` as HTML."""
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html.escape(text))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
