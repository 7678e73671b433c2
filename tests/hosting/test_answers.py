"""Answers over HTTP take turns, and nobody's is computed in vain."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cnnviz.hosting.answers import AT_ONCE, GONE, computed
from tests.coroutines import complete


def request(*, gone: bool = False) -> Request:
    """Return the request of a browser that waits for its answer, or that has gone."""

    async def receive() -> Any:
        if not gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)


def test_answers_take_turns_in_the_order_in_which_they_were_asked_for() -> None:
    at_work, most = 0, 0
    lock, order = threading.Lock(), list[int]()

    def compute(number: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
            order.append(number)
        time.sleep(0.01)  # others would begin meanwhile
        with lock:
            at_work -= 1
        return number

    async def whole() -> list[int]:
        return await asyncio.gather(*(computed(request(), lambda k=k: compute(k)) for k in range(8)))  # type: ignore[misc]

    assert complete(whole()) == order == list(range(8))
    assert most == AT_ONCE


def test_who_has_gone_gets_no_answer() -> None:
    with pytest.raises(HTTPException) as raised:
        complete(computed(request(gone=True), lambda: pytest.fail("it was computed")))
    assert raised.value.status_code == GONE
