"""A real server and other browsers than Chromium, one after the other."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.browser.conftest import server
from tests.engines.engine import Engine
from tests.engines.firefox import firefox
from tests.engines.webkit import webkit

__all__ = ["server"]
SCREEN = "1600x1200x24"


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """An X display that nobody sees."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-screen", "0", SCREEN, "-nolisten", "tcp", "-displayfd", str(writing)]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()  # empty if it ended without one
        assert number, "Xvfb did not start"
        yield f":{number}"
        process.terminate()


@pytest.fixture(scope="session", params=["webkit", "firefox"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One of the browsers: tests are chosen by it with `-k webkit` and `-k firefox`."""
    if request.param == "webkit":
        opened = webkit(request.getfixturevalue("display"))
    else:
        opened = firefox(tmp_path_factory.mktemp("firefox"))
    with opened as started:
        yield started
