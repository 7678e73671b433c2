"""A real server and a real Chromium for the tests in this folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    FloatRect,
    Locator,
    Page,
    Route,
    TimeoutError,
    expect,
    sync_playwright,
)

from cnnviz.components import FRONTEND
from tests.browser import app_tab
from tests.browser.shared_server import Sharing
from tests.find_chromium import find_chromium
from tests.thorough import slow

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMEOUT = 180_000
"""Milliseconds until what does not come is given up: a machine may be slow, and nothing asserts a time."""
expect.set_options(timeout=TIMEOUT)


RUN = (sys.executable, "-m", "tests.slow_server" if slow() else "streamlit", "run", "app.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    log: Path, *, run: Sequence[str] = RUN, cwd: Path = ROOT, **variables: str
) -> tuple[subprocess.Popen[bytes], str]:
    """Start the app on a free port and wait until it answers; its runs lie beside its log.

    Args:
        log: where its output goes.
        run: the command that runs the app, without options. cwd: where it is given.
        variables: more for its environment.
    """
    port = free_port()
    command = [
        *run,
        "--server.headless",
        "true",
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
        "--server.fileWatcherType",
        "none",
    ]
    environment = {key: value for key, value in os.environ.items() if key != "CNNVIZ_DATA"}
    environment |= {"CNNVIZ_RUNS": str(log.parent / "runs"), **variables}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, env=environment)
    url = f"http://127.0.0.1:{port}"
    for _ in range(TIMEOUT // 100):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()}")
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return process, url
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the server did not answer: {log.read_text()}")


def tracebacks(log: str) -> list[str]:
    """Return the tracebacks that lead through this project; Streamlit has races of its own between re-runs.

    They are printed in a box that breaks paths anywhere, so colours, frames and white space go first.
    """
    bare = re.sub(r"\x1b\[[0-9;]*m|[\s│]", "", log)
    ours = re.compile(r"cnnviz/(pages|components)/|cnnviz/\w+\.py|/app\.py")
    return [part for part in bare.split("Traceback")[1:] if ours.search(part)]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base, log = tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("server") / "log.txt"
    processes = list[subprocess.Popen[bytes]]()

    def start() -> str:
        process, url = start_server(log)
        processes.append(process)
        return url

    # pytest-xdist's processes have their folders side by side
    sharing = Sharing((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-server")
    url, started = sharing.join(start)
    yield url
    sharing.leave(started)
    for process in processes:
        process.terminate()
        process.wait(180)
        assert not tracebacks(log.read_text()), log.read_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(shell=True), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def drawn(page: Page, name: str) -> Locator:
    """Return what is there once page `name` is drawn: a component, else its chart, its code, its contents."""
    alone = {
        "code": "[data-testid=stCode]",
        "architectures": ".js-plotly-plot",
        "models": ".js-plotly-plot",
        "join": ".st-key-join_open",
        "opening": "[data-testid=stFileUploader]",
        "lecture": ".st-key-lecture_page_cnn",
        "training": ".js-plotly-plot",
    }
    return page.locator(alone.get(name, "[data-painted], [data-step]")).first


def expect_ended(page: Page) -> None:
    """Wait until the page's script has ended: all of it is on the page, which `drawn` does not say.

    Not by `expect`: at each look at which something is not so yet, that describes the page as a screen
    reader would have it, for the message of a failure.
    """
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")


def expect_unmoved(details: Locator) -> None:
    """Wait until a section that folds or unfolds has done so."""
    details.evaluate(
        "(it) => Promise.allSettled(it.getAnimations().map((each) => each.finished)).then(() => {})"
    )


def open_settings(page: Page) -> Locator:
    """Open the settings beside the strip of pictures, and return them."""
    expect_ended(page)  # a page that has just been turned to closes them once it is there
    settings = page.locator(".st-key-settings")
    expect_unmoved(settings.locator("details"))  # they close for half a second, and are open meanwhile
    if settings.locator("details[open]").count() == 0:
        settings.locator("summary").click()
    expect(settings.locator("details[open]")).to_have_count(1)
    return settings


def load_modules(page: Page, *names: str) -> None:
    """Put what modules of the components' frontend export on a page's window, by their paths in it."""

    def answer(route: Route) -> None:
        path = FRONTEND / urlsplit(route.request.url).path.removeprefix("/_stcore/").lstrip("/")
        if not path.is_file():  # what only a server has, such as the maps of a network
            route.fulfill(status=404)
            return
        shared = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(path=path, content_type="text/javascript", headers=shared)

    page.route("http://components/**", answer)
    page.evaluate(
        """(names) => Promise.all(
          names.map(async (name) => Object.assign(window, await import(`http://components/_stcore/${name}`))),
        )""",
        names,
    )


def harmless(message: str) -> bool:
    """Whether a console error is Streamlit's own: on /relu it looks for the server there first, then at /.

    And where a kept tab is emptied (app_tab.py), its connection ends under what a view was about to send.
    """
    return "404" in message or message == "Cannot send rerun backMessage when disconnected from server."


@pytest.fixture
def quiet() -> Iterator[list[str]]:
    """Collect console errors; the test fails if there is one that is not harmless."""
    errors: list[str] = []
    yield errors
    assert not [error for error in errors if not harmless(error)], errors


OpenPage = Callable[..., Page]
STILL = """addEventListener("DOMContentLoaded", () => {
  const style = new CSSStyleSheet();
  style.replaceSync("[data-testid=stSkeleton], [data-testid=stSkeleton] * { animation: none !important; }");
  document.adoptedStyleSheets.push(style);
});"""
"""Streamlit's grey boxes, which stand for a page that is not there yet, do not pulse: to paint them 60 times
a second while a busy machine loads the page costs as much as the page."""
USUAL_MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}


class Profile:
    """A profile of the browser with settings, and one tab of it that is kept for the next test.

    The app's scripts, some megabytes, are fetched and compiled once and not for each test; in a kept tab
    they need not even be read again, which halves the work of a page. If the app is in it, `app_tab.open_app`
    begins it anew without a load.
    """

    def __init__(self, chromium: Browser, settings: dict[str, Any]) -> None:
        self.context: BrowserContext = chromium.new_context(**settings)
        self.context.set_default_timeout(TIMEOUT)
        self.context.add_init_script(STILL)
        self.context.add_init_script(app_tab.KEEP_ROOT)
        self.mobile = bool(settings.get("is_mobile"))
        self.idle: Page | None = None

    def open(self) -> Page:
        """Return the kept tab, or a new one if there is none."""
        page, self.idle = self.idle, None
        return page or self.context.new_page()

    def leave(self) -> None:
        """Forget what pages have stored, keep one tab, empty or with the app emptied, close all others."""
        emptied = list[Page]()
        for page in self.context.pages:
            if page.url.startswith("http") and not page.is_closed():
                page.unroute_all()
                if app_tab.empty(page):
                    emptied.append(page)
                page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.context.clear_cookies()
        self.context.clear_permissions()
        rest = [page for page in self.context.pages if not page.is_closed() and page not in emptied]
        self.idle, *others = [*emptied, *rest] or [None]
        for page in others:
            page.close()
        if self.idle:
            if self.idle not in emptied:
                self.idle.goto("about:blank")
            self.idle.mouse.move(0, 0)
            # a session of the browser's protocol sets another size behind Playwright's back, for later tests
            size = self.idle.evaluate("({ width: innerWidth, height: innerHeight })")
            if not self.mobile and size != self.idle.viewport_size:
                self.idle.close()
                self.idle = None
                pytest.fail(f"the tab is left at {size}")


@pytest.fixture(scope="session")
def profiles(chromium: Browser) -> Iterator[dict[str, Profile]]:
    """Return the profiles that pages are opened in, by those settings that a tab cannot change."""
    found: dict[str, Profile] = {}
    yield found
    for profile in found.values():
        profile.context.close()


@contextmanager
def opening(chromium: Browser, profiles: dict[str, Profile], errors: list[str]) -> Iterator[OpenPage]:
    """Give what opens pages; in the end only the cache of their profile and an empty tab are left.

    Args:
        profiles: by their settings. errors: where what the console says of errors is added.
    """
    used: list[Profile] = []
    watched: list[Page] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def on_error(error: Error) -> None:
        errors.append(str(error))

    def opened(**settings: Any) -> Page:
        settings = {"locale": "en-US", **settings}
        viewport = settings.pop("viewport", DESKTOP)
        media = {name: settings.pop(name, usual) for name, usual in USUAL_MEDIA.items()}
        key = repr(sorted(settings.items()))
        if key not in profiles:
            profiles[key] = Profile(chromium, settings)
        used.append(profiles[key])
        page = profiles[key].open()
        page.set_viewport_size(viewport)
        page.emulate_media(**media)
        page.on("console", on_console)
        page.on("pageerror", on_error)
        watched.append(page)
        return page

    yield opened
    for page in watched:
        page.remove_listener("console", on_console)
        page.remove_listener("pageerror", on_error)
    for profile in dict.fromkeys(used):
        profile.leave()


@pytest.fixture
def open_page(chromium: Browser, profiles: dict[str, Profile], quiet: list[str]) -> Iterator[OpenPage]:
    """Return what opens a page that is left empty after the test; its console is watched.

    Takes what `Browser.new_context` takes; without a word, a desktop in English.
    """
    with opening(chromium, profiles, quiet) as opened:
        yield opened


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return a page of a desktop in English."""
    return open_page()


def next_frame(page: Page) -> None:
    """Wait until what was done is painted: views paint with the next frame."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def expect_no_sideways_scrolling(page: Page) -> None:
    """Wait until a page is no wider than its window: charts follow in time."""
    page.wait_for_function(
        """() => {
          const main = document.querySelector("[data-testid=stMain]");
          return main.scrollWidth <= main.clientWidth && document.documentElement.scrollWidth <= innerWidth;
        }""",
        polling=100,  # each frame would lay out anew what is still to follow
    )


def watch_playing(view: Locator) -> None:
    """Note from now on that a view plays: what is over soon may be over before it is looked at."""
    view.evaluate(
        """(view) => {
          const note = () => { view.played ||= view.dataset.playing === "true"; };
          new MutationObserver(note).observe(view, { attributeFilter: ["data-playing"] });
        }"""
    )


def expect_played(view: Locator) -> None:
    """Expect that a view that is watched has played, and no longer does."""
    ended = "(view) => view.played && view.dataset.playing === 'false'"
    view.page.wait_for_function(ended, arg=view.element_handle(), polling=100)


def expect_nothing(page: Page, found: str) -> None:
    """Wait until a function of JavaScript finds nothing on a page; what it needs may come in time.

    Raises:
        AssertionError: it always finds something; says what.
    """
    try:
        page.wait_for_function(f"!({found})().length", polling=100)
    except TimeoutError:
        raise AssertionError(page.evaluate(found)) from None


RESTING = """(element) => new Promise((done) => {
  let [still, before] = [0, ""];
  const look = () => {
    if (!element.isConnected) return done(null);
    const { x, y, width, height } = element.getBoundingClientRect();
    const now = JSON.stringify({ x, y, width, height });
    still = now === before ? still + 1 : 0;
    before = now;
    if (still < 20) requestAnimationFrame(look); // frames, not seconds: a busy machine has fewer
    else done({ x, y, width, height });
  };
  look();
})"""


def resting_box(locator: Locator) -> FloatRect:
    """Return where an element is, once the page's script has ended and nothing moves it any more.

    An element that is replaced meanwhile is looked for again.
    """
    expect_ended(locator.page)
    box = None
    while box is None:
        box = locator.evaluate(RESTING)
    return FloatRect(**box)
