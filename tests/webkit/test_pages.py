"""The app in WebKit, the engine of Safari and of browsers on iPhones: every page is shown, some are used."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys, WebKitGTK
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from cnnviz import Window
from cnnviz.export import offline
from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT
from tests.browser.walking import GO
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
  const { left, top, width, height } = node.getBoundingClientRect();
  return [zoom, Math.round(zoom * (left + right * width)), Math.round(zoom * (top + down * height))];
"""
"""How an element is enlarged, and where a part of it is on the screen; WebKit measures in its own pixels."""


def wait(webkit: WebKitGTK, met: str, *arguments: object) -> None:
    """Wait until what a script returns is true."""
    WebDriverWait(webkit, TIMEOUT / 1000, 0.1).until(lambda _: webkit.execute_script(met, *arguments), met)


def open_page(webkit: WebKitGTK, server: str, name: str, query: str = "") -> None:
    """Open a page, and wait until all of its components are shown; without a load from a page that is."""
    path = f"/{'' if name == PAGES[0] else name}"
    if not query and webkit.current_url.startswith(server):
        webkit.execute_script(f"({GO})(arguments[0])", path)
    else:
        webkit.get(f"{server}{path}?lang=en{query}")
    title = translate(f"{name}.title", "en")
    seen: dict[str, object] = {}

    def shown(_: object) -> bool:
        seen.clear()
        seen.update(webkit.execute_script(STATE))
        if seen["errors"]:
            raise AssertionError(seen)
        return bool(seen["ended"] and seen["heading"] == title and seen["components"] and not seen["unseen"])

    try:
        WebDriverWait(webkit, TIMEOUT / 1000, 0.1).until(shown)
    except Exception as late:
        webkit.get("about:blank")  # the next page is loaded
        raise AssertionError(f"{name} is not shown: {seen}") from late


def component(webkit: WebKitGTK, selector: str) -> WebElement:
    """Return an element within one of the components."""
    found = webkit.execute_script(FIND, selector)
    assert found, selector
    return found


@pytest.mark.parametrize("name", PAGES)
def test_all_components_of_a_page_are_shown(webkit: WebKitGTK, server: str, name: str) -> None:
    open_page(webkit, server, name)


def test_keys_step_through_a_convolution(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "convolution", "&map=7&cell=0,0")
    stepper = component(webkit, ".stepper")
    webkit.execute_script("arguments[0].focus()", stepper)
    for key, step in ((Keys.ARROW_RIGHT, "1"), (Keys.ARROW_DOWN, "33"), (Keys.END, "1023")):
        ActionChains(webkit).send_keys(key).perform()
        wait(webkit, "return arguments[0].dataset.step === arguments[1]", stepper, step)


def test_a_click_or_a_key_opens_a_map_and_a_key_leaves_it(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "network")
    wait(webkit, FIND, ".grid[data-painted]")
    surface = component(webkit, ".card .surface")
    ActionChains(webkit).move_to_element(surface).click().perform()
    wait(webkit, FIND, ".grid.drilling[data-drill]")
    ActionChains(webkit).send_keys(Keys.ESCAPE).perform()
    wait(webkit, FIND, ".grid:not(.drilling)")
    ActionChains(webkit).send_keys(Keys.ENTER).perform()  # the focus is on the map again
    wait(webkit, FIND, ".grid.drilling[data-drill]")


def test_a_wrong_answer_is_explained(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "exercises", "&exercise=next_cell")
    component(webkit, ".exercise .answer input").send_keys("12345", Keys.ENTER)
    wait(webkit, FIND, ".card[data-state=wrong]")


def test_a_picture_saved_first_has_all_that_a_second_one_has(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "convolution", "&map=7&cell=16,9")
    wait(webkit, FIND, ".stepper[data-step]")
    webkit.execute_script(KEEP_SAVED)
    for count in (1, 2):
        component(webkit, ".stepper [data-do=picture]").click()
        wait(webkit, "return window.colours?.length === arguments[0]", count)
    first, second = webkit.execute_script("return window.colours")
    assert first == second > 1000  # images in it that were not decoded yet would be missing in the first


def test_a_page_that_was_taken_along_steps_without_a_server(webkit: WebKitGTK, tmp_path: Path) -> None:
    made = convolved(grid(6, 6, 1), Window(3), make=grid)
    path = tmp_path / "taken.html"
    path.write_text(offline.page(made, language="en"), "utf-8")
    webkit.get(path.as_uri())
    shown = "return document.querySelector('#stepper').shadowRoot?.querySelector('[data-step]')"
    wait(webkit, shown)
    ActionChains(webkit).send_keys(Keys.END).perform()  # no click first: it has the focus
    wait(webkit, f"{shown}?.dataset.step === '15'")


def test_on_the_stage_a_click_meets_the_cell_that_it_is_at(webkit: WebKitGTK, server: str) -> None:
    webkit.get(f"{server}/convolution?lang=en&lecture=colours&present=1")
    wait(webkit, "return document.documentElement.dataset.stageFitted?.includes('.stepper')")
    view = component(webkit, ".stepper")
    over = component(webkit, ".stepper .input .over")
    zoom, x, y = webkit.execute_script(AT, over, 0.25, 0.75)
    assert zoom > 1.2
    actions = ActionChains(webkit)
    actions.w3c_actions.pointer_action.move_to_location(x, y)
    actions.perform()
    # of 34 rows and columns, with those of the padding
    wait(
        webkit,
        "return arguments[0].querySelector('.readout').innerText.startsWith('Input row 24, column 7')",
        view,
    )


def test_on_the_stage_a_chart_fills_its_place(webkit: WebKitGTK, server: str) -> None:
    webkit.get(f"{server}/architectures?lang=en&lecture=alexnet&present=1")
    wait(webkit, "return document.documentElement.dataset.stageFitted?.includes('architecture_drawing')")
    place, chart = (
        webkit.find_element("css selector", f"[data-actor] {part}")
        for part in (".stElementContainer:has(> div > .stPlotlyChart)", ".main-svg")
    )

    def fills(_: object) -> bool:
        zoom, *corner = webkit.execute_script(AT, place, 1, 1)
        right, bottom = webkit.execute_script(AT, chart, 1, 1)[1:]
        return bool(zoom > 1.2 and abs(corner[0] - right) < 3 and abs(corner[1] - bottom) < 3)

    WebDriverWait(webkit, TIMEOUT / 1000, 0.1).until(fills)
