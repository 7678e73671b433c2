"""Files that are made when a visitor asks for them, outside of the script's thread.

Streamlit makes such a file in the event loop's few threads, which all that is slow shares, and if it cannot
be made the visitor reads its English sentence. Here they have threads of their own, and a sentence of ours.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, DeferredFileResponsePayload
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_storage import MediaFileStorageError

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.hosting.metrics import ERRORS
from cnnviz.text import translate

T = TypeVar("T")
KINDS = 2
"""Kinds of files that take turns among themselves."""
_log = logging.getLogger(__name__)


class NotMadeError(Exception):
    """A file that is not made; its text is for the visitor."""


def on_demand(make: Callable[[], T], language: str) -> Callable[[], T]:
    """Return `make` for a download button: its error is shown in the visitor's language."""

    @functools.wraps(make)
    def made() -> T:
        try:
            return make()
        except Exception as error:
            reason = error.reason if isinstance(error, CnnvizError) else "not_made"
            ERRORS.add(of=reason)
            if reason == "busy":
                words = translate("error.busy", language)
            elif reason == "left":
                words = translate("error.left", language)
            else:
                _log.exception("A file cannot be made")
                words = translate("error.not_made", language)
            raise NotMadeError(words) from error

    return made


def begin() -> None:
    """Let Streamlit make files as it is described above, from now on."""
    DeferredFileHandler.handle = _handle  # type: ignore[method-assign]  # it cannot be registered


async def _handle(
    self: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    """Make a file, and answer with its address or with an error message for the visitor."""
    make = functools.partial(self._get_media_file_mgr().execute_deferred, request.deferred_file.file_id)
    answer = BackendOperationResponse(request_id=request.request_id)
    try:
        url = await asyncio.get_running_loop().run_in_executor(_threads(), make)
        answer.deferred_file.CopyFrom(DeferredFileResponsePayload(url=url))
    except MediaFileStorageError as error:
        known = isinstance(error.__cause__, NotMadeError)
        answer.error_msg = str(error.__cause__) if known else "There is no such file any more."
    return answer


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Return threads for all who may wait or be at work, and for who is turned away at once."""
    return ThreadPoolExecutor(KINDS * (settings.EXPORTS() + settings.WAITING()) + 2, "downloads")
