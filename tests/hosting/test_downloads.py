"""Files that are made on demand: in threads of their own, and with a sentence of ours if they are not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.backend_operation_handler import BackendOperationDispatcher, DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from cnnviz.errors import CnnvizError
from cnnviz.hosting import downloads
from cnnviz.hosting.downloads import on_demand
from cnnviz.text import LANGUAGES, translate
from tests.coroutines import complete


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeferredFileHandler, "handle", DeferredFileHandler.handle)  # put back afterwards
    downloads.begin()


def answers(*makes: Callable[[], Any]) -> list[Any]:
    """Ask for files as browsers do, all at once, and return the answers."""
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    dispatcher = BackendOperationDispatcher()
    dispatcher.register("deferred_file", DeferredFileHandler(lambda: manager))

    async def ask() -> list[Any]:
        requests = []
        for number, make in enumerate(makes):
            request = BackMsg().backend_operation_request
            request.request_id = str(number)
            request.deferred_file.file_id = manager.add_deferred(make, "image/gif", f"1.{number}", "a.gif")
            requests.append(request)
        return await asyncio.gather(*(dispatcher.dispatch(request, "anna") for request in requests))

    return complete(ask())


def failing(error: Exception) -> Callable[[], bytes]:
    def make() -> bytes:
        raise error

    return make


def test_a_file_is_made_and_has_an_address() -> None:
    (answer,) = answers(on_demand(lambda: b"GIF89a", "en"))
    assert (answer.request_id, answer.error_msg) == ("0", "")
    assert answer.deferred_file.url.startswith("/media/")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_is_not_made_is_explained_in_the_visitors_language(language: str) -> None:
    busy = CnnvizError("Too many exports are waiting.", reason="busy")
    (answer,) = answers(on_demand(failing(busy), language))
    assert answer.error_msg == translate("error.busy", language)
    (answer,) = answers(on_demand(failing(KeyError("/a/path of the server")), language))
    assert answer.error_msg == translate("error.not_made", language)


def test_many_who_wait_keep_nobody_else_waiting() -> None:
    go_on = threading.Event()

    def wait() -> bytes:
        assert go_on.wait(60)
        return b"GIF89a"

    def at_once() -> str:
        go_on.set()  # nobody else does
        return "<!doctype html>"

    assert [answer.error_msg for answer in answers(*[wait] * 9, at_once)] == [""] * 10
