"""Middleware that limits what one visitor, and all of them together, can ask of a public server.

Every limit is a setting (cnnviz/settings.py). With mouse and keyboard nobody meets one, except that of the
sessions: then a page says so, and comes back by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnnviz import settings
from cnnviz.hosting import metrics
from cnnviz.hosting.stream import STREAM
from cnnviz.text import LANGUAGES, translate

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOM = "/cnnviz/room"
"""Web socket of a class that follows."""
UPLOAD = "/_stcore/upload_file/"
STREAMLITS_METRICS = "/_stcore/metrics"
PARTS = ("/_stcore/", "/static/", "/cnnviz/", "/healthz")
"""Addresses that belong to a page; every other one is a page."""
UPLOAD_SECONDS = 60.0
BURST = 8
"""Seconds of actions that may come at once: a page that opens sends many messages."""
HELD_FILES = 3
"""Files of one session that stay in memory; the page only ever reads the last."""
MB = 1_000_000
REMEMBERED = 10_000
"""Sessions whose uploads are counted."""
CONNECTIONS = 2
"""Web sockets of a kind, as a multiple of the sessions: those of a replica that was lost come here."""
AGAIN_LATER = 1013
"""Code of a web socket that a server closes because it has too much to do."""
AGAIN_SECONDS = 30
"""Seconds after which a refused visitor's page tries again."""


class Limits:
    """ASGI middleware: limits of sessions, uploads and actions; a public server's figures are not public."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._uploads: OrderedDict[str, deque[float]] = OrderedDict()
        self._connected = {STREAM: 0, ROOM: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, answer it here, or slow it down."""
        path = scope.get("path", "")
        if not settings.hosted():  # a private server has no limits
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket" and path.endswith((STREAM, ROOM)):
            await self._connect(STREAM if path.endswith(STREAM) else ROOM, scope, receive, send)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif path.endswith(STREAMLITS_METRICS):
            await PlainTextResponse("", HTTPStatus.NOT_FOUND)(scope, receive, send)
        elif UPLOAD in path and scope["method"] == "PUT" and not self._may_upload(scope):
            words = PlainTextResponse(
                "Too many uploads; try again in a minute.",
                HTTPStatus.TOO_MANY_REQUESTS,
                {"Retry-After": str(round(UPLOAD_SECONDS))},
            )
            metrics.REFUSED.add(of="uploads")
            await words(scope, receive, send)
        elif _is_page(scope) and metrics.sessions() >= settings.SESSIONS():
            metrics.REFUSED.add(of="sessions")
            await _full(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _connect(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a web socket in, with as many messages as a visitor sends, or refuse it."""
        if self._connected[path] >= CONNECTIONS * settings.SESSIONS():
            metrics.REFUSED.add(of="connections")
            await send({"type": "websocket.close", "code": AGAIN_LATER})
            return
        self._connected[path] += 1
        try:
            await self._app(scope, Throttled(receive), send)
        finally:
            self._connected[path] -= 1

    def _may_upload(self, scope: Scope) -> bool:
        """Count an upload, and return whether it may be stored; older files make room for it."""
        session, now = _session(scope["path"]), time.monotonic()
        times = self._uploads.setdefault(session, deque())
        self._uploads.move_to_end(session)
        while len(self._uploads) > REMEMBERED:
            self._uploads.popitem(last=False)
        while times and now - times[0] > UPLOAD_SECONDS:
            times.popleft()
        if len(times) >= settings.UPLOADS():
            return False
        times.append(now)
        if runtime.exists() and runtime.get_instance().is_active_session(session):
            manager = runtime.get_instance().uploaded_file_mgr
            if isinstance(manager, MemoryUploadedFileManager):  # Streamlit's only one
                drop_old_files(manager, session, _length(scope))
        return True


class Throttled:
    """The messages of one browser: after a burst, `settings.ACTIONS` a second; more are read later."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._credit = float(BURST * settings.ACTIONS())
        self._last = time.monotonic()

    async def __call__(self) -> Message:
        """Return the next message, once its turn has come."""
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self._earn()
            if self._credit < 1:
                await asyncio.sleep((1 - self._credit) / settings.ACTIONS())
                self._earn()
            self._credit -= 1
        return message

    def _earn(self) -> None:
        now, rate = time.monotonic(), settings.ACTIONS()
        self._credit = min(BURST * rate, self._credit + rate * (now - self._last))
        self._last = now


def _session(path: str) -> str:
    return path.partition(UPLOAD)[2].partition("/")[0]


def _length(scope: Scope) -> int:
    """Return the declared length of a request's body in bytes; more are not read."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 12 else 0


def drop_old_files(manager: MemoryUploadedFileManager, session: str, length: int) -> None:
    """Let go of a session's oldest uploads, and beyond `settings.UPLOADS_MB` of those of the oldest sessions.

    A page needs a picture's file only until it is decoded.

    Args:
        manager: Streamlit's of files. session: whose next one comes. length: its bytes.
    """
    own = list(manager.file_storage.get(session, ()))
    for file_id in own[: max(0, len(own) - HELD_FILES + 1)]:
        manager.remove_file(session, file_id)
    held = [
        (owner, file_id, len(file.data))
        for owner, files in list(manager.file_storage.items())
        for file_id, file in list(files.items())
    ]
    total = length + sum(size for _, _, size in held)
    for owner, file_id, size in held:
        if total <= MB * settings.UPLOADS_MB():
            return
        manager.remove_file(owner, file_id)
        total -= size


def _is_page(scope: Scope) -> bool:
    """Return whether a browser asks for the app itself, not for a part of it."""
    if scope["method"] != "GET" or any(part in scope["path"] for part in PARTS):
        return False
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in accepted


def _full(request: Request) -> HTMLResponse:
    """Return the page that says that the server is full, in the browser's language, and asks again."""
    wanted = request.headers.get("accept-language", "")[:2].lower()
    language = wanted if wanted in LANGUAGES else LANGUAGES[0]
    words = translate("hosting.full", language, seconds=AGAIN_SECONDS)
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>CNNViz</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="refresh" content="{AGAIN_SECONDS}"><style>:root {{ color-scheme: light dark }} '
        "body { font: 1.25rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 34rem; "
        f"padding: 0 1rem }}</style><h1>CNNViz</h1><p>{words}</p></html>",
        HTTPStatus.SERVICE_UNAVAILABLE,
        {"Retry-After": str(AGAIN_SECONDS), "Cache-Control": "no-store"},
    )
