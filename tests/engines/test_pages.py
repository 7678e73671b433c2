"""The app in other engines than Chromium: every page is shown, some are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.support.wait import WebDriverWait

from cnnviz import Window
from cnnviz.export import offline
from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT
from tests.browser.walking import GO
from tests.engines.engine import Engine
from tests.scenes import convolved, grid

STATE = """
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  return {
    ended: document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning",
    heading: document.querySelector("h1")?.innerText.trim(),
    components: hosts.length,
    unseen: hosts.filter((host) => !("shown" in host.dataset)).map((host) => host.innerHTML.slice(0, 200)),
    errors: [...document.body.innerText.matchAll(/^.*\\bError\\b.*$/gm)].map(([line]) => line),
  };
"""
FIND = """
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  for (const { shadowRoot } of hosts) {
    const found = shadowRoot.querySelector(arguments[0]);
    if (found) return found;
  }
"""

KEEP_SAVED = """
  HTMLAnchorElement.prototype.click = async function () {
    const picture = await createImageBitmap(await (await fetch(this.href)).blob());
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    (window.colours ??= []).push(new Set(new Uint32Array(data.buffer)).size);
  };
"""
"""Counts the colours of the pictures that are saved."""
AT = """
  const [node, right, down] = arguments;
  let zoom = 1;
  for (let up = node; up; up = up.parentElement ?? up.getRootNode().host) zoom *= getComputedStyle(up).zoom;
  const probe = document.body.appendChild(document.createElement("div"));
  Object.assign(probe.style, { position: "fixed", width: "10px", zoom: 2 });
  const unit = probe.getBoundingClientRect().width === 10 ? zoom : 1;
  probe.remove();
  const { left, top, width, height } = node.getBoundingClientRect();
  return [zoom, Math.round(unit * (left + right * width)), Math.round(unit * (top + down * height))];
"""
"""How an element is enlarged, and where a part of it is on the screen; WebKit measures in its own pixels."""


def wait(engine: Engine, met: str, *arguments: object) -> None:
    """Wait until what a script returns is true."""
    WebDriverWait(engine, TIMEOUT / 1000, 0.1).until(lambda _: engine.run(met, *arguments), met)


def open_page(engine: Engine, server: str, name: str, query: str = "") -> None:
    """Open a page, and wait until all of its components are shown; without a load from a page that is."""
    path = f"/{'' if name == PAGES[0] else name}"
    if not query and engine.address.startswith(server):
        engine.run(f"({GO})(arguments[0])", path)
    else:
        engine.open(f"{server}{path}?lang=en{query}")
    title = translate(f"{name}.title", "en")
    seen: dict[str, object] = {}

    def shown(_: object) -> bool:
        seen.clear()
        seen.update(engine.run(STATE))
        if seen["errors"]:
            raise AssertionError(seen)
        return bool(seen["ended"] and seen["heading"] == title and seen["components"] and not seen["unseen"])

    try:
        WebDriverWait(engine, TIMEOUT / 1000, 0.1).until(shown)
    except Exception as late:
        engine.open("about:blank")  # the next page is loaded
        raise AssertionError(f"{name} is not shown: {seen}") from late


def component(engine: Engine, selector: str) -> Any:
    """Return an element within one of the components."""
    found = engine.run(FIND, selector)
    assert found, selector
    return found


@pytest.mark.parametrize("name", PAGES)
def test_all_components_of_a_page_are_shown(engine: Engine, server: str, name: str) -> None:
    open_page(engine, server, name)


def test_keys_step_through_a_convolution(engine: Engine, server: str) -> None:
    open_page(engine, server, "convolution", "&map=7&cell=0,0")
    stepper = component(engine, ".stepper")
    engine.run("arguments[0].focus()", stepper)
    for key, step in ((Keys.ARROW_RIGHT, "1"), (Keys.ARROW_DOWN, "33"), (Keys.END, "1023")):
        engine.press(key)
        wait(engine, "return arguments[0].dataset.step === arguments[1]", stepper, step)


def test_a_click_or_a_key_opens_a_map_and_a_key_leaves_it(engine: Engine, server: str) -> None:
    open_page(engine, server, "network")
    wait(engine, FIND, ".grid[data-painted]")
    surface = component(engine, ".card .surface")
    engine.click(surface)
    wait(engine, FIND, ".grid.drilling[data-drill]")
    engine.press(Keys.ESCAPE)
    wait(engine, FIND, ".grid:not(.drilling)")
    engine.press(Keys.ENTER)  # the focus is on the map again
    wait(engine, FIND, ".grid.drilling[data-drill]")


def test_a_wrong_answer_is_explained(engine: Engine, server: str) -> None:
    open_page(engine, server, "exercises", "&exercise=next_cell")
    engine.click(component(engine, ".exercise .answer input"))
    engine.press(*"12345", Keys.ENTER)
    wait(engine, FIND, ".card[data-state=wrong]")


def test_a_picture_saved_first_has_all_that_a_second_one_has(engine: Engine, server: str) -> None:
    open_page(engine, server, "convolution", "&map=7&cell=16,9")
    wait(engine, FIND, ".stepper[data-step]")
    engine.run(KEEP_SAVED)
    for count in (1, 2):
        engine.click(component(engine, ".stepper [data-do=picture]"))
        wait(engine, "return window.colours?.length === arguments[0]", count)
    first, second = engine.run("return window.colours")
    assert first == second > 1000  # images in it that were not decoded yet would be missing in the first


def test_a_page_that_was_taken_along_steps_without_a_server(engine: Engine, tmp_path: Path) -> None:
    made = convolved(grid(6, 6, 1), Window(3), make=grid)
    path = tmp_path / "taken.html"
    path.write_text(offline.page(made, language="en"), "utf-8")
    engine.open(path.as_uri())
    shown = "return document.querySelector('#stepper').shadowRoot?.querySelector('[data-step]')"
    wait(engine, shown)
    engine.press(Keys.END)  # no click first: it has the focus
    wait(engine, f"{shown}?.dataset.step === '15'")


def test_on_the_stage_a_click_meets_the_cell_that_it_is_at(engine: Engine, server: str) -> None:
    engine.open(f"{server}/convolution?lang=en&lecture=colours&present=1")
    wait(engine, "return document.documentElement.dataset.stageFitted?.includes('.stepper')")
    view = component(engine, ".stepper")
    over = component(engine, ".stepper .input .over")
    zoom, x, y = engine.run(AT, over, 0.25, 0.75)
    assert zoom > 1.2
    engine.point_at(x, y)
    # of 34 rows and columns, with those of the padding
    wait(
        engine,
        "return arguments[0].querySelector('.readout').innerText.startsWith('Input row 24, column 7')",
        view,
    )


def test_on_the_stage_a_chart_fills_its_place(engine: Engine, server: str) -> None:
    engine.open(f"{server}/architectures?lang=en&lecture=alexnet&present=1")
    wait(engine, "return document.documentElement.dataset.stageFitted?.includes('architecture_drawing')")
    place, chart = (
        engine.run("return document.querySelector(arguments[0])", f"[data-actor] {part}")
        for part in (".stElementContainer:has(> div > .stPlotlyChart)", ".main-svg")
    )

    def fills(_: object) -> bool:
        zoom, *corner = engine.run(AT, place, 1, 1)
        right, bottom = engine.run(AT, chart, 1, 1)[1:]
        return bool(zoom > 1.2 and abs(corner[0] - right) < 3 and abs(corner[1] - bottom) < 3)

    WebDriverWait(engine, TIMEOUT / 1000, 0.1).until(fills)
