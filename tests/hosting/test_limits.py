"""Requests that a public server refuses or slows down, at the ASGI interface."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cnnviz.hosting import limits
from cnnviz.hosting.limits import Limits, Throttled, drop_old_files
from tests.coroutines import complete

PAGE = [(b"accept", b"text/html"), (b"accept-language", b"ko-KR,ko;q=0.9")]


@pytest.fixture(autouse=True)
def hosted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")


async def inner(scope: Any, receive: Any, send: Any) -> None:
    """Answer everything, as the app behind the limits."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"app"})


def ask(
    guard: Limits, path: str, method: str = "GET", headers: Any = ()
) -> tuple[int, dict[bytes, bytes], str]:
    """Return the status, the headers and the body of an answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "query_string": b""}
    complete(guard(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body.decode()


def test_uploads_of_one_session_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_UPLOADS", "3")
    guard = Limits(inner)
    address = "/_stcore/upload_file/anna/{}"
    answers = [ask(guard, address.format(k), "PUT") for k in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert answers[-1][1][b"retry-after"] == b"60"
    assert ask(guard, "/viz/_stcore/upload_file/bob/0", "PUT")[0] == 200  # another one's, below a path
    assert ask(guard, address.format(0), "DELETE")[0] == 200


def test_uploads_are_allowed_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_UPLOADS", "1")
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.0)
    guard = Limits(inner)
    assert [ask(guard, f"/_stcore/upload_file/anna/{k}", "PUT")[0] for k in range(3)] == [200] * 3


def held_after(files: list[str], size: int, session: str, length: int) -> list[str]:
    """Return which files, "SESSION NAME", are kept of some of a size when a session uploads one more."""
    manager = MemoryUploadedFileManager("/upload")
    for each in files:
        owner, name = each.split()
        manager.add_file(owner, UploadedFileRec(name, name, "image/png", b"x" * size))
    drop_old_files(manager, session, length)
    return [f"{owner} {name}" for owner, held in manager.file_storage.items() for name in held]


def test_a_sessions_oldest_files_make_room_for_its_next() -> None:
    files = [f"anna {k}" for k in range(5)]
    assert held_after([*files, "bob 0"], 10, "anna", 10) == ["anna 3", "anna 4", "bob 0"]


def test_all_files_together_stay_below_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_UPLOADS_MB", "10")
    files = ["anna 0", "bob 0", "bob 1", "carl 0", "dora 0"]
    assert held_after(files, 1_900_000, "emil", 500_000) == files
    assert held_after(files, 1_900_000, "emil", 1_000_000) == files[1:]
    assert held_after(files, 1_900_000, "emil", 4_200_000) == files[2:]


def test_a_full_server_says_so_in_the_visitors_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_SESSIONS", "2")
    guard = Limits(inner)
    monkeypatch.setattr(limits.metrics, "sessions", lambda: 1)
    assert ask(guard, "/convolution", headers=PAGE)[0] == 200
    monkeypatch.setattr(limits.metrics, "sessions", lambda: 2)
    status, headers, body = ask(guard, "/viz/convolution", headers=PAGE)
    assert (status, headers[b"retry-after"]) == (503, b"30")
    assert 'lang="ko"' in body
    assert "가득" in body
    assert "taken" in ask(guard, "/", headers=PAGE[:1])[2]
    for part in ("/static/a.js", "/_stcore/health", "/cnnviz/kernels/a/b/c", "/healthz"):
        assert ask(guard, part, headers=PAGE)[0] == 200, part  # who is in goes on


@pytest.mark.parametrize("path", ["/_stcore/stream", "/viz/cnnviz/room"])
def test_connections_beyond_twice_the_sessions_are_refused(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_SESSIONS", "2")
    leave = asyncio.Event()
    sent: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await leave.wait()

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def come(count: int) -> list[asyncio.Task[None]]:
        coming = [asyncio.create_task(guard(scope, None, send)) for _ in range(count)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        return coming

    async def whole() -> None:
        first = await come(6)
        assert sent == ["websocket.accept"] * 4 + ["websocket.close"] * 2
        leave.set()
        await asyncio.gather(*first)
        await asyncio.gather(*await come(4))
        assert sent[6:] == ["websocket.accept"] * 4

    guard, scope = Limits(app), {"type": "websocket", "path": path}
    complete(whole())


def test_figures_of_the_server_are_not_public(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(Limits(inner), "/_stcore/metrics")[0] == 404
    monkeypatch.setenv("CNNVIZ_HOSTED", "")
    assert ask(Limits(inner), "/_stcore/metrics")[0] == 200


def test_messages_beyond_the_burst_wait_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_ACTIONS", "10")
    waits: list[float] = []
    now = 100.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    monkeypatch.setattr(limits.asyncio, "sleep", sleep)
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    numbers = iter(range(1000))

    async def receive() -> Any:
        return {"type": "websocket.receive", "text": str(next(numbers))}

    throttled = Throttled(receive)

    async def read(count: int) -> list[str]:
        return [(await throttled())["text"] for _ in range(count)]

    assert complete(read(80)) == [str(k) for k in range(80)]
    assert not waits
    assert complete(read(20)) == [str(k) for k in range(80, 100)]
    assert waits == pytest.approx([0.1] * 20)
    now += 3.0
    waits.clear()
    complete(read(30))
    assert not waits
