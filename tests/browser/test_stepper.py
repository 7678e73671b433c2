"""The stepper by itself, in an offline page: the words of every step, and what marks its cells."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from cnnviz.explain import step
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene
from cnnviz.export import offline
from cnnviz.text import LANGUAGES, translate
from cnnviz.text.numbers import number
from tests.browser.conftest import load_modules
from tests.scenes import SCENES, addition, transposed

EVERY_LINE = """(packed) => {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt());
  const { arrays, ...header } = unpack(bytes);
  const scene = { ...header, ...arrays };
  const [height, width] = scene.output_0.shape;
  const view = { scene, text: scene.text, outWidth: width };
  const lines = [];
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      lines.push([...scene.step.sentences, ...scene.step.results].map((_, k) => lineAt(view, k, i, j)));
  return lines;
}"""


@pytest.fixture(scope="module")
def modules(chromium: Browser) -> Iterator[Page]:
    """Return a page that has what reads a payload and what writes the lines of a step."""
    page = chromium.new_page()
    load_modules(page, "shared/payload.js", "stepper/position.js")
    yield page
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_every_line_of_every_step_is_that_of_python(modules: Page, scene: Scene, language: str) -> None:
    lines = modules.evaluate(EVERY_LINE, base64.b64encode(payload(scene, language)).decode())
    ways = [*step.sentences(scene, language), *step.results(scene, language)]
    cells = list(np.ndindex(*scene.output.shape))
    assert lines == [[way.write(scene, i, j) for way in ways] for i, j in cells]


@pytest.mark.parametrize("scene", SCENES)
def test_the_step_is_written_and_shown(page: Page, tmp_path: Path, scene: Scene) -> None:
    path = tmp_path / "stepper.html"
    path.write_text(offline.page(scene, language="en"), "utf-8")
    page.goto(path.as_uri())
    expect(page.locator(".said")).to_have_text(step.cell_sentences(scene, "en", 0, 0))
    keys = page.locator("figure.output").first.locator(".legend .key")
    expect(keys).to_have_count(2)
    current, waiting = keys.all()
    expect(current).to_have_text(translate("stepper.current", "en"))
    expect(waiting).to_have_text(translate("stepper.waiting", "en"))
    expect(waiting).to_be_visible()
    page.keyboard.press("End")
    expect(waiting).to_be_hidden()  # under a full map no cell waits
    last = scene.output.shape[0] - 1, scene.output.shape[1] - 1
    expect(page.locator(".said")).to_have_text(step.cell_sentences(scene, "en", *last))
    assert float(str(page.locator("[data-step]").get_attribute("data-value"))) == scene.output[last]
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-step]")).to_have_attribute("data-step", str(scene.output.size - 2))
    expect(waiting).to_be_hidden()  # to look back takes nothing away
    page.keyboard.press("Home")
    expect(waiting).to_be_visible()  # to start over does
    if scene.operation == "pointwise":
        expect(page.locator(".formula")).to_have_text(step.formula(scene))
    page.keyboard.press("End")
    expect(page.locator("[data-step]")).to_have_attribute("data-step", str(scene.output.size - 1))
    with_links, without = (drawn(page, links) for links in ("", "none"))
    for words, left, top, right, bottom in page.evaluate(WORDS):
        # no line is over words; above and below its letters a line of text has some room
        box = slice(round(top) + 3, round(bottom) - 3), slice(round(left), round(right))
        np.testing.assert_allclose(with_links[box], without[box], atol=12, err_msg=words)


WORDS = """() => {
  const root = [...document.querySelectorAll("*")].find((node) => node.shadowRoot)?.shadowRoot ?? document;
  const walker = document.createTreeWalker(root.querySelector(".stage"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { currentNode: words } = walker;
    if (!words.data.trim() || !words.parentElement.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(words);
    for (const { left, top, right, bottom } of range.getClientRects())
      found.push([words.data, left, top, right, bottom]);
  }
  return found;
}"""


def drawn(page: Page, links: str) -> np.ndarray:
    """Return the screen, uint8 [H, W, 3], with `display` of the lines from window to cell as given."""
    page.locator(".links").evaluate("(node, display) => { node.style.display = display; }", links)
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), int)


def test_inserted_zeros_are_distinguished_from_padding_and_a_cell_shows_its_stamp(
    page: Page, tmp_path: Path
) -> None:
    scene = transposed()
    path = tmp_path / "stepper.html"
    path.write_text(offline.page(scene, language="en", cell=(0, 0)), "utf-8")
    page.goto(path.as_uri())
    # the window on the first output: two rows and columns of padding, then the first cell of the input
    patch = page.locator("[data-kind=patch]")
    expect(patch).to_have_count(9)
    classes = patch.evaluate_all(
        """(cells) => cells.map(
          ({ classList }) => ["padding", "inserted"].filter((name) => classList.contains(name)).join(),
        )"""
    )
    assert classes == ["padding"] * 8 + [""]
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-kind=patch]").last).to_have_class("number inserted")
    for name in ("padding_zero", "inserted_zero"):
        expect(page.locator("figure.input .legend")).to_contain_text(translate(f"stepper.{name}", "en"))
    canvas = page.locator("figure.input .layers")
    box = canvas.bounding_box()
    assert box is not None
    rows, cols = scene.x.shape[0] + 4, scene.x.shape[1] + 4

    def point(row: int, col: int) -> None:
        x, y = box["width"] * (col + 2.5) / cols, box["height"] * (row + 2.5) / rows
        canvas.hover(position={"x": x, "y": y})

    point(2, 4)  # the input's row 1, column 2: it lands from (2, 4) on, 3 x 3 cells
    words = translate(
        "stepper.stamped",
        "en",
        row=1,
        column=2,
        value=step.number(float(scene.x[2, 4, 0]), 3),
        n=9,
        first="2, 4",
        last="4, 6",
    )
    expect(page.locator(".readout")).to_have_text(words)
    point(1, 1)
    expect(page.locator(".readout")).to_have_text(translate("stepper.used_inserted", "en", n=9))


def test_the_inputs_of_an_addition_are_called_by_their_names(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "stepper.html"
    path.write_text(offline.page(addition(), language="en"), "utf-8")
    page.goto(path.as_uri())
    names = page.locator(".term .name")
    expect(names).to_have_text(["conv2_bn", "block1_relu"])
    expect(page.locator("h1")).to_have_text("Addition")
    # the input is one of the two maps; a click on the other's name shows that one
    shown = page.locator(".input figcaption b")
    expect(shown).to_have_text("conv2_bn")
    before = page.locator(".input .base").evaluate("(canvas) => canvas.toDataURL()")
    names.nth(1).click()
    expect(shown).to_have_text("block1_relu")
    expect(names.nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.locator(".input .base").evaluate("(canvas) => canvas.toDataURL()") != before


def test_an_addition_shows_the_numbers_it_adds_and_no_kernel(page: Page, tmp_path: Path) -> None:
    made = addition()
    path = tmp_path / "stepper.html"
    path.write_text(offline.page(made, language="ko"), "utf-8")
    page.goto(path.as_uri())
    expect(page.locator(".term .number")).to_have_text([number(float(v), 3) for v in made.x[0, 0]])
    expect(page.locator(".math")).not_to_contain_text(translate("stepper.kernel", "ko"))
    page.locator(".term .number").last.hover()
    expect(page.locator(".readout")).to_contain_text("block1_relu: ")
