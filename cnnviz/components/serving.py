"""Serving the components' scripts and styles over HTTP: once to each browser, which then caches them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cnnviz.components import FRONTEND, declare, manifest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

YEAR = 31_536_000  # s


class KeepScripts:
    """Middleware that lets browsers keep the components' files, as addresses change with their content.

    Streamlit answers with `Cache-Control: public` and no validator: browsers fetch all of them again with
    each page load. A file that was written after the server's start is still served so, as the address is
    that of the content before; whoever changes scripts restarts the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._prefix = f"/_stcore/bidi-components/{manifest().name}."
        self._start = time.time()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the answer back."""

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                others = [pair for pair in message["headers"] if pair[0].lower() != b"cache-control"]
                kept = (b"cache-control", f"public, max-age={YEAR}, immutable".encode())
                message = {**message, "headers": [*others, kept]}
            await send(message)

        if scope["type"] != "http" or self._prefix not in scope["path"]:
            await self._app(scope, receive, send)
            return
        declare()  # no session may have mounted one here yet
        await self._app(scope, receive, send_kept if self._is_kept(scope) else send)

    def _is_kept(self, scope: Scope) -> bool:
        _, _, path = scope["path"].partition(self._prefix)[2].partition("/")
        try:
            return (FRONTEND / path).stat().st_ctime < self._start
        except (OSError, ValueError):  # there is none, or there can be none of that name
            return False
