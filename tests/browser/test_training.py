"""Training in Chromium: a real run is started, watched, stopped, resumed and looked into."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.text import translate
from cnnviz.training import events
from tests.browser.app_tab import empty, open_app
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    TIMEOUT,
    expect_ended,
    open_settings,
    start_server,
    tracebacks,
)
from tests.training.test_runs import until

EPOCHS = 12
OF_A_RUN = 600_000
"""The same for what a run does, whose priority is low: beside busy processes it has a tenth of a core."""
STACK = "builder_name=My+net&builder_stack=c4k3s1same-r-m2-f-d10-x"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Run a server of the test's own, for what is started there is seen by every visitor."""
    log = tmp_path / "log.txt"
    process, url = start_server(log, KERAS_HOME=str(tmp_path))
    try:
        yield url
    finally:
        process.terminate()  # and with it its run
        process.wait(TIMEOUT / 1000)
    assert not tracebacks(log.read_text()), log.read_text()


def button(page: Page, name: str) -> Locator:
    """Return a button of the page itself: while a script runs long, Streamlit's header has a "Stop" too."""
    return page.get_by_test_id("stMain").get_by_role("button", name=translate(f"training.{name}", "en"))


def told(runs: Path, kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind that the runs in a folder have told of."""
    files = runs.glob("*/*.events.jsonl")
    return [event for file in files for event in events.read(file)[0] if event["event"] == kind]


@contextlib.contextmanager
def held(runs: Path) -> Iterator[None]:
    """Hold a run in the midst of its epochs, however slow the pages are."""
    until(lambda: told(runs, "epoch"))
    (start,) = told(runs, "start")
    os.kill(start["pid"], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(start["pid"], signal.SIGCONT)


def test_a_run_is_watched_stopped_resumed_and_looked_into(tmp_path: Path, page: Page, server: str) -> None:
    runs = tmp_path / "runs"
    page.goto(f"{server}/builder?lang=en&{STACK}&training_data=digits")
    page.get_by_role("button", name=translate("builder.train", "en")).click()
    epochs = page.get_by_role("spinbutton", name=translate("training.epochs", "en"))
    epochs.fill(str(EPOCHS))
    epochs.press("Enter")
    expect(page).to_have_url(re.compile(f"training_stack=c4k3s1same.*training_epochs_built={EPOCHS}"))
    button(page, "start").click()  # on the digits, which are bundled
    expect(button(page, "stop")).to_be_visible()
    with held(runs):
        see_it_from_other_pages_and_stop_it(page, server)
    expect(page.get_by_text("There are no finished weights to look into")).to_be_visible(timeout=OF_A_RUN)
    assert [end["state"] for end in told(runs, "end")] == ["stopped"]
    button(page, "resume").click()  # it goes on where it ended
    expect(button(page, "look")).to_be_visible(timeout=OF_A_RUN)
    assert [end["state"] for end in told(runs, "end")] == ["done"]
    assert [epoch["epoch"] for epoch in told(runs, "epoch")] == [*range(1, EPOCHS + 1)]
    look_into_it(page)


def see_it_from_other_pages_and_stop_it(page: Page, server: str) -> None:
    epoch = page.get_by_text(re.compile(rf"Epoch \d+ of {EPOCHS}"))
    expect(epoch).to_be_visible(timeout=OF_A_RUN)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    convolution = page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True)
    convolution.click()  # the other pages are there as ever
    expect(page.locator(".stepper[data-step]")).to_be_visible()
    assert empty(page)  # who started it leaves
    page.set_viewport_size({**PHONE})
    open_app(page, f"{server}/training?lang=en")  # another visitor, who sees it
    expect(epoch).to_be_visible()
    expect(button(page, "start")).to_have_count(0)
    button(page, "stop").click()
    expect(button(page, "stopping")).to_be_disabled()


def look_into_it(page: Page) -> None:
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    expect(page.get_by_text("1,437 training images")).to_be_visible()
    mistakes = page.get_by_role("radiogroup", name=translate("training.mistakes_title", "en"))
    mistakes.get_by_role("radio").first.click()
    expect(mistakes.get_by_role("radio").first).to_have_attribute("aria-checked", "true")
    button(page, "look").click()
    expect(page).to_have_url(re.compile(r"model=built(%40|@)\d{8}-\d{6}"))
    expect(page.locator("[data-painted]").first).to_be_visible()
    expect_ended(page)
    page.set_viewport_size({**DESKTOP})
    page.get_by_role("link", name=translate("frame.page_dense", "en")).click()
    expect(page).to_have_url(re.compile(r"/dense\?.*model=built(%40|@)"))
    # the address is the new page's at once, and the settings are closed when that has come
    expect(page.locator("h1", has_text=translate("dense.title", "en"))).to_be_visible()
    picker = open_settings(page).get_by_role("combobox", name=translate("frame.model", "en"))
    expect(picker).to_have_value(re.compile("^My net on .*trained here"))
    page.goto("about:blank")  # nobody asks the dead server for anything
