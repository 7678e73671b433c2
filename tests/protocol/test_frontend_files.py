"""Browsers can fetch the components' scripts and styles, and no other files."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from cnnviz.components import FRONTEND, manifest
from cnnviz.components.serving import KeepScripts


@pytest.fixture(scope="module")
def folder(server: str) -> str:
    """Return the address of the folder that scripts and styles are in; nobody has to have opened a page."""
    return f"{server}/_stcore/bidi-components/{manifest().name}.modules"


def fetch(address: str) -> tuple[int, bytes, str | None]:
    """Return the status, the content, and how long it may be kept."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "identity"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read(), answer.headers["Cache-Control"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["Cache-Control"]


def test_every_script_and_style_is_served_to_be_kept(folder: str) -> None:
    files = [path for path in FRONTEND.rglob("*") if path.suffix in (".js", ".css")]
    assert len(files) > 80
    for path in files:
        answer = fetch(f"{folder}/{path.relative_to(FRONTEND).as_posix()}")
        assert answer == (200, path.read_bytes(), "public, max-age=31536000, immutable")


@pytest.mark.parametrize(
    "path",
    ["__init__.py", "stepper.py", "../stepper.py", "..%2fstepper.py", "%2e%2e/stepper.py", "../../errors.py"],
)
def test_nothing_beside_the_folder_is_served(folder: str, path: str) -> None:
    status, content, kept = fetch(f"{folder}/{path}")
    assert status in (400, 404)
    assert b"import" not in content
    assert kept is None


def test_only_scripts_styles_and_templates_are_in_the_folder() -> None:
    suffixes = {path.suffix for path in FRONTEND.rglob("*") if path.is_file()}
    assert suffixes == {".js", ".css", ".html"}


@pytest.mark.parametrize(
    "path", ["/", "/_stcore/health", "/_stcore/bidi-components/cnnviz-0.modules/shared/start.js"]
)
def test_nothing_else_is_said_to_be_kept_for_ever(server: str, path: str) -> None:
    assert "immutable" not in (fetch(f"{server}{path}")[2] or "")


def test_what_has_changed_since_the_start_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.components.serving.FRONTEND", tmp_path)
    (tmp_path / "start.js").write_text("")
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"public")]})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nobody asks for the request")

    path = f"/below/_stcore/bidi-components/{manifest().name}.modules/start.js"
    keeping = KeepScripts(app)
    for moment in (time.time() + 60, 0):
        monkeypatch.setattr(keeping, "_start", moment)
        with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
            thread.submit(asyncio.run, keeping({"type": "http", "path": path}, receive, send)).result()
    kept = [dict(message["headers"])[b"cache-control"] for message in sent]
    assert kept == [b"public, max-age=31536000, immutable", b"public"]
