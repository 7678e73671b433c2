"""What a visitor takes along, as files: opened, stepped through and looked at."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cnnviz import Window, tokens
from cnnviz.explain.scene import Scene, scene
from cnnviz.export import offline
from tests.browser.app_tab import open_app, show_html
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    expect_ended,
    expect_played,
    open_settings,
    resting_box,
    watch_playing,
)
from tests.browser.saving import saved
from tests.scenes import pointwise

GRID = (
    "convolution?kernel=typed&weights=1%200%20-1%0A2%200%20-2%0A1%200%20-1&input=grid&padding=valid&cell=0,1"
)
ACCENT = tokens.rgb(tokens.colour("accent"))  # what marks the path of the eye


def width_of(path: Path) -> int:
    with Image.open(path) as image:
        return image.width


def share(path: Path, colour: tuple[int, int, int]) -> float:
    """Return how much of a picture has a colour, or nearly."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).astype(np.int16)
    return float((np.abs(pixels - np.int16(colour)).max(axis=2) <= 4).mean())


def test_a_number_grid_as_gif_and_as_a_page_that_steps_offline(
    page: Page, server: str, open_page: OpenPage, tmp_path: Path
) -> None:
    open_app(page, f"{server}/{GRID}")
    expect(page.locator("[data-step]")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF").click()
    assert download.value.suggested_filename == "conv_i6x6_k3x3_s1_p0.gif"
    with Image.open(download.value.path()) as image:
        assert (image.n_frames, image.size) == (16, (1280, 720))  # type: ignore[attr-defined]
    page.locator("[data-step]").focus()
    for column in (2, 3):
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"cell=0%2C{column}"))
        expect_ended(page)
    # it can still be fetched when further runs have ended
    assert page.request.get(download.value.url).body().startswith(b"GIF89a")

    html = saved(page, page.get_by_role("button", name="HTML"), tmp_path)
    assert html.name == "conv_i6x6_k3x3_s1_p0.html"
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        alone = open_page(viewport=size, color_scheme=scheme, offline=True)
        requests: list[str] = []
        alone.on("request", lambda request, requests=requests: requests.append(request.url))
        alone.goto(html.as_uri())
        stepper = alone.locator("[data-step]")
        expect(stepper).to_have_attribute("data-step", "3")  # where the visitor was
        alone.keyboard.press("ArrowDown")  # no click first: it has the focus
        expect(stepper).to_have_attribute("data-step", "7")
        alone.keyboard.press("Home")
        alone.keyboard.press("ArrowRight")
        alone.keyboard.press("ArrowDown")
        expect(stepper).to_have_attribute("data-step", "5")
        expect(stepper).to_have_attribute("data-value", "6")  # 2 − 1 + 8 − 3
        alone.keyboard.press("End")
        expect(stepper).to_have_attribute("data-step", "15")
        if scheme == "light":
            alone.get_by_role("combobox").select_option("15")  # steps a second
            watch_playing(stepper)
            alone.get_by_role("button", name="Play").click()  # from the beginning
            expect_played(stepper)  # it came to the end
            expect(stepper).to_have_attribute("data-step", "15")
        overflow = alone.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0
        picture = saved(alone, alone.get_by_role("button", name="Save this step as a picture"), tmp_path)
        assert width_of(picture) > 1.8 * (size["width"] - 60)
        assert requests == [html.as_uri()]


def test_components_and_charts_as_pictures(page: Page, server: str, tmp_path: Path) -> None:
    open_app(page, f"{server}/relu?lang=en")
    expect(page.locator("[data-step]")).to_be_visible()
    resting_box(page.locator(".stepper"))  # its width no longer changes
    step = saved(page, page.get_by_role("button", name="Save this step as a picture"), tmp_path)
    assert step.name == "cnnviz_relu_row16_column16.png"
    assert share(step, ACCENT) > 0.0005  # the window, the result and its cell
    assert 0.2 < share(step, (255, 255, 255)) < 0.95
    width = page.locator(".stepper").evaluate("element => element.clientWidth")
    assert width_of(step) == 2 * (width + 24)

    chart = page.locator(".js-plotly-plot")
    chart.hover()
    camera = page.locator(".modebar-btn[data-title*=ownload]").first
    png = saved(page, camera, tmp_path)
    assert png.name == "cnnviz_relu_histogram.png"
    assert share(png, (200, 80, 10)) > 0.02  # its bars above zero
    open_settings(page).get_by_text("SVG", exact=True).click()
    expect(page).to_have_url(re.compile("chart=svg"))
    page.wait_for_function(
        "document.querySelector('.js-plotly-plot')?._context?.toImageButtonOptions.format === 'svg'"
    )
    page.keyboard.press("Escape")  # the settings lie over the page
    chart.hover()
    svg = saved(page, camera, tmp_path)
    assert svg.name == "cnnviz_relu_histogram.svg"
    assert ET.parse(svg).getroot().tag == "{http://www.w3.org/2000/svg}svg"

    open_app(page, f"{server}/?lang=en&model=digits")
    expect(page.locator("[data-painted]")).to_be_visible()
    grid = saved(page, page.get_by_role("button", name="Save as a picture"), tmp_path)
    assert grid.name == "cnnviz_feature_maps.png"
    assert share(grid, ACCENT) > 0.001  # the chosen map
    assert share(grid, (247, 247, 247)) > 0.01  # maps after ReLU are mostly zero


SMALL = np.array([[0.004, 200, -0.0001], [300, 0.002, 5]])[..., np.newaxis]
MIXED = np.array([[0.004, 1], [0.5, -0.0002]])[..., np.newaxis]


@pytest.mark.parametrize(
    ("made", "column", "sentence", "cells"),
    [
        (
            scene(SMALL, Window(2), "conv", kernel=MIXED, bias=-0.0001),
            0,
            "Row 0, column 0: 0.00002 + 200 + 150 − ≈0 − bias 0.0001 = 350.00",
            ["≈0", "200", "300", "≈0", "≈0", "1", "0.50", "≈−0", "≈0", "200", "150", "≈−0"],
        ),
        (
            scene(SMALL, Window(2, stride=1), "average"),
            1,
            "Row 0, column 1: (200 − 0.0001 + 0.002 + 5) / 4 = 51.25",
            ["200", "≈−0", "≈0", "5"],
        ),
        (pointwise(SMALL), 2, "Row 0, column 2: max(0, −0.0001) = 0", []),
        (
            scene(np.full((1, 3, 1), -1e-9), Window(1), "conv", kernel=np.ones((1, 1, 1))),
            0,
            "Row 0, column 0: ≈−0 ≈ −0 (shown rounded)",
            ["≈−0", "1", "≈−0"],
        ),
    ],
)
def test_small_numbers_beside_large_ones_do_not_read_as_zero(
    open_page: OpenPage, made: Scene, column: int, sentence: str, cells: list[str]
) -> None:
    page = open_page()
    show_html(page, offline.page(made, language="en", cell=(0, column)))
    expect(page.locator("[aria-live]")).to_have_text(sentence)
    expect(page.locator(".math [data-k]")).to_have_text(cells)
