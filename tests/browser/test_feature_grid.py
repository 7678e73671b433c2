"""The feature grid in Chromium, compared with its payload."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cnnviz import samples
from cnnviz.arithmetic.ops import conv2d_step, max_pool
from cnnviz.arithmetic.window import Window
from cnnviz.components.map_coding import LARGEST, encode
from cnnviz.networks import zoo
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from cnnviz.text.kinds import layer_names
from cnnviz.text.numbers import read_number
from tests.browser.app_tab import open_app
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, load_modules, next_frame
from tests.browser.fingers import finger
from tests.thorough import either

DECODED = """([bits, lows, widths, parts, wholes, size]) => {
  const [b, w, p] = [bits, widths, parts].map((bytes) => Uint8Array.from(bytes));
  return [...decode(b, Int32Array.from(lows), w, p, Int32Array.from(wholes), size)];
}"""


@pytest.fixture(scope="module")
def modules(chromium: Browser) -> Iterator[Page]:
    """Return a page that has the grid's own functions."""
    page = chromium.new_page()
    load_modules(page, "feature_grid/coding.js", "feature_grid/words.js")
    yield page
    page.close()


def values() -> np.ndarray:
    """Return float32 of all sizes that are written in different ways, [7, 16, 16], zeros among them.

    Whole numbers are not: of those that travel, only 0 is known as such, and 11 reads "11.0".
    """
    sizes = 10.0 ** np.random.default_rng(0).uniform(-8, np.log10(LARGEST), (7, 16, 16))
    signs = np.random.default_rng(1).choice([-1, 0, 1], sizes.shape, p=(0.45, 0.1, 0.45))
    for k, largest in enumerate((20.01, 0.31, 0.02)):
        sizes[k] = np.linspace(0.0001, largest, 256).reshape(16, 16)
    return (signs * sizes).astype(np.float32)


def test_every_number_reads_as_the_float32_that_was_computed(modules: Page) -> None:
    maps = values()
    coded = encode(maps)
    decoded = modules.evaluate(DECODED, [*(part.tolist() for part in coded), maps[0].size])
    written = "(values) => values.map(precise)"
    wanted = modules.evaluate(written, maps.ravel().tolist())
    assert modules.evaluate(written, decoded) == wanted
    for value, text in zip(
        maps.ravel().tolist(), wanted, strict=True
    ):  # and that is the number itself, rounded
        if "≈" not in text:
            digits = len(text.partition(".")[2])
            assert abs(float(text.replace("−", "-")) - value) <= 0.5000001 * 10**-digits


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), ((1, 3), (2, 1))])
def test_max_pooling_as_in_python(modules: Page, size: object, stride: object, padding: str) -> None:
    maps = values()[:3]
    window = Window(size, stride, padding)
    (top, _), (left, _) = window.pads((16, 16))
    wanted = np.moveaxis(max_pool(np.moveaxis(maps, 0, -1), size, stride=stride, padding=padding), -1, 0)
    found = modules.evaluate(
        "([values, ...rest]) => [...maxPool(Float32Array.from(values), [3, 16, 16], ...rest)]",
        [
            maps.ravel().tolist(),
            {"size": window.size, "stride": window.stride, "start": (-top, -left)},
            list(wanted.shape[1:]),
        ],
    )
    np.testing.assert_array_equal(np.float32(found).reshape(wanted.shape), wanted)


ENDS = """(flow) => [...flow.querySelectorAll(".skip")].map((skip) => {
  const box = (name) => flow.querySelector(`[data-layer=${name}]`).closest(".card").getBoundingClientRect();
  const line = skip.querySelector("path");
  const [first, last] = [0, line.getTotalLength()].map((length) => {
    const { x, y } = line.getPointAtLength(length).matrixTransform(line.getScreenCTM());
    return [x, y];
  });
  const edge = ([x, y], { left, top, right, bottom }) =>
    left <= x && x <= right && Math.min(Math.abs(y - top), Math.abs(y - bottom)) < 2;
  const { from, to } = skip.dataset;
  const symbol = skip.querySelector("text.symbol")?.textContent;
  return { from, to, symbol, joins: edge(first, box(from)) && edge(last, box(to)) };
})"""
SKIPS = [
    ("conv1_relu", "block1_add", "+"),
    *(
        end
        for k in (2, 3, 4)
        for end in (
            (f"block{k - 1}_relu", f"block{k}_shortcut", None),
            (f"block{k}_conv2_norm", f"block{k}_add", "+"),
        )
    ),
]


def assert_joined(page: Page) -> None:
    """Assert that every skip connection's line goes from the card that it takes to the one that takes it."""
    flow = page.locator(".flow")
    joined = f"(flow) => ({ENDS})(flow).every(({{ joins }}) => joins)"
    page.wait_for_function(joined, arg=flow.element_handle(), polling=100)
    ends = flow.evaluate(ENDS)
    assert [(end["from"], end["to"], end.get("symbol")) for end in ends] == SKIPS


@pytest.mark.parametrize("language", either(1))
def test_skip_connections_are_drawn_lit_and_marked(open_page: OpenPage, server: str, language: str) -> None:
    page = open_page(reduced_motion="reduce")
    open_app(page, f"{server}/?model=resnet&lang={language}")
    expect(page.locator("[data-painted]")).to_be_visible()
    expect_lines_to_join_the_cards_at_any_width(page)
    light_the_lines_of_a_join_and_draw_what_a_number_is_made_of(page, language)
    with finger(page) as tap:  # it selects, where a click opens the page that computes the number
        expect_both_inputs_to_be_marked(page, tap, language)


def expect_lines_to_join_the_cards_at_any_width(page: Page) -> None:
    grid, rows = page.locator(".grid"), page.locator(".flow .row")
    assert_joined(page)
    wide = rows.count()
    page.set_viewport_size({**PHONE})
    expect(grid).to_have_class(re.compile("narrow"))
    more = "([flow, wide]) => flow.querySelectorAll('.row').length > wide"
    page.wait_for_function(more, arg=[page.locator(".flow").element_handle(), wide], polling=100)
    assert_joined(page)
    # between the bars of a phone's browser, what stays on top leaves most of the height
    assert grid.locator(".stage").evaluate("(stage) => stage.clientHeight") < 280
    page.set_viewport_size({**DESKTOP})
    expect(grid).not_to_have_class(re.compile("narrow"))
    assert_joined(page)


COUNTED = """(flow) => {
  const paths = [...flow.querySelectorAll(".connections path")];
  const of = (name) => paths.filter((path) => path.getAttribute("class").startsWith(name));
  const count = (some) => some.reduce((sum, path) => sum + path.getAttribute("d").match(/M/g).length, 0);
  return [count(of("up")), count(of("down")), count(paths)];
}"""


def light_the_lines_of_a_join_and_draw_what_a_number_is_made_of(page: Page, language: str) -> None:
    expect(page.locator(".skip.lit")).to_have_count(0)
    page.locator(".card").filter(has=page.locator("[data-layer=block1_add]")).locator("h2").hover()
    expect(page.locator(".skip.lit")).to_have_attribute("data-to", "block1_add")
    page.locator("[data-layer=block2_add]").focus()
    expect(page.locator(".skip.lit[data-to=block2_add]")).to_have_count(1)

    grid, flow = page.locator(".grid"), page.locator(".flow")
    page.mouse.move(
        0, 0
    )  # else the pointer may come by another map of the layer, as the page scrolls below it
    page.locator("[data-layer=block1_conv2]").hover(position={"x": 60, "y": 50})
    expect(grid).to_have_attribute("data-selected-layer", "block1_conv2")
    place = [int(grid.get_attribute(f"data-{name}") or -1) for name in ("row", "col", "selected-map")]
    weights = read_weights("resnet")[0]
    before = forward("resnet", weights, samples().images[0])["block1_conv1_relu"]
    kernel = weights["block1_conv2.kernel"]
    sums = conv2d_step(before, kernel, None, *place, padding="same").channel_sums
    strong = np.abs(sums) >= 0.02 * np.abs(sums).max()
    wanted = [int((strong & (sums > 0)).sum()), int((strong & (sums < 0)).sum()), len(sums)]
    assert min(wanted) > 0
    page.wait_for_function(
        f"([flow, wanted]) => String(({COUNTED})(flow)) === String(wanted)",
        arg=[flow.element_handle(), wanted],
    )
    expect(page.locator(".story")).to_contain_text(translate("feature_grid.hint_connections", language))


CELL = """(mark) => {
  const tile = mark.parentElement.querySelector(".mark:not(.cell)");
  const [box, map] = [mark, tile].map((each) => each.getBoundingClientRect());
  const middle = (low, size, start, whole) => (low + size / 2 - start) / whole;
  return [middle(box.top, box.height, map.top, map.height), middle(box.left, box.width, map.left, map.width)];
}"""


def expect_both_inputs_to_be_marked(page: Page, tap: Callable[..., None], language: str) -> None:
    grid = page.locator(".grid")
    tap(page.locator("[data-layer=block1_add]"), {"x": 70, "y": 60})
    expect(grid).to_have_attribute("data-selected-layer", "block1_add")
    place = [int(grid.get_attribute(f"data-{name}") or -1) for name in ("row", "col", "selected-map")]
    row, col, map_ = place
    inputs = ("block1_conv2_norm", "conv1_relu")
    marked = page.locator(".surface").filter(has=page.locator(".mark.cell:visible"))
    expect(marked).to_have_count(1 + len(inputs))
    expect(grid.locator(".sees")).to_be_visible()
    assert sorted(marked.evaluate_all("(all) => all.map((each) => each.dataset.layer)")) == sorted(
        (*inputs, "block1_add")
    )
    for name in inputs:
        cell = page.locator(f"[data-layer={name}] .mark.cell")
        assert cell.evaluate(CELL) == pytest.approx([(row + 0.5) / 32, (col + 0.5) / 32], abs=0.02)
    activations = forward("resnet", read_weights("resnet")[0], samples().images[0])
    lines = grid.locator(".sees").inner_text().splitlines()
    titles = layer_names({info.name: info.kind for info in zoo.get("resnet").layers}, language)
    for line, name in zip(lines, inputs, strict=False):
        sign, written, named = line.split(maxsplit=2)
        assert named == titles[name]
        assert sign in "=≈+"
        assert float(read_number(written.strip("()"))) == pytest.approx(
            float(activations[name][row, col, map_]), abs=0.02
        )
    assert lines[2] == translate("joins.sees_size", language, height=7, width=7)
    expect(page.locator(".drill")).to_be_visible()
    page.keyboard.press("Escape")  # out of what the tap has opened
    expect(page.locator(".drill")).to_be_hidden()
    tap(page.locator("[data-layer=conv1]"), {"x": 20, "y": 20})
    expect(page.locator(".mark.cell:visible")).to_have_count(0)


APART = """(answer) => {
  const box = (element) => element.getBoundingClientRect();
  const end = (selector, side) =>
    Math.max(...[...answer.querySelectorAll(selector)].map((part) => box(part)[side]));
  const facts = box(answer.parentElement.querySelector(".facts"));
  return Math.min(
    box(answer).left - facts.right,
    box(answer).right - end(".verdict b, li span", "right"),
    box(answer.querySelector("ol")).top - end(".verdict *", "bottom"),
  ) >= -0.5;
}"""


def test_a_straight_network_has_no_lines_and_nothing_of_the_band_overlaps_beside_an_open_sidebar(
    page: Page, server: str
) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    open_app(page, f"{server}/?lang=en")
    expect(page.locator("[data-painted]")).to_be_visible()
    expect(page.locator("svg.skips")).to_have_count(0)
    gutter = page.locator(".flow").evaluate("(flow) => getComputedStyle(flow).paddingLeft")
    assert gutter == "0px"
    answer = page.locator(".answer").element_handle()
    for width in (1024, 1100):
        page.set_viewport_size({"width": width, "height": 768})
        next_frame(page)
        page.wait_for_function(APART, arg=answer, polling=100)  # its width no longer changes
