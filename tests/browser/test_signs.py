"""The sign of a number where colours are gone: the mark in large cells, and the grey-safe scale."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import product
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz import conv2d, samples
from cnnviz.colours import SCALES, ScaleName, properties, signed_colour, signed_scale
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import section, translate
from tests.browser.alone import Alone
from tests.browser.app_tab import open_app, show_html
from tests.browser.conftest import TIMEOUT, OpenPage, expect_ended, load_modules, open_settings
from tests.browser.test_alone import CLASSES, learned
from tests.browser.test_leaks import grids
from tests.components.test_dense_view import LAYERS, look
from tests.minus import has_minus
from tests.thorough import thorough

INPUT = np.random.default_rng(3).integers(-4, 5, (6, 6))
KERNEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
TYPED = {"numbers": INPUT, "weights": KERNEL}
MODEL = "keras_lecture"
PALE = 0.02  # of full colour: what is nearer to zero is left out where pixels decide about a sign


def number_grid(**more: str) -> str:
    """Return the address of the convolution of INPUT with KERNEL."""
    written = {name: "\n".join(" ".join(map(str, row)) for row in rows) for name, rows in TYPED.items()}
    choices = {"kernel": "typed", "input": "grid", "padding": "valid", "lang": "en", **written, **more}
    return f"convolution?{urlencode(choices)}"


def in_grey(page: Page) -> np.ndarray:
    """Return the screen in grey, uint8 [rows, cols], once nothing on it moves any more."""
    page.wait_for_function("document.documentElement.style.getPropertyValue('--signed-name')")
    expect_ended(page)  # on a slow machine a page rests between its parts
    expect(page.locator("[data-testid=stBidiComponentIsolated]:not([data-shown])")).to_have_count(0)
    before, now = b"", page.screenshot()
    for _ in range(TIMEOUT // 100):
        if before == now:
            break
        page.wait_for_timeout(100)
        before, now = now, page.screenshot()
    with Image.open(io.BytesIO(now)) as image:
        return np.asarray(image.convert("L"))


def box_of(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return {name: round(edge) for name, edge in box.items()}


def cells_of(locator: Locator, rows: int, cols: int, frame: float = 0) -> list[list[tuple[slice, slice]]]:
    """Return where on the screen the cells of a canvas are; `frame` is the share of it around them."""
    box = box_of(locator)
    edge, side = frame * box["width"], (1 - 2 * frame) * box["width"] / cols

    def cut(start: float, k: int) -> slice:
        return slice(round(start + edge + k * side), round(start + edge + (k + 1) * side))

    return [[(cut(box["y"], i), cut(box["x"], j)) for j in range(cols)] for i in range(rows)]


TEXTS_AND_BOXES = """(all) => all.map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return [one.textContent, [x, y, width, height].map(Math.round)];
})"""


def choose(page: Page, scale: ScaleName) -> None:
    name = translate(f"frame.colours_{scale}", "en")
    settings = open_settings(page)
    settings.get_by_role("radio", name=name).or_(settings.get_by_role("button", name=name)).first.click()


THEMES = ("light", "dark")
EACH = list(product(THEMES, SCALES) if thorough() else zip(THEMES, SCALES, strict=True))
"""Pairs of theme and scale: each has its colours apart from the other's."""


@pytest.mark.parametrize(("theme", "scale"), EACH)
def test_in_grey_a_large_cell_below_zero_is_recognised_by_its_mark(
    open_page: OpenPage, server: str, theme: str, scale: ScaleName
) -> None:
    page = open_page(color_scheme=theme)
    open_app(page, f"{server}/{number_grid(cell='3,3', colours=scale)}")
    stepper = page.locator("[data-operation]")
    expect(stepper).to_have_attribute("data-step", "15")
    picture = in_grey(page)
    signs = []
    for text, (x, y, width, height) in stepper.locator(".number").evaluate_all(TEXTS_AND_BOXES):
        negative = text.startswith("−")
        assert has_minus(picture[y : y + height, x : x + width]) == negative, text
        signs.append(negative)
    assert 3 < sum(signs) < len(signs) - 3  # some of either
    # the output is a canvas: all of its cells, but the framed last one
    output = conv2d(INPUT[..., np.newaxis], KERNEL[..., np.newaxis, np.newaxis])[..., 0]
    for side, values in (("input", INPUT), ("outputs", output)):
        assert (values < 0).any()
        assert (values > 0).any()
        places = cells_of(stepper.locator(f".{side} canvas.base"), *values.shape)
        for i, j in np.ndindex(*values.shape):
            if i < 3 and j < 3:  # beside what is framed
                assert has_minus(picture[places[i][j]]) == (values[i, j] < 0), (side, i, j)


SIZES = ("conv3", "conv1")
MAPS = [
    (scale, layer, layer == "conv3")
    for scale, layer in (product(SCALES, SIZES) if thorough() else zip(SCALES, SIZES, strict=True))
]
"""Scale, layer, and whether its cells have a mark."""


@pytest.mark.parametrize(("scale", "layer", "marked"), MAPS)
def test_in_grey_large_cells_of_a_map_are_recognised_by_their_mark(
    page: Page, server: str, scale: ScaleName, layer: str, marked: bool
) -> None:
    """The close-up of an 8 x 8 map has cells of 24 px and more, the one of 32 x 32 of 6."""
    model = "tensorflow_lecture"
    maps = forward(model, read_weights(model)[0], samples().images[0])
    index = int(maps[layer].std(axis=(0, 1)).argmax())
    values = maps[layer][..., index]
    size = len(values)
    open_app(page, f"{server}/?model={model}&look={layer},{index},0,0&colours={scale}&lang=en")
    lens = page.locator(".lens canvas")
    expect(lens).to_be_visible()
    expect(page.locator("[data-selected-layer]")).to_have_attribute("data-selected-layer", layer)
    picture = in_grey(page)
    places = cells_of(lens, size, size, frame=2 / 36)
    clear = np.abs(values) > PALE * np.abs(values).max()
    clear[:2, :2] = False  # the frame of the cell that is looked at
    assert (values[clear] < 0).any()
    assert (values[clear] > 0).any()
    for i, j in np.argwhere(clear).tolist():
        cell = picture[places[i][j]]
        if marked:
            assert has_minus(cell) == (values[i, j] < 0), (i, j)
        else:
            assert np.ptp(cell[1:-1, 1:-1].astype(int)) <= 2, (i, j)  # one colour, no mark


def test_the_scale_is_chosen_once_for_what_is_there_and_stays_in_the_link(page: Page, server: str) -> None:

    def shown(scale: ScaleName) -> None:
        """Wait until the cells of the kernel have the colours of the scale: in the browser as in Python."""
        wanted = [
            f"rgb({r}, {g}, {b})" for r, g, b in signed_colour(KERNEL / 2, signed_scale(scale)).reshape(-1, 3)
        ]
        cells = page.locator("[data-kind=kernel]")
        expect(cells).to_have_count(len(wanted))
        for cell, colour in zip(cells.all(), wanted, strict=True):
            expect(cell).to_have_css("background-color", colour)

    open_app(page, f"{server}/{number_grid()}")
    expect(page.locator("[data-operation]")).to_be_visible()
    shown("orange_blue")
    numbers = page.locator("[data-operation] .input canvas.base")
    expect_painted(numbers, "orange_blue")
    choose(page, "grey_safe")
    shown("grey_safe")
    expect_painted(numbers, "grey_safe")
    expect(page).to_have_url(re.compile("colours=grey_safe"))
    page.get_by_role("link", name=translate("frame.page_relu", "en"), exact=True).click()
    bars = page.locator(".js-plotly-plot .legendpoints path")  # of what is below zero, and above
    expect(bars.last).to_be_visible()
    expect(page).to_have_url(re.compile("relu.*colours=grey_safe"))
    positive = "rgb({}, {}, {})".format(*signed_scale("grey_safe").bar_positive)
    expect(bars.last).to_have_css("fill", positive)
    choose(page, "orange_blue")
    expect(bars.last).to_have_css("fill", "rgb({}, {}, {})".format(*signed_scale().bar_positive))
    expect(page).not_to_have_url(re.compile("colours="))  # a default is no part of a link


COLOURS_OF = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = {};
  for (let k = 0; k < data.length; k += 4) {
    if (!data[k + 3]) continue;
    const colour = data.slice(k, k + 3).join();
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  return counts;
}"""


def expect_painted(canvas: Locator, scale: ScaleName) -> None:
    """Wait until most of what is on a canvas has colours of one scale, and less has those of any other."""
    ramps = {
        name: {
            ",".join(map(str, colour))
            for colour in signed_colour(np.linspace(-1, 1, 8193), signed_scale(name)).tolist()
        }
        for name in SCALES
    }
    share = dict[str, float]()
    for _ in range(TIMEOUT // 50):  # Playwright waits for an element, not for what is painted on it
        counts = canvas.evaluate(COLOURS_OF)
        pixels = sum(counts.values(), 1)
        share = {name: sum(counts.get(each, 0) for each in ramp) / pixels for name, ramp in ramps.items()}
        if share.pop(scale) > 0.5 > max(share.values()):
            return
        canvas.page.wait_for_timeout(50)
    raise AssertionError(f"{scale} is not painted: {share}")


def dense() -> bytes:
    return look(MODEL, "dense1").payload(
        section("dense_view", "en"),
        titles={info.name: info.name for info in LAYERS[MODEL]},
        class_names=CLASSES,
        true_label=None,
    )


@pytest.mark.parametrize(
    ("name", "given", "canvas"),
    [
        ("feature_grid", lambda: grids()[0], ".lens canvas"),
        ("dense_view", dense, ".maps canvas.base"),
        ("learning_view", lambda: learned("en"), ".effect canvas.map"),
    ],
)
def test_every_component_is_painted_anew(
    page: Page, name: str, given: Callable[[], bytes], canvas: str
) -> None:
    """A stepper: where the scale is chosen."""
    alone = Alone(page, name)
    drawn = page.locator(canvas).first
    for scale in SCALES:
        page.evaluate(
            """(properties) => {
              const { style } = document.documentElement;
              for (const [name, value] of Object.entries(properties)) style.setProperty(name, value);
              dispatchEvent(new Event("cnnviz-recoloured"));
            }""",
            {"--st-background-color": "#ffffff", **properties(scale)},
        )
        if scale == SCALES[0]:
            alone.give(given())
        expect_painted(drawn, scale)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", SCALES)
def test_the_browser_computes_the_colours_of_python(page: Page, scale: ScaleName, dark: bool) -> None:
    paper = "#11141a" if dark else "#ffffff"
    style = ";".join(f"{name}: {value}" for name, value in properties(scale).items())
    show_html(page, f"<main style='--st-background-color: {paper}; {style}'></main>")
    load_modules(page, "shared/colours.js")
    values = np.linspace(-1.2, 1.2, 97)
    got = page.evaluate(
        """(values) => {
          const scale = signedScale(document.querySelector("main"));
          return values.map((value) => signedColour(value, scale).map(Math.round));
        }""",
        values.tolist(),
    )
    assert got == signed_colour(values, signed_scale(scale, dark)).tolist()
