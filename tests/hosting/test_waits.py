"""Visitors' waiting times are measured from the messages on the socket."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting import waits
from cnnviz.hosting.metrics import Seconds
from cnnviz.hosting.waits import Waits
from tests.coroutines import complete

RUN = BackMsg(rerun_script={"query_string": "lang=ko"}).SerializeToString()
DONE = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
EARLY = ForwardMsg(script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN).SerializeToString()
FRAGMENT = ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY).SerializeToString()


def waited(
    monkeypatch: pytest.MonkeyPatch, *travels: bytes, path: str = "/viz/_stcore/stream"
) -> tuple[int, float]:
    """Return how many waits are counted if these messages travel, one a second, and their sum."""
    seconds = Seconds("wait_seconds", "")
    monkeypatch.setattr(waits, "WAITED", seconds)
    passed: list[bytes] = []
    monkeypatch.setattr(waits.time, "perf_counter", lambda: float(len(passed)))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for content in travels:
            if content in (DONE, EARLY, FRAGMENT):
                await send({"type": "websocket.send", "bytes": content})
            else:
                await receive()

    asking = iter([content for content in travels if content not in (DONE, EARLY, FRAGMENT)])

    async def receive() -> Any:
        passed.append(next(asking))
        return {"type": "websocket.receive", "bytes": passed[-1]}

    async def send(message: Any) -> None:
        passed.append(message["bytes"])

    complete(Waits(app)({"type": "websocket", "path": path}, receive, send))
    assert passed == list(travels)
    found = {suffix: value for suffix, _, value in seconds.samples() if suffix in ("_count", "_sum")}
    return int(found.get("_count", 0)), found.get("_sum", 0.0)


def test_a_run_is_counted_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, RUN) == (0, 0)
    assert waited(monkeypatch, RUN, DONE) == (1, 1)
    assert waited(monkeypatch, RUN, FRAGMENT, RUN, DONE) == (2, 2)


def test_a_run_that_begins_anew_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, RUN, EARLY) == (0, 0)
    assert waited(monkeypatch, RUN, EARLY, DONE) == (1, 2)
    assert waited(monkeypatch, RUN, RUN, EARLY, DONE) == (1, 3)  # from the first wish on


def test_what_nobody_asked_for_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, DONE) == (0, 0)
    assert waited(monkeypatch, BackMsg(app_heartbeat=True).SerializeToString(), DONE) == (0, 0)
    assert waited(monkeypatch, b"\xff\xff\xff", DONE) == (0, 0)
    assert waited(monkeypatch, RUN, DONE, path="/somewhere/else") == (0, 0)
