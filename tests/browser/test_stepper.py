"""The stepper by itself, in an offline page: the words of every step, and what marks its cells."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Position, expect

from cnnviz import Window, conv2d_step, samples
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain import step
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene
from cnnviz.explain.scene import scene as made
from cnnviz.export import offline
from cnnviz.networks.network import read_weights
from cnnviz.text import LANGUAGES, translate
from cnnviz.text.numbers import number
from tests.browser.alone import Alone
from tests.browser.conftest import load_modules
from tests.scenes import SCENES, addition, transposed
from tests.thorough import thorough

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


SHOWN = {
    "large kernel",
    "large numbers",
    "three channels",
    "eight channels and a bias",
    "pooling",
    "large window with padding",
    "sigmoid",
    "transposed, two channels",
    "addition",
    "product",
    "layer normalisation",
}
"""One of each way of drawing a step, with the most there is to draw."""


@pytest.mark.parametrize("scene", [one for one in SCENES if thorough() or one.id in SHOWN])
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


def test_stepping_by_key_button_scrub_click_and_playing_shows_the_numbers_of_conv2d_step(page: Page) -> None:
    x = CIFAR10.preprocess(samples().images[0])
    weights = read_weights("keras_lecture")[0]
    kernel, bias = weights["conv1.kernel"], weights["conv1.bias"]
    alone = Alone(page, "stepper")
    same = Window(3, padding="same")
    alone.give(payload(made(x, same, "conv", kernel=kernel[..., 7], bias=float(bias[7])), "en"))
    component = page.locator(".stepper")
    component.focus()

    def place() -> tuple[int, int]:
        row, col = (int(component.get_attribute(f"data-{name}") or -1) for name in ("row", "col"))
        return row, col

    def expect_place(i: int, j: int) -> None:
        expect(component).to_have_attribute("data-step", str(32 * i + j))
        assert place() == (i, j)
        wanted = conv2d_step(x, kernel, bias, i, j, 7, stride=1, padding="same", dilation=1).value
        assert float(component.get_attribute("data-value") or "nan") == pytest.approx(wanted, abs=1e-4)

    for key, cell in (
        ("ArrowRight", (0, 1)),
        ("ArrowRight", (0, 2)),
        ("ArrowDown", (1, 2)),
        ("ArrowLeft", (1, 1)),
        ("End", (31, 31)),
        ("ArrowUp", (30, 31)),
        ("Home", (0, 0)),
    ):
        page.keyboard.press(key)
        expect_place(*cell)

    page.get_by_role("button", name=translate("stepper.next", "en")).click()
    expect_place(0, 1)
    page.get_by_role("button", name=translate("stepper.next_row", "en")).click()
    expect_place(1, 1)
    page.get_by_role("slider").fill("500")
    expect_place(15, 20)

    output = component.locator(".outputs canvas").first
    box = output.bounding_box()
    assert box is not None
    output.click(position={"x": box["width"] * 20.5 / 32, "y": box["height"] * 10.5 / 32}, force=True)
    expect_place(10, 20)
    page.wait_for_function("String(sent.at(-1)?.[1].cell) === '10,20'")
    page.get_by_role("button", name=translate("stepper.play", "en"), exact=True).click()
    expect(component).not_to_have_attribute("data-step", str(10 * 32 + 20))
    page.get_by_role("button", name=translate("stepper.pause", "en"), exact=True).click()
    alone.painted()
    i, j = place()
    page.wait_for_function("(cell) => String(sent.at(-1)[1].cell) === cell", arg=f"{i},{j}")  # where it rests
    expect_place(i, j)


def test_an_input_cell_lights_up_the_output_cells_that_use_it(page: Page) -> None:
    alone = Alone(page, "stepper")
    numbers = np.arange(36.0).reshape(6, 6, 1)
    alone.give(payload(made(numbers, Window(3), "conv", kernel=np.ones((3, 3, 1))), "en", cell=(1, 3)))
    component = page.locator(".stepper")
    canvas = component.locator("figure.input canvas").first
    box = canvas.bounding_box()
    assert box is not None
    for pixel, lit in (
        ((0, 0), [(0, 0)]),
        ((1, 1), [(i, j) for i in (0, 1) for j in (0, 1)]),
        ((5, 2), [(3, 0), (3, 1), (3, 2)]),
    ):
        at = {"x": box["width"] * (pixel[1] + 0.5) / 6, "y": box["height"] * (pixel[0] + 0.5) / 6}
        canvas.hover(position=Position(**at), force=True)
        words = translate("stepper.used", "en", row=pixel[0], column=pixel[1], value="", n=len(lit))
        expect(component.get_by_text(words.split(": ")[1])).to_be_visible()
        # the marks over the 4 x 4 output: which cells are tinted in their middle
        tinted = component.locator(".outputs .over").evaluate(
            """(canvas) => {
              const ratio = canvas.width / canvas.clientWidth;
              const side = (canvas.clientWidth - 8) / 4;
              const context = canvas.getContext("2d");
              const found = [];
              for (let i = 0; i < 4; i++)
                for (let j = 0; j < 4; j++) {
                  const [x, y] = [(4 + (j + 0.5) * side) * ratio, (4 + (i + 0.5) * side) * ratio];
                  if (context.getImageData(x, y, 1, 1).data[3] > 0) found.push([i, j]);
                }
              return found;
            }"""
        )
        assert [tuple(cell) for cell in tinted] == lit


def test_the_arithmetic_is_a_table_that_follows_the_steps(page: Page) -> None:
    numbers = np.zeros((4, 4, 1))
    numbers[:3, :3, 0] = np.arange(1, 10).reshape(3, 3)
    kernel = np.zeros((3, 3, 1))
    kernel[1, 1], kernel[2, 2] = 1, 2
    alone = Alone(page, "stepper")
    alone.give(payload(made(numbers, Window(3), "conv", kernel=kernel), "en"))
    stepper = page.locator(".stepper")
    table = stepper.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + 9 + 2)
    expect(table.locator("tbody tr").last.get_by_role("cell")).to_have_text(
        ["Channel 0", "2", "2", "9", "2", "18"]
    )
    expect(table.locator("tfoot tr").last).to_contain_text("23")
    stepper.press("ArrowRight")
    expect(table.locator("caption")).to_contain_text("column 1")
    expect(table.locator("tfoot tr").last).to_contain_text("6")
    slider = stepper.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("column 1: .* = 6$"))
