"""Two replicas behind nginx: visitors keep their seat, limits hold, and a lost replica loses no view."""

from __future__ import annotations

import gzip
import http.server
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect

from cnnviz.components import manifest
from cnnviz.pages.drill_files import addresses
from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT, drawn, open_settings
from tests.hosted.conftest import Proxy, Replica

ATTEMPT = 3000  # ms
POLICY = "content-security-policy"
REPLICA = "cnnviz_replica"
RETRIED = 6  # s; nginx asks a lost replica again after 5 s
PICTURE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "cifar10_01_8.png"


def ask(
    address: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str]]:
    """Return the status and the headers of an answer."""
    request = urllib.request.Request(address, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, {key.lower(): value for key, value in error.headers.items()}


@contextmanager
def visit(browser: Browser, address: str, name: str = "network", replica: str = "") -> Iterator[Page]:
    """Open a page as a new visitor, or as one who was at a replica; nothing may be blocked or fail."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    if replica:
        context.add_cookies([{"name": REPLICA, "value": replica, "url": address}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
    page.goto(address)
    drawn(page, name).wait_for(timeout=TIMEOUT)
    yield page
    assert not faults
    context.close()


def test_answers_carry_the_headers_of_a_public_site(proxy: Proxy) -> None:
    for path in ("/", f"{addresses('keras_lecture')[0]}/conv1", "/_stcore/health", "/nothing.js"):
        _, headers = ask(proxy.url + path)
        assert "default-src 'self'" in headers[POLICY], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["server"] == "nginx", path  # no version
    assert ask(f"{proxy.url}/healthz")[0] in (200, 503)
    for path in ("metrics", "agent/openapi.json", "agent/mcp", "script-health-check"):
        assert ask(f"{proxy.url}/_stcore/{path}")[0] == 404, path


def test_a_seat_is_given_once(proxy: Proxy) -> None:
    _, headers = ask(proxy.url + "/")
    seat = headers["set-cookie"].partition(";")[0]
    assert seat.startswith("cnnviz_seat=")
    assert "HttpOnly" in headers["set-cookie"]
    again = ask(proxy.url + "/", Cookie=seat)[1].get("set-cookie", "")
    assert "cnnviz_seat" not in again
    behind_https = ask(proxy.url + "/", **{"X-Forwarded-Proto": "https"})[1]["set-cookie"]
    assert "SameSite=None; Secure; Partitioned" in behind_https  # a frame of a course page keeps it


def test_what_is_too_large_or_too_often_is_refused_at_the_door(proxy: Proxy) -> None:
    seat = {"Cookie": "cnnviz_seat=flood"}
    address = f"{proxy.url}/_stcore/upload_file/nobody"
    assert ask(f"{address}/0", "PUT", b"\0" * 8_000_000, **seat)[0] == 413
    statuses = [ask(f"{address}/{k}", "PUT", b"\0" * 100, **seat)[0] for k in range(12)]
    assert 429 in statuses
    assert 200 not in statuses  # there is no such session


@pytest.mark.parametrize("path", ["/_stcore/stream", "/cnnviz/room"])
def test_a_message_that_no_page_sends_ends_its_connection(replicas: list[Replica], path: str) -> None:
    with connect(f"ws://{replicas[0].address}{path}", proxy=None) as socket:
        with suppress(ConnectionClosed):  # it may be closed before all of it has gone
            socket.send(b"\0" * 6_000_000)
        with suppress(ConnectionClosed):
            while True:
                socket.recv(120)
        if socket.protocol.close_rcvd is not None:
            assert socket.protocol.close_rcvd.code == CloseCode.MESSAGE_TOO_BIG


def body(address: str, encoding: str) -> bytes:
    """Return what is answered to who takes an encoding."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert answer.headers.get("content-encoding", "identity") == encoding
        return bytes(answer.read())


def test_files_are_kept_at_the_door_as_they_are_sent(proxy: Proxy, replicas: list[Replica]) -> None:
    path = f"{addresses('keras_lecture')[0]}/conv2"
    status, headers = ask(proxy.url + path)
    assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    packed, plain = body(proxy.url + path, "gzip"), body(proxy.url + path, "identity")
    assert gzip.decompress(packed) == plain == body(f"http://{replicas[0].address}{path}", "identity")
    for _ in range(TIMEOUT // 100):  # it is put there once the answer has gone out
        cached = [
            file for file in (proxy.run / "cache").rglob("*") if re.fullmatch(r"[0-9a-f]{32}", file.name)
        ]
        kept = [file.read_bytes() for file in cached if path.encode() in file.read_bytes()[:1000]]
        if all(any(each.endswith(sent) for each in kept) for sent in (packed, plain)):
            return
        time.sleep(0.1)
    pytest.fail(f"{path} is not in the proxy's cache, packed and plain: {cached}")


def save_gif(page: Page) -> None:
    with page.expect_download(timeout=TIMEOUT) as download:
        page.get_by_role("button", name=translate("take_along.gif", "en")).click()
    assert download.value.path().read_bytes().startswith(b"GIF89a")


def test_visitors_upload_download_and_drill_down_wherever_they_sit(proxy: Proxy, chromium: Browser) -> None:
    for _ in range(3):  # seats are drawn by lot: with one replica for all, one in four runs sees it
        with visit(chromium, f"{proxy.url}/convolution?lang=en", "convolution") as page:
            save_gif(page)
        with visit(chromium, f"{proxy.url}/?lang=en&drill=1&layer=conv2") as page:
            expect(page.locator("[data-painted], [data-step]").first).to_be_visible(timeout=TIMEOUT)


def test_below_a_path_with_and_without_the_app_knowing(
    folder: Path, replicas: list[Replica], chromium: Browser
) -> None:
    own = Replica(folder / "below.txt", path="/viz")
    own.start()
    script = f"_stcore/bidi-components/{manifest().name}.stepper/shared/start.js"
    assert ask(f"http://{own.address}/viz/{script}")[0] == 200  # before anyone has opened a page there
    knowing = Proxy(folder / "knowing", [own], prefix="/viz")
    stripping = Proxy(folder / "stripping", replicas, prefix="/viz", strip=True)
    for proxy in (knowing, stripping):
        proxy.start()
        kernels = f"{addresses('keras_lecture')[0]}/conv1"
        assert ask(proxy.url + kernels)[0] == 200, proxy
        assert ask(f"{proxy.url}/healthz")[0] in (200, 503), proxy
        assert ask(f"{proxy.url}/pooling/?lang=en")[0] == 200, proxy  # a redirect stays below the path
        for address in (proxy.url, f"{proxy.url}/", f"{proxy.url}/pooling?lang=en"):
            with visit(chromium, address) as page:
                assert page.url.startswith(proxy.url)
        proxy.end()
    assert own.end() in (0, -signal.SIGTERM)


def test_a_course_page_shows_a_view_in_a_frame(proxy: Proxy, chromium: Browser, folder: Path) -> None:
    course = folder / "course"
    course.mkdir()
    (course / "index.html").write_text(
        f"""<iframe src="{proxy.url}/pooling?lang=en&embed=1" width="900" height="300"></iframe>
        <script>addEventListener("message", (event) => {{
          if (event.data?.cnnviz) document.querySelector("iframe").height = event.data.cnnviz.height;
        }});</script>""",
        "utf-8",
    )
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: handler(*args, directory=str(course))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    behind_https = {"X-Forwarded-Proto": "https"}  # over http no cookie comes into the frame of another site
    page = chromium.new_page(viewport={"width": 1000, "height": 800}, extra_http_headers=behind_https)
    page.goto(f"http://localhost:{server.server_port}/")
    frame = page.frame_locator("iframe")
    try:
        expect(frame.locator("[data-step], [data-painted]").first).to_be_visible(timeout=TIMEOUT)
        expect(frame.get_by_test_id("stSidebar")).to_be_hidden()
        page.wait_for_function("+document.querySelector('iframe').height > 500", timeout=TIMEOUT)
        cookies = frame.locator("body").evaluate("() => document.cookie")
        assert "_streamlit_xsrf=" in cookies  # or every upload is refused
    finally:
        page.close()
        server.shutdown()
        server.server_close()


def replica_of(page: Page) -> str | None:
    """Return the number of the replica that a browser is sent to."""
    found = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}  # type: ignore[typeddict-item]
    return found.get(REPLICA)


def test_a_visitor_is_sent_where_the_page_was_answered(proxy: Proxy, chromium: Browser) -> None:
    with visit(chromium, proxy.url) as page:
        number = replica_of(page)
        assert number in ("0", "1")
        page.reload()
        drawn(page, "network").wait_for(timeout=TIMEOUT)
        assert replica_of(page) == number
    for wrong in ("7", "1;x", "http://127.0.0.1:1", "0|1"):
        assert ask(f"{proxy.url}/?lang=en", Cookie=f"{REPLICA}={wrong}")[0] == 200, wrong
    for number in ("0", "1"):
        with visit(chromium, proxy.url, replica=number) as page:
            assert replica_of(page) == number


def test_who_loses_a_replica_is_back_in_the_view_and_stays_there(
    losing_proxy: Proxy, replicas: list[Replica], chromium: Browser
) -> None:
    query = "lang=en&picture=sample-4&model=vgg"
    address = f"{losing_proxy.url}/pooling?{query}"
    visits = [visit(chromium, address, "pooling", replica) for replica in ("0", "1", "", "")]
    pages = [each.__enter__() for each in visits]
    replicas[0].end(signal.SIGKILL)
    for page in pages:
        size = page.get_by_role("spinbutton", name=translate("pooling.size", "en"))
        for attempt in range(TIMEOUT // ATTEMPT):  # what is typed before the connection stands again is lost
            size.fill(str(3 + attempt % 2))
            size.press("Enter")
            try:
                page.wait_for_url(f"**pool_size={3 + attempt % 2}**", timeout=ATTEMPT)
                break
            except TimeoutError:
                continue
        assert "pool_size=" in page.url
        expect(drawn(page, "pooling")).to_be_visible(timeout=TIMEOUT)
        assert "picture=sample-4" in page.url
        assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0

    replicas[0].start()
    time.sleep(RETRIED)
    for page in pages:  # the first replica knows nothing of their sessions
        assert replica_of(page) == "1"
        open_settings(page).get_by_text(translate("frame.source_upload", "en"), exact=True).click()
        page.locator("input[type=file]").set_input_files(PICTURE)
        expect(page.get_by_text(PICTURE.name)).to_be_visible(timeout=TIMEOUT)
        page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True).click()
        drawn(page, "convolution").wait_for(timeout=TIMEOUT)
        save_gif(page)
    for each in visits:
        each.__exit__(None, None, None)


def test_a_replica_that_is_told_to_end_does_so(folder: Path) -> None:
    replica = Replica(folder / "ending.txt")
    replica.start()
    assert replica.end(signal.SIGTERM) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("value", ["0", "many"])
def test_a_setting_that_makes_no_sense_is_named(folder: Path, value: str) -> None:
    replica = Replica(folder / f"wrong-{value}.txt", variables={"CNNVIZ_SESSIONS": value})
    with pytest.raises(RuntimeError, match="CNNVIZ_SESSIONS must be a whole number"):
        replica.start()


def test_secrets_are_settings_from_the_start(folder: Path) -> None:
    secrets = folder / "secrets.toml"
    secrets.write_text('CNNVIZ_SESSIONS = "many"', "utf-8")
    replica = Replica(folder / "secret.txt", variables={"STREAMLIT_SECRETS_FILES": str(secrets)})
    with pytest.raises(RuntimeError, match="CNNVIZ_SESSIONS must be a whole number"):
        replica.start()
