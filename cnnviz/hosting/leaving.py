"""Memory of visitors who have left goes back to the system, and that they have left is no error.

Streamlit keeps up to 128 of their sessions, in case a connection was only lost, and forgets them when others
leave: what is held stays when everybody has gone. Here fewer are kept, and they are forgotten in time. Those
with an uploaded picture stay: all else of a view is in its link.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from typing import TYPE_CHECKING, Any

from streamlit import runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnnviz import settings
from cnnviz.hosting import kept_files
from cnnviz.hosting.stream import is_stream

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 10.0
"""From a visitor's leaving to the tidying up, and from one to the next while something is kept."""


class Leaving:
    """ASGI middleware that tidies up after visitors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if not is_stream(scope):
            await self._app(scope, receive, send)
            return
        left = False

        async def send_to_visitor(message: Message) -> None:
            nonlocal left
            try:
                await send(message)
            except OSError:
                left = True
                raise

        try:
            await self._app(scope, receive, send_to_visitor)
        except RuntimeError:
            # Streamlit closes a lost connection again, which Starlette refuses
            if not left:
                raise
        finally:
            self._soon()

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._timer = None
        if not runtime.exists():
            return
        manager = runtime.get_instance()._session_mgr  # there is no public way to it
        kept = forget(manager, with_uploads(), settings.LEFT())
        if not manager.num_active_sessions():
            kept += kept_files.tidy(runtime.get_instance().media_file_mgr)  # no run ends that would do so
            gc.collect()  # nobody is there to wait for it
        asyncio.get_running_loop().run_in_executor(None, trim)
        if kept:
            self._soon()


def forget(manager: Any, uploads: set[str], most: int) -> int:
    """Let go of sessions of visitors who have left.

    Args:
        manager: Streamlit's of sessions. uploads: sessions that have files, which all stay for two minutes.
        most: how many of the others stay as long, the newest.

    Returns:
        How many are kept.
    """
    storage = manager._session_storage
    if not isinstance(storage, MemorySessionStorage):  # Streamlit's only one
        return 0
    storage._cache.expire()  # type: ignore[attr-defined]  # else they go when the next visitor leaves
    others = [each.session.id for each in storage.list() if each.session.id not in uploads]
    for session in others[: max(0, len(others) - most)]:
        manager.close_session(session)
    return len(storage.list())


def with_uploads() -> set[str]:
    """Return the sessions that hold files of their visitors."""
    files = runtime.get_instance().uploaded_file_mgr
    if not isinstance(files, MemoryUploadedFileManager):
        return set()
    return {session for session, held in list(files.file_storage.items()) if held}


def trim() -> None:
    """Give memory that is free back to the system; glibc keeps it otherwise."""
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)
