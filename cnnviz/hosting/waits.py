"""Visitors' waiting times: from the message that asks for a run to the one that ends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting.metrics import WAITED
from cnnviz.hosting.stream import asked_run, ends_run, is_stream

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL = 200
"""Bytes; a message that only says that a run is over is smaller."""


class Waits:
    """ASGI middleware that measures the runs of each browser. It has to be the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the clock."""
        if not is_stream(scope):
            await self._app(scope, receive, send)
            return
        asked: float | None = None

        async def receive_asked() -> Message:
            nonlocal asked
            message = await receive()
            if asked is None and asked_run(message.get("bytes") or b""):
                asked = time.perf_counter()
            return message

        async def send_answered(message: Message) -> None:
            nonlocal asked
            await send(message)
            if asked is not None and _ends_a_run(message.get("bytes") or b""):
                WAITED.note(time.perf_counter() - asked)
                asked = None

        await self._app(scope, receive_asked, send_answered)


def _ends_a_run(content: bytes) -> bool:
    if len(content) > SMALL:
        return False
    return ends_run(ForwardMsg.FromString(content))
