"""A real server and Debian's WebKit, which is driven by WebDriver: Playwright drives its own alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browser.conftest import DESKTOP, TIMEOUT, server

__all__ = ["server"]
SCREEN = "1600x1200x24"


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen that nobody sees: WebKit has no mode without one."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-screen", "0", SCREEN, "-nolisten", "tcp", "-displayfd", str(writing)]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()  # empty if it ended without one
        assert number, "Xvfb did not start"
        yield f":{number}"
        process.terminate()


@pytest.fixture(scope="session")
def webkit(display: str) -> Iterator[WebKitGTK]:
    environment = {**os.environ, "DISPLAY": display}
    driver = WebKitGTK(options=Options(), service=Service(shutil.which("WebKitWebDriver"), env=environment))
    driver.set_page_load_timeout(TIMEOUT / 1000)
    driver.set_script_timeout(TIMEOUT / 1000)
    driver.set_window_size(**DESKTOP)
    yield driver
    driver.quit()
