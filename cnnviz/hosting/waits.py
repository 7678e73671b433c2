"""How long visitors wait: from the message that asks for a run to the one that says that it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting.limits import STREAM
from cnnviz.hosting.metrics import WAITED

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
        if scope["type"] != "websocket" or not scope.get("path", "").endswith(STREAM):
            await self._app(scope, receive, send)
            return
        asked: float | None = None

        async def receive_asked() -> Message:
            nonlocal asked
            message = await receive()
            if asked is None and _asks_for_a_run(message.get("bytes") or b""):
                asked = time.perf_counter()
            return message

        async def send_answered(message: Message) -> None:
            nonlocal asked
            await send(message)
            if asked is not None and _ends_a_run(message.get("bytes") or b""):
                WAITED.note(time.perf_counter() - asked)
                asked = None

        await self._app(scope, receive_asked, send_answered)


def _asks_for_a_run(content: bytes) -> bool:
    try:
        return BackMsg.FromString(content).WhichOneof("type") == "rerun_script"
    except DecodeError:  # no browser sends this; Streamlit says so
        return False


def _ends_a_run(content: bytes) -> bool:
    if len(content) > SMALL:
        return False
    return ends_a_run(ForwardMsg.FromString(content))


def ends_a_run(message: ForwardMsg) -> bool:
    """Return whether a message says that a run is over, and not only that it begins anew."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
