"""Debian's WebKit, the engine of Safari, driven by WebDriver: Playwright drives its own build alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browser.conftest import DESKTOP, TIMEOUT
from tests.engines.engine import Engine


@contextmanager
def webkit(display: str) -> Iterator[Engine]:
    """Start it on an X display, which it has to have, and end it afterwards."""
    environment = {**os.environ, "DISPLAY": display}
    with WebKitGTK(
        options=Options(), service=Service(shutil.which("WebKitWebDriver"), env=environment)
    ) as driver:
        driver.set_page_load_timeout(TIMEOUT / 1000)
        driver.set_script_timeout(TIMEOUT / 1000)
        driver.set_window_size(**DESKTOP)
        yield WebKit(driver)


class WebKit:
    """An `Engine`."""

    def __init__(self, driver: WebKitGTK) -> None:
        """Take a browser that has begun."""
        self._driver = driver

    def open(self, address: str) -> None:
        self._driver.get(address)

    @property
    def address(self) -> str:
        return str(self._driver.current_url)

    def run(self, script: str, *arguments: Any) -> Any:
        return self._driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        ActionChains(self._driver).send_keys(*keys).perform()

    def click(self, element: Any) -> None:
        ActionChains(self._driver).move_to_element(element).click().perform()

    def point_at(self, x: int, y: int) -> None:
        actions = ActionChains(self._driver)
        actions.w3c_actions.pointer_action.move_to_location(x, y)
        actions.perform()
