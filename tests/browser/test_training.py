"""Training in Chromium: a real toy run is started, watched, stopped, resumed and looked into."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.networks import network
from cnnviz.networks.weights import write_weights
from cnnviz.text import translate
from cnnviz.training import events
from cnnviz.training.run_process import Runner
from tests.browser.app_tab import empty, open_app
from tests.browser.conftest import PHONE, TIMEOUT, expect_ended, open_settings, start_server, tracebacks
from tests.data.test_cifar10 import make_folder
from tests.networks.test_network import loud_weights
from tests.training.test_runs import until

LONG, SHORT = 100, 3  # epochs: of a run that is stopped long before its end, and of one that is waited for
OF_A_RUN = 600_000
"""The same for what a run does, whose priority is low: beside busy processes it has a tenth of a core."""


@contextlib.contextmanager
def serving(place: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server of a test's own, for what is started there is seen by every visitor."""
    log = place / "log.txt"
    process, url = start_server(log, KERAS_HOME=str(place), **variables)
    try:
        yield process, url
    finally:
        process.terminate()  # and with it its run
        process.wait(TIMEOUT / 1000)
    assert not tracebacks(log.read_text()), log.read_text()


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Return a folder with 5,000 made-up training images: an epoch of seconds, a run of many minutes."""
    folder = tmp_path / "data"
    folder.mkdir()
    make_folder(folder, "bin", rows=1000)
    return str(folder)


def button(page: Page, name: str) -> Locator:
    """Return a button of the page itself: while a script runs long, Streamlit's header has a "Stop" too."""
    return page.get_by_test_id("stMain").get_by_role("button", name=translate(f"training.{name}", "en"))


def opened(page: Page, server: str, epochs: int) -> None:
    query = f"training_data=cifar10&training_network=mlp&training_epochs_mlp={epochs}"
    open_app(page, f"{server}/training?lang=en&{query}")


def ends_of(place: Path) -> list[str]:
    """Return how the long runs beside a server's log have ended."""
    files = (place / "runs").glob("*-mlp/*.events.jsonl")
    return [event["state"] for file in files for event in events.read(file)[0] if event["event"] == "end"]


def test_runs_in_a_browser(tmp_path: Path, data: str, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """All on one server, whose start takes as long as a short run."""
    with serving(tmp_path, CNNVIZ_DATA=data) as (process, server):
        train_what_was_built_and_look_into_it(server, page)
        runs = tmp_path / "runs"
        look_at_a_network_without_finite_answers(server, page, runs)
        see_a_run_again_and_let_it_go_on_after_a_stop(server, page, tmp_path)
        process.terminate()  # tests/training/test_runs.py kills one, too
        process.wait(TIMEOUT / 1000)
        until(lambda: ends_of(tmp_path) == ["stopped"])
        monkeypatch.setenv("CNNVIZ_RUNS", str(runs))
        until(lambda: Runner().state() == "stopped")  # and nothing holds its files any more


def see_a_run_again_and_let_it_go_on_after_a_stop(server: str, page: Page, place: Path) -> None:
    opened(page, server, LONG)
    button(page, "start").click()
    expect(button(page, "stop")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"Epoch \d+ of {LONG}"))).to_be_visible(timeout=OF_A_RUN)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    convolution = page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True)
    convolution.click()  # the other pages are there as ever
    expect(page.locator(".stepper[data-step]")).to_be_visible()
    assert empty(page)  # who started it leaves
    page.set_viewport_size({**PHONE})
    opened(page, server, SHORT)  # another visitor, who sees it
    expect(button(page, "stop")).to_be_visible()
    expect(button(page, "start")).to_have_count(0)
    button(page, "stop").click()
    expect(page.get_by_text("There are no finished weights to look into")).to_be_visible(timeout=OF_A_RUN)
    assert ends_of(place) == ["stopped"]
    button(page, "resume").click()
    expect(button(page, "stop")).to_be_visible()
    until(lambda: ends_of(place) == [])  # it goes on where it ended
    expect(page.get_by_text(re.compile(rf"Epoch \d+ of {LONG}"))).to_be_visible(timeout=OF_A_RUN)
    assert ends_of(place) == []
    page.goto("about:blank")  # nobody asks the dead server for anything


def train_what_was_built_and_look_into_it(server: str, page: Page) -> None:
    stack = "builder_name=My+net&builder_stack=c4k3s1same-r-m2-f-d10-x"
    page.goto(f"{server}/builder?lang=en&{stack}&training_data=digits")
    page.get_by_role("button", name=translate("builder.train", "en")).click()
    epochs = page.get_by_role("spinbutton", name=translate("training.epochs", "en"))
    epochs.fill("1")
    epochs.press("Enter")
    expect(page).to_have_url(re.compile("training_stack=c4k3s1same.*training_epochs_built=1"))
    button(page, "start").click()  # on the digits, which are bundled
    look = button(page, "look")
    expect(look).to_be_visible(timeout=OF_A_RUN)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    expect(page.get_by_text("1,437 training images")).to_be_visible()
    mistakes = page.get_by_role("radiogroup", name=translate("training.mistakes_title", "en"))
    mistakes.get_by_role("radio").first.click()
    expect(mistakes.get_by_role("radio").first).to_have_attribute("aria-checked", "true")
    look.click()
    expect(page).to_have_url(re.compile(r"model=built(%40|@)\d{8}-\d{6}"))
    expect(page.locator("[data-painted]").first).to_be_visible()
    expect_ended(page)
    page.get_by_role("link", name=translate("frame.page_dense", "en")).click()
    expect(page).to_have_url(re.compile(r"/dense\?.*model=built(%40|@)"))
    # the address is the new page's at once, and the settings are closed when that has come
    expect(page.locator("h1", has_text=translate("dense.title", "en"))).to_be_visible()
    picker = open_settings(page).get_by_role("combobox", name=translate("frame.model", "en"))
    expect(picker).to_have_value(re.compile("^My net on .*trained here"))


def look_at_a_network_without_finite_answers(server: str, page: Page, runs: Path) -> None:
    card = network.read_weights("alexnet")[1]
    card.pop("shifts", None)
    write_weights("alexnet", loud_weights(), card, runs / "20201101-101010-alexnet")
    open_app(page, f"{server}/comparison?lang=en&model=alexnet@20201101-101010")
    plain, cnn = page.locator(".network").nth(0), page.locator(".network").nth(1)
    expect(cnn).to_contain_text(translate("shifts.lost", "en"))
    expect(plain).not_to_contain_text(translate("shifts.waiting", "en"))
    expect(page.locator(".said").first).to_contain_text("CNN: no finite answer.")
    expect(page.get_by_text("they begin in Fully connected 2, where")).to_be_visible()
