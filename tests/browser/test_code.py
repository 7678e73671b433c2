"""Code in Chromium: copied with one click, chosen by the visitor, downloaded whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cnnviz.arithmetic.kernels import CLASSIC, parse_grid
from cnnviz.arithmetic.ops import conv2d
from cnnviz.explain.programs import PROGRAMS, source
from cnnviz.text import translate
from tests.browser.app_tab import open_app, reopen_app


def test_one_click_copies_code_that_computes_the_stepper(page: Page, server: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_app(page, f"{server}/convolution?kernel=classic&input=grid&stride_rows=2&lang=en&cell=1,2")
    component = page.locator("[data-operation]")
    expect(component).to_have_attribute("data-col", "2")
    block = page.get_by_test_id("stCode")
    expect(block).to_contain_text("padded = np.pad")
    block.hover()
    block.get_by_role("button").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('result'))")
    names: dict[str, object] = {}
    exec(page.evaluate("navigator.clipboard.readText()"), names)
    result = names["result"]
    shown = float(component.get_attribute("data-value") or "nan")
    assert result[1, 2] == pytest.approx(shown)  # type: ignore[index]
    grid = parse_grid(page.get_by_role("textbox").input_value(), smallest=2, largest=12)
    bank = CLASSIC["sobel_x"][..., None, None]
    assert shown == pytest.approx(conv2d(grid[..., None], bank, stride=(2, 1), padding="same")[1, 2, 0])


def test_the_library_chosen_stays_in_the_link(page: Page, server: str) -> None:
    open_app(page, f"{server}/relu?lang=en")
    block = page.get_by_test_id("stCode")
    expect(block).to_contain_text("np.maximum")
    page.get_by_role("radio", name="Keras").or_(page.get_by_role("button", name="Keras")).first.click()
    expect(block).to_contain_text("keras.layers.ReLU")
    expect(page).to_have_url(re.compile("code_library=keras"))
    reopen_app(page)
    expect(page.get_by_test_id("stCode")).to_contain_text("keras.layers.ReLU")


def test_a_program_is_downloaded_as_it_is(page: Page, server: str, tmp_path: Path) -> None:
    open_app(page, f"{server}/code?lang=en&code_part=model")
    expect(page.locator(".st-key-code_model").get_by_test_id("stCode")).to_have_count(2)
    for name in PROGRAMS:
        words = translate("code.download", "en", file=f"{name}.py")
        with page.expect_download() as started:
            page.get_by_role("button", name=words).click()
        assert started.value.suggested_filename == f"{name}.py"
        started.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_text("utf-8") == source(name)
