"""The web socket of a page: recognising it, and reading Streamlit's messages on it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

if TYPE_CHECKING:
    from starlette.types import Scope

STREAM = "/_stcore/stream"
"""Its address, below that of the app."""


def is_stream(scope: Scope) -> bool:
    """Return whether a browser connects, or is connected, for a page."""
    return scope["type"] == "websocket" and scope.get("path", "").endswith(STREAM)


def parse_message(content: bytes) -> BackMsg | None:
    """Return the message of a browser; None if it cannot be parsed, which Streamlit answers."""
    with suppress(DecodeError):
        return BackMsg.FromString(content)
    return None


def asked_run(content: bytes) -> BackMsg | None:
    """Return the message of a browser if it asks for a run of its page's script, else None."""
    message = parse_message(content)
    return message if message and message.WhichOneof("type") == "rerun_script" else None


def ends_run(message: ForwardMsg) -> bool:
    """Return whether a message says that a run is over, and not only that it restarts."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
