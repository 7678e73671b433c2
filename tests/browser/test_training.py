"""Training in Chromium: a real toy run is started, watched, stopped, resumed and looked into."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnviz import events
from cnnviz.runs import Runner
from cnnviz.text import translate
from tests.browser.conftest import PHONE, start_server, tracebacks
from tests.test_runs import until

LONG, SHORT = 100, 3  # epochs: of a run that is stopped, and of one that is waited for


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the server's log and its runs."""
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    """Return the address of a server of our own: what is started here is seen by every visitor."""
    log = place / "log.txt"
    process, url = start_server(log, KERAS_HOME=str(place))
    yield url
    process.terminate()
    process.wait(20)
    assert not tracebacks(log.read_text()), log.read_text()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=translate(f"training.{name}", "en"))


def opened(page: Page, server: str, epochs: int) -> None:
    page.goto(f"{server}/training?lang=en&training_network=mlp&training_epochs_mlp={epochs}")


def start(page: Page, server: str, epochs: int) -> None:
    """Start a toy run of the plain network, and wait for its first epoch."""
    opened(page, server, epochs)
    button(page, "start_toy").click()
    expect(button(page, "stop")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"Epoch \d+ of {epochs}"))).to_be_visible(timeout=180_000)


def ends_of(place: Path) -> list[str]:
    """Return how the runs beside a server's log have ended."""
    files = (place / "runs").glob("*/*.events.jsonl")
    return [event["state"] for file in files for event in events.read(file)[0] if event["event"] == "end"]


def test_a_run_is_seen_by_all_survives_a_reload_and_goes_on_after_a_stop(
    page: Page, chromium: Browser, server: str
) -> None:
    start(page, server, LONG)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.reload()
    expect(button(page, "stop")).to_be_visible()
    expect(button(page, "start_toy")).to_have_count(0)
    other = chromium.new_context(locale="en-US", viewport=PHONE).new_page()
    opened(other, server, SHORT)
    expect(button(other, "stop")).to_be_visible()
    expect(button(other, "start_toy")).to_have_count(0)
    page.goto(f"{server}/convolution?lang=en")  # the other pages are there as ever
    expect(page.locator(".stepper[data-step]")).to_be_visible(timeout=180_000)
    button(other, "stop").click()
    expect(other.get_by_text("There are no finished weights to look into")).to_be_visible(timeout=180_000)
    opened(page, server, SHORT)
    button(page, "resume").click()
    expect(button(page, "stop")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"Epoch \d+ of {LONG}"))).to_be_visible(timeout=180_000)
    button(page, "stop").click()
    expect(button(page, "resume")).to_be_visible(timeout=180_000)
    other.context.close()


def test_what_was_trained_can_be_looked_into(page: Page, server: str) -> None:
    start_run = button(page, "start_toy")
    opened(page, server, SHORT)
    start_run.click()
    look = button(page, "look")
    expect(look).to_be_visible(timeout=300_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    expect(page.get_by_text(translate("training.toy", "en"))).to_be_visible()
    mistakes = page.get_by_role("radiogroup", name=translate("training.mistakes_title", "en"))
    mistakes.get_by_role("radio").first.click()
    expect(mistakes.get_by_role("radio").first).to_have_attribute("aria-checked", "true")
    look.click()
    expect(page).to_have_url(re.compile(r"model=mlp(%40|@)\d{8}-\d{6}"))
    expect(page.locator("[data-painted]").first).to_be_visible()
    page.get_by_role("link", name=translate("frame.page_dense", "en")).click()
    expect(page).to_have_url(re.compile(r"/dense\?.*model=mlp(%40|@)"))
    network = page.get_by_role("combobox", name=translate("frame.model", "en"))
    expect(network).to_have_value(re.compile("trained here"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_stops_ends_its_run(
    page: Page, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, url = start_server(tmp_path / "log.txt", KERAS_HOME=str(tmp_path))
    try:
        start(page, url, LONG)
        page.goto("about:blank")  # nobody asks the dead server for anything
        assert ends_of(tmp_path) == []
        process.send_signal(number)
        process.wait(60)
        until(lambda: ends_of(tmp_path) == ["stopped"])
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    until(lambda: Runner().state() == "stopped")  # and nothing holds its files any more
