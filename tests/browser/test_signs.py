"""The sign of a number where colours are gone: the mark in large cells, and the grey-safe scale."""

from __future__ import annotations

import io
import re
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz import conv2d, samples
from cnnviz.colours import SCALES, ScaleName, properties, signed_colour, signed_scale
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT, OpenPage, load_modules, open_settings
from tests.minus import has_minus

INPUT = np.random.default_rng(3).integers(-4, 5, (6, 6))
KERNEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
TYPED = {"numbers": INPUT, "weights": KERNEL}
PALE = 0.02  # of full colour: what is nearer to zero is left out where pixels decide about a sign


def number_grid(**more: str) -> str:
    """Return the address of the convolution of INPUT with KERNEL."""
    written = {name: "\n".join(" ".join(map(str, row)) for row in rows) for name, rows in TYPED.items()}
    choices = {"kernel": "typed", "input": "grid", "padding": "valid", "lang": "en", **written, **more}
    return f"convolution?{urlencode(choices)}"


def in_grey(page: Page) -> np.ndarray:
    """Return the screen in grey, uint8 [rows, cols], once nothing on it moves any more."""
    page.wait_for_function("document.documentElement.style.getPropertyValue('--signed-name')")
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


def choose(page: Page, scale: ScaleName) -> None:
    name = translate(f"frame.colours_{scale}", "en")
    settings = open_settings(page)
    settings.get_by_role("radio", name=name).or_(settings.get_by_role("button", name=name)).first.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", SCALES)
def test_in_grey_a_large_cell_below_zero_is_recognised_by_its_mark(
    open_page: OpenPage, server: str, theme: str, scale: ScaleName
) -> None:
    page = open_page(color_scheme=theme)
    page.goto(f"{server}/{number_grid(cell='3,3', colours=scale)}")
    stepper = page.locator("[data-operation]")
    expect(stepper).to_have_attribute("data-step", "15")
    picture = in_grey(page)
    signs = []
    for cell in stepper.locator(".number").all():
        x, y, width, height = (int(box_of(cell)[name]) for name in ("x", "y", "width", "height"))
        negative = (cell.text_content() or "").startswith("−")
        assert has_minus(picture[y : y + height, x : x + width]) == negative, cell.text_content()
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


@pytest.mark.parametrize("scale", SCALES)
def test_in_grey_large_cells_of_a_map_are_recognised_by_their_mark(
    page: Page, server: str, scale: ScaleName
) -> None:
    """The close-up of an 8 x 8 map has cells of 24 px and more, the one of 32 x 32 of 6."""
    model = "tensorflow_lecture"
    maps = forward(model, read_weights(model)[0], samples().images[0])
    for layer, marked in (("conv3", True), ("conv1", False)):
        index = int(maps[layer].std(axis=(0, 1)).argmax())
        values = maps[layer][..., index]
        size = len(values)
        page.goto(f"{server}/?model={model}&look={layer},{index},0,0&colours={scale}&lang=en")
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
        for cell, colour in zip(cells.all(), wanted, strict=True):
            expect(cell).to_have_css("background-color", colour)

    page.goto(f"{server}/{number_grid()}")
    expect(page.locator("[data-operation]")).to_be_visible()
    shown("orange_blue")
    choose(page, "grey_safe")
    shown("grey_safe")
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


@pytest.mark.parametrize(
    ("path", "canvas", "ready"),
    [
        ("", ".grid .lens canvas", "[data-selected-layer]"),
        ("dense", ".dense .maps canvas.base", ".dense[data-painted]"),
        ("learning", ".learning .effect canvas.map", ".learning[data-painted]"),
        ("relu", "[data-operation] .input canvas.base", "[data-operation]"),
    ],
)
def test_every_component_is_painted_anew(page: Page, server: str, path: str, canvas: str, ready: str) -> None:
    page.goto(f"{server}/{path}?lang=en")
    expect(page.locator(ready)).to_be_visible()
    drawn = page.locator(canvas).first

    def shares() -> list[float]:
        """Return how many of the pixels have a colour of each scale."""
        counts = drawn.evaluate(COLOURS_OF)
        ramps = [signed_colour(np.linspace(-1, 1, 8193), signed_scale(scale)).tolist() for scale in SCALES]
        known = [{",".join(map(str, colour)) for colour in ramp} for ramp in ramps]
        return [sum(counts.get(colour, 0) for colour in ramp) / sum(counts.values(), 1) for ramp in known]

    def painted(scale: ScaleName) -> None:
        for _ in range(TIMEOUT // 50):  # Playwright waits for an element, not for what is painted on it
            share = dict(zip(SCALES, shares(), strict=True))
            if share.pop(scale) > 0.5 > max(share.values()):
                return
            page.wait_for_timeout(50)
        raise AssertionError(f"{scale} is not painted: {shares()}")

    painted("orange_blue")
    choose(page, "grey_safe")
    expect(page).to_have_url(re.compile("colours=grey_safe"))
    painted("grey_safe")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", SCALES)
def test_the_browser_computes_the_colours_of_python(page: Page, scale: ScaleName, dark: bool) -> None:
    paper = "#11141a" if dark else "#ffffff"
    style = ";".join(f"{name}: {value}" for name, value in properties(scale).items())
    page.set_content(f"<main style='--st-background-color: {paper}; {style}'></main>")
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
