"""The drill-down on the Network page, in Chromium: a map opened where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from cnnviz import samples
from cnnviz.components.feature_grid import DrillDown, MapCell, payload
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain.drill import all_map_ops
from cnnviz.layers.base import Layer, as_maps
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.registry import kinds
from cnnviz.layers.reshape import Reshape
from cnnviz.layers.upsampling import Upsampling
from cnnviz.networks import zoo
from cnnviz.networks.graph import IMAGE, Graph, Node
from cnnviz.networks.network import forward, read_weights, run
from cnnviz.text import translate
from cnnviz.text.numbers import read_number
from tests.browser.alone import Alone
from tests.browser.app_tab import open_app
from tests.browser.conftest import PHONE, OpenPage, load_modules, next_frame, resting_box
from tests.browser.fingers import finger
from tests.thorough import thorough

DRILLED = """([op, kernel, bias, inputs, map, i, j]) => {
  const maps = inputs.map(([data, count, height, width]) => ({ data, count, height, width }));
  op = opAt(op, map, i, j, maps[0]);
  const sources = sourcesOf(op, map);
  if (op.operation === "conv")
    return sumsOf(op, sources, maps, kernel, i, j).reduce((sum, each) => sum + each, bias);
  if (op.sign) return sumsOf(op, sources, maps, kernel, i, j).reduce((a, b) => a * b);
  if (op.operation === "terms")
    return [patchOf(op, maps[0], sources[0].channel, i, j)[0],
            ...termsOf(op, maps[0], i, j).map(({ value }) => value)];
  const patch = patchOf(op, maps[sources[0].input], sources[0].channel, i, j);
  const [first] = patch;
  return { max: () => winnerOf(patch).value, average: () => meanOf(patch).value, pointwise: () => first,
    moved: () => first }[op.operation]();
}"""
GAP = """(panel) => panel.querySelector(".give").getBoundingClientRect().top
  - panel.querySelector(".drill-result").getBoundingClientRect().bottom"""
CODE = re.compile(r"/feature_grid/drill\.js")
UNCOVERED = """(element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.getRootNode().elementFromPoint(left + width / 2, top + height / 2) === element;
}"""
UNSAID = {"separable_conv", "flatten", "dropout", "softmax", "local_response_norm"}
"""Kinds that are not sums, whose maps are made of something that is computed on the way, or not drawn."""


def network_of(layer: Layer, *, flat: bool) -> Graph:
    """Return a network with a layer in it, over maps 7 × 6 × 4 or a vector."""
    first = Node(Conv("first", units=4), (IMAGE,))
    nodes = [first]
    source = "first"
    if flat:
        nodes.append(Node(kinds()["flatten"]("flatten"), ("first",)))
        source = "flatten"
    elif layer.incompatibility((7, 6, 4)) == "needs_signal":
        nodes.append(Node(kinds()["row"]("line"), ("first",)))
        source = "line"
    others = [IMAGE] if isinstance(layer, Concatenate) else [source]
    inputs = (source,) if layer.inputs[0] == 1 else (source, *others)
    return Graph((7, 6, 3), [*nodes, Node(layer.renamed("last"), inputs)])


def cases() -> list[Any]:
    made = []
    for kind, each in kinds().items():
        if kind in UNSAID:
            continue
        flat = each.default().incompatibility((7, 6, 4)) == "needs_vector"
        made.append(pytest.param(each.default(), flat, id=kind))
    others: dict[str, tuple[Layer, bool]] = {
        "groups": (Conv("", units=6, groups=2), False),
        "bilinear": (Upsampling("", interpolation="bilinear"), False),
        "bilinear, 5 and 3": (Upsampling("", 5, 3, "bilinear"), False),
        "reshaped": (Reshape("", (4, 6, 7)), False),
        "a vector reshaped": (Reshape("", (6, 2, 14)), True),
    }
    return [*made, *(pytest.param(*case, id=name) for name, case in others.items())]


@pytest.fixture(scope="module")
def arithmetic(chromium: Browser) -> Iterator[Page]:
    """Return a page that has the arithmetic of drill-downs."""
    page = chromium.new_page()
    load_modules(page, "feature_grid/drill_math.js")
    yield page
    page.close()


@pytest.mark.parametrize(("layer", "flat"), cases())
def test_the_browser_computes_what_the_network_does(arithmetic: Page, layer: Layer, flat: bool) -> None:
    graph = network_of(layer, flat=flat)
    rng = np.random.default_rng(5)
    weights = {
        name: np.abs(rng.normal(size=shape)).astype(np.float32)
        for name, shape in graph.weight_shapes().items()
    }
    x = rng.normal(size=graph.input_shape).astype(np.float32)
    activations = {IMAGE: x} | run(graph, weights, x)
    ops = all_map_ops(graph, weights)["last"]
    inputs = []
    for source in graph["last"].inputs:
        while source != IMAGE and not graph[source].drawn:  # flattened: the browser has the maps
            (source,) = graph[source].inputs
        maps = np.moveaxis(as_maps(activations[source]), -1, 0)
        inputs.append([maps.ravel().tolist(), *maps.shape])
    wanted = as_maps(activations["last"])
    for map_ in {0, wanted.shape[2] - 1}:
        kernel = None if ops.kernel is None else ops.kernel[map_].ravel().tolist()
        bias = 0.0 if ops.bias is None else float(ops.bias[map_])
        height, width, _ = wanted.shape
        for i, j in {(0, 0), (height // 2, width - 1), (height - 1, width // 2)}:
            described = ops.describe(3.0, 3.0)
            found = arithmetic.evaluate(DRILLED, [described, kernel, bias, inputs, map_, i, j])
            if isinstance(found, list):
                own = {name: weights[f"last.{name}"] for name in graph["last"].weight_shapes}
                before = [activations[source] for source in graph["last"].inputs]
                op = graph["last"].layer.sliding_op(before, own, map_)
                assert op is not None
                assert op.compute is not None
                assert op.terms[1:] in ((), ("mean", "variance"))  # all that the browser knows
                found = op.compute(np.float32(found))[0]
            if ops.operation == "pointwise":
                assert ops.op is not None
                assert ops.op.compute is not None
                found = ops.op.compute(np.float32([found]))[0]
            assert found == pytest.approx(wanted[i, j, map_], abs=1e-4)


def opened(page: Page, layer: str, **position: int) -> Locator:
    """Click on a map of a layer; return the panel, once its numbers are the network's own."""
    page.locator(f".surface[data-layer={layer}]").click(position={"x": 9, "y": 9, **position})
    return ready(page)


def ready(page: Page, language: str = "en") -> Locator:
    panel = page.locator(".drill")
    expect(panel).to_be_visible()
    expect(panel).to_have_attribute("data-exact", "true")
    expect(panel.locator(".drill-total")).not_to_contain_text(translate("drill.waiting", language))
    return panel


def assert_sum(panel: Locator, expected: float) -> None:
    """Assert that what the panel adds up, and what it shows as the result, is a network's number."""
    assert float(str(panel.get_attribute("data-sum"))) == pytest.approx(expected, abs=1e-4)
    assert float(str(panel.get_attribute("data-value"))) == pytest.approx(expected, abs=1e-4)
    written = panel.locator(".drill-result").inner_text()
    digits = len(written.partition(".")[2])
    assert float(read_number(written)) == pytest.approx(expected, abs=0.51 * 10**-digits)


def test_a_click_opens_a_map_in_place(page: Page, server: str) -> None:
    weights = read_weights("keras_lecture")[0]
    activations = forward("keras_lecture", weights, samples().images[0])
    open_app(page, f"{server}/?lang=en")
    grid = page.locator("[data-painted]")
    expect(grid).to_be_visible()
    panel = opened(page, "conv2")

    def place() -> tuple[int, int, int]:
        map_, row, col = str(grid.get_attribute("data-drill")).split(",")[1:]
        return int(row), int(col), int(map_)

    assert_sum(panel, activations["conv2"][place()])
    shown = panel.locator(".drill-part").count()
    more = panel.locator(".drill-more")
    expect(more).to_contain_text(str(32 - shown))  # honest about what there is no room for

    # the pointer moves the window, and so do the keys
    box = resting_box(panel.locator(".drill-into canvas"))  # the panel has grown
    page.mouse.move(box["x"] + box["width"] * 0.51, box["y"] + box["height"] * 0.26)
    expect(grid).to_have_attribute("data-drill", re.compile(",8,16$"))
    page.keyboard.press("ArrowDown")
    expect(grid).to_have_attribute("data-drill", re.compile(",9,16$"))
    assert_sum(panel, activations["conv2"][place()])

    result = panel.locator(".drill-result")
    spoken = panel.get_by_role("table")
    expect(spoken.locator("tfoot tr").last).to_contain_text(result.inner_text())
    expect(spoken.locator("tbody tr")).to_have_count(9 * shown)

    # one step after the other: products, sums, what is added, the result; Escape goes back to all of it
    page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-step", "0")
    expect(result).to_have_text("?")
    assert panel.evaluate(GAP) == pytest.approx(2, abs=1.5)  # the line begins at what is still unknown
    expect(panel.locator(".drill-said")).to_contain_text("1 of 9")
    filled = panel.locator(".drill-part").first.locator("[data-kind=product]:not(.waiting)")
    expect(filled).to_have_count(1)
    for _ in range(9):
        page.keyboard.press("Enter")
    expect(filled).to_have_count(9)
    expect(panel.locator(".drill-sum").first).not_to_have_text("")
    for _ in range(shown - 1 + 3):
        page.keyboard.press("Enter")
    expect(result).not_to_have_text("?")
    page.keyboard.press("Escape")
    expect(panel).to_have_attribute("data-step", "-1")

    # a map that it comes from opens too: one level nearer to the picture
    panel.locator(".drill-name").first.click()
    expect(panel.locator("h2")).to_contain_text("ReLU 1")
    ready(page)
    page.keyboard.press("Escape")
    expect(panel.locator("h2")).to_contain_text("Convolution 2")

    # it stays open in another language
    page.get_by_role("radio", name="한국어").click()
    expect(grid).to_have_attribute("lang", "ko")
    expect(panel.locator("h2")).to_contain_text("합성곱 2")
    ready(page, "ko")
    assert_sum(panel, activations["conv2"][place()])

    expect(page).to_have_url(re.compile("drill=1"))
    panel.locator(".drill-about").click()  # what cannot have the focus takes no key away
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(".surface[data-layer=conv2]")).to_be_focused()
    expect(page).not_to_have_url(re.compile("drill=1"))


def test_every_kind_adds_up_to_its_number(open_page: OpenPage, server: str) -> None:
    """A network with skip connections and batch normalisation; both inputs of an addition.

    A plain convolution: above. Fully connected layers and global pooling: test_layer_overview.
    """
    activations = forward("resnet", read_weights("resnet")[0], samples().images[0])
    page = open_page(reduced_motion="reduce")
    open_app(page, f"{server}/?lang=en&model=resnet&ask=0&look=softmax%2C0%2C0%2C3&drill=1")
    grid = page.locator("[data-painted]")
    panel = ready(page)
    layers = ["softmax", "conv1_norm", "block1_add", "block2_shortcut"]
    if thorough():
        layers += ["conv1", "global_pool", "dense1"]
    for layer in layers:
        if layer != layers[0]:  # the first by its link, the others by a click
            page.keyboard.press("Escape")
            expect(panel).to_be_hidden()
            panel = opened(page, layer)
        expect(grid).to_have_attribute("data-drill", re.compile(f"^{layer},"))
        map_, row, col = (int(part) for part in str(grid.get_attribute("data-drill")).split(",")[1:])
        values = activations[layer]
        expected = values[col] if values.ndim == 1 else values[row, col, map_]
        assert_sum(panel, expected)
        if layer == "block1_add":
            names = panel.locator(".drill-name").all_inner_texts()
            assert [name.split(",")[0] for name in names] == ["Batch normalisation 3", "ReLU 1"]


def test_a_finger_moves_the_window(open_page: OpenPage, server: str) -> None:
    page = open_page(viewport=PHONE)
    with finger(page) as tap:
        open_app(page, f"{server}/?lang=en")
        grid = page.locator("[data-painted]")
        expect(grid).to_be_visible()
        tap(page.locator(".surface[data-layer=pool1]"), {"x": 9, "y": 9})
        panel = ready(page)
        place = str(grid.get_attribute("data-drill"))
        tap(panel.locator(".drill-into canvas"), {"x": 90, "y": 60})
        expect(grid).not_to_have_attribute("data-drill", place)
        small = panel.locator("button:visible").evaluate_all(
            """(all) => all.map((b) => [b.className, b.getBoundingClientRect()])
              .filter(([, { width, height }]) => Math.min(width, height) < 40).map(([name]) => name)"""
        )
        assert small == []
        expect(panel.locator(".drill-hint")).to_have_text(translate("drill.hint_touch", "en"))
        tap(panel.locator(".drill-close"))
        expect(panel).to_be_hidden()


def test_on_a_phone_back_closes_one_map_after_the_other_and_then_leaves_the_page(
    open_page: OpenPage, server: str
) -> None:
    page = open_page(viewport=PHONE, reduced_motion="reduce")
    before = f"{server}/_stcore/health"
    page.goto(before)
    page.goto(f"{server}/?lang=en")
    panel, title = page.locator(".drill"), page.locator(".drill h2")
    opened(page, "conv1_relu")
    panel.locator(".drill-name").first.click()
    expect(title).to_contain_text("Convolution 1")
    page.go_back()
    expect(title).to_contain_text("ReLU 1")
    page.go_back()
    expect(panel).to_be_hidden()
    expect(page).not_to_have_url(re.compile("drill=1"))

    opened(page, "conv1_relu")
    panel.locator(".drill-name").first.click()
    expect(title).to_contain_text("Convolution 1")
    expect(page).to_have_url(re.compile("drill=1"))
    with page.expect_event("framenavigated"):  # what was closed otherwise leaves nothing to go back through
        panel.locator(".drill-close").click()
    expect(panel).to_be_hidden()
    expect(page).not_to_have_url(re.compile("drill=1"))
    page.go_back()
    expect(page).to_have_url(before)


def test_of_presses_before_its_code_is_there_the_last_opens(page: Page) -> None:
    """And none once the visitor has left it; who has not turned to the maps fetches no code."""
    held: list[Route] = []
    grid, panel = page.locator(".grid[data-painted]"), page.locator(".drill")
    alone = Alone(page, "feature_grid")
    page.route(CODE, lambda route: held.append(route), times=1)
    alone.give(maps_of(0))
    expect(grid).to_be_visible()
    assert not held

    surfaces = {name: page.locator(f".surface[data-layer={name}]") for name in ("conv1", "conv2")}
    with page.expect_request(CODE) as coming:
        surfaces["conv1"].click(position={"x": 9, "y": 9})
    surfaces["conv2"].press("Enter")
    page.keyboard.press("Escape")
    picture = str(grid.get_attribute("data-image"))
    surfaces["conv2"].press("Enter")
    alone.give(maps_of(1))
    expect(grid).not_to_have_attribute("data-image", picture)
    expect(panel).to_have_count(0)
    arrive(page, held, coming.value)
    expect(panel).to_have_count(0)

    page.reload()
    alone = Alone(page, "feature_grid")
    page.route(CODE, lambda route: held.append(route), times=1)
    with page.expect_request(CODE):
        alone.give(maps_of(0, open=True))
    expect(page.locator(".grid[data-image]")).to_be_visible()
    next_frame(page)
    expect(grid).to_have_count(0)  # what the link opens belongs to it
    surfaces["conv2"].press("Enter")
    held.pop().fallback()
    expect(panel.locator("h2")).to_contain_text("Convolution 2")
    expect(panel).to_be_visible()
    expect(panel.locator(".drill-into canvas")).to_be_focused()
    expect(grid).to_be_visible()


def maps_of(sample: int, *, open: bool = False) -> bytes:
    """Return what the grid gets of a picture, on a map of the first layer."""
    model, image = zoo.get("keras_lecture"), samples().images[sample]
    weights = read_weights(model.name)[0]
    return payload(
        forward(model.name, weights, image),
        model.layers,
        image,
        class_names=CIFAR10.classes,
        true_label=None,
        language="en",
        selected=MapCell("conv1", 7, 3, 4),
        drill=DrillDown(all_map_ops(model.graph, weights), CIFAR10.preprocessing, open=open),
    )


def arrive(page: Page, held: list[Route], request: Request) -> None:
    """Let code come that is held back, and wait until it has run."""
    held.pop().fallback()
    request.response()
    page.evaluate("(address) => import(address).then(() => {})", request.url)
    next_frame(page)


def test_where_its_code_cannot_be_fetched_the_next_press_tries_again(
    open_page: OpenPage, server: str
) -> None:
    page = open_page(viewport=PHONE)
    page.goto("about:blank")
    page.route(CODE, lambda route: route.fulfill(status=404), times=1)
    page.goto(f"{server}/?lang=en&look=conv2%2C7%2C3%2C4&drill=1")
    missing = page.locator(".grid[data-painted] .missing")
    expect(missing).to_have_text(translate("drill.missing_view", "en"))
    expect(missing).to_be_in_viewport(ratio=1)
    assert missing.evaluate(UNCOVERED)  # by the bar of pages
    page.locator(".surface[data-layer=conv2]").press("Enter")
    expect(ready(page).locator("h2")).to_contain_text("map 7")
    expect(missing).to_have_text("")
