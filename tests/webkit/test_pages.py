"""The app in WebKit, the engine of Safari and of browsers on iPhones: every page is shown, some are used."""

from __future__ import annotations

import pytest
from selenium.webdriver import ActionChains, Keys, WebKitGTK
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT
from tests.browser.walking import GO

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


def test_a_click_opens_a_map(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "network")
    wait(webkit, f"return (() => {{{FIND}}})(...arguments)", ".grid[data-painted]")
    surface = component(webkit, ".card .surface")
    ActionChains(webkit).move_to_element(surface).click().perform()
    wait(webkit, f"return (() => {{{FIND}}})(...arguments)", ".grid.drilling[data-drill]")


def test_a_wrong_answer_is_explained(webkit: WebKitGTK, server: str) -> None:
    open_page(webkit, server, "exercises", "&exercise=next_cell")
    component(webkit, ".exercise .answer input").send_keys("12345", Keys.ENTER)
    wait(webkit, f"return (() => {{{FIND}}})(...arguments)", ".card[data-state=wrong]")
