"""Sessions of visitors who have left are forgotten, but not while an upload waits for them."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from cnnviz.hosting import leaving
from cnnviz.hosting.leaving import Leaving, forget
from tests.coroutines import complete


def manager(*left: str, age: float = 0.0) -> WebsocketSessionManager:
    """Return Streamlit's manager after these visitors have left, `age` seconds ago."""
    storage, now = MemorySessionStorage(), [0.0]
    storage._cache = TTLCache(maxsize=128, ttl=120, timer=lambda: now[0])
    made = WebsocketSessionManager(storage, MemoryUploadedFileManager("/upload"), None, None)  # type: ignore[arg-type]
    for name in left:
        session = SimpleNamespace(id=name, shutdown=lambda name=name: ended.append(name))
        storage.save(SimpleNamespace(session=session, client=None))  # type: ignore[arg-type]
    now[0] = age
    ended.clear()
    return made


ended: list[str] = []
"""Sessions that were ended."""


def test_the_newest_are_kept() -> None:
    made = manager(*"abcde")
    assert forget(made, set(), 2) == 2
    assert ended == ["a", "b", "c"]
    assert forget(made, set(), 2) == 2
    assert forget(made, set(), 0) == 0


def test_who_has_uploaded_something_is_kept_beside_them() -> None:
    made = manager(*"abcde")
    assert forget(made, {"a", "d"}, 1) == 3
    assert ended == ["b", "c"]


def test_after_two_minutes_nobody_is_kept() -> None:
    made = manager(*"abc", age=121)
    assert len(made._session_storage._cache._data) == 3  # type: ignore[attr-defined]  # held, though gone
    assert forget(made, {"a"}, 100) == 0
    assert not made._session_storage._cache._data  # type: ignore[attr-defined]


def test_it_is_tidied_up_until_nobody_and_no_file_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "SECONDS", 0.0)
    kept, files = [2, 1, 0, 0, 0], [2, 2, 2, 1, 0]
    monkeypatch.setattr(leaving.runtime, "exists", lambda: True)
    here = SimpleNamespace(
        _session_mgr=SimpleNamespace(num_active_sessions=lambda: 0), media_file_mgr="its files"
    )
    monkeypatch.setattr(leaving.runtime, "get_instance", lambda: here)
    monkeypatch.setattr(leaving, "with_uploads", set)
    monkeypatch.setattr(leaving, "forget", lambda *_: kept.pop(0))
    monkeypatch.setattr(leaving.kept_files, "tidy", lambda manager: files.pop(0) if manager else None)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        pass

    async def visit() -> None:
        guard = Leaving(app)
        await guard({"type": "http", "path": "/"}, None, None)  # type: ignore[arg-type]
        assert guard._timer is None
        await guard({"type": "websocket", "path": "/viz/_stcore/stream"}, None, None)  # type: ignore[arg-type]
        async with asyncio.timeout(20):
            while kept:
                await asyncio.sleep(0)

    complete(visit())
    assert (kept, files) == ([], [])


@pytest.mark.parametrize("line", ["lost", "good"])
def test_who_leaves_under_a_message_is_no_error_and_all_else_is(line: str) -> None:
    """Streamlit's reaction to a connection that is lost while it sends: it goes on receiving, and closes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        with suppress(WebSocketDisconnect):
            await socket.send_bytes(b"a part of a page")
        try:
            await socket.receive_bytes()
        except RuntimeError:
            await socket.close()
        raise RuntimeError("a fault")

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if not sent else {"type": "websocket.receive", "bytes": b""}

    async def send(message: Any) -> None:
        sent.append(message["type"])
        if line == "lost" and message["type"] == "websocket.send":
            raise OSError

    sent: list[str] = []
    scope: Any = {"type": "websocket", "path": "/_stcore/stream"}
    with pytest.raises(RuntimeError, match="a fault") if line == "good" else nullcontext():
        complete(Leaving(app)(scope, receive, send))
    assert sent == ["websocket.accept", "websocket.send"]


def test_memory_is_given_back() -> None:
    leaving.trim()  # it exists here, or does nothing
